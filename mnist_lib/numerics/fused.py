"""Batch normalisation and Adam's update, each in one operation of TensorFlow instead of a dozen."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("mnist_lib")
class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Keras's batch normalisation [1]_, which in training takes one operation of TensorFlow instead of a dozen.

    Built by hand in notebook 14, cell ``normalize-by-hand``.
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


@keras.saving.register_keras_serializable("mnist_lib")
class FusedAdam(keras.optimizers.Adam):
    """Keras's Adam [1]_, each variable updated by one operation of TensorFlow instead of a dozen.

    Takes what ``keras.optimizers.Adam`` takes (schedules, ``weight_decay``, ``clipnorm``, ``use_ema``, …), except
    ``amsgrad``, and gives the same weights up to rounding. Built in notebook 13, cell ``fused-adam``.

    Raises
    ------
    ValueError
        If ``amsgrad`` is True.

    References
    ----------
    .. [1] D. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.
    """

    def __init__(self, learning_rate=0.001, **options):
        if options.get("amsgrad"):
            raise ValueError("amsgrad is True; the fused update has no such form. Use keras.optimizers.Adam.")
        super().__init__(learning_rate, **options)

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable and its two means; called by ``apply`` for each variable."""
        which = self._get_variable_index(variable)
        step = tf.cast(self.iterations + 1, variable.dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=_handle(variable),
            m=_handle(self._momentums[which]),
            v=_handle(self._velocities[which]),
            beta1_power=tf.pow(tf.constant(self.beta_1, variable.dtype), step),
            beta2_power=tf.pow(tf.constant(self.beta_2, variable.dtype), step),
            lr=tf.cast(learning_rate, variable.dtype),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=tf.convert_to_tensor(gradient),
        )


def _handle(variable):
    return getattr(variable, "value", variable).handle if isinstance(variable, keras.Variable) else variable.handle
