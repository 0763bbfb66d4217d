"""Model files that ask for more than they show: refused in words, at once, without the memory that they ask for.

One process looks at all of them in turn, since importing TensorFlow takes longer than all of that. What can be seen
without TensorFlow comes first, and must be refused before it is imported.
"""

import io
import json
import os
import re
import struct
import subprocess
import sys
import zipfile

import h5py
import numpy as np
import pytest

from mnist_lib import models
from mnist_lib.saving import save_model

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux tells it"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # Keras, when saving
]

MEGABYTES = 300  # that a refusal may take above an idle process
CHILD = """
import json, os, resource, signal, sys
from mnist_lib.saving import ModelFileError, load_model

def alarm(*_):
    raise KeyboardInterrupt("it hangs")
signal.signal(signal.SIGALRM, alarm)

def peak():  # ru_maxrss would begin with the parent's
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1000

def room(gigabytes):
    with open("/proc/self/statm") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + int(gigabytes * 1e9), -1))

idle = peak()
for name in sys.argv[2:]:
    path = os.path.join(sys.argv[1], name + ".keras")
    room(8 if name == "good" else 2)  # for the machine's sake, where a file should get what it asks for
    signal.alarm(60)
    try:
        outcome = {"loaded": load_model(path).name}
    except ModelFileError as problem:
        outcome = {"refused": str(problem)}
    except BaseException as problem:
        outcome = {"failed": repr(problem)[:1000]}
    signal.alarm(0)
    if name == "good":
        idle = peak()
    outcome |= {"megabytes": peak() - idle, "tensorflow": "tensorflow" in sys.modules}
    print(json.dumps(outcome), flush=True)
"""


def archive(path, config=None, weights=None, packing=zipfile.ZIP_STORED, more=()):
    """Write a .keras file of these parts; softmax regression's, where none are given."""
    with zipfile.ZipFile(path.with_name("good.keras")) as good, zipfile.ZipFile(path, "w", packing) as file:
        file.writestr("metadata.json", good.read("metadata.json"))
        if config is None:
            config = good.read("config.json")
        file.writestr("config.json", config if isinstance(config, (bytes, str)) else json.dumps(config))
        file.writestr("model.weights.h5", good.read("model.weights.h5") if weights is None else weights)
        for name, content in more:
            file.writestr(name, content)


def hdf5(fill):
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver="latest") as file:
        fill(file)
    return buffer.getvalue()


def dense(fill):
    """Weights in which ``fill(group, name)`` makes those of the dense layer."""
    return hdf5(lambda file: fill(file.create_group("layers/dense/vars"), "0"))


def layer(kind, name, module="keras.layers", **config):
    return {"module": module, "class_name": kind, "config": {"name": name, **config}, "registered_name": None}


def sequential(*layers, shape=(28, 28), name="sequential"):
    stack = [layer("InputLayer", "input", batch_shape=[None, *shape])] if shape else []
    return layer("Sequential", name, "keras", layers=[*stack, *layers])


def doubled(depth):
    """Models in models, each called twice by the one around it."""
    inner = layer("Dense", "dense", units=28)
    for level in range(depth):
        tensors = [["input", 0, 0], ["inner", 0, 0], ["inner", 1, 0]]
        calls = [[[[name, node, index, {}]]] for name, node, index in tensors]
        called = {**inner, "name": "inner", "inbound_nodes": [*calls[0], *calls[1]]}
        called["config"] = {**inner["config"], "name": "inner"}
        entry = {**layer("InputLayer", "input", batch_shape=[None, 28]), "name": "input", "inbound_nodes": []}
        inner = layer(
            "Functional",
            f"level{level}",
            "keras.src.models.functional",
            layers=[entry, called],
            input_layers=[["input", 0, 0]],
            output_layers=[tensors[2]],
        )
    return inner


def virtual(group, name):
    layout = h5py.VirtualLayout((784, 10), "f4")
    layout[:] = h5py.VirtualSource("secret.h5", "secret", (784, 10), "f4")
    group.create_virtual_dataset(name, layout)


def circle(group, name):
    group[name] = group


def many_groups(file):
    for i in range(11_000):
        file.create_group(f"{i}")


