"""From any picture to a digit, for the lesson on your handwriting. May import the core."""

from mnist_lib.handwriting.digit import HandwritingError, prepare
from mnist_lib.handwriting.reader import CARD, load_reader, read, read_all

__all__ = ["CARD", "HandwritingError", "load_reader", "prepare", "read", "read_all"]
