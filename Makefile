# One line calls one tool. `make run` and `make test` set everything up on a fresh machine.
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
BIN := .venv/bin
DATA := $(or $(ESCALE_DATA_DIR),var)
export PYTHONDONTWRITEBYTECODE ?= 1

.PHONY: run test lint format unit http browser migration migrate demo vendor bench soak shots docs clean

.venv/run: requirements/run.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/test: .venv/run requirements/test.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.lock
	touch $@

run: .venv/run
	$(BIN)/escale init
	test -e $(DATA)/.demo || { $(BIN)/escale demo --if-empty && touch $(DATA)/.demo; }
	$(BIN)/escale serve --host $(HOST) --port $(PORT)

test: .venv/test lint
	$(BIN)/python tools/find_browser.py
	$(BIN)/pytest

lint: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/python tools/check_project.py

format: .venv/test
	$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

unit: .venv/test
	$(BIN)/pytest tests/unit tests/property

http: .venv/test
	$(BIN)/pytest tests/http tests/migration

browser: .venv/test
	$(BIN)/pytest tests/browser

migration: .venv/test
	$(BIN)/python tools/new_migration.py "$(m)"

migrate: .venv/run
	$(BIN)/escale init

demo: .venv/run
	$(BIN)/escale demo

vendor:
	$(PYTHON) tools/vendor.py

bench: .venv/test
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

soak:
	@echo "Pas encore de longs essais au hasard dans cette version." >&2; exit 3

shots: .venv/test
	$(BIN)/python tools/screenshots.py

clean:
	rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .hypothesis
