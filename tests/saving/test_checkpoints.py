"""train(..., resume=PATH): a real process killed at several moments, damaged and hostile files, other trainings."""

import hashlib
import io
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import zipfile
from functools import partial
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mnist_lib
from mnist_lib import models, train, training
from mnist_lib.recipes import trainings as recipes
from mnist_lib.recipes.augmentation import vary
from mnist_lib.saving.checkpoints import CheckpointError, _pack, _unpack, read_checkpoint, write_checkpoint

EPOCHS = 4
# A model whose state is more than its weights: Adam's slots, a schedule's step, dropout's seeds, moving averages.
# Importing TensorFlow takes longer than this training, so it is done once; each line read starts a process of its own.
TRAININGS = f"""
import io, os, signal, sys, time
from types import SimpleNamespace
import keras
import numpy as np
import mnist_lib
from mnist_lib.saving import checkpoints
from mnist_lib import evaluation, runtime, training

die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)

def break_at(moment, resume):
    pack, replace = checkpoints._pack, os.replace
    written = []
    class Half(io.FileIO):
        def write(self, content):
            written.append(content)
            if len(written) == 2:  # after the first epoch was written, in the midst of the second's checkpoint
                super().write(content[: len(content) // 2])
                die()
            return super().write(content)
    def once(source, target):
        replace(source, target)
        if target.name.endswith(".previous"):
            die()
    def patient(*parts):
        written.append(parts)
        while len(written) == 2 and not os.path.exists(resume + ".go"):
            time.sleep(0.01)
        return pack(*parts)
    if moment == "half written":
        runtime.open = Half
    if moment == "after one epoch, until told":
        checkpoints._pack = patient
    if moment == "between the renames":
        os.replace = once
    if moment == "before the rename":
        os.fsync = die

def one_training(moment, digits, resume, result):
    break_at(moment, resume)
    digits = np.load(digits)
    data = SimpleNamespace(train=mnist_lib.data.Split(digits["images"], digits["labels"]),
                           validation=mnist_lib.data.Split(digits["images"][:100], digits["labels"][:100]))
    mnist_lib.set_seed(3)
    layers = keras.layers
    model = keras.Sequential([
        keras.Input((28, 28)), layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(16, activation="relu"),
        layers.BatchNormalization(), layers.Dropout(0.3), layers.Dense(10)], name="tiny")
    rate = keras.optimizers.schedules.CosineDecay(0.01, {EPOCHS} * 548)
    history = mnist_lib.train(model, data, epochs={EPOCHS}, batch_size=2, learning_rate=rate, seed=3, verbose=False,
                              resume=resume or None)
    columns = [history.loss, history.accuracy, history.validation_loss, history.validation_accuracy]
    np.savez(result, *[v.value.numpy() for v in model.variables], history=np.array(columns))

for line in sys.stdin:
    process = os.fork()  # TensorFlow is imported and has done nothing yet, so a copy of this process is a fresh start
    if process == 0:
        one_training(*line.rstrip("\\n").split("\\t"))
        os._exit(0)
    print(process, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
"""


