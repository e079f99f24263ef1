"""A group conversation of two who were matched: opened once both have asked for it, on a platform that has such."""

from datetime import datetime

from sqlmodel import Session, col, delete, select

from bot.chat.cards import Button, Card, Send
from bot.chat.events import TOGETHER, Address, Pressed
from bot.groups.sides import Side
from bot.groups.words import MY_MATCHES
from bot.keeping.tables import Outbox
from bot.parts.introduce import words
from bot.people import home, persons
from bot.people.tables import Person
from bot.people.words import WHERE_I_STAND
from bot.programme.house import house
from bot.programme.questions import MENTEE

BOTH = "both"  # what a match remembers once they have been introduced


def open_to_both(side: Side, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Show how things stand where the two cannot be introduced, or have been already."""
    del event
    return None if offered(side, db) else home.stale(side.person, db, now)


def introduce(event: Pressed, side: Side, db: Session, now: datetime) -> list[Send]:
    """Keep that one of the two would like it. The other is not told; once both would, both are introduced."""
    match = side.match
    if match.introduce in {"", side.role}:
        match.introduce = side.role
        text = words.INTRODUCE_KEPT.format(name=side.name)
        buttons = (Button(MY_MATCHES, "matches"), Button(WHERE_I_STAND, "home"))
        return [side.send(Card(text=text, buttons=buttons), replaces=event.card)]
    match.introduce = BOTH
    sends = [side.send(_told(side.name), replaces=event.card), persons.send(side.partner, _told(side.person.name))]
    mentor, mentee = (side.partner, side.person) if side.role == MENTEE else (side.person, side.partner)
    text = words.INTRODUCTION.format(mentor=mentor.name, mentee=mentee.name, round=side.round.name)
    return [*sends, persons.send(_group(mentor, mentee, db, now), Card(text=text), key=f"introduction:{match.id}")]


def on_match(side: Side, new: bool, db: Session) -> tuple[Button, ...]:  # noqa: FBT001 - a door takes what it is given
    """Return what asks for an introduction, where one is possible and has not been asked for by this side."""
    del new
    if not offered(side, db) or side.match.introduce == side.role:
        return ()
    return (Button(words.INTRODUCE, "introduce", str(side.match.id)),)


def offered(side: Side, db: Session) -> bool:
    """Tell whether the two can be introduced: not yet done, and both in one place that has group conversations."""
    me, other = side.person, side.partner
    same = (me.platform, me.tenant) == (other.platform, other.tenant) and me.platform in house(db).groups
    return same and other.state == persons.ACTIVE and other.reachable and side.match.introduce != BOTH


def forget(person: Person, db: Session) -> None:
    """Forget the conversations that somebody who is erased was introduced in."""
    same = (Person.platform == person.platform, Person.tenant == person.tenant)
    groups = [
        group.id
        for group in db.exec(select(Person).where(*same, col(Person.user).contains(TOGETHER))).all()
        if person.user in group.user.split(TOGETHER)
    ]
    db.exec(delete(Outbox).where(col(Outbox.person_id).in_(groups)))
    db.exec(delete(Person).where(col(Person.id).in_(groups)))


def _told(name: str) -> Card:
    return Card(text=words.INTRODUCED.format(name=name), buttons=(Button(WHERE_I_STAND, "home"),))


def _group(mentor: Person, mentee: Person, db: Session, now: datetime) -> Person:
    together = TOGETHER.join(sorted((mentor.user, mentee.user)))
    return persons.sender(Address(mentor.platform, mentor.tenant, together), db, now)
