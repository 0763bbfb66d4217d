"""What every other part may use: TensorFlow's start, seeds, cores, words to the learner, whole files."""

import errno
import html
import importlib.metadata
import os
import platform
import re
import stat
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def quiet_start():
    """Import TensorFlow inside this block, to keep its start-up messages out of the notebook.

    TensorFlow writes about CPU features and missing graphics cards before any setting can reach it. They
    are held back here, and shown after all if the import fails.

    Two settings are made as well, unless you made them yourself, or TensorFlow was there before:

    - ``TF_ENABLE_ONEDNN_OPTS=1`` in the environment, on x86-64 processors. On Linux, TensorFlow turns oneDNN, a
      library of fast operations, on by itself only where a processor has VNNI, AVX-512 BF16 or AMX instructions; on
      most laptops it stays off, and the series takes more than twice as long. The variable counts when TensorFlow is
      first imported; later, nothing is set. Processes started from here inherit it. Arm, Apple's included, stays as
      TensorFlow has it. ``python -m mnist_lib doctor`` says what holds on a machine.
    - One operation of TensorFlow may use half of the cores, so that two of them run side by side. ``train`` makes
      use of that (see notebook 13); what others do is no slower for it.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if "tensorflow" not in sys.modules and x86_64():
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        saved = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
            if "tensorflow" in sys.modules:
                _share_cores(sys.modules["tensorflow"])
        except BaseException:
            held.seek(0)
            os.write(saved, held.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)


def _share_cores(tensorflow):
    if not tensorflow.config.threading.get_intra_op_parallelism_threads():
        try:
            tensorflow.config.threading.set_intra_op_parallelism_threads(max(1, cores() // 2))
        except RuntimeError:
            pass  # TensorFlow has begun to work before, with its own setting
    # The first operation looks for graphics cards, with messages of its own: have it done now.
    tensorflow.config.list_logical_devices()


def cores():
    """How many cores this process may use: fewer than the machine has in a container, or under ``taskset``."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def x86_64():
    """Whether the processor is of Intel's and AMD's kind, not Arm's."""
    return platform.machine().lower() in ("x86_64", "amd64")


def processor():
    """What the processor is called, and which instructions it has of those that decide how fast TensorFlow trains.

    Returns
    -------
    name : str
    instructions : list of str
        Of "avx2", "avx512f", "avx512_vnni" and "amx"; empty on Arm, and on Windows, which does not tell.
    """
    text = ""
    if sys.platform == "darwin":
        names = ["machdep.cpu.brand_string", "machdep.cpu.leaf7_features"]  # Apple silicon lacks the second
        text = subprocess.run(["sysctl", *names], capture_output=True, text=True).stdout
    elif Path("/proc/cpuinfo").exists():
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    name = re.search(r"^(?:model name|machdep\.cpu\.brand_string)\s*:\s*(.+)", text, re.MULTILINE)
    flags = set(text.lower().replace("_", "").split())
    known = {"avx2": "avx2", "avx512f": "avx512f", "avx512_vnni": "avx512vnni", "amx": "amxtile"}
    has = [instruction for instruction, flag in known.items() if flag in flags]
    return name[1] if name else platform.processor() or platform.machine(), has


def onednn():
    """Whether TensorFlow computes with oneDNN in this process: decided when it was imported, and not to be changed."""
    from tensorflow.python.util import _pywrap_util_port  # TensorFlow has no public name for it

    return _pywrap_util_port.IsMklEnabled()


def in_notebook():
    """Whether a Jupyter kernel runs this: it can show more than plain text."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None) is not None


def version(package):
    """Return the installed version of a package, None if it is missing; TensorFlow may be there as tensorflow-cpu."""
    for name in (package, f"{package}-cpu"):
        with suppress(importlib.metadata.PackageNotFoundError):
            return importlib.metadata.version(name)


def set_seed(seed=0):
    """Seed Python, NumPy and TensorFlow, so that an experiment gives the same result again.

    Parameters
    ----------
    seed : int
        The same seed gives the same initial weights and dropout on the same machine. The order of the digits follows
        from the ``seed`` of ``train``.
    """
    import keras

    keras.utils.set_random_seed(seed)


def notify(text, title=""):
    """Tell the learner: in a notebook as a box, elsewhere as plain text on stdout. With a title, loudly."""
    plain = f"{'=' * 79}\n{title}\n{text}\n{'=' * 79}" if title else text
    if not in_notebook():
        print(plain, flush=True)
        return
    from IPython.display import display

    look = "background:#ffe8cc; border:3px solid #d9480f" if title else "background:#f1f3f5"
    head = f'<strong style="font-size:130%">{html.escape(title)}</strong>\n' if title else ""
    style = f"{look}; color:#212529; padding:0.8em; white-space:pre-wrap"
    box = f'<div role="note" style="{style}">{head}{html.escape(text)}</div>'
    display({"text/html": box, "text/plain": plain}, raw=True)


def open_regular(path):
    """Open a file to read its bytes; an OSError says what is no file: a FIFO, for one, might never answer."""
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode):
        kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a FIFO (a named pipe)", stat.S_IFSOCK: "a socket"}
        raise OSError(errno.EINVAL, f"it is {kinds.get(stat.S_IFMT(mode), 'a device')}, not a file", str(path))
    return open(path, "rb")


def write_whole(path, content, previous=None):
    """Write text (UTF-8, newlines as they are) or bytes to ``path``: all of it, or nothing; see ``whole``."""
    with whole(path, previous) as unfinished, open(unfinished, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def whole(path, previous=None):
    """Give a path to write a file or folder to; at the end it moves to ``path``: whole and on the disk, or not at all.

    A file that was at ``path`` is replaced, or moves to ``previous`` at the last moment, if that is given. A process
    that is killed leaves a folder ``.NAME.unfinished-...`` behind, and ``path`` as it was.
    """
    path = Path(path)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.unfinished-", dir=path.parent) as folder:
        unfinished = Path(folder) / path.name
        yield unfinished
        if unfinished.is_file():
            with open(unfinished, "rb+") as file:
                os.fsync(file.fileno())  # on the disk now, not only on its way
        if previous and path.is_file():
            os.replace(path, previous)
        os.replace(unfinished, path)
    if os.name == "posix":  # the renaming itself must reach the disk, too; Windows does it on its own
        with suppress(OSError):  # the disk of a network may know no such thing
            handle = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def html_table(head, rows, caption="", style=""):
    """Write a table in HTML: every text escaped, ``style`` on every cell.

    A cell that has ``__html__``, as ``markupsafe.Markup`` has, is HTML already. A row that is one text is a heading.
    """
    look = f" style='{style}'" if style else ""

    def line(kind, row, more=""):
        cells = (cell.__html__() if hasattr(cell, "__html__") else html.escape(str(cell)) for cell in row)
        return "<tr>" + "".join(f"<{kind}{more}{look}>{cell}</{kind}>" for cell in cells) + "</tr>"

    title = f"<caption style='white-space: nowrap'>{html.escape(caption)}</caption>" if caption else ""
    top = f"<thead>{line('th', head, ' scope=col')}</thead>" if head else ""
    across = f" colspan={len(head)}"
    lines = [line("th", [row], across) if isinstance(row, str) else line("td", row) for row in rows]
    return f"<table>{title}{top}<tbody>{''.join(lines)}</tbody></table>"


def text_table(head, rows):
    """Write a table in plain text, one line a row, every column right-aligned."""
    rows = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.rjust, row, widths)).rstrip() for row in rows)
