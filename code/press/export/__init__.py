"""Chapters as notebooks: Markdown that Jupyter and Colab show, a first cell that installs, buttons."""
