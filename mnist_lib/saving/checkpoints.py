"""Checkpoints of a training in progress: written whole or not at all, checked when read, two generations kept.

Built by hand in notebook 06, cells ``write-whole`` and ``read-checked``. A checkpoint is a NumPy ``.npz`` file
without pickle, so reading one never runs code. Its last 64 characters are the SHA-256 of all bytes before
them: a changed or missing byte anywhere is seen before anything is used. ``numpy.load`` reads it, too.
"""

import hashlib
import io
import json
import os
import re
import warnings
import zipfile
from pathlib import Path

import numpy as np

DIGEST = 64  # hexadecimal digits of SHA-256


class CheckpointError(ValueError):
    """A checkpoint that is damaged, or that belongs to another training."""


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
    writing = _beside(path, "writing")
    with open(writing, "wb") as file:
        file.write(_pack(facts, arrays))
        file.flush()
        os.fsync(file.fileno())  # on the disk now, not only on its way
    if path.exists():
        os.replace(path, _beside(path, "previous"))
    os.replace(writing, path)
    _sync_folder(path.parent)


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
        If there are checkpoints, and all are damaged.
    """
    path = Path(path)
    found = [file for file in (path, _beside(path, "previous")) if file.exists()]
    problems = []
    for file in found:
        try:
            facts_and_arrays = _unpack(file.read_bytes())
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
    model, optimizer : keras.Model and built keras Optimizer
        Their variables are set: weights, slots, step count, states of seed generators.
    random : numpy.random.Generator
        Its state is set.
    history : History
        Its lists are filled.
    **call : Data, int, str
        What else decides the training's result. A checkpoint that was written for another call is refused.

    Returns
    -------
    function without arguments
        Writes a checkpoint of all of the above, as they are then.

    Raises
    ------
    CheckpointError
        If all checkpoints are damaged, or they belong to another training.
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

    found = read_checkpoint(path)
    if found is None:
        save()  # an unusable path shows now, not after the first epoch
        return save
    facts, arrays = found
    _refuse_another(path, facts.get("training", {}), training)
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
    for name, column in columns.items():
        column[:] = facts["history"][name]
    random.bit_generator.state = facts["random"]
    return save


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
            arrays = {name: file[name] for name in file.files}
        facts = json.loads(arrays.pop("facts").item())
        return facts, [arrays[name] for name in sorted(arrays)]
    except (ValueError, KeyError, zipfile.BadZipFile) as problem:
        raise CheckpointError(f"is not a checkpoint of mnist_lib ({type(problem).__name__}: {problem})") from None


def _fingerprint(model, optimizer, call):
    """What a checkpoint must have in common with the training that goes on from it: name -> short text."""
    described = {"model": _layout(model), "optimizer": type(optimizer).__name__, **_settings(optimizer)}
    for name, value in call.items():
        described[name] = value if isinstance(value, (int, str)) else _digits(value)
    return described


def _layout(model):
    try:
        config = model.to_json()
    except (NotImplementedError, TypeError, ValueError):  # a model of its own class need not have one
        config = type(model).__name__
    config = re.sub(r'(?<=[a-z])_\d+"', '"', config)  # "dense_7" is the next process's "dense"
    return _sha256((config + str([(v.dtype, tuple(v.shape)) for v in model.variables])).encode())


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
    digest = re.compile("[0-9a-f]{64}")  # says nothing to a reader
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


def _sync_folder(folder):
    if os.name == "posix":  # the renaming itself must reach the disk; Windows does it on its own
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
