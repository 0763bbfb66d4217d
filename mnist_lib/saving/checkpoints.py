"""Checkpoints of a training in progress: written whole or not at all, checked when read, two generations kept.

Built by hand in notebook 11, cells ``write-whole`` and ``read-checked``. A checkpoint is a NumPy ``.npz`` file without
pickle, so reading one never runs code. Its last 64 characters are the SHA-256 of all bytes before them: a changed or
missing byte anywhere is seen before anything is used. ``numpy.load`` reads it, too.
"""

import contextlib
import glob
import hashlib
import io
import json
import os
import re
import shutil
import threading
import warnings
import weakref
from pathlib import Path

import numpy as np

from mnist_lib.runtime import open_regular, write_whole

DIGEST = 64  # hexadecimal digits of SHA-256


class CheckpointError(ValueError):
    """A checkpoint that is damaged, in use, or that belongs to another training."""


def write_checkpoint(path, facts, arrays):
    """Write a checkpoint whole or not at all; the one before it stays beside it as ``PATH.previous``.

    A process that dies at any moment leaves at least one whole file of the two.

    Parameters
    ----------
    path : path
    facts : dict
        Whatever JSON holds.
    arrays : list of array
        Of numbers.
    """
    path = Path(path)
    write_whole(path, _pack(facts, arrays), previous=_beside(path, "previous"))


def read_checkpoint(path):
    """Read the newest whole checkpoint of the two generations.

    A damaged newest one is set aside as ``PATH.damaged``, with a warning, and the one before it is read.

    Parameters
    ----------
    path : path
        As given to ``write_checkpoint``.

    Returns
    -------
    (facts, arrays) or None
        None if there is no checkpoint yet.

    Raises
    ------
    CheckpointError
        If there are checkpoints, and all are damaged; or if what has the name of one cannot be read: a folder, say.
    """
    path = Path(path)
    found = [file for file in (path, _beside(path, "previous")) if file.exists()]
    problems = []
    for file in found:
        try:
            with open_regular(file) as stream:
                facts_and_arrays = _unpack(stream.read())
        except OSError as problem:
            raise CheckpointError(f"{file.name} cannot be read: {problem.strerror}. Give another path.") from problem
        except CheckpointError as problem:
            problems.append(f"{file.name} {problem}")
            continue
        if problems:
            os.replace(path, _beside(path, "damaged"))
            warnings.warn(
                f"{problems[0]}. It is now {path.name}.damaged, and training goes on from {file.name}, "
                "one epoch earlier.",
                stacklevel=2,
            )
        return facts_and_arrays
    if problems:
        raise CheckpointError(
            f"No checkpoint can be used: {'; '.join(problems)}. Put back a copy of {path.name} if you have one, "
            f"or delete {' and '.join(file.name for file in found)} to train from the beginning."
        )
    return None


def go_on(path, model, optimizer, random, history, **call):
    """Bring a training to where its checkpoint left off, and return what writes the next one.

    Parameters
    ----------
    path : path or None
        None keeps no checkpoint. Without a file there, a first one is written, of the training's start.
    model, optimizer, random, history : keras.Model, built keras Optimizer, numpy.random.Generator, History
        All that they know is set: weights, slots, step count, states of seed generators, lists.
    **call : Data, int, str
        What else decides the training's result. A checkpoint that was written for another call is refused.

    Returns
    -------
    function without arguments
        Writes a checkpoint of all of the above, as they are then. As long as it lives, other processes and threads are
        kept away from ``path``, by a lock in ``PATH.lock`` that ends with the process, however that ends.

    Raises
    ------
    CheckpointError
        If all checkpoints are damaged, they belong to another training, or another training is writing them.
    """
    if path is None:
        return lambda: None
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    variables = [*model.variables, *optimizer.variables]
    columns = {name: column for name, column in vars(history).items() if isinstance(column, list)}
    training = _fingerprint(model, optimizer, call)

    def save():
        facts = {"training": training, "history": columns, "random": random.bit_generator.state}
        write_checkpoint(path, facts, [variable.value.numpy() for variable in variables])

    let_go = _keep_others_away(path, save)
    try:
        for rest in path.parent.glob(f".{glob.escape(path.name)}.unfinished-*"):  # of a process that was killed
            shutil.rmtree(rest, ignore_errors=True)
        if found := read_checkpoint(path):
            _restore(path, *found, training, variables, columns, random)
        else:
            save()  # an unusable path shows now, not after the first epoch
    except BaseException:
        let_go()
        raise
    return save


