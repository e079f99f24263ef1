"""Whether a time can be taken: what stands in people's calendars here, and when each is usually free."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.calendar import slots
from bot.chat import grammar
from bot.groups.tables import GroupMember
from bot.groups.views import View
from bot.meetings import kept, words
from bot.meetings.tables import Meeting
from bot.people import persons
from bot.people.tables import Person, Registration
from bot.programme.house import house


def diary(view: View, db: Session, *, but: int | None = None) -> slots.Diary:
    """Return when somebody is usually free and what already stands in their calendar here."""
    said = view.mine.answers.get(view.programme.of_kind("half-days"), ())
    query = (
        select(Meeting)
        .join(GroupMember, col(GroupMember.group_id) == Meeting.group_id)
        .join(Registration, col(Registration.id) == GroupMember.registration_id)
        .where(Registration.person_id == view.person.id, col(GroupMember.left_at).is_(None))
        .where(col(Meeting.state).in_(kept.OPEN))
    )
    busy = [
        (start, start + timedelta(minutes=meeting.minutes))
        for meeting in db.exec(query)
        if meeting.id != but
        for start in (meeting.starts_at, meeting.moves_to)
        if start is not None
    ]
    return slots.Diary(tuple(said), persons.zone_of(view.person, db), tuple(busy))


def of_all(view: View, db: Session, but: int | None) -> tuple[slots.Diary, ...]:
    """Return the diaries of everybody in a group, this member's first; the meeting `but` does not count."""
    return tuple(diary(each, db, but=but) for each in (view, *view.others))


def objection(view: View, start: datetime, db: Session, now: datetime, *, but: Meeting | None = None) -> str | None:
    """Return in a sentence why this time cannot be taken, or None."""
    minutes = view.programme.session.minutes
    diaries = of_all(view, db, but.id if but else None)
    zones = [each.zone for each in diaries]
    asked = view.programme.session
    window = slots.Window(asked.earliest, asked.latest, timedelta(days=asked.ahead_days))
    code = slots.acceptable(start, minutes, zones, now, house(db).calendar, window)
    if code:
        return grammar.say(
            words.NOT_THEN[code],
            others=view.many,
            earliest=asked.earliest.strftime("%H:%M"),
            latest=asked.latest.strftime("%H:%M"),
            months=grammar.in_words(round(asked.ahead_days / 30)),
        )
    if slots.clash(start, minutes, diaries[0].busy):
        return words.CLASH_OWN
    taken = (
        other
        for other, theirs in zip(view.others, diaries[1:], strict=True)
        if slots.clash(start, minutes, theirs.busy)
    )
    other = next(taken, None)
    return words.CLASH_THEIRS.format(name=other.own_name) if other else None


def hold(view: View, db: Session) -> None:
    """Hold everybody's rows, always in the same order, so that no calendar is filled twice at once."""
    wanted = sorted(each.person.id for each in (view, *view.others))
    db.exec(select(Person.id).where(col(Person.id).in_(wanted)).order_by(col(Person.id)).with_for_update()).all()
