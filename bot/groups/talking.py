"""Somebody needs to talk to somebody: their name goes to the coordinators, once they have agreed to it."""

from datetime import datetime

from sqlmodel import Session

from bot.chat.cards import Button, Card, Send
from bot.chat.events import Pressed
from bot.groups import words
from bot.groups.sides import Side
from bot.people import coordinators, persons
from bot.people.words import WHERE_I_STAND


def talk_surely(event: Pressed, side: Side, db: Session, now: datetime) -> list[Send]:
    """Give this person's name and address to the coordinators, as they have just agreed."""
    person = side.person
    contact = str(side.mine.answers.get(side.programme.of_kind("email"), ""))
    told = words.TALK_FOR_COORDINATOR.format(name=person.name, contact=contact, round=side.round.name)
    key = f"talk:{side.match.id}:{side.mine.id}:{now:%Y-%m-%d}"
    two = (persons.address(person), persons.address(side.partner))  # who may coordinate too, and is not told
    sends = [send for send in coordinators.tell(side.round, told, db, key=key) if send.to not in two]
    text = words.TALK_PASSED_ON if sends else words.TALK_NOBODY
    card = Card(text=text, buttons=(Button(WHERE_I_STAND, "home"),))
    return [side.send(card, replaces=event.card), *sends]


def offer(side: Side) -> Card:
    """Return the card that asks whether their name may be passed on."""
    buttons = (
        Button(words.TALK_YES, "talk_surely", str(side.match.id), also=("yes",)),
        Button(words.TALK_NO, "home", also=("no",)),
    )
    return Card(text=words.TALK.format(name=side.name), buttons=buttons)
