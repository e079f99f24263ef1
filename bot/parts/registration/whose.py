"""Whose registration it is, which round it is for, and whether it can still be changed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from bot.chat.cards import Send
from bot.chat.events import Pressed
from bot.parts.registration import cards, words
from bot.people import home, persons, rounds
from bot.people.tables import Person, Registration, Round
from bot.programme.house import programme_of


@dataclass(frozen=True, slots=True)
class Own:
    """A registration, with its person and its round."""

    person: Person
    mine: Registration
    round: Round


@dataclass(frozen=True, slots=True)
class Offered:
    """A round that somebody can register for, and what they have of it so far."""

    person: Person
    round: Round
    mine: Registration | None


def theirs(note: str = "") -> Callable[[Person, Pressed, Session, datetime], Own | list[Send]]:
    """Return the question whether a registration, whose number the button's value begins with, is their own."""

    def asked(person: Person, event: Pressed, db: Session, now: datetime) -> Own | list[Send]:
        mine, round_ = _mine(event.value.partition(":")[0], person, db)
        return Own(person, mine, round_) if mine and round_ else home.stale(person, db, now, note)

    return asked


def changeable(note: str = "") -> Callable[[Own, Pressed, Session, datetime], list[Send] | None]:
    """Return the question whether the answers of a registration can still be changed."""

    def asked(own: Own, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
        del event
        return None if _may_answer(own.mine, own.round) else home.stale(own.person, db, now, note)

    return asked


def unconfirmed(own: Own, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Show how things stand if there is nothing to confirm, or no more."""
    del event
    fine = _may_answer(own.mine, own.round) and own.mine.state != "registered"
    return None if fine else home.stale(own.person, db, now)


def offered(person: Person, event: Pressed, db: Session, now: datetime) -> Offered | list[Send]:
    """Return the round that somebody would like to register for, or say where they stand if there is none."""
    round_ = _round_for(event.value, person, db)
    if round_ is None:
        return [persons.send(person, home.home_card(person, db, now))]
    query = select(Registration).where(Registration.round_id == round_.id, Registration.person_id == person.id)
    return Offered(person, round_, db.exec(query).first())


def unregistered(to: Offered, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Show the summary to somebody who has registered already."""
    del event, now
    if to.mine is None or to.mine.state != "registered":
        return None
    card = cards.summary(to.mine, programme_of(to.round, db), db, words.ALREADY_REGISTERED)
    return [persons.send(to.person, card)]


def _round_for(value: str, person: Person, db: Session) -> Round | None:
    offered = rounds.open_rounds(person.network_id, db) or rounds.open_rounds(person.network_id, db, "planned")
    if value.isdecimal():
        return next((round_ for round_ in offered if round_.id == int(value)), None)
    mine = rounds.latest_registration(person, db)
    if mine and mine[1] in offered:
        return mine[1]
    return offered[0] if len(offered) == 1 else None


def _mine(value: str, person: Person, db: Session) -> tuple[Registration | None, Round | None]:
    """Return the registration named by `value` if it is this person's own (their latest, for ""), and its round."""
    if not value:
        return rounds.latest_registration(person, db) or (None, None)
    mine = db.get(Registration, int(value)) if value.isdecimal() else None
    if mine is None or mine.person_id != person.id:
        return None, None
    return mine, db.get(Round, mine.round_id)


def _may_answer(mine: Registration, round_: Round) -> bool:
    if mine.state == "unfinished":
        return round_.state == "open"
    return mine.state == "registered" and round_.state != "ended"
