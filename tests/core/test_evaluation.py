"""What a model's answers are worth: the measures against scikit-learn, SciPy and values worked out by hand."""

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    log_loss,
    precision_recall_fscore_support,
    precision_score,
    recall_score,
)

from mnist_lib import evaluation, models
from mnist_lib.evaluation import Report, evaluate, predict
from mnist_lib.inspection.certainty import coverage, find_temperature, mcnemar
from mnist_lib.numerics.scores import Calibration, accuracy_interval, calibration, softmax

quick = settings(max_examples=60, deadline=None)
digits = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=60)


def report_of(labels, predictions, sure=0.91):
    """Return a Report with these predictions, each made with the confidence ``sure``."""
    probabilities = np.full((len(labels), 10), (1 - sure) / 9, np.float32)
    probabilities[np.arange(len(labels)), predictions] = sure
    loss = float(-np.log(probabilities[np.arange(len(labels)), labels]).mean())
    return Report("some", np.asarray(labels, np.uint8), probabilities, loss)


def some_answers(random, count=500, scale=3.0):
    labels = random.integers(0, 10, count).astype(np.uint8)
    logits = random.normal(size=(count, 10)).astype(np.float32)
    logits[np.arange(count), labels] += scale
    return logits, labels


# ---- scores


@quick
@given(digits)
@example([(3, 3)])  # one sample, right
@example([(3, 8)])  # one sample, wrong
@example([(0, 1), (1, 0), (2, 1)])  # a digit never predicted, none right
def test_scores_are_those_of_scikit_learn(pairs):
    labels, predictions = np.array(pairs).T
    report = report_of(labels, predictions)
    theirs = precision_recall_fscore_support(labels, predictions, labels=range(10), zero_division=0)
    for ours, expected in zip((report.precision, report.recall, report.f1), theirs, strict=False):
        assert ours.shape == (10,)
        np.testing.assert_allclose(ours, expected)
    settings = {"average": "macro", "zero_division": 0}
    assert report.macro_precision == pytest.approx(precision_score(labels, predictions, **settings))
    assert report.macro_recall == pytest.approx(recall_score(labels, predictions, **settings))
    assert report.macro_f1 == pytest.approx(f1_score(labels, predictions, **settings))
    assert report.accuracy == pytest.approx(accuracy_score(labels, predictions))
    np.testing.assert_array_equal(report.confusion, confusion_matrix(labels, predictions, labels=range(10)))
    assert report.confusion.sum() == report.count == len(labels)


def test_a_digit_that_is_never_predicted_scores_zero_without_a_warning():
    report = report_of([0, 1, 1, 2], [0, 0, 1, 0])
    assert (report.precision[2], report.recall[2], report.f1[2]) == (0, 0, 0)
    assert report.precision[0] == pytest.approx(1 / 3) and report.recall[1] == 0.5
    assert report.macro_recall == pytest.approx((1 + 0.5 + 0) / 3)  # over the digits that occur


def test_equal_probabilities_go_to_the_first_digit():
    report = Report("some", np.array([0, 1]), np.full((2, 10), 0.1, np.float32), np.log(10))
    np.testing.assert_array_equal(report.predictions, [0, 0])
    np.testing.assert_array_equal(report.right, [True, False])
    np.testing.assert_allclose(report.confidence, 0.1)


# ---- the report as text and table


def test_one_line_keeps_its_form():
    assert str(report_of([1, 2], [1, 3])).startswith("some: accuracy 50.00%, loss ")
    assert str(report_of([1, 2], [1, 3])).endswith(", 1 of 2 wrong")


def test_table_as_text_and_html():
    report = report_of([4] * 30 + [9] * 10, [4] * 27 + [9] * 3 + [9] * 10)
    text, html = repr(report), report._repr_html_()
    head, *rows = text.splitlines()
    assert "accuracy 92.50%" in head and "95 % interval" in head and "3 of 40 wrong" in head
    assert len(rows) == 12 and rows[0].split()[:2] == ["digit", "count"]
    assert rows[5].split() == ["4", "30", "100.0%", "90.0%", "94.7%", "9", "(3)"]
    assert rows[10].split()[-1] == "–" and rows[11].split()[0] == "mean"
    assert html.count("<tr>") == 12 and "<td>9 (3)</td>" in html


def test_names_cannot_break_the_page():
    report = report_of([1], [1])
    assert "<b>" not in Report("<b>", report.labels, report.probabilities, report.loss)._repr_html_()


@pytest.mark.parametrize("pair", [([7], [7]), ([7], [1])])
def test_one_digit_can_be_shown(pair):
    report = report_of(*pair)
    assert len(repr(report).splitlines()) == 13 and report._repr_html_()


