"""Somebody stops, looks for another match, or leaves the round: for one reason or another, and none is asked for."""

from datetime import datetime

from sqlmodel import Session

from bot.chat.cards import Button, Card, Send
from bot.chat.events import Pressed
from bot.groups import stages, views, words
from bot.groups.views import View
from bot.people import home, persons
from bot.people.tables import Person, Registration
from bot.people.words import WHERE_I_STAND


def left(mine: Registration, person: Person, why: str, db: Session, now: datetime) -> list[Send]:
    """Let a registration that leaves the round leave its groups; tell those who were matched with its person."""
    del why
    sends: list[Send] = []
    for view in views.of(mine, db, lock=True):
        if view.state == "finished":  # all have been told that it is complete
            alone = view.many < stages.FEWEST
            sends += stages.finish(view.group, "ended", db, now) if alone else stages.step_out(view, db, now)
            continue
        own = persons.address(person)  # of what the others are told, only the calendar's cancellation concerns them
        sends += [send for send in stages.leave(view, db, now) if send.to != own or send.card.files]
    return sends


def stop(event: Pressed, view: View, db: Session, now: datetime) -> list[Send]:
    """Ask once more before somebody ends a match, or leaves a group; no reason is asked for."""
    del event, db, now
    buttons = (
        Button(words.STOP_SURELY, "stop_surely", str(view.group.id), also=("yes",)),
        Button(words.GO_ON_AFTER_ALL, "home", also=("no",)),
    )
    text = words.STOP_SURE if view.many < stages.FEWEST else words.STOP_SURE_GROUP
    return [view.send(Card(text=text.format(name=view.name), buttons=buttons))]


def stop_surely(event: Pressed, view: View, db: Session, now: datetime) -> list[Send]:
    """End a match, or leave a group. The others are told kindly, and not why."""
    del event
    return stages.leave(view, db, now)


def taking_part(view: View, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Show how things stand to somebody who has left the round, or whose round is over."""
    del event
    here = view.mine.state == "registered" and view.round.state != "ended"
    return None if here else home.stale(view.person, db, now)


def another_match(event: Pressed, view: View, db: Session, now: datetime) -> list[Send]:
    """Put this person on the waiting list; they leave the group that they press it for, if they have not."""
    view.mine.waiting = True
    sends = [] if view.state in {"ended", "finished"} else stages.leave(view, db, now)
    card = Card(text=words.ON_THE_LIST, buttons=(Button(WHERE_I_STAND, "home"),))
    return [*sends, view.send(card, replaces=event.card)]
