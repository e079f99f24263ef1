"""A platform to try delivery on: it does as scripted and remembers what it was asked to show and what it showed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from bot.chat.cards import Card
from bot.chat.events import Address
from bot.chat.ports import Outcome
from bot.keeping.tables import Outbox
from bot.people import accounts, persons
from bot.people.tables import Network, Person

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

Scripted = Outcome | Exception
SENT = Outcome("sent", ref="somewhere")


@dataclass
class Platform:
    """Answers `send` with the next of `script`, or with success once that is used up. What it takes, it shows once."""

    script: list[Scripted] = field(default_factory=list)
    pause: float = 0
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    shown: dict[str, str] = field(default_factory=dict)
    at_once: int = 0
    most_at_once: int = 0

    async def send(self, to: Address, card: Card, *, key: str, replaces: str = "") -> Outcome:
        """Take the card, or not, as scripted."""
        self.asked.append((to.user, card.text, key))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.pause)
        finally:
            self.at_once -= 1
        outcome = self.script.pop(0) if self.script else Outcome("sent", ref=f"{replaces or 'ref'}-{key}")
        if isinstance(outcome, Exception):
            raise outcome
        if outcome.state == "sent":
            self.shown[key] = card.text
        return outcome

    @property
    def texts(self) -> list[str]:
        """What it was asked to show, in order."""
        return [text for _, text, _ in self.asked]


@dataclass
class Findable(Platform):
    """A platform that can be asked whether it has a message."""

    looked: list[str] = field(default_factory=list)
    fails: int = 0

    async def find(self, to: Address, key: str, since: datetime) -> str | None:
        """Return the reference of a message that is shown."""
        del to, since
        self.looked.append(key)
        if self.fails:
            self.fails -= 1
            raise ConnectionError
        return f"found-{key}" if key in self.shown else None


@dataclass
class Slow(Platform):
    """A platform that takes so many messages a second from one tenant."""

    pace: float = 2


class Watch:
    """A clock for tests: it shows what it is set to."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """Return the time."""
        return self.at

    def later(self, time: timedelta) -> datetime:
        """Move on, and return the time."""
        self.at += time
        return self.at


async def until(true: Callable[[], bool]) -> None:
    """Wait for something to become true, a few seconds at most."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - what is waited for happens in a database or another thread
            await asyncio.sleep(0.01)


def add_person(db: Session, user: str, due: datetime | None = None, tenant: str = "home") -> Person:
    """Store somebody, due to come back from a pause at `due`."""
    if db.get(Network, 1) is None:
        db.add(Network(id=1, name="ours", created_at=NOON))
        db.flush()
    person = accounts.newcomer(Address("web", tenant, user), 1, db, NOON)
    person.name, person.resume_due_at = user, due
    db.flush()
    return person


def add_message(
    db: Session,
    person: Person,
    words: str,
    *,
    expires_at: datetime | None = None,
    bulk: bool = False,
    key: Callable[[str], str] = str,
    platform: str = "",
) -> Outbox:
    """Store a message that waits for delivery since noon."""
    row = Outbox(
        person_id=person.id,
        account_id=person.account.id,
        platform=platform or person.account.platform,
        tenant=person.account.tenant,
        bulk=bulk,
        payload=persons.close_card(person.id, Card(words), db),
        key=key(f"{person.account.user}:{words}"),
        expires_at=expires_at,
        next_at=NOON,
        created_at=NOON,
    )
    db.add(row)
    db.flush()
    return row
