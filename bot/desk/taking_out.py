"""A coordinator takes somebody out of a round: who has left the organisation, or was brought in and never came."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from bot.chat import grammar
from bot.chat.cards import Button, Card, Field, Send
from bot.chat.events import Pressed
from bot.desk import naming, words
from bot.people import coordinators, leaving, persons
from bot.people.coordinators import TheirRound
from bot.people.tables import Person, Registration
from bot.people.words import NO_NAME_YET, WHERE_I_STAND
from bot.programme.house import programme_of

THERE = ("unfinished", "registered")


@dataclass(frozen=True, slots=True)
class TheirRegistration(TheirRound):
    """A registration of a round, with the coordinator who acts on it."""

    mine: Registration


def take_out(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Ask whom, and then whether that is right."""
    del now
    round_ = about.round
    query = select(Registration, Person).join(Person).where(Registration.round_id == round_.id)
    query = query.where(col(Registration.state).in_(THERE)).order_by(col(Registration.id))
    offered = naming.choices((mine for mine, _ in db.exec(query).all()), programme_of(round_, db), db)
    back = coordinators.back_to(round_, "no")
    if not offered:
        return [persons.send(about.person, Card(title=words.TAKE_OUT, text=words.TAKE_OUT_NOBODY, buttons=(back,)))]
    said = event.fields.get("who", "")
    text = said if isinstance(said, str) else ""
    mine = naming.meant(text, offered, db) if text else None
    if mine is None:
        note = words.TAKE_OUT_UNCLEAR.format(text=grammar.cut(text, 60)) if text else words.TAKE_OUT_WHO
        field = Field("who", words.TAKE_OUT_FIELD, "choice", offered)
        buttons = (Button(words.TAKE_OUT, "take_out", str(round_.id)), back)
        return [persons.send(about.person, Card(title=words.TAKE_OUT, text=note, fields=(field,), buttons=buttons))]
    text = words.TAKE_OUT_SURE.format(name=_name(mine, db), round=round_.name)
    yes = Button(words.TAKE_OUT_SURELY, "take_out_surely", f"{round_.id}:{mine.id}", also=("yes",))
    return [persons.send(about.person, Card(text=text, buttons=(yes, back)))]


def somebody(person: Person, event: Pressed, db: Session, now: datetime) -> TheirRegistration | list[Send]:
    """Return the registration that is meant, held for this transaction, or say that it is gone."""
    about = coordinators.their_round(person, event, db, now)
    if isinstance(about, list):
        return about
    _, _, number = event.value.partition(":")
    mine = db.get(Registration, int(number), with_for_update=True) if number.isdecimal() else None
    if mine is None or mine.round_id != about.round.id:
        return _gone(about, event)
    return TheirRegistration(person, about.round, mine)


def still_there(about: TheirRegistration, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Say that somebody is gone, if they are."""
    del db, now
    return None if about.mine.state in THERE else _gone(about, event)


def take_out_surely(event: Pressed, about: TheirRegistration, db: Session, now: datetime) -> list[Send]:
    """End their matches, erase what they said in private, and tell whom it concerns."""
    person, round_, mine = about.person, about.round, about.mine
    name, theirs = _name(mine, db), persons.of(mine, db)
    reached = theirs.account.platform != persons.NOWHERE
    sends = leaving.leave(mine, theirs, leaving.TAKEN_OUT, db, now)
    coordinators.note(person, "took somebody out", f"round {round_.id}: registration {mine.id}", db, now)
    if reached and theirs is not person:
        told = Card(text=words.TAKEN_OUT.format(round=round_.name), buttons=(Button(WHERE_I_STAND, "home"),))
        sends.append(persons.nudge(theirs, told, db, now))
    done = Card(text=words.TAKE_OUT_DONE.format(name=name, round=round_.name), buttons=(coordinators.back_to(round_),))
    return [persons.send(person, done, replaces=event.card), *sends]


def _gone(about: TheirRound, event: Pressed) -> list[Send]:
    card = Card(text=words.TAKE_OUT_GONE, buttons=(coordinators.back_to(about.round),))
    return [persons.send(about.person, card, replaces=event.card)]


def _name(mine: Registration, db: Session) -> str:
    return persons.of(mine, db).name or NO_NAME_YET
