"""From any picture to a digit, for the lesson on your handwriting. May import the core."""

from mnist_lib.handwriting.digit import prepare
from mnist_lib.handwriting.image_files import find_pictures
from mnist_lib.handwriting.reader import CARD, load_reader, read, read_all
from mnist_lib.handwriting.remarks import HandwritingError

__all__ = ["CARD", "HandwritingError", "find_pictures", "load_reader", "prepare", "read", "read_all"]
