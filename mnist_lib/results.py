"""What a notebook reports about its results, and how others read it back."""

import math
import sys

import numpy as np

from mnist_lib.plots import LADDER

MIME = "application/vnd.mnist-lib.results+json"


def record(**results):
    """Leave results in a notebook's output, where the runner and the README's table find them.

    Called in a cell, for example ``record(softmax={"test_accuracy": 0.923, "parameters": 7850})``.
    Later reports of the same name add to earlier ones. Outside of a notebook it prints its text.

    Parameters
    ----------
    **results : dict, number, str, bool, None, or list of these
        A dict with ``test_accuracy`` (0 to 1), ``parameters`` (a count) and ``seconds`` is one rung of the
        ladder. NumPy scalars are accepted.

    Raises
    ------
    ValueError
        If nothing is given, or a number is not finite.
    TypeError
        If a value is of a type that JSON cannot hold.
    """
    if not results:
        raise ValueError("record() got nothing to record. Name at least one result: record(loss=0.31).")
    results = {name: _plain(value, name) for name, value in results.items()}
    text = "\n".join(f"recorded: {name} {_words(value)}" for name, value in results.items())
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        print(text)
    else:
        ipython.display.display({MIME: results, "text/plain": text}, raw=True)


def _plain(value, where):
    """Return ``value`` as JSON holds it; ``where`` names it in errors."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(
                f"record(): {where} is {value}, and JSON has no such number. "
                "Report a finite number; if a training ended in it, look there first."
            )
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{where}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _plain(item, f"{where}.{key}") for key, item in value.items()}
    what = "a dict whose keys are not all strings" if isinstance(value, dict) else f"a {type(value).__name__}"
    raise TypeError(
        f"record(): {where} is {what}; expected a number, text, list or dict with names as keys. "
        "Convert it first, with float(...), int(...) or .tolist()."
    )


def _words(value, name=""):
    if isinstance(value, dict):
        return ", ".join(f"{key} {_words(item, key)}" for key, item in value.items())
    if isinstance(value, float):
        return _seconds(value) if name == "seconds" else f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _seconds(value):
    return f"{value:.2f}" if value < 1 else f"{value:.1f}"


def reports_in(nb):
    """Merge all reports in a notebook's outputs, in the order of its cells.

    Parameters
    ----------
    nb : nbformat.NotebookNode

    Returns
    -------
    dict
        Name of a result -> its value, as ``record`` got it.
    """
    return merge(
        output.data[MIME] for cell in nb.cells for output in cell.get("outputs", []) if MIME in output.get("data", {})
    )


def stored_results(path):
    """Return what the stored outputs of a notebook file report: name of a result -> its value."""
    import nbformat

    return reports_in(nbformat.read(path, as_version=4))


def merge(reports):
    """Merge reports into one dict: dicts of one name are joined, other values replace earlier ones."""
    merged = {}
    for results in reports:
        for name, value in results.items():
            both = isinstance(value, dict) and isinstance(merged.get(name), dict)
            merged[name] = {**merged[name], **value} if both else value
    return merged


def ladder(results):
    """Return the rungs among merged results: rows (name, test accuracy, parameters, seconds) of text.

    A rung is a dict with a ``test_accuracy``. What it does not report is "–".
    """
    rows = []
    for name, values in results.items():
        if isinstance(values, dict) and isinstance(values.get("test_accuracy"), (int, float)):
            parameters, seconds = values.get("parameters"), values.get("seconds")
            rows.append(
                (
                    LADDER[name][0] if name in LADDER else name.replace("_", " "),
                    f"{100 * values['test_accuracy']:.2f} %",
                    "–" if parameters is None else f"{parameters:,}",
                    "–" if seconds is None else _seconds(seconds),
                )
            )
    return rows


def readme_table(results):
    """Write the ladder as a Markdown table, for the README.

    Parameters
    ----------
    results : dict
        Merged results, as ``merge`` or ``stored_results`` gives them.

    Returns
    -------
    str
        One line a rung: model, test accuracy in %, parameters, seconds of training.
    """
    head = ["| model | test accuracy | parameters | seconds to train |", "| :--- | ---: | ---: | ---: |"]
    return "\n".join(head + ["| " + " | ".join(row) + " |" for row in ladder(results)])
