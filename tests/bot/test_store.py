"""The database keeps its word: moments are aware, foreign keys hold, nobody's write is lost, migrations run once."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlmodel import Session, SQLModel, select

from bot.keeping.store import StrangeSchemaError, connect, migrate, run, safe_with_wal, transaction
from bot.keeping.tables import Handled
from bot.people.tables import Network, Workspace
from bot.programme.house import House

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_models_and_migrations_agree(engine: Engine) -> None:
    """What the migrations build is what the models say."""
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)
    assert differences == []


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
    assert set(found) == set(expected)
    if dialect == "sqlite":  # PostgreSQL says the same in other words
        assert found == expected


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    """A database that is up to date is left as it is."""
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO network (name, created_at) VALUES ('kept', '2026-11-23 12:00:00')"))
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT name FROM network")).scalars().all() == ["kept"]


def test_a_newer_schema_is_refused(engine: Engine) -> None:
    """An old program leaves a database alone that a newer one has migrated, and says what to do."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StrangeSchemaError, match="9999, which this version of speedmentor does not know"):
        migrate(engine)


def test_what_fails_after_migrating_undoes_it(engine: Engine) -> None:
    """Where what comes with the migration fails, there is no table that was not there before."""
    with engine.begin() as connection:
        SQLModel.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))

    def fail(connection: Connection) -> None:
        assert inspect(connection).has_table("secret")
        raise LookupError

    with pytest.raises(LookupError):
        migrate(engine, fail)
    assert inspect(engine).get_table_names() == []


def test_many_start_at_once_and_one_migrates(engine: Engine) -> None:
    """Processes that start together on an empty database end with one set of tables."""
    with engine.begin() as connection:
        SQLModel.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    url = engine.url.render_as_string(hide_password=False)

    def start() -> None:
        own = connect(url)
        migrate(own)
        own.dispose()

    _together(*[start] * 4)
    assert set(SQLModel.metadata.tables) < set(inspect(engine).get_table_names())


def _together(*works: Callable[[], object]) -> None:
    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(work) for work in works]:
            done.result()


def test_a_moment_without_a_zone_is_refused(engine: Engine, house: House) -> None:
    """A naive datetime cannot get into the database, and what comes out is aware and in UTC."""
    with pytest.raises(StatementError, match="without a time zone"), transaction(engine, house) as db:
        db.add(Handled(digest="naive", at=NOON.replace(tzinfo=None)))
    in_summer = datetime(2026, 7, 1, 13, 0, 0, 123456, tzinfo=ZoneInfo("Europe/London"))
    with transaction(engine, house) as db:
        db.add(Handled(digest="aware", at=in_summer))
    with transaction(engine, house) as db:
        (found,) = db.exec(select(Handled.at)).all()
    assert (found, found.tzinfo) == (in_summer, UTC)


def test_foreign_keys_hold(engine: Engine, house: House) -> None:
    """A row cannot point to one that is not there."""
    with pytest.raises(IntegrityError), transaction(engine, house) as db:
        db.add(Workspace(network_id=404, platform="web", tenant="home"))


def test_an_error_leaves_nothing_behind(engine: Engine, house: House) -> None:
    """A transaction that fails half way has not happened."""

    def work(db: Session) -> None:
        _added(db, "half")
        raise LookupError

    with pytest.raises(LookupError):
        run(engine, house, work)
    with transaction(engine, house) as db:
        assert db.exec(select(Network)).all() == []


def test_rows_can_be_read_after_the_commit(engine: Engine, house: House) -> None:
    """What a transaction returned is still readable when it is over."""
    network = run(engine, house, lambda db: _added(db, "ours"))
    assert network.name == "ours"


def test_a_reader_writes_nothing(engine: Engine, house: House) -> None:
    """A read-only transaction does not take the write lock that another holds."""
    with transaction(engine, house) as db:
        _added(db, "being written")
        with transaction(engine, house, read_only=True) as reader:
            assert reader.exec(select(Network)).all() == []


def test_nobodys_write_is_lost(engine: Engine, house: House) -> None:
    """Four threads that count together arrive at the right number, though each reads before it writes."""
    with transaction(engine, house) as db:
        _added(db, "0")

    def count_on(db: Session) -> None:
        network = db.exec(select(Network).with_for_update()).one()
        network.name = str(int(network.name) + 1)

    _together(*[lambda: [run(engine, house, count_on) for _ in range(20)]] * 4)
    with transaction(engine, house) as db:
        assert db.exec(select(Network.name)).one() == "80"


def test_losing_a_race_is_tried_again(engine: Engine, house: House) -> None:
    """Work that finds its row taken after all is done again from the start, and only the second try remains."""
    tries: list[str] = []

    def work(db: Session) -> str:
        tries.append(f"try {len(tries) + 1}")
        for digest in (tries[-1], "taken" if len(tries) == 1 else "free"):
            db.add(Handled(digest=digest, at=NOON))
        db.flush()
        return tries[-1]

    with transaction(engine, house) as db:
        db.add(Handled(digest="taken", at=NOON))
    assert run(engine, house, work) == "try 2"
    with transaction(engine, house) as db:
        assert set(db.exec(select(Handled.digest))) == {"taken", "try 2", "free"}


def test_other_errors_are_not_tried_again(engine: Engine, house: House) -> None:
    """What would fail again is not repeated."""
    tries: list[int] = []

    def work(db: Session) -> None:
        tries.append(1)
        db.connection().execute(text("SELECT * FROM nowhere"))

    with pytest.raises(DBAPIError):
        run(engine, house, work)
    assert len(tries) == 1


def test_sqlite_is_opened_safely(tmp_path: Path, house: House) -> None:
    """Every connection waits for locks, syncs fully and keeps a journal that this SQLite is safe with."""
    engine = connect(f"sqlite:///{tmp_path / 'safe.db'}")
    with transaction(engine, house, read_only=True) as db:
        found = [
            db.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert found == ["wal" if safe_with_wal(sqlite3.sqlite_version_info) else "truncate", 2, 1, 15_000]
    engine.dispose()


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
    ],
)
def test_wal_is_used_only_where_it_is_safe(version: tuple[int, ...], *, safe: bool) -> None:
    """The versions of SQLite with the race in WAL mode are known."""
    assert safe_with_wal(version) is safe


def _added(db: Session, name: str) -> Network:
    network = Network(name=name, created_at=NOON)
    db.add(network)
    db.flush()
    return network
