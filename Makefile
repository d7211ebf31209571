# What a newcomer types. `make help` lists it.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VOTERS ?= 50000

.DEFAULT_GOAL := help
.PHONY: help demo test check bench reference lock clean browser age

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/.run ## four states' files of invented people, agreements, the national count, then the site
	@$(BIN)/commonroll demo --voters $(VOTERS)

# a test suite starts many processes: each would compile all it imports where no bytecode is kept
test: export PYTHONDONTWRITEBYTECODE =
test: browser age $(VENV)/.test ## everything CI runs: checks, tests on SQLite and PostgreSQL, a real browser
	@tests/everything.sh $(BIN)

check: $(VENV)/.test ## the fast part: style, types, layers
	@$(BIN)/ruff check src tests bench
	@$(BIN)/ruff format --check src tests bench
	@$(BIN)/lint-imports
	@$(BIN)/mypy src/commonroll

bench: $(VENV)/.test ## every figure of the project; prints a table, writes bench/results.json
	@$(BIN)/python bench/run.py

reference: $(VENV)/.test ## write docs/reference anew from schema, layouts, language and commands
	@$(BIN)/python -m commonroll.cli.reference

lock: $(VENV)/.test ## renew both lock files (needs uv)
	@command -v uv >/dev/null || { echo "uv is missing: pip install uv"; exit 1; }
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q pyproject.toml --extra test -o requirements-test.lock
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q pyproject.toml -c requirements-test.lock -o requirements.lock

clean: ## remove the environment and the demo's home
	@rm -rf $(VENV) commonroll-home

browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "installing Chromium for the browser tests" && \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-dejavu-core >/dev/null; } || \
	  { echo "make test drives a real browser: install Chromium (Debian: apt-get install chromium) and run it again"; exit 1; }

age:
	@command -v age >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "installing age for the tests of packages" && \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq age >/dev/null; } || \
	  { echo "make test opens packages with age: install it (Debian: apt-get install age) and run it again"; exit 1; }

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "Commonroll runs on Python 3.11 to 3.13; $(PYTHON) is another. Name one: make demo PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing (Debian: apt-get install python3-venv)"; exit 1; }

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "installing what runs, from requirements.lock"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e . 2>/dev/null || \
	  $(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.test: requirements-test.lock requirements-elsewhere.lock $(VENV)/.run
	@echo "installing what tests, from requirements-test.lock"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-test.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps --ignore-requires-python -r requirements-elsewhere.lock
	@touch $@
