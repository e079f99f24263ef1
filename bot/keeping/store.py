"""The database: connecting to it, one transaction at a time, and bringing its tables up to date.

SQLite for one machine, PostgreSQL for many; the same code on both. Migrations are made with
`python -m bot.front.drafting "what changed"`.
"""

import random
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import resources
from itertools import count
from typing import Any, Protocol, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, literal, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session as SqlSession
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session, SQLModel

from bot.keeping import alone, migrations
from bot.keeping.seal import Seal

T = TypeVar("T")


class House(Protocol):
    """What travels with every database handle (`Session.info`): as far as this room knows, the keys."""

    @property
    def seal(self) -> Seal:
        """What closes and opens sealed columns."""
        ...


ATTEMPTS = 6
PAUSE = 0.02  # seconds before the second attempt, doubling from there
BUSY_TIMEOUT = 15_000  # milliseconds that SQLite waits for a lock
MIGRATION_LOCK = 0x73706D  # any number, as long as it is always the same one
AGAIN = frozenset({"40001", "40P01", "23505"})  # PostgreSQL: serialization failure, deadlock, somebody was faster


class OthersRunError(Exception):
    """Other processes use the database, and an upgrade would take away the tables that they know."""


class StrangeSchemaError(Exception):
    """The database is at a schema revision that this version of the program does not know."""


def connect(url: str) -> Engine:
    """Return an engine for `sqlite:///path` or `postgresql://…`; nothing is opened yet."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        engine = create_engine(address, connect_args={"timeout": BUSY_TIMEOUT / 1000, "cached_statements": 512})
        event.listen(engine, "connect", _open_sqlite)
        writers = _Writers()
        event.listen(engine, "begin", writers.begin)
        event.listen(engine, "checkin", writers.done)
        return engine
    return create_engine(
        address.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=8,
        connect_args={
            "application_name": "speedmentor",
            "options": "-c timezone=UTC -c idle_in_transaction_session_timeout=60000",
            "connect_timeout": 10,  # seconds, as the next ones; a server that is cut off is not waited for
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 15_000,  # milliseconds
        },
    )


@contextmanager
def transaction(engine: Engine, house: House, *, read_only: bool = False) -> Iterator[Session]:
    """Lend a database handle for one transaction: committed at the end, rolled back on an error.

    On SQLite it holds the write lock from its first statement on, unless it is `read_only`. Rows stay readable
    afterwards.
    """
    bind = engine.execution_options(read_only=True, postgresql_readonly=True) if read_only else engine
    with Session(bind, expire_on_commit=False, info={"house": house, "rows": []}) as db, db.begin():
        event.listen(db, "loaded_as_persistent", _keep_row)
        yield db


def _keep_row(db: SqlSession, row: object) -> None:
    """Hold on to every row that was read, for the transaction: a second `get` of it costs no query."""
    db.info["rows"].append(row)


def run(engine: Engine, house: House, work: Callable[[Session], T]) -> T:
    """Return what `work` returns, done in a transaction of its own and committed.

    Where the database says that somebody else was in the way, or goes away, all of `work` is done again in a fresh
    transaction, a few times. A connection that breaks during the commit leaves open whether it took place, so `work`
    must be something that does no harm a second time, as handling an event or claiming a row does.
    """

    def once() -> T:
        with transaction(engine, house) as db:
            return work(db)

    return _patiently(once)


def write(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Do as `run`, with a bare connection: for statements that need no tables' classes."""

    def once() -> T:
        with engine.begin() as connection:
            return work(connection)

    return _patiently(once)


def _patiently(once: Callable[[], T]) -> T:
    for attempt in count(1):
        try:
            return once()
        except DBAPIError as error:
            if attempt == ATTEMPTS or not _worth_another_try(error):
                raise
        time.sleep(random.uniform(0.5, 1) * PAUSE * 2**attempt)  # noqa: S311 - a pause is no secret
    raise AssertionError  # pragma: no cover - the loop returns or raises


def seal_of(db: Session) -> Seal:
    """Return what closes and opens sealed columns."""
    seal: Seal = db.info["house"].seal
    return seal


def insert_once(table: type[SQLModel], values: Mapping[str, Any], db: Session) -> bool:
    """Insert a row unless one with the same unique key is there. Return whether it was inserted."""
    statement = _insert(table, db.get_bind().dialect.name)
    return db.connection().execute(statement, dict(values)).first() is not None


@cache
def _insert(table: type[SQLModel], dialect: str) -> Any:
    insert: Any = (postgresql if dialect == "postgresql" else sqlite).insert(table).on_conflict_do_nothing()
    return insert.returning(literal(1))


