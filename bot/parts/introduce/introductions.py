"""A conversation of people who were matched: opened once all have asked for it, on a platform that has such."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, delete, select

from bot.chat import grammar
from bot.chat.cards import Button, Card, Send
from bot.chat.events import TOGETHER, Address, Pressed
from bot.groups import views
from bot.groups.views import View
from bot.groups.words import MY_MATCHES
from bot.keeping.tables import Outbox
from bot.parts.introduce import words
from bot.people import home, persons
from bot.people.tables import Account, Person
from bot.people.words import WHERE_I_STAND
from bot.programme.house import house


def open_to_all(view: View, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Show how things stand where people cannot be introduced, or have been already."""
    del event
    return None if offered(view, db) else home.stale(view.person, db, now)


def introduce(event: Pressed, view: View, db: Session, now: datetime) -> list[Send]:
    """Keep that somebody would like it. The others are not told; once all would, all are introduced."""
    view.member.introduce = True
    if not all(other.member.introduce for other in view.others):
        text = grammar.say(words.INTRODUCE_KEPT, name=view.name, others=view.many)
        buttons = (Button(MY_MATCHES, "matches"), Button(WHERE_I_STAND, "home"))
        return [view.send(Card(text=text, buttons=buttons), replaces=event.card)]
    there = views.everybody(view.group, db)
    told = [
        view.send(_told(view), replaces=event.card),
        *(persons.send(each.person, _told(each)) for each in view.others),
    ]
    text = words.INTRODUCTION if view.many == 1 else words.INTRODUCTION_OF_MORE
    names = [each.own_name for each in there]
    text = text.format(first=names[0], second=names[1], names=grammar.listed(names), round=view.round.name)
    group = _group([each.person for each in there], db, now)
    key = f"introduction:{view.group.id}"
    key += "" if view.many == 1 else ":" + "-".join(str(each.mine.id) for each in there)  # a third may come, or go
    return [*told, persons.send(group, Card(text=text), key=key)]


def on_match(view: View, new: bool, db: Session) -> tuple[Button, ...]:  # noqa: FBT001 - a door takes what it is given
    """Return what asks for an introduction, where one is possible and this member has not asked for it."""
    del new
    if not offered(view, db) or view.member.introduce:
        return ()
    return (Button(words.INTRODUCE, "introduce", str(view.group.id)),)


def offered(view: View, db: Session) -> bool:
    """Tell whether these people can be introduced: not yet done, and all in one place that has group conversations."""
    me = view.person.account
    return (
        not all(each.member.introduce for each in (view, *view.others))
        and me.platform in house(db).groups
        and all(
            (me.platform, me.tenant) == (other.account.platform, other.account.tenant)
            and other.state == persons.ACTIVE
            and other.account.reachable
            for other in (each.person for each in view.others)
        )
    )


def joined(view: View, db: Session, now: datetime) -> list[Send]:
    """Let all ask anew, as they have not been introduced to the newcomer."""
    del db, now
    for other in view.others:
        other.member.introduce = False
    return []


def parted(view: View, db: Session, now: datetime) -> list[Send]:
    """Let those who stay ask anew, if the one who has left is why they have not been introduced."""
    del db, now
    if not view.member.introduce:
        for other in view.others:
            other.member.introduce = False
    return []


def forget(person: Person, db: Session) -> None:
    """Forget the conversations that somebody who is erased was introduced in."""
    own = aliased(Account)
    same = (col(own.platform) == Account.platform, col(own.tenant) == Account.tenant)
    query = select(Account.person_id, Account.user, own.user).join(own, and_(*same)).where(own.person_id == person.id)
    groups = [
        group
        for group, together, user in db.exec(query.where(col(Account.user).contains(TOGETHER))).all()
        if user in together.split(TOGETHER)
    ]
    if groups:
        db.exec(delete(Outbox).where(col(Outbox.person_id).in_(groups)))
        db.exec(delete(Person).where(col(Person.id).in_(groups)))


def _told(view: View) -> Card:
    text = grammar.say(words.INTRODUCED, name=view.name, others=view.many)
    return Card(text=text, buttons=(Button(WHERE_I_STAND, "home"),))


def _group(people: Sequence[Person], db: Session, now: datetime) -> Person:
    at = people[0].account
    together = TOGETHER.join(sorted(person.account.user for person in people))
    return persons.sender(Address(at.platform, at.tenant, together), db, now)
