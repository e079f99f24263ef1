"""Somebody needs to talk to somebody: their name goes to the coordinators, once they have agreed to it."""

from datetime import datetime

from sqlmodel import Session

from bot.chat import grammar
from bot.chat.cards import Button, Card, Send
from bot.chat.events import Pressed
from bot.groups import words
from bot.groups.views import View
from bot.people import coordinators, persons
from bot.people.words import WHERE_I_STAND


def talk_surely(event: Pressed, view: View, db: Session, now: datetime) -> list[Send]:
    """Give this person's name and address to the coordinators, as they have just agreed."""
    person = view.person
    contact = str(view.mine.answers.get(view.programme.of_kind("email"), ""))
    told = words.TALK_FOR_COORDINATOR.format(name=person.name, contact=contact, round=view.round.name)
    key = f"talk:{view.group.id}:{view.mine.id}:{now:%Y-%m-%d}"
    group = {persons.address(each.person) for each in (view, *view.others)}  # who may coordinate too, and is not told
    sends = [send for send in coordinators.tell(view.round, told, db, key=key) if send.to not in group]
    text = words.TALK_PASSED_ON if sends else words.TALK_NOBODY
    card = Card(text=text, buttons=(Button(WHERE_I_STAND, "home"),))
    return [view.send(card, replaces=event.card), *sends]


def offer(view: View) -> Card:
    """Return the card that asks whether their name may be passed on."""
    buttons = (
        Button(words.TALK_YES, "talk_surely", str(view.group.id), also=("yes",)),
        Button(words.TALK_NO, "home", also=("no",)),
    )
    return Card(text=grammar.say(words.TALK, name=view.name, others=view.many), buttons=buttons)
