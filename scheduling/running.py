"""A running bot: what comes in is handled and kept, its replies go out, and the clock does what falls due."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import Engine, text
from sqlmodel import Session

from bot.chat.cards import Card
from bot.chat.events import Event
from bot.chat.ports import Messenger
from bot.front import routes
from bot.front.respond import digest_of, redrawn, respond
from bot.keeping import store
from bot.programme.house import House
from scheduling.clock import Clock
from scheduling.outbox import Job, take
from scheduling.watch import Metrics

log = structlog.get_logger()


@dataclass
class Bot:
    """A bot that is set up: events go in through `receive`, messages go out through the messengers."""

    engine: Engine
    house: House
    clock: Clock
    metrics: Metrics = field(default_factory=Metrics)

    async def receive(self, event: Event) -> Card | None:
        """Handle an event in one transaction; return after the commit, with the card that a pressed one turns into."""

        def work(db: Session) -> tuple[list[Job], list[int], Card | None]:
            now = self.clock.now()
            rows = respond(event, db, now)
            jobs = (
                [] if self.clock.stopping else take(rows, db, now)
            )  # else another process or the next start sends them
            return jobs, [row.id for row in rows if row.state == "pending" and not row.bulk], redrawn(event, rows, db)

        began = time.perf_counter()
        jobs, rest, card = await asyncio.to_thread(store.run, self.engine, self.house, work)
        seconds, kind, action = time.perf_counter() - began, type(event).__name__.lower(), getattr(event, "action", "")
        self.metrics.handled(kind, seconds, action)
        known = action if action in routes.of(self.house.parts).pressed else ""
        log.info("handled", kind=kind, action=known, event_id=digest_of(event)[:16], seconds=round(seconds, 3))
        if jobs or (rest and not self.clock.stopping):
            self.clock.wake(jobs, rest)
        return card

    def start(self) -> None:
        """Let the clock tick, on the running event loop."""
        self.clock.start()

    async def stop(self) -> None:
        """Stop the clock once what is under way is finished; what comes in later is kept for whoever runs next."""
        await self.clock.stop()

    async def settled(self) -> None:
        """Wait until the replies under way have been delivered."""
        await self.clock.settled()

    async def ready(self) -> Mapping[str, str]:
        """Return "ok" for each part, or what it lacks; raise if the database does not answer."""

        def look() -> None:
            with store.transaction(self.engine, self.house, read_only=True) as db:
                db.connection().execute(text("SELECT 1"))

        await asyncio.to_thread(look)
        return {"clock": "stopping" if self.clock.stopping else "ok", "database": "ok"}

    async def figures(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        return await asyncio.to_thread(self.metrics.render, self.engine, self.house, self.clock.now)


def set_up(engine: Engine, house: House, messengers: Mapping[str, Messenger], now: Callable[[], datetime]) -> Bot:
    """Return a bot that speaks through these messengers and counts what it does; it has still to be started."""
    there = routes.of(house.parts)
    metrics = Metrics({*there.pressed, *there.due}, messengers)
    return Bot(engine, house, Clock(engine, house, messengers, now, metrics), metrics)
