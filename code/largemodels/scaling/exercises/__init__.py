"""The checkers of the part on scaling: a module for each chapter, a function for each exercise."""
