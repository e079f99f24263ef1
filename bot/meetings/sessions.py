"""A suggested time is accepted or declined; a booked session is moved, called off without blame, and remembered."""

from datetime import datetime, timedelta

from sqlmodel import Session

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import Button, Card, Field, Send
from bot.chat.events import Due, Pressed
from bot.groups import stages, views
from bot.groups.tables import Group
from bot.groups.views import View
from bot.meetings import booking, calendars, kept, session_cards, words
from bot.meetings.asked import Seen
from bot.meetings.tables import Meeting
from bot.people import home, persons
from bot.people.tables import Person
from bot.programme.house import house

DAY, SOON = timedelta(days=1), timedelta(minutes=10)
ASK_AFTER = timedelta(minutes=30)


def accept(event: Pressed, seen: Seen, db: Session, now: datetime) -> list[Send]:
    """Take a yes to the suggested time. With the last one it is booked; all get a confirmation with a calendar file."""
    meeting, view = seen.meeting, seen.view
    start = meeting.moves_to or meeting.starts_at
    calendars.hold(view, db)
    if note := words.PAST if start <= now else calendars.objection(view, start, db, now, but=meeting):
        return [view.send(booking.offer(view, db, now, note), replaces=event.card)]
    meeting.awaited = kept.without(meeting.awaited, view.mine.id)
    if meeting.awaited:
        return [view.send(session_cards.standing(view, meeting, db, now), replaces=event.card)]
    return _book(meeting, view, db, now, event.card)


def _book(meeting: Meeting, view: View, db: Session, now: datetime, card: str) -> list[Send]:
    """Book a meeting that everybody has said yes to, this member last; the confirmation takes the place of `card`."""
    start = meeting.moves_to or meeting.starts_at
    if meeting.state == "booked":
        meeting.sequence += 1
    meeting.state, meeting.starts_at, meeting.moves_to, meeting.answer_due_at = "booked", start, None, None
    stages.stay(view.group, db)  # an earlier session may have left something planned
    _plan(meeting, view, db, now)
    told = [other.send(session_cards.confirmation(other, meeting, db, now), expires_at=start) for other in view.others]
    return [view.send(session_cards.confirmation(view, meeting, db, now), replaces=card), *told]


def decline(event: Pressed, seen: Seen, db: Session, now: datetime) -> list[Send]:
    """Ask whether to give a reason; none is needed."""
    del event, db, now
    meeting, view = seen.meeting, seen.view
    field = Field("reason", words.REASON, "long", optional=True, hint=words.REASON_HINT.format(name=view.name))
    buttons = (
        Button(words.DECLINE_WITH_REASON, "decline_surely", str(meeting.id)),
        Button(words.DECLINE_PLAIN, "decline_surely", f"{meeting.id}:plain", also=("no reason",)),
        Button(words.SUGGEST_ANOTHER, "times", str(meeting.group_id)),
    )
    return [view.send(Card(text=words.DECLINE.format(name=view.name), fields=(field,), buttons=buttons))]


def decline_surely(event: Pressed, seen: Seen, db: Session, now: datetime) -> list[Send]:
    """Decline the suggestion, for everybody; a booked session stays as it was."""
    meeting, view = seen.meeting, seen.view
    _, _, plain = event.value.partition(":")
    reason = "" if plain else grammar.cut(str(event.fields.get("reason", "")).strip(), 500)
    slot = meeting.moves_to or meeting.starts_at
    meeting.awaited, meeting.answer_due_at, meeting.moves_to = [], None, None
    stays = meeting.state == "booked"
    if not stays:
        meeting.state = "declined"
        kept.plan_booking(view.group, db, now)
    own = session_cards.again(view.group, view.leads and not stays)
    sends = [view.send(Card(text=words.YOU_DECLINED.format(name=view.name), buttons=own), replaces=event.card)]
    for other in view.others:
        shown = session_cards.slot(slot, meeting.minutes, other, db, now)
        because = words.DECLINED_REASON.format(name=view.own_name, reason=reason) if reason else ""
        booked = session_cards.slot(meeting.starts_at, meeting.minutes, other, db, now)
        text = grammar.paragraphs(
            words.DECLINED.format(name=view.own_name, slot=shown),
            because,
            words.STAYS.format(slot=booked) if stays else "",
        )
        buttons = session_cards.again(view.group, other.leads or stays)
        sends.append(other.send(Card(text=text, buttons=buttons)))
    return sends


