"""What every table is made of, and the tables of delivery. A schedule is a column whose name ends in `_due_at`.

Every moment is aware UTC.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, ColumnElement, DateTime, Index, Integer, MetaData, Text, text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

SQLModel.metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
WAITING = "state IN ('pending', 'sending', 'retry', 'unknown')"
ABOUT = f"{WAITING} AND about <> ''"
LANE = f"{WAITING} AND bulk"
ENDED = "state IN ('unknown', 'expired', 'dead')"
SEALED = "sealed"  # the mark of a column whose texts are sealed
BigId = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. Goes in aware, comes out aware in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC, for the database."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment as aware UTC, also from SQLite, which forgets the zone."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def moment(**options: Any) -> Any:
    """Return a column that holds a moment."""
    return Field(default=None, sa_type=UtcDateTime, **options)


def an_id() -> Any:
    """Return the column of a row's own number."""
    return Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))


def row_of(table: str, **options: Any) -> Any:
    """Return a column that names a row of another table."""
    return Field(foreign_key=f"{table}.id", sa_type=BigInteger, index=True, **options)


def sealed(what: str) -> Any:
    """Return a column of texts that are sealed; `what` says to an operator what they are."""
    return Field(default="", sa_column=Column(Text, nullable=False, info={SEALED: what}))


def sealed_columns() -> list[ColumnElement[str]]:
    """Return every column that was declared sealed, of all tables that are known here; what hangs on others first."""
    tables = reversed(SQLModel.metadata.sorted_tables)
    return [column for table in tables for column in table.columns if SEALED in column.info]


def some(name: str | None, where: str, *columns: str, unique: bool = False) -> Index:
    """Return an index of the rows that `where` holds for; if `unique`, no two of them are the same in these columns."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


def due(*columns: str) -> tuple[Index, ...]:
    """Return the indexes that dates need: of the rows that have one, in its order."""
    return tuple(some(None, f"{column} IS NOT NULL", column, "id") for column in columns)


class Handled(SQLModel, table=True):
    """An event that has been dealt with, by the digest of its id: a second delivery changes nothing."""

    digest: str = Field(primary_key=True)
    at: datetime = moment(index=True)


class Outbox(SQLModel, table=True):
    """A message that was decided. `state` is pending, sending, sent, retry, unknown, expired or dead.

    It is for a person, and goes to the one of their accounts that was current when it was decided: `platform` and
    `tenant` are that account's. `payload` is the card, sealed for its reader, and emptied once delivered. `about` names
    its subject, `ref` is the platform's reference of what was posted. `bulk` messages wait for their lane's pace; the
    others answer what somebody just did. A message is not looked at before `next_at`; while it is `sending`, that is
    when its sender is taken for dead.
    """

    __table_args__ = (
        some("ix_outbox_waiting", WAITING, "platform", "bulk", "next_at", "id"),
        some("ix_outbox_lane", LANE, "platform", "tenant", "next_at", "id"),
        some("ix_outbox_turn", WAITING, "person_id", "id"),
        some("ix_outbox_about", ABOUT, "about"),
        some("ix_outbox_ended", ENDED, "platform", "state"),
        some("ix_outbox_done", "done_at IS NOT NULL", "done_at"),
    )
    id: int = an_id()
    person_id: int = Field(foreign_key="person.id", sa_type=BigInteger)
    account_id: int = Field(foreign_key="account.id", sa_type=BigInteger)
    platform: str
    tenant: str
    state: str = "pending"
    bulk: bool = False
    payload: str = sealed("messages")
    replaces: str = ""
    about: str = ""
    key: str = Field(unique=True)
    expires_at: datetime | None = moment()
    next_at: datetime = moment()
    attempts: int = 0
    ref: str = ""
    reason: str = ""
    created_at: datetime = moment()
    done_at: datetime | None = moment()


class Lane(SQLModel, table=True):
    """The way to one tenant of one platform, for what is sent in bulk: whoever holds its lease keeps its pace.

    `term` grows with every new holder. Nothing goes out in bulk before `next_at`.
    """

    platform: str = Field(primary_key=True)
    tenant: str = Field(primary_key=True)
    holder: str = ""
    term: int = 0
    lease_until: datetime = moment()
    next_at: datetime = moment()


class Secret(SQLModel, table=True):
    """What an adapter keeps for itself, sealed: tokens of an installation, one-time states. Gone after `until`."""

    name: str = Field(primary_key=True)
    token: str = sealed("platform secrets")
    until: datetime | None = moment()


class SetAside(SQLModel, table=True):
    """A due row whose handler failed: tried again after `until`, later each time, and shown to the operator.

    It speaks of the date `due` only: a row that has got a new date since is as good as any other.
    """

    __tablename__: ClassVar[Any] = "set_aside"
    action: str = Field(primary_key=True)
    row_id: int = Field(sa_type=BigInteger, primary_key=True)
    due: datetime = moment()
    reason: str = ""
    attempts: int = 0
    until: datetime = moment()
