"""Delivery: what was decided is taken to people, in the order it was decided, and what became of it is written down.

A message is marked `sending` and committed before its platform is called, so a process that dies leaves a trace: after
a minute the outcome counts as unknown, as it does when the platform gives no clear answer. A message of unknown outcome
is looked up after a minute where the platform can do that, and sent again if it is not there, for about an hour; else
it is sent again with the same key, once. If the outcome is unknown then too, it is given up. Nobody is shown a message
while an earlier one to them still waits, and nobody sends one whose lease could be over before its platform answers.

A reply to what somebody just did goes out at once, from the process that handled it. What the clock or a coordinator
causes goes out in bulk: on a platform with a pace, through a lane for each tenant, which one process at a time holds by
a lease and which moves back when the platform asks for patience.
"""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol, runtime_checkable

import structlog
from sqlalchemy import Connection, Engine, and_, bindparam, case, func, not_, or_, text, update
from sqlalchemy import select as rows_of
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, delete

from bot.chat.cards import Card
from bot.chat.events import Address
from bot.chat.ports import Messenger, Outcome
from bot.front.respond import message
from bot.keeping.store import insert_once, run, write
from bot.keeping.tables import WAITING, Handled, Lane, Outbox, UtcDateTime
from bot.people.tables import OpenCard, Person, Workspace
from bot.programme.house import House

AT_ONCE = 10  # messages under way at the same time, each to another person
PATIENCE = timedelta(seconds=45)  # for one call of a platform; less than the lease
LEASE = timedelta(seconds=60)  # after which whoever was sending is taken for dead
DOUBT = timedelta(minutes=1)  # before a message of unknown outcome is looked up or sent again
MOST_LOOKS = 60  # at a message of unknown outcome, on a platform that can look it up, before it is given up
TICK = timedelta(seconds=1)  # how long delivery waits for a lane of its own to be free, where it may
LANE_LEASE = timedelta(seconds=15)  # after which another process may take a lane over
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
KEEP_HANDLED = timedelta(days=7)
KEEP_DELIVERED = timedelta(days=30)
KEEP_OPEN = timedelta(weeks=10)  # longer than the longest time between two check-ins

News = tuple[str, str, float | None]  # a message's platform, the state it came to, seconds it waited if it was sent
Told = Callable[[str, str, float | None], object]

log = structlog.get_logger()

_WAITS = text(f"outbox.{WAITING}")  # word for word as in the indexes, or the databases would not use them
_BULK = text("outbox.bulk")


@runtime_checkable
class Finder(Protocol):
    """A messenger whose platform can say whether it took a message."""

    async def find(self, to: Address, key: str, since: datetime) -> str | None:
        """Return the reference of the message with this key, shown to them since then, or None if it is not there."""
        ...


@runtime_checkable
class Paced(Protocol):
    """A messenger whose platform wants no more than so many messages a second to one tenant."""

    @property
    def pace(self) -> float:
        """Messages a second."""
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
class Job:
    """A message under way. `attempt` is its fencing token: whoever holds an older one has nothing to say any more.

    From `lease_until` on, another process may send it.
    """

    id: int
    attempt: int
    was: str
    person_id: int
    platform: str
    tenant: str
    key: str
    replaces: str
    created_at: datetime
    ready_at: datetime
    lease_until: datetime
    to: Address
    card: Card
    resent: bool = False


@dataclass(frozen=True, slots=True)
class _Ways:
    """Which platforms are connected, how many messages a second those with a pace take, and who asks."""

    platforms: tuple[str, ...]
    paced: Mapping[str, float]
    holder: str


@dataclass(slots=True)
class _Turn:
    """What one look at the outbox brought: what to send, how many rows were taken up, what came to which end."""

    jobs: list[Job] = field(default_factory=list)
    taken: int = 0
    free_at: datetime | None = None
    stranded: int = 0
    news: list[News] = field(default_factory=list)


def take(rows: Sequence[Outbox], db: Session, now: datetime) -> list[Job]:
    """Mark these fresh replies as being sent by the caller, who hands them over after the commit.

    Left out is what waits for its time or its lane, and what has to wait behind an earlier message to its reader.
    """
    fresh = [row for row in rows if not row.bulk and row.next_at <= now]
    if not fresh:
        return []
    known = {"readers": {row.person_id for row in fresh}, "oldest": min(row.id for row in fresh)}
    behind = set(db.execute(_BEHIND, known).scalars())
    jobs = []
    for row in fresh:
        shown = message(row, db) if row.person_id not in behind else None
        if shown is not None:
            jobs.append(_job(row, *_mark(row, now), *shown))
    return jobs


