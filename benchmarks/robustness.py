"""What a stranger may send: pictures without a digit, digits that are hard to read, and hostile files. What goes wrong?

The pictures are made anew from a seed, the round's number. The files are those of the tests, which are run.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.measuring import HOUSE, Contestant, by_name, in_own_process
from mnist_lib import load_mnist
from tools import trials

FILES = {
    "files: data": "tests/datasets/test_files.py",
    "files: models": "tests/saving/test_hostile_models.py",
    "files: checkpoints": "tests/saving/test_checkpoints.py",
    "files: pictures": "tests/handwriting/test_image_files.py",
    "messages to the canvas": "tests/live/test_canvas_messages.py",
}


def contestants():
    """Return one a kind."""
    pictures = [Contestant(kind, "robustness:pictures", {"kind": kind}, onednn=True) for kind in trials.KINDS]
    return pictures + [Contestant(name, "robustness:files", {"name": name}, onednn=True) for name in FILES]


def measure(rounds, *, source="auto", tell=None):
    """Try all kinds in one process; return name -> what each round counted."""
    calls = [each.call(seed, source) for seed in range(rounds) for each in contestants()]
    return by_name(in_own_process(calls, onednn=True))


def report(results, rows):
    """What counts as a failure."""
    return {
        "notes": [
            "A failure: what is no digit is called one with a probability over 0.9 and no warning; a digit is read "
            "wrongly; a test with a hostile file fails.",
            "Letters, signs and shapes are those that could not be meant as a digit, but for /, which can be a 1. "
            "Their fonts and shapes were not learned, nor was anything chosen by them.",
        ]
    }


def pictures(kind, quick, seed, source):
    """Read the pictures of a kind."""
    made, labels = trials.make(kind, "test", load_mnist(source).test, seed, times=1 if quick else 20)
    counted = trials.count(made[:20] if quick else made, labels[:20] if quick and labels is not None else labels)
    return _row(kind, counted["trials"], counted["failures"], counted["unwarned"])


def files(name, quick, seed, source):
    """Run the tests with hostile files; a quick run counts them only."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={told}"]
        some = ["--collect-only"] if quick else []
        done = subprocess.run([*command, *some, FILES[name]], cwd=HOUSE, capture_output=True, text=True)
        if quick:
            return _row(name, sum("::" in line for line in done.stdout.splitlines()), 0, 0)
        suite = ElementTree.parse(told).getroot().find("testsuite")
    counts = {key: int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped")}
    failed = counts["failures"] + counts["errors"]
    return _row(name, counts["tests"] - counts["skipped"], failed, failed)


def _row(name, count, failures, unwarned):
    share = failures / count if count else 0.0
    return {"name": name, "failed_share": share, "trials": count, "failures": failures, "unwarned": unwarned}
