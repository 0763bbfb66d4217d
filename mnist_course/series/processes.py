"""What a notebook starts is ended with it: found by a mark in its environment, whatever becomes of the runner."""

import signal
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager, suppress

import psutil

MARK = "MNIST_LIB_RUN"  # a process hands its environment on to those that it starts


@contextmanager
def guarded():
    """Yield a mark for kernels started inside this block. No process with such a mark outlives it.

    A second process waits for the end of this one on a pipe, so that this holds even if this one is killed.
    Out of reach: a process that cleared its environment and left its parent; on a Mac, a program of Apple's own
    that left its parent, since the system hides its environment.

    Yields
    ------
    str
        Put it, or a text that begins with it, into the environment variable ``MARK``.
    """
    mark = uuid.uuid4().hex
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command = [sys.executable, "-P", __file__, mark]  # as a file: without what the package imports
    guard = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, **quiet)
    try:
        yield mark
    finally:
        guard.stdin.close()
        guard.wait()


def end(mark):
    """Kill all processes whose mark begins with ``mark``, and their children."""
    if not mark:
        raise ValueError("Without a mark, every process would be meant.")
    for _ in range(100):  # new ones may be born meanwhile
        found = set()
        for process in psutil.process_iter():
            if mark_of(process).startswith(mark):
                found.add(process)
                with suppress(psutil.Error):
                    found.update(process.children(recursive=True))
        if not found:
            break
        for process in found:
            with suppress(psutil.Error):
                process.kill()
        time.sleep(0.02)


def mark_of(process):
    """Return the mark of a psutil.Process; empty if it has none, has ended, or is not ours to look at."""
    try:
        return process.environ().get(MARK, "")
    except (psutil.Error, OSError):
        return ""


if __name__ == "__main__":  # the guard
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.read()  # ends when the runner does
    end(sys.argv[1])
