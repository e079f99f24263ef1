"""The clock: APScheduler ticks, the database decides what is due, delivery follows. Jobs live in memory only.

A tick takes no arguments and may be missed or doubled without harm. Everywhere else `now` is an argument or a callable;
the time of day is read here alone.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import uuid4

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import Engine

from bot.chat.ports import Messenger
from bot.keeping.store import run, transaction, write
from bot.programme.house import House
from scheduling import due, outbox
from scheduling.watch import Metrics

T = TypeVar("T")

TICK = 1.0  # seconds
SWEEP = 3600.0  # seconds
DATES = 200  # handled before messages get their turn
MESSAGES = 50  # sent before a stop is noticed

log = structlog.get_logger()


def real_now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


class Clock:
    """Lets happen what is due and delivers what was decided: every second once started, or when told to."""

    def __init__(
        self,
        engine: Engine,
        house: House,
        messengers: Mapping[str, Messenger],
        now: Callable[[], datetime] = real_now,
        metrics: Metrics | None = None,
    ) -> None:
        self.now = now
        self._engine = engine
        self._house = house
        self._messengers = messengers
        self._metrics = metrics or Metrics()
        self._dates = asyncio.Lock()
        self._sending = asyncio.Lock()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._replies: set[asyncio.Task[Any]] = set()
        self._scheduler: Any = None
        self.stopping = False
        self._name = uuid4().hex
        self._linger = timedelta(seconds=TICK)

    def start(self) -> None:
        """Start to tick, on the running event loop.

        On SQLite nobody else is at work: what an earlier process left half-sent is taken up at once.
        """
        if self._engine.dialect.name == "sqlite":
            write(self._engine, partial(outbox.adopt, now=self.now()))
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that takes long is no news
        self.stopping = False
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        for job, seconds in ((self._tick_dates, TICK), (self._tick_messages, TICK), (self._sweep, SWEEP)):
            self._scheduler.add_job(job, "interval", seconds=seconds)
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop ticking, once what is under way is finished and written down."""
        self.stopping = True
        if self._scheduler is not None:
            self._scheduler.pause()
        while self._under_way:
            await asyncio.wait(self._under_way)
        with self._logged("sweep"):
            let_go = partial(outbox.let_go, holder=self._name, now=self.now())
            await asyncio.to_thread(write, self._engine, let_go)
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None
            await asyncio.sleep(0)  # APScheduler lets go of its timer in the next turn of the loop

    async def tick(self) -> int:
        """Let happen what is due now, deliver what waits, and return how many things that were."""

        async def work() -> int:
            async with self._dates:
                handled = await self._handle()
            async with self._sending:
                return handled + await self._deliver()

        return await self._finish(work())

    def wake(self, jobs: Sequence[outbox.Job], rest: Collection[int] = ()) -> None:
        """Begin to deliver the replies to what somebody just did: those taken, and the rest with what stands before it.

        Whoever asks need not wait. What fails stays in the outbox, and a later tick tries again.
        """

        async def reply() -> None:
            told = self._metrics.delivered
            with self._logged("reply"):
                await outbox.hand_over(self._engine, self._messengers, self.now, jobs, told)
            with self._logged("reply"):
                if rest:
                    ways = (self._engine, self._house, self._messengers, self.now)
                    await outbox.deliver(*ways, only=rest, told=told)

        task = asyncio.create_task(reply())
        for tasks in (self._under_way, self._replies):
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    async def settled(self) -> None:
        """Wait until the replies under way have been delivered."""
        while self._replies:
            await asyncio.wait(self._replies)

    async def next_due(self) -> datetime | None:
        """Return when there will be something to do, or None if nothing is planned."""

        def look() -> datetime | None:
            with transaction(self._engine, self._house, read_only=True) as db:
                moments = (due.next_due(db), outbox.next_delivery(db, self._messengers))
            return min((moment for moment in moments if moment), default=None)

        return await asyncio.to_thread(look)

    async def sweep(self) -> None:
        """Delete what nobody needs any more."""
        await asyncio.to_thread(run, self._engine, self._house, lambda db: outbox.purge(db, self.now()))
        await asyncio.to_thread(run, self._engine, self._house, due.forget_moved)

    async def _handle(self) -> int:
        handled = 0
        while not self.stopping:
            count = await asyncio.to_thread(due.handle_due, self._engine, self._house, self.now(), DATES, self._noticed)
            handled += count
            if count < DATES:
                break
        return handled

    async def _deliver(self) -> int:
        delivered = 0
        while not self.stopping:
            ways = (self._engine, self._house, self._messengers, self.now)
            told = self._metrics.delivered
            ends = await outbox.deliver(*ways, limit=MESSAGES, holder=self._name, linger=self._linger, told=told)
            delivered += ends.touched
            if ends.touched < MESSAGES:
                break
        return delivered

    def _noticed(self, done: due.Done) -> None:
        self._metrics.noticed(done.action, failed=bool(done.failed))

    @contextmanager
    def _logged(self, tick: str) -> Iterator[None]:
        """Log a failure by its name, as its text may quote somebody, and go on: the database may be back soon."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it was, the next tick tries again
            log.error("tick failed", tick=tick, error=type(error).__name__)  # noqa: TRY400 - as above
            self._metrics.tick_failed(tick)

    async def _finish(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what `work` returns; it is finished even if whoever asked for it goes away."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    # What APScheduler calls. A tick that fails is logged by the name of the error, and the next one tries again

    async def _tick_dates(self) -> None:
        await self._unless_busy("dates", self._dates, self._handle)

    async def _tick_messages(self) -> None:
        await self._unless_busy("messages", self._sending, self._deliver)

    async def _sweep(self) -> None:
        await self._unless_busy("sweep", asyncio.Lock(), self.sweep)

    async def _unless_busy(self, tick: str, lock: asyncio.Lock, work: Callable[[], Awaitable[object]]) -> None:
        async def locked() -> None:
            async with lock:
                with self._logged(tick):
                    await work()

        if not lock.locked() and not self.stopping:
            await self._finish(locked())


class DemoTime:
    """The real time plus an offset that never shrinks. `keep` is told each new offset, to write it down."""

    def __init__(
        self,
        offset: timedelta = timedelta(0),
        keep: Callable[[timedelta], object] = lambda _: None,
        real: Callable[[], datetime] = real_now,
    ) -> None:
        self.offset = offset
        self._keep = keep
        self._real = real

    def __call__(self) -> datetime:
        """Return the time of the demo."""
        return self._real() + self.offset

    def move(self, to: datetime) -> None:
        """Make it `to` now, unless it is later already."""
        ahead = to - self._real()
        if ahead > self.offset:
            self._keep(ahead)
            self.offset = ahead


class DemoClock(Clock):
    """A clock that can be moved forward."""

    def __init__(self, engine: Engine, house: House, messengers: Mapping[str, Messenger], time: DemoTime) -> None:
        super().__init__(engine, house, messengers, time)
        self._time = time

    async def advance(self, to: datetime) -> datetime:
        """Let time run until `to`: everything on the way happens at its own time. Return what time it is then."""

        async def work() -> datetime:
            async with self._dates, self._sending:
                while (moment := await self.next_due()) is not None and moment <= to and not self.stopping:
                    if not await self._at(moment):
                        break
                if not self.stopping:
                    await self._at(to)
            return self.now()

        return await self._finish(work())

    async def _at(self, moment: datetime) -> int:
        await self.settled()  # a reply under way is not left behind in the past
        self._time.move(moment)
        return await self._handle() + await self._deliver()
