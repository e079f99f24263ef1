"""The tables of this part."""

from typing import Any, ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class SurveyTotal(SQLModel, table=True):
    """How many people of a role chose an answer of the closing survey. No row says who."""

    __tablename__: ClassVar[Any] = "survey_total"
    round_id: int = Field(foreign_key="round.id", sa_type=BigInteger, primary_key=True)
    role: str = Field(primary_key=True)
    question: str = Field(primary_key=True)
    choice: str = Field(primary_key=True)
    count: int = 0


class SurveyTaken(SQLModel, table=True):
    """How far somebody is with the closing survey of a series: the questions they have answered, not what they said."""

    __tablename__: ClassVar[Any] = "survey_taken"
    series_id: int = Field(foreign_key="series.id", sa_type=BigInteger, primary_key=True)
    registration_id: int = Field(foreign_key="registration.id", sa_type=BigInteger, primary_key=True)
    answered: int = 0
