"""What an adapter has to fit: take a card to a person and say honestly what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bot.cards import Card
from bot.events import Address

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
