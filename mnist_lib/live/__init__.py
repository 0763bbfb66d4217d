"""Figures that move: Python and JavaScript side by side. May import the core."""

from mnist_lib.live.canvas import DigitCanvas

__all__ = ["DigitCanvas"]
