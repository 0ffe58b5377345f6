# Two commands on a fresh machine: `make demo` and `make test`. Everything else is for developers.
# Needed beforehand: make, and Python 3.11 or newer with its venv module.

# The first Python that is new enough; `make PYTHON=/path/to/python test` chooses another.
ifndef PYTHON
PYTHON := $(firstword $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p; done; true))
endif
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt
DEMO   ?= demo

.PHONY: demo test check lint models clean

# A new project in the folder `demo`: sample recordings transcribed, coded, reported.
demo: $(VENV)/.ready
	$(BIN)/qualkit models fetch --default
	$(BIN)/qualkit demo $(DEMO)

# Every test, on real models.
test: $(VENV)/.ready-dev models
	QUALKIT_REQUIRE_MODELS=1 $(BIN)/python -m pytest

# Exactly what CI runs.
check: lint test

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_docs.py

models: $(VENV)/.ready-dev
	$(BIN)/qualkit models fetch --default

# What a user needs.
$(VENV)/.ready: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable .
	@touch $@

# And what a developer needs besides.
$(VENV)/.ready-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.ready

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Qualkit needs Python 3.11 or newer, and none was found: install it, or name it with 'make PYTHON=/path/to/python $(MAKECMDGOALS)'." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Qualkit needs Python 3.11 or newer: $(PYTHON) is older or not there. Name another with 'make PYTHON=/path/to/python $(MAKECMDGOALS)'." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) lacks its venv module: on Debian and Ubuntu run 'sudo apt install python3-venv', then make again." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip

clean:
	rm -rf $(VENV) $(DEMO) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