async def hand_over(
    engine: Engine,
    messengers: Mapping[str, Messenger],
    now: Callable[[], datetime],
    jobs: Iterable[Job],
    told: Told | None = None,
) -> Delivered:
    """Send what `take` has marked: each reader's messages in order, different readers' side by side."""
    readers: defaultdict[int, list[Job]] = defaultdict(list)
    for job in jobs:
        readers[job.person_id].append(job)
    lines = (_in_order(engine, messengers, now, line, told) for line in readers.values())
    ends = Counter(end for line in await asyncio.gather(*lines) for end in line)
    return Delivered(**ends)


async def _in_order(
    engine: Engine,
    messengers: Mapping[str, Messenger],
    now: Callable[[], datetime],
    line: Sequence[Job],
    told: Told | None,
) -> list[str]:
    ends: list[str] = []
    for number, job in enumerate(line):
        outcome = await _send(messengers[job.platform], job, now) if job.platform in messengers else Outcome("retry")
        settle = partial(_settle, landed=[(job, outcome)], paced=_paces(messengers), now=now())
        ends += _spread(await asyncio.to_thread(write, engine, settle), told)
        if outcome.state in {"retry", "unknown"}:
            rest = partial(_release, jobs=line[number + 1 :], now=now())
            await asyncio.to_thread(write, engine, rest)
            break
    return ends


def _spread(news: Iterable[News], told: Told | None) -> Iterator[str]:
    for platform, state, waited in news:
        if told:
            told(platform, state, waited)
        yield state


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
            ways = _Ways(tuple(messengers), _paces(messengers), holder)
            work = partial(_turn, landed=landed, room=room, ways=ways, readers=readers, now=now())
            turn = await asyncio.to_thread(run, engine, house, work)
            flying |= {asyncio.create_task(_send(messengers[job.platform], job, now)): job for job in turn.jobs}
            ends.update(_spread(turn.news, told))
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
    paced = _paces(messengers)
    kinds = _kinds(tuple(messengers), paced)
    moments = [db.execute(_SOONEST, {"platform": platform, "bulk": bulk}).scalar() for platform, bulk in kinds]
    if paced:
        lanes = db.execute(_SOONEST_IN_LANES, {"platforms": tuple(paced)})
        moments += [max(soonest, free) if free else soonest for soonest, free in lanes]
    return min((moment for moment in moments if moment is not None), default=None)


def adopt(connection: Connection, now: datetime) -> None:
    """Take up at once what a process that is gone was sending: for whoever knows that nobody else is at work here."""
    connection.execute(_ADOPT, {"now_at": now})


def let_go(connection: Connection, holder: str, now: datetime) -> None:
    """Let others have the lanes of a process that stops."""
    connection.execute(_LET_GO, {"of_holder": holder, "until": now})


def purge(db: Session, now: datetime) -> None:
    """Delete what nobody needs any more: event ids after a week, delivered messages after a month.

    A message that somebody's typed words may still answer is kept; after ten weeks, they answer it no more.
    """
    db.exec(delete(Handled).where(col(Handled.at) < now - KEEP_HANDLED))
    db.exec(delete(OpenCard).where(col(OpenCard.shown_at) < now - KEEP_OPEN))
    done = (col(Outbox.done_at) < now - KEEP_DELIVERED, col(Outbox.id).not_in(rows_of(col(OpenCard.outbox_id))))
    db.exec(delete(Outbox).where(*done).execution_options(synchronize_session=False))


async def _send(messenger: Messenger, job: Job, now: Callable[[], datetime]) -> Outcome:
    """Return what became of the message; whatever the messenger raises leaves that open."""
    in_doubt = job.was in {"unknown", "sending"}
    if now() > job.lease_until - PATIENCE:  # this process stood still, or waited long for the database
        return Outcome("unknown" if in_doubt else "retry", reason="too_late")
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            if in_doubt and isinstance(messenger, Finder):
                ref = await messenger.find(job.to, job.key, job.created_at)
                if ref is not None:
                    return Outcome("sent", ref=ref)
            job.resent = job.was == "unknown" and not (isinstance(messenger, Finder) and job.attempt < MOST_LOOKS)
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
    waits = text(f"earlier.{WAITING}")
    blocked = rows_of(col(earlier.id)).where(same, waits, before, not_(_for_later(earlier))).exists()
    return rows_of(Outbox, Person).join(Person).where(_WAITS, ~blocked)


