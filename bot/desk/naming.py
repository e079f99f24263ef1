"""Whom a coordinator means: a registration chosen from a list, or named by its person's name or address."""

from collections.abc import Iterable

from sqlmodel import Session

from bot.chat.cards import Choice
from bot.chat.flows import read_choice
from bot.desk import reports
from bot.people import persons
from bot.people.tables import Registration
from bot.programme.file import Programme

LONGEST = 75  # characters of a choice, as lists of platforms show no more


def choices(listed: Iterable[Registration], programme: Programme, db: Session) -> tuple[Choice, ...]:
    """Return these registrations as choices; names and addresses may be typed."""
    found = []
    for mine in listed:
        contact = str(mine.answers.get(programme.of_kind("email"), ""))
        also = tuple(word for word in (persons.of(mine, db).name, contact) if word)
        found.append(Choice(str(mine.id), reports.registration_name(mine, programme, db)[:LONGEST], also))
    return tuple(found)


def meant(text: str, offered: tuple[Choice, ...], db: Session) -> Registration | None:
    """Return whom a coordinator means: an id from a list, a name or an address; None where it is not clear."""
    code = text if text in {choice.code for choice in offered} else None
    if code is None:
        named = [c.code for c in offered if text.casefold() in {word.casefold() for word in c.also}]
        code = named[0] if len(named) == 1 else None if named else read_choice(offered, text)
    return db.get(Registration, int(code)) if code else None
