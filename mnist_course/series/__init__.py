"""Run the lessons, keep their outputs fresh, show them: the maintainer's room. May import the library."""
