# Two commands matter: `make demo` and `make test`. Both set up .venv by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9

.PHONY: demo test setup lock bench clean

demo: setup
	@$(BIN)/python app.py demo $(ARGS)

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest $(ARGS)

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
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
