# The commands of this project. `make serve` and `make test` do all the set-up that they need.

PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PORT ?= 3000
CONFIG ?= examples/config.yaml

.DEFAULT_GOAL := help
.PHONY: help serve test lint types unit format bench clean

help: ## Show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

serve: $(VENV)/.installed ## Serve examples/config.yaml on port 3000 (CONFIG=…, PORT=…)
	@$(BIN)/openai-mock-api --config $(CONFIG) --port $(PORT)

test: lint types unit ## Run lint, types and tests

lint: $(VENV)/.tools ## Check format and style
	$(BIN)/ruff format --check src tests bench examples
	$(BIN)/ruff check src tests bench examples

types: $(VENV)/.tools ## Check types, strictly
	$(BIN)/mypy

unit: $(VENV)/.tools ## Run the tests and measure their coverage
	$(BIN)/pytest --cov --cov-report=term --cov-fail-under=95

format: $(VENV)/.tools ## Format the code
	$(BIN)/ruff format src tests bench examples
	$(BIN)/ruff check --fix src tests bench examples

bench: $(VENV)/.tools ## Run the benchmarks (PARTS=…)
	@$(BIN)/python -m bench $(PARTS)

clean: ## Remove the virtual environment and what tools left
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .coverage .hypothesis

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; '$(PYTHON)' is older or missing. Say which one: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@touch $@

$(VENV)/.installed: $(VENV)/.created pyproject.toml requirements/runtime.txt
	@echo "Installing openai-mock-api into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/runtime.txt -e . || { \
	  echo "pip could not install the project; is a package index in reach? (PIP_INDEX_URL names another)"; exit 1; }
	@touch $@

$(VENV)/.tools: $(VENV)/.installed requirements/test.txt
	@echo "Installing what the tests need into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/test.txt || { \
	  echo "pip could not install the test tools; is a package index in reach? (PIP_INDEX_URL names another)"; exit 1; }
	@touch $@
