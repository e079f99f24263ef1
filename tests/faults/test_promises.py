"""The published promises: each is kept by tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_promise_names_a_test_that_exists() -> None:
    """Each line of the tables in docs/promises.md names tests by file and name, and they exist."""
    lines = [line for line in _published().splitlines() if line.startswith("| ") and "::" in line]
    assert len(lines) > 20
    for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", _published()):
        assert re.search(rf"def {name}\(", (ROOT / path).read_text(encoding="utf-8")), f"{path}::{name}"


def test_no_promise_is_without_a_test() -> None:
    """Whatever the first table says has a test beside it."""
    table = _published().partition("## What is promised")[2].partition("## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert [row for row in rows if "::" not in row] == []


def _published() -> str:
    return (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
