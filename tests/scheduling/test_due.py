"""Dates: each is noticed once, whatever fails beside it and however many look."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, col, select

from bot.chat.cards import Card, Send
from bot.chat.events import Due
from bot.front import routes
from bot.front.parts import PARTS, build
from bot.keeping.seal import Seal, new_key
from bot.keeping.store import connect, transaction
from bot.keeping.tables import Outbox, SetAside
from bot.people import persons
from bot.people.tables import Person, Round
from bot.programme.house import House
from bot.programme.part import Date
from scheduling.due import Done, dates_of, forget_moved, handle_due, handle_one, next_due
from tests.scheduling.platforms import MINUTE, NOON, add_person
from tests.scheduling.worker import handle_all, processes

DAY = timedelta(days=1)

Handler = Callable[[Due, Session, datetime], list[Send]]


def comes_back(event: Due, db: Session, now: datetime) -> list[Send]:
    """End somebody's pause, and say so."""
    del now
    person = db.get(Person, int(event.value))
    assert person is not None
    person.resume_due_at = None
    return [persons.send(person, Card("welcome back"))]


def fails(*_: object) -> list[Send]:
    """Fail, as a handler with a mistake does."""
    raise LookupError


@pytest.fixture
def on_due(monkeypatch: pytest.MonkeyPatch) -> Callable[[Handler], None]:
    """Return how to say what happens when somebody's pause is over."""
    return lambda handler: monkeypatch.setitem(routes.of(PARTS).due, "end_pause", Date(Person.resume_due_at, handler))


@pytest.fixture(autouse=True)
def _pauses_end(on_due: Callable[[Handler], None]) -> None:
    on_due(comes_back)


def fill(engine: Engine, house: House, *dates: datetime | None) -> list[int]:
    """Store a person for each date, and return their ids."""
    with transaction(engine, house) as db:
        return [add_person(db, f"person {number}", date).id for number, date in enumerate(dates)]


def asides(engine: Engine, house: House) -> list[tuple[int, int, str, datetime]]:
    """Return what is set aside: row, attempts, reason and until when."""
    with transaction(engine, house) as db:
        rows = db.exec(select(SetAside).order_by(col(SetAside.row_id)))
        return [(row.row_id, row.attempts, row.reason, row.until) for row in rows]


def test_every_date_has_an_action_and_a_handler() -> None:
    """The tables' dates, the table of dates and the table of routes name the same things."""
    columns = {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if column.name.endswith("_due_at")
    }
    assert {f"{date.class_.__tablename__}.{date.key}" for date in dates_of(PARTS).columns.values()} == columns
    assert len(dates_of(PARTS).columns) == len(columns)
    assert set(dates_of(PARTS).columns) == set(routes.of(PARTS).due)


def test_each_date_is_handled_once_the_earliest_first(engine: Engine, house: House) -> None:
    """Three dates that have come are handled in their order, one that has not is left."""
    second, first, _, later = fill(engine, house, NOON, NOON - DAY, None, NOON + MINUTE)
    done = [handle_one(engine, house, NOON) for _ in range(3)]
    assert [(each.row_id, each.action, each.failed) for each in done if each] == [
        (first, "end_pause", ""),
        (second, "end_pause", ""),
    ]
    with transaction(engine, house) as db:
        assert next_due(db) == NOON + MINUTE
    assert handle_due(engine, house, NOON + MINUTE) == 1
    assert handle_due(engine, house, NOON + MINUTE) == 0
    with transaction(engine, house) as db:
        assert next_due(db) is None
        assert set(db.exec(select(Outbox.person_id))) == {first, second, later}


def test_the_messages_are_named(engine: Engine, house: House) -> None:
    """Whoever handles a date learns which messages it led to, and they are stored."""
    (person,) = fill(engine, house, NOON)
    done = handle_one(engine, house, NOON)
    with transaction(engine, house) as db:
        stored = tuple(db.exec(select(Outbox.id)))
    assert done == Done("end_pause", person, messages=stored)
    assert len(stored) == 1


