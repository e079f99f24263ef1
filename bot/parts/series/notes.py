"""Private notes beside a check-in: only their writer can read them."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from bot.calendar import times
from bot.chat.cards import Button, Card, Field, Send
from bot.chat.events import Pressed
from bot.parts.series import words
from bot.parts.series.tables import CheckInAnswer
from bot.people import home, persons
from bot.people.tables import Person, Registration
from bot.people.words import WHERE_I_STAND
from bot.programme.house import house
from bot.programme.words import TOO_LONG

NOTE_MOST = 1000  # characters of a private note


@dataclass(frozen=True, slots=True)
class Written:
    """An answer to a check-in, and who gave it."""

    person: Person
    answer: CheckInAnswer


def theirs(person: Person, event: Pressed, db: Session, now: datetime) -> Written | list[Send]:
    """Return what this person answered to the check-in that the button's value names."""
    series_id, _, number = event.value.partition(":")
    if not (series_id.isdecimal() and number.isdecimal()):
        return home.stale(person, db, now)
    this = (CheckInAnswer.series_id == int(series_id), CheckInAnswer.number == int(number))
    query = select(CheckInAnswer).join(Registration).where(*this, Registration.person_id == person.id)
    answer = db.exec(query).first()
    return Written(person, answer) if answer else home.stale(person, db, now)


def note(event: Pressed, written: Written, db: Session, now: datetime) -> list[Send]:
    """Ask for a note that only its writer can read."""
    del db, now
    return [persons.send(written.person, _writing(event.value, words.NOTE_ASK))]


def keep_note(event: Pressed, written: Written, db: Session, now: datetime) -> list[Send]:
    """Keep a private note, sealed for its writer."""
    del now
    person, row = written.person, written.answer
    text = str(event.fields.get("note", "")).strip()
    if len(text) > NOTE_MOST:
        too_long = TOO_LONG.format(most=NOTE_MOST, length=len(text))
        return [persons.send(person, _writing(event.value, too_long, text))]
    row.note = house(db).seal.close(_owner(row), "note", text) if text else ""
    done = words.NOTE_KEPT if text else words.NOTE_EMPTY
    card = Card(text=done, buttons=(Button(words.MY_NOTES, "notes"), Button(WHERE_I_STAND, "home")))
    return [persons.send(person, card, replaces=event.card)]


def notes(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """Show this person their own notes."""
    del event
    text = "\n\n".join(
        words.NOTE_OF.format(day=times.show_day(times.local(row.answered_at, persons.zone_of(person, db)).date(), now))
        + "\n"
        + read_note(row, db)
        for row in own_answers(person.id, db)
        if row.note
    )
    card = Card(title=words.MY_NOTES, text=text or words.NO_NOTES, buttons=(Button(WHERE_I_STAND, "home"),))
    return [persons.send(person, card)]


def own_answers(person_id: int, db: Session) -> list[CheckInAnswer]:
    """Return what this person answered to their check-ins, oldest first."""
    query = select(CheckInAnswer).join(Registration).where(Registration.person_id == person_id)
    return list(db.exec(query.order_by(col(CheckInAnswer.answered_at))).all())


def read_note(row: CheckInAnswer, db: Session) -> str:
    """Open a note, for its writer only."""
    return str(house(db).seal.open(_owner(row), "note", row.note)) if row.note else ""


def _writing(value: str, text: str, so_far: str = "") -> Card:
    field = Field("note", words.NOTE, "long", value=so_far, optional=True)
    buttons = (Button(words.KEEP_NOTE, "keep_note", value), Button(words.NO_NOTE, "home"))
    return Card(text=text, fields=(field,), buttons=buttons)


def _owner(row: CheckInAnswer) -> str:
    return f"registration:{row.registration_id}:pair:{row.series_id}:{row.number}"  # as the first ones were sealed
