"""The patients of lesson 16, whose loss does not fall."""

import numpy as np
import tensorflow as tf
from keras import layers

from mnist_course.patients.training import expects_logits, fit, mlp, network, one_hot
from mnist_lib.data import Split


def patient_healthy(few):
    return fit(mlp(), few.train)


def patient_a(few):
    def loss(Y, p):
        return -tf.reduce_sum(Y * tf.math.log(p))

    model = network(layers.Dense(10, activation="softmax", kernel_initializer="zeros"))
    return fit(model, one_hot(few.train), learning_rate=0.5, loss=loss)


def patient_b(few):
    def loss(Y, p):
        return -tf.reduce_mean(tf.reduce_sum(Y * tf.math.log(p), axis=1))

    model = network(layers.Dense(10, activation="softmax"))
    return fit(model, one_hot(few.train), adam=0.5, loss=loss)


def patient_c(few):
    model = network(layers.Dense(64, activation="relu"), layers.Dense(10), layers.Softmax())
    return fit(model, few.train, learning_rate=0.3, loss=expects_logits, rounds=10)


def patient_d(few):
    random = np.random.default_rng(0)
    images, labels = few.train.images.copy(), few.train.labels.copy()
    random.shuffle(images)
    random.shuffle(labels)
    return fit(mlp(), Split(images, labels), watch=few.validation)


def patient_e(few):
    return fit(mlp(kernel_initializer="zeros"), few.train)


def patient_f(few):
    return fit(mlp(), few.train, learning_rate=0.001)


def patient_g(few):
    return fit(mlp(), few.train, learning_rate=10.0)


def patient_h(few):
    model = mlp()
    fit(model, few.train, learning_rate=3.0, rounds=2)
    return fit(model, few.train, learning_rate=0.1)


def patient_x(few):
    order = np.argsort(few.train.labels, kind="stable")
    return fit(mlp(), Split(few.train.images[order], few.train.labels[order]), shuffle=False)


def patient_y(few):
    deep = [layers.Dense(32, activation="sigmoid") for _ in range(8)]
    return fit(network(*deep, layers.Dense(10)), few.train, learning_rate=0.3)
