"""A drawing canvas for JupyterLab: write a digit with mouse, pen or finger, and see it read at each stroke.

The page's side is ``canvas.js`` and ``canvas.css``; ``canvas.png`` is the still picture that stands in for
the canvas where no widget can run.
"""

import base64
import itertools
import os
import reprlib
from numbers import Integral, Real
from pathlib import Path

import anywidget
import numpy as np
import traitlets
from PIL import Image

from mnist_lib.numerics.strokes import draw_on_page

SIDE = 140  # pixels of the picture that is read and saved, each way
# More than this no hand draws; it is refused before it costs time, for the kernel does nothing else meanwhile.
STROKES, POINTS = 200, 10_000  # of a drawing, all its strokes together
WIDEST = 0.25  # of the paper
CONFIDENT = 0.9  # probability, above which calling a drawing a digit means to be fooled
FARTHEST = 100  # a pen that leaves the paper is followed to the edge of the screen
HERE = Path(__file__).parent
STILL = HERE / "canvas.png"
ALT = (
    "A canvas to draw a digit on: paper with a handwritten 3 on the left, on the right the digit that was "
    "read above bars for its ten probabilities. Open this notebook in JupyterLab to draw."
)


class DrawingError(ValueError):
    """A drawing that cannot be one: told on the page."""


