"""The models of the ladder, untrained.

Each takes raw pixels, 0 to 255, as ``load_mnist`` gives them: the first layer divides by 255, so the
scaling travels with the model and cannot be forgotten. Each returns logits, one for each digit.
"""


def softmax_regression():
    """Build softmax regression: one dense layer from 784 pixels to 10 logits, weights zero.

    Built by hand in notebook 01, cell ``softmax-keras``.

    Returns
    -------
    keras.Model
        (N, 28, 28) pixels, 0 to 255 -> (N, 10) logits; 7,850 parameters.
    """
    from keras import layers

    return _model("softmax", layers.Flatten(), layers.Dense(10, kernel_initializer="zeros"))


def mlp(hidden=(128, 64), dropout=0.2):
    """Build the multi-layer perceptron 784-128-64-10 with ReLU.

    Built by hand in notebook 02, cell ``mlp-keras``. Dense layers start with Glorot's uniform weights [1]_.

    Parameters
    ----------
    hidden : sequence of int
        Units of each hidden layer.
    dropout : float
        Share of each hidden layer's outputs set to zero in training, 0 for none.

    Returns
    -------
    keras.Model
        (N, 28, 28) pixels, 0 to 255 -> (N, 10) logits; 109,386 parameters as it stands.

    References
    ----------
    .. [1] X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural
       networks", AISTATS 2010.
    """
    from keras import layers

    stack = [layers.Flatten()]
    for units in hidden:
        stack.append(layers.Dense(units, activation="relu"))
        if dropout:
            stack.append(layers.Dropout(dropout))
    return _model("mlp", *stack, layers.Dense(10))


def cnn():
    """Build the convolutional network: three 3x3 convolutions, two poolings, two dense layers.

    Built layer by layer in notebook 03, cell ``cnn-keras``.

    Returns
    -------
    keras.Model
        (N, 28, 28) pixels, 0 to 255 -> (N, 10) logits; 93,322 parameters.
    """
    from keras import layers

    return _model(
        "cnn",
        layers.Reshape((28, 28, 1)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, activation="relu"),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10),
    )


def _model(name, *stack):
    import keras

    return keras.Sequential([keras.Input((28, 28)), keras.layers.Rescaling(1 / 255), *stack], name=name)
