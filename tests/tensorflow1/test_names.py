"""The dictionary of old names, each row against the installed TensorFlow, and its search."""

import contextlib
import importlib
import inspect
import re
import warnings
from functools import cache

import numpy as np
import pytest

from mnist_lib.tensorflow1 import names as old_names

ROWS = old_names.load().rows


@cache
def frameworks():
    from mnist_lib import quiet_start

    with quiet_start():
        import keras
        import tensorflow as tf
    return {"tf": tf, "keras": keras}


def resolve(name):
    """Return what a dotted name stands for; raise AttributeError or ImportError if there is no such thing."""
    first, *parts = name.split(".")
    found = frameworks().get(first) or importlib.import_module(first)
    for part in parts:
        try:
            found = getattr(found, part)
        except AttributeError:
            if not inspect.ismodule(found):
                raise
            found = importlib.import_module(f"{found.__name__}.{part}")
    return found


def exists(name):
    with contextlib.suppress(AttributeError, ImportError):
        resolve(name)
        return True
    return False


def takes(function, argument):
    return argument in inspect.signature(resolve(function)).parameters


def small_model():
    keras = frameworks()["keras"]
    return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])


def fitted(metric):
    """Return the history of a model that was compiled with this metric."""
    model, zeros = small_model(), np.zeros((2, 1))
    model.compile(loss="mse", metrics=[metric])
    return model.fit(zeros, zeros, verbose=0).history


def outcome(code, folder):
    """Run one line: its value, the error that it raises if any, its warnings."""
    names = {**frameworks(), "np": np, "small_model": small_model, "fitted": fitted, "folder": folder}
    value = error = None
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            value = eval(code, names)
        except Exception as problem:
            error = problem
    return value, error, warned


def holds(test, folder):
    kind, _, rest = test.partition(" ")
    words = rest.split()
    if kind == "gone":  # from tf.compat.v1, too
        return not any(exists(name) or exists(f"tf.compat.v1.{name.removeprefix('tf.')}") for name in words)
    if kind == "v1":
        return not exists(rest) and exists(f"tf.compat.v1.{rest.removeprefix('tf.')}")
    if kind == "exists":
        return all(map(exists, words))
    if kind == "optional":
        pytest.importorskip(rest.split(".")[0])
        return exists(rest)
    if kind in ("argument", "no-argument"):
        return takes(*words) == (kind == "argument")
    value, error, warned = outcome(rest, folder)
    return {"true": value is not None and bool(value), "fails": error is not None, "warns": bool(warned)}[kind]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Stand in an empty folder, so that what a line writes by mistake goes there."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.old)
def test_the_old_name_is_gone_and_the_new_one_is_there(row, folder):
    assert holds(row.old_test, folder), f"the old name is still there: {row.old_test}"
    assert holds(row.new_test, folder), f"the new name is not there: {row.new_test}"


@pytest.mark.parametrize(
    "test",
    ["gone tf.function", "gone tf.Session", "v1 tf.function", "v1 tf.contrib", "exists tf.Session",
     "exists tf.Variable tf.log", "argument tf.argmax dimension", "no-argument tf.argmax axis",
     "fails tf.constant(1).numpy()", "true tf.constant(0).numpy()", "true tf.Session()", "warns tf.constant(1)"],
)  # fmt: skip
def test_the_tests_can_fail(test, folder):
    assert not holds(test, folder)


def test_the_form_of_the_rows():
    assert len(ROWS) >= 40
    assert len({row.old for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert all((row.group, row.old, row.what_it_did, row.new, row.find, row.old_test, row.new_test)), row.old
        assert re.search(row.find, row.old) or "older name" in row.what_it_did, f"{row.find} does not find {row.old}"
    groups = [row.group for row in ROWS]
    assert len(set(groups)) == 1 + sum(a != b for a, b in zip(groups, groups[1:], strict=False)), "groups are split"


@pytest.mark.parametrize(
    "asked",
    ["session.run", "placeholder", "feed_dict", "InteractiveSession", "global_variables_initializer", "get_variable",
     "xavier", "train.AdamOptimizer", "Saver", ".ckpt", "read_data_sets", "history['acc']", "period=", "input_shape=",
     "lr=", "tf.lite", "PLACEHOLDER", "learning rate"],
)  # fmt: skip
def test_search_finds(asked):
    assert len(old_names.search(asked)) >= 1


def test_search_takes_words_in_any_order_and_finds_nothing_gracefully():
    assert {row.old for row in old_names.search("adam train")} >= {"tf.train.AdamOptimizer(1e-4)"}
    nothing = old_names.search("no such name")
    assert len(nothing) == 0 and "No such name" in str(nothing) and "No such name" in nothing._repr_html_()
    assert len(old_names.search("")) == len(ROWS)


def test_read_gives_lines_in_order():
    program = (
        "x = tf.placeholder(tf.float32)\ny = tf.log(x) + tf.log(2.0)\nprint(tf.log(y))\nsess.run(y, feed_dict={x: 1})"
    )
    table = old_names.read(program)
    assert [row.old.split("(")[0] for row in table] == [
        "tf.placeholder",
        "tf.log",
        "session.run",
        "feed_dict={x: batch}",
    ]
    assert table.marks == ("1", "2, 3", "4", "4")
    assert "line 2, 3: tf.log(x)" in str(table) and ">2, 3</td>" in table._repr_html_()
    assert len(old_names.read("print('a modern program')")) == 0


def test_a_table_in_a_notebook_is_safe_and_short():
    everything = old_names.load()
    page = everything._repr_html_()
    groups = len({row.group for row in ROWS})
    assert page.count("<tr>") == len(ROWS) + groups  # each group has a table with a head of its own
    assert page.count("<details") == page.count("</details>") == groups and page.count("<details open>") == 1
    assert "&#x27;acc&#x27;" in page  # escaped
    assert len(repr(everything).splitlines()) == 1
    assert len(str(everything).splitlines()) >= 2 * len(ROWS)


def test_a_short_table_has_no_folds():
    page = old_names.search("placeholder")._repr_html_()
    assert "<details" not in page and page.count("<table") == 1 and "graph and session</th>" in page
