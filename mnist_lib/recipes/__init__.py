"""Whole trainings with all their settings, and varied digits: lessons on speed and accuracy. May import the core."""

from mnist_lib.recipes.trainings import (
    FAST,
    RUNGS,
    VARIATION,
    predict_varied,
    smoothed_cross_entropy,
    stored_runs,
    train_accurately,
    train_rung,
)

__all__ = [
    "FAST",
    "RUNGS",
    "VARIATION",
    "predict_varied",
    "smoothed_cross_entropy",
    "stored_runs",
    "train_accurately",
    "train_rung",
]