def test_logits_are_those_of_one_batch_and_none_of_no_images(sample):
    model, images = models.mlp(), sample.test.images[:7]
    in_batches = evaluation.logits(model, images, batch_size=3)
    np.testing.assert_allclose(in_batches, model(images, training=False), rtol=1e-4, atol=1e-6)
    assert evaluation.logits(model, images[:0]).shape == (0, 10)


# ---- interval


@pytest.mark.parametrize(
    ("right", "count", "expected"),
    [
        (97, 100, (0.91548, 0.98975)),
        (0, 10, (0.0, 0.27753)),
        (10, 10, (0.72247, 1.0)),
        (1, 1, (0.20655, 1.0)),
    ],
)
def test_wilson_against_worked_values(right, count, expected):
    np.testing.assert_allclose(accuracy_interval(right, count), expected, atol=5e-6)


@quick
@given(st.integers(1, 10_000), st.floats(0, 1), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_the_ends_of_wilsons_interval_solve_its_equation(count, share, confidence):
    from scipy.stats import norm

    right = round(share * count)
    low, high = accuracy_interval(right, count, confidence)
    assert 0 <= low <= right / count + 1e-12 and right / count - 1e-12 <= high <= 1
    z = norm.ppf(0.5 + confidence / 2)
    for p in (low, high):
        assert (right / count - p) ** 2 == pytest.approx(z**2 * p * (1 - p) / count, abs=1e-9)


@pytest.mark.parametrize("counts", [(1, 0), (-1, 5), (6, 5)])
def test_impossible_counts(counts):
    with pytest.raises(ValueError, match="0 <= right <= count"):
        accuracy_interval(*counts)


@pytest.mark.parametrize("confidence", [0, 1, 95, float("nan")])
def test_impossible_confidence(confidence):
    with pytest.raises(ValueError, match="between 0 and 1"):
        accuracy_interval(3, 5, confidence)


# ---- two models


def test_mcnemar_counts_what_one_alone_reads():
    labels = np.array([1, 1, 1, 1, 1, 1])
    first, second = np.array([1, 1, 0, 0, 0, 0]), np.array([1, 0, 1, 1, 1, 0])
    assert mcnemar(labels, first, second) == (1, 3, 0.625)  # 2 (1 + 4) / 2^4
    assert mcnemar(labels, second, first) == (3, 1, 0.625)


@pytest.mark.parametrize(("differ", "p_value"), [(1, 1.0), (5, 0.0625), (6, 0.03125), (10, 2 / 1024)])
def test_mcnemar_when_one_model_wins_every_time(differ, p_value):
    labels = np.ones(20, int)
    loser = np.where(np.arange(20) < differ, 0, 1)
    assert mcnemar(labels, loser, labels) == (0, differ, pytest.approx(p_value))


def test_mcnemar_of_models_that_never_differ():
    assert mcnemar(np.array([1, 2]), np.array([1, 3]), np.array([1, 4])) == (0, 0, 1.0)
    assert mcnemar(np.array([], int), np.array([], int), np.array([], int)).p_value == 1


def test_mcnemar_on_other_digits_is_refused():
    with pytest.raises(ValueError, match="the same digits"):
        mcnemar(np.zeros(3), np.zeros(3), np.zeros(4))


# ---- calibration


@quick
@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_bins_are_those_of_scikit_learn(seed, bins):
    logits, labels = some_answers(np.random.default_rng(seed), 100)
    probabilities = softmax(logits).astype(float)
    ours = calibration(probabilities, labels, bins)
    right, confidence = probabilities.argmax(axis=1) == labels, probabilities.max(axis=1)
    accuracy, mean = calibration_curve(right, confidence, n_bins=bins)
    full = ours.count > 0
    np.testing.assert_allclose(ours.accuracy[full], accuracy)
    np.testing.assert_allclose(ours.confidence[full], mean)
    assert np.isnan(ours.accuracy[~full]).all() and ours.count.sum() == 100 and len(ours.count) == bins
    assert 0 <= ours.error <= 1


def test_calibration_error_worked_by_hand():
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.4, 0.6]])
    result = calibration(probabilities, np.array([0, 1, 0, 1]))
    assert result.count.tolist() == [0, 0, 0, 0, 0, 2, 0, 0, 2, 0]  # an edge belongs to the lower bin
    assert result.error == pytest.approx(0.5 * abs(0.5 - 0.9) + 0.5 * abs(1 - 0.6))


def test_certain_answers_and_a_single_one():
    assert calibration(np.eye(10), np.arange(10)).error == 0
    assert calibration(np.eye(10), (np.arange(10) + 1) % 10).error == 1
    assert calibration(np.array([[0.25, 0.75]]), np.array([1])).error == pytest.approx(0.25)
    assert isinstance(calibration(np.eye(2), np.arange(2)), Calibration)


@pytest.mark.parametrize("function", [calibration, coverage, find_temperature])
@pytest.mark.parametrize(
    ("rows", "labels"), [(np.ones(10), np.ones(10)), (np.ones((3, 10)), np.ones(4)), (np.ones((0, 10)), np.ones(0))]
)
def test_shapes_that_do_not_fit(function, rows, labels):
    with pytest.raises(ValueError, match=r"expected \(N, 10\) and \(N,\)"):
        function(rows, labels)


