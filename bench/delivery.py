"""How fast dates are handled and messages delivered while many others wait, on SQLite and on PostgreSQL.

    python -m bench.delivery                                   everything, with 10,000 to 1,000,000 rows that wait
    python -m bench.delivery --quick                           a small run, to see that it works
    python -m bench.delivery --rows 10000 --only idle crowds   some sizes, some parts
    python -m bench.delivery --only idle --plans               and how the database looks for what is next

The parts: rates (dates, messages queued and delivered), idle (a tick with nothing to do), apscheduler (the same dates
as one-off jobs in APScheduler 3 with its SQLAlchemy job store, in the same database), acknowledged (how long a platform
waits for its 200 while a broadcast drains), lag (of messages that become due), lanes (whether they get the pace that
they have), crowds (outboxes of an awkward shape).

The date is the end of somebody's pause: its handler reads the person, sets a column and decides one message.
"""

import argparse
import asyncio
import logging
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog
from apscheduler.executors.debug import DebugExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.base import BaseScheduler
from sqlalchemy import Engine, Text, case, cast, delete, event, insert, literal, select, update
from sqlmodel import Session, SQLModel, col

from bench.servers import POSTGRES, SQLITE, NewDatabase, databases, settings
from bot.chat.cards import Button, Card, to_data
from bot.chat.events import Address, Due, Said
from bot.chat.ports import Messenger, Outcome
from bot.front.parts import build, load_all
from bot.front.respond import respond
from bot.keeping.seal import Seal, new_key
from bot.keeping.store import run, transaction
from bot.keeping.tables import Lane, Outbox, UtcDateTime
from bot.people.tables import Account, Network, Person, Workspace
from bot.programme.house import House
from scheduling import due, outbox
from scheduling.clock import TICK, Clock, real_now
from scheduling.running import Bot

