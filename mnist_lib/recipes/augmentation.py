"""Vary images as real writing varies, while a model learns: made of TensorFlow's operations, so it runs in the graph.

Built by hand in notebook 14, cells ``look-up`` and ``affine-by-hand``.
"""

import tensorflow as tf


def vary(images, seed, *, turn=0.13, slant=0.17, size=0.1, shift=0.8, bend=0.9, pen=1.0, blur=0.3, grain=0.15):
    """Turn, slant, resize, shift and bend each image, and change its pen; every image in its own way.

    Parameters
    ----------
    images : tensor of uint8, shape (N, 28, 28)
    seed : tensor of int, shape (2,)
        The same seed gives the same result.
    turn, slant : float
        Standard deviations of the angle in radians, and of the shear.
    size : float
        Standard deviation of the logarithm of width and of height, drawn independently.
    shift : float
        Standard deviation, in pixels, along x and along y.
    bend : float
        Strength, in pixels, of a smooth bend [1]_; 0 for none.
    pen : float
        At 1 the strokes become up to one pixel thicker at each side, or thinner; up to 1/6 they stay as they are.
    blur, grain : float
        Shares of the images that are blurred or sharpened, and that get grain.

    Returns
    -------
    tensor of float32, shape (N, 28, 28)
        0 to 255.

    References
    ----------
    .. [1] P. Simard, D. Steinkraus, J. Platt, "Best practices for convolutional neural networks applied to
       visual document analysis", ICDAR 2003: "elastic distortions".
    """
    count = tf.shape(images)[0]
    seeds = iter(tf.unstack(tf.random.split(seed, 13)))

    def normal(deviation, *shape):
        return tf.random.stateless_normal([count, *shape], next(seeds), stddev=deviation)

    def uniform(low=0.0, high=1.0):
        return tf.random.stateless_uniform([count, 1, 1, 1], next(seeds), low, high)

    x = tf.cast(images, tf.float32)[..., None]
    if pen:
        x = thicken(x, pen * uniform(-1.2, 1.2))
    where = affine(normal(turn), normal(slant), tf.exp(normal(size)), tf.exp(normal(size)), normal(shift, 2))
    if bend:
        where += tf.reshape(tf.image.resize(normal(bend, 5, 5, 2), [28, 28], "bicubic"), [-1, 784, 2])
    x = look_up(x[..., 0], where)[..., None]
    if blur:
        x += uniform(-1.2, 0.8) * (tf.nn.avg_pool2d(x, 3, 1, "SAME") - x) * tf.cast(uniform() < blur, tf.float32)
    if grain:
        x += normal(25.0, 28, 28, 1) * uniform() * tf.cast(uniform() < grain, tf.float32)
    return tf.clip_by_value(x[..., 0], 0.0, 255.0)


def affine(turn, slant, width, height, shift):
    """Say for each pixel of the new image where in the old one it comes from.

    Parameters
    ----------
    turn, slant, width, height : tensor of float32, shape (N,)
        Angle in radians, shear, and factors by which the old image is read wider and higher.
    shift : tensor of float32, shape (N, 2)
        In pixels, x before y.

    Returns
    -------
    tensor of float32, shape (N, 784, 2)
        Places, x before y; (0, 0) is the centre of the first pixel.
    """
    cos, sin = tf.cos(turn), tf.sin(turn)
    matrix = [[cos * width, (slant * cos - sin) * height], [sin * width, (slant * sin + cos) * height]]
    axis = tf.range(28, dtype=tf.float32) - 13.5
    x, y = (tf.reshape(values, [1, 784]) for values in tf.meshgrid(axis, axis))
    rows = [row[0][:, None] * x + row[1][:, None] * y for row in matrix]
    return tf.stack(rows, axis=-1) + shift[:, None] + 13.5


def look_up(images, where):
    """Read images between their pixels: bilinear interpolation, 0 outside.

    Parameters
    ----------
    images : tensor of float32, shape (N, 28, 28)
    where : tensor of float32, shape (N, 784, 2)
        Places, x before y.

    Returns
    -------
    tensor of float32, shape (N, 28, 28)
    """
    where = tf.clip_by_value(where, -1.0, 28.0)
    corner = tf.floor(where)
    share = where - corner
    corner = tf.cast(corner, tf.int32) + 1  # in a field with a margin of one pixel, 31 wide
    field = tf.reshape(tf.pad(images, [[0, 0], [1, 2], [1, 2]]), [-1, 31 * 31])
    index = corner[..., 1] * 31 + corner[..., 0]
    right, below = share[..., 0], share[..., 1]
    values = [tf.gather(field, index + offset, batch_dims=1) for offset in (0, 1, 31, 32)]
    top, bottom = values[0] + right * (values[1] - values[0]), values[2] + right * (values[3] - values[2])
    return tf.reshape(top + below * (bottom - top), [-1, 28, 28])


def thicken(images, amount):
    """Grow strokes (``amount`` from 0.2 to 1.2, where it is a whole pixel) or thin them (from -0.4 to -1.1).

    Between these, nothing changes: many pens are as thick as the next.

    Parameters
    ----------
    images : tensor of float32, shape (N, 28, 28, 1)
    amount : tensor of float32, shape (N, 1, 1, 1)

    Returns
    -------
    tensor of float32, shape (N, 28, 28, 1)
    """
    grown, thinned = _largest_in_cross(images), -_largest_in_cross(-images)
    grow, thin = tf.clip_by_value(amount - 0.2, 0, 1), tf.clip_by_value(-amount - 0.4, 0, 0.7)
    return images + grow * (grown - images) + thin * (thinned - images)


def _largest_in_cross(x):
    return tf.maximum(tf.nn.max_pool2d(x, (3, 1), 1, "SAME"), tf.nn.max_pool2d(x, (1, 3), 1, "SAME"))
