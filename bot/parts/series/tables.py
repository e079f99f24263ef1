"""The tables of this part."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from bot.keeping.tables import moment, sealed


class CheckInAnswer(SQLModel, table=True):
    """What one member answered to check-in `number` of a series. `note` is sealed and read by its writer only."""

    __tablename__: ClassVar[Any] = "check_in_answer"
    series_id: int = Field(foreign_key="series.id", sa_type=BigInteger, primary_key=True)
    number: int = Field(primary_key=True)
    registration_id: int = Field(foreign_key="registration.id", sa_type=BigInteger, primary_key=True)
    answer: str
    note: str = sealed("private notes")
    answered_at: datetime = moment()
