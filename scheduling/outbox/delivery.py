"""Delivery of all that waits: what to take up next, as many at a time as there is room for, until nothing is left."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy import select as rows_of
from sqlmodel import Session, col

from bot.chat.ports import Messenger, Outcome
from bot.front.respond import message
from bot.keeping.store import run
from bot.keeping.tables import Outbox
from bot.programme.house import House
from scheduling.outbox.jobs import Delivered, Job, News, Told, as_job, mark, spread
from scheduling.outbox.lanes import SOONEST_IN_LANES, Ways, from_lanes, paces
from scheduling.outbox.outcomes import LONGEST_PAUSE, settle
from scheduling.outbox.queries import NEXT, NEXT_TO_SOME, SOONEST, STRANDED
from scheduling.outbox.sending import send

AT_ONCE = 10  # messages under way at the same time, each to another person

log = structlog.get_logger()


@dataclass(slots=True)
class _Turn:
    """What one look at the outbox brought: what to send, how many rows were taken up, what came to which end."""

    jobs: list[Job] = field(default_factory=list)
    taken: int = 0
    free_at: datetime | None = None
    stranded: int = 0
    news: list[News] = field(default_factory=list)


async def deliver(
    engine: Engine,
    house: House,
    messengers: Mapping[str, Messenger],
    now: Callable[[], datetime],
    *,
    only: Collection[int] | None = None,
    limit: int = 1000,
    holder: str = "",
    linger: timedelta = timedelta(0),
    told: Told | None = None,
) -> Delivered:
    """Send what waits, at most `limit` messages, and return what became of them.

    With `only`, these messages and what their readers were to be shown before them, whatever their lane says. `holder`
    names this process to the lanes, and for `linger` it waits for one of its own to be free again; `told` hears of
    every call of a platform. The outcome of every call is in the database when this returns. Several processes may
    deliver at the same time.
    """
    readers = None if only is None else await asyncio.to_thread(run, engine, house, partial(_readers, only))
    ends: Counter[str] = Counter()
    flying: dict[asyncio.Task[Outcome], Job] = {}
    landed: list[tuple[Job, Outcome]] = []
    left, lingered = limit, timedelta(0)
    try:
        while True:
            room = min(AT_ONCE - len(flying), left)
            ways = Ways(tuple(messengers), paces(messengers), holder)
            work = partial(_turn, landed=landed, room=room, ways=ways, readers=readers, now=now())
            turn = await asyncio.to_thread(run, engine, house, work)
            flying |= {asyncio.create_task(send(messengers[job.platform], job, now)): job for job in turn.jobs}
            ends.update(spread(turn.news, told))
            left -= turn.taken
            landed = []
            if flying:
                arrived, _ = await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)
                landed = [(flying.pop(task), task.result()) for task in arrived]
            elif not turn.taken:
                if turn.free_at is None or lingered >= linger:
                    break
                pause = max(turn.free_at - now(), timedelta(milliseconds=1))
                lingered += pause
                await asyncio.sleep(pause.total_seconds())
    finally:
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)
    return Delivered(**ends, stranded=turn.stranded)


def next_delivery(db: Session, messengers: Mapping[str, Messenger]) -> datetime | None:
    """Return when there will be something to send to one of these platforms, or None if nothing waits."""
    paced = paces(messengers)
    kinds = _kinds(tuple(messengers), paced)
    moments = [db.execute(SOONEST, {"platform": platform, "bulk": bulk}).scalar() for platform, bulk in kinds]
    if paced:
        lanes = db.execute(SOONEST_IN_LANES, {"platforms": tuple(paced)})
        moments += [max(soonest, free) if free else soonest for soonest, free in lanes]
    return min((moment for moment in moments if moment is not None), default=None)


def _readers(only: Collection[int], db: Session) -> tuple[list[int], int]:
    """Return who these messages are for, and the newest of them."""
    people = db.execute(rows_of(col(Outbox.person_id)).where(col(Outbox.id).in_(only)).distinct()).scalars()
    return list(people), max(only, default=0)


def _turn(
    db: Session,
    *,
    landed: Sequence[tuple[Job, Outcome]],
    room: int,
    ways: Ways,
    readers: tuple[list[int], int] | None,
    now: datetime,
) -> _Turn:
    """Write down what has landed and take up what comes next, for as many as there is room for."""
    turn = _Turn(news=settle(db.connection(), landed, ways.paced, now))
    if room <= 0:
        return turn
    taken: list[Any] = []
    if readers is None:
        for platform, bulk in _kinds(ways.platforms, ways.paced):
            known = {"platform": platform, "bulk": bulk, "now": now, "room": room - len(taken)}
            taken += db.execute(NEXT, known).all() if len(taken) < room else ()
        if ways.paced and len(taken) < room:
            let_pass, turn.free_at = from_lanes(db, ways, now, room - len(taken))
            taken += let_pass
    else:
        wanted = {"platforms": ways.platforms, "readers": readers[0], "newest": readers[1]}
        taken += db.execute(NEXT_TO_SOME, {**wanted, "now": now, "room": room}).all()
    turn.taken = len(taken)
    if not taken and readers is None:
        turn.stranded = db.execute(STRANDED, {"platforms": ways.platforms, "now": now}).scalar_one()
    for row, *_ in taken:
        marked = mark(row, now)
        if row.expires_at is not None and row.expires_at <= now:
            _close(row, "expired", now, turn)
        else:
            _take_up(row, marked, db, now, turn)
    return turn


def _kinds(platforms: Iterable[str], paced: Container[str]) -> Iterator[tuple[str, bool]]:
    """Return what goes without a lane, as platform and whether in bulk: replies, and bulk where there is no pace."""
    for platform in platforms:
        yield platform, False
        if platform not in paced:
            yield platform, True


def _take_up(row: Outbox, marked: tuple[str, datetime], db: Session, now: datetime, turn: _Turn) -> None:
    try:
        shown = message(row, db)
    except Exception as error:  # noqa: BLE001 - one message that cannot be opened must not stop the others
        log.error("cannot be opened", message=row.id, error=type(error).__name__)  # noqa: TRY400 - as above
        row.state, row.reason, row.next_at = "retry", type(error).__name__, now + LONGEST_PAUSE
        turn.news.append((row.platform, "retry", None))
        return
    if shown is None:
        row.reason = "reader_gone"
        _close(row, "dead", now, turn)
        return
    turn.jobs.append(as_job(row, *marked, *shown))


def _close(row: Outbox, state: str, now: datetime, turn: _Turn) -> None:
    row.state, row.done_at, row.payload = state, now, ""
    turn.news.append((row.platform, state, None))
