"""The tables of this room."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from bot.keeping.tables import an_id, due, moment, row_of, sealed


class Meeting(SQLModel, table=True):
    """A meeting of a group. `state` is suggested, booked, held, missed, declined or cancelled.

    `awaited` are the registrations whose answer to a suggestion is awaited; `moves_to` is the time suggested for a
    meeting that is booked already. `place` is sealed for the meeting. `uid` and `sequence` are the calendar entry's.
    `told` says whether it took place, as each registration (its number as a text) reported: yes or no.
    """

    __table_args__ = due("answer_due_at", "day_due_at", "soon_due_at", "ask_due_at")
    id: int = an_id()
    group_id: int = row_of("group")
    state: str = "suggested"
    starts_at: datetime = moment(index=True)
    moves_to: datetime | None = moment()
    minutes: int = 30
    place: str = sealed("places of meetings")
    suggested_by: int = row_of("registration")
    awaited: list[int] = Field(default_factory=list, sa_type=JSON)
    uid: str = ""
    sequence: int = 0
    told: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    answer_due_at: datetime | None = moment()
    day_due_at: datetime | None = moment()
    soon_due_at: datetime | None = moment()
    ask_due_at: datetime | None = moment()
