"""What an operator watches: how late the bot is, what failed, what waits. Numbers by platform and action, never people.

What happens in this process is counted here; what is true of the database is looked up when somebody asks, with the
ends of indexes and counts that have an upper bound, so that asking costs little however many rows there are.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from bot.house import House
from bot.models import WAITING, UtcDateTime
from bot.store import transaction
from scheduling.due import DUE, LOOK

MOST_WAITING = 100_000  # messages that are counted; a larger number is not a worse one
MOST_LOOKED_AT = 10_000  # messages that could go, the oldest first, and rows set aside of one action
PATIENCE = 5_000  # milliseconds for one question to PostgreSQL

EVENTS = ("said", "pressed", "met", "lost", "due")
STATES = ("sent", "retry", "unknown", "expired", "dead")
TICKS = ("dates", "messages", "sweep", "reply")
OTHER = "other"
HANDLER_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
WAIT_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ready:
    """Messages that wait for nothing but their turn: how many, and for how many seconds the oldest one could go."""

    count: int
    lag: float


@dataclass(frozen=True, slots=True)
class Watched:
    """The database at one moment.

    - `overdue`: by action, how many seconds ago its earliest date came; rows set aside count from their next try.
    - `aside`: by action, how many rows are set aside because their handler failed.
    - `waiting`: messages that are not done with, those for later too; `ready`: by platform and whether in bulk.
    - `ended`: by platform and state, messages of unknown outcome, and those expired or given up in the last month.
    - `unreachable`: by platform, people whom nothing can be sent to.
    - `ahead`: by how many seconds the database's clock is ahead of ours; None where it has none of its own.
    """

    overdue: Mapping[str, float]
    aside: Mapping[str, int]
    waiting: int
    ready: Mapping[tuple[str, bool], Ready]
    ended: Mapping[tuple[str, str], int]
    unreachable: Mapping[str, int]
    revision: str
    ahead: float | None


def look(engine: Engine, house: House, now: Callable[[], datetime]) -> Watched:
    """Return how things are, as one read-only transaction sees them."""
    with transaction(engine, house, read_only=True) as db:
        if db.get_bind().dialect.name == "postgresql":
            db.connection().execute(text(f"SET LOCAL statement_timeout = {PATIENCE}"))
        return Watched(
            overdue=_overdue(db, now()),
            aside=dict(db.connection().execute(_ASIDE).tuples().all()),
            waiting=db.connection().execute(_WAITING).scalar_one(),
            ready=_ready(db, now()),
            ended={(platform, state): many for platform, state, many in db.connection().execute(_ENDED)},
            unreachable=dict(db.connection().execute(_UNREACHABLE).tuples().all()),
            revision=db.connection().execute(_REVISION).scalar_one(),
            ahead=_ahead(db, now),
        )


def _overdue(db: Session, now: datetime) -> dict[str, float]:
    overdue = dict.fromkeys(DUE, 0.0)
    for due, action in db.connection().execute(LOOK):
        overdue[action] = max(overdue[action], (now - due).total_seconds())
    return overdue


def _ready(db: Session, now: datetime) -> dict[tuple[str, bool], Ready]:
    rows = db.connection().execute(_READY, {"now": now})
    return {
        (platform, bool(bulk)): Ready(count, (now - oldest).total_seconds()) for platform, bulk, count, oldest in rows
    }


def _ahead(db: Session, now: Callable[[], datetime]) -> float | None:
    if db.get_bind().dialect.name != "postgresql":
        return None
    asked = now()
    theirs: datetime = db.connection().execute(text("SELECT clock_timestamp()")).scalar_one()
    return (theirs - asked - (now() - asked) / 2).total_seconds()


def _count_aside() -> str:
    """Return the query for how many rows of each action are set aside, and have got no new date since."""
    one = (
        "SELECT '{action}' AS action, count(*) AS many FROM (SELECT 1 FROM set_aside AS s JOIN \"{table}\" AS t "
        "ON t.id = s.row_id AND t.{date} = s.due WHERE s.action = '{action}' LIMIT {most}) AS some_{date}_{rank}"
    )
    counts = [
        one.format(action=action, table=date.class_.__tablename__, date=date.key, rank=rank, most=MOST_LOOKED_AT)
        for rank, (action, date) in enumerate(DUE.items())
    ]
    return " UNION ALL ".join(counts)


_ASIDE = text(_count_aside())

# The conditions are word for word as in the indexes, or the databases would not use them

_WAITING = text(f"SELECT count(*) FROM (SELECT 1 FROM outbox WHERE {WAITING} LIMIT {MOST_WAITING}) AS some")  # noqa: S608
_READY = text(
    f"""
    SELECT platform, bulk, count(*), min(next_at) AS oldest FROM (
        SELECT platform, bulk, next_at FROM outbox
        WHERE {WAITING} AND state <> 'sending' AND next_at <= :now AND NOT EXISTS (
            SELECT 1 FROM outbox AS earlier
            WHERE earlier.person_id = outbox.person_id AND earlier.id < outbox.id
            AND earlier.{WAITING} AND earlier.attempts > 0 AND earlier.next_at > :now
        )
        ORDER BY next_at, id LIMIT {MOST_LOOKED_AT}
    ) AS some GROUP BY platform, bulk
    """  # noqa: S608 - our own names
)
_READY = _READY.bindparams()
_ENDED = text(
    "SELECT platform, state, count(*) FROM outbox WHERE state IN ('unknown', 'expired', 'dead') GROUP BY platform, state"
)
_UNREACHABLE = text(
    "SELECT platform, count(*) FROM person WHERE NOT reachable AND state = 'active' GROUP BY platform"
)
_REVISION = text("SELECT max(version_num) FROM alembic_version")