def _for_later(row: Any) -> Any:
    return and_(col(row.state) == "pending", col(row.attempts) == 0, col(row.next_at) > col(row.created_at))


def _some(column: Any, name: str) -> Any:
    return column.in_(bindparam(name, expanding=True))


_CONNECTED = _some(col(Outbox.platform), "platforms")
_ONE_KIND = and_(col(Outbox.platform) == bindparam("platform"), col(Outbox.bulk) == bindparam("bulk"))
_BEHIND = (
    rows_of(col(Outbox.person_id))
    .where(_WAITS, _some(col(Outbox.person_id), "readers"), col(Outbox.id) < bindparam("oldest"))
    .where(
        not_(
            and_(
                col(Outbox.state) == "pending", col(Outbox.attempts) == 0, col(Outbox.next_at) > col(Outbox.created_at)
            )
        )
    )
)
_NEXT_OF_ALL = (
    _first_in_line()
    .where(col(Outbox.next_at) <= bindparam("now"))
    .order_by(Outbox.next_at, Outbox.id)
    .limit(bindparam("room"))
    .with_for_update(skip_locked=True, of=Outbox)
)
_NEXT = _NEXT_OF_ALL.where(_ONE_KIND)
_NEXT_TO_SOME = _NEXT_OF_ALL.where(
    _CONNECTED, _some(col(Outbox.person_id), "readers"), col(Outbox.id) <= bindparam("newest")
)
_NEXT_IN_LANE = _NEXT_OF_ALL.where(
    col(Outbox.platform) == bindparam("platform"), col(Outbox.tenant) == bindparam("tenant"), _BULK
)
_SOONEST = (
    _first_in_line().where(_ONE_KIND).with_only_columns(col(Outbox.next_at)).order_by(col(Outbox.next_at)).limit(1)
)
_SAME_LANE = and_(col(Lane.platform) == Workspace.platform, col(Lane.tenant) == Workspace.tenant)
_IN_LANE = (
    rows_of(col(Outbox.next_at))
    .where(_WAITS, _BULK, col(Outbox.platform) == Workspace.platform, col(Outbox.tenant) == Workspace.tenant)
    .order_by(col(Outbox.next_at))
    .limit(1)
    .correlate(Workspace)
    .scalar_subquery()
)
_LANES = rows_of(col(Workspace.platform), col(Workspace.tenant)).outerjoin(Lane, _SAME_LANE)
_LANES = _LANES.where(_some(col(Workspace.platform), "platforms"))
_SOONEST_IN_LANES = _LANES.with_only_columns(_IN_LANE, col(Lane.next_at)).where(_IN_LANE.is_not(None))
_FREE_LANES = _LANES.where(
    bindparam("now") >= _IN_LANE,
    or_(
        col(Lane.holder).is_(None),
        and_(
            col(Lane.next_at) <= bindparam("now"),
            or_(col(Lane.holder) == bindparam("of_holder"), col(Lane.lease_until) <= bindparam("now")),
        ),
    ),
)
_OWN_LANES_FREE = (
    _LANES.with_only_columns(func.min(col(Lane.next_at), type_=UtcDateTime))
    .where(bindparam("soon") >= _IN_LANE, col(Lane.holder) == bindparam("of_holder"))
    .where(col(Lane.next_at).between(bindparam("now"), bindparam("soon")))
)
_LANE = rows_of(Lane).where(col(Lane.platform) == bindparam("platform"), col(Lane.tenant) == bindparam("tenant"))
_LANE = _LANE.with_for_update(skip_locked=True)
_ADOPT = update(Outbox).where(col(Outbox.state) == "sending").values(next_at=bindparam("now_at", type_=UtcDateTime))
_LET_GO = update(Lane).where(col(Lane.holder) == bindparam("of_holder")).values(lease_until=bindparam("until"))
_ELSEWHERE = rows_of(col(Workspace.platform)).where(not_(_some(col(Workspace.platform), "platforms")))
_STRANDED = rows_of(func.count(col(Outbox.id))).where(
    _WAITS, col(Outbox.platform).in_(_ELSEWHERE), col(Outbox.next_at) <= bindparam("now")
)


