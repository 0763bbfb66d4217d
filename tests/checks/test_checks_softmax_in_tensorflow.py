"""The exercises of lesson 02."""

import numpy as np
from checks.stubs import inked

INK, Y = inked()
MEANS = Y.T @ INK / Y.sum(axis=0)
RIGHT = {"letters": [(20_410, 3.26)], "ink_weights": [MEANS + 0.5, list(MEANS)]}
WRONG = {
    "ink_weights": {
        "odd": "many",
        "shape": MEANS[:9],
        "zeros": np.zeros(10),
        "nan": MEANS * np.nan,
        "same": np.full(10, INK.mean()),
        "sum": Y.T @ INK,
        "short": MEANS / 2,
        "far": -MEANS,
    }
}
