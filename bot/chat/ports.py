"""What an adapter has to fit: take a card to a person and say honestly what became of it; and what it may ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bot.chat.cards import Card
from bot.chat.events import Address, Event

State = Literal["sent", "retry", "unknown", "unreachable", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a send.

    - `sent`: the platform took it; `ref` is its reference of the message, for redrawing it later.
    - `retry`: the platform did not take it; try again, not before `not_before` if given. `lane` says that the whole
      tenant has to wait, not this message alone.
    - `unknown`: it may or may not have been taken (a time-out after writing, a dropped connection).
    - `unreachable`: this person cannot be reached (left, blocked the bot).
    - `refused`: the platform will never take this message; `reason` is a code for the operator, never content.
    """

    state: State
    ref: str = ""
    not_before: datetime | None = None
    lane: bool = False
    reason: str = ""


class Messenger(Protocol):
    """One platform's way out."""

    async def send(self, to: Address, card: Card, *, key: str, replaces: str = "") -> Outcome:
        """Show `card` to `to`; `key` is unique to this message and the same on every attempt."""
        ...


class Receive(Protocol):
    """The core's front door, for adapters."""

    async def __call__(self, event: Event) -> Card | None:
        """Handle `event` and return once that is committed, so that the platform may be told: its messages follow.

        For a platform that can redraw a pressed card in its very answer, the card that it turns into is returned; the
        outbox redraws it too. A second delivery of an event does nothing and returns None. Where the database is away
        this raises, and the platform should be told to try again.
        """
        ...


class Vault(Protocol):
    """Keeps an adapter's secrets (tokens, one-time states), sealed at rest and shared by all replicas. Blocks."""

    def keep(self, name: str, secret: str, until: datetime | None = None) -> None:
        """Keep `secret` under `name`, in place of an earlier one; it is gone after `until`."""
        ...

    def read(self, name: str) -> str | None:
        """Return the secret, or None if there is none."""
        ...

    def take(self, name: str) -> str | None:
        """Return the secret and forget it: of several that ask, one gets it."""
        ...

    def names(self, prefix: str) -> Sequence[str]:
        """Return the names that begin with `prefix`, in order."""
        ...

    def claim(self, name: str, seconds: float) -> bool:
        """Tell whether the caller may do what `name` stands for; nobody else may until it is taken or time is up."""
        ...


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `app.py doctor`: what was looked at, how it is, and what to do about it in a sentence."""

    what: str
    good: bool
    say: str
