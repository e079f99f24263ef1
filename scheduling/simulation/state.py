"""What must be true of the whole database at any time. Each check yields sentences on what is wrong."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import func, or_
from sqlalchemy import select as rows_of
from sqlmodel import Session, col

from bot.groups.tables import Group, GroupMember, Series
from bot.keeping.tables import Outbox, SetAside
from bot.meetings.tables import Meeting
from bot.parts.series.tables import CheckInAnswer
from bot.people.tables import Person, Registration
from bot.programme.house import House

KNOWN = ("live", "finished")
OPEN = ("suggested", "booked")
GONE = ("blocked", "reader_gone", "unreachable")
WAITING = ("pending", "sending", "retry", "unknown")
GRACE = timedelta(weeks=3)  # that a check-in may come later than its rhythm says

Asked = dict[int, tuple[int, datetime]]  # of a pair: its last check-in, and since when it is the last


def overlaps(db: Session, now: datetime) -> Iterator[str]:
    """Yield who has two sessions at the same time."""
    query = (
        rows_of(col(Registration.person_id), Meeting)
        .join(GroupMember, col(GroupMember.group_id) == Meeting.group_id)
        .join(Registration, col(Registration.id) == GroupMember.registration_id)
        .where(col(GroupMember.left_at).is_(None))
        .where(col(Meeting.state).in_(OPEN), col(Meeting.starts_at) > now - timedelta(days=2))
    )
    calendars: dict[int, list[tuple[datetime, datetime, int]]] = defaultdict(list)
    for person, meeting in db.execute(query):
        for start in (meeting.starts_at, meeting.moves_to):
            if start is not None:
                calendars[person].append((start, start + timedelta(minutes=meeting.minutes), meeting.id))
    for person, spans in calendars.items():
        for (_, end, one), (start, _, other) in pairwise(sorted(spans)):
            if start < end and one != other:
                both = f"sessions {one} and {other}"
                yield f"person {person} has {both} at the same time ({start:%Y-%m-%d %H:%M})"


def stuck(db: Session, now: datetime) -> Iterator[str]:
    """Yield a date whose handler failed, and a message that has waited too long."""
    set_aside = db.execute(rows_of(col(SetAside.action), col(SetAside.row_id), col(SetAside.reason))).first()
    if set_aside:
        yield f"the date {set_aside[0]} of row {set_aside[1]} failed with {set_aside[2]} and is set aside"
    late = (col(Outbox.state).in_(WAITING), col(Outbox.next_at) < now - timedelta(hours=1))
    if waits := db.execute(rows_of(col(Outbox.id), col(Outbox.state)).where(*late)).first():
        yield f"outbox row {waits[0]} has been {waits[1]} for more than an hour"


def too_many(db: Session, house: House) -> Iterator[str]:
    """Yield who has more matches in one role than any programme allows."""
    most = max(programme.match.most for programme in house.programmes.values())
    count = func.count(col(GroupMember.id))
    many = rows_of(col(GroupMember.registration_id), count).join(Group, col(Group.id) == GroupMember.group_id)
    many = many.where(col(Group.state).in_(KNOWN), col(GroupMember.left_at).is_(None))
    many = many.group_by(col(GroupMember.registration_id), col(GroupMember.side))
    if found := db.execute(many.having(count > most)).first():
        yield f"registration {found[0]} has {found[1]} matches in one role; {most} is the most"


def planned_for_what_ended(db: Session) -> Iterator[str]:
    """Yield what is over and has a date still."""
    ended: tuple[tuple[type[Any], Any], ...] = (
        (Series, Series.state == "ended"),
        (Group, col(Group.state).in_(("ended", "finished"))),
        (Meeting, col(Meeting.state).in_(("declined", "cancelled"))),
        (Registration, Registration.state == "withdrawn"),
        (Person, Person.state == "erased"),
    )
    for table, over in ended:
        dates = [column for column in table.__table__.columns if column.name.endswith("_due_at")]
        planned = or_(*(column.is_not(None) for column in dates))
        if found := db.execute(rows_of(table.id, table.state).where(over, planned)).first():
            yield f"{table.__tablename__} {found[0]} is {found[1]} and still has a date"


def forgotten(db: Session, now: datetime, house: House, asked_of: Asked, paused: Collection[int]) -> Iterator[str]:
    """Yield pairs that are not asked how it goes in their rhythm, give or take a holiday, and note when each was."""
    longest = max(programme.go_on.most_weeks for programme in house.programmes.values())
    latest = rows_of(func.max(col(CheckInAnswer.answered_at))).where(col(CheckInAnswer.series_id) == Series.id)
    pairs = rows_of(col(Series.id), col(Series.number), latest.scalar_subquery()).where(col(Series.state) == "active")
    for number, asked, answered in db.execute(pairs):
        before, since = asked_of.setdefault(number, (asked, now))
        since = max(since, answered or since)  # the next date follows the answer, however late that comes
        if before != asked:
            asked_of[number] = (asked, now)
        elif now - since > timedelta(weeks=longest) + GRACE:
            query = rows_of(col(Registration.person_id)).where(
                col(Series.id) == number,
                col(GroupMember.group_id) == Series.group_id,
                col(GroupMember.registration_id) == Registration.id,
            )
            if not set(db.execute(query).scalars()) & set(paused):
                yield f"pair {number} has not been asked how it goes since {since:%Y-%m-%d}"


def given_up(db: Session) -> Iterator[str]:
    """Yield a message that was given up though its reader is there."""
    dead = (col(Outbox.state) == "dead", col(Outbox.reason).not_in(GONE))
    if row := db.execute(rows_of(col(Outbox.id), col(Outbox.reason)).where(*dead)).first():
        yield f"outbox row {row[0]} was given up ({row[1]}) though its reader is there"


def on_a_break(db: Session) -> set[int]:
    """Return who is on a break."""
    return set(db.execute(rows_of(col(Person.id)).where(col(Person.resume_due_at).is_not(None))).scalars())


def undelivered(db: Session, now: datetime) -> int:
    """Return how many messages came to no end: still waiting though their time has come."""
    query = rows_of(func.count(col(Outbox.id))).where(col(Outbox.state).in_(WAITING), col(Outbox.next_at) <= now)
    return int(db.execute(query).scalar_one())
