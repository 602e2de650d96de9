# Two commands do everything: `make serve` and `make test`. Both make what is missing and no more.
PYTHON ?= python3
BIN := .venv/bin
MODEL := $(or $(PASSERELLE_DATA),var)/.model-ready

.PHONY: serve test soak install lint check ingest gate bench clean

serve: ingest  ## search corpus/ on http://127.0.0.1:8000
	$(BIN)/python -m service

ingest: $(MODEL)
	$(BIN)/python -m ingest corpus/ || [ $$? -eq 1 ]  # 1: some files failed and are named; two scans do

test: .venv/.test $(MODEL)  ## every test
	$(BIN)/python -m pytest

soak: .venv/.test $(MODEL)  ## the tests that take minutes: 2,000 damaged files and the like
	$(BIN)/python -m pytest -m soak

lint: .venv/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint test gate  ## what .ci/run runs

gate: .venv/.test ingest  ## fail when retrieval got worse than the recorded baseline
	$(BIN)/python -m eval gate

install: .venv/.serve

.venv/.serve: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

.venv/.test: requirements-test.lock .venv/.serve
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-test.lock
	touch $@

$(MODEL): .venv/.serve
	$(BIN)/python -m index prepare
	touch $@

clean:  ## remove everything that was made, the index too
	rm -rf .venv var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
