"""Private notes beside a check-in: only their writer can read them."""

from datetime import datetime

from sqlmodel import Session, col, select

from bot.calendar import times
from bot.chat.cards import Button, Card, Field, Send
from bot.chat.events import Pressed
from bot.parts.series import words
from bot.parts.series.tables import CheckInAnswer
from bot.people import home, persons
from bot.people.tables import Registration
from bot.people.words import WHERE_I_STAND
from bot.programme.house import house
from bot.programme.words import TOO_LONG

NOTE_MOST = 1000  # characters of a private note


def note(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Ask for a note that only its writer can read."""
    person = persons.sender(event.who, db, now)
    found = _own(event.value, event, db, now)
    if found is None:
        return home.stale(person, db, now)
    field = Field("note", words.NOTE, "long", optional=True)
    buttons = (Button(words.KEEP_NOTE, "keep_note", event.value), Button(words.NO_NOTE, "home"))
    return [persons.send(person, Card(text=words.NOTE_ASK, fields=(field,), buttons=buttons))]


def keep_note(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Keep a private note, sealed for its writer."""
    person = persons.sender(event.who, db, now)
    row = _own(event.value, event, db, now)
    text = str(event.fields.get("note", "")).strip()
    if row is None:
        return home.stale(person, db, now)
    if len(text) > NOTE_MOST:
        card = Card(
            text=TOO_LONG.format(most=NOTE_MOST, length=len(text)),
            fields=(Field("note", words.NOTE, "long", value=text, optional=True),),
            buttons=(Button(words.KEEP_NOTE, "keep_note", event.value), Button(words.NO_NOTE, "home")),
        )
        return [persons.send(person, card)]
    row.note = house(db).seal.close(_owner(row), "note", text) if text else ""
    done = words.NOTE_KEPT if text else words.NOTE_EMPTY
    card = Card(text=done, buttons=(Button(words.MY_NOTES, "notes"), Button(WHERE_I_STAND, "home")))
    return [persons.send(person, card, replaces=event.card)]


def notes(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Show this person their own notes."""
    person = persons.sender(event.who, db, now)
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


def _own(value: str, event: Pressed, db: Session, now: datetime) -> CheckInAnswer | None:
    person = persons.sender(event.who, db, now)
    pair_id, _, number = value.partition(":")
    if not (pair_id.isdecimal() and number.isdecimal()):
        return None
    query = (
        select(CheckInAnswer)
        .join(Registration)
        .where(
            CheckInAnswer.pair_id == int(pair_id),
            CheckInAnswer.number == int(number),
            Registration.person_id == person.id,
        )
    )
    return db.exec(query).first()


def _owner(row: CheckInAnswer) -> str:
    return f"registration:{row.registration_id}:pair:{row.pair_id}:{row.number}"
