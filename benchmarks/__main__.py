"""The command line: python -m benchmarks time_to_99 | articles | accuracy | predict | memory."""

import argparse
import importlib
import json
import sys
from functools import partial
from pathlib import Path

from benchmarks import measuring, showing

ROUNDS = {"time_to_99": 5, "articles": 3, "accuracy": 10, "predict": 5, "memory": 3}


def main(arguments=None):
    """Run one bench; return its exit status: 0 well, 1 a measurement broke, 2 wrong call, 130 interrupted."""
    given = _parser().parse_args(arguments)
    try:
        result = run(given.name, given.quick, given.rounds, given.source)
        whole = not given.quick and result["environment"]["data"] == "mnist"  # others replace no result
        where = showing.FOLDER / "results" if whole else showing.FOLDER.parent / "build" / "benchmarks"
        showing.keep(result, Path(given.out) if given.out else where)
        if whole and not given.out:
            showing.into_readme(result)
    except measuring.BenchError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    except ValueError as error:  # DataError too
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    print(json.dumps(result, allow_nan=False) if given.json else showing.text(result))
    return 0


def run(name, quick=False, rounds=None, source="auto"):
    """Run one bench, and return its result: what the JSON holds."""
    bench = importlib.import_module(f"benchmarks.{name}")
    rounds = 1 if quick else rounds or ROUNDS[name]
    environment = measuring.environment(source)
    contestants = bench.contestants(quick) if hasattr(bench, "contestants") else []
    measure = getattr(bench, "measure", partial(measuring.in_turn, contestants))
    results = measure(rounds, quick=quick, source=source, tell=_tell)
    absent = [each for each in contestants if each.missing]
    missing = [{"name": each.name, "needs": each.needs, "install": each.install} for each in absent]
    facts = {"bench": name, "quick": quick, "rounds": rounds, "environment": environment, "missing": missing}
    return {**facts, **bench.report(results, quick)}


def _tell(line):
    print(line, file=sys.stderr, flush=True)


def _parser():
    about = "Measure side by side, in turn. Give the machine nothing else to do meanwhile."
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=about)
    parser.add_argument("name", choices=list(ROUNDS), help="what to measure; see benchmarks/README.md")
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
    parser.add_argument("--quick", action="store_true", help="a few steps each: tries everything, measures nothing")
    parser.add_argument("--rounds", type=_count, metavar="N", help="repetitions of each measurement")
    parser.add_argument("--source", choices=("auto", "mnist", "sample"), default="auto", help="the data (auto)")
    parser.add_argument("--out", metavar="DIR", help="for JSON and picture (results; build, if quick or on the sample)")
    return parser


def _count(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no count; it must be a whole number, 1 or more")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