@pytest.fixture(scope="module")
def trainings():
    """Return a function: moment, digits, resume, result -> process number, and a function that waits for its end."""
    server = subprocess.Popen(
        [sys.executable, "-c", TRAININGS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )

    def start(*arguments):
        server.stdin.write("\t".join(map(str, arguments)) + "\n")
        return int(server.stdout.readline()), lambda: int(server.stdout.readline())

    yield start
    server.stdin.close()
    assert server.wait(timeout=60) == 0
    server.stdout.close()


def done(path):
    """How many epochs the newest checkpoint holds; None if there is none."""
    files = [path, path.with_name(path.name + ".previous")]
    for file in files:
        try:
            return len(_unpack(file.read_bytes())[0]["history"]["loss"])
        except FileNotFoundError:
            continue
    return None


def kill_in_epoch(process, path, epoch):
    """Kill the process a little after the checkpoint before ``epoch`` (counted from 0) is there."""
    deadline = time.monotonic() + 240
    while not path.exists() or done(path) < epoch:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    time.sleep(0.03)
    os.kill(process, signal.SIGKILL)


by_fork = pytest.mark.skipif(sys.platform != "linux", reason="starts its processes by fork")


@pytest.fixture
def digits(sample, tmp_path):
    """Return the file of digits that the trainings of other processes read."""
    np.savez(tmp_path / "digits.npz", images=sample.train.images, labels=sample.train.labels)
    return tmp_path / "digits.npz"


@by_fork
@pytest.mark.slow
def test_killed_at_five_moments_and_still_equal_to_the_bit(digits, tmp_path, trainings):
    undisturbed, resumed, path = tmp_path / "undisturbed.npz", tmp_path / "resumed.npz", tmp_path / "tiny.npz"
    seen = []
    for moment in ("epoch 0", "half written", "between the renames", "before the rename", "epoch 2", "never"):
        process, ended = trainings(moment, digits, path, resumed)
        if moment.startswith("epoch"):
            kill_in_epoch(process, path, int(moment.split()[1]))
        assert ended() == (0 if moment == "never" else -signal.SIGKILL), moment
        assert resumed.exists() == (moment == "never")
        seen.append(done(path))
    assert seen[0] == 0 and seen[-2] < seen[-1] == EPOCHS and seen == sorted(seen), seen
    _, ended = trainings("never", digits, "", undisturbed)
    assert ended() == 0
    with np.load(undisturbed) as expected, np.load(resumed) as got:
        assert expected.files == got.files
        for name in expected.files:
            np.testing.assert_array_equal(got[name], expected[name], err_msg=name)
    left = {file.name for file in tmp_path.iterdir()} - {"digits.npz", "undisturbed.npz", "resumed.npz"}
    assert left == {"tiny.npz", "tiny.npz.previous"}, "what a killed process left is cleared away"


@by_fork
@pytest.mark.slow
def test_a_second_process_is_kept_away(sample, untraced, digits, tmp_path, trainings):
    path, result = tmp_path / "tiny.npz", tmp_path / "result.npz"
    _, ended = trainings("after one epoch, until told", digits, path, result)
    while not path.exists():
        time.sleep(0.01)
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match="tiny.npz is in use: another training.*another path"):
        run(sample, path)
    assert path.read_bytes() == before
    path.with_name("tiny.npz.go").touch()
    assert ended() == 0 and result.exists() and done(path) == EPOCHS
    assert not path.with_name("tiny.npz.lock").exists()
    with pytest.raises(CheckpointError, match="belongs to another training"):  # no longer in use
        run(sample, path)


def test_a_second_thread_is_kept_away(sample, tmp_path):
    problems = []

    def second():
        try:
            run(sample, tmp_path / "mlp.npz")
        except CheckpointError as problem:
            problems.append(str(problem))

    def on_epoch(model, history):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
        return True

    run(sample, tmp_path / "mlp.npz", on_epoch=on_epoch)
    assert len(problems) == 1 and "mlp.npz is in use" in problems[0]


def run(sample, resume, build=models.mlp, seed=0, **options):
    mnist_lib.set_seed(seed)
    model = build()
    options = {"epochs": 3, "learning_rate": 0.002, **options}
    return model, train(model, sample, seed=seed, verbose=False, resume=resume, **options)


@pytest.fixture(scope="module")
def finished(sample, tmp_path_factory):
    """Train once, with checkpoints: the folder that they are in, and what run returned."""
    folder = tmp_path_factory.mktemp("finished")
    return folder, run(sample, folder / "mlp.npz")


@pytest.fixture
def path(finished, tmp_path):
    """Return the path of a copy of that training's checkpoints."""
    for file in finished[0].iterdir():
        shutil.copy(file, tmp_path)
    return tmp_path / "mlp.npz"


@pytest.fixture
def untraced(monkeypatch):
    """Let ``train`` prepare no epoch, which takes two seconds: what is refused is refused before the first one."""
    monkeypatch.setattr(training, "_compiled_epoch", lambda *_: None)


class Stop(Exception):
    pass


def raising(problem):
    def function(*arguments, **options):
        raise problem

    return function


