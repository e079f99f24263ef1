"""The tables of this part."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from bot.keeping.tables import sealed


class Decision(SQLModel, table=True):
    """Whether one side of a match would like to go on. Sealed, and opened once, when the outcome is due."""

    match_id: int = Field(foreign_key="match.id", sa_type=BigInteger, primary_key=True)
    registration_id: int = Field(foreign_key="registration.id", sa_type=BigInteger, primary_key=True)
    token: str = sealed("wishes to go on")
