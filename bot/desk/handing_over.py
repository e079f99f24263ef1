"""Who coordinates: seeing it, inviting somebody with a one-time code, stepping down, taking the role from somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from bot.chat import grammar
from bot.chat.cards import Button, Card, Send
from bot.chat.events import Pressed
from bot.desk import words
from bot.people import coordinators, persons
from bot.people.tables import Network, Person
from bot.people.words import COORDINATE, INVITE_COORDINATOR_TEXT, MOVED_ON, NO_NAME_YET, WHERE_I_STAND


@dataclass(frozen=True, slots=True)
class Two:
    """A coordinator, which coordinator it is about (another one, or the same), and everybody who coordinates."""

    person: Person
    other: Person
    all: Sequence[Person]


def one_of_them(person: Person, event: Pressed, db: Session, now: datetime) -> Two | list[Send]:
    """Return who asks and which coordinator it is about, or show who coordinates if that is nobody."""
    if not person.coordinator:
        return coordinators.denied(person, db, now)
    db.exec(select(Network).where(Network.id == person.network_id).with_for_update()).one()  # one change at a time
    them = _all(person, db)
    other = next((each for each in them if str(each.id) == event.value), None)
    return _unchanged(person, event, db) if other is None else Two(person, other, them)


def not_the_last(about: Two, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Show who coordinates, if it would leave nobody."""
    del now
    return None if len(about.all) > 1 else _unchanged(about.person, event, db)


def listed(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """Show who coordinates."""
    del event, now
    return [persons.send(person, _card(person, db))]


def invite(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """Give a one-time code that makes somebody else a coordinator."""
    del event
    coordinators.note(person, "invited a coordinator", "", db, now)
    text = INVITE_COORDINATOR_TEXT.format(code=coordinators.new_code(db, now))
    buttons = (Button(words.COORDINATORS, "coordinators"),)
    return [persons.send(person, Card(title=words.INVITE_COORDINATOR, text=text, buttons=buttons))]


def dismiss(event: Pressed, about: Two, db: Session, now: datetime) -> list[Send]:
    """Ask whether somebody, or whoever asks, is to coordinate no more."""
    del event, db, now
    person, other = about.person, about.other
    sure, yes = words.STEP_DOWN_SURE, words.STEP_DOWN_SURELY
    if other is not person:
        sure, yes = words.DISMISS_SURE.format(name=_name(other)), words.DISMISS_SURELY
    buttons = (
        Button(yes, "dismiss_surely", str(other.id), also=("yes",)),
        Button(words.KEEP_AS_IT_IS, "coordinators", also=("no",)),
    )
    return [persons.send(person, Card(text=sure, buttons=buttons))]


def dismiss_surely(event: Pressed, about: Two, db: Session, now: datetime) -> list[Send]:
    """Take the role away; everybody whom it concerns is told."""
    person, other = about.person, about.other
    other.coordinator = False
    coordinators.note(person, "took the role of coordinator away", f"person {other.id}", db, now)
    db.flush()
    name, by = _name(other), _name(person)
    home_button = (Button(WHERE_I_STAND, "home"),)
    if other is person:
        own = [persons.send(person, Card(text=words.STEPPED_DOWN, buttons=home_button), replaces=event.card)]
        news = words.SOMEBODY_STEPPED_DOWN.format(name=name)
    else:
        card = _card(person, db, words.IS_DISMISSED.format(name=name))
        own = [
            persons.send(person, card, replaces=event.card),
            persons.send(other, Card(text=words.DISMISSED.format(by=by), buttons=home_button)),
        ]
        news = words.SOMEBODY_DISMISSED.format(name=name, by=by)
    told = Card(text=news, buttons=(Button(words.COORDINATORS, "coordinators"),))
    return [*own, *(persons.send(each, told) for each in _all(person, db) if each is not person)]


def _unchanged(person: Person, event: Pressed, db: Session) -> list[Send]:
    note = words.ONLY_COORDINATOR if event.value == str(person.id) else MOVED_ON
    return [persons.send(person, _card(person, db, note), replaces=event.card)]


def _all(person: Person, db: Session) -> list[Person]:
    """Return everybody who coordinates with this person, and them, in a fixed order."""
    return sorted(coordinators.all_of(person.network_id, db), key=lambda each: each.id)


def _card(person: Person, db: Session, note: str = "") -> Card:
    them = _all(person, db)
    others = [each for each in them if each is not person]
    names = "\n".join(f"• {words.COORDINATOR_SELF if each is person else _name(each)}" for each in them)
    buttons = (
        Button(words.INVITE_COORDINATOR, "invite_coordinator"),
        *(() if person.name else (Button(words.SAY_NAME, "call_me"),)),
        *(Button(words.DISMISS.format(name=_name(each)), "dismiss", str(each.id)) for each in others),
        *((Button(words.STEP_DOWN, "dismiss", str(person.id)),) if others else ()),
        Button(COORDINATE, "desk"),
    )
    text = grammar.paragraphs(note, words.COORDINATORS_TEXT, names)
    return Card(title=words.COORDINATORS, text=text, buttons=buttons)


def _name(person: Person) -> str:
    return person.name or NO_NAME_YET
