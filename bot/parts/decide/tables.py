"""The tables of this part."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from bot.keeping.tables import sealed


class Decision(SQLModel, table=True):
    """Whether one member of a group would like to go on. Sealed, and opened once, when the outcome is due."""

    group_id: int = Field(foreign_key="group.id", sa_type=BigInteger, primary_key=True)
    registration_id: int = Field(foreign_key="registration.id", sa_type=BigInteger, primary_key=True)
    token: str = sealed("wishes to go on")
