"""Whether a time can be taken: what stands in two people's calendars here, and when each is usually free."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from bot.calendar import slots
from bot.chat import grammar
from bot.groups.sides import Side
from bot.groups.tables import Match
from bot.meetings import kept, words
from bot.meetings.tables import MentoringSession
from bot.people import persons
from bot.people.tables import Person, Registration
from bot.programme.house import house


def diary(
    person: Person, registration: Registration, side: Side, db: Session, *, but: int | None = None
) -> slots.Diary:
    """Return when somebody is usually free and what already stands in their calendar here."""
    programme = side.programme
    said = registration.answers.get(programme.of_kind("half-days"), ())
    query = (
        select(MentoringSession)
        .join(Match)
        .join(Registration, or_(Registration.id == Match.mentor_id, Registration.id == Match.mentee_id))
        .where(Registration.person_id == person.id, col(MentoringSession.state).in_(kept.OPEN))
    )
    busy = [
        (start, start + timedelta(minutes=meeting.minutes))
        for meeting in db.exec(query)
        if meeting.id != but
        for start in (meeting.starts_at, meeting.moves_to)
        if start is not None
    ]
    return slots.Diary(tuple(said), persons.zone_of(person, db), tuple(busy))


def both(side: Side, db: Session, but: int | None) -> tuple[slots.Diary, slots.Diary]:
    """Return the diaries of this side and of the other; the session `but` does not count."""
    return (
        diary(side.person, side.mine, side, db, but=but),
        diary(side.partner, side.other, side, db, but=but),
    )


def objection(
    side: Side, start: datetime, db: Session, now: datetime, *, but: MentoringSession | None = None
) -> str | None:
    """Return in a sentence why this time cannot be taken, or None."""
    minutes = side.programme.session.minutes
    diaries = both(side, db, but.id if but else None)
    zones = [each.zone for each in diaries]
    asked = side.programme.session
    window = slots.Window(asked.earliest, asked.latest, timedelta(days=asked.ahead_days))
    code = slots.acceptable(start, minutes, zones, now, house(db).calendar, window)
    if code:
        return words.NOT_THEN[code].format(
            earliest=asked.earliest.strftime("%H:%M"),
            latest=asked.latest.strftime("%H:%M"),
            months=grammar.in_words(round(asked.ahead_days / 30)),
        )
    if slots.clash(start, minutes, diaries[0].busy):
        return words.CLASH_OWN
    if slots.clash(start, minutes, diaries[1].busy):
        return words.CLASH_THEIRS.format(name=side.name)
    return None


def hold(side: Side, db: Session) -> None:
    """Hold both people's rows, always in the same order, so that neither calendar is filled twice at once."""
    wanted = sorted((side.person.id, side.partner.id))
    db.exec(select(Person.id).where(col(Person.id).in_(wanted)).order_by(col(Person.id)).with_for_update()).all()
