"""A session as a card: as it stands for one side, confirmed with its calendar file, and what can be done."""

from datetime import datetime

from sqlmodel import Session

from bot.calendar import invites, times
from bot.chat import grammar
from bot.chat.cards import Button, Card, File
from bot.groups.sides import Side
from bot.groups.tables import Match
from bot.meetings import kept, words
from bot.meetings.tables import MentoringSession
from bot.people import persons
from bot.people.words import WHERE_I_STAND


def confirmation(side: Side, meeting: MentoringSession, db: Session, now: datetime) -> Card:
    """Return the card of a booked session: when, with whom, questions to break the ice, and the calendar file."""
    when = slot(meeting.starts_at, meeting.minutes, side, db, now)
    text = words.BOOKED.format(slot=when, name=side.name)
    if side.programme.session.ice_breakers:
        text += "\n\n" + words.ICE_BREAKERS + "\n" + "\n".join(f"• {q}" for q in side.programme.session.ice_breakers)
    subject = words.EVENT_SUBJECT.format(programme=side.programme.name)
    links = tuple(
        Button(words.ADD_TO.format(calendar=name), url=url)
        for name, url in invites.links(meeting.starts_at, meeting.minutes, subject)
    )
    meet = side.meet(
        words.INVITE_BOTH, subject=subject, starts_at=meeting.starts_at.isoformat(), minutes=meeting.minutes
    )
    files = (calendar_file(side, meeting, now),)
    return Card(title=words.BOOKED_TITLE, text=text, buttons=(*own_buttons(meeting), *links), files=files, meet=meet)


def standing(side: Side, meeting: MentoringSession, db: Session, now: datetime, note: str = "") -> Card:
    """Return a session as it stands, with what this side can do about it."""
    start = meeting.moves_to or meeting.starts_at
    when = slot(start, meeting.minutes, side, db, now)
    if meeting.state in kept.OPEN and meeting.waiting_for == side.mine.id:
        text = (words.MOVE_ASKED if meeting.moves_to else words.SUGGESTION).format(
            name=side.name, slot=when, old=slot(meeting.starts_at, meeting.minutes, side, db, now)
        )
        buttons: tuple[Button, ...] = (
            Button(words.ACCEPT, "accept", str(meeting.id), also=("yes", "ok")),
            Button(words.SUGGEST_ANOTHER, "times", str(meeting.match_id)),
            Button(words.DECLINE_BUTTON, "decline", str(meeting.id), also=("no",)),
        )
    elif meeting.state in kept.OPEN and meeting.waiting_for is not None:
        text = words.SUGGESTED.format(name=side.name, slot=when)
        buttons = own_buttons(meeting)
    elif meeting.state == "booked":
        return confirmation(side, meeting, db, now)
    else:
        text = words.SESSION_STATE[meeting.state].format(name=side.name, slot=when)
        buttons = (Button(WHERE_I_STAND, "home"),)
    return Card(text=grammar.paragraphs(note, text), buttons=buttons)


def own_buttons(meeting: MentoringSession) -> tuple[Button, ...]:
    """Return what the one who suggested a session, or both of a booked one, can do."""
    return (
        Button(words.MOVE, "times", str(meeting.match_id), also=("reschedule",)),
        Button(words.CANCEL, "cancel", str(meeting.id)),
    )


def again(match: Match, wanted: bool) -> tuple[Button, ...]:  # noqa: FBT001 - it is the only thing that is asked
    """Return the button to suggest another time, where it is wanted."""
    return (Button(words.SUGGEST_ANOTHER, "book", str(match.id)),) if wanted else ()


def calendar_file(side: Side, meeting: MentoringSession, now: datetime, *, cancelled: bool = False) -> File:
    """Return the calendar entry of a session as this side sees it."""
    title = words.EVENT_TITLE.format(programme=side.programme.name, name=side.name)
    content = invites.invite(
        uid=meeting.uid,
        sequence=meeting.sequence,
        start=meeting.starts_at,
        minutes=meeting.minutes,
        summary=title,
        description=words.EVENT_TEXT.format(name=side.name),
        now=now,
        cancelled=cancelled,
    )
    return File("session.ics", invites.MIME, content)


def slot(start: datetime, minutes: int, side: Side, db: Session, now: datetime) -> str:
    """Return a session's time in this side's zone, named where the other's differs."""
    zone = persons.zone_of(side.person, db)
    return times.show_slot(start, minutes, zone, now, name_zone=zone != persons.zone_of(side.partner, db))
