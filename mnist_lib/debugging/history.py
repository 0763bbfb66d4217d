"""What the losses of a training show. Each finding is a name, a sentence and the cell of notebook 10 to read."""

import numpy as np

LN10 = float(np.log(10))


def losses_of(history):
    """Return {"loss": [...], "validation": [...]} of any kind of history; None for none."""
    if history is None:
        return None
    record = getattr(history, "history", history)
    read = record.get if isinstance(record, dict) else lambda name: getattr(record, name, None)
    loss, validation = read("loss"), read("validation_loss") or read("val_loss") or []
    try:
        loss, validation = ([float(value) for value in values] for values in (loss, validation))
    except (TypeError, ValueError):
        raise TypeError(
            f"history is a {type(history).__name__} without a list of losses. Give what train() or fit() returned."
        ) from None
    return {"loss": loss, "validation": validation} if loss else None


def look_at_losses(losses):
    """Yield what is wrong with the losses of the epochs."""
    loss, validation = losses["loss"], losses["validation"]
    for name, values in (("loss", loss), ("validation loss", validation)):
        if not np.isfinite(values).all():
            epoch = int(np.flatnonzero(~np.isfinite(values))[0]) + 1
            yield "nan", f"The {name} is {values[epoch - 1]} in epoch {epoch}.", "exhibit-nan"
            return
    low = min(loss)
    if loss[0] > 5:
        said = f"The first epoch's mean loss is {loss[0]:.1f}, far above ln 10 = {LN10:.2f}, where guessing starts."
        yield "rate too high", said, "exhibit-rate"
    elif loss[-1] > 1.5 * low + 0.1:
        said = f"The training loss rose from {low:.3f} to {loss[-1]:.3f}; steps downhill should lower it."
        yield "rate too high", said, "exhibit-rate"
    elif len(loss) > 1 and max(abs(value - LN10) for value in loss) < 0.03:
        said = (
            f"The loss went from {loss[0]:.3f} to {loss[-1]:.3f}, and ln 10 = {LN10:.3f} is guessing: "
            "nothing was learned, or the steps are far too small."
        )
        yield "stuck", said, "exhibit-rate"
    elif len(loss) > 2 and loss[-1] > 1.5 and (np.diff(loss) < 0).all():
        said = f"After {len(loss)} epochs the training loss is {loss[-1]:.2f} and still falling"
        yield "rate too low", f"{said}: take longer steps, or more of them.", "exhibit-rate"
    yield from _overfitting(loss, validation)


def _overfitting(loss, validation):
    if len(validation) != len(loss) or len(loss) < 3:
        return
    best = int(np.argmin(validation))
    rose = validation[-1] > 1.15 * validation[best] and validation[-1] - validation[best] > 0.04
    if rose and loss[-1] < 0.6 * loss[best] and loss[-1] < 0.5 * validation[-1]:
        said = (
            f"Since epoch {best + 1} the validation loss rose from {validation[best]:.3f} to {validation[-1]:.3f}, "
            f"while the training loss fell from {loss[best]:.3f} to {loss[-1]:.3f}."
        )
        yield "overfitting", said, "exhibit-overfit"
