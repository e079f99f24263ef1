"""The tables of this room."""

from datetime import datetime
from typing import Any, ClassVar

from sqlmodel import SQLModel

from bot.keeping.tables import an_id, due, moment, row_of


class MentoringSession(SQLModel, table=True):
    """A meeting of a match. `state` is suggested, booked, held, missed, declined or cancelled.

    `waiting_for` is the registration whose answer to a suggestion is awaited; `moves_to` is the time suggested for a
    session that is booked already. `uid` and `sequence` are the calendar
    entry's. `told_mentor` and `told_mentee` say whether it happened, as each side reported: yes, no or "".
    """

    __tablename__: ClassVar[Any] = "mentoring_session"
    __table_args__ = due("answer_due_at", "day_due_at", "soon_due_at", "ask_due_at")
    id: int = an_id()
    match_id: int = row_of("match")
    state: str = "suggested"
    starts_at: datetime = moment(index=True)
    moves_to: datetime | None = moment()
    minutes: int = 30
    suggested_by: int = row_of("registration")
    waiting_for: int | None = row_of("registration", default=None)
    uid: str = ""
    sequence: int = 0
    told_mentor: str = ""
    told_mentee: str = ""
    answer_due_at: datetime | None = moment()
    day_due_at: datetime | None = moment()
    soon_due_at: datetime | None = moment()
    ask_due_at: datetime | None = moment()
