"""The checks of notebook 09: blank, each typical mistake, and the right answer; and the places its last table names."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from mnist_lib.checks import translation as checks

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def said(capsys):
    out = capsys.readouterr().out
    assert len(out.strip().splitlines()) == 1
    return out


@pytest.fixture(scope="module")
def tf():
    from mnist_lib import quiet_start

    with quiet_start():
        import keras  # noqa: F401
        import tensorflow as tf
    return tf


def test_the_counts_that_exercise_1_asks_for(tf):
    calls = {
        "numbers": [1, 2, 1],
        "tensors": [tf.constant(1), tf.constant(2), tf.constant(3)],
        "shapes": [np.zeros(3), np.ones(3), np.zeros(5)],
    }
    counts = []
    for arguments in calls.values():
        double = tf.function(lambda x: 2 * x)
        for argument in arguments:
            double(argument)
        counts.append(double.experimental_get_tracing_count())
    assert counts == [2, 1, 2]


@pytest.mark.parametrize(
    ("answers", "mark", "word"),
    [
        ((None, None, None), "…", "three counts"),
        ((2, 1, None), "…", "three counts"),
        (("abc", 1, 2), "✗", "numbers: that is not one number"),
        ((2, [], 2), "✗", "tensors: that is not one number"),
        ((3, 1, 2), "✗", "finds its graph again"),
        ((1, 1, 2), "✗", "part of the trace"),
        ((0, 1, 2), "✗", "always traces"),
        ((2, 3, 2), "✗", "not part of the trace"),
        ((2, 1, 3), "✗", "same shape"),
        ((2, 1, 1), "✗", "each new shape"),
        ((2, 1, float("nan")), "✗", "not yet"),
        ((7, 1, 2), "✗", "not yet"),
        ((2, 1, 2), "✓", "all three"),
        (("2", 1.0, 2), "✓", "all three"),
    ],
)
def test_traces(answers, mark, word, capsys):
    checks.traces(*answers)
    text = said(capsys)
    assert text.startswith(mark) and word in text


def asking(tf, *, initialise=True, feed=True, graph=True, value=lambda session, name, feeds: session.run(name, feeds)):
    """Return a function ask with one thing left out or changed."""
    v1 = tf.compat.v1

    def ask(the_graph, name, feeds):
        with (the_graph if graph else tf.Graph()).as_default(), v1.Session() as session:
            if initialise:
                session.run(v1.global_variables_initializer())
            return value(session, name, feeds if feed else None)

    return ask


@pytest.mark.parametrize(
    ("changes", "mark", "word"),
    [
        ({"initialise": False}, "✗", "run the initialiser"),
        ({"feed": False}, "✗", "Hand the feeds"),
        ({"graph": False}, "✗", "another graph"),
        ({"value": lambda session, name, feeds: None}, "…", "returns None"),
        ({"value": lambda session, name, feeds: session.graph.get_tensor_by_name(name)}, "✗", "not its value"),
        ({"value": lambda session, name, feeds: session.run([name], feeds)}, "✗", "not a list"),
        ({"value": lambda session, name, feeds: session.run(name, feeds) + 1}, "✗", "not the values"),
        ({"value": lambda session, name, feeds: "abc"}, "✗", "not an array"),
        ({"value": lambda session, name, feeds: 1 / 0}, "✗", "ZeroDivisionError"),
        ({}, "✓", "Any node"),
    ],
)
def test_ask(changes, mark, word, tf, capsys):
    checks.ask(asking(tf, **changes))
    text = said(capsys)
    assert text.startswith(mark) and word in text


@pytest.mark.parametrize(("answer", "mark"), [(None, "…"), ("abc", "✗"), (float("nan"), "✗"), ([], "✗")])
def test_functions_that_are_none(answer, mark, sample, capsys):
    checks.ask(answer)
    assert said(capsys).startswith(mark)
    checks.new_program(answer, sample)
    assert said(capsys).startswith(mark)


def program(change=lambda W, b, accuracy: (W, b, accuracy), **changes):
    """Return the right translation, in NumPy, with one thing changed."""

    def new_program(x, labels, x_validation, labels_validation, batches):
        W, b = checks._train_by_hand(x, labels, batches, **changes)
        return change(W, b, float(((x_validation @ W + b).argmax(axis=1) == labels_validation).mean()))

    return new_program


def fails(*arrays):
    raise RuntimeError("not yet written\nby anyone")


def one_batch(x, labels, x_validation, labels_validation, batches):
    return program()(x, labels, x_validation, labels_validation, batches[:1])


@pytest.mark.filterwarnings("ignore:overflow|invalid:RuntimeWarning")
@pytest.mark.parametrize(
    ("function", "mark", "word"),
    [
        (lambda *given: None, "…", "returns nothing"),
        (fails, "✗", "RuntimeError: not yet written by anyone"),
        (lambda x: x, "✗", "TypeError"),
        (lambda *given: "abc", "✗", "three things"),
        (lambda *given: (1, 2), "✗", "three things"),
        (program(lambda W, b, accuracy: (b, W, accuracy)), "✗", "expected (784, 10)"),
        (program(lambda W, b, accuracy: (W * np.nan, b, accuracy)), "✗", "nan"),
        (program(lambda W, b, accuracy: (W * 0, b, accuracy)), "✗", "still zero"),
        (program(lambda W, b, accuracy: (W, b * 0, accuracy)), "✗", "b is still zero"),
        (program(lambda W, b, accuracy: (W + 1, b, accuracy)), "✗", "Check in this order"),
        (program(lambda W, b, accuracy: (W, b, 100 * accuracy)), "✗", "per cent"),
        (program(lambda W, b, accuracy: (W, b, accuracy - 0.1)), "✗", "argmax along axis 1"),
        (program(mean=True), "✗", "0.05"),
        (program(step=0.05), "✗", "a hundred times too long"),
        (program(momentum=0.0), "✗", "momentum, 0.9"),
        (program(momentum=0.0, mean=True, step=0.05), "✗", "plain gradient descent"),
        (program(nesterov=True), "✗", "Nesterov"),
        (program(twice=True), "✗", "softmax twice"),
        (one_batch, "✗", "first batch"),
        (program(), "✓", "Same start"),
        (program(mean=True, step=0.05), "✓", "Same start"),
    ],
)
def test_new_program(function, mark, word, tf, sample, capsys):
    checks.new_program(function, sample)
    text = said(capsys)
    assert text.startswith(mark) and word in text, text


def test_new_program_that_goes_on_where_it_stopped(tf, sample, capsys):
    import keras

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

    checks.new_program(new_program, sample)
    assert "goes on where it stopped" in said(capsys)


def test_the_old_program_in_its_old_form_is_not_a_translation(tf, sample, capsys):
    v1 = tf.compat.v1

    def new_program(*given):
        with tf.Graph().as_default(), v1.Session():
            return checks.run_old_program(*given)

    checks.new_program(new_program, sample)
    assert "v1" in said(capsys)


def test_the_old_program_leaves_nothing_behind(tf, sample, capfd):
    W, b, accuracy = checks.run_old_program(*checks._exercise_data(sample))
    assert W.shape == (784, 10) and b.shape == (10,) and accuracy > 0.8
    assert tf.executing_eagerly() and tf.compat.v1.get_default_graph().get_operations() == []
    assert capfd.readouterr() == ("", "")


def answered_places():
    """Return (notebook, cell) for each place in the last table of notebook 09."""
    notebook = nbformat.read(NOTEBOOKS / "09_tensorflow_1_to_2.ipynb", as_version=4)
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
    notebook = nbformat.read(NOTEBOOKS / "09_tensorflow_1_to_2.ipynb", as_version=4)
    (table,) = [cell.source for cell in notebook.cells if cell.id == "answered"]
    words = ["0.098", "Gaussian", "6 : 1 : 1", "scaling", "a fifth", "non-linearity", "eleven", "60,000", "tf.log"]
    words += ["1 - img", "resizes", "transposed", "'acc'", "period=", ".ckpt", "tf.contrib", "input_shape=", "lr="]
    for word in words:
        assert word in table, word
