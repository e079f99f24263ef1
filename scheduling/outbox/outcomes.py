"""What became of a message: which state its outcome leads to, and when it is looked at again if it still waits."""

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, case, update
from sqlmodel import col

from bot.chat.ports import Outcome
from bot.keeping.tables import Outbox, UtcDateTime
from bot.people.tables import Account
from scheduling.outbox.jobs import Job, News
from scheduling.outbox.lanes import hold_lane

DOUBT = timedelta(minutes=1)  # before a message of unknown outcome is looked up or sent again
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)

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
_UNREACHABLE = update(Account).where(col(Account.id) == bindparam("of_id")).values(reachable=False)
_RELEASE = update(Outbox).where(*_OF_JOB).values(state="pending", attempts=0, next_at=bindparam("new_next_at"))
_ADOPT = update(Outbox).where(col(Outbox.state) == "sending").values(next_at=bindparam("now_at", type_=UtcDateTime))


def settle(
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
        gone += [{"of_id": job.account_id}] if outcome.state == "unreachable" else []
        if outcome.state == "retry" and outcome.lane:
            hold_lane(job, next_at, paced, db)
    if gone:
        db.execute(_UNREACHABLE, gone)
    if rows:
        db.execute(_ENDS, rows)
    return news


def _of(job: Job) -> dict[str, Any]:
    return {"of_id": job.id, "of_key": job.key, "of_attempt": job.attempt}


def release(db: Connection, jobs: Sequence[Job], now: datetime) -> None:
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


def adopt(connection: Connection, now: datetime) -> None:
    """Take up at once what a process that is gone was sending: for whoever knows that nobody else is at work here."""
    connection.execute(_ADOPT, {"now_at": now})
