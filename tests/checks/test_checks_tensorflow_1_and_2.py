"""The exercises of lesson 15; and the places its last table names."""

import re
from functools import partial
from pathlib import Path

import nbformat
import numpy as np
import pytest

from mnist_course.checks import tensorflow_1_and_2 as checks

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def asking(*, initialise=True, feed=True, graph=True, value=lambda session, name, feeds: session.run(name, feeds)):
    """Return a function ask with one thing left out or changed."""

    def ask(the_graph, name, feeds):
        import tensorflow as tf

        v1 = tf.compat.v1
        with (the_graph if graph else tf.Graph()).as_default(), v1.Session() as session:
            if initialise:
                session.run(v1.global_variables_initializer())
            return value(session, name, feeds if feed else None)

    return ask


def program(change=lambda W, b, accuracy: (W, b, accuracy), **changes):
    """Return the right translation, in NumPy, with one thing changed."""
    right = checks._program(**changes)
    return lambda *given: change(*right(*given))


RIGHT = {"ask": [asking()], "new_program": [program(), program(mean=True, step=0.05)]}
WRONG = {
    "ask": {
        "initialise": asking(initialise=False),
        "feed": asking(feed=False),
        "graph": asking(graph=False),
        "node": asking(value=lambda session, name, feeds: session.graph.get_tensor_by_name(name)),
        "odd": asking(value=lambda session, name, feeds: "abc"),
        "list": asking(value=lambda session, name, feeds: session.run([name], feeds)),
        "values": asking(value=lambda session, name, feeds: session.run(name, feeds) + 1),
        "fed": asking(value=lambda session, name, feeds: session.run(name, feeds) + ("hidden:0" in feeds)),
    },
    "new_program": {
        "odd": lambda *given: (1, 2),
        "shapes": program(lambda W, b, accuracy: (b, W, accuracy)),
        "nan": program(lambda W, b, accuracy: (W * np.nan, b, accuracy)),
        "zero": program(lambda W, b, accuracy: (W * 0, b, accuracy)),
        "bias": program(lambda W, b, accuracy: (W, b * 0, accuracy)),
        "other": program(lambda W, b, accuracy: (W + 1, b, accuracy)),
        "percent": program(lambda W, b, accuracy: (W, b, 100 * accuracy)),
        "accuracy": program(lambda W, b, accuracy: (W, b, accuracy - 0.1)),
    },
}


@pytest.fixture(scope="module")
def tf():
    from mnist_lib import quiet_start

    with quiet_start():
        import keras  # noqa: F401
        import tensorflow as tf
    return tf


def test_the_counts_that_exercise_1_asks_for(tf):
    calls = {
        "lists": [[1, 2], [1, 3], [2, 1], [1, 2]],
        "types": [tf.constant(1), tf.constant(1.0), tf.constant(2), tf.constant(2.0)],
        "shapes": [np.zeros(3), np.zeros((3, 1)), np.ones(3), np.zeros(5)],
    }
    counts = []
    for arguments in calls.values():
        total = tf.function(lambda x: tf.reduce_sum(x))
        for argument in arguments:
            total(argument)
        counts.append(total.experimental_get_tracing_count())
    assert tuple(counts) == checks.traces.right


@pytest.mark.parametrize(("batches", "key"), [(1, "first batch"), (-1, "last batch"), (None, "plain")])
def test_new_program_with_a_mean_and_its_step(batches, key, tf, sample):
    """A mean and a step that is a hundred times as long come to the same, whatever else is wrong."""
    function = program(used=batches, mean=True, step=0.05, momentum=0.9 if batches else 0.0)
    assert checks.new_program.verdict(function, sample).slip == key


def test_an_error_of_ask_s_own_is_shown(tf):
    text = checks.ask.verdict(asking(value=lambda session, name, feeds: 1 / 0)).text
    assert text.startswith("Your function stops: ZeroDivisionError")


def going_on():
    """Return a program that goes on where it stopped."""
    import keras
    import tensorflow as tf

    W, b = tf.Variable(tf.zeros((784, 10))), tf.Variable(tf.zeros(10))
    optimizer = keras.optimizers.SGD(0.05, momentum=0.9)

    def new_program(x, labels, x_validation, labels_validation, batches):
        for batch in batches:
            with tf.GradientTape() as tape:
                logits = x[batch] @ W + b
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels[batch], logits=logits)
                loss = tf.reduce_mean(losses)
            optimizer.apply(tape.gradient(loss, [W, b]), [W, b])
        return W.numpy(), b.numpy(), 0.9

    return new_program


def in_the_old_form(*given):
    import tensorflow as tf

    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session():
        return checks.run_old_program(*given)


WRONG["new_program"] |= {"again": partial(going_on), "old names": in_the_old_form}


def test_the_old_program_leaves_nothing_behind(tf, sample, capfd):
    W, b, accuracy = checks.run_old_program(*checks._exercise_data(sample))
    assert W.shape == (784, 10) and b.shape == (10,) and accuracy > 0.8
    assert tf.executing_eagerly() and tf.compat.v1.get_default_graph().get_operations() == []
    assert capfd.readouterr() == ("", "")


def answered_places():
    """Return (notebook, cell) for each place in the last table of lesson 15."""
    notebook = nbformat.read(NOTEBOOKS / "15_tensorflow_1_and_2.ipynb", as_version=4)
    (cell,) = [cell for cell in notebook.cells if cell.id == "answered"]
    places = re.findall(r"\]\(([^)#]+\.ipynb)(#[^)]*)?\) `([^`]+)`", cell.source)
    assert all(anchor in ("", f"#{name}") for _, anchor, name in places)
    assert len(places) == cell.source.count(".ipynb"), "a link without its cell"
    return [(file, anchor, name) for file, anchor, name in places]


@pytest.mark.parametrize("place", sorted(set(answered_places())), ids=lambda place: f"{place[0][:2]}-{place[2]}")
def test_where_an_error_is_answered(place):
    file, anchor, name = place
    notebook = nbformat.read(NOTEBOOKS / file, as_version=4)
    found = [cell for cell in notebook.cells if cell.id == name]
    assert found, f"{file} has no cell {name}"
    assert not anchor or f'id="{name}"' in found[0].source


def test_each_error_of_the_five_tutorials_is_there():
    notebook = nbformat.read(NOTEBOOKS / "15_tensorflow_1_and_2.ipynb", as_version=4)
    (table,) = [cell.source for cell in notebook.cells if cell.id == "answered"]
    words = ["0.098", "Gaussian", "6 : 1 : 1", "scaling", "a fifth", "non-linearity", "eleven", "60,000", "tf.log"]
    words += ["1 - img", "resizes", "transposed", "'acc'", "period=", ".ckpt", "tf.contrib", "input_shape=", "lr="]
    for word in words:
        assert word in table, word
