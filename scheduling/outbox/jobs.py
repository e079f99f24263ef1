"""A message under way: who holds it, and until when."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.chat.cards import Card
from bot.chat.events import Address
from bot.keeping.tables import Outbox

LEASE = timedelta(seconds=60)  # after which whoever was sending is taken for dead

News = tuple[str, str, float | None]  # a message's platform, the state it came to, seconds it waited if it was sent
Told = Callable[[str, str, float | None], object]


@dataclass(slots=True)
class Delivered:
    """How many messages came to which end; `stranded` are those waiting for a platform that is not connected."""

    sent: int = 0
    retry: int = 0
    unknown: int = 0
    expired: int = 0
    dead: int = 0
    stranded: int = 0

    @property
    def touched(self) -> int:
        """How many messages were dealt with in any way."""
        return self.sent + self.retry + self.unknown + self.expired + self.dead


@dataclass(slots=True)
class Job:
    """A message under way. `attempt` is its fencing token: whoever holds an older one has nothing to say any more.

    From `lease_until` on, another process may send it.
    """

    id: int
    attempt: int
    was: str
    person_id: int
    account_id: int
    platform: str
    tenant: str
    key: str
    replaces: str
    created_at: datetime
    ready_at: datetime
    lease_until: datetime
    to: Address
    card: Card
    resent: bool = False


def mark(row: Outbox, now: datetime) -> tuple[str, datetime]:
    """Mark a message as being sent; return the state it was in, and since when it could have gone."""
    was = row.state, row.next_at if row.state == "pending" else row.created_at
    row.state, row.attempts, row.next_at = "sending", row.attempts + 1, now + LEASE
    return was


def as_job(row: Outbox, was: str, ready_at: datetime, to: Address, card: Card) -> Job:
    """Return the message as it is sent; `was` is the state it was in before it was marked."""
    where = (row.person_id, row.account_id, row.platform, row.tenant, row.key, row.replaces)
    return Job(row.id, row.attempts, was, *where, row.created_at, ready_at, row.next_at, to, card)


def spread(news: Iterable[News], told: Told | None) -> Iterator[str]:
    """Yield the states that messages came to, and tell whoever wants to hear of it."""
    for platform, state, waited in news:
        if told:
            told(platform, state, waited)
        yield state