def cancel(event: Pressed, seen: Seen, db: Session, now: datetime) -> list[Send]:
    """Ask whether to call it off or to move it."""
    del event
    meeting, view = seen.meeting, seen.view
    buttons = (
        Button(words.MOVE, "times", str(meeting.group_id)),
        Button(words.CANCEL_SURELY, "cancel_surely", str(meeting.id), also=("yes",)),
        Button(words.KEEP, "sessions", also=("no",)),
    )
    slot = session_cards.slot(meeting.starts_at, meeting.minutes, view, db, now)
    return [view.send(Card(text=words.CANCEL_SURE.format(slot=slot, name=view.name), buttons=buttons))]


def cancel_surely(event: Pressed, seen: Seen, db: Session, now: datetime) -> list[Send]:
    """Call a session off; all calendars are told, nobody is blamed."""
    del event
    kept.plan_booking(seen.view.group, db, now)
    stages.stay(seen.view.group, db)
    return call_off(seen.meeting, db, now)


def call_off(meeting: Meeting, db: Session, now: datetime) -> list[Send]:
    """Cancel a session and tell everybody, with a cancelled calendar entry where one was sent out."""
    booked = meeting.state == "booked"
    meeting.state, meeting.sequence = "cancelled", meeting.sequence + 1
    meeting.awaited, meeting.moves_to = [], None
    meeting.answer_due_at = meeting.day_due_at = meeting.soon_due_at = meeting.ask_due_at = None
    group = db.get_one(Group, meeting.group_id)
    return [
        view.send(_called_off(view, meeting, db, now, booked=booked))
        for view in views.everybody(group, db)
        if view.person.state != persons.ERASED
    ]


def joined(view: View, db: Session, now: datetime) -> list[Send]:
    """Show somebody who has come into a group what is set up; an answer that is open to others is open to them too."""
    sends = []
    for meeting in kept.open_of(view.group, db, lock=True):
        if meeting.awaited:
            meeting.awaited = [*meeting.awaited, view.mine.id]
        start = meeting.moves_to or meeting.starts_at
        sends.append(view.send(session_cards.standing(view, meeting, db, now), expires_at=start))
    return sends


def parted(view: View, db: Session, now: datetime) -> list[Send]:
    """Let the others meet without somebody who has left their group; what only this person had asked for is off."""
    sends: list[Send] = []
    for meeting in kept.open_of(view.group, db, lock=True):
        if meeting.state == "booked" and view.person.state != persons.ERASED:
            sends.append(view.send(_called_off(view, meeting, db, now, booked=True)))
        if meeting.suggested_by == view.mine.id and meeting.awaited:
            if meeting.state == "suggested":
                kept.plan_booking(view.group, db, now)
                sends += call_off(meeting, db, now)
            else:  # whoever wanted to move it is gone: it stays where it is
                meeting.awaited, meeting.moves_to, meeting.answer_due_at = [], None, None
            continue
        awaited = meeting.awaited
        meeting.awaited = kept.without(awaited, view.mine.id)
        if awaited and not meeting.awaited:  # everybody else had said yes
            sends += _book(meeting, view.others[0], db, now, "")
    return sends


def _called_off(view: View, meeting: Meeting, db: Session, now: datetime, *, booked: bool) -> Card:
    slot = session_cards.slot(meeting.starts_at, meeting.minutes, view, db, now)
    here = view.state == "live"
    again = here and (view.leads or stages.meets_again(view.group, db))
    files = (session_cards.calendar_file(view, meeting, db, now, cancelled=True),) if booked else ()
    text = words.CALLED_OFF.format(slot=slot, name=view.name)
    return Card(text=text, buttons=session_cards.again(view.group, again), files=files)


