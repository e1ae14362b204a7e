# Needs only Python >= 3.10 (with venv), gcc and make. Everything is installed into $(VENV); a second call finds it there.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
EXTRAS ?= dev
DEMO_OUTPUT ?= demo-output
DEMO ?=
TEST_PROCESSES ?= 2

# Every process that the tests start would compile the whole package again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test lint format stubs docs bench gpu-check clean

help:
	@echo "make demo    images become training batches; writes the picture of a batch and of the graph to $(DEMO_OUTPUT)/"
	@echo "make test    the test suite (EXTRAS=dev,frameworks: with the tests of the framework plugins), by"
	@echo "             TEST_PROCESSES=2 processes; PYTEST_ARGS='-n 0 tests/engine' are further arguments of pytest"
	@echo "make lint    ruff (format and lint) and mypy --strict"
	@echo "make stubs   type stubs and operator pages, generated anew from the operators' schemas"
	@echo "make docs    the same and the pictures of the pages, then the tests of the documentation"
	@echo "make bench   where the time of the training pipeline goes"
	@echo "make gpu-check  on a machine with an NVIDIA GPU: the GPU tests and figures of docs/gpu-results.md"
	@echo "make clean   remove the virtual environment and what the demo wrote"
	@echo
	@echo "PYTHON=python3.12 chooses the interpreter, VENV=folder the environment, DEMO='FOLDER --epochs 3' the demo's arguments."

$(VENV)/.stamp-venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "adali needs Python 3.10 or newer, and $(PYTHON) is older: make PYTHON=python3.12 ..."; exit 1; }
	@echo "making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.stamp-run: $(VENV)/.stamp-venv pyproject.toml
	@echo "installing adali into $(VENV) (a minute or two, the first time only)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.stamp-dev: $(VENV)/.stamp-venv pyproject.toml
	@echo "installing adali and its development tools into $(VENV) (a minute or two, the first time only)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$(EXTRAS)]'
	@touch $@ $(VENV)/.stamp-run

demo: $(VENV)/.stamp-run
	@$(BIN)/adali demo --output $(DEMO_OUTPUT) $(DEMO)

bench: $(VENV)/.stamp-run
	@$(BIN)/adali bench

test: $(VENV)/.stamp-dev
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist worksteal $(PYTEST_ARGS)

lint: $(VENV)/.stamp-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict adali

format: $(VENV)/.stamp-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

stubs: $(VENV)/.stamp-run
	$(BIN)/python -m adali.graph.stubs
	$(BIN)/python -m adali.graph.docs

docs: $(VENV)/.stamp-dev stubs
	$(BIN)/python -m adali.graph.docs --pictures
	$(BIN)/python -m pytest tests/test_docs.py tests/test_examples.py

gpu-check: $(VENV)/.stamp-dev
	$(BIN)/python examples/benchmarks/gpu.py

clean:
	rm -rf $(VENV) $(DEMO_OUTPUT)