def stopped(sample, path, after, monkeypatch, **options):
    """Train with checkpoints until ``after`` epochs are done."""
    import mnist_lib.evaluation as evaluation

    count, whole = [0], evaluation.evaluate

    def evaluate(*arguments):
        count[0] += 1
        if count[0] > after:
            raise Stop
        return whole(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(evaluation, "evaluate", evaluate)
        with pytest.raises(Stop):
            run(sample, path, **options)


def assert_same(first, second):
    (model, history), (other, other_history) = first, second
    for a, b in zip(model.variables, other.variables, strict=True):
        np.testing.assert_array_equal(a.value.numpy(), b.value.numpy())
    for name in ("loss", "accuracy", "validation_loss", "validation_accuracy"):
        assert getattr(history, name) == getattr(other_history, name)


@pytest.mark.parametrize(
    "optimizer", [lambda: keras.optimizers.SGD(0.1, momentum=0.9), lambda: None], ids=["SGD", "FusedAdam"]
)
@pytest.mark.slow
def test_stopped_and_resumed_in_one_process(sample, tmp_path, monkeypatch, optimizer):
    path = tmp_path / "new" / "folder" / "mlp.npz"
    stopped(sample, path, 2, monkeypatch, optimizer=optimizer())
    assert_same(run(sample, path, optimizer=optimizer()), run(sample, None, optimizer=optimizer()))


def test_interrupted_in_a_notebook_that_keeps_the_traceback(sample, finished, tmp_path, monkeypatch):
    import mnist_lib.evaluation as evaluation

    with monkeypatch.context() as patch, pytest.raises(Stop) as kept:
        patch.setattr(evaluation, "evaluate", raising(Stop))
        run(sample, tmp_path / "mlp.npz")
    assert (tmp_path / "mlp.npz.lock").exists(), "the frame of train is still alive"
    assert_same(run(sample, tmp_path / "mlp.npz"), finished[1])
    assert kept and not (tmp_path / "mlp.npz.lock").exists()


def test_without_a_seed_the_start_comes_from_the_checkpoint(sample, finished, tmp_path, monkeypatch):
    stopped(sample, tmp_path / "mlp.npz", 0, monkeypatch)
    expected = finished[1]
    other = models.mlp()  # other initial weights than the stopped run's
    history = train(other, sample, epochs=3, learning_rate=0.002, verbose=False, resume=tmp_path / "mlp.npz")
    assert_same((other, history), expected)


def test_a_finished_training_is_read_and_not_repeated(sample, untraced, finished, path):
    before = path.read_bytes()
    again = run(sample, path)
    assert_same(again, finished[1])
    assert again[1].seconds == finished[1][1].seconds and path.read_bytes() == before


def test_two_generations_and_nothing_else(finished):
    folder, _ = finished
    assert sorted(file.name for file in folder.iterdir()) == ["mlp.npz", "mlp.npz.previous"]
    assert done(folder / "mlp.npz") == 3 and len(_unpack((folder / "mlp.npz.previous").read_bytes())[0]) == 3


@pytest.mark.slow
def test_resume_changes_no_number(sample, finished):
    assert_same(finished[1], run(sample, None))


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"",
        lambda content: bytes(len(content)),
        lambda content: content + b"\0",
        lambda content: content[:5000] + bytes([content[5000] ^ 1]) + content[5001:],
    ],
    ids=["half", "empty", "zeros", "longer", "one bit"],
)
def test_a_damaged_checkpoint_is_set_aside_and_the_one_before_it_used(sample, finished, path, damage):
    path.write_bytes(damage(path.read_bytes()))
    with pytest.warns(UserWarning, match=r"mlp.npz (is damaged|is cut off).*mlp.npz.damaged.*mlp.npz.previous"):
        got = run(sample, path)
    assert_same(got, finished[1])
    assert sorted(file.name for file in path.parent.iterdir()) == ["mlp.npz", "mlp.npz.damaged", "mlp.npz.previous"]


def test_both_damaged(sample, untraced, path):
    previous = path.with_name("mlp.npz.previous")
    path.write_bytes(b"x" * 100)
    previous.write_bytes(b"y")
    with pytest.raises(CheckpointError, match=r"mlp.npz is damaged.*previous is cut off.*delete mlp.npz and mlp.npz.p"):
        run(sample, path)
    assert path.read_bytes() == b"x" * 100, "a refused file stays as it was"


