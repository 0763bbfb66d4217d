"""Figures and tables of lessons 13 and 14: verdicts, errors, what is stored."""

import numpy as np
import pytest

from mnist_course.figures import accuracy, speed


def words(ax):
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize(
    ("difference", "word"),
    [(3.0, "shown"), (-3.5, "shown"), (2.0, "open"), (-2.9, "open"), (1.9, "not shown"), (0, "not shown")],
)
def test_the_rule(difference, word):
    assert speed.verdict(difference, 1.0) == word


def test_a_difference_of_two_gains_holds_the_luck_of_four_means():
    groups = [np.array(values, float) for values in ([20, 22], [18, 18, 18], [21, 19], [20, 20, 20, 20])]
    gap, error = accuracy.contrast(2.0, [groups[1], groups[2]], [groups[0], groups[3]])
    assert gap == (21 + 20) - (18 + 20)
    np.testing.assert_allclose(error, 2 * np.sqrt(1 / 2 + 1 / 3 + 1 / 2 + 1 / 4))


def test_pairs():
    mean, error = accuracy.difference([1, 3])
    assert (mean, error) == (2, 1)


def test_what_is_stored():
    assert {some.shape[1] for name, some in speed.STORED.items() if name != "article"} == {1}
    assert speed.STORED["article"].shape == (3, 5) and accuracy.PLAIN.shape == (5,)
    assert all(0.8 < some.min() and some.max() < 1 for some in speed.STORED.values())
    assert len(accuracy.NORMALISATION) == len(accuracy.KINDS) * len(accuracy.RATES)
    tests = accuracy.stored_tests()
    assert list(tests) == ["four epochs", "17 epochs", "a vote of four of these"]
    assert [len(accuracies) for accuracies, _ in tests.values()] == [10, 4, 1]


def test_ratios_stand_with_their_verdicts():
    slower, same = 1.5 + 0.01 * np.arange(-2, 3), 1 + 0.1 * np.arange(-2, 3)
    ax = speed.show_ratios({"cnn": {"a call": slower, "Adam": same}, "fast_cnn": {"a call": same}})
    said = words(ax)
    assert [text.split("  ")[1] for text in said] == ["shown", "not shown", "not shown", "shown"]
    assert said[0].startswith("1.50 ± 0.01")
    assert said[3].startswith("fast_cnn / cnn: 0.66 ± 0.05")  # the two networks, with the luck of both


def test_one_slow_round_weighs_as_much_above_as_below():
    wavering = np.array([2.0, 0.5, 1.0, 1.0])
    said = words(speed.show_ratios({"cnn": {"a call": wavering}, "fast_cnn": {"a call": wavering}}))
    assert all("1.00" in text and text.endswith("not shown") for text in said)


def test_an_ablation_in_order_with_the_learner_s_run():
    counts = {"worse": np.array([40.0, 42]), "the recipe": np.array([20.0, 21, 22]), "alike": np.array([20.0, 21])}
    ax = accuracy.show_ablation(counts, 2.0, own=23)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["alike", "the recipe", "worse"]
    assert words(ax)[1] == "3 runs" and words(ax)[2].endswith("  shown") and words(ax)[0].endswith("  not shown")
    assert ax.get_legend().get_texts()[0].get_text() == "yours"


def test_the_other_figures_draw():
    assert len(speed.show_cycle(np.linspace(0.001, 0.01, 50), [0.99]).axes) == 2
    assert len(words(speed.show_time([10.0, 4.0, 1.0]))) == 3
    assert words(speed.show_waits({"predict": 40.0, "compiled": 0.4})) == ["40.00 ms", "0.40 ms"]
    assert accuracy.show_normalisation().get_xscale() == "log"


def test_the_inside_of_a_step(sample):
    from mnist_lib import models

    times = speed.time_inside(models.fast_cnn(), sample.train.images[:128], [4, 12], rounds=1)
    assert times.shape == (2,) and (times > 0).all()
