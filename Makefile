# Two commands matter: `make demo` and `make test`. Both set up .venv by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9

.PHONY: demo test quick long setup lock bench clean

demo: setup
	@$(BIN)/python app.py demo $(ARGS)

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest $(ARGS)

# What takes minutes whole, one after the other, up to the first that fails; `make test` runs the same, small.
long: setup
	@echo "== A year of three bots on PostgreSQL that are killed and cut off"
	$(BIN)/python -m tests.faults.replicas --people 60 --weeks 52
	@echo "== A year of one bot on SQLite that is killed"
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
		$(BIN)/python -m tests.faults.replicas --people 60 --weeks 52 --database "sqlite:///$$folder/one-bot.db"
	@echo "== A year of a pair, in any order, many times"
	$(BIN)/python -m tests.scheduling.pair_years
	@echo "== A whole programme with 425 mentors and 550 mentees"
	$(BIN)/python app.py simulate --mentors 425 --mentees 550 --weeks 60

# The tests that need no PostgreSQL and no browser, less the longest: to see whether another version of Python will do.
# Another version wants a folder of its own: make quick PYTHON=python3.13 VENV=.venv-3.13
quick: setup
	$(BIN)/pytest tests/bot tests/front tests/scenarios tests/scheduling/test_due.py tests/scheduling/test_outbox.py \
		tests/scheduling/test_watch.py -k "not postgres" $(ARGS)

# How fast it is, and how that grows: minutes, not seconds. The latest figures are in bench/README.md.
bench: setup
	$(BIN)/python -m bench.matching
	$(BIN)/python -m bench.delivery --quick
	$(BIN)/python -m bench.slack
	$(BIN)/python -m bench.presses
	$(BIN)/python -m bench.simulate $(ARGS)

setup: $(VENV)/.ready

$(VENV)/.ready: requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "speedmentor needs Python 3.11 or newer; try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements-dev.lock
	$(BIN)/python -m ensurepip --default-pip >/dev/null 2>&1 || true
	@touch $@

# Pin again what pyproject.toml asks for: requirements.lock to run it, requirements-dev.lock to work on it.
LOCK = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --quiet
lock:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(LOCK) --output-file requirements.lock $(ARGS)
	$(LOCK) --group dev --output-file requirements-dev.lock $(ARGS)

clean:
	rm -rf $(VENV) .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis
