# `make help` lists what there is. Everything installs what it needs into .venv.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
PORTAL_HOME ?= .portal
BY_NPM := @stripe/cli@1.52.0 lighthouse@13.5.0

.PHONY: help demo demo-reset test proof stripe-live check bench bench-peers translations lock

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: .venv/runtime ## Start the portal with a made-up practice on http://127.0.0.1:8000
	@exec $(BIN)/portal demo

demo-reset: ## Forget the demo's data; the next `make demo` starts afresh
	@$(BIN)/portal demo --reset-only

test: .venv/development ## Run every test, the browser journeys too
	@sh tests/install-by-npm.sh .venv/npm $(BY_NPM)
	@PORTAL_CHROMIUM="$$(sh tests/browser/find-chromium.sh)" && export PORTAL_CHROMIUM && \
		$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadgroup

proof: .venv/development ## Run the proofs in full size (or PROOFS=a-file); long, goes on where it stood
	@sh tests/install-by-npm.sh .venv/npm $(BY_NPM)
	@PORTAL_CHROMIUM="$$(sh tests/browser/find-chromium.sh)" && export PORTAL_CHROMIUM && \
		$(BIN)/python -m pytest --proof $(PROOFS)

stripe-live: .venv/development ## Try the contract at Stripe itself: STRIPE_SECRET_KEY=sk_test_…
	@PORTAL_STRIPE_LIVE=1 $(BIN)/python -m pytest tests/contracts/live -p no:cacheprovider

check: .venv/development ## Lint, types, layers, templates, migrations, secrets
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --quiet --lint templates portal/demo
	$(BIN)/python -m tests.forbidden
	$(BIN)/python -m tests.migrations.check

translations: .venv/development ## Bring new texts into the catalogues, to be written in Spanish
	@$(BIN)/python -c 'from portal.web.i18n import update_translations; update_translations()'

bench: .venv/development ## Measure; each prints JSON with its floor from the same run; takes long
	@for name in read_remittance peers post_remittance growth webhooks paying plans pages papers; do \
		$(BIN)/python -m bench.$$name || exit 1; done

bench-peers: .venv-bench/installed ## Install the readers that `make bench` compares with, into .venv-bench

lock: .venv/development ## Pin requirements/*.in anew, with hashes
	@for name in runtime development bench; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-header --no-annotate requirements/$$name.in -o requirements/$$name.txt; done

.venv/runtime: requirements/runtime.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Installing what the portal runs on into .venv …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) -r requirements/runtime.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/development: .venv/runtime requirements/development.txt requirements/openapi.txt
	@echo "Installing what checks and tests need into .venv …"
	@$(PIP) -r requirements/development.txt
	@$(PIP) --no-deps -r requirements/openapi.txt
	@touch $@

.venv-bench/installed: requirements/bench.txt
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
