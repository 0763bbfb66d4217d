"""What became of TensorFlow 1: graphs, an old program, a dictionary of names. May import the core."""
