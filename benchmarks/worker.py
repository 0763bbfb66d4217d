"""The child's side of a measurement: python -m benchmarks.worker JSON."""

import importlib
import json
import sys
import tempfile
import time

from benchmarks.measuring import MARK
from mnist_lib.runtime import onednn

STARTED = time.time()
SCRATCH = None  # a folder for as long as the calls take


def since_start():
    """Seconds since this process was asked for: Python's start, imports, and all that came after."""
    return time.time() - STARTED


def main(order):
    """Make the calls of an order, and print their results as the last line."""
    from benchmarks import worker  # this file, under the name by which others import it

    order = json.loads(order)
    worker.STARTED = order["started"]
    results = []
    with tempfile.TemporaryDirectory() as worker.SCRATCH:
        for work, arguments in order["calls"]:
            module, function = work.split(":")
            try:
                found = getattr(importlib.import_module(f"benchmarks.{module}"), function)(**arguments)
            except Exception as error:
                error.add_note(f"in {work} {json.dumps(arguments)}")
                raise
            results.append(found | ({"onednn": onednn()} if "tensorflow" in sys.modules else {}))
    print(f"\n{MARK}{json.dumps(results, allow_nan=False)}")


if __name__ == "__main__":
    main(sys.argv[1])
