"""Adam with its update in one operation, and the one-cycle schedule. Both are built in notebook 07."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("mnist_lib")
class FusedAdam(keras.optimizers.Adam):
    """Keras's Adam [1]_, each variable updated by one operation of TensorFlow instead of a dozen.

    Takes what ``keras.optimizers.Adam`` takes (schedules, ``weight_decay``, ``clipnorm``, ``use_ema``, …), except
    ``amsgrad``, and gives the same weights up to rounding. Built in notebook 07, cell ``fused-adam``.

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


def one_cycle(peak, steps, *, rise=0.25, start=0.05, end=1e-3):
    """Learning rate that rises to its peak and falls to almost nothing, once [1]_.

    Parameters
    ----------
    peak : float
        The highest learning rate.
    steps : int
        Updates in the whole training: epochs times batches an epoch.
    rise : float
        Share of the steps on the way up, along a straight line; the way down is half a cosine.
    start, end : float
        First and last learning rate, as shares of the peak.

    Returns
    -------
    keras LearningRateSchedule

    References
    ----------
    .. [1] L. Smith, N. Topin, "Super-convergence: very fast training of neural networks using large learning
       rates", 2018.
    """
    up = round(rise * steps)
    return keras.optimizers.schedules.CosineDecay(
        peak * start, max(1, steps - up), alpha=end, warmup_target=peak, warmup_steps=up
    )