class DigitCanvas(anywidget.AnyWidget):
    """A canvas that reads what is drawn on it, and saves it with a label.

    Parameters
    ----------
    read : callable
        Called with a picture after each stroke: uint8, shape (140, 140), 0 is ink, 255 is paper. Returns an
        object with ``digit`` (int, or None), ``probability`` (0 to 1), ``probabilities`` (ten of them) and
        ``warnings`` (their ``str`` is shown). What it raises is shown as a sentence.
    size : int
        Side of the paper on the page, 120 to 1,000 CSS pixels.
    save_to : str or path
        Folder for saved drawings, made when the first one is saved.
    fool : bool
        Whether the page has a button to say that a drawing is no digit; the score is counted. No label then.

    Attributes
    ----------
    picture : array of uint8, shape (140, 140)
        The drawing as ``read`` gets it; None while the paper is empty.
    result : object
        What ``read`` returned for it; None while the paper is empty or if ``read`` failed.
    strokes : list of {"width": float, "points": list of [x, y]}
        The drawing itself, in a square of 1 x 1 with y downwards. Setting it draws and reads.
    tried, fooled : int
        Drawings that were declared to be no digit, and how many of them ``read`` called a digit all the same: with a
        probability over 0.9, and without a warning.

    Raises
    ------
    TypeError
        If ``read`` cannot be called.
    ValueError
        If ``size`` is out of range.
    """

    _esm = HERE / "canvas.js"
    _css = HERE / "canvas.css"
    size = traitlets.Int().tag(sync=True)
    drawing = traitlets.Dict({"serial": 0, "strokes": []}).tag(sync=True, echo_update=False)
    reading = traitlets.Dict({"serial": 0}).tag(sync=True)  # of the drawing with the same serial number
    note = traitlets.Unicode().tag(sync=True)
    fool = traitlets.Bool().tag(sync=True)

    def __init__(self, read, size=280, save_to="my_digits", fool=False):
        if not callable(read):
            raise TypeError(f"read is {read!r}; expected a function of a picture, like mnist_lib.handwriting.read")
        if not 120 <= size <= 1000:
            raise ValueError(f"size is {size}; expected 120 to 1000, the side of the paper in CSS pixels.")
        self._read, self._folder = read, Path(save_to).expanduser().absolute()
        self.picture = self.result = None
        self.tried = self.fooled = 0
        self._counted = None
        super().__init__(size=size, fool=fool)
        self.on_msg(lambda _, content, buffers: self._on_message(content))

    @property
    def strokes(self):
        """The drawing, as a list of strokes."""
        return self.drawing.get("strokes", [])

    @strokes.setter
    def strokes(self, strokes):
        self.drawing = {"serial": _serial(self.drawing) + 1, "strokes": strokes}

    def save(self, label):
        """Save the drawing as ``LABEL-<n>.png``, with the first n that is free. Nothing is overwritten.

        Parameters
        ----------
        label : int
            Which digit it is, 0 to 9.

        Returns
        -------
        Path
            Where it was saved.

        Raises
        ------
        ValueError
            If the paper is empty, or ``label`` is no digit.
        OSError
            If the folder cannot be written.
        """
        if not isinstance(label, Integral) or isinstance(label, bool) or not 0 <= label <= 9:
            raise ValueError(f"The label is {reprlib.repr(label)}; expected a digit, 0 to 9.")
        if self.picture is None:
            why = self.reading.get("error", "the paper is empty. Draw a digit first.")
            raise ValueError(f"There is nothing to save: {why}")
        path = _save_new(Image.fromarray(self.picture), self._folder, int(label))
        self.note = f"Saved as {path.parent.name}/{path.name}"
        return path

    def no_digit(self):
        """Declare the drawing to be no digit, and count whether the reader was fooled. Each drawing counts once.

        Returns
        -------
        bool
            Whether it was called a digit, with a probability over 0.9 and without a warning.

        Raises
        ------
        ValueError
            If there is no drawing that was read, or it was counted before.
        """
        if self.result is None:
            raise ValueError("There is nothing to count. Draw something that is no digit first.")
        if self._counted is not None and np.array_equal(self._counted, self.picture):
            raise ValueError("This drawing is counted already. Press Clear, and draw another one.")
        said, self._counted = self.result, self.picture
        fooled = said.digit is not None and said.probability > CONFIDENT and not list(said.warnings)
        self.tried, self.fooled = self.tried + 1, self.fooled + fooled
        how = f"Fooled: it takes this for a {said.digit}." if fooled else "Not fooled."
        self.note = f"{how} Fooled by {self.fooled} of {self.tried} drawings."
        return bool(fooled)

    @traitlets.observe("drawing")
    def _on_drawing(self, change):
        reading, self.picture, self.result = {"serial": _serial(change.new)}, None, None
        try:
            strokes = _checked(change.new.get("strokes"))
            if strokes:
                self.picture = _draw(strokes)
                self.result = self._read(self.picture)
                reading |= _for_the_page(self.result)
        except DrawingError as problem:
            reading["error"] = f"Not read: {problem}"
        except Exception as problem:  # in a callback nobody would see it: it is told on the page
            self.result = None
            reading["error"] = f"Not read, {type(problem).__name__}: {problem}"
        self.reading = reading

    def _on_message(self, content):
        declared = isinstance(content, dict) and content.get("fool") is True
        (self._on_fool if declared else self._on_save)(content)

    def _on_save(self, content):
        try:
            self.drawing = content["drawing"]  # what the page shows now, if Python lagged behind
            self.save(content["save"])
        except (KeyError, TypeError, traitlets.TraitError):  # no page of ours sends it
            self.note = f"Not saved: the page sent {reprlib.repr(content)}. Run this cell again."
        except (OSError, ValueError) as problem:  # strerror: a reason without the path of one machine
            self.note = f"Not saved: {getattr(problem, 'strerror', None) or problem}"

    def _on_fool(self, content):
        try:
            self.drawing = content["drawing"]
            self.no_digit()
        except (KeyError, traitlets.TraitError):  # no page of ours sends it
            self.note = f"Not counted: the page sent {reprlib.repr(content)}. Run this cell again."
        except ValueError as problem:
            self.note = str(problem)

    def __repr__(self):
        return "DigitCanvas(empty)" if self.picture is None else "DigitCanvas(with a drawing)"

    def _repr_mimebundle_(self, **kwargs):
        """The widget, for JupyterLab; a still picture and words for all that cannot run it."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        data |= {"text/plain": ALT, "image/png": base64.b64encode(STILL.read_bytes()).decode()}
        with Image.open(STILL) as still:
            width, height = still.size  # twice as many pixels as it takes on a page, for fine screens
        return data, metadata | {"image/png": {"alt": ALT, "width": width // 2, "height": height // 2}}


def _serial(drawing):
    number = drawing.get("serial")
    return number if isinstance(number, Integral) else 0


def _checked(strokes):
    """Check what the page sent before any work is done with it; returns pairs of width and points, shape (N, 2)."""
    try:
        points = sum(len(stroke["points"]) for stroke in strokes[: STROKES + 1])
    except (TypeError, KeyError):
        raise DrawingError(f"the page sent {reprlib.repr(strokes)}; expected strokes with width and points.") from None
    if len(strokes) > STROKES or points > POINTS:
        raise DrawingError(
            f"that is too much ink, {len(strokes):,} strokes and {points:,} points or more; expected "
            f"{STROKES} and {POINTS:,} at most. Press Clear, and draw one digit."
        )
    return [_checked_stroke(stroke.get("width"), stroke["points"]) for stroke in strokes]


def _checked_stroke(width, points):
    if not isinstance(width, Real) or not 0 < width <= WIDEST:
        raise DrawingError(f"a stroke is {reprlib.repr(width)} wide; expected 0 to {WIDEST}, where 1 is the paper.")
    try:
        places = np.array(points)
    except ValueError:  # of different lengths
        places = np.array(None)
    if places.dtype.kind not in "if" or places.shape != (len(points), 2) or not (np.abs(places) <= FARTHEST).all():
        raise DrawingError(f"a stroke's points are {reprlib.repr(points)}; expected pairs of numbers, 0 to 1.")
    return width, places.astype(float)


def _draw(strokes):
    """Draw strokes as ink on paper: uint8, shape (140, 140), 0 is ink."""
    lines = [SIDE * points for _, points in strokes]
    return 255 - draw_on_page(lines, [SIDE * width for width, _ in strokes], SIDE)


def _for_the_page(result):
    probabilities = np.asarray(np.zeros(10) if result.probabilities is None else result.probabilities, float)
    if probabilities.shape != (10,) or not np.isfinite(probabilities).all():
        raise ValueError(f"the reader's probabilities are {probabilities}; expected ten numbers.")
    return {
        "digit": None if result.digit is None else int(result.digit),
        "probability": None if result.digit is None else float(result.probability),
        "probabilities": probabilities.tolist(),
        "warnings": [str(warning) for warning in result.warnings],
    }


def _save_new(image, folder, label):
    """Write a picture under a new name, whole or not at all, even if several notebooks save at once."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        path, part = folder / f"{label}-{number}.png", folder / f".{label}-{number}.part"
        if path.exists():
            continue
        try:
            with open(part, "xb") as file:  # holds the name: another one who wants it takes the next
                image.save(file, "PNG")
        except FileExistsError:
            continue
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        if path.exists():  # made between the first look and the hold
            part.unlink()
            continue
        os.replace(part, path)
        return path
