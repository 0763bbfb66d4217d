"""How sure a model is, and what it looks at, for the lessons on evaluation. May import the core."""

from mnist_lib.inspection.certainty import compare_seeds, coverage, find_temperature, mcnemar, verdict
from mnist_lib.inspection.figures import (
    show_confusion,
    show_coverage,
    show_feature_maps,
    show_plane,
    show_relevance,
    show_reliability,
)
from mnist_lib.numerics.scores import accuracy_interval, calibration, softmax

__all__ = [
    "accuracy_interval",
    "calibration",
    "compare_seeds",
    "coverage",
    "find_temperature",
    "mcnemar",
    "show_confusion",
    "show_coverage",
    "show_feature_maps",
    "show_plane",
    "show_relevance",
    "show_reliability",
    "softmax",
    "verdict",
]
