"""Why does the loss not fall? ``diagnose`` examines a training. May import the core."""

from mnist_lib.debugging.diagnosis import diagnose

__all__ = ["diagnose"]
