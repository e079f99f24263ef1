"""The tables of this part."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from bot.keeping.tables import an_id, due, moment, row_of, sealed


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


class CheckInAnswer(SQLModel, table=True):
    """What one side answered to check-in `number` of a pair. `note` is sealed and read by its writer only."""

    __tablename__: ClassVar[Any] = "check_in_answer"
    pair_id: int = Field(foreign_key="pair.id", sa_type=BigInteger, primary_key=True)
    number: int = Field(primary_key=True)
    registration_id: int = Field(foreign_key="registration.id", sa_type=BigInteger, primary_key=True)
    answer: str
    note: str = sealed("private notes")
    answered_at: datetime = moment()
