"""Lanes: what a platform with a pace lets pass in bulk to one tenant. One process holds a lane, by a lease."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import Connection, and_, bindparam, func, or_, update
from sqlalchemy import select as rows_of
from sqlmodel import Session, col

from bot.chat.ports import Messenger
from bot.keeping.store import insert_once
from bot.keeping.tables import Lane, Outbox, UtcDateTime
from bot.people.tables import Workspace
from scheduling.outbox.jobs import Job
from scheduling.outbox.queries import BULK, NEXT_OF_ALL, WAITS, some

TICK = timedelta(seconds=1)  # how long delivery waits for a lane of its own to be free, where it may
LANE_LEASE = timedelta(seconds=15)  # after which another process may take a lane over


@runtime_checkable
class Paced(Protocol):
    """A messenger whose platform wants no more than so many messages a second to one tenant."""

    @property
    def pace(self) -> float:
        """Messages a second."""
        ...


@dataclass(frozen=True, slots=True)
class Ways:
    """Which platforms are connected, how many messages a second those with a pace take, and who asks."""

    platforms: tuple[str, ...]
    paced: Mapping[str, float]
    holder: str


_NEXT_IN_LANE = NEXT_OF_ALL.where(
    col(Outbox.platform) == bindparam("platform"), col(Outbox.tenant) == bindparam("tenant"), BULK
)
_SAME_LANE = and_(col(Lane.platform) == Workspace.platform, col(Lane.tenant) == Workspace.tenant)
_IN_LANE = (
    rows_of(col(Outbox.next_at))
    .where(WAITS, BULK, col(Outbox.platform) == Workspace.platform, col(Outbox.tenant) == Workspace.tenant)
    .order_by(col(Outbox.next_at))
    .limit(1)
    .correlate(Workspace)
    .scalar_subquery()
)
_LANES = rows_of(col(Workspace.platform), col(Workspace.tenant)).outerjoin(Lane, _SAME_LANE)
_LANES = _LANES.where(some(col(Workspace.platform), "platforms"))
SOONEST_IN_LANES = _LANES.with_only_columns(_IN_LANE, col(Lane.next_at)).where(_IN_LANE.is_not(None))
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
_LET_GO = update(Lane).where(col(Lane.holder) == bindparam("of_holder")).values(lease_until=bindparam("until"))
_HOLD_LANE = (
    update(Lane)
    .where(col(Lane.platform) == bindparam("of_platform"), col(Lane.tenant) == bindparam("of_tenant"))
    .where(col(Lane.next_at) < bindparam("until"))
    .values(next_at=bindparam("until"))
)
_HOLD_ROWS = (
    update(Outbox)
    .where(col(Outbox.platform) == bindparam("of_platform"), col(Outbox.tenant) == bindparam("of_tenant"), BULK)
    .where(WAITS, col(Outbox.state) != "sending", col(Outbox.next_at) < bindparam("until"))
    .values(next_at=bindparam("until"))
)


def paces(messengers: Mapping[str, Messenger]) -> dict[str, float]:
    """Return how many messages a second the platforms with a pace take."""
    return {name: way.pace for name, way in messengers.items() if isinstance(way, Paced)}


def from_lanes(db: Session, ways: Ways, now: datetime, room: int) -> tuple[list[Any], datetime | None]:
    """Return what lanes that are free or its own let pass now, a second's worth each, and when its next one is free."""
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
    return taken, db.execute(_OWN_LANES_FREE, {**free, "soon": now + TICK}).scalar()


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


def hold_lane(job: Job, until: datetime, paced: Mapping[str, float], db: Connection) -> None:
    """Let everything that goes to this tenant in bulk wait, as its platform asked."""
    hold = _HOLD_LANE if job.platform in paced else _HOLD_ROWS
    db.execute(hold, {"of_platform": job.platform, "of_tenant": job.tenant, "until": until})


def let_go(connection: Connection, holder: str, now: datetime) -> None:
    """Let others have the lanes of a process that stops."""
    connection.execute(_LET_GO, {"of_holder": holder, "until": now})