PLATFORM, TENANT = "bench", "home"
LATER = timedelta(days=30)
BATCH = 10_000  # rows of one moment, in one statement
ROWS = (10_000, 100_000, 1_000_000)
PARTS = ("rates", "idle", "apscheduler", "acknowledged", "lag", "lanes", "crowds")
MOST_JOBS = 100_000  # waiting in APScheduler's table
MOST_DUE = 100_000  # in a crowd that is due and cannot go
PACES = (1.0, 4.0, 10.0, 50.0)  # messages a second
ROUNDS = 10  # in which APScheduler and we take turns
SOON = timedelta(seconds=10)  # in which a due message should be handed over
CARD = Card("A word to somebody, as long as most are: two sentences.", buttons=(Button("Where I stand", "home"),))


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything: the full run and the quick one."""

    due: int = 1_000
    jobs: int = 300
    events: int = 300
    ticks: int = 100
    drain: int = 10_000
    asked: int = 240
    each: float = 0.05  # seconds between two people who write
    lagging: int = 2_000
    window: float = 25  # seconds over which these become due
    through: float = 10  # seconds that a lane is watched


QUICK = Size(due=100, jobs=50, events=50, ticks=30, drain=1_000, asked=40, lagging=200, window=3, through=3)


@dataclass
class Instant:
    """A platform that takes everything, each after `pause` seconds, and remembers when it was handed what."""

    pause: float = 0
    handed: dict[str, datetime] = field(default_factory=dict)

    async def send(self, to: Address, card: Card, *, key: str, replaces: str = "") -> Outcome:
        """Take the card."""
        del to, card, replaces
        self.handed[key] = real_now()
        if self.pause:
            await asyncio.sleep(self.pause)
        return Outcome("sent", ref="there")


@dataclass
class Paced(Instant):
    """The same, wanting no more than `pace` messages a second to one tenant."""

    pace: float = 5


# ---------------------------------------------------------------------------------------------------- rows that wait


@dataclass
class Ground:
    """A database with people in it: each has a date that is a month away, and most a message that waits as long."""

    name: str
    engine: Engine
    house: House
    people: int = 0

    def grow(self, many: int, *, messages: bool = True) -> None:
        """Have so many people."""
        with self.engine.begin() as connection:
            if not self.people:
                connection.execute(insert(Network), {"id": 1, "name": "ours", "created_at": real_now()})
                home = {"network_id": 1, "platform": PLATFORM, "tenant": TENANT}
                connection.execute(insert(Workspace), home)
        for first in range(self.people + 1, many + 1, BATCH):
            last = min(first + BATCH - 1, many)
            later = real_now() + LATER + timedelta(seconds=first)
            self._add_people(first, last, later)
            if messages:
                self.queue(first, last, "later", later, readers=many)
        self.people = max(many, self.people)
        self.analyze()

    def _add_people(self, first: int, last: int, later: datetime) -> None:
        numbers, n = _numbers(first, last)
        values: dict[str, Any] = {
            "id": n,
            "network_id": literal(1),
            "state": literal("active"),
            "coordinator": literal(value=False),
            "resume_due_at": literal(later, UtcDateTime),
            "created_at": literal(real_now(), UtcDateTime),
            **{name: literal("") for name in ("name", "zone")},
        }
        self._fill(Person, values, numbers)
        values = {
            "id": n,
            "person_id": n,
            "platform": literal(PLATFORM),
            "tenant": literal(TENANT),
            "user": literal("person-").concat(cast(n, Text)),
            "reachable": literal(value=True),
            "current": literal(value=True),
            **{name: literal("") for name in ("route", "suggestion", "email")},
        }
        self._fill(Account, values, numbers)

    def queue(self, first: int, last: int, name: str, at: datetime, *, readers: int, **other: Any) -> None:
        """Store the messages numbered so, in bulk, to so many people, one after the other, round and round.

        They cannot be opened: nobody may get that far. `other` makes a column's value from a message's number.
        """
        numbers, n = _numbers(first, last)
        payload = "x" * len(self.sealed(1))
        values: dict[str, Any] = {
            "person_id": (n - 1) % readers + 1,
            "account_id": (n - 1) % readers + 1,
            "platform": literal(PLATFORM),
            "tenant": literal(TENANT),
            "state": literal("pending"),
            "bulk": literal(value=True),
            "payload": literal(payload),
            "key": literal(f"{name}:").concat(cast(n, Text)),
            "next_at": literal(at, UtcDateTime),
            "attempts": literal(0),
            "created_at": literal(real_now(), UtcDateTime),
            **{name: literal("") for name in ("replaces", "ref", "reason")},
        }
        self._fill(Outbox, values | {name: value(n) for name, value in other.items()}, numbers)

    def _fill(self, table: type[SQLModel], values: Mapping[str, Any], numbers: Any) -> None:
        columns = [value.label(f"c_{name}") for name, value in values.items()]
        rows = select(*columns).select_from(numbers)
        with self.engine.begin() as connection:
            connection.execute(insert(table).from_select(list(values), rows, include_defaults=False))

    def sealed(self, person: int) -> str:
        """Return a card that this person can open."""
        return self.house.seal.close(f"person:{person}", "card", to_data(CARD))

    def decide(self, moments: Sequence[datetime], name: str, *, bulk: bool = True) -> None:
        """Store a real message to each of the first people, for these moments."""
        now = real_now()
        same = {"platform": PLATFORM, "tenant": TENANT, "state": "pending", "bulk": bulk, "attempts": 0}
        blank = {"replaces": "", "ref": "", "reason": "", "created_at": now}
        rows = [
            {
                "person_id": n,
                "account_id": n,
                "payload": self.sealed(n),
                "key": f"{name}:{n}",
                "next_at": at,
                **same,
                **blank,
            }
            for n, at in enumerate(moments, start=1)
        ]
        if rows:
            with self.engine.begin() as connection:
                connection.execute(insert(Outbox), rows)

    def forget(self, name: str = "") -> None:
        """Delete the messages with keys that begin so."""
        with self.engine.begin() as connection:
            connection.execute(delete(Outbox).where(col(Outbox.key).startswith(name)))
        self.analyze()

    def analyze(self) -> None:
        """Let the database look at its tables, and PostgreSQL tidy up, as it does by itself before long."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            sqlite = self.engine.dialect.name == "sqlite"
            connection.exec_driver_sql("ANALYZE" if sqlite else "VACUUM ANALYZE")

    def plan_dates(self, many: int, *, together: bool) -> None:
        """Let the dates of the first `many` people have come: a millisecond apart, or all at the same moment."""
        at = real_now() - timedelta(hours=1)
        with self.engine.begin() as connection:
            if together:
                set_all = update(Person).where(col(Person.id) <= many).values(resume_due_at=at)
                connection.execute(set_all)
            else:
                for n in range(1, many + 1):
                    moment = at + timedelta(milliseconds=n)
                    connection.execute(update(Person).where(col(Person.id) == n).values(resume_due_at=moment))

    def put_off_dates(self) -> None:
        """Let no date have come."""
        with self.engine.begin() as connection:
            late = update(Person).where(col(Person.resume_due_at) <= real_now())
            connection.execute(late.values(resume_due_at=real_now() + LATER))
        self.analyze()

    def who(self, person: int) -> Address:
        """Return somebody's address."""
        return Address(PLATFORM, TENANT, f"person-{person}")


