"""The meetings of a match: which are open, which one counts, and whose turn it is to set one up."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.calendar import times
from bot.groups.sides import Side
from bot.groups.tables import Match
from bot.meetings.tables import MentoringSession
from bot.people import persons
from bot.programme.house import house
from bot.programme.questions import MENTEE

OPEN = ("suggested", "booked")  # states of a session that is still to come


def open_of(match: Match, db: Session) -> list[MentoringSession]:
    """Return the sessions of a match that are suggested or booked."""
    query = select(MentoringSession).where(MentoringSession.match_id == match.id)
    return list(db.exec(query.where(col(MentoringSession.state).in_(OPEN))).all())


def to_come(match: Match, db: Session) -> MentoringSession | None:
    """Return the session of a match that is suggested or booked, if there is one."""
    return next(iter(open_of(match, db)), None)


def current(match: Match, db: Session) -> MentoringSession | None:
    """Return the session that counts for a match: suggested, booked or held; None if there is still one to set up."""
    query = select(MentoringSession).where(
        MentoringSession.match_id == match.id, col(MentoringSession.state).in_((*OPEN, "held"))
    )
    return db.exec(query.order_by(col(MentoringSession.id).desc())).first()


def to_book(side: Side, db: Session) -> bool:
    """Tell whether it is for this side to set up a session now: the first one, or the next of a pair that goes on."""
    if side.role != MENTEE or side.match.state not in {"announced", "going_on"}:
        return False
    return not (open_of(side.match, db) if side.match.state == "going_on" else current(side.match, db))


def book_by(mentee: Side, now: datetime, db: Session) -> datetime:
    """Return when a mentee without a session is reminded."""
    later = now + timedelta(days=mentee.programme.session.book_within_days)
    return times.next_working_moment(later, persons.zone_of(mentee.person, db), house(db).calendar)
