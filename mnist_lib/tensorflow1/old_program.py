"""A program of TensorFlow 1, as the articles have it, and how it is run today."""

import contextlib
import io
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