def _readers(only: Collection[int], db: Session) -> tuple[list[int], int]:
    """Return who these messages are for, and the newest of them."""
    people = db.execute(rows_of(col(Outbox.person_id)).where(col(Outbox.id).in_(only)).distinct()).scalars()
    return list(people), max(only, default=0)


def _turn(
    db: Session,
    *,
    landed: Sequence[tuple[Job, Outcome]],
    room: int,
    ways: _Ways,
    readers: tuple[list[int], int] | None,
    now: datetime,
) -> _Turn:
    """Write down what has landed and take up what comes next, for as many as there is room for."""
    turn = _Turn(news=_settle(db.connection(), landed, ways.paced, now))
    if room <= 0:
        return turn
    taken: list[Any] = []
    if readers is None:
        for platform, bulk in _kinds(ways.platforms, ways.paced):
            known = {"platform": platform, "bulk": bulk, "now": now, "room": room - len(taken)}
            taken += db.execute(_NEXT, known).all() if len(taken) < room else ()
        if ways.paced and len(taken) < room:
            taken += _from_lanes(db, ways, now, room - len(taken), turn)
    else:
        wanted = {"platforms": ways.platforms, "readers": readers[0], "newest": readers[1]}
        taken += db.execute(_NEXT_TO_SOME, {**wanted, "now": now, "room": room}).all()
    turn.taken = len(taken)
    if not taken and readers is None:
        turn.stranded = db.execute(_STRANDED, {"platforms": ways.platforms, "now": now}).scalar_one()
    for row, _ in taken:
        marked = _mark(row, now)
        if row.expires_at is not None and row.expires_at <= now:
            _close(row, "expired", now, turn)
        else:
            _take_up(row, marked, db, now, turn)
    return turn


def _mark(row: Outbox, now: datetime) -> tuple[str, datetime]:
    """Mark a message as being sent; return the state it was in, and since when it could have gone."""
    was = row.state, row.next_at if row.state == "pending" else row.created_at
    row.state, row.attempts, row.next_at = "sending", row.attempts + 1, now + LEASE
    return was


def _kinds(platforms: Iterable[str], paced: Container[str]) -> Iterator[tuple[str, bool]]:
    """Return what goes without a lane, as platform and whether in bulk: replies, and bulk where there is no pace."""
    for platform in platforms:
        yield platform, False
        if platform not in paced:
            yield platform, True


def _paces(messengers: Mapping[str, Messenger]) -> dict[str, float]:
    return {name: way.pace for name, way in messengers.items() if isinstance(way, Paced)}


def _from_lanes(db: Session, ways: _Ways, now: datetime, room: int, turn: _Turn) -> list[Any]:
    """Return what the lanes that are free or held by this process let pass now: a second's worth at most, each."""
    taken: list[Any] = []
    free = {"platforms": tuple(ways.paced), "now": now, "of_holder": ways.holder}
    for platform, tenant in db.execute(_FREE_LANES, free).all():
        if len(taken) >= room:
            break
        lane = _claim_lane(platform, tenant, ways.holder, now, db)
        if lane is None:
            continue
        pace = ways.paced[platform]
        most = min(room - len(taken), max(1, int(pace)))
        found = db.execute(_NEXT_IN_LANE, {"platform": platform, "tenant": tenant, "now": now, "room": most}).all()
        lane.next_at = max(lane.next_at, now - timedelta(seconds=1 / pace)) + timedelta(seconds=len(found) / pace)
        taken += found
    turn.free_at = db.execute(_OWN_LANES_FREE, {**free, "soon": now + TICK}).scalar()
    return taken


def _claim_lane(platform: str, tenant: str, holder: str, now: datetime, db: Session) -> Lane | None:
    key = {"platform": platform, "tenant": tenant}
    insert_once(Lane, {**key, "holder": holder, "term": 0, "lease_until": now, "next_at": now}, db)
    lane: Lane | None = db.execute(_LANE, key).scalar()
    if lane is None or lane.next_at > now or (lane.holder != holder and lane.lease_until > now):
        return None
    if lane.holder != holder:
        lane.holder, lane.term = holder, lane.term + 1
    lane.lease_until = now + LANE_LEASE
    return lane


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
    turn.jobs.append(_job(row, *marked, *shown))


def _job(row: Outbox, was: str, ready_at: datetime, to: Address, card: Card) -> Job:
    where = (row.person_id, row.platform, row.tenant, row.key, row.replaces)
    return Job(row.id, row.attempts, was, *where, row.created_at, ready_at, row.next_at, to, card)


