"""What the losses of a training show. A finding is a name and a sentence."""

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
            yield "nan", f"The {name} is {values[epoch - 1]} in epoch {epoch}."
            return
    first, low, last = loss[0], min(loss), loss[-1]
    if first > 5:
        said = f"The first epoch's mean loss is {first:.1f}, far above ln 10 = {LN10:.2f}, where guessing starts."
        yield "rate too high", said
    elif last > 1.5 * low + 0.1:
        said = f"The training loss rose from {low:.3f} to {last:.3f}; steps downhill should lower it."
        yield "rate too high", said
    elif len(loss) > 1 and max(abs(value - LN10) for value in loss) < 0.03:
        said = f"The loss went from {first:.3f} to {last:.3f}, and ln 10 = {LN10:.3f} is guessing: "
        yield "stuck", said + "nothing was learned, or the steps are far too small."
    elif len(loss) > 2 and last > 1.5 and (np.diff(loss) < 0).all():
        said = f"After {len(loss)} epochs the training loss is {last:.2f} and still falling: "
        yield "rate too low", said + "take longer steps, or more of them."
    if len(validation) == len(loss) > 2:
        best = int(np.argmin(validation))
        was, lowest, now = loss[best], validation[best], validation[-1]
        if now > 1.15 * lowest and now - lowest > 0.04 and last < 0.6 * was and last < 0.5 * now:
            yield (
                "overfitting",
                f"Since epoch {best + 1} the validation loss rose from {lowest:.3f} to {now:.3f}, "
                f"while the training loss fell from {was:.3f} to {last:.3f}.",
            )
