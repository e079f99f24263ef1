"""A platform, its clock, a database and the bots that work on it: what a test of faults plays with."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout
from sqlalchemy import Engine
from sqlalchemy import select as rows_of
from sqlmodel import col

from bot.chat.events import Pressed, Said
from bot.keeping.seal import new_key
from bot.keeping.store import connect, transaction
from bot.keeping.tables import WAITING, Outbox
from scheduling.due import next_due
from tests.faults.platform import Platform, SharedTime, address
from tests.faults.worker import Setup, as_data, house, processes, serve

START = datetime(2027, 1, 11, 9, 30, tzinfo=UTC)  # a Monday
PAST_ALL_LEASES = timedelta(minutes=2)
BOUND = 30.0  # real seconds after which what is waited for will not come any more
GLANCE = 0.01  # real seconds between two looks


@dataclass(eq=False)
class Worker:
    """One bot in a process of its own."""

    process: ForkServerProcess
    port: int

    @property
    def alive(self) -> bool:
        """Whether it is still there."""
        return self.process.is_alive()

    def kill(self) -> None:
        """Let it die at once."""
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGKILL)

    async def ended(self) -> int:
        """Wait until it is gone; return its exit code, which is minus the signal where it was killed."""
        await until(lambda: not self.alive)
        self.process.join()
        code = self.process.exitcode
        self.process.close()
        assert code is not None
        return code

    async def stops(self) -> int:
        """Ask it to stop, as a rolling restart does, and wait for that."""
        self.process.terminate()
        return await self.ended()


@dataclass
class Town:
    """One database, one platform, one clock, and any number of bots."""

    engine: Engine
    setup: Setup
    platform: Platform
    now: SharedTime
    session: ClientSession
    workers: list[Worker] = field(default_factory=list)
    turned_away: Counter[str] = field(default_factory=Counter)
    ids: count = field(default_factory=lambda: count(1))  # type: ignore[type-arg]

    async def start(self, death: str = "", **changed: object) -> Worker:
        """Start a bot that listens, perhaps one that will die at a point, or with another setup."""
        setup = replace(self.setup, death=death, **changed)  # type: ignore[arg-type]
        here, there = processes().Pipe(duplex=False)
        process = processes().Process(target=serve, args=(setup, there), daemon=True)
        process.start()
        there.close()
        try:
            await until(here.poll)
            port: int = here.recv()
        finally:
            here.close()
        worker = Worker(process, port)
        self.workers.append(worker)
        return worker

    def says(self, user: str, text: str) -> Said:
        """Return what somebody says, with an id of its own."""
        return Said(f"event-{next(self.ids)}", address(user), text)

    async def hands_in(self, happened: Said | Pressed, worker: Worker) -> bool:
        """Give an event to a bot; tell whether it was acknowledged."""
        try:
            async with self.session.post(f"http://127.0.0.1:{worker.port}/event", json=as_data(happened)) as response:
                if response.status != 200:
                    self.turned_away[await response.text()] += 1
                return response.status == 200
        except (ClientError, TimeoutError) as error:
            self.turned_away[type(error).__name__] += 1
            return False

    def later(self, **time: float) -> datetime:
        """Move the clock."""
        return self.now.move(self.now() + timedelta(**time))

    def waiting(self) -> list[tuple[int, str, datetime]]:
        """Return the messages that have come to no end: number, state and when they are looked at next."""
        with transaction(self.engine, house(self.setup.key), read_only=True) as db:
            query = rows_of(col(Outbox.id), col(Outbox.state), col(Outbox.next_at)).where(_WAITS)
            return [(number, state, at) for number, state, at in db.execute(query)]

    def overdue(self) -> bool:
        """Whether a date has come that nobody has handled, or a message could go that nobody has sent."""
        with transaction(self.engine, house(self.setup.key), read_only=True) as db:
            due = next_due(db)
            found = db.execute(rows_of(col(Outbox.state), col(Outbox.next_at)).where(_WAITS)).all()
        now = self.now()
        return (due is not None and due <= now) or any(state == "sending" or at <= now for state, at in found)

    async def settles(self) -> None:
        """Let time go by until every message has come to an end, past every lease and doubt."""
        for _ in range(10):
            await until(lambda: not self.overdue())
            if not self.waiting():
                return
            self.now.move(self.now() + PAST_ALL_LEASES)
        raise AssertionError(f"these messages come to no end: {self.waiting()}")

    async def stop(self) -> None:
        """Let nobody live on."""
        for worker in self.workers:
            try:
                if worker.alive:
                    worker.kill()
                    await worker.ended()
            except ValueError:  # it has been seen off already
                continue


_WAITS = Outbox.__table__.c.state.in_(("pending", "sending", "retry", "unknown"))  # type: ignore[attr-defined]
assert WAITING == "state IN ('pending', 'sending', 'retry', 'unknown')"


@asynccontextmanager
async def town(database: str, folder: Path, *, finds: bool = True, pace: float = 20) -> AsyncIterator[Town]:
    """Lend a town on a migrated database."""
    engine, now = connect(database), SharedTime(folder / "time")
    now.move(START)
    async with Platform(finds=finds).open() as platform, ClientSession(timeout=ClientTimeout(total=20)) as session:
        setup = Setup(database, new_key(), folder / "time", platform.url, finds, pace)
        lent = Town(engine, setup, platform, now, session)
        try:
            yield lent
        finally:
            await lent.stop()
            engine.dispose()
            now.close()


async def until(true: Callable[[], object], bound: float = BOUND) -> None:
    """Wait for something to become true, but not for ever."""
    async with asyncio.timeout(bound):
        while not true():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(GLANCE)
