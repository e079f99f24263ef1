"""Rounds as everybody needs them: which are open, when one opens and closes, and what somebody takes part in."""

from datetime import datetime

from sqlmodel import Session, col, or_, select

from bot.people.tables import Person, Registration, Round


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


def open_rounds(network_id: int, db: Session, *states: str) -> list[Round]:
    """Return the rounds of a network in these states (open, unless named), oldest first."""
    wanted = states or ("open",)
    query = select(Round).where(Round.network_id == network_id, col(Round.state).in_(wanted))
    return list(db.exec(query.order_by(col(Round.opens_at), col(Round.id))).all())


def opening(round_: Round) -> datetime:
    """Return when registration opens; only a draft has no such moment."""
    assert round_.opens_at is not None  # noqa: S101
    return round_.opens_at


def closing(round_: Round) -> datetime:
    """Return when registration closes; only a draft has no such moment."""
    assert round_.closes_at is not None  # noqa: S101
    return round_.closes_at
