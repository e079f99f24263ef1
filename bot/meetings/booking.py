"""Suggesting a time: up to five that suit both, or one that is typed or picked, always confirmed."""

import secrets
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta

from sqlmodel import Session

from bot.calendar import slots, times
from bot.chat import grammar
from bot.chat.cards import Button, Card, Field, Send
from bot.chat.events import Pressed
from bot.groups import sides
from bot.groups.sides import Side
from bot.meetings import calendars, kept, session_cards, words
from bot.meetings.tables import MentoringSession
from bot.people import home, persons
from bot.people.tables import Person
from bot.people.words import NEXT
from bot.programme.house import house

their_match = sides.theirs("announced", "going_on")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A time that one side suggests, and the meeting that is suggested or booked already, if there is one."""

    side: Side
    start: datetime
    meeting: MentoringSession | None


def with_whom(person: Person, event: Pressed, db: Session, now: datetime) -> tuple[Side, ...] | list[Send]:
    """Return the match that is named, or all for which it is this person's turn to suggest a time."""
    if event.value:
        side = their_match(person, event, db, now)
        return side if isinstance(side, list) else (side,)
    waiting = tuple(side for side in sides.of_person(person, db) if kept.to_book(side, db))
    return waiting or home.stale(person, db, now, words.NOTHING_TO_BOOK)


