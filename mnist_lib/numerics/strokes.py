"""Strokes of a pen: a smooth curve through points, and ink along it.

Below all rooms, for those that draw do not know each other: the canvas, and the makers of pictures and of the reader.
"""

import numpy as np


def curve(points, count):
    """Lead a smooth curve through points: a quadratic spline.

    Parameters
    ----------
    points : array, shape (N, 2)
        Two points make a straight line.
    count : int

    Returns
    -------
    array of float, shape (count, 2)
        Places on the curve, evenly spaced between the first point and the last.
    """
    from scipy.interpolate import make_interp_spline

    knots = np.linspace(0, 1, len(points))
    return make_interp_spline(knots, np.asarray(points, float), k=min(2, len(points) - 1))(np.linspace(0, 1, count))


def page_curve(points):
    """Lead the curve through points that a web page shows: Bezier curves through the middles, the points pull at it.

    Parameters
    ----------
    points : array of float, shape (N, 2)

    Returns
    -------
    array of float, shape (M, 2)
        Places on the curve, six from middle to middle; the first and the last point are its ends.
    """
    if len(points) < 3:
        return points
    middles = (points[1:] + points[:-1]) / 2
    t = np.linspace(0, 1, 6)[:, None, None]
    curves = (1 - t) ** 2 * middles[:-1] + 2 * t * (1 - t) * points[1:-1] + t**2 * middles[1:]
    return np.concatenate([points[:1], curves.swapaxes(0, 1).reshape(-1, 2), points[-1:]])


def draw_strokes(strokes, widths, size):
    """Draw strokes with round ends and joints.

    Parameters
    ----------
    strokes : sequence of array, shape (N, 2)
        Places (x, y) in pixels, y downwards; one place makes a dot.
    widths : sequence of float
        Of each stroke, in pixels; at least one pixel is drawn.
    size : int
        Side of the picture, in pixels.

    Returns
    -------
    array of uint8, shape (size, size)
        255 is ink, 0 is paper.
    """
    from PIL import Image, ImageDraw

    picture = Image.new("L", (size, size))
    pen = ImageDraw.Draw(picture)
    for places, width in zip(strokes, widths, strict=True):
        places = [tuple(place) for place in np.asarray(places, float)]
        pen.line(places, 255, max(1, round(width)))
        for place in places:
            pen.circle(place, width / 2, 255)
    return np.asarray(picture)


def draw_on_page(strokes, widths, side, fine=4):
    """Draw strokes as a web page shows them, with soft edges.

    Parameters
    ----------
    strokes : sequence of array of float, shape (N, 2)
        Points (x, y) in pixels, y downwards; curves lead through them as ``page_curve`` has it.
    widths : sequence of float
        Of each stroke, in pixels.
    side : int
        Of the picture, in pixels.
    fine : int
        It is drawn this many times larger, then reduced.

    Returns
    -------
    array of uint8, shape (side, side)
        255 is ink, 0 is paper.
    """
    from PIL import Image

    lines = [fine * page_curve(np.asarray(points, float)) for points in strokes]
    ink = draw_strokes(lines, [max(1, round(fine * width)) for width in widths], fine * side)
    return np.asarray(Image.fromarray(ink).reduce(fine))
