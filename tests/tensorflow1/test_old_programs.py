"""The two old programs: how they are refused, complained of, run, and restored."""

import numpy as np
import pytest

from mnist_lib.tensorflow1 import graphs, old_network, old_program


@pytest.fixture(scope="module")
def tf():
    from mnist_lib import quiet_start

    with quiet_start():
        import keras  # noqa: F401
        import tensorflow as tf
    return tf


@pytest.fixture(scope="module")
def digits(sample):
    return sample.train.images.reshape(-1, 784) / np.float32(255), sample.train.labels.astype(np.int32)


def test_each_line_of_the_old_program_gets_its_verdict(tf):
    lines = old_program.tried_today().splitlines()
    refused = {int(line[:2]) for line in lines if " refused: " in line}
    assert len(lines) == len(old_program.OLD_PROGRAM.splitlines()) and refused == {2, 5, 6, 10, 11, 13, 15, 16}
    assert "tf.placeholder" in lines[4]
    accepted = {int(line[:2]) for line in lines if line[4:12] == "accepted"}
    waits = {int(line[:2]) for line in lines if line[4:9] == "waits"}
    assert accepted == {1, 7, 8, 17} and waits == {4, 9, 12, 18, 19, 20}, (accepted, waits)


def test_complaints(tf):
    v1, graph = tf.compat.v1, tf.Graph()
    with graph.as_default():
        x = v1.placeholder(tf.float32, (None, 2), name="x")
        W = v1.get_variable("W", (2,))
        stranger = tf.Graph()
        with stranger.as_default():
            other = tf.constant(1.0)
    with v1.Session(graph=graph) as session:
        assert old_program.complaint(lambda: session.run(x)).startswith("InvalidArgumentError at node x: You must feed")
        assert "FailedPreconditionError at node W" in old_program.complaint(lambda: session.run(W))
        assert "not an element of this graph" in old_program.complaint(lambda: session.run(other))
        assert "no node" in old_program.complaint(lambda: session.run("y:0"))
        assert old_program.complaint(lambda: session.run(x, {x: [[1, 2]]})) == "no error"


def test_needed_walks_back_from_what_is_asked_for(tf):
    with tf.Graph().as_default() as graph:
        one, two = tf.constant(1.0, name="one"), tf.constant(2.0, name="two")
        total = tf.add(one, one, name="total")
        with tf.control_dependencies([two]):
            late = tf.identity(total, name="late")
    assert {operation.name for operation in graphs.needed(total)} == {"one", "total"}
    assert {operation.name for operation in graphs.needed(late.op)} == {"one", "total", "two", "late"}
    assert len(graph.get_operations()) == 4


def test_the_old_network_learns_and_its_checkpoint_is_read_today(tf, digits):
    batches = np.random.default_rng(0).integers(0, len(digits[0]), size=(60, 64))
    first, costs, checkpoint = old_network.train(*digits, batches)
    assert [array.shape for array in first] == [(784, 128), (128,), (128, 64), (64,), (64, 10), (10,)]
    assert abs(costs[0] - np.log(10)) < 0.3 and np.mean(costs[-10:]) < 1 and len(costs) == 60
    with checkpoint as path:
        arrays = {name: tf.train.load_checkpoint(path).get_tensor(name) for name, _ in tf.train.list_variables(path)}
    assert {*arrays} == {"W1", "b1", "W2", "b2", "W3", "b3"} and not np.allclose(arrays["W1"], first[0])
    again, same, _ = old_network.train(*digits, batches[:5])
    np.testing.assert_array_equal(again[0], first[0])
    np.testing.assert_allclose(same, costs[:5], rtol=1e-6)
    nudged = old_network.train(*digits, batches[:5], nudge=0.01)[1]
    assert 1e-5 < abs(nudged[0] - costs[0]) < 0.5
    assert tf.executing_eagerly()
