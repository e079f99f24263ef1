"""What is due: the earliest row is claimed, handed to the core and committed, one transaction each.

A date is handled once, however late and however many processes look at the same time: on PostgreSQL the row is locked
and rows locked by others are passed over; on SQLite a transaction is the only one that writes. A handler must move the
date it was called for. Where it raises, or does not, the row is set aside for a while and the others go on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import structlog
from sqlalchemy import Engine, and_, bindparam, inspect, or_, text
from sqlalchemy import select as rows_of
from sqlmodel import Session, SQLModel, col, delete

from bot.chat.events import Due
from bot.front import routes
from bot.front.respond import respond
from bot.keeping.store import run
from bot.keeping.tables import SetAside, UtcDateTime
from bot.programme.house import House
from bot.programme.house import house as house_of
from bot.programme.part import Part

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(days=1)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a house: the column of each action, and the queries that look for the earliest and claim a row."""

    columns: Mapping[str, Any]
    look: Any
    claims: Mapping[str, Any]


def dates(house: House) -> Dates:
    """Return the dates that the parts of a house have."""
    return dates_of(house.parts)


@lru_cache(maxsize=8)
def dates_of(parts: tuple[Part, ...]) -> Dates:
    """Return the dates that these parts have."""
    columns = {action: date.column for action, date in routes.of(parts).due.items()}
    look = text(_look(columns)).columns(due=UtcDateTime) if columns else _NOTHING
    return Dates(columns, look, {action: _to_claim(action, column) for action, column in columns.items()})


_NOTHING = text("SELECT NULL AS due, '' AS action WHERE 1 = 0")


class NotMovedError(Exception):
    """A handler left the date it was called for as it was, and would be called again for ever."""


@dataclass(frozen=True, slots=True)
class Done:
    """A date that was dealt with: the outbox rows it led to, or the name of what went wrong in `failed`."""

    action: str
    row_id: int
    messages: tuple[int, ...] = ()
    failed: str = ""


@dataclass(frozen=True, slots=True)
class _Claim:
    action: str
    row: SQLModel
    row_id: int
    due: datetime
    aside: SetAside | None


def next_due(db: Session) -> datetime | None:
    """Return when there will be something to handle, or None if no date is set. It may be in the past."""
    upcoming = _upcoming(db)
    return upcoming[0][0] if upcoming else None


def handle_one(engine: Engine, house: House, now: datetime) -> Done | None:
    """Handle the earliest date that has come by `now`, and commit. Return None if there is none."""
    claim: _Claim | None = None

    def work(db: Session) -> Done | None:
        nonlocal claim
        claim = _claim(db, now)
        return _handle(claim, db, now) if claim else None

    try:
        return run(engine, house, work)
    except Exception as error:
        if claim is None:
            raise
        return _set_aside(claim, error, engine, house, now)


def handle_due(
    engine: Engine, house: House, now: datetime, limit: int = 1000, told: Callable[[Done], object] | None = None
) -> int:
    """Handle what has come by `now`, the earliest first, and return how many that were; `limit` is the most.

    `told` hears of each.
    """
    for count in range(limit):
        done = handle_one(engine, house, now)
        if done is None:
            return count
        if told:
            told(done)
    return limit


def forget_moved(db: Session) -> None:
    """Forget the rows set aside whose date has moved without their handler: a person was faster."""
    for action, date in dates(house_of(db)).columns.items():
        still = rows_of(_id(date)).where(_id(date) == SetAside.row_id, date == SetAside.due).exists()
        db.exec(delete(SetAside).where(col(SetAside.action) == action, ~still))


def _id(date: Any) -> Any:
    return date.class_.id


