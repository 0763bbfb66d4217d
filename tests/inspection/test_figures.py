"""The figures of notebook 05: what they draw, on what scale, and what they refuse."""

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.colors import to_hex  # noqa: E402

from mnist_lib import plots  # noqa: E402
from mnist_lib.inspection import figures  # noqa: E402
from mnist_lib.numerics.scores import accuracy_interval  # noqa: E402


@pytest.fixture(autouse=True)
def close_figures():
    plots.use_style()
    yield
    plt.close("all")


def test_confusion_colours_mistakes_by_their_share_of_the_row():
    confusion = np.array([[90, 10, 0], [0, 1, 1], [0, 0, 50]])
    ax = figures.show_confusion(confusion)
    shares = np.asarray(ax.images[0].get_array())
    np.testing.assert_allclose(shares, [[0, 0.1, 0], [0, 0, 0.5], [0, 0, 0]])
    assert sorted(text.get_text() for text in ax.texts) == ["1", "1", "10", "50", "90"]  # zeros are left blank
    blue = [text.get_text() for text in ax.texts if to_hex(text.get_color()).upper() == plots.RIGHT]
    assert sorted(blue) == ["1", "50", "90"]


@pytest.mark.parametrize("confusion", [np.zeros((10, 10), int), 7 * np.eye(10, dtype=int), np.array([[5]])])
def test_confusion_without_mistakes_can_be_drawn(confusion):
    figures.show_confusion(confusion).figure.canvas.draw()


def test_reliability_draws_full_bins_with_their_intervals():
    confidence, accuracy = np.array([np.nan, 0.55, 0.95]), np.array([np.nan, 0.4, 0.9])
    ax = figures.show_reliability(confidence, accuracy, np.array([0, 10, 100]), colour="red")
    diagonal, *rest = ax.lines
    assert [tuple(line.get_xdata()) for line in rest] == [(0.55, 0.55), (0.55,), (0.95, 0.95), (0.95,)]
    np.testing.assert_allclose(rest[0].get_ydata(), accuracy_interval(4, 10))
    np.testing.assert_allclose(rest[3].get_ydata(), [0.9])


def test_reliability_of_nothing_is_a_diagonal():
    ax = figures.show_reliability(np.full(10, np.nan), np.full(10, np.nan), np.zeros(10, int))
    assert len(ax.lines) == 1


def test_coverage_in_per_cent_and_in_the_models_colours():
    ax = figures.show_coverage({"cnn": ([0.5, 1], [1, 0.9]), "mine": ([1.0], [0.8])})
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [[50, 100], [100, 90]])
    assert ax.lines[0].get_color() == plots.COLOURS["cnn"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["cnn", "mine"]


def test_feature_maps_share_one_scale_from_zero(random):
    maps = random.uniform(size=(5, 6, 12))
    axes = figures.show_feature_maps(maps, columns=4)
    assert len(axes) == 12 and {ax.images[0].get_clim() for ax in axes} == {(0, maps.max())}
    np.testing.assert_array_equal(axes[7].images[0].get_array(), maps[:, :, 7])


def test_relevance_is_centred_on_zero_and_stretched_over_the_image(sample, random):
    maps = random.normal(size=(2, 24, 24))
    axes = figures.show_relevance(sample.test.images[:2], maps)
    for ax, values in zip(axes, maps, strict=True):
        assert ax.images[0].get_clim() == (-np.abs(values).max(), np.abs(values).max())
        assert tuple(ax.images[0].get_extent()) == (-0.5, 27.5, 27.5, -0.5)


def test_plane_marks_each_digit_and_circles_the_wrong(random):
    points, labels = random.normal(size=(30, 2)), np.repeat([0, 4, 9], 10)
    ax = figures.show_plane(points, labels, wrong=np.arange(30) < 3)
    assert [len(c.get_offsets()) for c in ax.collections] == [10, 10, 10, 3]
    np.testing.assert_array_equal(ax.collections[3].get_offsets(), points[:3])
    assert len({to_hex(c.get_facecolor()[0]) for c in ax.collections[:3]}) == 3


@pytest.mark.filterwarnings("error")
def test_nothing_but_zeros_can_be_drawn():
    figures.show_feature_maps(np.zeros((3, 3, 2)))[0].figure.canvas.draw()
    figures.show_relevance(np.zeros((1, 28, 28)), np.zeros((1, 28, 28)))[0].figure.canvas.draw()


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: figures.show_confusion(np.eye(3, dtype=int), ax=ax),
        lambda ax: figures.show_reliability([0.5], [0.5], [2], ax=ax),
        lambda ax: figures.show_coverage({"cnn": ([1], [1])}, ax=ax),
        lambda ax: figures.show_plane(np.zeros((1, 2)), [3], ax=ax),
        lambda ax: figures.show_feature_maps(np.ones((3, 3, 1)), axes=[ax])[0],
        lambda ax: figures.show_relevance(np.ones((1, 28, 28)), np.ones((1, 4, 4)), axes=[ax])[0],
    ],
)
def test_given_axes_are_used_and_returned(draw):
    ax = plt.subplots()[1]
    assert draw(ax) is ax


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: figures.show_confusion(np.zeros((3, 4))), r"\(3, 4\); expected a square"),
        (lambda: figures.show_confusion(np.zeros((0, 0))), "expected a square"),
        (lambda: figures.show_reliability([0.5], [0.5, 0.6], [1]), r"expected \(bins,\)"),
        (lambda: figures.show_feature_maps(np.zeros((1, 5, 5, 2))), "for one image"),
        (lambda: figures.show_relevance(np.zeros((2, 28, 28)), np.zeros((3, 28, 28))), r"\(3, 28, 28\)"),
        (lambda: figures.show_plane(np.zeros((5, 3)), np.zeros(5)), r"expected \(5, 2\)"),
        (lambda: figures.show_plane(np.zeros((5, 2)), np.zeros(5), wrong=[True]), "one point for each label"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()
