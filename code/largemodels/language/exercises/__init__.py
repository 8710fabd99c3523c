"""Checkers of the part's exercises, one module a chapter."""
