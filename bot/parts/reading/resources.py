"""What there is to read: guidance and rules, for one side or for both."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from bot.chat.cards import Button, Card, Send
from bot.chat.events import Pressed
from bot.parts.reading import section, words
from bot.people import home, persons, rounds
from bot.people.home import Standing
from bot.people.tables import Person
from bot.people.words import WHERE_I_STAND
from bot.programme.file import Programme
from bot.programme.house import programme_of
from bot.programme.part import Lines
from bot.programme.questions import BOTH


def resources(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """Send what there is to read for this person's side."""
    del event
    latest = rounds.latest_registration(person, db)
    if latest:
        programme = programme_of(latest[1], db)
        sides = {*programme.roles_of(latest[0].answers), BOTH}
        texts = [resource for resource in section.of(programme) if resource.side in sides]
    else:
        texts = [text for programme in _offered(person, db) for text in section.of(programme) if text.side == BOTH]
    if not texts:
        return [persons.send(person, home.home_card(person, db, now, words.NOTHING_TO_READ))]
    back = Button(WHERE_I_STAND, "home")
    cards = [Card(title=resource.title, text=resource.text) for resource in texts]
    last = cards[-1]
    cards[-1] = Card(title=last.title, text=last.text, buttons=(back,))
    return [persons.send(person, card) for card in cards]


def _offered(person: Person, db: Session) -> list[Programme]:
    offered = rounds.open_rounds(person.network_id, db, "open", "planned")
    return [programme_of(round_, db) for round_ in offered]


def standing(here: Standing) -> Lines:
    """Offer what there is to read."""
    return Lines(buttons=tuple(guide(here.person, here.db)))


def guide(person: Person, db: Session) -> Sequence[Button]:
    """Return the button that leads to it."""
    del person, db
    return (Button(words.READ, "resources"),)
