"""Programs that made a file that the project ships: its pictures of digits, and the reader. Not part of mnist_lib."""
