"""The tables of this room."""

from datetime import datetime

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.keeping.tables import an_id, due, moment, row_of


class Match(SQLModel, table=True):
    """A mentor and a mentee of one round.

    `state` is proposed (seen by the coordinator only), announced, finished (speed session done, not going on),
    going_on or ended. `reasons` names public rules only. `origin` is solver or hand. `introduce` is the side that asked
    to be introduced in a conversation of their own, or "both" once they were.
    """

    __table_args__ = (UniqueConstraint("round_id", "mentor_id", "mentee_id"), *due("book_due_at", "reveal_due_at"))
    id: int = an_id()
    round_id: int = row_of("round")
    mentor_id: int = row_of("registration")
    mentee_id: int = row_of("registration")
    state: str = "proposed"
    origin: str = "solver"
    score: int = 0
    reasons: list[str] = Field(default_factory=list, sa_type=JSON)
    announced_at: datetime | None = moment()
    book_due_at: datetime | None = moment()
    book_reminders: int = 0
    introduce: str = ""
    reveal_due_at: datetime | None = moment()


class PairRule(SQLModel, table=True):
    """A coordinator's word on a pair: lock (keep it) or forbid (never propose it)."""

    __table_args__ = (UniqueConstraint("round_id", "mentor_id", "mentee_id"),)
    id: int = an_id()
    round_id: int = row_of("round")
    mentor_id: int = row_of("registration")
    mentee_id: int = row_of("registration")
    kind: str


class Pair(SQLModel, table=True):
    """A match that goes on. `state` is active or ended; `weeks` is the rhythm the two have chosen, or 0.

    `silent` counts check-ins in a row that nobody answered.
    """

    __table_args__ = due("check_in_due_at", "silence_due_at", "guidance_due_at", "end_due_at")
    id: int = an_id()
    match_id: int = row_of("match", unique=True)
    state: str = "active"
    weeks: int = 0
    silent: int = 0
    number: int = 0
    guidance: int = 0
    started_at: datetime = moment()
    ended_at: datetime | None = moment()
    check_in_due_at: datetime | None = moment()
    silence_due_at: datetime | None = moment()
    guidance_due_at: datetime | None = moment()
    end_due_at: datetime | None = moment()
