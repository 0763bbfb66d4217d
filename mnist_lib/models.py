"""The models of the ladder, untrained.

Each takes raw pixels, 0 to 255, as ``load_mnist`` gives them: the first layer divides by 255, so the
scaling travels with the model and cannot be forgotten. Each returns logits, one for each digit.
"""


def softmax_regression():
    """Build softmax regression: one dense layer from 784 pixels to 10 logits, weights zero.

    Built in notebook 02, cell ``softmax-keras``.

    Returns
    -------
    keras.Model
        (N, 28, 28) pixels, 0 to 255 -> (N, 10) logits; 7,850 parameters.
    """
    from keras import layers

    return _model("softmax", layers.Flatten(), layers.Dense(10, kernel_initializer="zeros"))


def mlp(hidden=(128, 64), dropout=0.2):
    """Build the multi-layer perceptron 784-128-64-10 with ReLU.

    Built by hand in notebook 03, cell ``mlp-keras``. Dense layers start with Glorot's uniform weights [1]_.

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

    Built layer by layer in notebook 06, cell ``cnn-keras``.

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


def accurate_cnn(dropout=0.0, normalize=True):
    """Build the network that notebook 14 trains: twice two 3x3 convolutions, each batch-normalised.

    Built in notebook 14, cell ``network-shapes``. The outer two rows and columns, almost always empty, are cut away.

    Parameters
    ----------
    dropout : float
        Share of the dense layers' inputs set to zero in training, 0 for none.
    normalize : bool
        False leaves batch normalisation out (biases take its place), to see what it does.

    Returns
    -------
    keras.Model
        (N, 28, 28) pixels, 0 to 255 -> (N, 10) logits; 141,098 parameters.
    """
    from keras import layers

    def convolution(maps, *pooling):
        return _normalized(layers.Conv2D(maps, 3, use_bias=not normalize), *pooling, normalize=normalize)

    return _model(
        "accurate_cnn",
        layers.Reshape((28, 28, 1)),
        layers.Cropping2D(2),
        *convolution(32),
        *convolution(32, layers.MaxPooling2D(2)),
        *convolution(64),
        *convolution(64, layers.MaxPooling2D(2)),
        *_dense_head(dropout, normalize),
    )


def fast_cnn():
    """Build the network that notebook 13 trains to 99 % in seconds.

    A 5x5 and a 3x3 convolution, each pooled before its ReLU, which gives the same numbers for a quarter of the
    work, and a dense layer. Pixels are scaled to -1..1; the outer two rows and columns, almost always empty, are
    cut away. Built in notebook 13, cell ``fast-network``.

    Returns
    -------
    keras.Model
        (N, 28, 28) pixels, 0 to 255 -> (N, 10) logits; 72,010 parameters.
    """
    from keras import layers

    return _model(
        "fast_cnn",
        layers.Reshape((28, 28, 1)),
        layers.Cropping2D(2),
        layers.Conv2D(16, 5),
        layers.MaxPooling2D(2),
        layers.ReLU(),
        layers.Conv2D(32, 3),
        layers.MaxPooling2D(2),
        layers.ReLU(),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(10),
        scale=layers.Rescaling(1 / 127.5, offset=-1),
    )


def _model(name, *stack, scale=None):
    import keras

    scale = scale or keras.layers.Rescaling(1 / 255)
    return keras.Sequential([keras.Input((28, 28)), scale, *stack], name=name)


def _normalized(*linear, normalize):
    from keras import layers

    from mnist_lib.numerics.fused import FusedBatchNormalization

    return [*linear, *([FusedBatchNormalization(momentum=0.9)] if normalize else []), layers.ReLU()]


def _dense_head(dropout, normalize):
    from keras import layers

    hidden = _normalized(layers.Dense(128, use_bias=not normalize), normalize=normalize)
    before, after = ([layers.Dropout(dropout)] if dropout else [] for _ in range(2))
    return [layers.Flatten(), *before, *hidden, *after, layers.Dense(10)]
