"""A coordinator takes somebody out of a round: who has left the organisation, or was brought in and never came."""

from datetime import datetime

from sqlmodel import Session, col, select

from bot.chat import grammar
from bot.chat.cards import Button, Card, Field, Send
from bot.chat.events import Pressed
from bot.desk import naming, words
from bot.groups import sides
from bot.parts.registration import claiming
from bot.people import coordinators, leaving, persons
from bot.people.coordinators import round_of
from bot.people.tables import Person, Registration, Round
from bot.people.words import BACK_TO_ROUND, NO_NAME_YET, WHERE_I_STAND
from bot.programme.house import programme_of

THERE = ("unfinished", "registered")


def take_out(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Ask whom, and then whether that is right."""
    person = persons.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    query = select(Registration, Person).join(Person).where(Registration.round_id == round_.id)
    query = query.where(col(Registration.state).in_(THERE)).order_by(col(Registration.id))
    offered = naming.choices((mine for mine, _ in db.exec(query).all()), programme_of(round_, db), db)
    back = Button(BACK_TO_ROUND, "round", str(round_.id), also=("no",))
    if not offered:
        return [persons.send(person, Card(title=words.TAKE_OUT, text=words.TAKE_OUT_NOBODY, buttons=(back,)))]
    said = event.fields.get("who", "")
    text = said if isinstance(said, str) else ""
    mine = naming.meant(text, offered, db) if text else None
    if mine is None:
        note = words.TAKE_OUT_UNCLEAR.format(text=grammar.cut(text, 60)) if text else words.TAKE_OUT_WHO
        field = Field("who", words.TAKE_OUT_FIELD, "choice", offered)
        buttons = (Button(words.TAKE_OUT, "take_out", str(round_.id)), back)
        return [persons.send(person, Card(title=words.TAKE_OUT, text=note, fields=(field,), buttons=buttons))]
    text = words.TAKE_OUT_SURE.format(name=_name(mine, db), round=round_.name)
    yes = Button(words.TAKE_OUT_SURELY, "take_out_surely", f"{round_.id}:{mine.id}", also=("yes",))
    return [persons.send(person, Card(text=text, buttons=(yes, back)))]


def take_out_surely(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """End their matches, erase what they said in private, and tell whom it concerns."""
    person = persons.sender(event.who, db, now)
    number, _, registration = event.value.partition(":")
    round_ = round_of(person, number, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    mine = _there(registration, round_, db)
    back = (Button(BACK_TO_ROUND, "round", str(round_.id)),)
    if mine is None:
        return [persons.send(person, Card(text=words.TAKE_OUT_GONE, buttons=back), replaces=event.card)]
    name, theirs = _name(mine, db), sides.person_of(mine, db)
    sends = leaving.leave(mine, theirs, db, now)
    coordinators.note(person, "took somebody out", f"round {round_.id}: registration {mine.id}", db, now)
    if theirs.platform == persons.NOWHERE:
        claiming.take_out(mine, db, now)
    elif theirs is not person:
        told = Card(text=words.TAKEN_OUT.format(round=round_.name), buttons=(Button(WHERE_I_STAND, "home"),))
        sends.append(persons.nudge(theirs, told, db, now))
    done = Card(text=words.TAKE_OUT_DONE.format(name=name, round=round_.name), buttons=back)
    return [persons.send(person, done, replaces=event.card), *sends]


def _there(number: str, round_: Round, db: Session) -> Registration | None:
    mine = db.get(Registration, int(number), with_for_update=True) if number.isdecimal() else None
    return mine if mine is not None and mine.round_id == round_.id and mine.state in THERE else None


def _name(mine: Registration, db: Session) -> str:
    return sides.person_of(mine, db).name or NO_NAME_YET
