"""What only the series of lessons needs: checks of its exercises, figures of single lessons, the runner.

``checks`` and ``figures`` are for the lessons; ``series`` is the maintainer's, behind ``python -m mnist_lib run``,
``refresh`` and ``doctor``. They import mnist_lib; it imports none of them until such a command is called.
"""
