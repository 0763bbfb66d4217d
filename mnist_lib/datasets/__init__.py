"""Find, download and verify MNIST. ``mnist_lib.data`` calls it; it imports ``runtime`` alone."""
