# Thin calls, nothing clever. What they call works without make too: see README.md.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo "$$p" && break; done)
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
# READY holds what the notebooks and the runner need; TESTS has the tools of the tests beside it.
ifeq ($(GPU),1)
READY := $(VENV)/ready-for-gpu
else
READY := $(VENV)/ready
endif
TESTS := $(VENV)/ready-to-test
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
QUICK := -m "not slow and not browser and not notebook"

.PHONY: help lab run test test-quick test-all try first-notebooks refresh lock clean

help:
	@echo "make lab         open the series in JupyterLab"
	@echo "make run         run the whole series headless; pages, results.json and copies go to build/"
	@echo "make test        ruff, the rules of import, the unit tests, and every cell of every notebook"
	@echo "make test-quick  the same without notebooks, browser and slow tests"
	@echo "make test-all    the same as test, with every run on MNIST; what .ci/run calls"
	@echo "make try         test-quick and notebooks 00 to 04 on the sample, in a fresh environment that is removed again"
	@echo "make refresh     run the series on MNIST and store the outputs in notebooks/ and README.md"
	@echo "make lock        compute the three .lock files anew from pyproject.toml"
	@echo "make clean       remove .venv and build/"
	@echo
	@echo "The first call creates .venv from requirements.lock, the first test adds requirements-test.lock."
	@echo "Pick another Python 3.11 to 3.13 with PYTHON=... Linux with an NVIDIA card: make lab GPU=1"

$(VENV)/ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 found. Install one, or name it: make lab PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# Both builds of TensorFlow fill the same folder, so the one must go before the other comes.
$(VENV)/ready-for-gpu: $(VENV)/ready requirements-gpu.lock
	$(PIP) uninstall --yes tensorflow-cpu
	$(PIP) install --require-hashes --no-deps -r requirements-gpu.lock
	@touch $@

$(TESTS): $(READY) requirements-test.lock
	$(PIP) install --require-hashes --no-deps -r requirements-test.lock
	@touch $@

lab: $(READY)
	$(BIN)/jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks/00_data.ipynb

run: $(READY)
	$(BIN)/python -m mnist_lib run --out build

test: $(TESTS)
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

test-quick: $(TESTS)
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/python -m pytest $(QUICK)

test-all:
	MNIST_LIB_ALL=1 $(MAKE) test

# Removed first too: what an interrupted trial left is not fresh.
try:
	rm -rf build/try
	$(MAKE) VENV=build/try test-quick first-notebooks
	rm -rf build/try

first-notebooks: $(READY)
	$(BIN)/python -m mnist_lib run 00 01 02 03 04 --source sample --out $(VENV)/run

refresh: $(READY)
	$(BIN)/python -m mnist_lib refresh

# The second and third lock leave out what requirements.lock has, and fit to it: they are installed beside it, without
# dependencies. TensorFlow stands in the third all the same, since requirements.lock has it for other systems only.
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --no-header pyproject.toml --extra export
BESIDE := --no-annotate --constraint requirements.lock
KNOWN := sed -n 's/==.*//; s/^[a-z]/--no-emit-package &/p' requirements.lock
lock: $(TESTS)
	$(LOCK) --output-file requirements.lock
	$(LOCK) --extra test $(BESIDE) $$($(KNOWN)) --output-file requirements-test.lock
	$(LOCK) --extra gpu $(BESIDE) $$($(KNOWN) | grep -v ' tensorflow$$') --output-file requirements-gpu.lock

clean:
	rm -rf .venv build
