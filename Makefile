# Thin calls, nothing clever. What they call works without make too: see README.md.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo "$$p" && break; done)
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
READY := .venv/ready

.PHONY: help lab run test refresh lock clean

help:
	@echo "make lab      open the series in JupyterLab"
	@echo "make run      run the whole series headless; pages, results.json and copies go to build/"
	@echo "make test     ruff, the unit tests, and every cell of every notebook"
	@echo "make refresh  run the series on MNIST and store the outputs in notebooks/ and README.md"
	@echo "make lock     compute requirements.lock anew from pyproject.toml"
	@echo "make clean    remove .venv and build/"
	@echo
	@echo "The first call creates .venv from requirements.lock. Pick another Python 3.11 to 3.13 with PYTHON=..."

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 found. Install one, or name it: make lab PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

lab: $(READY)
	$(BIN)/jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks/00_data.ipynb

run: $(READY)
	$(BIN)/python -m mnist_lib run --out build

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/python -m pytest

refresh: $(READY)
	$(BIN)/python -m mnist_lib refresh

lock: $(READY)
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --extra test --extra export \
		--no-emit-index-url --no-emit-find-links --no-header pyproject.toml --output-file requirements.lock

clean:
	rm -rf .venv build
