"""The chat of the scenarios and how far it can have come, for the tests of the front door."""

from tests.scenarios.conftest import (
    booked,
    chat,
    database_url,
    going_on,
    house,
    matched,
    met,
    opened,
    pytest_configure,
    pytest_generate_tests,
    scenes,
    sqlite_engine,
)

__all__ = [
    "booked",
    "chat",
    "database_url",
    "going_on",
    "house",
    "matched",
    "met",
    "opened",
    "pytest_configure",
    "pytest_generate_tests",
    "scenes",
    "sqlite_engine",
]
