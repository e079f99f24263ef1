"""A suggested time is accepted or declined; a booked session is moved, called off without blame, and remembered."""

from datetime import datetime, timedelta

from sqlmodel import Session

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import Button, Card, Field, Send
from bot.chat.events import Due, Pressed
from bot.groups import sides, stages
from bot.groups.sides import Side
from bot.groups.tables import Match
from bot.meetings import booking, calendars, kept, session_cards, words
from bot.meetings.asked import Seen
from bot.meetings.tables import MentoringSession
from bot.people import home, persons
from bot.people.tables import Person
from bot.programme.house import house
from bot.programme.questions import MENTEE

DAY, SOON = timedelta(days=1), timedelta(minutes=10)
ASK_AFTER = timedelta(minutes=30)


def accept(event: Pressed, seen: Seen, db: Session, now: datetime) -> list[Send]:
    """Book the suggested time; both get a confirmation with a calendar file."""
    meeting, side = seen.meeting, seen.side
    start = meeting.moves_to or meeting.starts_at
    calendars.hold(side, db)
    if note := words.PAST if start <= now else calendars.objection(side, start, db, now, but=meeting):
        return [side.send(booking.offer(side, db, now, note), replaces=event.card)]
    if meeting.state == "booked":
        meeting.sequence += 1
    meeting.state, meeting.starts_at, meeting.moves_to, meeting.waiting_for = "booked", start, None, None
    meeting.answer_due_at = None
    stages.stay(side)  # an earlier session may have left something planned
    _plan(meeting, side, db, now)
    partner = Side(side.match, side.other, db)
    return [
        side.send(session_cards.confirmation(side, meeting, db, now), replaces=event.card),
        partner.send(session_cards.confirmation(partner, meeting, db, now), expires_at=start),
    ]


def decline(event: Pressed, seen: Seen, db: Session, now: datetime) -> list[Send]:
    """Ask whether to give a reason; none is needed."""
    del event, db, now
    meeting, side = seen.meeting, seen.side
    field = Field("reason", words.REASON, "long", optional=True, hint=words.REASON_HINT.format(name=side.name))
    buttons = (
        Button(words.DECLINE_WITH_REASON, "decline_surely", str(meeting.id)),
        Button(words.DECLINE_PLAIN, "decline_surely", f"{meeting.id}:plain", also=("no reason",)),
        Button(words.SUGGEST_ANOTHER, "times", str(meeting.match_id)),
    )
    return [side.send(Card(text=words.DECLINE.format(name=side.name), fields=(field,), buttons=buttons))]


def decline_surely(event: Pressed, seen: Seen, db: Session, now: datetime) -> list[Send]:
    """Decline the suggestion; a booked session stays as it was."""
    meeting, side = seen.meeting, seen.side
    _, _, plain = event.value.partition(":")
    reason = "" if plain else grammar.cut(str(event.fields.get("reason", "")).strip(), 500)
    slot = meeting.moves_to or meeting.starts_at
    meeting.waiting_for = meeting.answer_due_at = meeting.moves_to = None
    partner = Side(side.match, side.other, db)
    shown = session_cards.slot(slot, meeting.minutes, partner, db, now)
    text = words.DECLINED.format(name=partner.name, slot=shown)
    if reason:
        text += "\n\n" + words.DECLINED_REASON.format(name=partner.name, reason=reason)
    if meeting.state == "booked":
        text += "\n\n" + words.STAYS.format(
            slot=session_cards.slot(meeting.starts_at, meeting.minutes, partner, db, now)
        )
    else:
        meeting.state = "declined"
        if side.match.state == "announced":
            side.match.book_due_at = kept.book_by(partner if partner.role == MENTEE else side, now, db)
    buttons = session_cards.again(side.match, partner.role == MENTEE or meeting.state == "booked")
    own = session_cards.again(side.match, side.role == MENTEE and meeting.state == "declined")
    return [
        side.send(Card(text=words.YOU_DECLINED.format(name=side.name), buttons=own), replaces=event.card),
        partner.send(Card(text=text, buttons=buttons)),
    ]


def cancel(event: Pressed, seen: Seen, db: Session, now: datetime) -> list[Send]:
    """Ask whether to call it off or to move it."""
    del event
    meeting, side = seen.meeting, seen.side
    buttons = (
        Button(words.MOVE, "times", str(meeting.match_id)),
        Button(words.CANCEL_SURELY, "cancel_surely", str(meeting.id), also=("yes",)),
        Button(words.KEEP, "sessions", also=("no",)),
    )
    slot = session_cards.slot(meeting.starts_at, meeting.minutes, side, db, now)
    return [side.send(Card(text=words.CANCEL_SURE.format(slot=slot, name=side.name), buttons=buttons))]


def cancel_surely(event: Pressed, seen: Seen, db: Session, now: datetime) -> list[Send]:
    """Call a session off; both calendars are told, nobody is blamed."""
    del event
    meeting, side = seen.meeting, seen.side
    _, mentee = sides.both(side.match, db)
    if side.match.state == "announced":
        side.match.book_due_at = kept.book_by(mentee, now, db)
        stages.stay(side)
    return call_off(meeting, db, now)


