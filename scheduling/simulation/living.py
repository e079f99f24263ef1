"""A whole programme with made-up people, on the real core, database and outbox, on a simulated clock.

People, dates and delivery take turns in the order of simulated time, in one thread, so that the same seed has the same
result. While it runs, `scheduling.simulation.promises` checks what must never happen.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from time import perf_counter
from typing import Any, Protocol

from sqlalchemy import Engine, event
from sqlalchemy import select as rows_of
from sqlmodel import Session, col

from bot.chat.events import Due, Pressed, Said
from bot.chat.ports import Messenger
from bot.front.respond import respond
from bot.keeping.store import run, transaction
from bot.keeping.tables import Outbox
from bot.people.tables import Account, Person
from bot.programme.house import House
from scheduling import due, outbox
from scheduling.simulation.promises import Cause, Private, Promises, Watched
from scheduling.simulation.results import Result, count, size

START = datetime(2027, 1, 11, 9, 30, tzinfo=UTC)  # a Monday
TALK, DATES, DELIVERY, CHECKS = "people", "dates", "delivery", "checks"
SHOWN = 5


class Crowd(Private, Protocol):
    """The people of a simulation: a platform whose users act by themselves."""

    @property
    def messenger(self) -> Messenger:
        """Return the way to their screens."""
        ...

    @property
    def platform(self) -> str:
        """Return the name of their platform, as in their addresses."""
        ...

    def begin(self, start: datetime, weeks: int, code: str) -> None:
        """Plan everybody's first steps; `code` makes one of them a coordinator."""
        ...

    def next_at(self) -> datetime | None:
        """Return when somebody does something next."""
        ...

    def act(self) -> Sequence[Said | Pressed]:
        """Let whoever is next do it; nothing, one event, or the two of a double click or a second delivery."""
        ...

    def it_is(self, now: datetime) -> None:
        """Take the time before messages come in."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a simulation has come."""

    now: datetime
    week: int
    weeks: int
    events: int
    messages: int
    seconds: float


def simulate(
    engine: Engine,
    house: House,
    crowd: Crowd,
    appoint: Callable[[Session, datetime], str],
    *,
    weeks: int = 60,
    seed: int = 1,
    start: datetime = START,
    watch: Callable[[Progress], None] | None = None,
) -> Result:
    """Run one round of the house's programme with the crowd, and return what became of it.

    `engine` is a migrated, empty database; `appoint` makes a one-time code for a coordinator. What must never happen
    raises BrokenPromiseError, which names rows, time and seed. `watch` is told once every simulated week.
    """
    _hurry(engine)
    with asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(_Here())
        return _Simulation(engine, house, crowd, seed, start, weeks, runner).run(appoint, watch)


class _Here(ThreadPoolExecutor):
    """Does at once, in this thread, what delivery hands to another one: nobody else is waiting."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return what is done already."""
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - it is raised where the result is awaited
            done.set_exception(error)
        return done


