# Tandem's commands. `make` alone lists them.
PYTHON ?= python3
RECORDS ?= 1000
SEED ?= 7
BIN := .venv/bin
SOLUTION := deploy/sales-solution
MODULES := $(SOLUTION)/node_modules/.installed
.DEFAULT_GOAL := help
.PHONY: help setup setup-tests demo demo-rabbitmq order-form test check lint types bench solution soak compose-test asyncapi format lock clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.runtime: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Tandem needs Python 3.11 or newer; name one with PYTHON=python3.11"; exit 1; }
	@[ -x $(BIN)/python ] && [ -x $(BIN)/pip ] || $(PYTHON) -m venv .venv || { rm -rf .venv; tests/install-debian-packages python3-venv && $(PYTHON) -m venv .venv; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/.tests: .venv/.runtime requirements-dev.txt requirements-al.txt requirements-mongodb-standin.txt $(MODULES)
	@tests/install-debian-packages rabbitmq-server chromium fonts-open-sans
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --ignore-requires-python -r requirements-al.txt
	@[ -x .venv-mongodb-standin/bin/pip ] || $(PYTHON) -m venv .venv-mongodb-standin
	.venv-mongodb-standin/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-mongodb-standin.txt
	@touch $@

$(MODULES): $(SOLUTION)/package.json $(SOLUTION)/package-lock.json
	@command -v npm >/dev/null || tests/install-debian-packages npm
	cd $(SOLUTION) && npm ci --silent --no-audit --no-fund
	@touch $@

setup: .venv/.runtime ## make .venv with what Tandem needs to run

setup-tests: .venv/.tests ## add what the tests need (RabbitMQ, linters, the MongoDB stand-in)

demo: setup ## run the whole system in one process against a make-believe company (RECORDS=1000 SEED=7)
	$(BIN)/python -m services demo --records $(RECORDS) --seed $(SEED)

demo-rabbitmq: setup-tests ## the same demo with a process per service, RabbitMQ and the networked store
	$(BIN)/python -m services demo --records $(RECORDS) --seed $(SEED) --rabbitmq

order-form: setup ## the whole system, synchronized, with the order form to try in a browser, until Ctrl-C
	$(BIN)/python -m services --synchronized --records $(RECORDS) --seed $(SEED)

test: setup-tests ## run the tests (under ten minutes on two cores)
	$(BIN)/python -m pytest -n 2 --dist loadgroup tests --ignore=tests/soak

check: setup-tests lint types test ## everything that CI runs

lint: setup-tests ## format, lint and dependency rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: setup-tests ## static types, strictly
	$(BIN)/mypy
	MYPYPATH=$(SOLUTION) $(BIN)/mypy $(SOLUTION)/build.py

bench: setup-tests ## measure speed and memory (JSON=FILE also writes the figures)
	$(BIN)/python -m tests.benchmarks $(if $(JSON),--json $(JSON))

solution: setup $(MODULES) ## build the managed solutions for Sales (dist/Tandem…_managed.zip)
	$(BIN)/python $(SOLUTION)/build.py

soak: setup-tests ## hundreds of seeded kills and faults over real processes (KILLS=200)
	$(BIN)/python -m pytest tests/soak -p no:xdist --timeout 0 -s

compose-test: setup-tests ## bring the containers up on the reachable Docker engine, break them, check the figures
	$(BIN)/python -m tests.compose

asyncapi: setup ## write the AsyncAPI documents from the message catalogue
	$(BIN)/python -m libs.contracts.asyncapi

format: setup-tests ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: setup-tests ## lock the dependencies anew, with hashes and without index addresses
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet uv
	for name in requirements requirements-dev requirements-mongodb-standin; do \
	  $(BIN)/python -m uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $$name.in -o $$name.txt || exit 1; done
	$(BIN)/python -m uv pip compile --quiet --upgrade --python-version 3.12 --generate-hashes --no-emit-index-url --no-header requirements-al.in -o requirements-al.txt

clean: ## remove what was made
	rm -rf .venv .venv-mongodb-standin $(SOLUTION)/node_modules dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache out data
