"""The clock: it ticks, stops cleanly, and the demo's can be moved forward through everything that is due."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from bot.chat.cards import Card, Send
from bot.chat.events import Due
from bot.chat.ports import Outcome
from bot.front import routes
from bot.front.parts import PARTS
from bot.keeping.store import connect, transaction
from bot.keeping.tables import Outbox
from bot.people import persons
from bot.people.tables import Person
from bot.programme.house import House
from bot.programme.part import Date
from scheduling import clock as clocks
from scheduling.clock import Clock, DemoClock, DemoTime
from tests.scheduling.platforms import MINUTE, NOON, Platform, Watch, add_message, add_person, until

DAY = timedelta(days=1)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Let everybody come back every week for a month and be told so; return when that happened."""
    moments: list[datetime] = []

    def comes_back(event: Due, db: Session, now: datetime) -> list[Send]:
        person = db.get(Person, int(event.value))
        assert person is not None
        moments.append(now)
        person.resume_due_at = now + 7 * DAY if now < NOON + 28 * DAY else None
        return [persons.send(person, Card(f"week {len(moments)}"), expires_at=now + DAY)]

    monkeypatch.setitem(routes.of(PARTS).due, "end_pause", Date(Person.resume_due_at, comes_back))
    return moments


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clock tick often, so that a test need not wait."""
    monkeypatch.setattr(clocks, "TICK", 0.02)
    monkeypatch.setattr(clocks, "SWEEP", 0.02)


def fill(engine: Engine, house: House) -> None:
    """Store somebody who is due at noon."""
    with transaction(engine, house) as db:
        add_person(db, "ada", NOON)


async def test_a_tick_handles_and_delivers(engine: Engine, house: House, told: list[datetime]) -> None:
    """One tick takes a date all the way to the message."""
    fill(engine, house)
    platform = Platform()
    clock = Clock(engine, house, {"web": platform}, Watch())
    assert await clock.next_due() == NOON
    assert await clock.tick() == 2
    assert (told, platform.texts) == ([NOON], ["week 1"])
    assert await clock.next_due() == NOON + 7 * DAY
    assert await clock.tick() == 0


@pytest.mark.usefixtures("often")
async def test_it_ticks_by_itself_until_stopped(engine: Engine, house: House, told: list[datetime]) -> None:
    """Once started, what becomes due happens without being asked for; once stopped, no more."""
    fill(engine, house)
    platform, watch = Platform(), Watch(NOON - MINUTE)
    clock = Clock(engine, house, {"web": platform}, watch)
    clock.start()
    await asyncio.sleep(0.1)
    assert told == []
    watch.at = NOON
    await until(lambda: platform.texts == ["week 1"])
    await clock.stop()
    watch.at = NOON + 7 * DAY
    await asyncio.sleep(0.1)
    assert len(told) == 1


@pytest.mark.usefixtures("often", "told")
async def test_stopping_finishes_what_is_under_way(engine: Engine, house: House) -> None:
    """A message on its way when the clock is stopped arrives, and that is written down."""
    fill(engine, house)
    platform = Platform(pause=0.3)
    clock = Clock(engine, house, {"web": platform}, Watch())
    clock.start()
    await until(lambda: platform.at_once == 1)
    await clock.stop()
    with transaction(engine, house) as db:
        assert db.exec(select(Outbox.state)).all() == ["sent"]


@pytest.mark.usefixtures("often")
async def test_a_tick_that_fails_is_not_the_last(
    engine: Engine, house: House, told: list[datetime], capsys: pytest.CaptureFixture[str]
) -> None:
    """While the database is away ticks fail and are logged; when it is back they go on."""
    fill(engine, house)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE set_aside RENAME TO away"))
    clock = Clock(engine, house, {"web": Platform()}, Watch())
    clock.start()
    logged = ""

    def seen() -> bool:
        nonlocal logged
        logged += capsys.readouterr().out
        return "tick failed" in logged

    await until(seen)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO set_aside"))
    await until(lambda: len(told) == 1)
    await clock.stop()


async def test_what_a_killed_process_was_sending_holds_nobody_up(
    sqlite_databases: Callable[[], str], house: House
) -> None:
    """On SQLite a restart takes it up at once, with its key, and what waits behind it follows."""
    engine = connect(sqlite_databases())
    with transaction(engine, house) as db:
        ada = add_person(db, "ada")
        lost = add_message(db, ada, "lost")
        lost.state, lost.attempts, lost.next_at = "sending", 1, NOON + DAY
        add_message(db, ada, "behind")
    platform = Platform()
    clock = Clock(engine, house, {"web": platform}, Watch())
    clock.start()
    await until(lambda: len(platform.shown) == 2)
    await clock.stop()
    assert platform.texts == ["lost", "behind"]
    engine.dispose()


async def test_a_reply_is_finished_before_the_clock_stops(engine: Engine, house: House) -> None:
    """Nobody waits for a reply that is on its way; it is finished and written down all the same."""
    with transaction(engine, house) as db:
        number = add_message(db, add_person(db, "ada"), "hello").id
    platform = Platform(pause=0.1)
    clock = Clock(engine, house, {"web": platform}, Watch())
    clock.wake([], [number])
    await until(lambda: platform.at_once == 1)
    await clock.stop()
    with transaction(engine, house) as db:
        assert db.exec(select(Outbox.state)).all() == ["sent"]


@pytest.fixture
def kept() -> list[timedelta]:
    """Return where the demo's offset is written down."""
    return []


async def test_advancing_lives_every_moment_at_its_own_time(
    engine: Engine, house: House, told: list[datetime], kept: list[timedelta]
) -> None:
    """Moved a month forward, the demo's clock lets each week happen in its week, and rests where it was sent."""
    fill(engine, house)
    time = DemoTime(keep=kept.append, real=Watch(NOON - DAY))
    platform = Platform([Outcome("retry"), Outcome("retry")])
    clock = DemoClock(engine, house, {"web": platform}, time)
    assert await clock.advance(NOON + 30 * DAY) == NOON + 30 * DAY
    assert told == [NOON + week * 7 * DAY for week in range(5)]
    assert list(platform.shown.values()) == [f"week {number}" for number in range(1, 6)]
    assert time.offset == kept[-1] == 31 * DAY
    assert kept == sorted(kept)


async def test_time_does_not_run_backwards(
    engine: Engine, house: House, told: list[datetime], kept: list[timedelta]
) -> None:
    """Sent into the past, the demo's clock stays where it is; what is due there happens now."""
    fill(engine, house)
    time = DemoTime(offset=2 * DAY, keep=kept.append, real=Watch(NOON))
    clock = DemoClock(engine, house, {"web": Platform()}, time)
    assert await clock.advance(NOON) == NOON + 2 * DAY
    assert told == [NOON + 2 * DAY]
    assert kept == []


async def test_a_reply_under_way_is_not_left_in_the_past(engine: Engine, house: House) -> None:
    """The demo's clock waits for replies on their way, so that they do not seem to have hung for days."""
    with transaction(engine, house) as db:
        number = add_message(db, add_person(db, "ada"), "hello").id
    platform = Platform(pause=0.1)
    clock = DemoClock(engine, house, {"web": platform}, DemoTime(real=Watch()))
    clock.wake([], [number])
    await until(lambda: platform.at_once == 1)
    await clock.advance(NOON + DAY)
    assert len(platform.shown) == len(platform.asked) == 1
