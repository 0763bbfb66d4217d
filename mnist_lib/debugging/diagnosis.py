"""What is wrong with this training? ``diagnose`` looks for the failures of notebooks 16 and 17.

It knows a failure by its traces in a history, a model and its data. What leaves no trace there, such as a
test set used for choosing, or a missing seed, it cannot see.
"""

import html
from dataclasses import dataclass

from mnist_lib.debugging.data import look_at_data, parts_of
from mnist_lib.debugging.history import look_at_losses, losses_of
from mnist_lib.debugging.model import MOST, Patient, look_at_model
from mnist_lib.runtime import html_table

STUCK, LYING = "16_the_loss_does_not_fall.ipynb", "17_the_number_lies.ipynb"
ROOMS_OF_LYING = "exhibit-pixels", "exhibit-mode", "exhibit-overfit", "exhibit-leak"
VAGUE = "stuck", "constant", "rate too low"  # names of what others explain
GRAVE = "nan", "labels", "pixels", "softmax twice", "zeros", "dead", "mode"  # names of what explains them
ORDER = (*GRAVE[:3], "leak", *GRAVE[3:], "rate too high", "overfitting", *VAGUE)
CELLS = {"overfitting": "exhibit-overfit", "constant": "checklist"}
CELLS |= dict.fromkeys(["rate too high", "stuck", "rate too low"], "exhibit-rate")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: a short ``name``, and a ``sentence`` with the value measured."""

    name: str
    sentence: str

    @property
    def cell(self):
        """The cell to read, of notebook 16 or 17."""
        return CELLS.get(self.name, f"exhibit-{self.name.replace(' ', '-')}")

    @property
    def link(self):
        """The room of notebook 16 or 17, as a link from the notebooks' folder."""
        return f"{LYING if self.cell in ROOMS_OF_LYING else STUCK}#{self.cell}"

    def __str__(self):
        return f"{self.name}: {self.sentence} See {self.link}"


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """What ``diagnose`` found: ``findings``, gravest first, and ``looked_at``, what it could look at."""

    findings: tuple[Finding, ...]
    looked_at: tuple[str, ...]

    @property
    def names(self):
        """The findings' short names, a tuple of str."""
        return tuple(finding.name for finding in self.findings)

    def _tail(self):
        return f"{'Looked' if self.findings else 'Nothing found. Looked'} at {'; '.join(self.looked_at)}."

    def __str__(self):
        return "\n".join([*map(str, self.findings), self._tail()])

    __repr__ = __str__

    def _repr_html_(self):
        from markupsafe import Markup

        link = Markup("<a href='{}'>{}</a>").format
        rows = [[link(finding.link, finding.name), finding.sentence] for finding in self.findings]
        table = html_table((), rows, style="text-align: left") if rows else ""
        return f"{table}<p>{html.escape(self._tail())}</p>"


def diagnose(history=None, model=None, data=None):
    """Look for the failures of notebooks 16 and 17 in a training, a model and its data.

    Give what there is; more can be seen with all three. Nothing is trained and nothing is changed. It takes
    a second or two.

    Parameters
    ----------
    history : History, keras History or dict, optional
        Of ``train`` or of ``fit``: lists with one entry an epoch, "loss" at least.
    model : keras.Model, optional
        (N, 28, 28) pixels -> (N, 10) logits or probabilities.
    data : Data, optional
        Or anything with some of ``train``, ``validation`` and ``test``, each with images (N, 28, 28) and
        labels. They may be broken: that is what is looked for.

    Returns
    -------
    Diagnosis
        In a notebook it shows itself as a table with links. It says nothing of what it is not sure about.

    Raises
    ------
    ValueError
        If there is nothing to look at, or the model does not turn (N, 28, 28) into (N, 10).
    TypeError
        If ``history``, ``model`` or ``data`` is of no such kind.
    """
    losses, parts = losses_of(history), parts_of(data)
    if losses is None and model is None and not parts:
        raise ValueError("There is nothing to look at. Give diagnose() a history, a model or data.")
    looked_at, found = [], []
    if losses is not None:
        looked_at.append(f"the losses of {len(losses['loss'])} epoch{'s' * (len(losses['loss']) != 1)}")
    if parts:
        *first, last = [f"{len(part.images):,} {part.name}" for part in parts]
        words = f"{', '.join(first)} and {last}" if first else last
        looked_at.append(f"pixels, labels and duplicates of {words} images")
        found += look_at_data(parts)
    if model is not None:
        patient = Patient(model, [part for part in parts if part.usable])
        answers = f" and its answers on up to {MOST:,} digits of a split" if patient.parts else ""
        looked_at.append(f"the model's weights{answers}")
        found += look_at_model(patient, losses)
    if losses is not None:
        found += look_at_losses(losses)
    return Diagnosis(_once(found), tuple(looked_at))


def _once(found):
    """Each name once, the gravest first. What another finding explains is left out."""
    sentences = dict(reversed([*found]))
    explained = {*VAGUE} if sentences.keys() & {*GRAVE} else set()
    if "zeros" in sentences:
        explained.add("dead")
    return tuple(Finding(name, sentences[name]) for name in ORDER if name in sentences.keys() - explained)