def test_dates_of_different_kinds_keep_their_order(
    engine: Engine, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The earliest date goes first, whatever it is about."""

    def opens(event: Due, db: Session, now: datetime) -> list[Send]:
        del now
        round_ = db.get(Round, int(event.value))
        assert round_ is not None
        round_.open_due_at = None
        return []

    monkeypatch.setitem(routes.of(PARTS).due, "open_round", Date(Round.open_due_at, opens))
    fill(engine, house, NOON - 2 * MINUTE, NOON)
    with transaction(engine, house) as db:
        db.add(Round(network_id=1, started_by=1, open_due_at=NOON - MINUTE))
    done = [handle_one(engine, house, NOON) for _ in range(3)]
    assert [each.action for each in done if each] == ["end_pause", "open_round", "end_pause"]


def test_an_overdue_date_is_handled_once(engine: Engine, house: House, on_due: Callable[[Handler], None]) -> None:
    """After a year of silence a weekly date comes once, not fifty times."""

    def every_week(event: Due, db: Session, now: datetime) -> list[Send]:
        person = db.get(Person, int(event.value))
        assert person is not None
        person.resume_due_at = now + 7 * DAY
        return []

    on_due(every_week)
    fill(engine, house, NOON - 365 * DAY)
    assert handle_due(engine, house, NOON) == 1


def test_a_handler_that_leaves_its_date_is_set_aside(
    engine: Engine, house: House, on_due: Callable[[Handler], None]
) -> None:
    """A date that does not move is not handled again and again, and nothing is said."""

    def forgets(event: Due, db: Session, now: datetime) -> list[Send]:
        del now
        person = db.get(Person, int(event.value))
        assert person is not None
        return [persons.send(person, Card("again"))]

    on_due(forgets)
    (person,) = fill(engine, house, NOON)
    assert handle_one(engine, house, NOON) == Done("end_pause", person, failed="NotMovedError")
    assert handle_one(engine, house, NOON) is None
    with transaction(engine, house) as db:
        assert db.exec(select(Outbox)).all() == []
    assert asides(engine, house) == [(person, 1, "NotMovedError", NOON + MINUTE)]


def test_a_date_moved_by_a_plain_update_has_moved(
    engine: Engine, house: House, on_due: Callable[[Handler], None]
) -> None:
    """It does not matter by which statement a handler moves its date."""

    def updates(event: Due, db: Session, now: datetime) -> list[Send]:
        del event, now
        db.connection().exec_driver_sql("UPDATE person SET resume_due_at = NULL")
        return []

    on_due(updates)
    fill(engine, house, NOON)
    assert handle_due(engine, house, NOON) == 1
    assert asides(engine, house) == []


def test_a_date_set_to_the_same_moment_again_comes_again(engine: Engine, house: House) -> None:
    """Once handled and then set anew to the very same moment, a date is handled anew."""
    (person,) = fill(engine, house, NOON)
    assert handle_due(engine, house, NOON) == 1
    with transaction(engine, house) as db:
        found = db.get(Person, person)
        assert found is not None
        found.resume_due_at = NOON
    assert handle_due(engine, house, NOON) == 1
    assert asides(engine, house) == []


def test_one_bad_row_starves_nobody(engine: Engine, house: House, on_due: Callable[[Handler], None]) -> None:
    """A row whose handler fails is set aside, by the name of the failure only, and the others are handled."""

    def stumbles(event: Due, db: Session, now: datetime) -> list[Send]:
        if event.value == str(bad):
            db.connection().exec_driver_sql("UPDATE person SET name = 'half done'")
            raise ZeroDivisionError("something private")
        return comes_back(event, db, now)

    on_due(stumbles)
    bad, *_ = fill(engine, house, NOON - DAY, NOON, NOON)
    assert handle_due(engine, house, NOON) == 3
    assert asides(engine, house) == [(bad, 1, "ZeroDivisionError", NOON + MINUTE)]
    with transaction(engine, house) as db:
        assert "half done" not in set(db.exec(select(Person.name)))
        assert next_due(db) == NOON + MINUTE


def test_pauses_grow_to_a_day_and_end_with_success(
    engine: Engine, house: House, on_due: Callable[[Handler], None]
) -> None:
    """A row that keeps failing is tried less and less often, and forgiven when it works."""
    on_due(fails)
    (person,) = fill(engine, house, NOON)
    now, pauses = NOON, []
    for _ in range(14):
        assert handle_due(engine, house, now) == 1
        assert handle_due(engine, house, now) == 0
        with transaction(engine, house) as db:
            then = next_due(db)
        assert then is not None
        pauses.append((then - now) / MINUTE)
        now = then
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440, 1440]
    assert asides(engine, house) == [(person, 14, "LookupError", now)]
    on_due(comes_back)
    assert handle_due(engine, house, now) == 1
    assert asides(engine, house) == []


def test_a_new_date_is_not_held_against_an_old_failure(
    engine: Engine, house: House, on_due: Callable[[Handler], None]
) -> None:
    """A row that was set aside and got a new date meanwhile is handled when that comes."""
    on_due(fails)
    (person,) = fill(engine, house, NOON)
    handle_due(engine, house, NOON)
    with transaction(engine, house) as db:
        found = db.get(Person, person)
        assert found is not None
        found.resume_due_at = NOON + timedelta(seconds=5)
    on_due(comes_back)
    assert handle_due(engine, house, NOON + timedelta(seconds=5)) == 1
    with transaction(engine, house) as db:
        forget_moved(db)
    assert asides(engine, house) == []


def test_what_is_still_set_aside_is_remembered(engine: Engine, house: House, on_due: Callable[[Handler], None]) -> None:
    """Cleaning up forgets only what no longer matters."""
    on_due(fails)
    (person,) = fill(engine, house, NOON)
    handle_due(engine, house, NOON)
    with transaction(engine, house) as db:
        forget_moved(db)
    assert asides(engine, house) == [(person, 1, "LookupError", NOON + MINUTE)]


def test_threads_share_the_work(engine: Engine, house: House) -> None:
    """Four threads that look at once handle each of sixty rows once."""
    everybody = fill(engine, house, *[NOON] * 60)
    found: list[int] = []

    def look() -> None:
        while done := handle_one(engine, house, NOON):
            assert done.failed == ""
            found.append(done.row_id)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == everybody
    with transaction(engine, house) as db:
        assert Counter(db.exec(select(Outbox.person_id))) == Counter(everybody)


def test_processes_share_the_work(database_url: str, tmp_path: Path) -> None:
    """Two processes that look at once handle each of a hundred rows once."""
    key, handled = new_key(), tmp_path / "handled"
    engine, house = connect(database_url), build({}, Seal([key]))
    everybody = fill(engine, house, *[NOON] * 100)
    workers = [processes().Process(target=handle_all, args=(database_url, key, handled)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert sorted(handled.read_text().split()) == sorted(map(str, everybody))
    engine.dispose()


def test_looking_does_not_read_what_waits(engine: Engine, house: House) -> None:
    """Every date is found at the end of its index: a look costs the same however many rows wait."""
    with transaction(engine, house) as db:
        add_person(db, "0", NOON)
        for _ in range(11):
            db.connection().exec_driver_sql(
                "INSERT INTO person (network_id, name, zone, state, coordinator, resume_due_at, created_at) "
                "SELECT network_id, name, zone, state, coordinator, resume_due_at, created_at FROM person"
            )
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
        explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
        plan = [str(row) for row in connection.exec_driver_sql(explain + str(dates_of(PARTS).look))]
    assert any("ix_person_resume_due_at" in line for line in plan)
    assert not any("SCAN t" in line and "INDEX" not in line for line in plan)
    assert not any("Seq Scan on person" in line for line in plan)
