"""The meetings of a group: which are open, which one counts, and whose turn it is to set one up."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from bot.groups import stages, views
from bot.groups.tables import Group
from bot.groups.views import View
from bot.meetings.tables import Meeting
from bot.people import persons
from bot.programme.house import house

OPEN = ("suggested", "booked")  # states of a meeting that is still to come


def open_of(group: Group, db: Session, *, lock: bool = False) -> list[Meeting]:
    """Return the meetings of a group that are suggested or booked, held for this transaction if `lock`."""
    query = select(Meeting).where(Meeting.group_id == group.id, col(Meeting.state).in_(OPEN))
    return list(db.exec(query.with_for_update() if lock else query).all())


def to_come(group: Group, db: Session) -> Meeting | None:
    """Return the meeting of a group that is suggested or booked, if there is one."""
    return next(iter(open_of(group, db)), None)


def current(group: Group, db: Session) -> Meeting | None:
    """Return the meeting that counts for a group: suggested, booked or held; None if there is still one to set up."""
    query = select(Meeting).where(Meeting.group_id == group.id, col(Meeting.state).in_((*OPEN, "held")))
    return db.exec(query.order_by(col(Meeting.id).desc())).first()


def to_book(view: View, db: Session) -> bool:
    """Tell whether it is for this member to set up a meeting now: the first one, or the next of a series."""
    if not view.leads or view.state != "live":
        return False
    return not (open_of(view.group, db) if stages.meets_again(view.group, db) else current(view.group, db))


def plan_booking(group: Group, db: Session, now: datetime) -> None:
    """Set when whoever leads a group without a meeting is reminded; not of one that meets again and again."""
    if not stages.meets_again(group, db):
        group.book_due_at = book_by(views.leader(group, db), now, db)


def book_by(leader: View, now: datetime, db: Session) -> datetime:
    """Return when somebody who leads and has not set up a meeting is reminded."""
    return persons.at_work_in(leader.programme.session.book_within_days, leader.person, db, now)


def put_place(meeting: Meeting, place: str, db: Session) -> None:
    """Keep where a meeting is held: a place, or the link to a call."""
    meeting.place = house(db).seal.close(_owner(meeting), "place", place)


def place_of(meeting: Meeting, db: Session) -> str:
    """Return where a meeting is held, or "" where nothing was said."""
    return str(house(db).seal.open(_owner(meeting), "place", meeting.place)) if meeting.place else ""


def _owner(meeting: Meeting) -> str:
    return f"meeting:{meeting.id}"


def awaits(meeting: Meeting, view: View) -> bool:
    """Tell whether a suggestion waits for the answer of this member."""
    return meeting.state in OPEN and view.mine.id in meeting.awaited


def without(awaited: Sequence[int], number: int) -> list[int]:
    """Return who is awaited still, once one registration has answered."""
    return [each for each in awaited if each != number]