def _numbers(first: int, last: int) -> tuple[Any, Any]:
    start = select(literal(first).label("n")).cte("numbers", recursive=True)
    numbers = start.union_all(select(start.c.n + 1).where(start.c.n < last))
    return numbers, numbers.c.n


# ---------------------------------------------------------------------------------------------------- measuring


@dataclass(slots=True)
class Sql:
    """How long the database was busy with statements, in seconds, and which ones they were."""

    seconds: float = 0
    seen: dict[str, Any] = field(default_factory=dict)


@contextmanager
def listening(engine: Engine) -> Iterator[Sql]:
    """Measure statements, of which there is one at a time; commits are no statements."""
    sql = Sql()
    begun = 0.0

    def before(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        nonlocal begun
        sql.seen[statement] = parameters
        begun = time.perf_counter()

    def after(*_: Any) -> None:
        sql.seconds += time.perf_counter() - begun

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield sql
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


@dataclass(slots=True)
class Times:
    """Milliseconds that something took, again and again: all of it, and its statements alone.

    The least of them is what it takes when nothing else happens on the machine.
    """

    whole: list[float] = field(default_factory=list)
    inside: list[float] = field(default_factory=list)

    def add(self, seconds: float, sql: Sql) -> None:
        """Keep one measure."""
        self.whole.append(seconds * 1000)
        self.inside.append(sql.seconds * 1000)

    def __str__(self) -> str:
        return f"{statistics.median(self.whole):.2f}, {min(self.whole):.2f} ({min(self.inside):.2f})"


def timed(work: Callable[[], object], times: int, engine: Engine) -> Times:
    """Return what `work` takes, so many times."""
    work()
    found = Times()
    for _ in range(times):
        with listening(engine) as sql:
            begun = time.perf_counter()
            work()
            found.add(time.perf_counter() - begun, sql)
    return found


async def timed_async(work: Callable[[], Awaitable[object]], times: int, engine: Engine) -> Times:
    """Do as `timed`, with a coroutine."""
    await work()
    found = Times()
    for _ in range(times):
        with listening(engine) as sql:
            begun = time.perf_counter()
            await work()
            found.add(time.perf_counter() - begun, sql)
    return found


def rate(many: int, work: Callable[[], object]) -> float:
    """Return how many a second `work` does, if it does so many."""
    begun = time.perf_counter()
    work()
    return many / (time.perf_counter() - begun)


def plans(ground: Ground, sql: Sql) -> str:
    """Return how the database goes about these statements."""
    explain = "EXPLAIN QUERY PLAN " if ground.engine.dialect.name == "sqlite" else "EXPLAIN (ANALYZE, BUFFERS) "
    lines = []
    with ground.engine.connect() as connection:
        for statement, parameters in sql.seen.items():
            if statement.startswith("SELECT"):
                found = connection.exec_driver_sql(explain + statement, parameters)
                lines += ["", " ".join(statement.split()), *(f"    {row[-1]}" for row in found)]
        connection.rollback()
    return "\n".join(lines)


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a Markdown table."""
    print(f"\n| {' | '.join(columns)} |\n|{'---|' + '---:|' * (len(columns) - 1)}")
    for row in rows:
        print(f"| {' | '.join(_cell(cell) for cell in row)} |")
    print(flush=True)


def _cell(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:,.0f}" if cell >= 100 else f"{cell:.2f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of all does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


# ---------------------------------------------------------------------------------------------------- the parts

Row = list[object]


class Found:
    """What was measured, by part; each row is told at once, where the tables do not go."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {part: [] for part in PARTS}
        self._begun = time.perf_counter()

    def add(self, part: str, *rows: Row) -> None:
        """Keep rows of a part's table."""
        self.rows[part] += rows
        for row in rows:
            self.tell(f"{part}: {', '.join(_cell(cell) for cell in row)}")

    def tell(self, what: str) -> None:
        """Say how far it is."""
        passed = f"{time.perf_counter() - self._begun:.0f} s, load {os.getloadavg()[0]:.1f}"
        print(f"{passed}: {what}", file=sys.stderr, flush=True)


def rates(ground: Ground, size: Size, most_together: int = 100_000) -> Row:
    """Return what gets done in a second: dates, dates of one moment, messages queued and delivered."""
    warm = 20
    ground.plan_dates(warm + size.due, together=False)
    assert due.handle_due(ground.engine, ground.house, real_now(), warm) == warm
    busy = time.process_time()
    dates = rate(size.due, lambda: due.handle_due(ground.engine, ground.house, real_now(), 2 * size.due))
    busy = (time.process_time() - busy) / size.due * 1000
    together = min(ground.people, most_together)
    ground.plan_dates(together, together=True)
    ground.analyze()
    many = size.due // 50
    same = rate(many, lambda: due.handle_due(ground.engine, ground.house, real_now(), many))
    ground.put_off_dates()
    queued = rate(size.events, lambda: _hear(ground, size.events))
    waiting = warm + size.due + many + size.events
    sent = 0

    def deliver() -> None:
        nonlocal sent
        way: dict[str, Messenger] = {PLATFORM: Instant()}
        sent = asyncio.run(outbox.deliver(ground.engine, ground.house, way, real_now, limit=2 * waiting)).sent

    delivered = rate(waiting, deliver)
    assert sent == waiting, (sent, waiting)
    return [ground.name, ground.people, dates, busy, same, together, queued, delivered]


def _hear(ground: Ground, many: int) -> None:
    """Let so many people ask for help."""
    for number in range(many):
        said = Said(f"heard:{ground.people}:{number}", ground.who(number % ground.people + 1), "help")
        assert run(ground.engine, ground.house, partial(respond, said, now=real_now()))


async def idle(ground: Ground, size: Size, *, show: bool = False) -> Row:
    """Return the milliseconds of a tick with nothing to do, and what of it the statements take."""
    free: dict[str, Messenger] = {PLATFORM: Instant()}
    paced: dict[str, Messenger] = {PLATFORM: Paced()}
    engine, house = ground.engine, ground.house

    def look() -> None:
        with transaction(engine, house, read_only=True) as db:
            due.next_due(db)

    async def deliver(ways: Mapping[str, Messenger]) -> None:
        assert not (await outbox.deliver(engine, house, ways, real_now, limit=50, holder="bench")).touched

    def handle() -> None:
        assert due.handle_one(engine, house, real_now()) is None

    clock = Clock(engine, house, paced)
    found = [
        timed(look, size.ticks, engine),
        timed(handle, size.ticks, engine),
        await timed_async(lambda: deliver(free), size.ticks, engine),
        await timed_async(lambda: deliver(paced), size.ticks, engine),
        await timed_async(clock.tick, size.ticks, engine),
    ]
    if show:
        with listening(engine) as sql:
            await clock.tick()
            await deliver(free)
        print(plans(ground, sql))
    return [ground.name, ground.people, *map(str, found)]


# Beside APScheduler


class Told(BaseScheduler):  # type: ignore[misc] # APScheduler is untyped
    """APScheduler without a thread of its own: it looks for jobs when told to, and runs them there and then."""

    def wakeup(self) -> None:
        """Wait to be told."""

    def shutdown(self, wait: bool = True) -> None:  # noqa: FBT001, FBT002 - its signature
        """Stop."""
        super().shutdown(wait)

    def look(self) -> None:
        """Run what is due."""
        self._process_jobs()


_here: list[Ground] = []  # where jobs happen: APScheduler stores a job as the name of a function and its arguments


def nothing(number: int) -> None:
    """Be a job that does nothing."""
    del number


def end_pause(number: int) -> None:
    """Be a job that does what our clock does when the same date comes."""
    ground = _here[-1]
    what = Due(f"job:{time.perf_counter_ns()}:{number}", "end_pause", str(number))
    assert run(ground.engine, ground.house, lambda db: respond(what, db, real_now()))


def beside_apscheduler(ground: Ground, size: Size) -> list[Row]:
    """Return what APScheduler does in a second beside what we do, with as many jobs waiting as we have dates."""
    waiting = min(ground.people, MOST_JOBS)
    store = SQLAlchemyJobStore(engine=ground.engine, tablename="jobs")
    jobs = Told(timezone=UTC, job_defaults={"misfire_grace_time": None})
    jobs.add_jobstore(store)
    jobs.add_executor(DebugExecutor())
    jobs.start()
    _here.append(ground)
    add = jobs.add_job(nothing, "date", run_date=real_now() + LATER, args=[1])
    with ground.engine.connect() as connection:
        state = connection.execute(select(store.jobs_t.c.job_state)).scalar_one()
    jobs.remove_job(add.id)
    later = (real_now() + LATER).timestamp()
    for first in range(1, waiting + 1, BATCH):
        numbers, n = _numbers(first, min(first + BATCH - 1, waiting))
        values = {"id": literal("w").concat(cast(n, Text)), "next_run_time": later + n, "job_state": literal(state)}
        with ground.engine.begin() as connection:
            rows = select(*(value.label(f"c_{name}") for name, value in values.items())).select_from(numbers)
            connection.execute(insert(store.jobs_t).from_select(list(values), rows))
    ground.analyze()

    engine, house, each = ground.engine, ground.house, size.jobs // ROUNDS
    past = real_now() - timedelta(hours=1)
    ids = [round_ * each + n + 1 for round_ in range(ROUNDS) for n in range(each)]
    theirs, ours = _Side(), _Side()
    for round_ in range(ROUNDS):  # by turns, so that both have the machine as it is that minute
        some = ids[round_ * each : (round_ + 1) * each]
        theirs.added.append(rate(each, partial(_add, jobs, nothing, some, past)))
        theirs.bare.append(rate(each, jobs.look))
        _add(jobs, end_pause, some, past)
        theirs.handle(each, jobs.look)
        _plan(ground, some, past, state="erased")  # who gets no message
        ours.bare.append(rate(each, lambda: due.handle_due(engine, house, real_now(), 2 * each)))
        ours.added.append(rate(each, partial(_plan, ground, some, past)))
        ours.handle(each, lambda: due.handle_due(engine, house, real_now(), 2 * each))
        theirs.idle += timed(jobs.look, size.ticks // ROUNDS, engine).whole
        ours.idle += timed(lambda: due.handle_one(engine, house, real_now()), size.ticks // ROUNDS, engine).whole
    jobs.shutdown()
    with engine.begin() as connection:
        store.jobs_t.drop(connection)
        connection.execute(delete(Outbox).where(col(Outbox.next_at) <= real_now()))
    ground.put_off_dates()
    who = f"{ground.name}, {waiting:,} waiting"
    both = theirs.medians(), ours.medians()
    ratios = [b / a if a and b else "" for a, b in zip(*both, strict=True)]
    return [[who, "APScheduler", *both[0]], [who, "speedmentor", *both[1]], [who, "ratio", *ratios]]


@dataclass(slots=True)
class _Side:
    """What one of the two did in each round: rates a second, milliseconds of an idle look and of processor a date."""

    added: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    handled: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)

    def handle(self, many: int, work: Callable[[], object]) -> None:
        """Measure how fast so many dates are handled."""
        begun = time.process_time()
        self.handled.append(rate(many, work))
        self.busy.append((time.process_time() - begun) / many * 1000)

    def medians(self) -> list[Any]:
        """Return the medians of all rounds; what one of the two cannot do is empty."""
        every = (self.added, self.idle, self.bare, self.handled, self.busy)
        return [statistics.median(each) if each else "" for each in every]


def _add(jobs: Told, job: Callable[[int], None], numbers: Sequence[int], at: datetime) -> None:
    for number in numbers:
        jobs.add_job(job, "date", run_date=at + timedelta(milliseconds=number), args=[number])


def _plan(ground: Ground, numbers: Sequence[int], at: datetime, state: str = "active") -> None:
    """Set dates, each in a transaction of its own."""
    for number in numbers:
        with ground.engine.begin() as connection:
            moment = at + timedelta(milliseconds=number)
            them = update(Person).where(col(Person.id) == number)
            connection.execute(them.values(resume_due_at=moment, state=state))


# With the clock running


async def acknowledged(ground: Ground, size: Size, *, drain: int) -> Row:
    """Return the milliseconds until an event is committed, while so many messages go out in bulk."""
    ground.decide([real_now()] * drain, "drain")
    ground.analyze()
    way = Instant(pause=0.005)
    clock = Clock(ground.engine, ground.house, {PLATFORM: way})
    bot = Bot(ground.engine, ground.house, clock)
    waits: list[float] = []

    async def write(number: int, at: float) -> None:
        person = number * 37 % ground.people + 1
        await bot.receive(Said(f"asked:{drain}:{number}", ground.who(person), "help"))
        waits.append((time.perf_counter() - at) * 1000)

    clock.start()
    await asyncio.sleep(1.5)
    before = len(way.handed)
    begun = time.perf_counter()
    writing = []
    for number in range(size.asked):
        at = begun + number * size.each
        await asyncio.sleep(max(0, at - time.perf_counter()))
        writing.append(asyncio.create_task(write(number, at)))
    await asyncio.gather(*writing)
    seconds = time.perf_counter() - begun
    still = drain - sum(key.startswith("drain") for key in way.handed)
    passed = len(way.handed) - before
    await clock.settled()
    await clock.stop()
    ground.forget("drain")
    with ground.engine.begin() as connection:
        connection.execute(delete(Outbox).where(col(Outbox.next_at) <= real_now() + timedelta(minutes=5)))
    waits.sort()
    shown = [percentile(waits, share) for share in (0.5, 0.95, 0.99)]
    return [ground.name, drain, len(waits), *shown, waits[-1], passed / seconds, still]


async def lag(ground: Ground, size: Size, way: Instant, kind: str) -> Row:
    """Return how long after their time messages were handed over, the clock ticking as it does in earnest."""
    start = real_now() + timedelta(seconds=1)
    step = timedelta(seconds=size.window) / size.lagging
    moments = [start + number * step for number in range(size.lagging)]
    ground.decide(moments, "lag")
    clock = Clock(ground.engine, ground.house, {PLATFORM: way})
    clock.start()
    ends = time.perf_counter() + size.window + 20
    while len(way.handed) < size.lagging and time.perf_counter() < ends:  # noqa: ASYNC110 - the clock has its own pace
        await asyncio.sleep(0.1)
    await clock.stop()
    now = real_now()
    late = [
        (way.handed.get(f"lag:{number}", now) - moment).total_seconds()
        for number, moment in enumerate(moments, start=1)
    ]
    ground.forget("lag")
    with ground.engine.begin() as connection:
        connection.execute(delete(Lane))
    in_time = sum(seconds <= SOON.total_seconds() for seconds in late) / len(late)
    shown = [percentile(late, share) for share in (0.5, 0.95, 0.99)]
    return [ground.name, kind, size.lagging, size.window, f"{in_time:.1%}", *shown, max(late)]


async def lane(ground: Ground, size: Size, pace: float) -> Row:
    """Return how many messages a second go through one lane, beside the pace that its platform takes."""
    many = int(pace * size.through * 2) + 10
    ground.decide([real_now()] * many, "lane")
    way = Paced(0.05, pace=pace)
    clock = Clock(ground.engine, ground.house, {PLATFORM: way})
    clock.start()
    await asyncio.sleep(2 * TICK + size.through)
    await clock.stop()
    ground.forget("lane")
    with ground.engine.begin() as connection:
        connection.execute(delete(Lane))
    ends = min(way.handed.values()) + timedelta(seconds=size.through)  # the clock's first tick comes after a second
    many = sum(moment < ends for moment in way.handed.values())
    each = many / size.through
    return [ground.name, pace, size.through, many, each, f"{each / pace:.0%}"]


# Outboxes of an awkward shape


async def crowds(ground: Ground, size: Size, rows: int, found: Found, *, show: bool = False) -> None:
    """Find the milliseconds of a look at outboxes of so many rows where nothing can go out, and of a reply's."""
    now, later = real_now(), real_now() + LATER
    readers = max(rows // 100, 1)
    free: dict[str, Messenger] = {PLATFORM: Instant()}
    paced: dict[str, Messenger] = {PLATFORM: Paced()}

    def first_retries(n: Any) -> dict[str, Any]:
        return {
            "state": case((n <= readers, literal("retry")), else_=literal("pending")),
            "attempts": case((n <= readers, literal(1)), else_=literal(0)),
            "next_at": case((n <= readers, literal(later, UtcDateTime)), else_=literal(now, UtcDateTime)),
        }

    def name(column: str) -> Callable[[Any], Any]:
        return lambda n: first_retries(n)[column]

    waits_behind = {column: name(column) for column in ("state", "attempts", "next_at")}
    shapes: list[tuple[str, datetime, int, dict[str, Any], list[dict[str, Messenger]]]] = [
        ("one each, for later", later, rows, {}, [free, paced]),
        ("100 each, for later", later, readers, {}, [free, paced]),
        ("100 each, the first is tried again later", now, readers, waits_behind, [free]),
        ("one each, due, in a lane that another process holds", now, rows, {}, [paced]),
    ]
    ground.grow(rows, messages=False)
    for shape, at, to, other, platforms in shapes:
        if at == now and rows > MOST_DUE:
            continue
        for first in range(1, rows + 1, BATCH):
            ground.queue(first, min(first + BATCH - 1, rows), "crowd", at, readers=to, **other)
        if at == now:
            busy = {"holder": "other", "term": 1, "lease_until": later, "next_at": now}
            with ground.engine.begin() as connection:
                connection.execute(insert(Lane), {"platform": PLATFORM, "tenant": TENANT, **busy})
        ground.analyze()
        for ways in platforms:
            kind = shape + ("; no pace" if ways is free else "; a lane")
            found.add("crowds", [ground.name, rows, kind, *(await _looked(ground, ways, size, show=show))])
        with ground.engine.begin() as connection:
            sqlite = ground.engine.dialect.name == "sqlite"
            connection.exec_driver_sql("DELETE FROM outbox" if sqlite else "TRUNCATE outbox")
            connection.execute(delete(Lane))


async def _looked(ground: Ground, ways: dict[str, Messenger], size: Size, *, show: bool) -> list[str]:
    engine, house = ground.engine, ground.house

    async def deliver() -> None:
        assert not (await outbox.deliver(engine, house, ways, real_now, limit=50, holder="bench")).touched

    def soonest() -> None:
        with transaction(engine, house, read_only=True) as db:
            outbox.next_delivery(db, ways)

    def replied() -> None:
        def work(db: Session) -> None:
            said = Said(f"reply:{time.perf_counter_ns()}", ground.who(1), "help")
            outbox.take(respond(said, db, real_now()), db, real_now())
            db.rollback()

        run(engine, house, work)

    times = max(size.ticks // 20, 5)
    found = [
        await timed_async(deliver, times, engine),
        timed(replied, times, engine),
        timed(soonest, times, engine),
        timed(lambda: run(engine, house, lambda db: outbox.purge(db, real_now())), 3, engine),
    ]
    if show:
        with listening(engine) as sql:
            await deliver()
            soonest()
        print(plans(ground, sql))
    return [str(each) for each in found]


# ---------------------------------------------------------------------------------------------------- all of it


def measure(kind: str, new: NewDatabase, house: House, asked: argparse.Namespace, size: Size, found: Found) -> None:
    """Measure on one kind of database."""
    ground = Ground(kind, new(), house)
    print(f"{settings(ground.engine)}\n", flush=True)
    if {"acknowledged", "lag", "lanes"} & set(asked.only):
        _with_the_clock(Ground(kind, new(), house), asked.only, size, found)
    for rows in asked.rows:
        if {"rates", "idle", "apscheduler"} & set(asked.only):
            ground.grow(rows)
            found.tell(f"{rows:,} rows wait")
        if "idle" in asked.only:
            found.add("idle", asyncio.run(idle(ground, size, show=asked.plans)))
        if "rates" in asked.only:
            found.add("rates", rates(ground, size))
        if "apscheduler" in asked.only and rows <= MOST_JOBS:
            found.add("apscheduler", *beside_apscheduler(ground, size))
    if "crowds" in asked.only:
        crowd = Ground(kind, new(), house)
        for rows in asked.rows:
            asyncio.run(crowds(crowd, size, rows, found, show=asked.plans))


def _with_the_clock(ground: Ground, parts: Sequence[str], size: Size, found: Found) -> None:
    ground.grow(size.drain)
    if "acknowledged" in parts:
        for drain in (0, size.drain):
            found.add("acknowledged", asyncio.run(acknowledged(ground, size, drain=drain)))
    if "lag" in parts:
        for way, pace in ((Instant(0.005), "no pace"), (Paced(0.005, pace=200), "a lane of 200 a second")):
            found.add("lag", asyncio.run(lag(ground, size, way, pace)))
    if "lanes" in parts:
        for each in PACES:
            found.add("lanes", asyncio.run(lane(ground, size, each)))


COLUMNS: Mapping[str, Sequence[str]] = {
    "rates": (
        "",
        "waiting",
        "dates/s",
        "processor ms each",
        "of one moment/s",
        "of how many",
        "events/s",
        "delivered/s",
    ),
    "idle": ("", "waiting", "next_due", "handle_one", "deliver", "deliver, a lane", "whole tick"),
    "apscheduler": ("", "", "added/s", "idle look, ms", "with no work/s", "dates/s", "processor ms each"),
    "acknowledged": ("", "draining", "events", "p50 ms", "p95 ms", "p99 ms", "most ms", "sent/s", "left at the end"),
    "lag": ("", "pace", "messages", "due over s", "within 10 s", "p50 s", "p95 s", "p99 s", "most s"),
    "lanes": ("", "pace", "seconds", "messages", "messages/s", "of its pace"),
    "crowds": ("", "rows", "shape", "deliver", "a reply", "next_delivery", "purge"),
}
SAY: Mapping[str, str] = {
    "rates": "What gets done in a second.",
    "idle": "Milliseconds with nothing to do: the median, the least (in brackets: the least in statements).",
    "apscheduler": "Beside APScheduler 3 with its SQLAlchemy job store, on the same database.",
    "acknowledged": "Milliseconds until an event is committed, one every 50 ms, with the clock ticking.",
    "lag": "How long after their time messages are handed over, with the clock ticking.",
    "lanes": "How much of its pace a lane gets, with more waiting than it can take and the clock ticking.",
    "crowds": "Milliseconds of a look at an outbox where nothing can go out: median, least (least in statements).",
}


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", nargs="+", type=int, default=ROWS, help="how many wait, growing")
    options.add_argument("--quick", action="store_true", help="a small run, to see that it works")
    options.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    options.add_argument("--on", nargs="+", choices=(SQLITE, POSTGRES), default=(SQLITE, POSTGRES))
    options.add_argument("--plans", action="store_true", help="print how the database goes about its looks")
    asked = options.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    size = QUICK if asked.quick else Size()
    asked.rows = (2_000, 5_000) if asked.quick and asked.rows is ROWS else asked.rows
    house = build(load_all(), Seal([new_key()]))
    print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}\n")
    found = Found()
    try:
        for kind in asked.on:
            with databases(kind) as new:
                measure(kind, new, house, asked, size, found)
    finally:  # also when it was interrupted
        for part in asked.only:
            print(SAY[part])
            table(COLUMNS[part], found.rows[part])


if __name__ == "__main__":
    main()
