"""The figures: pure functions, one scale where things are compared, clear errors."""

import base64
import io

import matplotlib
import numpy as np
import pytest
from PIL import Image

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.colors import to_hex  # noqa: E402

from mnist_lib import plots  # noqa: E402
from mnist_lib.training import History  # noqa: E402


@pytest.fixture(autouse=True)
def close_figures():
    plots.use_style()
    yield
    plt.close("all")


def test_digits_in_a_grid_with_labels(sample):
    axes = plots.show_digits(sample.test.images[:25], sample.test.labels[:25], columns=5)
    assert [ax.get_title() for ax in axes] == [str(label) for label in sample.test.labels[:25]]
    assert {ax.images[0].get_clim() for ax in axes} == {(0, 255)}
    assert len(axes[0].figure.axes) == 25


def test_unused_places_of_the_grid_are_empty(sample):
    assert len(plots.show_digits(sample.test.images[:12], columns=10)[0].figure.axes) == 12


def test_right_in_blue_wrong_in_red(sample):
    axes = plots.show_digits(sample.test.images[:2], np.array([3, 4]), np.array([3, 9]))
    titles = [ax.title for ax in axes]
    assert [t.get_text() for t in titles] == ["3", "9, not 4"]
    assert [to_hex(t.get_color()).upper() for t in titles] == [plots.RIGHT, plots.WRONG]


def test_weights_share_one_scale_centred_on_zero(random):
    weights = random.normal(size=(784, 10))
    axes = plots.show_weights(weights)
    limits = {ax.images[0].get_clim() for ax in axes}
    assert limits == {(-np.abs(weights).max(), np.abs(weights).max())}
    np.testing.assert_array_equal(axes[4].images[0].get_array(), weights[:, 4].reshape(28, 28))


def test_weights_of_zero_can_be_drawn():
    plots.show_weights(np.zeros((784, 10)))[0].figure.canvas.draw()


def test_history_training_solid_validation_dashed():
    history = History("cnn", [2.0, 1.0], [0.5, 0.7], [2.1, 1.2], [0.4, 0.6], [1.0, 1.0])
    axes = plots.show_history(history)
    assert [line.get_linestyle() for line in axes[0].lines] == ["-", "--"]
    assert {line.get_color() for line in axes[0].lines} == {plots.COLOURS["cnn"]}
    np.testing.assert_array_equal(axes[1].lines[1].get_ydata(), [0.4, 0.6])
    assert [ax.get_xlabel() for ax in axes] == ["epoch", "epoch"]


def test_probability_bars(sample):
    probabilities = np.full((2, 10), 0.02)
    probabilities[0, 3] = probabilities[1, 8] = 0.82
    axes = plots.show_probabilities(sample.test.images[:2], probabilities, np.array([3, 5]))
    colours = [[to_hex(bar.get_facecolor()).upper() for bar in ax.patches] for ax in axes[1]]
    assert colours[0][3] == plots.RIGHT and colours[0].count(plots.WRONG) == 0
    assert colours[1][8] == plots.WRONG and colours[1][5] == plots.RIGHT


def test_ladder_bars_are_errors_of_a_thousand():
    rungs = {
        "softmax": {"test_accuracy": 0.925, "parameters": 7850, "seconds": 2.0},
        "cnn": {"test_accuracy": 0.992, "parameters": 93322, "seconds": 27.0},
    }
    ax = plots.show_ladder(rungs)
    np.testing.assert_allclose([bar.get_width() for bar in ax.patches], [75, 8])
    assert "93,322 parameters" in " ".join(text.get_text() for text in ax.texts)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plots.show_digits(np.zeros((28, 28))), r"\(28, 28\)"),
        (lambda: plots.show_digits(np.zeros((0, 28, 28))), "at least 1"),
        (lambda: plots.show_digits(np.zeros((3, 28, 28)), [1, 2]), "3 images, but 2 labels"),
        (lambda: plots.show_weights(np.zeros((10, 784))), r"\(10, 784\).*\(784, K\)"),
        (lambda: plots.show_weights(np.zeros((784, 3)), axes=[plt.gca()]), "3 pictures, but 1 axes"),
        (lambda: plots.show(plt.figure(), " "), "alt is empty"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_show_stores_a_small_picture_and_its_text_alternative(monkeypatch):
    shown = []
    monkeypatch.setattr(
        "IPython.display.display", lambda content, **more: shown.append((content, more.get("metadata")))
    )
    figure, ax = plt.subplots(figsize=(5, 3))
    ax.plot([1, 3], color=plots.RIGHT, linewidth=5)
    plots.show(figure, "A rising line.")
    (content, metadata), _ = shown
    assert set(metadata) == {"image/png"} and content["text/plain"] == metadata["image/png"]["alt"] == "A rising line."
    picture = Image.open(io.BytesIO(base64.b64decode(content["image/png"])))
    width, height = metadata["image/png"]["width"], metadata["image/png"]["height"]  # on the page
    assert abs(width - 500) < 60 and picture.width >= 1.4 * width and picture.height >= 1.4 * height
    assert plots.RIGHT in {to_hex(np.array(c) / 255).upper() for _, c in picture.convert("RGB").getcolors()}
    assert not plt.fignum_exists(figure.number)


def test_the_words_of_a_figure_are_where_jupyterlab_reads_them(monkeypatch):
    """JupyterLab ignores the metadata ``alt``: words in HTML, which its style sheet hides from the eye, follow."""
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda content, **more: shown.append(content))
    plots.show(plt.figure(), "Fewer than <10> & falling.")
    picture, words = shown
    assert "image/png" in picture and "text/html" not in picture  # the picture is stored once, as a picture
    assert words["text/html"].startswith('<p class="jp-sr-only"') and words["text/plain"] == ""
    assert "Figure: Fewer than &lt;10&gt; &amp; falling.</p>" in words["text/html"]
