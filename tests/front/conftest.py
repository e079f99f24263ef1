"""The chat of the scenarios and how far it can have come, for the tests of the front door."""

from tests.scenarios.conftest import (
    booked,
    chat,
    going_on,
    house,
    kept,
    matched,
    met,
    opened,
    postgres_stage,
    pytest_configure,
    pytest_generate_tests,
    scenes,
    sqlite_stage,
    stage,
)

__all__ = [
    "booked",
    "chat",
    "going_on",
    "house",
    "kept",
    "matched",
    "met",
    "opened",
    "postgres_stage",
    "pytest_configure",
    "pytest_generate_tests",
    "scenes",
    "sqlite_stage",
    "stage",
]