def migrate(
    engine: Engine,
    then: Callable[[Connection], object] | None = None,
    *,
    seal: Seal | None = None,
    config: Config | None = None,
) -> None:
    """Bring the tables up to date, once however many processes start at the same time.

    A database whose revision this program does not know is left alone: StrangeSchemaError. So is one that another
    process uses, if a revision on the way has `stops_all`: OthersRunError. `then` is done in the same transaction, by
    one process after the other; if it fails, the tables are as they were. A revision that needs the key finds it in
    its configuration, as `seal`.
    """
    config = config or migration_config()
    scripts = ScriptDirectory.from_config(config)
    with engine.connect() as connection, _foreign_keys_off(connection), connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        found = MigrationContext.configure(connection).get_current_heads()
        known = {script.revision for script in scripts.walk_revisions()}
        if unknown := set(found) - known:
            raise StrangeSchemaError(
                f"The database has schema revision {', '.join(sorted(unknown))}, which this version of speedmentor "
                "does not know: a newer version has used it. Start that version, or restore a backup from before."
            )
        if set(found) != set(scripts.get_heads()):
            if found and any(getattr(script.module, "stops_all", False) for script in _ahead(scripts, found)):
                _nobody_else(connection)
            config.attributes["connection"], config.attributes["seal"] = connection, seal
            command.upgrade(config, "head")
        if then is not None:
            then(connection)


def _ahead(scripts: ScriptDirectory, found: tuple[str, ...]) -> list[Script]:
    return list(scripts.iterate_revisions("heads", found))


def _nobody_else(connection: Connection) -> None:
    """Refuse to go on while another process uses the database. Those that wait to start, as this one, do not count."""
    running = 0
    if connection.dialect.name == "postgresql":
        running = connection.execute(_OTHERS).scalar_one()
    elif (file := alone.database_file(connection.engine.url.render_as_string(hide_password=False))) is not None:
        running = int(alone.runs_elsewhere(file))
    if running:
        raise OthersRunError(
            "This version changes tables that running bots use, and a bot is running on this database. Stop every "
            "process of speedmentor that uses it, then start this one. From then on they can be replaced one by one."
        )


_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND application_name = 'speedmentor' AND wait_event IS DISTINCT FROM 'advisory'"
)


def migration_config() -> Config:
    """Return Alembic's configuration, which needs no file."""
    config = Config()
    config.set_main_option("script_location", str(resources.files(migrations)).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def safe_with_wal(version: tuple[int, ...]) -> bool:
    """Whether this version of SQLite is free of the race that can corrupt a database in WAL mode.

    The race came with WAL itself (3.7.0) and was mended in 3.51.3, 3.50.7 and 3.44.6.
    """
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def _open_sqlite(raw: sqlite3.Connection, record: object) -> None:
    del record
    raw.isolation_level = None  # transactions are ours: see _begin_sqlite
    journal = "WAL" if safe_with_wal(sqlite3.sqlite_version_info) else "TRUNCATE"
    safe = ("secure_delete=ON", f"journal_mode={journal}", "synchronous=FULL", "foreign_keys=ON")
    for pragma in (*safe, f"busy_timeout={BUSY_TIMEOUT}"):
        raw.execute(f"PRAGMA {pragma}").close()


class _Writers:
    """Lets the threads of this process write to a SQLite file one after the other, first come, first served.

    SQLite itself lets whoever waits sleep for a while and try again: others who come later may be faster, again and
    again. What other processes do, it still sorts out by itself.
    """

    def __init__(self) -> None:
        self._waiting: deque[threading.Event] = deque()
        self._guard = threading.Lock()

    def begin(self, connection: Connection) -> None:
        """Begin a transaction, once it is this thread's turn if it may write."""
        if connection.get_execution_options().get("read_only"):
            connection.exec_driver_sql("BEGIN")
            return
        if "turn" not in connection.info:  # else it has the turn still: a second transaction before it is given back
            connection.info["turn"] = turn = threading.Event()
            self._queue(turn)
            turn.wait(BUSY_TIMEOUT / 1000)
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def _queue(self, turn: threading.Event) -> None:
        with self._guard:
            self._waiting.append(turn)
            if self._waiting[0] is turn:
                turn.set()

    def done(self, raw: object, record: ConnectionPoolEntry) -> None:
        """Let the next one begin: a connection has come back, whatever became of its transaction."""
        del raw
        turn = record.info.pop("turn", None)
        if turn is not None:
            with self._guard:
                self._waiting.remove(turn)
                if self._waiting:
                    self._waiting[0].set()


@contextmanager
def _foreign_keys_off(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by building it anew, and would take the rows that point to it along."""
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    raw.execute("PRAGMA foreign_keys=OFF").close()
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON").close()


def _worth_another_try(error: DBAPIError) -> bool:
    if error.connection_invalidated or getattr(error.orig, "sqlstate", None) in AGAIN:
        return True
    name = getattr(error.orig, "sqlite_errorname", "")
    return name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"))
