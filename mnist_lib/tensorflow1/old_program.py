"""A program of TensorFlow 1, as the articles have it: how today refuses it, how it is run, how its errors read."""

import contextlib
import io
import re
from types import SimpleNamespace

import numpy as np

OLD_PROGRAM = """\
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

mnist = input_data.read_data_sets("MNIST_data", one_hot=True)
x = tf.placeholder(tf.float32, [None, 784])
y_ = tf.placeholder(tf.float32, [None, 10])
W = tf.Variable(tf.zeros([784, 10]))
b = tf.Variable(tf.zeros([10]))
y = tf.nn.softmax(tf.matmul(x, W) + b)
cross_entropy = -tf.reduce_sum(y_ * tf.log(y))
train_step = tf.train.MomentumOptimizer(0.0005, 0.9).minimize(cross_entropy)
correct = tf.equal(tf.argmax(y, 1), tf.argmax(y_, 1))
accuracy = tf.reduce_mean(tf.to_float(correct))

sess = tf.Session()
sess.run(tf.initialize_all_variables())
for i in range(200):
    batch_xs, batch_ys = mnist.train.next_batch(100)
    sess.run(train_step, feed_dict={x: batch_xs, y_: batch_ys})
print(sess.run(accuracy, feed_dict={x: mnist.validation.images, y_: mnist.validation.labels}))
"""


def tried_today(program=OLD_PROGRAM):
    """Try each line of a program alone with today's TensorFlow; return the verdicts and lines as text.

    A line is refused if one of its names is gone, and waits if it needs what an earlier line should have made.
    Stand-ins for the placeholders, the answers and the session let a line reach its own names: what is gone is told
    before what is missing. A line that only runs thanks to a stand-in waits as well.
    """
    import tensorflow as tf

    row, report = np.zeros((1, 784), np.float32), []
    stand_ins = {"x": row, "y": row[:, :10], "y_": row[:, :10], "sess": SimpleNamespace(run=id)}
    for number, line in enumerate(program.splitlines(), start=1):
        try:
            exec(line.strip() + " pass" * line.endswith(":"), {"tf": tf} | stand_ins)
            needed = stand_ins.keys() & set(re.findall(r"\w+", line.split("=", 1)[-1]))
            verdict = ("waits" if needed else "accepted") if line else ""
        except NameError:
            verdict = "waits"
        except (AttributeError, ImportError) as problem:
            verdict = f"refused: {str(problem).split()[-1]}"
        report.append(f"{number:2}  {verdict:35} {line[:60]}".rstrip())
    return "\n".join(report)


def complaint(run):
    """Call a function that fails with an error of TensorFlow; return its kind, its node and its first sentence.

    Parameters
    ----------
    run : callable
        Without arguments, such as ``lambda: session.run(loss)``.

    Returns
    -------
    str
        One line; "no node" if the graph was not being carried out, "no error" if it does not fail.
    """
    import tensorflow as tf

    try:
        run()
    except (tf.errors.OpError, ValueError, TypeError) as problem:
        lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
        at = [i for i, line in enumerate(lines) if line.startswith("Node:")]
        where, said = (f"node {problem.op.name}", lines[at[0] + 1]) if at else ("no node", lines[0])
        return f"{type(problem).__name__} at {where}: {re.split(r' Debug|[.] Received', said)[0]}"
    return "no error"


def run_old_program(x, labels, x_validation, labels_validation, batches):
    """Run OLD_PROGRAM, without its imports, in a graph of its own; return its W, b and accuracy."""
    import tensorflow as tf

    one_hot, turn = np.eye(10, dtype=np.float32), iter(batches)

    def next_batch(size):
        batch = next(turn)
        return x[batch], one_hot[labels[batch]]

    mnist = SimpleNamespace(
        train=SimpleNamespace(next_batch=next_batch),
        validation=SimpleNamespace(images=x_validation, labels=one_hot[labels_validation]),
    )
    names = {"tf": tf.compat.v1, "input_data": SimpleNamespace(read_data_sets=lambda folder, one_hot: mnist)}
    lines = [line for line in OLD_PROGRAM.splitlines() if "import" not in line]
    printed = io.StringIO()
    with tf.Graph().as_default(), contextlib.redirect_stdout(printed), quiet_logger():
        exec("\n".join(lines), names)
        W, b = names["sess"].run([names["W"], names["b"]])
        names["sess"].close()
    return W, b, float(printed.getvalue())


@contextlib.contextmanager
def quiet_logger():
    """Hold back what TensorFlow says about old names: here they are used on purpose."""
    import tensorflow as tf

    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")
    try:
        yield
    finally:
        logger.setLevel(level)