def overflowing(path):
    """A list of a million members, all of them one and the same."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a", b"")
    content = path.read_bytes()
    start = content.index(b"PK\1\2")
    end = content.index(b"PK\5\6")
    entry, count = content[start:end], 10**6
    zip64 = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, count * len(entry), start)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, start + count * len(entry), 1)
    last = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(content[:start] + entry * count + zip64 + locator + last)


LARGE = {"shape": (10**4, 10**5), "dtype": "f4"}
SEEN_BEFORE = {  # what is in the file -> words of the refusal; TensorFlow is not needed to see it
    "fifo": (os.mkfifo if hasattr(os, "mkfifo") else None, "is not a .keras file"),
    "members": (overflowing, r"bytes for the list of its members; 4,000,000 are allowed"),
    "files": ({"more": [(f"assets/{i}", b"") for i in range(20_000)]}, "20,003 members; 10,000 are allowed"),
    "long config": ({"config": b" " * 5_000_000}, "5,000,000 bytes of config.json"),
    "packed config": ({"config": b" " * 90_000_000, "packing": zipfile.ZIP_DEFLATED}, "bytes of config.json"),
    "packed weights": ({"weights": bytes(150_000_000), "packing": zipfile.ZIP_DEFLATED}, "bytes that are compressed"),
    "LZMA": ({"packing": zipfile.ZIP_LZMA}, "packed in a way that Keras does not use"),
    "brackets": ({"config": "[" * 100_000}, "RecursionError"),
    "no JSON": ({"config": "{'module'"}, "JSONDecodeError"),
    "no HDF5": ({"weights": b"weights"}, "OSError"),
    "units": ({"config": sequential(layer("Dense", "dense", units=10**9))}, '1,000,000,000 as "units"; 50,000,000'),
    "input": ({"config": sequential(shape=(10**4, 10**4))}, '100,000,000 as "batch_shape"'),
    "kernel": (
        {"config": sequential(layer("Conv1D", "conv", filters=1, kernel_size=[10**5, 10**5]))},
        '10,000,000,000 as "kernel_size"',
    ),
    "many layers": (
        {"config": sequential(*[layer("Dense", f"dense{i}", units=10) for i in range(1000)])},
        "layers, initializers and the like; 20,000",
    ),
    "models in models": ({"config": doubled(40)}, "layers, initializers and the like; 20,000"),
    "nothing stored": (
        {"weights": dense(lambda group, name: group.create_dataset(name, compression="gzip", **LARGE))},
        r"declares weights that it does not hold: /layers/dense/vars/0 of shape \(10000, 100000\)",
    ),
    "never written": (
        {"weights": dense(lambda group, name: group.create_dataset(name, **LARGE))},
        "declares weights that it does not hold",
    ),
    "a little at a time": (
        {"weights": hdf5(lambda file: [file.create_dataset(f"{i}", (1000, 10), "f4") for i in range(9999)])},
        "declares weights that it does not hold",
    ),
    "virtual": ({"weights": dense(virtual)}, "declares weights that it does not hold"),
    "stored elsewhere": (
        {"weights": dense(lambda group, name: group.create_dataset(name, (784, 10), "f4", external="secret.bin"))},
        "declares weights that it does not hold",
    ),
    "texts": (
        {"weights": dense(lambda group, name: group.create_dataset(name, data=["weights"] * 10))},
        "declares weights that it does not hold",
    ),
    "external link": (
        {"weights": dense(lambda group, name: group.__setitem__(name, h5py.ExternalLink("secret.h5", "/a")))},
        "only a link to somewhere else: 0",
    ),
    "soft link": (
        {"weights": dense(lambda group, name: group.__setitem__(name, h5py.SoftLink("/layers")))},
        "only a link to somewhere else",
    ),
    "circle": ({"weights": dense(circle)}, "groups and data sets; 10,000 are allowed"),
    "many groups": ({"weights": hdf5(many_groups)}, "groups and data sets; 10,000 are allowed"),
}
SEEN_BY_TRYING = {
    "dense": (
        {"config": sequential(layer("Dense", "dense", units=10**6))},
        "28,000,000 values for one image after one layer",
    ),
    "dense twice": (
        {"config": sequential(layer("Flatten", "flat"), layer("Dense", "dense", units=10**6))},
        "785,000,000 weights; 50,000,000 are allowed. Load a larger model that you made yourself",
    ),
    "convolution": (
        {
            "config": sequential(
                layer("Conv1D", "conv", filters=10**4, kernel_size=[28]),
                layer("Conv1D", "b", filters=10**4, kernel_size=1),
            )
        },
        "107,860,000 weights",
    ),
    "recurrent": ({"config": sequential(layer("LSTM", "lstm", units=10**5, stateful=True))}, "weights; 50,000,000"),
    "enlarged": (
        {
            "config": sequential(
                layer("Reshape", "reshape", target_shape=[28, 28, 1]),
                *[layer("UpSampling2D", f"up{i}", size=[90, 90]) for i in range(2)],
            )
        },
        "values for one image after one layer",
    ),
    "unrolled": (
        {
            "config": sequential(
                layer("Flatten", "flat"),
                layer("RepeatVector", "repeat", n=5000),
                layer("LSTM", "l", units=4, unroll=True),
            )
        },
        "5,000 steps of an unrolled layer; 1,000 are allowed",
    ),
    "never called": ({"config": sequential(layer("Dense", "dense", units=10**6), shape=None)}, "never called"),
    "no model": ({"config": layer("Dense", "dense", units=10)}, "holds no model"),
    "a program": ({"config": sequential(layer("system", "rm", "os", command="true"))}, "cannot be loaded .*own"),
    "other weights": ({"config": sequential(layer("Dense", "dense", units=3))}, "cannot be loaded"),
}
CASES = {**SEEN_BEFORE, **SEEN_BY_TRYING}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Make the files, and let one process load them in turn: name -> outcome."""
    folder = tmp_path_factory.mktemp("hostile")
    save_model(models.softmax_regression(), folder / "good.keras")
    h5py.File(folder / "secret.h5", "w").create_dataset("secret", data=np.zeros((784, 10), "f4"))
    for name, (parts, _) in CASES.items():
        path = folder / f"{name}.keras"
        parts(path) if callable(parts) else archive(path, **parts)
    names = [*SEEN_BEFORE, "good", *SEEN_BY_TRYING, "good"]
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), *names], capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(zip(names, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_refused_in_words_and_in_little_memory(outcomes, name):
    outcome = outcomes[name]
    assert "refused" in outcome, outcome
    assert outcome["refused"].startswith(f"{name}.keras ")
    assert outcome["megabytes"] < MEGABYTES


@pytest.mark.parametrize("name", CASES)
def test_the_refusal_says_why(outcomes, name):
    assert re.search(CASES[name][1], outcomes[name]["refused"])


@pytest.mark.parametrize("name", SEEN_BEFORE)
def test_refused_before_tensorflow_is_imported(outcomes, name):
    assert not outcomes[name]["tensorflow"]


def test_what_is_harmless_is_loaded_before_and_after(outcomes):
    assert outcomes["good"]["loaded"] == "softmax"
