"""A session as a card: as it stands for one member, confirmed with its calendar file, and what can be done."""

from datetime import datetime

from sqlmodel import Session

from bot.calendar import invites, times
from bot.chat import grammar
from bot.chat.cards import Button, Card, File
from bot.groups import views
from bot.groups.tables import Group
from bot.groups.views import View
from bot.meetings import kept, words
from bot.meetings.tables import Meeting
from bot.people import persons
from bot.people.words import WHERE_I_STAND


def confirmation(view: View, meeting: Meeting, db: Session, now: datetime) -> Card:
    """Return the card of a booked session: when, with whom, questions to break the ice, and the calendar file."""
    when = slot(meeting.starts_at, meeting.minutes, view, db, now)
    text = words.BOOKED.format(slot=when, name=view.name)
    if view.programme.session.ice_breakers:
        text += "\n\n" + words.ICE_BREAKERS + "\n" + "\n".join(f"• {q}" for q in view.programme.session.ice_breakers)
    subject = words.EVENT_SUBJECT.format(programme=view.programme.name)
    links = tuple(
        Button(words.ADD_TO.format(calendar=name), url=url)
        for name, url in invites.links(meeting.starts_at, meeting.minutes, subject)
    )
    label = grammar.say(words.INVITE_ALL, others=view.many)
    plan = {"subject": subject, "starts_at": meeting.starts_at.isoformat(), "minutes": meeting.minutes}
    meet = views.calendar_entry(view, label, **plan)
    files = (calendar_file(view, meeting, db, now),)
    return Card(title=words.BOOKED_TITLE, text=text, buttons=(*own_buttons(meeting), *links), files=files, meet=meet)


def standing(view: View, meeting: Meeting, db: Session, now: datetime, note: str = "") -> Card:
    """Return a session as it stands, with what this member can do about it."""
    start = meeting.moves_to or meeting.starts_at
    when = slot(start, meeting.minutes, view, db, now)
    if kept.awaits(meeting, view):
        text = (words.MOVE_ASKED if meeting.moves_to else words.SUGGESTION).format(
            name=asker(view, meeting).own_name, slot=when, old=slot(meeting.starts_at, meeting.minutes, view, db, now)
        )
        buttons: tuple[Button, ...] = (
            Button(words.ACCEPT, "accept", str(meeting.id), also=("yes", "ok")),
            Button(words.SUGGEST_ANOTHER, "times", str(meeting.group_id)),
            Button(words.DECLINE_BUTTON, "decline", str(meeting.id), also=("no",)),
        )
    elif meeting.state in kept.OPEN and meeting.awaited:
        own = meeting.suggested_by == view.mine.id
        text = (words.SUGGESTED if own else words.ACCEPTED).format(name=awaited_names(view, meeting), slot=when)
        buttons = own_buttons(meeting)
    elif meeting.state == "booked":
        return confirmation(view, meeting, db, now)
    else:
        text = words.SESSION_STATE[meeting.state].format(name=view.name, slot=when)
        buttons = (Button(WHERE_I_STAND, "home"),)
    return Card(text=grammar.paragraphs(note, text), buttons=buttons)


def asker(view: View, meeting: Meeting) -> View:
    """Return the one of the others who suggested a time; whoever comes first in the group, if they have left it."""
    return next((other for other in view.others if other.mine.id == meeting.suggested_by), view.others[0])


def awaited_names(view: View, meeting: Meeting) -> str:
    """Return the names of the others whose answer is awaited."""
    return grammar.listed([other.own_name for other in view.others if other.mine.id in meeting.awaited])


def own_buttons(meeting: Meeting) -> tuple[Button, ...]:
    """Return what the one who suggested a session, or everybody of a booked one, can do."""
    return (
        Button(words.MOVE, "times", str(meeting.group_id), also=("reschedule",)),
        Button(words.CANCEL, "cancel", str(meeting.id)),
    )


def again(group: Group, wanted: bool) -> tuple[Button, ...]:  # noqa: FBT001 - it is the only thing that is asked
    """Return the button to suggest another time, where it is wanted."""
    return (Button(words.SUGGEST_ANOTHER, "book", str(group.id)),) if wanted else ()


def calendar_file(view: View, meeting: Meeting, db: Session, now: datetime, *, cancelled: bool = False) -> File:
    """Return the calendar entry of a session as this member sees it."""
    title = words.EVENT_TITLE.format(programme=view.programme.name, name=view.name)
    content = invites.invite(
        uid=meeting.uid,
        sequence=meeting.sequence,
        start=meeting.starts_at,
        minutes=meeting.minutes,
        summary=title,
        description=words.EVENT_TEXT.format(name=view.name),
        place=kept.place_of(meeting, db),
        now=now,
        cancelled=cancelled,
    )
    return File("session.ics", invites.MIME, content)


def slot(start: datetime, minutes: int, view: View, db: Session, now: datetime) -> str:
    """Return a session's time in this member's zone, named where another's differs."""
    zone = persons.zone_of(view.person, db)
    differs = any(persons.zone_of(other.person, db) != zone for other in view.others)
    return times.show_slot(start, minutes, zone, now, name_zone=differs)