def to_set_up(found: tuple[Side, ...], event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Return the first meeting of the match that is named, as it stands, if it is set up already."""
    side = found[0]
    meeting = kept.current(side.match, db) if event.value and side.match.state == "announced" else None
    if meeting is None:
        return None
    return [side.send(session_cards.standing(side, meeting, db, now), replaces=event.card)]


def book(event: Pressed, found: tuple[Side, ...], db: Session, now: datetime) -> list[Send]:
    """Offer up to five times for a match; of several, ask which."""
    del event
    if len(found) == 1:
        return [found[0].send(offer(found[0], db, now))]
    buttons = tuple(Button(side.name, "book", str(side.match.id)) for side in found)
    return [persons.send(found[0].person, Card(text=words.BOOK_WHOM, buttons=buttons))]


def offer_times(event: Pressed, side: Side, db: Session, now: datetime) -> list[Send]:
    """Offer times for a match, also where one is suggested or booked already: choosing another moves it."""
    del event
    return [side.send(offer(side, db, now))]


def other_time(event: Pressed, side: Side, db: Session, now: datetime) -> list[Send]:
    """Ask for a date and time, typed or picked."""
    del event, db, now
    return [side.send(_ask_time(side))]


def suggest_typed(event: Pressed, side: Side, db: Session, now: datetime) -> list[Send]:
    """Read a typed or picked time and show how it was understood, to confirm it."""
    raw = event.fields.get("when", event.fields.get("words", ""))
    text = raw if isinstance(raw, str) else ""
    zone = persons.zone_of(side.person, db)
    start = _picked(text, zone) or times.read_moment(text, now, zone)
    note = words.WHEN_UNCLEAR.format(text=grammar.cut(text, 60)) if text.strip() else words.WHEN_MISSING
    if start is not None:
        note = calendars.objection(side, start, db, now, but=_moved(side, start, db)) or ""
    if start is None or note:
        return [side.send(_ask_time(side, note))]
    slot = session_cards.slot(start, side.programme.session.minutes, side, db, now)
    buttons = (
        Button(words.YES_SUGGEST, "suggest", f"{side.match.id}:{_code(start)}"),
        Button(words.ANOTHER_TIME, "other_time", str(side.match.id)),
    )
    return [side.send(Card(text=words.IS_THIS_RIGHT.format(slot=slot), buttons=buttons))]


def a_time(person: Person, event: Pressed, db: Session, now: datetime) -> Suggestion | list[Send]:
    """Return the time that is suggested for a match of theirs, or where they stand now."""
    side = their_match(person, event, db, now)
    if isinstance(side, list):
        return side
    _, _, code = event.value.partition(":")
    start = _moment(code)
    return home.stale(person, db, now) if start is None else Suggestion(side, start, kept.to_come(side.match, db))


def not_so_yet(suggestion: Suggestion, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Return the meeting as it stands, if the two have met already or it is suggested for that time anyway."""
    side, meeting = suggestion.side, suggestion.meeting
    if meeting is None:
        done = kept.current(side.match, db) if side.match.state == "announced" else None
        return [side.send(session_cards.standing(side, done, db, now))] if done else None
    if (meeting.moves_to or meeting.starts_at) != suggestion.start:
        return None
    return [side.send(session_cards.standing(side, meeting, db, now), replaces=event.card)]


def suggest(event: Pressed, suggestion: Suggestion, db: Session, now: datetime) -> list[Send]:
    """Suggest a time to the other person; for a booked session, suggest to move it there."""
    side, start, meeting = suggestion.side, suggestion.start, suggestion.meeting
    calendars.hold(side, db)
    if note := calendars.objection(side, start, db, now, but=_moved(side, start, db)):
        return [side.send(offer(side, db, now, note))]
    if meeting is None:
        meeting = MentoringSession(
            match_id=side.match.id,
            starts_at=start,
            minutes=side.programme.session.minutes,
            suggested_by=side.mine.id,
            uid=f"session-{secrets.token_hex(16)}@speedmentor.invalid",
        )
        db.add(meeting)
    elif meeting.state == "booked":
        meeting.moves_to = start
    else:
        meeting.starts_at = start
    meeting.suggested_by, meeting.waiting_for = side.mine.id, side.other.id
    meeting.answer_due_at = _answer_by(side, start, db, now)
    side.match.book_due_at = None
    db.flush()
    slot = session_cards.slot(start, meeting.minutes, side, db, now)
    told = Card(text=words.SUGGESTED.format(slot=slot, name=side.name), buttons=session_cards.own_buttons(meeting))
    partner = Side(side.match, side.other, db)
    theirs = session_cards.standing(partner, meeting, db, now)
    return [side.send(told, replaces=event.card), partner.send(theirs, expires_at=start)]


def offer(side: Side, db: Session, now: datetime, note: str = "") -> Card:
    """Return the card that offers times for a match."""
    meeting = kept.to_come(side.match, db)
    mine_, theirs = calendars.both(side, db, None)
    minutes = side.programme.session.minutes
    found = slots.offer(mine_, theirs, minutes, now, house(db).calendar)
    text = words.OFFER.format(name=side.name, minutes=minutes) if found.starts else words.OFFER_NONE
    if found.starts and not found.suits_both:
        text = words.OFFER_ANYWAY.format(name=side.name, minutes=minutes)
    if meeting is not None and meeting.state == "booked":
        text = (
            words.OFFER_MOVE.format(slot=session_cards.slot(meeting.starts_at, minutes, side, db, now)) + "\n\n" + text
        )
    buttons = tuple(
        Button(session_cards.slot(start, minutes, side, db, now), "suggest", f"{side.match.id}:{_code(start)}")
        for start in found.starts
    )
    return Card(
        text=grammar.paragraphs(note, text),
        buttons=(*buttons, Button(words.ANOTHER_TIME, "other_time", str(side.match.id))),
        typed=Button("", "suggest_typed", str(side.match.id)),
    )


def _ask_time(side: Side, note: str = "") -> Card:
    field = Field("when", words.WHEN, "datetime", hint=words.WHEN_HINT)
    buttons = (
        Button(NEXT, "suggest_typed", str(side.match.id)),
        Button(words.SHOW_TIMES, "times", str(side.match.id)),
    )
    text = words.WHEN_ASK.format(name=side.name)
    return Card(text=grammar.paragraphs(note, text), fields=(field,), buttons=buttons)


def _answer_by(side: Side, start: datetime, db: Session, now: datetime) -> datetime:
    later = now + timedelta(days=side.programme.session.answer_within_days)
    ask = times.next_working_moment(later, persons.zone_of(side.partner, db), house(db).calendar)
    return min(ask, start)


def _moved(side: Side, start: datetime, db: Session) -> MentoringSession | None:
    """Return the session that would move to `start`: it is not in its own way."""
    meeting = kept.to_come(side.match, db)
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