def tanh():
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((28, 28)), layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(128, activation="tanh")]
        + [layers.Dropout(0.2), layers.Dense(64, activation="relu"), layers.Dropout(0.2), layers.Dense(10)],
        name="mlp",
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epochs": 4}, r"epochs \(there: 3, here: 4\)"),
        ({"batch_size": 64}, r"batch_size \(there: 128, here: 64\)"),
        ({"seed": 1}, r"seed \(there: 0, here: 1\)"),
        ({"learning_rate": 0.004}, r"differs: learning_rate \(there: 0.002, here: 0.004\)\."),
        ({"optimizer": keras.optimizers.SGD(0.1)}, r"optimizer \(there: FusedAdam, here: SGD\)"),
        ({"loss": partial(recipes.smoothed_cross_entropy, smoothing=0.1)}, r"loss \(there: , here: .*'smoothing', 0.1"),
        ({"augment": partial(vary, turn=0.1)}, r"augment \(there: , here: .*augmentation.vary .*'turn', 0.1"),
        ({"build": models.cnn}, r"differs: model\."),
        ({"build": tanh}, r"differs: model\."),
        ({"build": lambda: models.mlp(dropout=0.1)}, r"differs: model\."),
        ({"build": models.softmax_regression, "seed": 5}, "model, seed"),
    ],
    ids="epochs batch_size seed learning_rate optimizer loss augment cnn tanh dropout two".split(),
)
def test_the_checkpoint_of_another_training_is_refused(sample, untraced, path, options, words):
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match=words):
        run(sample, path, **options)
    assert path.read_bytes() == before


def test_other_digits_are_refused(sample, untraced, path):
    labels = sample.train.labels.copy()
    labels[7] = (labels[7] + 1) % 10
    train_split = mnist_lib.data.Split(sample.train.images, labels)
    with pytest.raises(CheckpointError, match="differs: data"):
        run(SimpleNamespace(train=train_split, validation=sample.validation), path)


def test_another_file_is_refused_and_left_alone(sample, untraced, tmp_path):
    path = tmp_path / "digits.npz"
    np.savez(path, images=np.zeros(3))
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match="No checkpoint can be used"):
        run(sample, path)
    assert path.read_bytes() == before
    write_checkpoint(tmp_path / "mine.npz", {"by": "hand"}, [np.arange(3)])
    with pytest.raises(CheckpointError, match="another training"):
        run(sample, tmp_path / "mine.npz")


def test_a_path_that_cannot_be_written_fails_before_training(sample, untraced, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError):
        run(sample, tmp_path / "file" / "mlp.npz")


