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
from sqlalchemy import Engine, and_, bindparam, case, func, not_, text, update
from sqlalchemy import select as rows_of
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, delete

from bot.cards import Card
from bot.core import message
from bot.events import Address
from bot.house import House
from bot.models import WAITING, Handled, Outbox, Person, UtcDateTime
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

_WAITS = text(f"outbox.{WAITING}")  # word for word as in the indexes, or the databases would not use them


@runtime_checkable
class Finder(Protocol):
    """A messenger whose platform can say whether it took a message."""

    async def find(self, to: Address, key: str, since: datetime) -> str | None:
        """Return the reference of the message with this key, shown to them since then, or None if it is not there."""
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
    """What one look at the outbox brought: what to send, how many rows were taken up, how many came to which end."""

    jobs: list[_Job] = field(default_factory=list)
    taken: int = 0
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
    the database when this returns. Several processes may deliver at the same time.
    """
    readers = None if only is None else await asyncio.to_thread(run, engine, house, partial(_readers, only))
    ends: Counter[str] = Counter()
    flying: dict[asyncio.Task[Outcome], _Job] = {}
    landed: list[tuple[_Job, Outcome]] = []
    left = limit
    try:
        while True:
            room = min(AT_ONCE - len(flying), left)
            work = partial(_turn, landed=landed, room=room, platforms=tuple(messengers), readers=readers, now=now())
            turn = await asyncio.to_thread(run, engine, house, work)
            flying |= {asyncio.create_task(_send(messengers[job.platform], job)): job for job in turn.jobs}
            ends |= {end: ends[end] + many for end, many in turn.ends.items() if end != "stranded"}
            ends["stranded"] = turn.ends["stranded"]
            left -= turn.taken
            landed = []
            if flying:
                arrived, _ = await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)
                landed = [(flying.pop(task), task.result()) for task in arrived]
            elif not turn.taken:
                break
    finally:
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)
    return Delivered(**ends)


def next_delivery(db: Session, platforms: Collection[str]) -> datetime | None:
    """Return when there will be something to send to one of these platforms, or None if nothing waits."""
    return db.execute(_SOONEST, {"platforms": tuple(platforms)}).scalar()


def purge(db: Session, now: datetime) -> None:
    """Delete what nobody needs any more: event ids after a week, delivered messages after a month.

    A message that somebody's typed words may still answer is kept.
    """
    db.exec(delete(Handled).where(col(Handled.at) < now - KEEP_HANDLED))
    asked = (
        rows_of(column).where(column.is_not(None)) for column in (col(Person.asked_id), col(Person.asked_before_id))
    )
    done = (col(Outbox.done_at) < now - KEEP_DELIVERED, *(col(Outbox.id).not_in(ids) for ids in asked))
    db.exec(delete(Outbox).where(*done).execution_options(synchronize_session=False))


async def _send(messenger: Messenger, job: _Job) -> Outcome:
    """Return what became of the message; whatever the messenger raises leaves that open."""
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            if job.was in {"unknown", "sending"} and isinstance(messenger, Finder):
                ref = await messenger.find(job.to, job.key, job.created_at)
                if ref is not None:
                    return Outcome("sent", ref=ref)
            job.resent = job.was == "unknown"
            return await messenger.send(job.to, job.card, key=job.key, replaces=job.replaces)
    except Exception as error:  # noqa: BLE001 - an adapter's mistake must not stop delivery
        log.warning("outcome unknown", message=job.id, platform=job.platform, error=type(error).__name__)
        return Outcome("unknown", reason=type(error).__name__)


# What happens in the database, one transaction a turn


def _first_in_line() -> Any:
    """Return the query for messages that wait for nothing but their time: nothing earlier to the same reader waits.

    A message that was decided for later, a nudge for somebody's working hours, holds up none that come after it.
    """
    earlier = aliased(Outbox, name="earlier")
    same, before = col(earlier.person_id) == Outbox.person_id, col(earlier.id) < Outbox.id
    later = and_(
        col(earlier.state) == "pending", col(earlier.attempts) == 0, col(earlier.next_at) > col(earlier.created_at)
    )
    blocked = rows_of(col(earlier.id)).where(same, text(f"earlier.{WAITING}"), before, not_(later)).exists()
    connected = col(Outbox.platform).in_(bindparam("platforms", expanding=True))
    return rows_of(Outbox, Person).join(Person).where(_WAITS, connected, ~blocked)


_NEXT = (
    _first_in_line()
    .where(col(Outbox.next_at) <= bindparam("now"))
    .order_by(Outbox.next_at, Outbox.id)
    .limit(bindparam("room"))
    .with_for_update(skip_locked=True, of=Outbox)
)
_NEXT_TO_SOME = _NEXT.where(
    col(Outbox.person_id).in_(bindparam("readers", expanding=True)), col(Outbox.id) <= bindparam("newest")
)
_SOONEST = _first_in_line().with_only_columns(col(Outbox.next_at)).order_by(col(Outbox.next_at)).limit(1)
_STRANDED = rows_of(func.count(col(Outbox.id))).where(
    _WAITS,
    col(Outbox.next_at) <= bindparam("now"),
    col(Outbox.platform).not_in(bindparam("platforms", expanding=True)),
)


def _readers(only: Collection[int], db: Session) -> tuple[list[int], int]:
    """Return who these messages are for, and the newest of them."""
    people = db.execute(rows_of(col(Outbox.person_id)).where(col(Outbox.id).in_(only)).distinct()).scalars()
    return list(people), max(only, default=0)


def _turn(
    db: Session,
    *,
    landed: Sequence[tuple[_Job, Outcome]],
    room: int,
    platforms: Collection[str],
    readers: tuple[list[int], int] | None,
    now: datetime,
) -> _Turn:
    """Write down what has landed and take up what comes next, for as many as there is room for."""
    turn = _Turn()
    _settle(db, landed, now, turn)
    if room <= 0:
        return turn
    known = {"platforms": platforms, "now": now, "room": room}
    if readers is None:
        taken = db.execute(_NEXT, known).all()
    else:
        taken = db.execute(_NEXT_TO_SOME, {**known, "readers": readers[0], "newest": readers[1]}).all()
    turn.taken = len(taken)
    if not taken and readers is None:
        turn.ends["stranded"] = db.execute(_STRANDED, {"platforms": platforms, "now": now}).scalar_one()
    for row, _ in taken:
        was, row.state = row.state, "sending"
        row.attempts += 1
        row.next_at = now + LEASE
        if row.expires_at is not None and row.expires_at <= now:
            _close(row, "expired", now, turn)
        else:
            _take_up(row, was, db, now, turn)
    return turn


def _take_up(row: Outbox, was: str, db: Session, now: datetime, turn: _Turn) -> None:
    try:
        shown = message(row, db)
    except Exception as error:  # noqa: BLE001 - one message that cannot be opened must not stop the others
        log.error("cannot be opened", message=row.id, error=type(error).__name__)  # noqa: TRY400 - as above
        row.state, row.reason, row.next_at = "retry", type(error).__name__, now + LONGEST_PAUSE
        turn.ends["retry"] += 1
        return
    if shown is None:
        row.reason = "reader_gone"
        _close(row, "dead", now, turn)
        return
    to, card = shown
    about = (row.id, row.attempts, was, row.person_id, row.platform, row.tenant, row.key, row.replaces, row.created_at)
    turn.jobs.append(_Job(*about, to, card))


def _close(row: Outbox, state: str, now: datetime, turn: _Turn) -> None:
    row.state, row.done_at, row.payload = state, now, ""
    turn.ends[state] += 1


_DONE_AT = bindparam("new_done_at", type_=UtcDateTime)
_ENDS = (
    update(Outbox)
    .where(col(Outbox.id) == bindparam("of_id"), col(Outbox.attempts) == bindparam("of_attempt"))
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        ref=bindparam("new_ref"),
        next_at=bindparam("new_next_at"),
        done_at=_DONE_AT,
        payload=case((_DONE_AT.is_(None), Outbox.payload), else_=""),
    )
)


def _settle(db: Session, landed: Iterable[tuple[_Job, Outcome]], now: datetime, turn: _Turn) -> None:
    ends = [(job, outcome, *_end(job, outcome, now)) for job, outcome in landed]
    if lost := [job.person_id for job, outcome, *_ in ends if outcome.state == "unreachable"]:
        db.execute(update(Person).where(col(Person.id).in_(lost)).values(reachable=False))
    rows = []
    for job, outcome, state, next_at in ends:
        turn.ends[state] += 1
        reason = outcome.reason or (outcome.state if outcome.state not in {"sent", state} else "")
        done_at = now if state in {"sent", "dead"} else None
        row = {"of_id": job.id, "of_attempt": job.attempt, "new_state": state, "new_reason": reason}
        rows.append({**row, "new_ref": outcome.ref, "new_next_at": next_at, "new_done_at": done_at})
    if rows:
        db.connection().execute(_ENDS, rows)
    for job, outcome, _, next_at in ends:
        if outcome.state == "retry" and outcome.lane:
            _hold_lane(job, next_at, db)


def _end(job: _Job, outcome: Outcome, now: datetime) -> tuple[str, datetime]:
    """Return the state that an outcome leads to, and when to look at the message again if it still waits."""
    if outcome.state == "sent":
        return "sent", now
    if outcome.state == "retry":
        pause = min(FIRST_PAUSE * 2 ** min(job.attempt - 1, 20), LONGEST_PAUSE) * random.uniform(0.5, 1)  # noqa: S311
        return "retry", max(outcome.not_before or now + pause, now + timedelta(seconds=1))
    if outcome.state == "unknown" and not job.resent:
        return "unknown", now + DOUBT
    return "dead", now


def _hold_lane(job: _Job, until: datetime, db: Session) -> None:
    """Let everything that goes to this tenant in bulk wait, as its platform asked."""
    lane = (col(Outbox.platform) == job.platform, col(Outbox.tenant) == job.tenant, col(Outbox.bulk))
    waiting = (_WAITS, col(Outbox.state) != "sending", col(Outbox.next_at) < until)
    hold = update(Outbox).where(*lane, *waiting).values(next_at=until)
    db.execute(hold.execution_options(synchronize_session=False))
