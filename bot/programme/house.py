"""What every handler may lean on: the programmes, the key, the calendar. Set up once, by the composition root.

It travels with the database handle (`Session.info`), so that a handler's three arguments stay three.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlmodel import Session

from bot.calendar.times import Calendar
from bot.keeping.seal import Seal
from bot.people.tables import Round
from bot.programme.file import Programme


@dataclass(frozen=True, slots=True)
class House:
    """`link` is where people can open the bot, for invitations; `network` names who runs it.

    `groups` are the platforms on which the bot can bring two people into a conversation of their own.
    """

    programmes: Mapping[str, Programme]
    seal: Seal
    calendar: Calendar = field(default_factory=Calendar)
    zone: str = "Europe/London"
    link: str = ""
    network: str = "our network"
    groups: frozenset[str] = frozenset()


def house(db: Session) -> House:
    """Return the house that this database handle belongs to."""
    found = db.info["house"]
    assert isinstance(found, House)  # noqa: S101
    return found


def programme_of(round_: Round, db: Session) -> Programme:
    """Return the format that a round runs."""
    return house(db).programmes[round_.programme]
