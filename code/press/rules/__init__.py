"""The rules that the book's sources keep; each is a function that finds what breaks it."""
