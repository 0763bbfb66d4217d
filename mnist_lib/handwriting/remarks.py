"""What to tell the writer about a picture: what is wrong with it, and what to do about it."""

from dataclasses import dataclass


class HandwritingError(ValueError):
    """A picture that cannot be opened or understood; the message says why, and what to do."""


@dataclass(frozen=True)
class Remark:
    """Something that the writer should know.

    Attributes
    ----------
    code : str
        "blank", "several", "edge", "faint", "small", "not-a-digit" or "unsure": for programs.
    sentence, remedy : str
        What was seen, and what to do about it: for people.
    """

    code: str
    sentence: str
    remedy: str

    def __str__(self):
        return f"{self.sentence} {self.remedy}"


BLANK = Remark("blank", "There is no ink to be seen.", "Write one digit with a pen that stands out from the paper.")
SEVERAL = Remark("several", "There seem to be several digits.", "Cut the picture so that it shows one digit alone.")
EDGE = Remark("edge", "The writing touches the edge of the picture.", "Leave some empty paper around the digit.")
FAINT = Remark("faint", "The ink is very faint.", "Use a darker pen, or more light.")
SMALL = Remark("small", "The digit is only a few pixels large.", "Take the picture from closer by.")
NO_DIGIT = Remark(
    "not-a-digit", "This does not look like a digit.", "Write one of the digits 0 to 9, alone and upright."
)


def unsure(first, second):
    """Return the remark that two digits are likely: each a pair of the digit and its probability, 0 to 1."""
    (one, likely), (other, less) = first, second
    return Remark(
        "unsure",
        f"It could be a {one} ({percent(likely)}) or a {other} ({percent(less)}).",
        f"Write what tells a {one} from a {other} more clearly.",
    )


def doubtful(digit, strange):
    """Return the remark that a picture may show no digit at all; ``strange`` is the probability of that, 0 to 1."""
    return Remark(
        "unsure",
        f"It could be a {digit}, or no digit at all ({percent(strange)}).",
        f"Write the {digit} more plainly, alone and upright.",
    )


def percent(probability):
    """Write a probability, 0 to 1, for people. Never "100%": even where a network's number rounds to 1, it can err."""
    return "over 99%" if probability > 0.99 else f"{probability:.0%}"
