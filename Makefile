# Two commands matter: `make book` and `make test`. Each makes what it needs and is quick when there is nothing to do.
# What they run is in code/press; README.md says the same in plain pip commands.

.DEFAULT_GOAL := help
.PHONY: help book test serve launch new-chapter clean

VENV := .venv
PRESS := $(VENV)/bin/python -m press
READY := $(VENV)/.installed
CANDIDATES := $(PYTHON) python3 python3.13 python3.12 python3.11 python

help:
	@echo "make book         execute the chapters and build the site into _build/html"
	@echo "make test         check the code, the prose and the workflows, then run the tests (SLOW=1: all of them)"
	@echo "make serve        show the site and build it again at every edit"
	@echo "make launch       run every exported notebook in an empty environment"
	@echo "make new-chapter part=language name=attention"
	@echo "                  lay a chapter of the syllabus that builds as it is"
	@echo "make clean        remove what the build made"
	@echo
	@echo "PYTHON=/path/to/python make book   picks the Python (3.11 or newer) that makes $(VENV)"

book: $(READY)
	@$(PRESS) build

test: $(READY)
	@$(PRESS) check
	@echo "Tests"
	@$(VENV)/bin/python -m pytest $(if $(SLOW),,-m "not slow")

serve: $(READY)
	@$(PRESS) serve

launch: $(READY)
	@$(PRESS) launch

new-chapter: $(READY)
	@$(PRESS) new-chapter "part=$(part)" "name=$(name)"

clean:
	@rm -rf _build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@echo "Removed what the build made. To remove the environment too: rm -r $(VENV)"

$(READY): pyproject.toml constraints.txt code/press/environment.py
	@for candidate in $(CANDIDATES); do \
		if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			exec "$$candidate" code/press/environment.py; \
		fi; \
	done; \
	echo "The book needs Python 3.11 or newer, and none was found: install it, or say PYTHON=/path/to/python make book." >&2; \
	exit 1
