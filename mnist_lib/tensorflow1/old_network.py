"""A network of three layers in TensorFlow 1, as a tutorial has it, with its session and its checkpoint."""

import tempfile
from contextlib import contextmanager

import numpy as np

SOURCE = """\
X = v1.placeholder(tf.float32, (None, 784), name="X")
labels = v1.placeholder(tf.int32, (None,), name="labels")
H = X
for layer, (inputs, outputs) in enumerate([(784, 128), (128, 64), (64, 10)], start=1):
    xavier = v1.glorot_uniform_initializer(seed=layer)
    W = v1.get_variable(f"W{layer}", (inputs, outputs), initializer=xavier)
    b = v1.get_variable(f"b{layer}", (outputs,), initializer=v1.zeros_initializer())
    Z = H @ W + b
    H = tf.nn.relu(Z)  # of the third layer only Z is used: the logits
losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=Z)
cost = tf.reduce_mean(losses)
update = v1.train.AdamOptimizer(0.001).minimize(cost)
"""


def train(X, labels, batches, *, nudge=0.0):
    """Build the graph of SOURCE, train it in a session, and save it with a ``Saver``.

    Parameters
    ----------
    X : array of float32, shape (N, 784)
        0 to 1.
    labels : array of int32, shape (N,)
    batches : iterable of array of int
        Row numbers of each batch.
    nudge : float
        The first layer's weights start ``1 + nudge`` times as large.

    Returns
    -------
    list of array
        W1, b1, W2, b2, W3, b3 as they start, before the nudge.
    list of float
        The cost of each batch, before its update.
    context manager
        Gives the path of the checkpoint ``old.ckpt`` in a folder of its own, which goes away at the end.
    """
    import tensorflow as tf

    v1 = tf.compat.v1
    names = {"tf": tf, "v1": v1}
    with tf.Graph().as_default(), v1.Session() as session:
        exec(SOURCE, names)
        variables = v1.trainable_variables()
        session.run(v1.global_variables_initializer())
        first = session.run(variables)
        first_layer = variables[0]
        session.run(first_layer.initializer, {first_layer.initial_value: first[0] * np.float32(1 + nudge)})
        questions, costs = [names["update"], names["cost"]], []
        for batch in batches:
            _, cost = session.run(questions, {names["X"]: X[batch], names["labels"]: labels[batch]})
            costs.append(float(cost))
        last = session.run(variables)
    return first, costs, _checkpoint([variable.op.name for variable in variables], last)


@contextmanager
def _checkpoint(names, arrays):
    import tensorflow as tf

    v1 = tf.compat.v1
    with tempfile.TemporaryDirectory() as folder:
        with tf.Graph().as_default(), v1.Session() as session:
            for name, array in zip(names, arrays, strict=True):
                v1.get_variable(name, initializer=array)
            session.run(v1.global_variables_initializer())
            path = v1.train.Saver().save(session, f"{folder}/old.ckpt")
        yield path
