"""The command line: python -m benchmarks NAME: time_to_99 articles accuracy predict memory robustness, or several."""

import argparse
import importlib
import json
import sys
from functools import partial
from pathlib import Path

from benchmarks import measuring, showing

ROUNDS = {"time_to_99": 5, "articles": 3, "accuracy": 10, "predict": 5, "memory": 3, "robustness": 1}


def main(arguments=None):
    """Run benches; return the exit status: 0 well, 1 a measurement broke, 2 wrong call, 130 interrupted."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.onednn != "both" and given.names != ["time_to_99"]:
        parser.error("--onednn is for time_to_99 alone; the others have TensorFlow as the library starts it")
    try:
        if given.out:
            Path(given.out).mkdir(parents=True, exist_ok=True)  # before the work, not after it
        for result in run(given.names, given.quick, given.rounds, given.source, given.onednn):
            whole = not given.quick and given.onednn == "both" and result["environment"]["data"] == "mnist"
            results = showing.FOLDER / "results"  # which others do not replace
            folder = results if whole else showing.FOLDER.parent / "build" / "benchmarks"
            showing.keep(result, Path(given.out) if given.out else folder)
            if whole and not given.out:
                showing.into_readme(result["bench"])
            print(json.dumps(result, allow_nan=False) if given.json else showing.text(result))
    except measuring.BenchError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    except (ValueError, OSError) as error:  # DataError too; a file or folder that is missing or cannot be written
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def run(names, quick=False, rounds=None, source="auto", onednn="both"):
    """Run benches, and yield the result of each: what the JSON holds. Quick ones share their processes."""
    benches = {name: importlib.import_module(f"benchmarks.{name}") for name in names}
    settings = {"time_to_99": {"onednn": onednn}}
    contestants = {name: bench.contestants(**settings.get(name, {})) for name, bench in benches.items()}
    environment = measuring.environment(source)
    at_once = measuring.at_once(contestants, source) if quick else {}
    for name, bench in benches.items():
        count = 1 if quick else rounds or ROUNDS[name]
        measure = getattr(bench, "measure", partial(measuring.in_turn, contestants[name]))
        results = at_once[name] if quick else measure(count, source=source, tell=_tell)
        absent = [each for each in contestants[name] if each.missing]
        missing = [{"name": each.name, "needs": each.needs, "install": each.install} for each in absent]
        facts = {"bench": name, "quick": quick, "rounds": count, "environment": environment, "missing": missing}
        rows = showing.rows(results)
        yield {**facts, "rows": rows, **bench.report(results, rows)}


def _tell(line):
    print(line, file=sys.stderr, flush=True)


def _parser():
    about = "Measure side by side, in turn. Give the machine nothing else to do meanwhile."
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=about)
    parser.add_argument("names", nargs="+", choices=list(ROUNDS), help="what to measure; see benchmarks/README.md")
    parser.add_argument("--json", action="store_true", help="print JSON, one bench a line, in place of the table")
    parser.add_argument("--quick", action="store_true", help="a few steps each: tries everything, measures nothing")
    parser.add_argument("--rounds", type=_count, metavar="N", help="repetitions of each measurement")
    setting = "TensorFlow's oneDNN on, off, or both in turn (both); for time_to_99 alone"
    parser.add_argument("--onednn", choices=("1", "0", "both"), default="both", help=setting)
    parser.add_argument("--source", choices=("auto", "mnist", "sample"), default="auto", help="the data (auto)")
    parser.add_argument("--out", metavar="DIR", help="for JSON and picture (results; build, if quick or on the sample)")
    return parser


def _count(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no count; it must be a whole number, 1 or more")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
