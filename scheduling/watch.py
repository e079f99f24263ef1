"""What an operator watches: how late the bot is, what failed, what waits. Numbers by platform and action, never people.

What happens in this process is counted here; what is true of the database is looked up when somebody asks, with the
ends of indexes and counts that have an upper bound, so that asking costs little however many rows there are.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import Boolean, Engine, Integer, String, TextClause, bindparam, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from bot.front.parts import PARTS
from bot.keeping.store import transaction
from bot.keeping.tables import WAITING, UtcDateTime
from bot.people.tables import LOST
from bot.programme.house import House
from bot.programme.part import Part
from scheduling.due import dates, dates_of

MOST_WAITING = 100_000  # messages that are counted; a larger number is not a worse one
MOST_LOOKED_AT = 1_000  # messages whose time has come, the oldest first; and rows set aside of one action
PATIENCE = 5_000  # milliseconds for one question to PostgreSQL

EVENTS = ("said", "pressed", "met", "lost", "due")
KINDS = {False: "reply", True: "bulk"}
ENDS = ("unknown", "expired", "dead")
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
    aside: Mapping[str, float]
    waiting: int
    ready: Mapping[tuple[str, bool], Ready]
    ended: dict[tuple[str, str], float]
    unreachable: dict[str, float]
    revision: str
    ahead: float | None


def look(engine: Engine, house: House, now: Callable[[], datetime]) -> Watched:
    """Return how things are, as one read-only transaction sees them."""
    with transaction(engine, house, read_only=True) as db:
        if db.get_bind().dialect.name == "postgresql":
            db.connection().execute(text(f"SET LOCAL statement_timeout = {PATIENCE}"))
        return Watched(
            overdue=_overdue(db, house, now()),
            aside=_numbers(db.connection().execute(_aside(house.parts), {"most": MOST_LOOKED_AT})),
            waiting=db.connection().execute(_WAITING, {"most": MOST_WAITING}).scalar_one(),
            ready=_ready(db, now()),
            ended={(platform, state): many for platform, state, many in db.connection().execute(_ENDED)},
            unreachable=_numbers(db.connection().execute(_UNREACHABLE)),
            revision=db.connection().execute(_REVISION).scalar_one(),
            ahead=_ahead(db, now),
        )


def _numbers(rows: Iterable[Any]) -> dict[str, float]:
    return dict(tuple(row) for row in rows)


def _overdue(db: Session, house: House, now: datetime) -> dict[str, float]:
    overdue = dict.fromkeys(dates(house).columns, 0.0)
    for due, action in db.connection().execute(dates(house).look):
        overdue[action] = max(overdue[action], (now - due).total_seconds())
    return overdue


def _ready(db: Session, now: datetime) -> dict[tuple[str, bool], Ready]:
    rows = db.connection().execute(_READY_ROWS, {"now": now, "most": MOST_LOOKED_AT})
    return {
        (platform, bool(bulk)): Ready(count, (now - oldest).total_seconds()) for platform, bulk, count, oldest in rows
    }


def _ahead(db: Session, now: Callable[[], datetime]) -> float | None:
    if db.get_bind().dialect.name != "postgresql":
        return None
    asked = now()
    theirs: datetime = db.connection().execute(text("SELECT clock_timestamp()")).scalar_one()
    return (theirs - asked - (now() - asked) / 2).total_seconds()


@lru_cache(maxsize=8)
def _aside(parts: tuple[Part, ...]) -> TextClause:
    """Return the query for how many rows of each action are set aside, and have got no new date since."""
    one = (
        "SELECT '{action}' AS action, count(*) AS many FROM (SELECT 1 FROM set_aside AS s JOIN \"{table}\" AS t "
        "ON t.id = s.row_id AND t.{date} = s.due WHERE s.action = '{action}' LIMIT :most) AS aside_{rank}"
    )
    counts = [
        one.format(action=action, table=date.class_.__tablename__, date=date.key, rank=rank)
        for rank, (action, date) in enumerate(dates_of(parts).columns.items())
    ]
    return text(" UNION ALL ".join(counts) or "SELECT '' AS action, 0 AS many WHERE 1 = 0")


# The conditions are word for word as in the indexes, or the databases would not use them

_WAITING = text(f"SELECT count(*) FROM (SELECT 1 FROM outbox WHERE {WAITING} LIMIT :most) AS counted")  # noqa: S608
# A count for each of the few, and not NOT EXISTS, which PostgreSQL may turn into a join of the whole table
_READY = text(
    f"""
    SELECT platform, bulk, count(*) AS many, min(next_at) AS oldest FROM (
        SELECT id, person_id, platform, bulk, next_at FROM outbox
        WHERE {WAITING} AND state <> 'sending' AND next_at <= :now
        ORDER BY next_at, id LIMIT :most
    ) AS ready WHERE 0 = (
        SELECT count(*) FROM outbox AS earlier
        WHERE earlier.person_id = ready.person_id AND earlier.id < ready.id
        AND earlier.{WAITING} AND earlier.attempts > 0 AND earlier.next_at > :now
    )
    GROUP BY platform, bulk
    """  # noqa: S608 - our own names
).bindparams(bindparam("now", type_=UtcDateTime))
_READY_ROWS = _READY.columns(platform=String, bulk=Boolean, many=Integer, oldest=UtcDateTime)
_ENDED = text(
    "SELECT platform, state, count(*) FROM outbox "
    "WHERE state IN ('unknown', 'expired', 'dead') GROUP BY platform, state"
)
_UNREACHABLE = text(
    "SELECT platform, count(*) FROM account JOIN person ON person.id = account.person_id "  # noqa: S608 - our own names
    f"WHERE {LOST} AND state = 'active' GROUP BY platform"
)
_REVISION = text("SELECT max(version_num) FROM alembic_version")


class Metrics:
    """What happened in this process, as counters and histograms, and a page of it all in Prometheus' text format.

    `actions` and `platforms` are the names that labels may have; another is counted as "other". May be called from any
    thread.
    """

    def __init__(self, actions: Collection[str] = (), platforms: Collection[str] = ()) -> None:
        self._actions = frozenset(actions)
        self._platforms = frozenset(platforms)
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._handlers = Histogram(
            "speedmentor_handler_seconds",
            "Time to handle an event, from reading it to its commit.",
            ("event", "action"),
            buckets=HANDLER_SECONDS,
            registry=registry,
        )
        self._dates = Counter(
            "speedmentor_dates_handled", "Dates that came and were dealt with.", ("action", "result"), registry=registry
        )
        self._deliveries = Counter(
            "speedmentor_deliveries",
            "What became of attempts to deliver a message.",
            ("platform", "state"),
            registry=registry,
        )
        self._waits = Histogram(
            "speedmentor_delivery_wait_seconds",
            "Time from when a message could go until its platform took it.",
            ("platform",),
            buckets=WAIT_SECONDS,
            registry=registry,
        )
        self._failures = Counter(
            "speedmentor_failed_ticks", "Turns of the clock that ended in an error.", ("tick",), registry=registry
        )
        for platform in sorted(self._platforms):  # a counter that is there from the start lets its first step be seen
            self._waits.labels(platform)
            for state in STATES:
                self._deliveries.labels(platform, state)
        for tick in TICKS:
            self._failures.labels(tick)

    def handled(self, event: str, seconds: float, action: str = "") -> None:
        """Count an event (said, pressed, met, lost or due) with the time that its handler took."""
        named = _one_of(self._actions, action) if action else ""
        self._handlers.labels(_one_of(EVENTS, event), named).observe(seconds)

    def noticed(self, action: str, *, failed: bool = False) -> None:
        """Count a date that came; `failed` if its handler did and the row was set aside."""
        named = _one_of({*dates_of(PARTS).columns, *self._actions}, action)
        self._dates.labels(named, "set_aside" if failed else "handled").inc()

    def delivered(self, platform: str, state: str, waited: float | None = None) -> None:
        """Count an attempt to deliver a message by where it led; `waited` is in seconds, for one that was sent."""
        named = _one_of(self._platforms, platform)
        self._deliveries.labels(named, _one_of(STATES, state)).inc()
        if waited is not None:
            self._waits.labels(named).observe(waited)

    def tick_failed(self, tick: str) -> None:
        """Count a turn of the clock (dates, messages, sweep or reply) that ended in an error."""
        self._failures.labels(_one_of(TICKS, tick)).inc()

    def render(self, engine: Engine, house: House, now: Callable[[], datetime]) -> bytes:
        """Return the page. Blocks. Where the database is away it says so, and still shows what this process counted."""
        try:
            watched = look(engine, house, now)
        except SQLAlchemyError as error:
            log.warning("database not watched", error=type(error).__name__)
            watched = None
        return generate_latest(_Page([*_counted(self._registry), *_gauges(watched, self._platforms)]))


@dataclass(frozen=True, slots=True)
class _Page:
    families: list[Metric]

    def collect(self) -> Iterable[Metric]:
        """Return what is on the page."""
        return self.families


def _counted(registry: CollectorRegistry) -> Iterable[Metric]:
    """Return what was counted, without when each counting began, which would double the page."""
    for family in registry.collect():
        family.samples = [sample for sample in family.samples if not sample.name.endswith("_created")]
        yield family


def _gauges(watched: Watched | None, platforms: Collection[str]) -> Iterable[Metric]:
    yield _gauge("database_up", "Whether the database answered.", {(): float(watched is not None)})
    if watched is None:
        return
    late = {(action,): seconds for action, seconds in watched.overdue.items()}
    yield _gauge("overdue_seconds", "How long ago the earliest date came that is not dealt with.", late, "action")
    aside = {(action,): many for action, many in watched.aside.items()}
    yield _gauge("set_aside_rows", "Rows whose handler failed and that are tried again later.", aside, "action")
    what = f"Messages to be sent, now or later, at most {MOST_WAITING}."
    yield _gauge("messages_waiting", what, {(): float(watched.waiting)})
    none = dict.fromkeys(((platform, kind) for platform in sorted(platforms) for kind in KINDS.values()), 0.0)
    ready = {(platform, KINDS[bulk]): each for (platform, bulk), each in watched.ready.items()}
    counts = none | {key: float(each.count) for key, each in ready.items()}
    what = f"Messages that could go now; the oldest {MOST_LOOKED_AT} are looked at."
    yield _gauge("messages_ready", what, counts, "platform", "kind")
    lags = none | {key: each.lag for key, each in ready.items()}
    yield _gauge("message_lag_seconds", "How long the oldest of them could go.", lags, "platform", "kind")
    ends = dict.fromkeys(((platform, state) for platform in sorted(platforms) for state in ENDS), 0.0) | watched.ended
    what = "Messages of unknown outcome, and those expired or given up in the last 30 days."
    yield _gauge("messages_ended", what, ends, "platform", "state")
    lost = dict.fromkeys(sorted(platforms), 0.0) | watched.unreachable
    what = "People whom nothing can be sent to."
    yield _gauge("unreachable_people", what, {(platform,): many for platform, many in lost.items()}, "platform")
    yield _gauge("schema_revision", "The revision of the tables.", {(watched.revision,): 1.0}, "revision")
    if watched.ahead is not None:
        yield _gauge("clock_ahead_seconds", "How far the database's clock is ahead of ours.", {(): watched.ahead})


def _gauge(name: str, what: str, values: Mapping[Any, float], *labels: str) -> Metric:
    family = GaugeMetricFamily(f"speedmentor_{name}", what, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def _one_of(names: Collection[str], name: str) -> str:
    return name if name in names else OTHER