def test_written_and_read(tmp_path):
    path = tmp_path / "any.npz"
    assert read_checkpoint(path) is None
    arrays = [np.arange(6.0).reshape(2, 3), np.uint32([1, 2**32 - 1]), np.float32(7), np.zeros((0, 4))]
    write_checkpoint(path, {"epoch": 1, "state": 2**127}, arrays)
    facts, got = read_checkpoint(path)
    assert facts == {"epoch": 1, "state": 2**127}
    for a, b in zip(got, arrays, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
    with np.load(path, allow_pickle=False) as file:  # NumPy alone can read it too
        assert len(file.files) == 5


def test_no_pickle_in_and_none_out():
    with pytest.raises(CheckpointError, match="not a checkpoint"):
        _unpack(_pack({}, [np.array([{"a": 1}], dtype=object)]))


def sealed(content):
    """Add the digest that makes a crafted checkpoint look whole."""
    return content + hashlib.sha256(content).hexdigest().encode()


def npz(save=np.savez, **arrays):
    file = io.BytesIO()
    save(file, **arrays)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def zipped(packing=zipfile.ZIP_STORED, **members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        for name, content in {"facts.npy": npy(np.array("{}")), **members}.items():
            archive.writestr(name, content)
    return file.getvalue()


def broken_lzma():
    content = bytearray(zipped(zipfile.ZIP_LZMA, **{"0000.npy": npy(np.random.default_rng(0).random(1000))}))
    content[2000:3000] = bytes(1000)
    return bytes(content)


HEADER = b"{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000000,), }"
CRAFTED = {  # content, to be sealed with the right digest
    "facts a number": npz(facts=np.array(3)),
    "facts a list": npz(facts=np.array("[1, 2]")),
    "facts no JSON": npz(facts=np.array("{'epoch': 3}")),
    "no facts": npz(**{"0000": np.arange(3)}),
    "brackets": npz(facts=np.array("[" * 100_000)),
    "bare npy": npy(np.arange(1000)),
    "no zip": b"x" * 1000,
    "member that is no npy": zipped(**{"0000.npy": b"hello", "0001": b"hello"}),
    "broken LZMA": broken_lzma(),
    "pickle": npz(facts=np.array("{}"), **{"0000": np.array([{"a": 1}], dtype=object)}),
    "bomb": npz(np.savez_compressed, facts=np.array("{}"), **{"0000": np.zeros(5 * 10**7)}),
    "larger than it is": zipped(**{"0000.npy": np.lib.format.magic(1, 0) + bytes([len(HEADER), 0]) + HEADER}),
}


@pytest.mark.parametrize("name", CRAFTED)
def test_a_crafted_checkpoint_is_refused(tmp_path, name):
    path = tmp_path / "crafted.npz"
    path.write_bytes(sealed(CRAFTED[name]))
    with pytest.raises(CheckpointError, match="No checkpoint can be used: crafted.npz is not a checkpoint of"):
        read_checkpoint(path)
    assert path.read_bytes() == sealed(CRAFTED[name])


def test_a_compressed_checkpoint_is_not_unpacked(tmp_path):
    import tracemalloc

    (tmp_path / "bomb.npz").write_bytes(sealed(CRAFTED["bomb"]))
    tracemalloc.start()
    try:
        with pytest.raises(CheckpointError, match="compressed"):
            read_checkpoint(tmp_path / "bomb.npz")
        assert tracemalloc.get_traced_memory()[1] < 2e7
    finally:
        tracemalloc.stop()


UNFAITHFUL = {
    "no history": lambda facts, arrays: ({**facts, "history": {}}, arrays),
    "other training": lambda facts, arrays: ({**facts, "training": 3}, arrays),
    "no random": lambda facts, arrays: ({**facts, "random": {"state": 1}}, arrays),
    "one array less": lambda facts, arrays: (facts, arrays[:-1]),
    "other shapes": lambda facts, arrays: (facts, [np.zeros((2, 3))] * len(arrays)),
}


@pytest.mark.parametrize("name", UNFAITHFUL)
def test_a_checkpoint_that_breaks_its_own_promise_is_refused(sample, untraced, path, name):
    path.write_bytes(_pack(*UNFAITHFUL[name](*_unpack(path.read_bytes()))))
    with pytest.raises(CheckpointError, match="mlp.npz does not hold what its own list of facts promises"):
        run(sample, path)


@pytest.mark.parametrize("kind", ["folder", pytest.param("FIFO", marks=by_fork)])
def test_what_is_no_file_is_refused_at_once(sample, untraced, tmp_path, kind):
    path = tmp_path / "mlp.npz"
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    with pytest.raises(CheckpointError, match=f"mlp.npz cannot be read: it is a {kind}.*Give another path"):
        run(sample, path)
    assert [file.name for file in tmp_path.iterdir()] == ["mlp.npz"]


def test_a_folder_in_the_way_is_not_moved(tmp_path):
    (tmp_path / "any.npz").mkdir()
    with pytest.raises(OSError):
        write_checkpoint(tmp_path / "any.npz", {}, [])
    assert [file.name for file in tmp_path.iterdir()] == ["any.npz"]


def test_only_what_this_training_left_unfinished_is_cleared_away(sample, untraced, path):
    left, other = path.with_name(".mlp.npz.unfinished-abc"), path.with_name(".mlp.npz-2.unfinished-abc")
    for folder in (left, other):
        folder.mkdir()
        (folder / "half").touch()
    run(sample, path)
    assert other.exists() and not left.exists()


WHOLE = _pack({"epoch": 3}, [np.arange(40.0), np.arange(5)])


@settings(deadline=None)
@given(place=st.integers(0, len(WHOLE) - 1), change=st.integers(1, 255))
def test_a_change_of_any_byte_is_seen(place, change):
    with pytest.raises(CheckpointError):
        _unpack(WHOLE[:place] + bytes([WHOLE[place] ^ change]) + WHOLE[place + 1 :])


@settings(deadline=None)
@given(length=st.integers(0, len(WHOLE) - 1))
def test_a_missing_end_is_seen(length):
    with pytest.raises(CheckpointError):
        _unpack(WHOLE[:length])
