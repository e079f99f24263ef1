"""What every handler may lean on: the programmes, the parts, the key, the calendar. Set up once, at the start.

It travels with the database handle (`Session.info`), so that a handler's three arguments stay three.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sqlmodel import Session

from bot.calendar.times import Calendar
from bot.keeping.seal import Seal
from bot.programme.file import Programme
from bot.programme.part import Part


@dataclass(frozen=True, slots=True)
class House:
    """`link` is where people can open the bot, for invitations; `network` names who runs it.

    `groups` are the platforms on which the bot can bring two people into a conversation of their own. `parts` are the
    parts of `bot.front.parts`, in their order; a database that nothing is said to needs none.
    """

    programmes: Mapping[str, Programme]
    seal: Seal
    calendar: Calendar = field(default_factory=Calendar)
    zone: str = "Europe/London"
    link: str = ""
    network: str = "our network"
    groups: frozenset[str] = frozenset()
    parts: tuple[Part, ...] = ()


class Run(Protocol):
    """What runs a programme: a round."""

    programme: str


def house(db: Session) -> House:
    """Return the house that this database handle belongs to."""
    found = db.info["house"]
    assert isinstance(found, House)  # noqa: S101
    return found


def programme_of(run: Run, db: Session) -> Programme:
    """Return the format that a round runs."""
    return house(db).programmes[run.programme]
