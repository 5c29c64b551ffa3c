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
RUNS ?= 20

.DEFAULT_GOAL := help
.PHONY: help serve test lint types unit asgi format bench crosstalk sdk-suite test-clients clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

serve: $(VENV)/.installed ## Serve examples/config.yaml on port 3000 (CONFIG=…, PORT=…)
	@$(BIN)/openai-mock-api --config $(CONFIG) --port $(PORT)

test: lint types unit asgi ## Run lint, types and tests

lint: $(VENV)/.tools ## Check format and style
	$(BIN)/ruff format --check src tests bench conformance examples
	$(BIN)/ruff check src tests bench conformance examples

types: $(VENV)/.tools ## Check types, strictly
	$(BIN)/mypy

unit: $(VENV)/.tools ## Run the tests and measure their coverage
	$(BIN)/pytest -q -n 2 --cov --cov-report=term --cov-fail-under=95

asgi: $(VENV)/.tools ## Run the tests of servers once more, through the ASGI adapter
	$(BIN)/pytest -q -n 2 --adapter replayed tests/server tests/docs tests/node tests/upstream tests/test_*.py

format: $(VENV)/.tools ## Format the code
	$(BIN)/ruff format src tests bench conformance examples
	$(BIN)/ruff check --fix src tests bench conformance examples

bench: $(VENV)/.tools ## Run the benchmarks (PARTS=…)
	@$(BIN)/python -m bench $(PARTS)

crosstalk: $(VENV)/.tools ## Run 200 tests beside each other again and again (RUNS=20)
	@$(BIN)/python -m tests.plugin.crosstalk $(RUNS)

sdk-suite: $(VENV)/.tools ## Run the test suite of OpenAI's Python SDK against the mock (PARTS="beta/responses chat completions conversations embeddings models moderations responses")
	@$(BIN)/python -m conformance.sdk_suite $(PARTS)

test-clients: $(VENV)/.tools ## Run LangChain, pydantic-ai and LiteLLM against the mock
	@$(BIN)/python -m conformance.clients

clean: ## Remove the virtual environments and what tools left
	rm -rf $(VENV) .scratch/sdk-suite .scratch/clients .mypy_cache .pytest_cache .ruff_cache .coverage .hypothesis

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
