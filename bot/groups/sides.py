"""A match as its two people see it, and the session that counts for it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, or_, select

from bot.calendar import times
from bot.chat.cards import Card, Meet, Send
from bot.groups import words
from bot.groups.tables import Match
from bot.meetings.tables import MentoringSession
from bot.people import persons
from bot.people.tables import Person, Registration, Round
from bot.programme.file import MENTEE, MENTOR, Programme
from bot.programme.file import Side as SideName
from bot.programme.house import house, programme_of

LIVE = ("announced", "finished", "going_on")  # states in which the two know of each other
OPEN = ("suggested", "booked")  # states of a session that is still to come


class Side:
    """A match as one of its two people sees it."""

    def __init__(self, match: Match, mine: Registration, db: Session) -> None:
        """Take the match and the registration of the person who looks at it."""
        self.match, self.mine = match, mine
        _read(match, db)
        self.side: SideName = MENTOR if match.mentor_id == mine.id else MENTEE
        other = db.get(Registration, match.mentee_id if self.side == MENTOR else match.mentor_id)
        round_ = db.get(Round, match.round_id)
        assert other is not None  # noqa: S101
        assert round_ is not None  # noqa: S101
        self.other, self.round = other, round_
        self.person, self.partner = (person_of(registration, db) for registration in (mine, other))
        self.programme: Programme = programme_of(round_, db)

    @property
    def name(self) -> str:
        """The other's name."""
        return self.partner.name or words.SOMEBODY

    def send(self, card: Card, **options: Any) -> Send:
        """Return the decision to show this side a card about the match."""
        about = f"match:{self.match.id}"
        return persons.send(self.person, replace(card, subject=self.name), **{"about": about, **options})

    def nudge(self, card: Card, db: Session, now: datetime, **options: Any) -> Send:
        """Return the decision to show it in this side's working hours."""
        about = f"match:{self.match.id}"
        card = replace(card, subject=self.name)
        return persons.nudge(self.person, card, db, now, **{"about": about, **options})

    def meet(self, label: str, **plan: Any) -> tuple[Meet, ...]:
        """Return the way to the other outside the bot, where there is one; `plan` makes it a calendar entry."""
        other = self.partner
        if other.state != persons.ACTIVE or not other.reachable:
            return ()
        return (Meet(label, other.platform, other.tenant, other.user, other.email, **plan),)


def person_of(registration: Registration, db: Session) -> Person:
    """Return whose registration this is."""
    person = db.get(Person, registration.person_id)
    assert person is not None  # noqa: S101
    return person


def seen_by(person: Person, number: str, db: Session, *states: str) -> Side | None:
    """Return match `number` as `person` sees it, or None if it is not theirs or not in one of these states."""
    match = db.get(Match, int(number), with_for_update=True) if number.isdecimal() else None
    if match is None or match.state not in (states or LIVE):
        return None
    _read(match, db)
    for registration_id in (match.mentor_id, match.mentee_id):
        registration = db.get(Registration, registration_id)
        if registration is not None and registration.person_id == person.id:
            return Side(match, registration, db)
    return None


def both(match: Match, db: Session) -> tuple[Side, Side]:
    """Return the match as its mentor and as its mentee see it."""
    _read(match, db)
    found = [db.get(Registration, number) for number in (match.mentor_id, match.mentee_id)]
    mentor, mentee = (Side(match, registration, db) for registration in found if registration is not None)
    return mentor, mentee


def have_read(registrations: Iterable[Registration], db: Session) -> None:
    """Note that these registrations, their people and rounds are at hand: getting each costs no query any more."""
    _known(db).update(mine.id for mine in registrations)


def _known(db: Session) -> set[int]:
    known: set[int] = db.info.setdefault("sides", set())
    return known


def _read(match: Match, db: Session) -> None:
    """Read what the two sides of a match need, in one query."""
    numbers = [match.mentor_id, match.mentee_id]
    if not _known(db).issuperset(numbers):
        have_read(db.execute(_TWO, {"numbers": numbers}).scalars().all(), db)


_TWO = (
    select(Registration, Person, Round)
    .join(Person, col(Person.id) == Registration.person_id)
    .join(Round, col(Round.id) == Registration.round_id)
    .where(col(Registration.id).in_(bindparam("numbers", expanding=True)))
)


def of(mine: Registration, db: Session, *states: str) -> list[Match]:
    """Return the matches that this person knows of (in these states, if named), oldest first."""
    query = select(Match).where(
        or_(Match.mentor_id == mine.id, Match.mentee_id == mine.id), col(Match.state).in_(states or LIVE)
    )
    return list(db.exec(query.order_by(col(Match.id))).all())


def of_person(person: Person, db: Session, *states: str) -> list[Side]:
    """Return somebody's matches of all rounds (in these states, if named) as they see them, oldest first."""
    query = (
        select(Registration, Match)
        .join(Match, or_(Match.mentor_id == Registration.id, Match.mentee_id == Registration.id))
        .where(Registration.person_id == person.id, col(Match.state).in_(states or LIVE))
        .order_by(col(Match.id))
    )
    return [Side(match, registration, db) for registration, match in db.exec(query).all()]


def other_name(match: Match, mine: Registration, db: Session) -> str:
    """Return the name of the other person of a match."""
    return Side(match, mine, db).name


def open_of(match: Match, db: Session) -> list[MentoringSession]:
    """Return the sessions of a match that are suggested or booked."""
    query = select(MentoringSession).where(MentoringSession.match_id == match.id)
    return list(db.exec(query.where(col(MentoringSession.state).in_(OPEN))).all())


def current(match: Match, db: Session) -> MentoringSession | None:
    """Return the session that counts for a match: suggested, booked or held; None if there is still one to set up."""
    query = select(MentoringSession).where(
        MentoringSession.match_id == match.id, col(MentoringSession.state).in_((*OPEN, "held"))
    )
    return db.exec(query.order_by(col(MentoringSession.id).desc())).first()


def to_book(side: Side, db: Session) -> bool:
    """Tell whether it is for this side to set up a session now: the first one, or the next of a pair that goes on."""
    if side.side != MENTEE or side.match.state not in {"announced", "going_on"}:
        return False
    return not (open_of(side.match, db) if side.match.state == "going_on" else current(side.match, db))


def book_by(mentee: Side, now: datetime, db: Session) -> datetime:
    """Return when a mentee without a session is reminded."""
    later = now + timedelta(days=mentee.programme.session.book_within_days)
    return times.next_working_moment(later, persons.zone_of(mentee.person, db), house(db).calendar)
