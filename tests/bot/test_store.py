"""The database keeps its word: moments are aware, foreign keys hold, nobody's write is lost, migrations run once."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlmodel import Session, SQLModel, col, select

from bot.house import House
from bot.models import Handled, Network, Workspace
from bot.store import StrangeSchemaError, connect, migrate, run, safe_with_wal, transaction

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_models_and_migrations_agree(engine: Engine) -> None:
    """What the migrations build is what the models say."""
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)
    assert [] == differences


def test_partial_indexes_agree(engine: Engine) -> None:
    """Indexes over part of a table cover the part that the models say."""
    dialect = engine.dialect.name
    expected = {
        str(index.name): str(where)
        for table in SQLModel.metadata.tables.values()
        for index in table.indexes
        if (where := index.dialect_options[dialect]["where"]) is not None
    }
    found: dict[str, str] = {}
    for table in SQLModel.metadata.tables:
        for index in inspect(engine).get_indexes(table):
            where = index["dialect_options"].get(f"{dialect}_where")
            if where is not None:
                found[str(index["name"])] = str(where)
    assert set(expected) == set(found)
    if dialect == "sqlite":  # PostgreSQL says the same in other words
        assert expected == found


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    """A database that is up to date is left as it is."""
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO network (name, created_at) VALUES ('kept', '2026-11-23 12:00:00')"))
    migrate(engine)
    with engine.connect() as connection:
        assert ["kept"] == list(connection.execute(text("SELECT name FROM network")).scalars())


def test_a_newer_schema_is_refused(engine: Engine) -> None:
    """An old program leaves a database alone that a newer one has migrated, and says what to do."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StrangeSchemaError, match="9999, which this version of speedmentor does not know"):
        migrate(engine)


def test_many_start_at_once_and_one_migrates(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Processes that start together on an empty SQLite file end with one set of tables."""
    del request
    url = f"sqlite:///{tmp_path / 'new.db'}"
    _migrate_together([url] * 4)


def test_many_start_at_once_and_one_migrates_postgres(engine: Engine) -> None:
    """Processes that start together on an emptied database end with one set of tables."""
    if engine.dialect.name == "sqlite":
        SQLModel.metadata.drop_all(engine)
    else:
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    _migrate_together([engine.url.render_as_string(hide_password=False)] * 4)
    assert set(SQLModel.metadata.tables) < set(inspect(engine).get_table_names())


def _migrate_together(urls: list[str]) -> None:
    problems: list[BaseException] = []
    together = threading.Barrier(len(urls))

    def start(url: str) -> None:
        engine = connect(url)
        try:
            together.wait()
            migrate(engine)
        except BaseException as problem:  # noqa: BLE001 - told to the test below
            problems.append(problem)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=start, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == problems