def _look(columns: Mapping[str, Any]) -> str:
    """Return the query for the earliest date of every action: the ends of small indexes, however many rows wait.

    A row that is set aside counts with the moment until which it is.
    """
    look = "SELECT due, '{action}' AS action, {rank} AS rank FROM ({earliest}) AS look_{rank}_{kind}"
    free = (
        'SELECT t.{date} AS due FROM "{table}" AS t WHERE t.{date} IS NOT NULL AND NOT EXISTS '
        "(SELECT 1 FROM set_aside AS s WHERE s.action = '{action}' AND s.row_id = t.id AND s.due = t.{date}) "
        "ORDER BY t.{date} LIMIT 1"
    )
    aside = (
        'SELECT s.until AS due FROM set_aside AS s JOIN "{table}" AS t ON t.id = s.row_id AND t.{date} = s.due '
        "WHERE s.action = '{action}' ORDER BY s.until LIMIT 1"
    )
    looks: list[str] = []
    for rank, (action, date) in enumerate(columns.items()):
        names = {"action": action, "rank": rank, "table": date.class_.__tablename__, "date": date.key}
        looks += [
            look.format(earliest=each.format(**names), kind=kind, **names) for kind, each in enumerate((free, aside))
        ]
    return f"SELECT due, action FROM ({' UNION ALL '.join(looks)}) AS looks ORDER BY due, rank"  # noqa: S608 - our own names


def _upcoming(db: Session) -> list[tuple[datetime, str]]:
    """Return the earliest date of every action that has one, the earliest first."""
    return [(due, action) for due, action in db.connection().execute(dates(house_of(db)).look)]


def _to_claim(action: str, date: Any) -> Any:
    same = and_(col(SetAside.action) == action, col(SetAside.row_id) == _id(date), col(SetAside.due) == date)
    return (
        rows_of(date.class_, SetAside)
        .outerjoin(SetAside, same)
        .where(date <= bindparam("now"), or_(col(SetAside.until).is_(None), col(SetAside.until) <= bindparam("now")))
        .order_by(date, _id(date))
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True, of=date.class_)
    )


def _claim(db: Session, now: datetime) -> _Claim | None:
    for earliest, action in _upcoming(db):
        if earliest > now:
            return None
        date = dates(house_of(db)).columns[action]
        found = db.execute(dates(house_of(db)).claims[action], {"now": now}).first()
        if found:
            row, aside = found
            return _Claim(action, row, row.id, getattr(row, date.key), aside)
    return None


def _handle(claim: _Claim, db: Session, now: datetime) -> Done:
    name = f"{claim.action}:{claim.row_id}:{claim.due.isoformat()}"
    messages = respond(Due(name, claim.action, str(claim.row_id)), db, now)
    db.flush()
    if not messages and not _moved(claim, db):
        # Handled before under this name? A date can be set anew to the very moment it had once.
        messages = respond(Due(f"{name}:{now.isoformat()}", claim.action, str(claim.row_id)), db, now)
        db.flush()
    if not _moved(claim, db):
        raise NotMovedError(f"{claim.action} left its date as it was")
    if claim.aside:
        db.delete(claim.aside)
    return Done(claim.action, claim.row_id, tuple(row.id for row in messages))


def _moved(claim: _Claim, db: Session) -> bool:
    date = dates(house_of(db)).columns[claim.action]
    if inspect(claim.row).persistent:
        there = getattr(claim.row, date.key)
        if there is None or there > claim.due:
            return True
    kept = db.execute(rows_of(date).where(_id(date) == claim.row_id)).scalar()
    return kept is None or kept > claim.due


def _set_aside(claim: _Claim, error: Exception, engine: Engine, house: House, now: datetime) -> Done:
    reason = type(error).__name__  # never its text, which may quote a person

    def work(db: Session) -> int:
        aside = db.get(SetAside, (claim.action, claim.row_id))
        if aside is None:
            aside = SetAside(action=claim.action, row_id=claim.row_id)
            db.add(aside)
        attempts = aside.attempts + 1 if aside.due == claim.due else 1
        pause = min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), LONGEST_PAUSE)
        aside.due, aside.reason, aside.attempts, aside.until = claim.due, reason, attempts, now + pause
        return attempts

    attempts = run(engine, house, work)
    log.error("set aside", action=claim.action, row=claim.row_id, reason=reason, attempts=attempts)
    return Done(claim.action, claim.row_id, failed=reason)