def _close(row: Outbox, state: str, now: datetime, turn: _Turn) -> None:
    row.state, row.done_at, row.payload = state, now, ""
    turn.news.append((row.platform, state, None))


_DONE_AT = bindparam("new_done_at", type_=UtcDateTime)
_OF_JOB = (  # the key too: SQLite may give the number of a row that was erased to a new one
    col(Outbox.id) == bindparam("of_id"),
    col(Outbox.key) == bindparam("of_key"),
    col(Outbox.attempts) == bindparam("of_attempt"),
)
_ENDS = (
    update(Outbox)
    .where(*_OF_JOB)
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        ref=bindparam("new_ref"),
        next_at=bindparam("new_next_at"),
        done_at=_DONE_AT,
        payload=case((_DONE_AT.is_(None), Outbox.payload), else_=""),
    )
)


_UNREACHABLE = update(Person).where(col(Person.id) == bindparam("of_id")).values(reachable=False)
_RELEASE = update(Outbox).where(*_OF_JOB).values(state="pending", attempts=0, next_at=bindparam("new_next_at"))


def _settle(
    db: Connection,
    landed: Iterable[tuple[Job, Outcome]],
    paced: Mapping[str, float],
    now: datetime,
) -> list[News]:
    """Write down what became of messages, unless somebody else has taken them up meanwhile, and return it."""
    rows, gone, news = [], [], []
    for job, outcome in landed:
        state, next_at = _end(job, outcome, now)
        news.append((job.platform, state, (now - job.ready_at).total_seconds() if state == "sent" else None))
        reason = outcome.reason or (outcome.state if outcome.state not in {"sent", state} else "")
        done_at = now if state in {"sent", "dead"} else None
        row = {**_of(job), "new_state": state, "new_reason": reason}
        rows.append({**row, "new_ref": outcome.ref, "new_next_at": next_at, "new_done_at": done_at})
        gone += [{"of_id": job.person_id}] if outcome.state == "unreachable" else []
        if outcome.state == "retry" and outcome.lane:
            _hold_lane(job, next_at, paced, db)
    if gone:
        db.execute(_UNREACHABLE, gone)
    if rows:
        db.execute(_ENDS, rows)
    return news


def _of(job: Job) -> dict[str, Any]:
    return {"of_id": job.id, "of_key": job.key, "of_attempt": job.attempt}


def _release(db: Connection, jobs: Sequence[Job], now: datetime) -> None:
    """Put messages back that were marked and not sent: an earlier one to their reader has to be tried again first."""
    if jobs:
        db.execute(_RELEASE, [{**_of(job), "new_next_at": now} for job in jobs])


def _end(job: Job, outcome: Outcome, now: datetime) -> tuple[str, datetime]:
    """Return the state that an outcome leads to, and when to look at the message again if it still waits."""
    if outcome.state == "sent":
        return "sent", now
    if outcome.state == "retry":
        pause = min(FIRST_PAUSE * 2 ** min(job.attempt - 1, 20), LONGEST_PAUSE) * random.uniform(0.5, 1)  # noqa: S311
        return "retry", max(outcome.not_before or now + pause, now + timedelta(seconds=1))
    if outcome.state == "unknown" and not job.resent:
        return "unknown", now + DOUBT
    return "dead", now


_HOLD_LANE = (
    update(Lane)
    .where(col(Lane.platform) == bindparam("of_platform"), col(Lane.tenant) == bindparam("of_tenant"))
    .where(col(Lane.next_at) < bindparam("until"))
    .values(next_at=bindparam("until"))
)
_HOLD_ROWS = (
    update(Outbox)
    .where(col(Outbox.platform) == bindparam("of_platform"), col(Outbox.tenant) == bindparam("of_tenant"), _BULK)
    .where(_WAITS, col(Outbox.state) != "sending", col(Outbox.next_at) < bindparam("until"))
    .values(next_at=bindparam("until"))
)


def _hold_lane(job: Job, until: datetime, paced: Mapping[str, float], db: Connection) -> None:
    """Let everything that goes to this tenant in bulk wait, as its platform asked."""
    hold = _HOLD_LANE if job.platform in paced else _HOLD_ROWS
    db.execute(hold, {"of_platform": job.platform, "of_tenant": job.tenant, "until": until})
