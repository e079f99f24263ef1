"""Delivery: what was decided is taken to people, in the order it was decided, and what became of it is written down.

A message is marked `sending` and committed before its platform is called, so a process that dies leaves a trace: after
a minute the outcome counts as unknown, as it does when the platform gives no clear answer. A message of unknown outcome
is looked up where the platform can do that, else it is sent again with the same key: after a minute, and once; if that
has no clear outcome either, it is given up. Nobody is shown a message while an earlier one to them still waits.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol, runtime_checkable

import structlog
from sqlalchemy import Engine, bindparam, case, func, text, update
from sqlalchemy import select as rows_of
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, delete, or_, select

from bot.cards import Card
from bot.core import message
from bot.events import Address
from bot.house import House
from bot.models import WAITING, Handled, Outbox, Person
from bot.ports import Messenger, Outcome
from bot.store import run

AT_ONCE = 10  # messages under way at the same time, each to another person
PATIENCE = timedelta(seconds=45)  # for one call of a platform; less than the lease
LEASE = timedelta(seconds=60)  # after which whoever was sending is taken for dead
DOUBT = timedelta(minutes=1)  # before a message of unknown outcome is looked up or sent again
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
KEEP_HANDLED = timedelta(days=7)
KEEP_DELIVERED = timedelta(days=30)

log = structlog.get_logger()


@runtime_checkable
class Finder(Protocol):
    """A messenger whose platform can say whether it took a message."""

    async def find(self, to: Address, key: str, since: datetime) -> str | None:
        """Return the reference of the message with this key, shown to them after `since`, or None if it is not there."""
        ...


@dataclass(slots=True)
class Delivered:
    """How many messages came to which end; `stranded` are those waiting for a platform that is not connected."""

    sent: int = 0
    retry: int = 0
    unknown: int = 0
    expired: int = 0
    dead: int = 0
    stranded: int = 0

    @property
    def touched(self) -> int:
        """How many messages were dealt with in any way."""
        return self.sent + self.retry + self.unknown + self.expired + self.dead


@dataclass(slots=True)
class _Job:
    """A message under way. `attempt` is its fencing token: whoever holds an older one has nothing to say any more."""

    id: int
    attempt: int
    was: str
    person_id: int
    platform: str
    tenant: str
    key: str
    replaces: str
    created_at: datetime
    to: Address
    card: Card
    resent: bool = False


@dataclass(slots=True)
class _Turn:
    """What one look at the outbox brought: what to send, and how many messages came to which end."""

    jobs: list[_Job] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)


async def deliver(
    engine: Engine,
    house: House,
    messengers: Mapping[str, Messenger],
    now: Callable[[], datetime],
    *,
    only: Collection[int] | None = None,
    limit: int = 1000,
) -> Delivered:
    """Send what waits, at most `limit` messages, and return what became of them.

    With `only`, these messages and what their readers were to be shown before them. The outcome of every call is in
    the database when this returns; several processes may deliver at the same time.
    """
    readers = None if only is None else await asyncio.to_thread(run, engine, house, partial(_readers, only))
    ends: Counter[str] = Counter()
    flying: dict[asyncio.Task[Outcome], _Job] = {}
    landed: list[tuple[_Job, Outcome]] = []
    begun = 0
    try:
        while True:
            room = min(AT_ONCE - len(flying), limit - begun)
            work = partial(_turn, landed=landed, room=room, platforms=tuple(messengers), readers=readers, now=now())
            turn = await asyncio.to_thread(run, engine, house, work)
            flying |= {asyncio.create_task(_send(messengers[job.platform], job)): job for job in turn.jobs}
            ends += turn.ends
            begun += len(turn.jobs) + turn.ends["expired"]
            if not flying and not turn.ends:
                break
            landed = []
            if flying:
                arrived, _ = await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)
                landed = [(flying.pop(task), task.result()) for task in arrived]
    finally:
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)
    return Delivered(**ends)