def _restore(path, facts, arrays, training, variables, columns, random):
    try:
        _refuse_another(path, facts.get("training", {}), training)
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)
        for name, column in columns.items():
            column[:] = facts["history"][name]
        random.bit_generator.state = facts["random"]
    except CheckpointError:
        raise
    except Exception as problem:
        reason = f"{type(problem).__name__}: {problem}"
        raise CheckpointError(f"{path.name} does not hold what its own list of facts promises ({reason}).") from problem


_locks = {}  # thread and path -> what lets go of the path


def _keep_others_away(path, holder):
    """Lock ``path`` for as long as ``holder`` lives; return a function that lets go of it at once."""
    from filelock import FileLock, Timeout

    key = threading.get_ident(), path.absolute()
    if key in _locks:
        _locks[key]()  # that training does not run now: interrupted, and kept by the notebook for its traceback
    lock = FileLock(_beside(path.absolute(), "lock"), thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise CheckpointError(
            f"{path.name} is in use: another training writes its checkpoints there. Wait until it has ended (an "
            "interrupted notebook may hold it until its kernel is restarted), or give this one another path."
        ) from None
    except (OSError, NotImplementedError):
        pass  # a disk without locks, or one that cannot be written at all, which the first checkpoint will show
    _locks[key] = weakref.finalize(holder, _let_go, lock)
    return _locks[key]


def _let_go(lock):
    if lock.is_locked:
        with contextlib.suppress(OSError):  # Windows deletes no open file; filelock does it there
            os.unlink(lock.lock_file)
        lock.release()


def _pack(facts, arrays):
    buffer = io.BytesIO()
    np.savez(buffer, facts=np.array(json.dumps(facts)), **{f"{i:04}": array for i, array in enumerate(arrays)})
    return buffer.getvalue() + _sha256(buffer.getvalue()).encode()


def _unpack(content):
    if len(content) <= DIGEST:
        raise CheckpointError(f"is cut off: it holds {len(content)} bytes")
    if _sha256(content[:-DIGEST]).encode() != content[-DIGEST:]:
        raise CheckpointError("is damaged: its content does not agree with the digest at its end")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            if any(member.compress_type for member in file.zip.infolist()):
                raise ValueError("it is compressed")
            arrays = {name: file[name] for name in file.files}
        facts = json.loads(arrays.pop("facts").item())
        if not isinstance(facts, dict) or not all(isinstance(array, np.ndarray) for array in arrays.values()):
            raise ValueError("its facts are not named, or what should be arrays are none")
        return facts, [arrays[name] for name in sorted(arrays)]
    except Exception as problem:  # the digest is right, so someone made it so: it may be anything
        raise CheckpointError(f"is not a checkpoint of mnist_lib ({type(problem).__name__}: {problem})") from None


def _fingerprint(model, optimizer, call):
    """What a checkpoint must have in common with the training that goes on from it: name -> short text."""
    try:
        layout = model.to_json()
    except (NotImplementedError, TypeError, ValueError):  # a model of its own class need not have one
        layout = type(model).__name__
    layout = re.sub(r'(?<=[a-z])_\d+"', '"', layout)  # "dense_7" is the next process's "dense"
    layout = _sha256((layout + str([(v.dtype, tuple(v.shape)) for v in model.variables])).encode())
    call = {name: value if isinstance(value, (int, str)) else _digits(value) for name, value in call.items()}
    return {"model": layout, "optimizer": type(optimizer).__name__, **_settings(optimizer), **call}


def _settings(optimizer):
    settings = json.loads(json.dumps(optimizer.get_config(), default=lambda value: type(value).__name__))
    return {
        name: float(f"{value:.6g}") if isinstance(value, float) else value  # 0.001, not 0.0010000000475
        for name, value in settings.items()
        if name != "name"
    }


def _digits(data):
    digest = hashlib.sha256()
    for array in (data.train.images, data.train.labels, data.validation.images, data.validation.labels):
        digest.update(f"{array.dtype} {array.shape}".encode() + np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _refuse_another(path, there, here):
    different = [name for name in here if there.get(name, "") != here[name]]
    if not different:
        return
    digest = re.compile("[0-9a-f]{64}")  # says nothing to a learner
    values = [
        name if digest.fullmatch(str(here[name])) else f"{name} (there: {there.get(name)}, here: {here[name]})"
        for name in different
    ]
    raise CheckpointError(
        f"{path.name} belongs to another training. What differs: {', '.join(values)}. Start with the same settings "
        f"to go on with that training; for a new one give another path, or delete {path.name} and {path.name}.previous."
    )


def _beside(path, word):
    return path.with_name(f"{path.name}.{word}")


def _sha256(content):
    return hashlib.sha256(content).hexdigest()
