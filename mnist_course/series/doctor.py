"""Is this machine fit to run the notebooks? Every check answers in plain words, and says what to do."""

import os
import platform
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

from mnist_lib.datasets import find
from mnist_lib.runtime import cores, processor, version, x86_64

NEEDED_MEMORY = 1.5e9  # bytes that a kernel may take
NEEDED_DISK = 200e6  # bytes: MNIST, pages and checkpoints
ANEW = "Create the environment anew: remove .venv, then make lab (or see README.md)."
TRY = """
from mnist_lib.runtime import onednn, quiet_start
with quiet_start():
    import keras, tensorflow as tf
total = tf.reduce_sum(tf.linalg.matmul(tf.ones((2, 3)), tf.ones((3, 2))))
print(keras.backend.backend(), float(total), onednn())
"""
VARIABLE = "TF_ENABLE_ONEDNN_OPTS"


def check():
    """Look at everything that the notebooks need; download and change nothing.

    Returns
    -------
    list of (str, str, str)
        What was looked at; "ok", "note" or "problem"; a sentence. A problem's sentence says what to do.
    """
    findings = []
    for look in (_python, _packages, _tensorflow, _memory, _cores, _disk, _data, _kernel):
        try:
            findings += look()
        except Exception as error:  # a broken installation breaks anything: say so, and look further
            reason = f"{type(error).__name__}: {error}"
            findings.append((look.__name__.strip("_"), "problem", f"Cannot be checked ({reason}). {ANEW}"))
    return findings


def examine():
    """Print what ``check`` finds; return the exit status: 1 if there is a problem, else 0."""
    findings = check()
    for what, level, sentence in findings:
        mark = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}[level]
        text = textwrap.fill(sentence, 76, break_long_words=False, break_on_hyphens=False)
        print(f"{mark}  {what:<11}  " + text.replace("\n", "\n" + 22 * " "))
    problems = sum(level == "problem" for _, level, _ in findings)
    print()
    print(f"{problems} to solve; see above." if problems else "This machine is fit to run the notebooks.")
    return int(problems > 0)


def _python():
    python, fits = platform.python_version(), (3, 11) <= sys.version_info[:2] <= (3, 13)
    if fits:
        return [("Python", "ok", f"{python} on {platform.system()}.")]
    todo = "Install Python 3.11, 3.12 or 3.13 and name it: make lab PYTHON=python3.12"
    return [("Python", "problem", f"{python}, which TensorFlow or the notebooks do not know. {todo}")]


def _packages():
    names = ("tensorflow", "keras", "numpy", "jupyterlab")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    if done.returncode == 0:
        return [("packages", "ok", f"{versions}; nothing is missing or too old.")]
    said = " ".join(f"{line.strip().rstrip('.')}." for line in (done.stdout or done.stderr).splitlines())
    if "No module named pip" in said:
        return [("packages", "note", f"{versions}; whether all fit together is not known, without pip.")]
    return [("packages", "problem", f"{said} {ANEW}")]


def _tensorflow():
    """Use TensorFlow in a process of its own: on an unfit CPU it ends the process."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", TRY]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, env=environment)
    except subprocess.TimeoutExpired:
        return [("TensorFlow", "problem", f"Did not start within three minutes. {ANEW}")]
    found = [("TensorFlow", *_judge(done.returncode, done.stdout, done.stderr))]
    return found if done.returncode else [*found, ("oneDNN", *_judge_onednn(done.stdout.split()[-1] == "True"))]


def _judge(status, output, errors):
    """Say what became of TensorFlow's trial: (level, sentence)."""
    if status == 0:
        backend, total, _ = output.split()[-3:]
        if backend != "tensorflow":
            todo = "Unset KERAS_BACKEND, or set it to tensorflow (it may be set in .keras/keras.json too)."
            return "problem", f"Works, but Keras is set to compute with {backend}. {todo}"
        if total != "12.0":
            return "problem", f"Computes wrongly: {total} instead of 12.0. {ANEW}"
        return "ok", "It computes on this CPU."
    if status in (-4, 0xC000001D, 0xC000001D - 2**32) or "AVX" in errors:
        cure = "Use another machine, or Binder (see README.md); give a virtual machine the CPU type 'host'."
        return "problem", f"Cannot run on this CPU, which lacks AVX (all from about 2012 on have it). {cure}"
    if "DLL load failed" in errors:
        return "problem", "Windows misses a library. Install the Microsoft Visual C++ Redistributable (x64)."
    last = errors.strip().splitlines()[-1] if errors.strip() else f"exit status {status}"
    return "problem", f"Cannot be imported: {last} {ANEW}"


def _judge_onednn(is_on):
    """Say whether TensorFlow uses its fast operations: (level, sentence)."""
    name, instructions = processor()
    has = f" ({name}: {', '.join(instructions).upper()}.)" if instructions else f" ({name}.)"
    if is_on:
        first = "Import TensorFlow within quiet_start(), as each notebook does: imported before, it may be off."
        return "ok", f"On. {first}{has}"
    if not x86_64():
        return "ok", f"Off, as TensorFlow has it on this kind of processor.{has}"
    if os.environ.get(VARIABLE, "").lower() in ("0", "false"):
        todo = f"Unset {VARIABLE}, and start JupyterLab anew"
        return "note", f"Off, since {VARIABLE} is {os.environ[VARIABLE]}: training takes twice as long. {todo}.{has}"
    return "note", f"Off: this build of TensorFlow lacks it, and training takes twice as long.{has}"


def _memory():
    import psutil

    free = psutil.virtual_memory().available
    limit, used = (Path("/sys/fs/cgroup") / name for name in ("memory.max", "memory.current"))
    if limit.exists() and limit.read_text().strip().isdigit():  # a container may have less than the machine
        free = min(free, int(limit.read_text()) - int(used.read_text()))
    sentence = f"{free / 1e9:.1f} GB are free; a notebook takes up to {NEEDED_MEMORY / 1e9} GB."
    if free >= NEEDED_MEMORY:
        return [("memory", "ok", sentence)]
    return [("memory", "problem", f"{sentence} Close programs, or other kernels in JupyterLab.")]


def _cores():
    found = cores()
    if found >= 2:
        return [("cores", "ok", f"{found}.")]
    return [("cores", "note", "One. All works, but takes longer than the notebooks say.")]


def _disk():
    folder = find.caches()[0].parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    sentence = f"{free / 1e9:.1f} GB are free where MNIST is kept."
    if free >= NEEDED_DISK:
        return [("disk", "ok", sentence)]
    todo = f"Free {NEEDED_DISK / 1e6:.0f} MB, or set MNIST_LIB_CACHE to a folder with more space."
    return [("disk", "problem", f"{sentence} {todo}")]


def _data():
    try:
        origin, _ = find.find_local()
    except find.DataError as error:
        return [("data", "problem", " ".join(str(error).split()))]
    if origin:
        return [("data", "ok", f"{origin}.")]
    todo = "The first notebook downloads it (11 MB); without a network, the bundled sample takes its place."
    return [("data", "note", f"MNIST is not on this machine yet. {todo}")]


def _kernel():
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    todo = "Run: python -m ipykernel install --sys-prefix"
    try:
        program = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except NoSuchKernel:
        return [("kernel", "problem", f"Jupyter knows no kernel python3. {todo}")]
    own = re.fullmatch(r"python[\d.]*", program) or Path(program).absolute() == Path(sys.executable)
    if own:
        return [("kernel", "ok", "Jupyter's kernel python3 is this Python.")]
    return [("kernel", "problem", f"Jupyter's kernel python3 is another Python, {program}. {todo}")]
