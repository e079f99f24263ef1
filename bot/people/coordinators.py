"""Coordinators: named people, appointed by a one-time code; what they do is written down."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, select

from bot.chat.cards import Button, Card, Send
from bot.chat.events import Pressed, Said
from bot.people import home, persons, words
from bot.people.tables import Audit, CoordinatorCode, Person, Round

CODE = r"COORD(?:-[A-Z2-9]{4}){3}"
VALID = timedelta(days=7)  # words.INVITE_COORDINATOR_TEXT says so too
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, slots=True)
class TheirRound:
    """A round, with the coordinator who acts on it."""

    person: Person
    round: Round


def new_code(db: Session, now: datetime) -> str:
    """Return a fresh one-time code; whoever types it to the bot within a week becomes a coordinator."""
    code = f"COORD-{unguessable()}"
    network = persons.first_network(db, now)
    db.add(CoordinatorCode(digest=digest(code), network_id=network.id, expires_at=now + VALID))
    return code


def redeem(event: Said, db: Session, now: datetime) -> list[Send]:
    """Make the person who typed a valid code a coordinator."""
    person = persons.sender(event.who, db, now)
    row = db.get(CoordinatorCode, digest(event.text.strip().upper()), with_for_update=True)
    if row is None or row.used_at is not None or row.expires_at < now or row.network_id != person.network_id:
        return [persons.send(person, Card(text=words.CODE_WRONG, buttons=(Button(words.WHERE_I_STAND, "home"),)))]
    row.used_at, row.used_by = now, person.id
    person.coordinator = True
    note(person, "became a coordinator", "", db, now)
    buttons = (Button(words.NEW_ROUND, "new_round"), Button(words.COORDINATE, "desk"))
    text = words.CODE_RIGHT if person.name else f"{words.CODE_RIGHT}\n\n{words.CODE_RIGHT_NAME}"
    return [persons.send(person, Card(title=words.CODE_TITLE, text=text, buttons=buttons))]


def round_of(person: Person, number: str, db: Session, *, draft: bool = False) -> Round | None:
    """Return round `number` if this person coordinates it, held for this transaction. One being set up is a `draft`."""
    if not person.coordinator or not number.isdecimal():
        return None
    round_ = db.get(Round, int(number), with_for_update=True)
    if round_ is None or round_.network_id != person.network_id or (round_.state == "draft" and not draft):
        return None
    return round_


def coordinating(person: Person, event: Pressed, db: Session, now: datetime) -> Person | list[Send]:
    """Return the person: they coordinate, and may; or say that this is for coordinators."""
    del event
    return person if person.coordinator else denied(person, db, now)


def their_round(
    person: Person, event: Pressed, db: Session, now: datetime, *, draft: bool = False
) -> TheirRound | list[Send]:
    """Return the round whose number stands first in the button's value, if this person coordinates it, or refuse."""
    round_ = round_of(person, event.value.partition(":")[0], db, draft=draft)
    return denied(person, db, now) if round_ is None else TheirRound(person, round_)


def back_to(round_: Round, *also: str) -> Button:
    """Return the button that leads a coordinator back to a round; what can be typed as well is `also`."""
    return Button(words.BACK_TO_ROUND, "round", str(round_.id), also=also)


def all_of(network_id: int, db: Session) -> list[Person]:
    """Return the coordinators of a network."""
    query = select(Person).where(Person.network_id == network_id, Person.coordinator == True)  # noqa: E712
    return [person for person in db.exec(query).all() if person.state == persons.ACTIVE]


def tell(round_: Round, text: str, db: Session, key: str = "") -> list[Send]:
    """Tell every coordinator of a round something, with a button that leads to the round; once for each `key`."""
    card = Card(title=round_.name, text=text, buttons=(back_to(round_),))
    return [
        persons.send(person, card, key=f"{key}:{person.id}" if key else "") for person in all_of(round_.network_id, db)
    ]


def denied(person: Person, db: Session, now: datetime) -> list[Send]:
    """Say that this is for coordinators."""
    return [persons.send(person, home.home_card(person, db, now, words.FOR_COORDINATORS))]


def note(person: Person, action: str, subject: str, db: Session, now: datetime) -> None:
    """Write down what a coordinator did. `subject` names rows, never what somebody answered."""
    db.add(Audit(network_id=person.network_id, at=now, actor_id=person.id, action=action, subject=subject))


def unguessable() -> str:
    """Return twelve letters that nobody can guess and nobody misreads, in groups of four: sixty bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def digest(code: str) -> str:
    """Return what is kept of a code."""
    return hashlib.sha256(code.encode()).hexdigest()
