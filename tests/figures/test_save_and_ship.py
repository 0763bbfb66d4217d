"""Figures of lessons 11 and 12: what is on the disk, who trained what, rounding, bits and times."""

import numpy as np
import pytest

from mnist_course.figures import save_and_resume, ship_it


def words(ax):
    return [text.get_text() for text in ax.texts]


def test_kept_epochs_lie_on_the_validation_curve():
    (ax,) = save_and_resume.show_kept([3, 2, 1, 0], [3.0, 1.0, 2.0, 2.5], 2, kept=(2, 4)).axes
    _, _, kept, best = ax.lines
    assert list(kept.get_ydata()) == [1.0, 2.5] and list(best.get_xdata()) == [2]
    assert "epoch 2" in best.get_label()


def test_the_training_that_does_not_drift_stands_out():
    gaps = {name: np.full(5, size) for name, size in (("a", 3.0), ("b", 2.0), ("c", 1.0), ("d", 0.0))}
    (ax,) = save_and_resume.show_drift(gaps).axes
    assert [line.get_label() for line in ax.lines] == list("abcd")
    assert [line.get_color() == "black" for line in ax.lines] == [False, False, False, True]


@pytest.mark.parametrize("finished", [1, 3])
def test_each_epoch_belongs_to_the_process_that_trained_it(finished):
    (ax,) = save_and_resume.show_rescue([5, 4, 3, 2], [5, 4, 3, 2], finished).axes
    _, first, second, cut = ax.lines
    assert list(first.get_xdata()) == list(range(1, finished + 1))
    assert list(second.get_xdata()) == list(range(finished + 1, 5))
    assert finished < cut.get_xdata()[0] < finished + 1


def test_rounding_shows_both_numbers_and_all_errors():
    kernel, step = np.full((3, 3, 1, 2), 0.26), np.array([0.1, 0.2])
    before, after, errors = ship_it.show_rounding(kernel, step * np.round(kernel / step), step).axes
    assert words(before) == ["0.2600"] * 9 and words(after) == ["0.3000"] * 9
    assert sum(bar.get_height() for bar in errors.patches) == kernel.size
    edges = [edge for bar in errors.patches for edge in (bar.get_x(), bar.get_x() + bar.get_width())]
    assert min(edges) == pytest.approx(-0.5) and max(edges) == pytest.approx(0.5)


def test_bits_and_times_are_labelled_with_their_numbers():
    (ax,) = ship_it.show_bits({8: 0.981, 2: 0.345}, 0.982).axes
    assert {"1.9", "65.5", "32 bits: 1.80%"} == set(words(ax)) and ax.get_yscale() == "log"
    assert ship_it.show_bits({8: 1.0, 2: 0.9}, 1.0).axes  # no mistake at all
    (ax,) = ship_it.show_times({"slow": 108.0, "fast": 0.041}).axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["slow", "fast"]
    assert words(ax) == ["108", "0.041"] and ax.get_xscale() == "log"


def test_the_colours_of_the_ways_are_explained():
    (ax,) = ship_it.show_times({"Keras, predict": 50.0, "ONNX": 0.04}).axes
    drawn = {line.get_color() for line in ax.lines}
    assert drawn == {handle.get_color() for handle in ax.get_legend().legend_handles}
