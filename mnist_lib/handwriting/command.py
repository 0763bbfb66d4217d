"""The command ``predict``: one answer for each picture, for people or as JSON."""

import json
import sys

from mnist_lib.handwriting import reader
from mnist_lib.handwriting.remarks import HandwritingError, percent


def predict(files, *, as_json=False, model_file=None, out=None):
    """Read each picture and print what it shows.

    Parameters
    ----------
    files : sequence of path
        Pictures; one that cannot be opened does not stop the others.
    as_json : bool
        One JSON object a line: file, digit (or null), probability, probabilities, warnings; or file, error.
    model_file : path, optional
        A ``.keras`` file to use in place of the shipped reader.
    out : text file, optional
        Standard output, if left out.

    Returns
    -------
    int
        Exit status: 1 if any picture could not be opened, else 0.

    Raises
    ------
    FileNotFoundError
        If there is no model of that name.
    ValueError
        If the model cannot be used.
    """
    model = reader.load_own_model(model_file) if model_file else None
    failed = 0
    tell = _as_json if as_json else _as_text
    for file, reading in zip(files, reader.read_all(files, model), strict=True):
        failed |= isinstance(reading, HandwritingError)
        print(tell(str(file), reading), file=out or sys.stdout, flush=True)
    return int(failed)


def _as_json(file, reading):
    if isinstance(reading, HandwritingError):
        return json.dumps({"file": file, "error": " ".join(str(reading).split())})
    answer = {
        "file": file,
        "digit": reading.digit,
        "probability": round(reading.probability, 6),
        "probabilities": [round(float(p), 6) for p in reading.probabilities],
        "warnings": [str(remark) for remark in reading.warnings],
    }
    return json.dumps(answer, allow_nan=False)


def _as_text(file, reading):
    if isinstance(reading, HandwritingError):
        return f"{file}: error: {reading}"
    said = "no digit" if reading.digit is None else f"{reading.digit}  ({percent(reading.probability)})"
    return "\n".join([f"{file}: {said}", *(f"    {remark}" for remark in reading.warnings)])
