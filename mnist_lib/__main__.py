"""The command line: python -m mnist_lib run | refresh | predict | doctor."""

import argparse
import ast
import json
import re
import signal
import sys

INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM)  # Ctrl-C, and what asks a program to end


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
    except KeyboardInterrupt as stop:
        print(f"mnist_lib: interrupted. {stop}".rstrip(), file=sys.stderr)
        return 130


def _parser():
    about = "Run and look after the notebooks; read handwritten digits."
    parser = argparse.ArgumentParser(prog="python -m mnist_lib", description=about)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    names = {"nargs": "*", "metavar": "NAME", "help": "a notebook, such as 02 or 06_cnn, or a file; all, if left out"}
    crew = {
        "type": int,
        "metavar": "N",
        "help": "how many at a time share the cores (one for each core, 4 at most)",
    }

    def command(function, about, more, example):
        name = function.__name__.strip("_")
        example = f"example: {parser.prog} {name} {example}"
        sub = commands.add_parser(name, help=about, description=more, epilog=example)
        sub.set_defaults(command=function)
        return sub

    about = "execute notebooks; copies, pages and results.json go to a folder"
    more = "Execute notebooks, each in a kernel of its own. One that fails does not stop the others."
    run = command(_run, about, more, "02 03 --source sample -p epochs=2")
    run.add_argument("names", **names)
    run.add_argument("--source", choices=("auto", "mnist", "sample"), default="auto", help="the data (auto)")
    run.add_argument("--out", default="build", metavar="DIR", help="where the results go (build)")
    pair = {"type": _parameter, "action": "append", "default": [], "metavar": "NAME=VALUE"}
    run.add_argument("-p", dest="parameters", help="for each notebook that has this parameter", **pair)
    run.add_argument("--workers", **crew)

    about = "execute notebooks on MNIST, store their outputs in place"
    more = "Execute notebooks on MNIST, store their outputs in them and the ladder in the README. One that fails stays."
    refresh = command(_refresh, about, more, "02 03")
    refresh.add_argument("names", **names)
    refresh.add_argument("--workers", **crew)

    about = "read the handwritten digit in each of some pictures"
    more = "Read handwritten digits, one in each picture, and say what is wrong with a picture, if anything is."
    predict = command(_predict, about, more, "my_digit.jpg --json")
    predict.add_argument("images", nargs="+", metavar="IMAGE", help="PNG, JPEG, WebP, TIFF, GIF, BMP, ...")
    predict.add_argument("--json", action="store_true", help="one JSON object a line, in the order given")
    predict.add_argument("--model", metavar="FILE", help="your own .keras file: (28, 28) pixels to 10 logits")

    about = "say whether this machine is fit to run the notebooks"
    command(_doctor, about, "Look at Python, packages, cores, memory and data; say what is missing and what to do.", "")
    return parser


def _parameter(text):
    """Split NAME=VALUE; the value is read as JSON, as a Python literal, or taken as text."""
    name, equals, value = text.partition("=")
    if not name.isidentifier() or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    # Some Pythons read such a value, some give up in one of two ways; here none tries.
    if re.match(r"[\[({~+\s-]{100}", value):
        raise argparse.ArgumentTypeError(f"{name}={value[:20]}... is nested too deeply")
    for read in (json.loads, ast.literal_eval):
        try:
            return name, read(value)
        except (ValueError, SyntaxError):
            pass
        except (RecursionError, MemoryError):  # Python's two words for it
            raise argparse.ArgumentTypeError(f"{name}={value[:20]}... is nested too deeply") from None
    return name, value


def _run(given):
    from mnist_course.series.run import run

    results = run(given.names, given.source, given.out, dict(given.parameters), workers=given.workers)
    print(f"{results['seconds']:.0f} s in all. Pages: {given.out}/index.html")
    return _status(results)


def _refresh(given):
    from mnist_course.series.refresh import refresh

    return _status(refresh(given.names, workers=given.workers))


def _predict(given):
    from mnist_lib.handwriting.command import predict

    return predict(given.images, as_json=given.json, model_file=given.model)


def _doctor(given):
    from mnist_course.series.doctor import examine

    return examine()


def _status(results):
    return int(any(entry["status"] == "failed" for entry in results["notebooks"]))


def _interrupt(*_):
    """Raise KeyboardInterrupt, once: what was done is then written in peace."""
    for number in INTERRUPTIONS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    for number in INTERRUPTIONS:
        if signal.getsignal(number) != signal.SIG_IGN:  # as in a job that a shell keeps in the background
            signal.signal(number, _interrupt)
    sys.exit(main())