def mine(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """Show this person's sessions that are suggested or booked."""
    del event
    found = [
        view.send(session_cards.standing(view, meeting, db, now))
        for view in views.of_person(person, db, "live")
        for meeting in kept.open_of(view.group, db)
    ]
    return found or home.stale(person, db, now, words.NO_SESSIONS)


def remind_answer(event: Due, db: Session, now: datetime) -> list[Send]:
    """Ask once for an answer to a suggestion; when its time has come without one, let it lapse and say so."""
    meeting = db.get(Meeting, int(event.value), with_for_update=True)
    if meeting is None:
        return []
    meeting.answer_due_at = None
    group = db.get(Group, meeting.group_id)
    if not meeting.awaited or meeting.state not in kept.OPEN or group is None:
        return []
    there = views.everybody(group, db)
    asked = [view for view in there if view.mine.id in meeting.awaited]
    start = meeting.moves_to or meeting.starts_at
    if start > now:
        away = {view: until for view in asked if (until := persons.quiet_until(view.person, db, now))}
        at_work = [view for view in asked if view not in away]
        meeting.answer_due_at = start if at_work else min(start, *away.values())
        return [view.send(_still_open(view, meeting, db, now), expires_at=start) for view in at_work]
    names = grammar.listed([view.own_name for view in asked])
    meeting.awaited, meeting.moves_to = [], None
    if meeting.state == "suggested":
        meeting.state = "declined"
        kept.plan_booking(group, db, now)
    sends = []
    for view in (each for each in there if each not in asked):
        slot = session_cards.slot(start, meeting.minutes, view, db, now)
        text = words.LAPSED.format(slot=slot, name=names)
        key = f"lapsed:{group.id}:{meeting.id}:{start.isoformat()}"
        key += "" if view.mine.id == meeting.suggested_by else f":{view.mine.id}"
        card = Card(text=text, buttons=session_cards.again(group, view.leads))
        sends.append(view.send(card, not_before=persons.quiet_until(view.person, db, now), key=key))
    return sends


def _still_open(view: View, meeting: Meeting, db: Session, now: datetime) -> Card:
    note = words.REMIND_ANSWER.format(name=session_cards.asker(view, meeting).own_name)
    return session_cards.standing(view, meeting, db, now, note)


def tomorrow(event: Due, db: Session, now: datetime) -> list[Send]:
    """Remind everybody of a session, a working day before it."""
    return _remind(event, "day_due_at", words.TOMORROW, db, now)


def soon(event: Due, db: Session, now: datetime) -> list[Send]:
    """Remind everybody of a session, ten minutes before it."""
    return _remind(event, "soon_due_at", words.SOON, db, now)


def _plan(meeting: Meeting, view: View, db: Session, now: datetime) -> None:
    calendar, zone = house(db).calendar, persons.zone_of(view.person, db)
    day_before = meeting.starts_at - DAY
    while not calendar.working_day(times.local(day_before, zone).date()):
        day_before -= DAY
    end = meeting.starts_at + timedelta(minutes=meeting.minutes)
    meeting.day_due_at = day_before if day_before > now else None
    meeting.soon_due_at = meeting.starts_at - SOON if meeting.starts_at - SOON > now else None
    meeting.ask_due_at = times.next_working_moment(end + ASK_AFTER, zone, calendar)


def _remind(event: Due, column: str, text: str, db: Session, now: datetime) -> list[Send]:
    meeting = db.get(Meeting, int(event.value), with_for_update=True)
    if meeting is None:
        return []
    setattr(meeting, column, None)
    group = db.get(Group, meeting.group_id)
    if meeting.state != "booked" or meeting.starts_at <= now or group is None:
        return []
    sends = []
    for view in views.everybody(group, db):
        slot = session_cards.slot(meeting.starts_at, meeting.minutes, view, db, now)
        card = Card(text=text.format(name=view.name, slot=slot), buttons=session_cards.own_buttons(meeting))
        sends.append(view.send(card, expires_at=meeting.starts_at))
    return sends
