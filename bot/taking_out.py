"""A coordinator takes somebody out of a round: who has left the organisation, or was brought in and never came."""

from datetime import datetime

from sqlmodel import Session, col, select

from bot import claiming, coordinators, naming, people, sides, standing, words
from bot.cards import Button, Card, Field, Send
from bot.coordinators import round_of
from bot.events import Pressed
from bot.house import programme_of
from bot.models import Person, Registration, Round

THERE = ("unfinished", "registered")


def take_out(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Ask whom, and then whether that is right."""
    person = people.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    query = select(Registration, Person).join(Person).where(Registration.round_id == round_.id)
    query = query.where(col(Registration.state).in_(THERE)).order_by(col(Registration.id))
    offered = naming.choices((mine for mine, _ in db.exec(query).all()), programme_of(round_, db), db)
    back = Button(words.BACK_TO_ROUND, "round", str(round_.id), also=("no",))
    if not offered:
        return [people.send(person, Card(title=words.TAKE_OUT, text=words.TAKE_OUT_NOBODY, buttons=(back,)))]
    said = event.fields.get("who", "")
    text = said if isinstance(said, str) else ""
    mine = naming.meant(text, offered, db) if text else None
    if mine is None:
        note = words.TAKE_OUT_UNCLEAR.format(text=words.cut(text, 60)) if text else words.TAKE_OUT_WHO
        field = Field("who", words.TAKE_OUT_FIELD, "choice", offered)
        buttons = (Button(words.TAKE_OUT, "take_out", str(round_.id)), back)
        return [people.send(person, Card(title=words.TAKE_OUT, text=note, fields=(field,), buttons=buttons))]
    text = words.TAKE_OUT_SURE.format(name=_name(mine, db), round=round_.name)
    yes = Button(words.TAKE_OUT_SURELY, "take_out_surely", f"{round_.id}:{mine.id}", also=("yes",))
    return [people.send(person, Card(text=text, buttons=(yes, back)))]


def take_out_surely(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """End their matches, erase what they said in private, and tell whom it concerns."""
    person = people.sender(event.who, db, now)
    number, _, registration = event.value.partition(":")
    round_ = round_of(person, number, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    mine = _there(registration, round_, db)
    back = (Button(words.BACK_TO_ROUND, "round", str(round_.id)),)
    if mine is None:
        return [people.send(person, Card(text=words.TAKE_OUT_GONE, buttons=back), replaces=event.card)]
    name, theirs = _name(mine, db), sides.person_of(mine, db)
    sends = standing.leave(mine, theirs, db, now)
    coordinators.note(person, "took somebody out", f"round {round_.id}: registration {mine.id}", db, now)
    if theirs.platform == people.NOWHERE:
        claiming.take_out(mine, db, now)
    elif theirs is not person:
        told = Card(text=words.TAKEN_OUT.format(round=round_.name), buttons=(Button(words.WHERE_I_STAND, "home"),))
        sends.append(people.nudge(theirs, told, db, now))
    done = Card(text=words.TAKE_OUT_DONE.format(name=name, round=round_.name), buttons=back)
    return [people.send(person, done, replaces=event.card), *sends]


def _there(number: str, round_: Round, db: Session) -> Registration | None:
    mine = db.get(Registration, int(number), with_for_update=True) if number.isdecimal() else None
    return mine if mine is not None and mine.round_id == round_.id and mine.state in THERE else None


def _name(mine: Registration, db: Session) -> str:
    return sides.person_of(mine, db).name or words.NO_NAME_YET
