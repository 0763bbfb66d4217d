"""Figures of one lesson each, too long for a cell. May import the library."""
