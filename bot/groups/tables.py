"""The tables of this room."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.keeping.tables import an_id, due, moment, row_of


class Group(SQLModel, table=True):
    """People of one round who meet: two of them, or more.

    `stage` is where it stands among the stages of its programme, "" before the first. `state` is live, finished (it was
    complete at its stage, and does not go on) or ended. The dates are those of its stages.
    """

    __tablename__: ClassVar[Any] = "group"
    __table_args__ = due("book_due_at", "reveal_due_at")
    id: int = an_id()
    round_id: int = row_of("round")
    stage: str = ""
    state: str = "live"
    began_at: datetime = moment()
    book_due_at: datetime | None = moment()
    book_reminders: int = 0
    reveal_due_at: datetime | None = moment()


class GroupMember(SQLModel, table=True):
    """One person's place in a group, on one side of the programme.

    `reasons` names the public rules that speak for the match by which they came in, `score` is what those weigh, and
    `origin` says who made it: solver or hand. `introduce` says whether they asked to be introduced: once all have, they
    are brought together. Whoever has left, while the others stay, has a `left_at`.
    """

    __tablename__: ClassVar[Any] = "group_member"
    __table_args__ = (UniqueConstraint("group_id", "registration_id"),)
    id: int = an_id()
    group_id: int = row_of("group")
    registration_id: int = row_of("registration")
    side: str
    reasons: list[str] = Field(default_factory=list, sa_type=JSON)
    score: int = 0
    origin: str = "solver"
    introduce: bool = False
    left_at: datetime | None = moment()


class Series(SQLModel, table=True):
    """A group that goes on. `state` is active or ended; `weeks` is the rhythm that its people have chosen, or 0.

    `number` counts the check-ins, `silent` those in a row that nobody answered.
    """

    __table_args__ = due("check_in_due_at", "silence_due_at", "guidance_due_at", "end_due_at")
    id: int = an_id()
    group_id: int = row_of("group", unique=True)
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
