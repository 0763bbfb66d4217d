"""The command line: python -m mnist_lib run | refresh | predict | doctor."""

import argparse
import ast
import json
import sys


def main(arguments=None):
    """Run one command; return its exit status: 0 well, 1 something failed, 2 wrong call, 130 interrupted."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a console that lacks a character shall not stop a run
    given = _parser().parse_args(arguments)
    try:
        return given.command(given)
    except (ValueError, OSError) as error:  # DataError too; a file or folder that is missing or cannot be written
        print(f"mnist_lib: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser():
    about = "Run and look after the notebooks; read handwritten digits."
    parser = argparse.ArgumentParser(prog="python -m mnist_lib", description=about)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    names = {"nargs": "*", "metavar": "NAME", "help": "a notebook, such as 02 or 02_mlp; all, if left out"}

    run = commands.add_parser("run", help="execute notebooks; copies, pages and results.json go to a folder")
    run.add_argument("names", **names)
    run.add_argument("--source", choices=("auto", "mnist", "sample"), default="auto", help="the data (auto)")
    run.add_argument("--out", default="build", metavar="DIR", help="where the results go (build)")
    pair = {"type": _parameter, "action": "append", "default": [], "metavar": "NAME=VALUE"}
    run.add_argument("-p", dest="parameters", help="for each notebook that has this parameter", **pair)
    run.set_defaults(command=_run)

    refresh = commands.add_parser("refresh", help="execute notebooks on MNIST, store their outputs in place")
    refresh.add_argument("names", **names)
    refresh.set_defaults(command=_refresh)

    predict = commands.add_parser("predict", help="read the handwritten digit in each of some pictures")
    predict.add_argument("images", nargs="+", metavar="IMAGE", help="PNG, JPEG, WebP, TIFF, GIF, BMP, ...")
    predict.add_argument("--json", action="store_true", help="one JSON object a line, in the order given")
    predict.add_argument("--model", metavar="FILE", help="your own .keras file: (28, 28) pixels to 10 logits")
    predict.set_defaults(command=_predict)

    doctor = commands.add_parser("doctor", help="say whether this machine is fit to run the notebooks")
    doctor.set_defaults(command=_doctor)
    return parser


def _parameter(text):
    """Split NAME=VALUE; the value is read as JSON, as a Python literal, or taken as text."""
    name, equals, value = text.partition("=")
    if not name.isidentifier() or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    for read in (json.loads, ast.literal_eval):
        try:
            return name, read(value)
        except (ValueError, SyntaxError):
            pass
    return name, value


def _run(given):
    from mnist_lib.series.run import run

    results = run(given.names, given.source, given.out, dict(given.parameters))
    print(f"{results['seconds']:.0f} s in all. Pages: {given.out}/index.html")
    return _status(results)


def _refresh(given):
    from mnist_lib.series.run import refresh

    return _status(refresh(given.names))


def _predict(given):
    from mnist_lib.handwriting.command import predict

    return predict(given.images, as_json=given.json, model_file=given.model)


def _doctor(given):
    from mnist_lib.series.doctor import examine

    return examine()


def _status(results):
    return int(any(entry["status"] == "failed" for entry in results["notebooks"]))


if __name__ == "__main__":
    sys.exit(main())
