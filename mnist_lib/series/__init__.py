"""Run the lessons, keep their outputs fresh, show them: the maintainer's room. May import the core."""

from mnist_lib.series.results import record

__all__ = ["record"]