class _Simulation:
    """One run: its clock, its counters."""

    def __init__(
        self, engine: Engine, house: House, crowd: Crowd, seed: int, start: datetime, weeks: int, runner: asyncio.Runner
    ) -> None:
        self.engine, self.house, self.crowd, self.runner = engine, house, crowd, runner
        self.start, self.weeks, self.now = start, weeks, start
        self.promises = Promises(house, crowd, seed)
        self.messengers = {crowd.platform: Watched(crowd.messenger, self.promises)}
        self.result = Result(weeks=weeks, seed=seed)
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.wrote: set[str] = set()
        self.took: defaultdict[str, float] = defaultdict(float)
        self.due_at: datetime | None = None
        self.waiting_at: datetime | None = None  # when something that was not taken is tried again

    def run(self, appoint: Callable[[Session, datetime], str], watch: Callable[[Progress], None] | None) -> Result:
        """Live through it all."""
        began = perf_counter()
        self._tell(self.start)
        code = run(self.engine, self.house, lambda db: appoint(db, self.now))
        self.crowd.begin(self.start, self.weeks, code)
        end, tomorrow = self.start + timedelta(weeks=self.weeks), self.start + timedelta(days=1)
        while (moment := self._next()) is not None and moment <= end:
            while tomorrow <= moment:
                self._tell(tomorrow)
                self._look_around()
                days = (tomorrow - self.start).days
                if watch and days % 7 == 0:
                    spent = perf_counter() - began
                    seen = self.promises.seen
                    watch(Progress(self.now, days // 7, self.weeks, self.result.events, seen, spent))
                tomorrow += timedelta(days=1)
            self._tell(max(moment, self.now))
            self._step()
        self._tell(end)
        self._close()
        self.result.seconds = round(perf_counter() - began, 2)
        self.result.seconds_of = {kind: round(spent, 2) for kind, spent in self.seconds.items()}
        slow = sorted(self.took.items(), key=lambda item: -item[1])[:SHOWN]
        self.result.slowest = {action or "words": round(took, 3) for action, took in slow}
        return self.result

    def _next(self) -> datetime | None:
        return min((at for at in (self.crowd.next_at(), self.due_at, self.waiting_at) if at is not None), default=None)

    def _tell(self, now: datetime) -> None:
        self.now = self.promises.now = now
        self.crowd.it_is(now)

    def _step(self) -> None:
        """Do the one thing that is next; delivery comes before dates, and dates before people."""
        if self.waiting_at is not None and self.waiting_at <= self.now:
            self._deliver(None)
        elif self.due_at is not None and self.due_at <= self.now:
            self._date()
        else:
            with self._timed(TALK):
                events = self.crowd.act()
            self._happen(events)

    def _happen(self, events: Sequence[Said | Pressed]) -> None:
        first: Cause | None = None
        for happened in events:
            cause = Cause(happened)
            began = perf_counter()
            with self._timed(TALK):
                rows, jobs, self.due_at = run(self.engine, self.house, partial(self._respond, happened))
            self.took[cause.action] = max(self.took[cause.action], perf_counter() - began)
            self.result.events += 1
            self.wrote.add(happened.who.user)
            if first is not None and happened.id == first.event.id:
                self.promises.unanswered(happened, rows)
                continue
            cause.again, first = first, first or cause
            self.promises.caused(cause, (key for _, key in rows))
            taken = {job.id for job in jobs}
            with self._timed(DELIVERY):
                ends = self.runner.run(outbox.hand_over(self.engine, self.messengers, lambda: self.now, jobs))
            self._delivered(ends, len(jobs))
            self._deliver([number for number, _ in rows if number not in taken])

    def _respond(
        self, happened: Said | Pressed, db: Session
    ) -> tuple[list[tuple[int, str]], list[outbox.Job], datetime | None]:
        rows = respond(happened, db, self.now)
        jobs = outbox.take(rows, db, self.now)
        db.flush()
        return [(row.id, row.key) for row in rows], jobs, due.next_due(db)

    def _date(self) -> None:
        with self._timed(DATES):
            done = due.handle_one(self.engine, self.house, self.now)
        if done is None:
            self.promises.broken("a date has come, but there is nothing to handle")
            return
        if done.failed:
            self.promises.broken(f"the date {done.action} of row {done.row_id} fails with {done.failed}")
        self.result.due_handled += 1
        with self._timed(CHECKS):
            cause = Cause(Due("", done.action, str(done.row_id)))
            with transaction(self.engine, self.house, read_only=True) as db:
                self.due_at = due.next_due(db)
                reader = (col(Account.user), col(Person.zone), col(Person.resume_due_at))
                query = rows_of(col(Outbox.key), *reader, col(Outbox.next_at))
                query = query.join(Person, col(Person.id) == Outbox.person_id)
                query = query.join(Account, col(Account.id) == Outbox.account_id)
                query = query.where(col(Outbox.id).in_(done.messages))
                found = db.execute(query).all() if done.messages else []
                readers = [(user, zone or self.house.zone, back, told) for _, user, zone, back, told in found]
                self.promises.dated(cause, readers, db)
            self.promises.caused(cause, (row[0] for row in found))
        self._deliver(list(done.messages))

    def _deliver(self, numbers: list[int] | None) -> None:
        """Take these messages to their readers, or all that wait."""
        if numbers is not None and not numbers:
            return
        with self._timed(DELIVERY):
            ends = self.runner.run(
                outbox.deliver(self.engine, self.house, self.messengers, lambda: self.now, only=numbers)
            )
        self._delivered(ends, len(numbers) if numbers is not None else ends.sent + 1)

    def _delivered(self, ends: outbox.Delivered, wanted: int) -> None:
        if self.promises.failed:
            raise self.promises.failed
        self.result.expired += ends.expired
        if ends.sent < wanted:  # some wait: for their time, or for another try
            with transaction(self.engine, self.house, read_only=True) as db:
                self.waiting_at = outbox.next_delivery(db, self.messengers)

    def _look_around(self) -> None:
        with self._timed(CHECKS):
            with transaction(self.engine, self.house, read_only=True) as db:
                self.promises.daily(db)
                if (self.now - self.start).days % 7 == 0:
                    self.promises.weekly(db)
            if (self.now - self.start).days % 7 == 0:
                run(self.engine, self.house, lambda db: outbox.purge(db, self.now))

    def _close(self) -> None:
        self._deliver(None)
        with self._timed(CHECKS), transaction(self.engine, self.house, read_only=True) as db:
            self.promises.finally_(db, self.engine)
            self.result.lost = self.promises.undelivered(db)
            count(self.result, db)
            self.result.database_bytes = size(db, self.engine)
        self.result.messages, self.result.duplicates = self.promises.seen, self.promises.duplicates
        self.result.people = len(self.wrote)
        self.result.paused = len(self.promises.paused)
        if self.result.lost:
            self.promises.broken(f"{self.result.lost} messages were never delivered")

    @contextmanager
    def _timed(self, kind: str) -> Any:
        began = perf_counter()
        try:
            yield
        finally:
            self.seconds[kind] += perf_counter() - began


def _hurry(engine: Engine) -> None:
    """Let SQLite leave its file to the system: a simulated programme need not survive a power cut."""
    if engine.dialect.name != "sqlite":
        return

    def hurry(raw: Any, record: object) -> None:
        del record
        for pragma in ("journal_mode=MEMORY", "synchronous=OFF"):
            raw.execute(f"PRAGMA {pragma}").close()

    engine.dispose()
    event.listen(engine, "connect", hurry)
