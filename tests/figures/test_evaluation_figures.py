"""Figures of lesson 08: the winners of an exam, thresholds on their curve, digits drawn large."""

import numpy as np
import pytest

from mnist_course.figures import evaluation


@pytest.mark.parametrize(("exam", "word"), [((0.9, 0.9, 0.8), "the winners"), ((0.9, 0.7, 0.8), "the winner")])
def test_all_who_share_the_best_mark_are_ringed(exam, word):
    (ax,) = evaluation.show_marks(np.column_stack([exam, (0.5, 0.6, 0.7)])).axes
    _, rings = ax.collections
    assert len(rings.get_offsets()) == exam.count(max(exam))
    assert [text.get_text() for text in ax.texts] == [word]


def test_marked_thresholds_lie_where_they_are_said_to():
    curves = {"softmax": ([1, 0.5], [0.2, 0.9]), "cnn": ([1, 0.9], [0.9, 1])}
    ax, corner = evaluation.show_tradeoff(curves, {0.1: (1, 0.2), 0.99: (0.5, 0.9)}).axes
    assert [text.get_text() for text in ax.texts] == ["0.1", "0.99"]
    assert [line.get_xydata().tolist() for line in ax.lines[2:]] == [[[100, 20]], [[50, 90]]]
    assert corner.get_xlim()[0] >= 90 and len(corner.lines) == 2


@pytest.mark.parametrize("count", [1, 5, 7, 10])
def test_large_digits_are_drawn_once_each(count):
    figure = evaluation.show_large(np.ones((count, 28, 28)), np.arange(count), np.arange(count))
    assert [ax.get_title() for ax in figure.axes] == [str(digit) for digit in range(count)]
