"""Strokes: smooth curves, and ink that is as wide as asked."""

import math

import numpy as np
import pytest

from mnist_lib.numerics.strokes import curve, draw_strokes, page_curve

CORNERS = np.array([[10.0, 10], [50, 90], [90, 10]])


def test_a_curve_goes_through_its_points():
    line = curve(CORNERS, 101)
    assert line.shape == (101, 2)
    np.testing.assert_allclose(line[[0, 50, 100]], CORNERS, atol=1e-9)
    np.testing.assert_allclose(curve(CORNERS[:2], 3)[1], [30, 50])


def test_the_page_s_curve_has_both_ends_and_passes_the_middles():
    line = page_curve(CORNERS)
    np.testing.assert_array_equal(line[[0, -1]], CORNERS[[0, 2]])
    for middle in ((30, 50), (70, 50)):
        assert (line == middle).all(axis=1).any()
    assert line[:, 1].max() < 90, "the point in the middle pulls at the curve, and is not reached"
    np.testing.assert_array_equal(page_curve(CORNERS[:2]), CORNERS[:2])


def test_ink_is_where_it_was_drawn_and_as_wide():
    ink = draw_strokes([CORNERS[:2], [[80, 80]]], [1, 20], 100)
    assert ink.dtype == np.uint8 and set(np.unique(ink)) == {0, 255}
    assert ink[50, 30] == 255 and ink[50, 70] == 0, "x is the column, y the row"
    assert (ink[60:, 60:] > 0).sum() == pytest.approx(math.pi * 10**2, rel=0.12)
    assert not draw_strokes([], [], 5).any()
