"""The trainings with all their settings, and the stored results of the long ones."""

import numpy as np
import pytest

from mnist_lib import plots
from mnist_lib.recipes import trainings as recipes


def test_a_rung_is_trained_the_same_again(sample):
    first, second = (recipes.train_rung(sample, "softmax", seed=3) for _ in range(2))
    assert first[0].name == "softmax" and len(first[1].loss) == 10
    for once, again in zip(first[0].get_weights(), second[0].get_weights(), strict=True):
        np.testing.assert_array_equal(once, again)


def test_a_rung_is_its_recipe_and_takes_changes(sample):
    recipe = recipes.RECIPES["fast CNN"]
    _, history = recipes.train_rung(sample, "fast CNN", epochs=2, batch_size=recipe.batch_size // 2)
    assert len(history.loss) == 2 and recipe.epochs == 1
    with pytest.raises(TypeError, match="epoch_count"):
        recipes.train_rung(sample, "softmax", epoch_count=2)


def test_every_rung_has_a_title_and_a_colour_of_its_own():
    names = [recipe.build().name for recipe in recipes.RECIPES.values()]
    assert set(names) <= set(plots.LADDER)
    for column in zip(*plots.LADDER.values(), strict=True):
        assert len(set(column)) == len(column)


def test_an_unknown_rung_is_named(sample):
    with pytest.raises(ValueError, match="no rung 'best'.*softmax, mlp, cnn, fast CNN, accurate CNN"):
        recipes.train_rung(sample, "best")


def test_an_unknown_kind_of_runs_is_named():
    with pytest.raises(ValueError, match="kind 'short'.*ladder, ablation, long, long ablation, ensemble"):
        recipes.stored_runs("short")


def test_the_stored_ladder_has_ten_runs_a_rung_and_rises():
    ladder = recipes.stored_runs("ladder")
    assert set(ladder) == set(recipes.RUNGS)
    means = {}
    for name, runs in ladder.items():
        assert sorted(run["seed"] for run in runs)[:10] == list(range(10))
        assert all(run["seconds"] > 0 and 0.9 < run["validation_accuracy"] < 1 for run in runs)
        means[name] = np.mean([run["test_accuracy"] for run in runs])
    assert means["softmax"] < means["mlp"] < means["fast CNN"] < means["accurate CNN"]
    for name, goal in (("softmax", 0.925), ("mlp", 0.982), ("fast CNN", 0.99)):
        assert means[name] >= goal


def test_the_stored_ablations_never_looked_at_the_test_digits():
    for kind, whole in (("ablation", "ladder"), ("long ablation", "long")):
        whole_runs = recipes.stored_runs(whole)
        (epochs,) = {run["epochs"] for name in whole_runs if "accurate" in name for run in whole_runs[name]}
        for runs in recipes.stored_runs(kind).values():
            assert len(runs) >= 3 and {run["epochs"] for run in runs} == {epochs}
            assert not any(name.startswith("test") for run in runs for name in run)


def test_the_stored_ensembles_are_of_the_long_trainings():
    (long,) = recipes.stored_runs("long").values()
    votes = [run for (run,) in recipes.stored_runs("ensemble").values()]
    assert [run["seed"] for run in votes] == list(range(1, len(long) + 1))
    assert votes[0]["test_accuracy"] == long[0]["test_accuracy"]
    assert votes[-1]["seconds"] == pytest.approx(sum(run["seconds"] for run in long), rel=1e-3)
    assert votes[-1]["test_accuracy"] > np.mean([run["test_accuracy"] for run in long])
