"""Batch normalisation in one operation. Built by hand in notebook 08, cell ``normalize-by-hand``."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("mnist_lib")
class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Keras's batch normalisation [1]_, which in training takes one operation of TensorFlow instead of a dozen.

    Takes what ``keras.layers.BatchNormalization`` takes, as long as it shifts and scales the last axis of inputs of
    shape (N, channels) or (N, height, width, channels), and gives the same numbers up to rounding. Its weights
    are those of Keras's layer, in the same order: ``get_weights`` of one fits ``set_weights`` of the other.

    Raises
    ------
    ValueError
        If ``axis`` is not -1, ``center`` or ``scale`` is False, or ``renorm`` or ``synchronized`` is True; when built,
        if the inputs have another number of axes.

    References
    ----------
    .. [1] S. Ioffe, C. Szegedy, "Batch normalization: accelerating deep network training by reducing internal
       covariate shift", ICML 2015.
    """

    def __init__(self, axis=-1, **options):
        super().__init__(axis, **options)
        able = {"axis": -1, "center": True, "scale": True, "renorm": False, "synchronized": False}
        other = {name: value for name, value in {"axis": axis, **options}.items() if value != able.get(name, value)}
        if other:
            raise ValueError(f"{other}: the fused layer has only {able}. Use keras.layers.BatchNormalization.")

    def build(self, input_shape):
        """Make the weights, once the number of channels is known."""
        if len(input_shape) not in (2, 4):
            raise ValueError(
                f"Inputs of shape {tuple(input_shape)}; the fused layer takes (N, channels) or (N, height, width, "
                "channels). Use keras.layers.BatchNormalization."
            )
        super().build(input_shape)

    def call(self, inputs, training=None, mask=None):
        """Normalise a batch by its own mean and variance while training, else by the running ones."""
        if not (training and self.trainable) or mask is not None:
            return super().call(inputs, training=training, mask=mask)
        maps = inputs if len(inputs.shape) == 4 else inputs[:, None, None, :]
        gamma, beta = tf.convert_to_tensor(self.gamma), tf.convert_to_tensor(self.beta)
        nothing = tf.zeros([0])  # running values, which this operation takes in use alone
        normalized, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=maps, scale=gamma, offset=beta, mean=nothing, variance=nothing, epsilon=self.epsilon, is_training=True
        )
        count = tf.cast(tf.size(maps) / tf.shape(maps)[-1], tf.float32)
        variance *= (count - 1) / count  # it divides by one less than their number, Keras by their number
        for running, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
            running.assign(running * self.momentum + now * (1 - self.momentum))
        return tf.reshape(normalized, tf.shape(inputs))
