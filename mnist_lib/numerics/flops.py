"""Count the operations of a network."""


def forward_flops(model):
    """Multiplications and additions of one image's way through a model, in convolutions and dense layers.

    Built by hand in notebook 13, cell ``count-flops``.

    Parameters
    ----------
    model : keras.Model
        Built. Only its ``Conv2D`` and ``Dense`` layers are counted; the others do next to nothing.

    Returns
    -------
    list of int
        One number a counted layer, in order.
    """
    counts = []
    for layer in model.layers:
        if type(layer).__name__ in ("Conv2D", "Dense"):
            places = 1
            for size in layer.output.shape[1:-1]:
                places *= size
            weights = 1
            for size in layer.kernel.shape:
                weights *= size
            counts.append(2 * places * weights)
    return counts


def training_flops(model):
    """Operations of one image's training step: forward, gradient of the weights, gradient of the inputs.

    Each of the three costs the same. The first layer's inputs are pixels, which need no gradient.
    """
    counts = forward_flops(model)
    return 3 * sum(counts) - counts[0]
