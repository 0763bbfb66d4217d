"""Small notebooks for tests of the runner, the command line in a folder of theirs, and what lives on afterwards."""

import os
import subprocess
import sys
import time

import nbformat
import psutil
from nbformat.v4 import new_code_cell, new_notebook

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTjZ7gAAAABJRU5ErkJggg=="
WIDGET = "application/vnd.jupyter.widget-view+json"
COMMAND = "import runpy; runpy.run_module('mnist_lib', run_name='__main__')"
# A cell that starts two processes, one of them in a session of its own, says so, and then waits for ever.
WAITS = """import subprocess, sys, time
sleep = [sys.executable, "-c", "import time; time.sleep(3600)"]
started = [subprocess.Popen(sleep), subprocess.Popen(sleep, start_new_session=True)]
with open("begun.part", "w") as file:
    print(*(process.pid for process in started), file=file)
import os
os.replace("begun.part", "begun")
time.sleep(3600)"""


def code(source, name, *tags, **metadata):
    return new_code_cell(source, id=name, metadata={"tags": list(tags), **metadata} if tags else metadata)


def write(folder, name, *cells, **metadata):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.ipynb"
    nbformat.write(new_notebook(cells=list(cells), metadata=metadata), path)
    return path


def parameters(source='source = "auto"'):
    return code(source, "parameters", "parameters")


def records(name="record", **results):
    return code(f"from mnist_lib import record\nrecord(**{results!r})", name)


def start(folder, *arguments, script=COMMAND, **environment):
    """Start the command line in ``folder``, or another script. Ctrl-C reaches it, even where the tests ignore it."""
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    return subprocess.Popen(
        [sys.executable, "-c", heard + script, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def command(folder, *arguments, **environment):
    """Run the command line in ``folder`` to its end."""
    process = start(folder, *arguments, **environment)
    stdout, stderr = process.communicate()
    return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)


def wait_until_begun(process, folder):
    """Wait until a notebook that holds ``WAITS`` waits; return its kernel and what this started."""
    while not (folder / "begun").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    started = [psutil.Process(int(pid)) for pid in (folder / "begun").read_text().split()]
    return [*started, started[0].parent()]


def wait_for_end(processes):
    """Wait until the processes have ended; one that does not makes the test hang."""
    for process in processes:
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.1)