def call_off(meeting: MentoringSession, db: Session, now: datetime) -> list[Send]:
    """Cancel a session and tell both, with a cancelled calendar entry where one was sent out."""
    booked = meeting.state == "booked"
    meeting.state, meeting.sequence = "cancelled", meeting.sequence + 1
    meeting.waiting_for = meeting.moves_to = None
    meeting.answer_due_at = meeting.day_due_at = meeting.soon_due_at = meeting.ask_due_at = None
    match = db.get_one(Match, meeting.match_id)
    sends = []
    for side in sides.both(match, db):
        if side.person.state == persons.ERASED:
            continue
        slot = session_cards.slot(meeting.starts_at, meeting.minutes, side, db, now)
        again = match.state in {"announced", "going_on"} and (side.role == MENTEE or match.state == "going_on")
        buttons = session_cards.again(match, again)
        files = (session_cards.calendar_file(side, meeting, now, cancelled=True),) if booked else ()
        text = words.CALLED_OFF.format(slot=slot, name=side.name)
        sends.append(side.send(Card(text=text, buttons=buttons, files=files)))
    return sends


def mine(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """Show this person's sessions that are suggested or booked."""
    del event
    found = [
        side.send(session_cards.standing(side, meeting, db, now))
        for side in sides.of_person(person, db, "announced", "going_on")
        for meeting in kept.open_of(side.match, db)
    ]
    return found or home.stale(person, db, now, words.NO_SESSIONS)


def remind_answer(event: Due, db: Session, now: datetime) -> list[Send]:
    """Ask once for an answer to a suggestion; when its time has come without one, let it lapse and say so."""
    meeting = db.get(MentoringSession, int(event.value), with_for_update=True)
    if meeting is None:
        return []
    meeting.answer_due_at = None
    match = db.get(Match, meeting.match_id)
    if meeting.waiting_for is None or meeting.state not in kept.OPEN or match is None:
        return []
    mentor, mentee = sides.both(match, db)
    asked, asker = (mentor, mentee) if meeting.waiting_for == mentor.mine.id else (mentee, mentor)
    start = meeting.moves_to or meeting.starts_at
    if start > now:
        away = persons.quiet_until(asked.person, db, now)
        meeting.answer_due_at = min(away or start, start)
        if away:
            return []
        card = session_cards.standing(asked, meeting, db, now, words.REMIND_ANSWER.format(name=asked.name))
        return [asked.send(card, expires_at=start)]
    meeting.waiting_for = meeting.moves_to = None
    if meeting.state == "suggested":
        meeting.state = "declined"
        match.book_due_at = kept.book_by(mentee, now, db)
    buttons = session_cards.again(match, asker.role == MENTEE)
    slot = session_cards.slot(start, meeting.minutes, asker, db, now)
    lapsed = Card(text=words.LAPSED.format(slot=slot, name=asker.name), buttons=buttons)
    key = f"lapsed:{match.id}:{meeting.id}:{start.isoformat()}"
    return [asker.send(lapsed, not_before=persons.quiet_until(asker.person, db, now), key=key)]


def tomorrow(event: Due, db: Session, now: datetime) -> list[Send]:
    """Remind both of a session, a working day before it."""
    return _remind(event, "day_due_at", words.TOMORROW, db, now)


def soon(event: Due, db: Session, now: datetime) -> list[Send]:
    """Remind both of a session, ten minutes before it."""
    return _remind(event, "soon_due_at", words.SOON, db, now)


def _plan(meeting: MentoringSession, side: Side, db: Session, now: datetime) -> None:
    calendar, zone = house(db).calendar, persons.zone_of(side.person, db)
    day_before = meeting.starts_at - DAY
    while not calendar.working_day(times.local(day_before, zone).date()):
        day_before -= DAY
    end = meeting.starts_at + timedelta(minutes=meeting.minutes)
    meeting.day_due_at = day_before if day_before > now else None
    meeting.soon_due_at = meeting.starts_at - SOON if meeting.starts_at - SOON > now else None
    meeting.ask_due_at = times.next_working_moment(end + ASK_AFTER, zone, calendar)


def _remind(event: Due, column: str, text: str, db: Session, now: datetime) -> list[Send]:
    meeting = db.get(MentoringSession, int(event.value), with_for_update=True)
    if meeting is None:
        return []
    setattr(meeting, column, None)
    match = db.get(Match, meeting.match_id)
    if meeting.state != "booked" or meeting.starts_at <= now or match is None:
        return []
    sends = []
    for side in sides.both(match, db):
        slot = session_cards.slot(meeting.starts_at, meeting.minutes, side, db, now)
        card = Card(text=text.format(name=side.name, slot=slot), buttons=session_cards.own_buttons(meeting))
        sends.append(side.send(card, expires_at=meeting.starts_at))
    return sends
