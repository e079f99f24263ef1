"""A match as its two people see it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, or_, select

from bot.chat.cards import Card, Meet, Send
from bot.chat.events import Pressed
from bot.groups import words
from bot.groups.tables import Match, Pair
from bot.people import home, persons
from bot.people.tables import Person, Registration, Round
from bot.programme.file import Programme
from bot.programme.house import programme_of
from bot.programme.questions import MENTEE, MENTOR, Role

LIVE = ("announced", "finished", "going_on")  # states in which the two know of each other


class Side:
    """A match as one of its two people sees it."""

    def __init__(self, match: Match, mine: Registration, db: Session) -> None:
        """Take the match and the registration of the person who looks at it."""
        self.match, self.mine = match, mine
        _read(match, db)
        self.role: Role = MENTOR if match.mentor_id == mine.id else MENTEE
        self.other = db.get_one(Registration, match.mentee_id if self.role == MENTOR else match.mentor_id)
        self.round = db.get_one(Round, match.round_id)
        self.person, self.partner = (person_of(registration, db) for registration in (mine, self.other))
        self.programme: Programme = programme_of(self.round, db)

    @property
    def name(self) -> str:
        """The other's name."""
        return self.partner.name or words.SOMEBODY

    def send(self, card: Card, **options: Any) -> Send:
        """Return the decision to show this side a card about the match."""
        return persons.send(self.person, replace(card, subject=self.name), **{"about": about(self.match), **options})

    def nudge(self, card: Card, db: Session, now: datetime, **options: Any) -> Send:
        """Return the decision to show it in this side's working hours."""
        card = replace(card, subject=self.name)
        return persons.nudge(self.person, card, db, now, **{"about": about(self.match), **options})

    def meet(self, label: str, **plan: Any) -> tuple[Meet, ...]:
        """Return the way to the other outside the bot, where there is one; `plan` makes it a calendar entry."""
        other = self.partner
        if other.state != persons.ACTIVE or not other.reachable:
            return ()
        return (Meet(label, other.platform, other.tenant, other.user, other.email, **plan),)


def about(match: Match) -> str:
    """Return the subject of messages about a match (`Send.about`)."""
    return f"match:{match.id}"


def person_of(registration: Registration, db: Session) -> Person:
    """Return whose registration this is."""
    return db.get_one(Person, registration.person_id)


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


def theirs(*states: str) -> Callable[[Person, Pressed, Session, datetime], Side | list[Send]]:
    """Return the question whether the match whose number begins the button's value is theirs, in one of these states.

    It is answered with the match as they see it, or with where they stand now.
    """

    def may(person: Person, event: Pressed, db: Session, now: datetime) -> Side | list[Send]:
        """Return the match as this person sees it, or where they stand now."""
        number, _, _ = event.value.partition(":")
        return seen_by(person, number, db, *states) or home.stale(person, db, now)

    return may


def both(match: Match, db: Session) -> tuple[Side, Side]:
    """Return the match as its mentor and as its mentee see it."""
    _read(match, db)
    found = [db.get(Registration, number) for number in (match.mentor_id, match.mentee_id)]
    mentor, mentee = (Side(match, registration, db) for registration in found if registration is not None)
    return mentor, mentee


def have_read(registrations: Iterable[Registration], db: Session) -> None:
    """Note that these registrations, their people and rounds are at hand: getting each costs no query any more."""
    _known(db).update(mine.id for mine in registrations)


def registered(round_: Round, db: Session) -> list[Registration]:
    """Return the complete registrations of a round; their people are read with them, in the same query."""
    query = select(Registration, Person).join(Person).where(Registration.round_id == round_.id)
    query = query.where(Registration.state == "registered").order_by(col(Registration.id))
    found = [mine for mine, _ in db.exec(query).all()]
    have_read(found, db)
    return found


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


def pair_of(match: Match, db: Session) -> Pair | None:
    """Return the pair that a match became, if it did, held for this transaction, in which it is looked for once."""
    known: dict[int, Pair | None] = db.info.setdefault("pairs", {})
    if match.id not in known:
        known[match.id] = db.exec(select(Pair).where(Pair.match_id == match.id).with_for_update()).first()
    return known[match.id]


def becomes(pair: Pair, db: Session) -> None:
    """Store the pair that a match becomes."""
    db.add(pair)
    db.flush()
    db.info.setdefault("pairs", {})[pair.match_id] = pair
