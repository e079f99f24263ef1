"""Rounds as everybody needs them: which are open, when one opens and closes, and what somebody takes part in."""

from datetime import datetime

from sqlmodel import Session, col, or_, select

from bot.chat.cards import Send
from bot.people.tables import Person, Registration, Round
from bot.programme.house import house


def latest_registration(person: Person, db: Session) -> tuple[Registration, Round] | None:
    """Return this person's newest registration that still says something, and its round."""
    query = (
        select(Registration, Round)
        .join(Round)
        .where(Registration.person_id == person.id, Registration.state != "withdrawn", Round.state != "ended")
        .where(or_(Registration.state != "interested", col(Round.state).in_(("planned", "open"))))
        .order_by(col(Registration.id).desc())
    )
    return db.exec(query).first()


def registered(round_: Round, db: Session) -> list[Registration]:
    """Return the complete registrations of a round; their people are read with them, in the same query."""
    query = select(Registration, Person).join(Person).where(Registration.round_id == round_.id)
    query = query.where(Registration.state == "registered").order_by(col(Registration.id))
    return [mine for mine, _ in db.exec(query).all()]


def open_rounds(network_id: int, db: Session, *states: str) -> list[Round]:
    """Return the rounds of a network in these states (open, unless named), oldest first."""
    wanted = states or ("open",)
    query = select(Round).where(Round.network_id == network_id, col(Round.state).in_(wanted))
    return list(db.exec(query.order_by(col(Round.opens_at), col(Round.id))).all())


def moment(which: str, round_: Round, db: Session, now: datetime) -> list[Send]:
    """Let every part answer to something that happens in the life of a round (`MOMENTS`); return who is told."""
    handlers = (part.moments[which] for part in house(db).parts if which in part.moments)
    return [send for handler in handlers for send in handler(round_, db, now)]


def opening(round_: Round) -> datetime:
    """Return when registration opens; only a draft has no such moment."""
    assert round_.opens_at is not None  # noqa: S101
    return round_.opens_at


def closing(round_: Round) -> datetime:
    """Return when registration closes; only a draft has no such moment."""
    assert round_.closes_at is not None  # noqa: S101
    return round_.closes_at