def test_no_bins():
    with pytest.raises(ValueError, match="bins is 0"):
        calibration(np.eye(2), np.arange(2), 0)


# ---- temperature


def test_temperature_one_changes_nothing_and_high_ones_flatten(random):
    logits, _ = some_answers(random)
    np.testing.assert_allclose(softmax(logits).sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(softmax(logits, 1e6), 0.1, atol=1e-4)
    for temperature in (0.3, 1, 4):
        np.testing.assert_array_equal(softmax(logits, temperature).argmax(axis=1), logits.argmax(axis=1))


@pytest.mark.parametrize("temperature", [0, -1, float("nan")])
def test_impossible_temperature(temperature):
    with pytest.raises(ValueError, match="above 0"):
        softmax(np.zeros((1, 10)), temperature)


@pytest.mark.parametrize("factor", [0.25, 1, 3])
def test_the_temperature_undoes_a_factor(random, factor):
    logits = random.normal(size=(4000, 10)) * 2
    labels = (softmax(logits).cumsum(axis=1) > random.uniform(size=(4000, 1))).argmax(axis=1)  # honest by making
    assert find_temperature(factor * logits, labels) == pytest.approx(factor, rel=0.1)


def test_the_temperature_lowers_the_loss(random):
    logits, labels = some_answers(random)
    best = find_temperature(5 * logits, labels)
    losses = [log_loss(labels, softmax(5 * logits, t), labels=range(10)) for t in (best, 0.97 * best, 1.03 * best, 1)]
    assert losses[0] == min(losses)


def test_answers_that_are_all_right_or_hopeless_stay_in_range():
    logits = 4 * np.eye(10, dtype=np.float32)
    assert 1 / 20 <= find_temperature(logits, np.arange(10)) < 1 / 10
    assert find_temperature(logits, (np.arange(10) + 1) % 10) == pytest.approx(20, rel=0.01)


# ---- coverage


@quick
@given(st.lists(st.tuples(st.sampled_from([0.5, 0.6, 0.75, 0.9, 1.0]), st.booleans()), min_size=1, max_size=40))
def test_coverage_agrees_with_counting(answers):  # many ties
    confidence, right = map(np.array, zip(*answers, strict=True))
    assume(not (~right & (confidence == 0.5)).any())  # at one half both classes are equally likely
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    result = coverage(probabilities, np.where(right, 0, 1))
    assert result.threshold.tolist() == sorted(set(confidence), reverse=True)
    for share, accuracy, threshold in zip(*result, strict=True):
        answered = confidence >= threshold
        assert share == pytest.approx(answered.mean()) and accuracy == pytest.approx(right[answered].mean())
    assert result.coverage[-1] == 1


def test_coverage_of_one_answer_and_of_equal_ones():
    assert [list(part) for part in coverage(np.array([[0.2, 0.8]]), np.array([1]))] == [[1], [1], [0.8]]
    tied = coverage(np.full((4, 10), 0.1), np.array([0, 0, 1, 2]))
    assert tied.coverage.tolist() == [1] and tied.accuracy.tolist() == [0.5]


# ---- models


@pytest.fixture(scope="module")
def model():
    from mnist_lib import models, set_seed

    set_seed(0)
    return models.mlp(hidden=(16,), dropout=0)


def test_evaluate_and_predict_agree(model, sample):
    report = evaluate(model, sample.validation)
    assert report.model_name == "mlp" and report.count == 300
    assert report.logits.shape == report.probabilities.shape == (300, 10)
    np.testing.assert_array_equal(predict(model, sample.validation.images), report.probabilities)
    np.testing.assert_allclose(softmax(report.logits), report.probabilities)
    assert report.loss == pytest.approx(log_loss(report.labels, report.probabilities, labels=range(10)), rel=1e-4)
    assert report.interval == accuracy_interval(int(report.right.sum()), 300)


def test_predict_takes_one_image_and_none(model, sample):
    one = predict(model, sample.test.images[0])
    np.testing.assert_allclose(one, predict(model, sample.test.images[:2])[:1], rtol=1e-5)
    assert predict(model, np.empty((0, 28, 28))).shape == (0, 10)
    with pytest.raises(ValueError, match=r"\(2, 784\)"):
        predict(model, np.zeros((2, 784)))


def test_sure_and_wrong_costs_a_finite_loss(model, sample):
    weights = model.get_weights()
    model.set_weights([1e4 * w for w in weights])
    report = evaluate(model, sample.validation)
    model.set_weights(weights)
    assert np.isfinite(report.loss) and report.loss > 100
    np.testing.assert_allclose(report.probabilities.sum(axis=1), 1, rtol=1e-5)
