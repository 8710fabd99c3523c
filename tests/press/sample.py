"""A small book for the press's tests: one chapter, one exercise, one diagram, all of it right."""

from __future__ import annotations

from pathlib import Path

CONFIG = """\
title: Sample
repository: {url: https://github.com/your--account/sample, branch: main}
parse: {myst_enable_extensions: [amsmath, attrs_inline, colon_fence, deflist, dollarmath, substitution, tasklist]}
"""
CONF = """\
extensions = ["myst_nb", "sphinx_exercise", "press.directives"]
exclude_patterns = ["_build"]
root_doc = "book/index"
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath", "colon_fence"]
nitpicky = True
numfig = True
suppress_warnings = ["myst-nb.lexer"]  # the cells are not executed here
"""
SYLLABUS = """\
syllabi: {one: "First course", two: "Second course"}
objectives:
- {id: a-1, syllabus: one, module: M1, kind: code, chapter: foundations/slopes, text: "Slopes by hand"}
- {id: a-2, syllabus: one, module: M2, kind: exercise, chapter: language/words, text: "Words as vectors"}
- {id: b-1, syllabus: two, module: "8.1", kind: concept, chapter: foundations/slopes, text: "Why slopes matter"}
"""
NOTATION = """\
- {tex: 'x', means: 'an input', scope: book}
"""
INDEX = """\
# Sample

```{toctree}
foundations/slopes
reference/coverage
reference/notation
reference/paths
```
"""
CHAPTER = """\
---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
course:
  objectives: [a-1, b-1]
  minutes: 90
  requires: [language/words]
  extra: foundations
  data: []
---
# Slopes

```{objectives}
```

## A slope is a *limit* $x$

```{teaches} a-1 b-1
```

```{code-cell} ipython3
show(fig, alt="The slope falls to zero at the minimum.")
```

```{diagram} foundations/arrow
:alt: An arrow leads from the input to the slope.
:name: fig-arrow

An arrow, see {ref}`foundations.slopes.relu`.
```

```{listing} largemodels.foundations.engine.Value.backward
:name: backward
```

```{exercise-start} The slope of a ReLU
:label: foundations.slopes.relu
:tests: a-1
```
Write it.
```{exercise-end}
```

```{code-cell} ipython3
:tags: [starter]
def relu_grad(x):
    ...
```

```{code-cell} ipython3
:tags: [checker]
check("foundations.slopes.relu", relu_grad)
```

```{solution-start} foundations.slopes.relu
:class: dropdown
```
It is a step.

```{code-cell} ipython3
:tags: [solution]
def relu_grad(x):
    return float(x > 0)

assert check("foundations.slopes.relu", relu_grad)
```
Half the inputs have no slope.

```{solution-end}
```

```{exercise-start} Who needs it
:label: foundations.slopes.who
:tests: b-1
```
Discuss.
```{exercise-end}
```

```{solution-start} foundations.slopes.who
```
Whoever descends.

```{solution-end}
```
"""
ENGINE = '''\
"""An engine."""

import functools


class Value:
    """A number."""

    @functools.cache
    def backward(self):
        """Go back."""
        return 1


def relu(x):
    return x
'''
ARROW = """\
import matplotlib.pyplot as plt


def draw():
    fig, ax = plt.subplots()
    ax.plot([0, 1])
    return fig
"""
FILES = {
    "_config.yml": CONFIG,
    "conf.py": CONF,
    "book/syllabus.yml": SYLLABUS,
    "book/index.md": INDEX,
    "book/references.bib": "@article{known2020, title={Known}}\n",
    "book/foundations/slopes.md": CHAPTER,
    "book/reference/coverage.md": "# Coverage\n\nAll of it.\n\n```{coverage}\n```\n",
    "book/notation.yml": NOTATION,
    "book/reference/notation.md": "# Notation\n\nAll symbols.\n\n```{notation}\n```\n",
    "book/reference/paths.md": "# Paths\n\nAll five.\n\n```{paths}\n```\n",
    "code/largemodels/core/store.toml": "[mnist-5k]\n",
    "code/largemodels/foundations/engine.py": ENGINE,
    "code/largemodels/foundations/exercises/slopes.py": "def relu(answer, rng):\n    return None\n",
    "figures/foundations/arrow.py": ARROW,
    "pyproject.toml": "[project.optional-dependencies]\nfoundations = []\nlanguage = []\n",
}
SLOPES = "book/foundations/slopes.md"


def write_book(root: Path) -> Path:
    """Write the sample book."""
    for name, text in FILES.items():
        write(root, name, text)
    return root


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def edit(root: Path, old: str, new: str, name: str = SLOPES) -> None:
    """Replace a piece of text that stands in the file exactly once."""
    text = (root / name).read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
    write(root, name, text.replace(old, new))
