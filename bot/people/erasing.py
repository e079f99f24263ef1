"""Erasing: what is deleted of somebody who asks for it, and of everybody some time after their round has ended.

What others did with them stays, without their name.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, and_, col, delete, not_, select, update

from bot.calendar import times
from bot.keeping.tables import Outbox
from bot.parts.closing.tables import SurveyTaken
from bot.parts.introduce import introductions
from bot.parts.series.tables import CheckInAnswer
from bot.people import persons
from bot.people.tables import Consent, OpenCard, Person, Registration, Round
from bot.programme.house import house, programme_of

AT_ONCE = 200  # people of a round that are erased in one transaction
BREATH = timedelta(seconds=5)  # before the next ones


def person(whom: Person, db: Session) -> None:
    """Erase everything about somebody but a row without a name."""
    registrations(select(Registration.id).where(Registration.person_id == whom.id), db)
    db.exec(delete(Outbox).where(col(Outbox.person_id) == whom.id))
    db.exec(delete(OpenCard).where(col(OpenCard.person_id) == whom.id))
    introductions.forget(whom, db)
    whom.state, whom.name, whom.suggestion, whom.email = persons.ERASED, "", "", ""
    whom.zone = whom.route = ""
    whom.coordinator, whom.resume_due_at = False, None
    whom.user = f"erased-{secrets.token_hex(16)}"
    db.flush()


def registrations(numbers: Any, db: Session) -> None:
    """Erase what was answered in the registrations with these ids, a query."""
    cleared: dict[str, Any] = {"answers": {}, "longer_term": None}
    db.exec(update(Registration).where(col(Registration.id).in_(numbers)).values(cleared))
    for table in (CheckInAnswer, Consent, SurveyTaken):
        db.exec(delete(table).where(col(table.registration_id).in_(numbers)))


def plan(round_: Round, db: Session, now: datetime) -> datetime:
    """Return when the names and answers of a round that ends now are erased."""
    return times.in_weeks(now, programme_of(round_, db).keep_weeks, house(db).zone)


def a_round(round_: Round, db: Session, now: datetime) -> None:
    """Erase what was answered in a round that ended long ago, and whoever has nothing else here, some at a time.

    Coordinators stay, and people who take part in another round that is not as long over.
    """
    registrations(select(Registration.id).where(Registration.round_id == round_.id), db)
    over = and_(col(Round.state) == "ended", col(Round.end_due_at).is_(None))
    elsewhere = select(Registration.person_id).join(Round).where(Round.id != round_.id, not_(over))
    query = select(Person).join(Registration).where(Registration.round_id == round_.id, Person.state == persons.ACTIVE)
    query = query.where(col(Person.coordinator).is_(False), col(Person.id).not_in(elsewhere)).order_by(col(Person.id))
    gone = db.exec(query.limit(AT_ONCE).with_for_update(of=Person)).all()
    for each in gone:
        person(each, db)
    round_.end_due_at = now + BREATH if len(gone) == AT_ONCE else None
