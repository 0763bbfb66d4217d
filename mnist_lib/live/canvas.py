"""A drawing canvas for JupyterLab: write a digit with mouse, pen or finger, and see it read at each stroke.

The page's side is ``canvas.js`` and ``canvas.css``; ``canvas.png`` is the still picture that stands in for
the canvas where no widget can run.
"""

import base64
import itertools
import os
from pathlib import Path

import anywidget
import numpy as np
import traitlets
from PIL import Image, ImageDraw

SIDE = 140  # pixels of the picture that is read and saved, each way
FINE = 4  # it is drawn this many times larger, then reduced: soft edges
HERE = Path(__file__).parent
STILL = HERE / "canvas.png"
ALT = (
    "A canvas to draw a digit on: paper with a handwritten 3 on the left, on the right the digit that was "
    "read above bars for its ten probabilities. Open this notebook in JupyterLab to draw."
)


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

    Attributes
    ----------
    picture : array of uint8, shape (140, 140)
        The drawing as ``read`` gets it; None while the paper is empty.
    result : object
        What ``read`` returned for it; None while the paper is empty or if ``read`` failed.
    strokes : list of {"width": float, "points": list of [x, y]}
        The drawing itself, in a square of 1 x 1 with y downwards. Setting it draws and reads.

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

    def __init__(self, read, size=280, save_to="my_digits"):
        if not callable(read):
            raise TypeError(f"read is {read!r}; expected a function of a picture, like mnist_lib.handwriting.read")
        if not 120 <= size <= 1000:
            raise ValueError(f"size is {size}; expected 120 to 1000, the side of the paper in CSS pixels.")
        self._read, self._folder = read, Path(save_to).expanduser().absolute()
        self.picture = self.result = None
        super().__init__(size=size)
        self.on_msg(lambda _, content, buffers: self._on_save(content))

    @property
    def strokes(self):
        """The drawing, as a list of strokes."""
        return self.drawing["strokes"]

    @strokes.setter
    def strokes(self, strokes):
        self.drawing = {"serial": self.drawing["serial"] + 1, "strokes": strokes}

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
        if label not in range(10):
            raise ValueError(f"The label is {label!r}; expected a digit, 0 to 9.")
        if self.picture is None:
            raise ValueError("There is nothing to save: the paper is empty. Draw a digit first.")
        path = _save_new(Image.fromarray(self.picture), self._folder, int(label))
        self.note = f"Saved as {path.parent.name}/{path.name}"
        return path

    @traitlets.observe("drawing")
    def _on_drawing(self, change):
        reading, self.picture, self.result = {"serial": change.new["serial"]}, None, None
        try:
            if change.new["strokes"]:
                self.picture = _draw(change.new["strokes"])
                self.result = self._read(self.picture)
                reading |= _for_the_page(self.result)
        except Exception as problem:  # in a callback nobody would see it: it is told on the page
            self.result = None
            reading["error"] = f"Not read, {type(problem).__name__}: {problem}"
        self.reading = reading

    def _on_save(self, content):
        self.drawing = content["drawing"]  # what the page shows now, if Python lagged behind
        try:
            self.save(content["save"])
        except (OSError, ValueError) as problem:  # strerror: a reason without the path of one machine
            self.note = f"Not saved: {getattr(problem, 'strerror', None) or problem}"

    def __repr__(self):
        return "DigitCanvas(empty)" if self.picture is None else "DigitCanvas(with a drawing)"

    def _repr_mimebundle_(self, **kwargs):
        """The widget, for JupyterLab; a still picture and words for all that cannot run it."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        data |= {"text/plain": ALT, "image/png": base64.b64encode(STILL.read_bytes()).decode()}
        with Image.open(STILL) as still:
            width, height = still.size  # twice as many pixels as it takes on a page, for fine screens
        return data, metadata | {"image/png": {"alt": ALT, "width": width // 2, "height": height // 2}}


def _draw(strokes):
    """Draw strokes as ink on paper: uint8, shape (140, 140), 0 is ink."""
    scale = SIDE * FINE
    paper = Image.new("L", (scale, scale), 255)
    pen = ImageDraw.Draw(paper)
    for stroke in strokes:
        line = _smooth(np.array(stroke["points"], float)) * scale
        width = max(1, round(stroke["width"] * scale))
        pen.line([tuple(point) for point in line], 0, width)
        for x, y in line:  # round ends and joints
            pen.circle((x, y), width / 2, 0)
    return np.array(paper.reduce(FINE))


def _smooth(points):
    """Points along the curve that the page shows: through the middles, each point pulls at it."""
    if len(points) < 3:
        return points
    middles = (points[1:] + points[:-1]) / 2
    t = np.linspace(0, 1, 6)[:, None, None]
    curve = (1 - t) ** 2 * middles[:-1] + 2 * t * (1 - t) * points[1:-1] + t**2 * middles[1:]
    return np.concatenate([points[:1], curve.swapaxes(0, 1).reshape(-1, 2), points[-1:]])


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
