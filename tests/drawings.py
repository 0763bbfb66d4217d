"""What the tests of the drawing canvas share: digits as a hand draws them, and a notebook with a canvas."""

import math

import nbformat
import numpy as np
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook


def arc(x, y, radius, begin, end, steps=24):
    angles = np.radians(np.linspace(begin, end, steps))
    return [[x + radius * math.cos(a), y + radius * math.sin(a)] for a in angles]


def line(*corners):
    parts = [np.linspace(a, b, 12) for a, b in zip(corners, corners[1:], strict=False)]
    return np.concatenate(parts).tolist()


# How a hand draws them, in a square of 1 x 1, y downwards; one list of places a stroke.
DIGITS = {
    0: [[[0.5 + 0.7 * (x - 0.5), y] for x, y in arc(0.5, 0.5, 0.32, -90, 280, 40)]],
    1: [line((0.52, 0.18), (0.49, 0.82))],
    3: [arc(0.47, 0.34, 0.16, -150, 90) + arc(0.47, 0.66, 0.17, -90, 150)],
    4: [line((0.42, 0.2), (0.3, 0.55), (0.7, 0.55)), line((0.58, 0.22), (0.56, 0.85))],
    7: [line((0.28, 0.2), (0.7, 0.2), (0.45, 0.84))],
    "dash": [line((0.2, 0.5), (0.8, 0.5))],
    "edge": [line((0.5, 0), (0.5, 0.8))],
}

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}

# A reader that answers by the shape of the ink: with a hole 0, high and thin 1, a dash is an error, else 3.
STUB = """
import types
import numpy as np
from skimage.measure import label, regionprops

def read(picture):
    ink = regionprops((picture < 128).astype(int))[0]
    height, width = ink.image.shape
    if width > 2 * height:
        raise ValueError("this is a dash.")
    digit = 0 if ink.euler_number < 1 else 1 if height > 3 * width else 3
    probabilities = np.full(10, 0.002)
    probabilities[[digit, 8]] = 0.93, 0.054
    warnings = ["The ink touches the edge: draw it further inside."] if ink.bbox[0] == 0 else []
    probability = probabilities[digit]
    return types.SimpleNamespace(
        digit=np.int64(digit), probability=probability, probabilities=probabilities, warnings=warnings
    )
"""


def drawn(digit, width=0.07):
    return [{"width": width, "points": points} for points in DIGITS[digit]]


def stub_notebook(folder, **options):
    """Write a small notebook with a canvas, and return its path."""
    arguments = ", ".join(["read", *(f"{name}={value!r}" for name, value in options.items())])
    show = f"from mnist_lib.live import DigitCanvas\n\nDigitCanvas({arguments})"
    cells = [
        new_markdown_cell("# Draw a digit", id="title"),
        new_code_cell(STUB.strip(), id="reader"),
        new_code_cell(show, id="canvas"),
    ]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "00_canvas.ipynb"
    nbformat.write(new_notebook(cells=cells, metadata=KERNEL), path)
    return path
