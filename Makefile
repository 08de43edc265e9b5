# Hamyar. `make` or `make help` tells what there is; every target sets up by itself what it needs.
.DEFAULT_GOAL := help
.PHONY: help run test chat train bench faults lint format requirements clean

# What is compiled once is kept, also where the environment forbids it (many images of Docker do): `make test` starts
# some eighty processes.
unexport PYTHONDONTWRITEBYTECODE

SETUP  := python3 scripts/bootstrap.py
HAMYAR := .venv/bin/hamyar
TESTS  ?= tests
OUTAGE ?= 600

help: ## What there is
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Start everything (SQLite, the simulated city); the first time sets up and trains. Ends with one address
	@$(SETUP) app rasa assets
	@exec $(HAMYAR) run

chat: ## Talk to Hamyar in this terminal
	@$(SETUP) app rasa
	@exec $(HAMYAR) chat

train: ## Train the understanding anew
	@$(SETUP) app rasa
	@exec $(HAMYAR) train

test: ## Run every test (TESTS=tests/app for a part); sets up what they need
	@$(SETUP) dev rasa assets browser
	@$(HAMYAR) train --if-needed
	.venv/bin/python -m pytest $(TESTS) --ignore tests/faults -n auto --dist loadgroup -q

lint: ## Style, types, who imports whom, and the rules of the house
	@$(SETUP) dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache
	.venv/bin/python scripts/check_tree.py

format: ## Put the code into the common format
	@$(SETUP) dev
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: ## Whole turns per second next to stock Rasa on the same data; understanding by register; speed
	@$(SETUP) dev rasa
	@.venv/bin/python -m bench turns
	@.venv/bin/python -m bench understanding
	@.venv/bin/python -m bench parsing
	@.venv/bin/python -m bench configurations --sentences 30

faults: ## Kill and break parts under load; nothing may be lost or done twice. OUTAGE=60: a shorter one than 600 s
	@$(SETUP) dev rasa assets
	@$(HAMYAR) train --if-needed
	.venv/bin/python -m pytest tests/faults -q -s
	.venv/bin/python -m bench deliveries --outage $(OUTAGE)

requirements: ## Pin the packages anew from requirements/*.in
	@$(SETUP) dev
	.venv/bin/python scripts/pin.py

clean: ## Remove what can be made again (not var/, where the database lies)
	rm -rf .venv .venv-rasa models web/static/vendor .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
