"""Suggesting a time: up to five that suit everybody, or one that is typed or picked, always confirmed."""

import secrets
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime

from sqlmodel import Session

from bot.calendar import slots, times
from bot.chat import grammar
from bot.chat.cards import Button, Card, Field, Send
from bot.chat.events import Pressed
from bot.groups import stages, views
from bot.groups.views import View
from bot.meetings import calendars, kept, session_cards, words
from bot.meetings.tables import Meeting
from bot.people import home, persons
from bot.people.tables import Person
from bot.people.words import NEXT
from bot.programme.house import house

their_group = views.theirs("live")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A time that one member suggests, and the meeting that is suggested or booked already, if there is one."""

    view: View
    start: datetime
    meeting: Meeting | None


def with_whom(person: Person, event: Pressed, db: Session, now: datetime) -> tuple[View, ...] | list[Send]:
    """Return the group that is named, or all for which it is this person's turn to suggest a time."""
    if event.value:
        view = their_group(person, event, db, now)
        return view if isinstance(view, list) else (view,)
    waiting = tuple(view for view in views.of_person(person, db) if kept.to_book(view, db))
    return waiting or home.stale(person, db, now, words.NOTHING_TO_BOOK)


def to_set_up(found: tuple[View, ...], event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Return the first meeting of the group that is named, as it stands, if it is set up already."""
    view = found[0]
    meeting = kept.current(view.group, db) if event.value and not stages.meets_again(view.group, db) else None
    if meeting is None:
        return None
    return [view.send(session_cards.standing(view, meeting, db, now), replaces=event.card)]


def book(event: Pressed, found: tuple[View, ...], db: Session, now: datetime) -> list[Send]:
    """Offer up to five times for a group; of several, ask which."""
    del event
    if len(found) == 1:
        return [found[0].send(offer(found[0], db, now))]
    buttons = tuple(Button(view.name, "book", str(view.group.id)) for view in found)
    return [persons.send(found[0].person, Card(text=words.BOOK_WHOM, buttons=buttons))]


def offer_times(event: Pressed, view: View, db: Session, now: datetime) -> list[Send]:
    """Offer times for a group, also where one is suggested or booked already: choosing another moves it."""
    del event
    return [view.send(offer(view, db, now))]


def other_time(event: Pressed, view: View, db: Session, now: datetime) -> list[Send]:
    """Ask for a date and time, typed or picked."""
    del event, db, now
    return [view.send(_ask_time(view))]


def suggest_typed(event: Pressed, view: View, db: Session, now: datetime) -> list[Send]:
    """Read a typed or picked time and show how it was understood, to confirm it."""
    raw = event.fields.get("when", event.fields.get("words", ""))
    text = raw if isinstance(raw, str) else ""
    zone = persons.zone_of(view.person, db)
    start = _picked(text, zone) or times.read_moment(text, now, zone)
    note = words.WHEN_UNCLEAR.format(text=grammar.cut(text, 60)) if text.strip() else words.WHEN_MISSING
    if start is not None:
        note = calendars.objection(view, start, db, now, but=_moved(view, start, db)) or ""
    if start is None or note:
        return [view.send(_ask_time(view, note))]
    slot = session_cards.slot(start, view.programme.session.minutes, view, db, now)
    buttons = (
        Button(words.YES_SUGGEST, "suggest", f"{view.group.id}:{_code(start)}"),
        Button(words.ANOTHER_TIME, "other_time", str(view.group.id)),
    )
    return [view.send(Card(text=words.IS_THIS_RIGHT.format(slot=slot), buttons=buttons))]


def a_time(person: Person, event: Pressed, db: Session, now: datetime) -> Suggestion | list[Send]:
    """Return the time that is suggested for a group of theirs, or where they stand now."""
    view = their_group(person, event, db, now)
    if isinstance(view, list):
        return view
    _, _, code = event.value.partition(":")
    start = _moment(code)
    return home.stale(person, db, now) if start is None else Suggestion(view, start, kept.to_come(view.group, db))


def not_so_yet(suggestion: Suggestion, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Return the meeting as it stands, if they have met already or it is suggested for that time anyway."""
    view, meeting = suggestion.view, suggestion.meeting
    if meeting is None:
        done = None if stages.meets_again(view.group, db) else kept.current(view.group, db)
        return [view.send(session_cards.standing(view, done, db, now))] if done else None
    if (meeting.moves_to or meeting.starts_at) != suggestion.start:
        return None
    return [view.send(session_cards.standing(view, meeting, db, now), replaces=event.card)]


def suggest(event: Pressed, suggestion: Suggestion, db: Session, now: datetime) -> list[Send]:
    """Suggest a time to the others; for a booked session, suggest to move it there."""
    view, start, meeting = suggestion.view, suggestion.start, suggestion.meeting
    calendars.hold(view, db)
    if note := calendars.objection(view, start, db, now, but=_moved(view, start, db)):
        return [view.send(offer(view, db, now, note))]
    if meeting is None:
        meeting = Meeting(
            group_id=view.group.id,
            starts_at=start,
            minutes=view.programme.session.minutes,
            suggested_by=view.mine.id,
            uid=f"session-{secrets.token_hex(16)}@speedmentor.invalid",
        )
        db.add(meeting)
    elif meeting.state == "booked":
        meeting.moves_to = start
    else:
        meeting.starts_at = start
    meeting.suggested_by, meeting.awaited = view.mine.id, [other.mine.id for other in view.others]
    meeting.answer_due_at = _answer_by(view, start, db, now)
    view.group.book_due_at = None
    db.flush()
    slot = session_cards.slot(start, meeting.minutes, view, db, now)
    told = Card(text=words.SUGGESTED.format(slot=slot, name=view.name), buttons=session_cards.own_buttons(meeting))
    asked = [other.send(session_cards.standing(other, meeting, db, now), expires_at=start) for other in view.others]
    return [view.send(told, replaces=event.card), *asked]


def offer(view: View, db: Session, now: datetime, note: str = "") -> Card:
    """Return the card that offers times for a group."""
    meeting = kept.to_come(view.group, db)
    minutes = view.programme.session.minutes
    found = slots.offer(calendars.of_all(view, db, None), minutes, now, house(db).calendar)
    if not found.starts:
        text = grammar.say(words.OFFER_NONE, others=view.many)
    elif found.suits_all:
        text = words.OFFER.format(name=view.name, minutes=minutes)
    else:
        text = grammar.say(words.OFFER_ANYWAY, name=view.name, minutes=minutes, others=view.many)
    if meeting is not None and meeting.state == "booked":
        booked = words.OFFER_MOVE.format(slot=session_cards.slot(meeting.starts_at, minutes, view, db, now))
        text = grammar.paragraphs(booked, text)
    buttons = tuple(
        Button(session_cards.slot(start, minutes, view, db, now), "suggest", f"{view.group.id}:{_code(start)}")
        for start in found.starts
    )
    return Card(
        text=grammar.paragraphs(note, text),
        buttons=(*buttons, Button(words.ANOTHER_TIME, "other_time", str(view.group.id))),
        typed=Button("", "suggest_typed", str(view.group.id)),
    )


def _ask_time(view: View, note: str = "") -> Card:
    field = Field("when", words.WHEN, "datetime", hint=words.WHEN_HINT)
    buttons = (
        Button(NEXT, "suggest_typed", str(view.group.id)),
        Button(words.SHOW_TIMES, "times", str(view.group.id)),
    )
    text = words.WHEN_ASK.format(name=view.name)
    return Card(text=grammar.paragraphs(note, text), fields=(field,), buttons=buttons)


def _answer_by(view: View, start: datetime, db: Session, now: datetime) -> datetime:
    days = view.programme.session.answer_within_days
    return min(start, *(persons.at_work_in(days, other.person, db, now) for other in view.others))


def _moved(view: View, start: datetime, db: Session) -> Meeting | None:
    """Return the session that would move to `start`: it is not in its own way."""
    meeting = kept.to_come(view.group, db)
    return meeting if meeting is not None and meeting.starts_at != start else None


def _code(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%MZ")


def _moment(code: str) -> datetime | None:
    try:
        moment = datetime.strptime(code, "%Y%m%dT%H%MZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if _in_any_zone(moment) else None


def _picked(text: str, zone: str) -> datetime | None:
    try:
        picked = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not _in_any_zone(picked):
        return None
    return times.moment_at(picked.date(), picked.time(), zone) if picked.tzinfo is None else picked


def _in_any_zone(moment: datetime) -> bool:
    """Tell whether a moment can be shown in every zone: the first and the last year of the calendar cannot."""
    return MINYEAR < moment.year < MAXYEAR
