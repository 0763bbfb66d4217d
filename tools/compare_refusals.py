"""Three ways to tell that a picture is no digit, compared on validation sets.

    python -m tools.compare_refusals

Asked are the eleventh class of the reader, the energy of its ten digits' logits, and the distance in its last layer.
Each refuses as much as it can without refusing more than one digit in a hundred.
"""

import numpy as np

from mnist_lib.data import load_mnist
from mnist_lib.handwriting.digit import prepare
from mnist_lib.handwriting.reader import NOT_A_DIGIT, load_reader
from mnist_lib.numerics.scores import softmax
from tools import trials

_NONE = ("capital letters", "small letters", "signs", "shapes")
_DIGITS = ("printed digits", "pen strokes", "digits on lit paper")
_REFUSED = 0.01  # share of the digits


def compare(model, data, times=12):
    """Compare the three.

    Parameters
    ----------
    model : keras.Model
        (N, 28, 28) pixels -> (N, 11) logits.
    data : Data
        MNIST: the distance is to the means of the training digits, the validation digits are in the sets.
    times : int
        As for ``trials.make``.

    Returns
    -------
    dict of str to float
        Share of what is no digit that each refuses.

    References
    ----------
    W. Liu, X. Wang, J. Owens, Y. Li, "Energy-based out-of-distribution detection", NeurIPS 2020; K. Lee, K. Lee,
    H. Lee, J. Shin, "A simple unified framework for detecting out-of-distribution samples and adversarial attacks",
    NeurIPS 2018.
    """
    none, digits = (_images(kinds, data, times) for kinds in (_NONE, _DIGITS))
    far = _distance(model, data.train.images[:5000], data.train.labels[:5000])
    ways = {"eleventh class": strange, "energy": energy, "distance": far}
    shares = {}
    for name, way in ways.items():
        limit = np.quantile(way(*_outputs(model, digits)), 1 - _REFUSED)
        shares[name] = round(float((way(*_outputs(model, none)) > limit).mean()), 4)
    return shares


def strange(logits, features):
    """Probability of the eleventh class."""
    return softmax(logits)[:, NOT_A_DIGIT]


def energy(logits, features):
    """Minus the logarithm of the sum of the digits' exponentials: high where no digit is spoken for."""
    return -np.logaddexp.reduce(logits[:, :NOT_A_DIGIT], axis=1)


def _distance(model, images, labels):
    """Squared Mahalanobis distance to the nearest digit's mean in the last layer, one covariance for all."""
    features = _outputs(model, images)[1]
    means = np.stack([features[labels == digit].mean(axis=0) for digit in range(10)])
    spread = np.cov((features - means[labels]).T) + 1e-3 * np.eye(features.shape[1])
    whiten = np.linalg.cholesky(np.linalg.inv(spread))

    def distance(logits, features):
        return np.min([(((features - mean) @ whiten) ** 2).sum(axis=1) for mean in means], axis=0)

    return distance


def _outputs(model, images):
    """Logits, and what the last layer gets."""
    import keras

    both = keras.Model(model.inputs[0], [model.outputs[0], model.layers[-1].input])
    parts = [both(images[i : i + 500], training=False) for i in range(0, len(images), 500)]
    return tuple(np.concatenate([np.asarray(part[k]) for part in parts]) for k in (0, 1))


def _images(kinds, data, times):
    made = [picture for kind in kinds for picture in trials.make(kind, "validation", data.validation, times=times)[0]]
    prepared = (prepare(picture).image for picture in made)
    return np.stack([image for image in prepared if image is not None])


if __name__ == "__main__":
    for name, share in compare(load_reader(), load_mnist("mnist")).items():
        print(f"{name:16} refuses {share:.1%}")
