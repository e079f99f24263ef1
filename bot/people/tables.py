"""The tables of this room."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Index, UniqueConstraint, and_
from sqlalchemy.orm import relationship
from sqlmodel import Field, Relationship, SQLModel, col

from bot.keeping.tables import an_id, due, moment, row_of, sealed, some

LOST = "NOT reachable AND current"


class Network(SQLModel, table=True):
    """The organisation or network that runs programmes. Everything belongs to one."""

    id: int = an_id()
    name: str
    created_at: datetime = moment()


class Workspace(SQLModel, table=True):
    """One tenant of one platform (a Slack workspace, a Teams tenant), and the network it belongs to."""

    __table_args__ = (UniqueConstraint("platform", "tenant"),)
    id: int = an_id()
    network_id: int = row_of("network")
    platform: str
    tenant: str


class Person(SQLModel, table=True):
    """Somebody who has written to the bot, from one account or several. `state` is active or erased.

    `name` is what they said they are called, and what everybody sees. `account` is the one that the bot writes to; it
    is read with its person, in the same query.
    """

    __table_args__ = due("resume_due_at")
    id: int = an_id()
    network_id: int = row_of("network")
    name: str = ""
    zone: str = ""
    state: str = "active"
    coordinator: bool = False
    resume_due_at: datetime | None = moment()
    created_at: datetime = moment()
    account: "Account" = Relationship(
        sa_relationship=relationship(
            "Account",
            primaryjoin=lambda: and_(col(Account.person_id) == col(Person.id), col(Account.current)),
            uselist=False,
            viewonly=True,
            lazy="joined",
            innerjoin=True,
        )
    )


class Account(SQLModel, table=True):
    """A user of one tenant of one platform, and whose it is; or several users in one conversation.

    `current` is the one of a person's accounts that they used last: messages go there. Everybody has exactly one.
    `suggestion` and `email` are what the platform knows: shown to themselves, as a suggestion.
    """

    __table_args__ = (
        UniqueConstraint("platform", "tenant", "user"),
        some("ix_account_current", "current", "person_id", unique=True),
        some("ix_account_unreachable", LOST, "platform"),
    )
    id: int = an_id()
    person_id: int = row_of("person", ondelete="CASCADE")
    platform: str
    tenant: str
    user: str
    route: str = ""
    suggestion: str = ""
    email: str = ""
    reachable: bool = True
    current: bool = True


class CoordinatorCode(SQLModel, table=True):
    """A one-time code that makes whoever types it a coordinator. Only its digest is kept."""

    digest: str = Field(primary_key=True)
    network_id: int = row_of("network")
    expires_at: datetime = moment()
    used_at: datetime | None = moment()
    used_by: int | None = row_of("person", default=None)


class Round(SQLModel, table=True):
    """One run of a programme: its window, its people, its matches.

    `state` is draft (dates being asked), planned (opens later), open, closed, announced or ended.
    """

    __table_args__ = due("open_due_at", "warn_due_at", "close_due_at", "end_due_at")
    id: int = an_id()
    network_id: int = row_of("network")
    programme: str = ""
    name: str = ""
    state: str = "draft"
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    started_by: int = row_of("person")
    opens_at: datetime | None = moment()
    closes_at: datetime | None = moment()
    announced_at: datetime | None = moment()
    open_due_at: datetime | None = moment()
    warn_due_at: datetime | None = moment()
    close_due_at: datetime | None = moment()
    end_due_at: datetime | None = moment()


class Registration(SQLModel, table=True):
    """One person in one round. `state` is interested, unfinished, registered or withdrawn.

    `answers` holds the open answers by question name; `changing` is a question they asked to answer again.
    `longer_term` is how many longer-term partners somebody can take, once they have said so. `waiting` means that
    they would be glad of a match: until they have one, and again when they ask for another.
    """

    __table_args__ = (UniqueConstraint("round_id", "person_id"), *due("remind_due_at"))
    id: int = an_id()
    round_id: int = row_of("round")
    person_id: int = row_of("person")
    state: str = "unfinished"
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    changing: str = ""
    longer_term: int | None = None
    waiting: bool = True
    started_at: datetime = moment()
    registered_at: datetime | None = moment()
    remind_due_at: datetime | None = moment()


class SealedAnswer(SQLModel, table=True):
    """The private answers of a registration, encrypted as one and bound to it. Read by the solver and their owner only.

    One row however many there are: that a question was answered can be as telling as the answer.
    """

    __tablename__: ClassVar[Any] = "sealed_answer"
    registration_id: int = Field(foreign_key="registration.id", sa_type=BigInteger, primary_key=True)
    token: str = sealed("private answers")


class Consent(SQLModel, table=True):
    """What somebody agreed to: which question in which wording, when, and when they took it back."""

    id: int = an_id()
    registration_id: int = row_of("registration")
    question: str
    version: str
    given_at: datetime = moment()
    withdrawn_at: datetime | None = moment()


class OpenCard(SQLModel, table=True):
    """A card with something to press or fill that its reader can still answer by typing. Sealed for them.

    `outbox_id` is the message that drew it last. `shown_at` is when it came, and stays when it is drawn anew: on a
    screen it stays where it is. A `reply` answers something that its reader did, and the next reply takes its place;
    any other card stays until it is answered, or until a newer one is `about` the same.
    """

    __tablename__: ClassVar[Any] = "open_card"
    __table_args__ = (Index("ix_open_card_reader", "person_id", "shown_at", "id"),)
    id: int = an_id()
    person_id: int = Field(foreign_key="person.id", sa_type=BigInteger)
    outbox_id: int = Field(sa_type=BigInteger, index=True)
    about: str = ""
    reply: bool = False
    token: str = sealed("cards")
    shown_at: datetime = moment(index=True)


class Audit(SQLModel, table=True):
    """What a coordinator did, to what, and when. Never what somebody answered."""

    id: int = an_id()
    network_id: int = row_of("network")
    at: datetime = moment()
    actor_id: int = row_of("person")
    action: str
    subject: str = ""
