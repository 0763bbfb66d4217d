"""Checks of the exercises of notebook 06_save_and_ship."""

import numpy as np

from mnist_lib.checks import number, say, short


def bytes_on_disk(weights, checkpoint, eight_bit, *, parameters=109_386):
    """Exercise ``exercise-bytes`` of 06: bytes of 32-bit weights, of a checkpoint with Adam, of 8-bit weights."""
    answers = [number(answer) for answer in (weights, checkpoint, eight_bit)]
    if None in answers:
        return say("…", "Fill in three numbers of bytes: the weights, the checkpoint, the weights in 8 bits.")
    weights, checkpoint, eight_bit = answers
    four, said = 4 * parameters, "that is a count of numbers. Each of them takes several bytes."
    slips = {
        parameters: said,
        32 * parameters: "those are bits. A byte has eight of them.",
        8 * parameters: "that is 64 bits each; here they have 32.",
        2 * parameters: "that is 16 bits each; here they have 32.",
    }
    if weights != four:
        return say("✗", "(a) " + slips.get(weights, "not yet. How many bytes are 32 bits? Once for each parameter."))
    slips = {
        four: "those are the weights alone. Adam has a memory for each of them.",
        2 * four: "Adam keeps two running means for each weight, not one; and the weights are there as well.",
        4 * four: "the weights once, and two running means for each: three, not four.",
        3 * parameters: said,
    }
    if checkpoint != 3 * four:
        return say("✗", "(b) " + slips.get(checkpoint, "not yet. The weights, and two running means for each of them."))
    slips = {
        8 * parameters: "those are bits, or bytes of 64-bit numbers. Eight bits are one byte.",
        four // 8: "an eighth? 8 bits are a quarter of 32.",
        four: "that is still 32 bits each.",
        256 * parameters: "256 is how many values 8 bits can take, not their size.",
    }
    if eight_bit != parameters:
        return say("✗", "(c) " + slips.get(eight_bit, "not yet. Eight bits are one byte."))
    say(
        "✓",
        "To go on with a training takes three times the weights; to use its result on a telephone, a quarter of them. "
        "What a file is for decides what belongs in it.",
    )


def quantise(function):
    """Exercise ``exercise-quantise`` of 06: an array of floats to int8, -127 to 127, and one step."""
    if function is None:
        return say("…", "Write the function: an array in, whole numbers of 8 bits and a step out.")
    if not callable(function):
        return say(
            "✗", "That is not a function. Hand over quantise itself, without brackets: checks.quantise(quantise)."
        )
    w = np.random.default_rng(0).normal(0, 0.1, (3, 3, 4)).astype(np.float32)
    w[1, 1, 1] = -0.5  # the largest weight is a negative one, on purpose
    try:
        answer = function(w.copy())
        if answer is None:
            return say("…", "Return two things: q, an array of int8, and the step s.")
        q, s = answer
        q, s = np.asarray(q), float(s)
        with np.errstate(all="ignore"):
            zero_q, zero_s = function(np.zeros((2, 2), np.float32))
            zeros = np.asarray(zero_q, dtype=float) * float(zero_s)
    except Exception as problem:
        return say("✗", f"Your function raises {short(problem)}")
    if q.shape != w.shape:
        return say("✗", f"q has shape {q.shape}; it must have the shape of w, {w.shape}.")
    if q.dtype != np.int8:
        return say(
            "✗",
            f"q is {q.dtype}, which takes {8 * q.dtype.itemsize} bits a number or has no minus. Use "
            ".astype(np.int8), after rounding.",
        )
    step = 0.5 / 127
    for value, text in (
        (float(w.max()) / 127, "the largest weight by size is a negative one. Take np.abs(w).max(), or it runs over."),
        (0.5 / 128, "127, not 128: int8 ends at 127, and +128 would come out as -128."),
        (0.5 / 255, "255 steps reach from -127 to 127. From 0 to the largest weight there are 127."),
        (0.5 / 256, "256 steps reach from end to end. From 0 to the largest weight there are 127."),
        (
            float(w.max() - w.min()) / 255,
            "that maps the whole range to 0…255. Here 0 stays 0, and the largest size is 127.",
        ),
        (127 / 0.5, "the step is upside down: it is the largest weight divided by 127."),
        (0.5, "that is the largest weight. The step is a 127th of it."),
    ):
        if np.isclose(s, value, rtol=1e-4):
            return say("✗", "s: " + text)
    if not np.isclose(s, step, rtol=1e-4):
        return say("✗", "s: not yet. The largest weight by size, divided by 127.")
    exact = w / step
    if np.array_equal(q, exact.astype(np.int8)) or np.array_equal(q, np.floor(exact).astype(np.int8)):
        return say("✗", "q: you cut the decimals off. np.round first; otherwise errors reach a whole step, not a half.")
    if np.abs(q - exact).max() > 0.501:
        return say(
            "✗", "q: some numbers are more than half a step off. Divide by the step, round, then .astype(np.int8)."
        )
    if not np.isfinite(float(zero_s)) or zeros.any() or float(zero_s) == 0:
        return say(
            "✗",
            "Right, but for an array of zeros: its largest weight is 0, and you divide by the step. "
            "Give it any step, 1 for example.",
        )
    say(
        "✓",
        "Each weight is now one byte, and never more than half a step from what it was. A filter of small weights "
        "beside one of large weights suffers most: hence a step for each filter.",
    )


def is_suspicious(function):
    """Exercise ``exercise-suspicious`` of 06: does a .keras file hold a Lambda? Found without loading it."""
    import tempfile
    from pathlib import Path

    if function is None:
        return say("…", "Write the function: a path in, True or False out.")
    if not callable(function):
        return say("✗", "That is not a function. Hand over is_suspicious itself, without brackets.")
    with tempfile.TemporaryDirectory() as folder:
        for number, (config, expected, what) in enumerate(_recipes()):
            path = _keras_file(Path(folder) / f"model{number}.keras", config)
            try:
                answer = function(path)
            except Exception as problem:
                return say("✗", f"For {what} your function raises {short(problem)}")
            if answer is None:
                return say("…", "Return True if the file holds a Lambda, False if not.")
            try:
                answer = bool(answer)
            except Exception:
                return say("✗", "Return True or False, one answer for the whole file.")
            if answer != expected:
                return say("✗", f"For {what} your answer is {answer}.")
    say(
        "✓",
        "Found at the top, in a model within the model, inside a wrapper, and no false alarm. You read a program "
        "without running it.",
    )


def _recipes():
    """Small recipes as config.json has them, whether they hold a Lambda, and in words what they are."""

    def layer(class_name, **config):
        return {"module": "keras.layers", "class_name": class_name, "config": config}

    def model(*layers):
        return {"module": "keras", "class_name": "Sequential", "config": {"name": "model", "layers": list(layers)}}

    code = layer("Lambda", function={"class_name": "__lambda__", "config": {"code": "4wAA"}})
    dense = layer("Dense", name="dense", units=10)
    return [
        (model(dense, dense), False, "a model of dense layers"),
        (model(dense, code), True, "a model with a Lambda among its layers"),
        (model(dense, model(dense, model(code))), True, "a model in a model in a model, with a Lambda in the last,"),
        (model(layer("TimeDistributed", layer=code), dense), True, "a Lambda inside the settings of a wrapper layer"),
        (model(layer("Dense", name="Lambda", units=10)), False, 'an innocent layer whose name is "Lambda"'),
    ]


def _keras_file(path, config):
    import json
    import zipfile

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", b"")
    return path
