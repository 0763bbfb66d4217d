"""What a notebook leaves behind, and how others read it back."""

import numpy as np
import pytest

from mnist_lib.results import merge, readme_table, record


def test_record_prints_outside_of_a_notebook(capsys):
    record(softmax={"test_accuracy": 0.923, "parameters": 7850, "seconds": 1.13}, note="done")
    assert capsys.readouterr().out == (
        "recorded: softmax test_accuracy 0.9230, parameters 7,850, seconds 1.1\nrecorded: note done\n"
    )


def test_record_accepts_numpy_scalars(capsys):
    record(cnn={"test_accuracy": np.float32(0.5), "parameters": np.int64(3), "good": np.bool_(True)})
    assert "test_accuracy 0.5000, parameters 3, good True" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        ({"loss": float("nan")}, ValueError, r"mlp\.loss is nan"),
        (np.float32("inf"), ValueError, "mlp is inf"),
        ([1, [float("-inf")]], ValueError, r"mlp\[1\]\[0\] is -inf"),
        (np.ones(3), TypeError, "mlp is a ndarray.*tolist"),
        ({1: 2}, TypeError, "keys are not all strings"),
        ({"seen": {1, 2}}, TypeError, r"mlp\.seen is a set"),
    ],
)
def test_record_refuses_what_json_cannot_hold(value, error, words):
    with pytest.raises(error, match=words):
        record(mlp=value)


def test_record_refuses_nothing():
    with pytest.raises(ValueError, match="nothing to record"):
        record()


def test_records_of_one_name_are_joined_and_other_values_replaced():
    merged = merge([{"mlp": {"a": 1, "b": 1}, "n": 1}, {"mlp": {"b": 2}, "n": {"c": 3}}])
    assert merged == {"mlp": {"a": 1, "b": 2}, "n": {"c": 3}}


def test_readme_table_has_one_row_for_each_rung():
    results = {
        "nearest_mean": {"test_accuracy": 0.8203, "parameters": 7840, "seconds": 0.04},
        "history": {"epochs": 3},
        "cnn": {"test_accuracy": 0.99126, "parameters": 93322, "seconds": 61.26},
        "note": "no rung",
        "odd_one": {"test_accuracy": 1},
    }
    assert readme_table(results).splitlines()[2:] == [
        "| nearest mean | 82.03 % | 7,840 | 0.04 |",
        "| CNN | 99.13 % | 93,322 | 61.3 |",
        "| odd one | 100.00 % | – | – |",
    ]
