"""The child's side of a measurement: python -m benchmarks.worker JSON."""

import importlib
import json
import sys
import time

from benchmarks.measuring import MARK

STARTED = time.time()


def since_start():
    """Seconds since this process was asked for: Python's start, imports, and all that came after."""
    return time.time() - STARTED


def main(order):
    """Make the calls of an order, and print their results as the last line."""
    from benchmarks import worker  # this file, under the name by which others import it

    order = json.loads(order)
    worker.STARTED = order["started"]
    results = []
    for work, arguments in order["calls"]:
        module, function = work.split(":")
        try:
            results.append(getattr(importlib.import_module(f"benchmarks.{module}"), function)(**arguments))
        except Exception as error:
            error.add_note(f"in {work} {json.dumps(arguments)}")
            raise
    print(f"\n{MARK}{json.dumps(results, allow_nan=False)}")


if __name__ == "__main__":
    main(sys.argv[1])
