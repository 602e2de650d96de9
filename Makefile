# Two commands do everything: `make serve` and `make test`. Both make what is missing and no more.
PYTHON ?= python3
BIN := .venv/bin
MODEL := $(or $(PASSERELLE_DATA),var)/.model-ready
BARE := var/bare-path
TOOLS := .venv/tools
PIP := $(BIN)/python -m pip install --disable-pip-version-check --require-hashes --no-deps

# `$(call install,LOCK)`: install the pinned packages of a lock, saying in one line how far it is; errors at the end.
install = @echo "Installing $(1) into .venv (the first time: some minutes and 2 GB)"; \
	{ $(PIP) --requirement $(1) 2>.venv/.pip; echo "exit $$?"; } | { \
	count=0; while read -r word rest; do \
		case $$word in Collecting|Requirement) count=$$((count + 1)); line="$$count packages found";; \
			Installing) line="$$count packages found, unpacking the new ones";; \
			exit) test ! -t 1 || echo; test "$$rest" = 0 || cat .venv/.pip >&2; exit "$$rest";; \
			*) continue;; esac; \
		test ! -t 1 || printf '\r%s' "$$line"; \
	done; }

# Tests start hundreds of processes: without cached bytecode each would compile the project anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: serve test test-bare soak install s3 lint check ingest gate bench sbom lock clean

serve: ingest  ## search corpus/ on http://127.0.0.1:8000
	$(BIN)/python -m service

ingest: $(MODEL)
	$(BIN)/python -m ingest corpus/ || [ $$? -eq 1 ]  # 1: some files failed and are named; two scans do

# A process a core; the tests of one file stay together, for they share what they build.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

test: .venv/.test $(MODEL)  ## every test
	$(PYTEST)

# Without the Debian packages that .ci/run installs, these tests must pass or skip with their reason.
test-bare: .venv/.test $(MODEL)  ## the tests of loaders, exports and pages without Tesseract, LibreOffice, Chromium
	@rm -rf $(BARE) && mkdir -p $(BARE)
	@for folder in $$(echo "$$PATH" | tr : ' '); do ln -s "$$folder"/* $(BARE) 2>/dev/null || true; done
	@cd $(BARE) && rm -f tesseract soffice libreoffice chromium* pdf*
	PATH="$$PWD/$(BARE)" $(PYTEST) tests/service/exports tests/ingest/loaders \
		--ignore tests/ingest/loaders/test_attachments.py --ignore tests/ingest/loaders/test_fuzz.py \
		--ignore tests/ingest/loaders/test_hostile.py $$(grep -rl needs_chromium tests --include='test_*.py')

soak: .venv/.test $(MODEL)  ## the tests that take minutes: 2,000 damaged files and the like
	$(BIN)/python -m pytest -m soak

lint: .venv/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/mypy

check: lint test-bare test gate  ## what .ci/run runs

gate: .venv/.eval ingest  ## fail when retrieval got worse than the recorded baseline
	$(BIN)/python -m eval gate

install: .venv/.serve

s3: .venv/.s3  ## what original files in an S3-compatible store need

.venv/.serve: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) --quiet --requirement requirements-cpu.lock 2>.venv/.torch || true  # there is none on most registries
	$(call install,requirements.lock)
	@$(BIN)/python -c "import torch" 2>.venv/.torch || $(PIP) --requirement requirements-cuda.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.eval: requirements-eval.lock .venv/.serve
	$(call install,requirements-eval.lock)
	@touch $@

.venv/.s3: requirements-s3.lock .venv/.serve
	$(call install,requirements-s3.lock)
	@touch $@

.venv/.test: requirements-test.lock .venv/.eval .venv/.s3
	$(call install,requirements-test.lock)
	@touch $@

# The tools of `sbom` and `lock` have an environment of their own: what they need is no part of the service.
$(TOOLS)/.done: requirements-tools.lock .venv/.serve
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

sbom: $(TOOLS)/.done  ## what the service is made of, as CycloneDX: var/sbom.json
	@mkdir -p var
	$(TOOLS)/bin/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible \
		--output-file var/sbom.json

# Versions stay as they are, unless a line was changed by hand: this finds the hashes of all files of each version.
lock: $(TOOLS)/.done  ## the hashes of requirements*.lock anew
	@for lock in requirements.lock requirements-s3.lock requirements-eval.lock requirements-test.lock \
			requirements-tools.lock requirements-cuda.lock; do \
		grep -e '^#' -e '^--requirement' $$lock > $$lock.new; \
		grep -o '^[A-Za-z0-9._-]*==[^\\]*' $$lock | $(TOOLS)/bin/uv pip compile --quiet --no-deps --universal \
			--python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url - >> $$lock.new \
			&& mv $$lock.new $$lock || exit 1; \
	done

$(MODEL): .venv/.serve
	$(BIN)/python -m index prepare
	touch $@

clean:  ## remove everything that was made, the index too
	rm -rf .venv var build *.egg-info .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis
