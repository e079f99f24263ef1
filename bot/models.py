"""The tables. A schedule is a column whose name ends in `_due_at`; `scheduling/due.py` lists them all.

Every moment is aware UTC. Rows carry no identity answer in clear: those live in `SealedAnswer`.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Column, DateTime, Index, Integer, MetaData, Text, UniqueConstraint, text
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
LANE = f"{WAITING} AND bulk"
ENDED = "state IN ('unknown', 'expired', 'dead')"
LOST = "NOT reachable AND state = 'active'"

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


def _moment(**options: Any) -> Any:
    return Field(default=None, sa_type=UtcDateTime, **options)


def _id() -> Any:
    return Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))


def _row(table: str, **options: Any) -> Any:
    return Field(foreign_key=f"{table}.id", sa_type=BigInteger, index=True, **options)


def _some(name: str | None, where: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def _due(*columns: str) -> tuple[Index, ...]:
    return tuple(_some(None, f"{column} IS NOT NULL", column, "id") for column in columns)


class Network(SQLModel, table=True):
    """The organisation or network that runs programmes. Everything belongs to one."""

    id: int = _id()
    name: str
    created_at: datetime = _moment()


class Workspace(SQLModel, table=True):
    """One tenant of one platform (a Slack workspace, a Teams tenant), and the network it belongs to."""

    __table_args__ = (UniqueConstraint("platform", "tenant"),)
    id: int = _id()
    network_id: int = _row("network")
    platform: str
    tenant: str


class Person(SQLModel, table=True):
    """Somebody who has written to the bot. `state` is active or erased.

    `name` is what they said they are called, and what everybody sees. `suggestion` and `email` are what their platform
    knows: shown to themselves, as a suggestion. The four columns that begin with `asked` are of before: `OpenCard` has
    taken their place, and they are empty.
    """

    __table_args__ = (
        UniqueConstraint("platform", "tenant", "user"),
        _some("ix_person_unreachable", LOST, "platform"),
        *_due("resume_due_at"),
    )
    id: int = _id()
    network_id: int = _row("network")
    platform: str
    tenant: str
    user: str
    route: str = ""
    name: str = ""
    suggestion: str = ""
    email: str = ""
    zone: str = ""
    state: str = "active"
    coordinator: bool = False
    reachable: bool = True
    resume_due_at: datetime | None = _moment()
    asked: str = Field(default="", sa_type=Text)
    asked_id: int | None = Field(default=None, sa_type=BigInteger)
    asked_before: str = Field(default="", sa_type=Text)
    asked_before_id: int | None = Field(default=None, sa_type=BigInteger)
    created_at: datetime = _moment()


class CoordinatorCode(SQLModel, table=True):
    """A one-time code that makes whoever types it a coordinator. Only its digest is kept."""

    digest: str = Field(primary_key=True)
    network_id: int = _row("network")
    expires_at: datetime = _moment()
    used_at: datetime | None = _moment()
    used_by: int | None = _row("person", default=None)


class Round(SQLModel, table=True):
    """One run of a programme: its window, its people, its matches.

    `state` is draft (dates being asked), planned (opens later), open, closed, announced or ended.
    """

    __table_args__ = _due("open_due_at", "warn_due_at", "close_due_at", "end_due_at")
    id: int = _id()
    network_id: int = _row("network")
    programme: str = ""
    name: str = ""
    state: str = "draft"
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    started_by: int = _row("person")
    opens_at: datetime | None = _moment()
    closes_at: datetime | None = _moment()
    announced_at: datetime | None = _moment()
    open_due_at: datetime | None = _moment()
    warn_due_at: datetime | None = _moment()
    close_due_at: datetime | None = _moment()
    end_due_at: datetime | None = _moment()


class Registration(SQLModel, table=True):
    """One person in one round. `state` is interested, unfinished, registered or withdrawn.

    `answers` holds the open answers by question name; `changing` is a question they asked to answer again.
    `longer_term` is how many longer-term partners somebody can take, once they have said so. `waiting` means that
    they would be glad of a match: until they have one, and again when they ask for another.
    """

    __table_args__ = (UniqueConstraint("round_id", "person_id"), *_due("remind_due_at"))
    id: int = _id()
    round_id: int = _row("round")
    person_id: int = _row("person")
    state: str = "unfinished"
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    changing: str = ""
    longer_term: int | None = None
    waiting: bool = True
    started_at: datetime = _moment()
    registered_at: datetime | None = _moment()
    remind_due_at: datetime | None = _moment()


class SealedAnswer(SQLModel, table=True):
    """The private answers of a registration, encrypted as one and bound to it. Read by the solver and their owner only.

    One row however many there are: that a question was answered can be as telling as the answer.
    """

    __tablename__: ClassVar[Any] = "sealed_answer"
    registration_id: int = Field(foreign_key="registration.id", sa_type=BigInteger, primary_key=True)
    token: str = Field(sa_type=Text)


class Consent(SQLModel, table=True):
    """What somebody agreed to: which question in which wording, when, and when they took it back."""

    id: int = _id()
    registration_id: int = _row("registration")
    question: str
    version: str
    given_at: datetime = _moment()
    withdrawn_at: datetime | None = _moment()


class Match(SQLModel, table=True):
    """A mentor and a mentee of one round.

    `state` is proposed (seen by the coordinator only), announced, finished (speed session done, not going on),
    going_on or ended. `reasons` names public rules only. `origin` is solver or hand. `introduce` is the side that asked
    to be introduced in a conversation of their own, or "both" once they were.
    """

    __table_args__ = (UniqueConstraint("round_id", "mentor_id", "mentee_id"), *_due("book_due_at", "reveal_due_at"))
    id: int = _id()
    round_id: int = _row("round")
    mentor_id: int = _row("registration")
    mentee_id: int = _row("registration")
    state: str = "proposed"
    origin: str = "solver"
    score: int = 0
    reasons: list[str] = Field(default_factory=list, sa_type=JSON)
    announced_at: datetime | None = _moment()
    book_due_at: datetime | None = _moment()
    book_reminders: int = 0
    introduce: str = ""
    reveal_due_at: datetime | None = _moment()


class PairRule(SQLModel, table=True):
    """A coordinator's word on a pair: lock (keep it) or forbid (never propose it)."""

    __table_args__ = (UniqueConstraint("round_id", "mentor_id", "mentee_id"),)
    id: int = _id()
    round_id: int = _row("round")
    mentor_id: int = _row("registration")
    mentee_id: int = _row("registration")
    kind: str


class MentoringSession(SQLModel, table=True):
    """A meeting of a match. `state` is suggested, booked, held, missed, declined or cancelled.

    `waiting_for` is the registration whose answer to a suggestion is awaited; `moves_to` is the time suggested for a
    session that is booked already. `uid` and `sequence` are the calendar
    entry's. `told_mentor` and `told_mentee` say whether it happened, as each side reported: yes, no or "".
    """

    __tablename__: ClassVar[Any] = "mentoring_session"
    __table_args__ = _due("answer_due_at", "day_due_at", "soon_due_at", "ask_due_at")
    id: int = _id()
    match_id: int = _row("match")
    state: str = "suggested"
    starts_at: datetime = _moment(index=True)
    moves_to: datetime | None = _moment()
    minutes: int = 30
    suggested_by: int = _row("registration")
    waiting_for: int | None = _row("registration", default=None)
    uid: str = ""
    sequence: int = 0
    told_mentor: str = ""
    told_mentee: str = ""
    answer_due_at: datetime | None = _moment()
    day_due_at: datetime | None = _moment()
    soon_due_at: datetime | None = _moment()
    ask_due_at: datetime | None = _moment()


class Decision(SQLModel, table=True):
    """Whether one side of a match would like to go on. Sealed, and opened once, when the outcome is due."""

    match_id: int = Field(foreign_key="match.id", sa_type=BigInteger, primary_key=True)
    registration_id: int = Field(foreign_key="registration.id", sa_type=BigInteger, primary_key=True)
    token: str = Field(sa_type=Text)


class Pair(SQLModel, table=True):
    """A match that goes on. `state` is active or ended; `weeks` is the rhythm the two have chosen, or 0.

    `silent` counts check-ins in a row that nobody answered.
    """

    __table_args__ = _due("check_in_due_at", "silence_due_at", "guidance_due_at", "end_due_at")
    id: int = _id()
    match_id: int = _row("match", unique=True)
    state: str = "active"
    weeks: int = 0
    silent: int = 0
    number: int = 0
    guidance: int = 0
    started_at: datetime = _moment()
    ended_at: datetime | None = _moment()
    check_in_due_at: datetime | None = _moment()
    silence_due_at: datetime | None = _moment()
    guidance_due_at: datetime | None = _moment()
    end_due_at: datetime | None = _moment()


class CheckInAnswer(SQLModel, table=True):
    """What one side answered to check-in `number` of a pair. `note` is sealed and read by its writer only."""

    __tablename__: ClassVar[Any] = "check_in_answer"
    pair_id: int = Field(foreign_key="pair.id", sa_type=BigInteger, primary_key=True)
    number: int = Field(primary_key=True)
    registration_id: int = Field(foreign_key="registration.id", sa_type=BigInteger, primary_key=True)
    answer: str
    note: str = Field(default="", sa_type=Text)
    answered_at: datetime = _moment()


class SurveyTotal(SQLModel, table=True):
    """How many people of a role chose an answer of the closing survey. No row says who."""

    __tablename__: ClassVar[Any] = "survey_total"
    round_id: int = Field(foreign_key="round.id", sa_type=BigInteger, primary_key=True)
    role: str = Field(primary_key=True)
    question: str = Field(primary_key=True)
    choice: str = Field(primary_key=True)
    count: int = 0


class SurveyTaken(SQLModel, table=True):
    """How far somebody is with the closing survey of a pair: the questions they have answered, not what they said."""

    __tablename__: ClassVar[Any] = "survey_taken"
    pair_id: int = Field(foreign_key="pair.id", sa_type=BigInteger, primary_key=True)
    registration_id: int = Field(foreign_key="registration.id", sa_type=BigInteger, primary_key=True)
    answered: int = 0


class Handled(SQLModel, table=True):
    """An event that has been dealt with, by the digest of its id: a second delivery changes nothing."""

    digest: str = Field(primary_key=True)
    at: datetime = _moment(index=True)


class Outbox(SQLModel, table=True):
    """A message that was decided. `state` is pending, sending, sent, retry, unknown, expired or dead.

    `payload` is the card, sealed for its reader, and emptied once delivered. `ref` is the platform's reference of
    what was posted. `bulk` messages wait for their lane's pace; the others answer what somebody just did. A message
    is not looked at before `next_at`; while it is `sending`, that is when its sender is taken for dead.
    """

    __table_args__ = (
        _some("ix_outbox_waiting", WAITING, "platform", "bulk", "next_at", "id"),
        _some("ix_outbox_lane", LANE, "platform", "tenant", "next_at", "id"),
        _some("ix_outbox_turn", WAITING, "person_id", "id"),
        _some("ix_outbox_ended", ENDED, "platform", "state"),
        _some("ix_outbox_done", "done_at IS NOT NULL", "done_at"),
    )
    id: int = _id()
    person_id: int = Field(foreign_key="person.id", sa_type=BigInteger)
    platform: str
    tenant: str
    state: str = "pending"
    bulk: bool = False
    payload: str = Field(default="", sa_type=Text)
    replaces: str = ""
    key: str = Field(unique=True)
    expires_at: datetime | None = _moment()
    next_at: datetime = _moment()
    attempts: int = 0
    ref: str = ""
    reason: str = ""
    created_at: datetime = _moment()
    done_at: datetime | None = _moment()


class OpenCard(SQLModel, table=True):
    """A card with something to press or fill that its reader can still answer by typing. Sealed for them.

    `outbox_id` is the message that drew it last. `shown_at` is when it came, and stays when it is drawn anew: on a
    screen it stays where it is. A `reply` answers something that its reader did, and the next reply takes its place;
    any other card stays until it is answered, or until a newer one is `about` the same.
    """

    __tablename__: ClassVar[Any] = "open_card"
    __table_args__ = (Index("ix_open_card_reader", "person_id", "shown_at", "id"),)
    id: int = _id()
    person_id: int = Field(foreign_key="person.id", sa_type=BigInteger)
    outbox_id: int = Field(sa_type=BigInteger, index=True)
    about: str = ""
    reply: bool = False
    token: str = Field(default="", sa_type=Text)
    shown_at: datetime = _moment(index=True)


class Lane(SQLModel, table=True):
    """The way to one tenant of one platform, for what is sent in bulk: whoever holds its lease keeps its pace.

    `term` grows with every new holder. Nothing goes out in bulk before `next_at`.
    """

    platform: str = Field(primary_key=True)
    tenant: str = Field(primary_key=True)
    holder: str = ""
    term: int = 0
    lease_until: datetime = _moment()
    next_at: datetime = _moment()


class Secret(SQLModel, table=True):
    """What an adapter keeps for itself, sealed: tokens of an installation, one-time states. Gone after `until`."""

    name: str = Field(primary_key=True)
    token: str = Field(default="", sa_type=Text)
    until: datetime | None = _moment()


class SetAside(SQLModel, table=True):
    """A due row whose handler failed: tried again after `until`, later each time, and shown to the operator.

    It speaks of the date `due` only: a row that has got a new date since is as good as any other.
    """

    __tablename__: ClassVar[Any] = "set_aside"
    action: str = Field(primary_key=True)
    row_id: int = Field(sa_type=BigInteger, primary_key=True)
    due: datetime = _moment()
    reason: str = ""
    attempts: int = 0
    until: datetime = _moment()


class Audit(SQLModel, table=True):
    """What a coordinator did, to what, and when. Never what somebody answered."""

    id: int = _id()
    network_id: int = _row("network")
    at: datetime = _moment()
    actor_id: int = _row("person")
    action: str
    subject: str = ""
