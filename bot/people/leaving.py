"""Leaving: withdrawing, being taken out, being forgotten. Every part is asked what it has to undo and to delete.

What others did with somebody who has left stays, without their name.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, and_, col, delete, not_, select, update

from bot.calendar import times
from bot.chat.cards import Button, Card, Send
from bot.chat.events import Pressed
from bot.keeping.tables import Outbox
from bot.people import accounts, answers, home, persons, rounds, words
from bot.people.tables import Consent, OpenCard, Person, Registration, Round
from bot.programme.house import house, programme_of

WITHDRAWN, TAKEN_OUT, ERASED = "withdrawn", "taken out", "erased"  # why a registration leaves
AT_ONCE = 200  # people of a round that are erased in one transaction
BREATH = timedelta(seconds=5)  # before the next ones


def taking_part(person: Person, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Say so to somebody who takes part in nothing: there is nothing to withdraw from."""
    del event
    there = rounds.latest_registration(person, db)
    return home.stale(person, db, now, words.NOTHING_TO_WITHDRAW) if there is None else None


def withdraw(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """Ask once more before somebody leaves the programme."""
    del event, db, now
    buttons = (
        Button(words.WITHDRAW_SURELY, "withdraw_surely", also=("yes",)),
        Button(words.PAUSE_INSTEAD, "pause"),
        Button(words.STAY, "home", also=("no",)),
    )
    return [persons.send(person, Card(title=words.WITHDRAW, text=words.WITHDRAW_SURE, buttons=buttons))]


def withdraw_surely(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """Leave the programme: matches end, sessions are called off, private answers are erased."""
    sends = _leave(person, WITHDRAWN, db, now)
    card = Card(text=words.WITHDRAWN, buttons=(Button(words.ERASE, "erase"), Button(words.WHERE_I_STAND, "home")))
    return [persons.send(person, card, replaces=event.card), *sends]


def erase(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """Ask once more before everything about somebody is erased."""
    del event, db, now
    buttons = (
        Button(words.ERASE_SURELY, "erase_surely", also=("yes",)),
        Button(words.MY_DATA, "my_data"),
        Button(words.STAY, "home", also=("no",)),
    )
    return [persons.send(person, Card(title=words.ERASE, text=words.ERASE_SURE, buttons=buttons))]


def erase_surely(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """Erase everything about somebody. What others did with them stays, without their name.

    The last message, that it is done, goes to a row that keeps nothing but where to send it.
    """
    sends = _leave(person, ERASED, db, now)
    address = persons.address(person)
    forget(person, db)
    newcomer = persons.sender(address, db, now)
    return [*sends, persons.send(newcomer, Card(text=words.ERASED), replaces=event.card)]


def _leave(person: Person, why: str, db: Session, now: datetime) -> list[Send]:
    """Withdraw every registration of a person; tell those who were matched with them that it has ended."""
    query = select(Registration).where(Registration.person_id == person.id, Registration.state != "withdrawn")
    return [send for mine in db.exec(query).all() for send in leave(mine, person, why, db, now)]


def leave(mine: Registration, person: Person, why: str, db: Session, now: datetime) -> list[Send]:
    """Let a registration leave: withdrawn, taken out or erased. Every part undoes what it has to; returns who is told.

    The parts are asked in the order opposite to theirs: what is built on something is undone before it.
    """
    mine.state = "withdrawn"
    return [send for part in reversed(house(db).parts) for send in part.left(mine, person, why, db, now)]


def left(mine: Registration, person: Person, why: str, db: Session, now: datetime) -> list[Send]:
    """Erase the private answers of a registration that leaves."""
    del person, why
    answers.forget_private(mine, db, now)
    return []


def forget(whom: Person, db: Session) -> None:
    """Erase everything about somebody but a row without a name."""
    forget_registrations(select(Registration.id).where(Registration.person_id == whom.id), db)
    db.exec(delete(Outbox).where(col(Outbox.person_id) == whom.id))
    db.exec(delete(OpenCard).where(col(OpenCard.person_id) == whom.id))
    for part in house(db).parts:
        part.forget(whom, db)
    whom.state, whom.name, whom.zone = persons.ERASED, "", ""
    whom.coordinator, whom.resume_due_at = False, None
    accounts.forget(whom, db)
    db.flush()


def forget_registrations(numbers: Any, db: Session) -> None:
    """Erase what was answered in the registrations with these ids, a query."""
    db.exec(update(Registration).where(col(Registration.id).in_(numbers)).values(answers={}))
    for part in house(db).parts:
        part.erase(numbers, db)


def ended(round_: Round, db: Session, now: datetime) -> list[Send]:
    """Erase the private answers of a round that has ended, as nothing is matched in it any more."""
    answers.forget_all_private(select(Registration.id).where(Registration.round_id == round_.id), db, now)
    return []


def forgotten(round_: Round, db: Session, now: datetime) -> list[Send]:
    """Erase what was answered in a round that ended long ago."""
    del now
    forget_registrations(select(Registration.id).where(Registration.round_id == round_.id), db)
    return []


def forgotten_at(round_: Round, db: Session, now: datetime) -> datetime:
    """Return when the names and answers of a round that ends now are erased."""
    return times.in_weeks(now, programme_of(round_, db).keep_weeks, house(db).zone)


def forget_round(round_: Round, db: Session, now: datetime) -> None:
    """Erase what was answered in a round that ended long ago, and whoever has nothing else here, some at a time.

    Coordinators stay, and people who take part in another round that is not as long over.
    """
    rounds.moment("forgotten", round_, db, now)
    over = and_(col(Round.state) == "ended", col(Round.end_due_at).is_(None))
    elsewhere = select(Registration.person_id).join(Round).where(Round.id != round_.id, not_(over))
    query = select(Person).join(Registration).where(Registration.round_id == round_.id, Person.state == persons.ACTIVE)
    query = query.where(col(Person.coordinator).is_(False), col(Person.id).not_in(elsewhere)).order_by(col(Person.id))
    gone = db.exec(query.limit(AT_ONCE).with_for_update(of=Person)).all()
    for each in gone:
        forget(each, db)
    round_.end_due_at = now + BREATH if len(gone) == AT_ONCE else None


def forget_consents(numbers: Any, db: Session) -> None:
    """Forget what these registrations agreed to."""
    db.exec(delete(Consent).where(col(Consent.registration_id).in_(numbers)))
