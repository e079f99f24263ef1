"""Setting up a session: suggested times, an answer, a calendar entry, reminders; moved or called off without blame."""

import secrets
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, or_, select

from bot import home, invites, people, sides, slots, times, words
from bot.cards import Button, Card, Field, File, Send
from bot.events import Due, Pressed
from bot.house import house
from bot.models import Match, MentoringSession, Person, Registration
from bot.programme import MENTEE
from bot.sides import Side

DAY, SOON = timedelta(days=1), timedelta(minutes=10)
ASK_AFTER = timedelta(minutes=30)


def book(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Offer up to five times for a match; without saying which match, ask or take the only one."""
    person = people.sender(event.who, db, now)
    if event.value:
        side = sides.seen_by(person, event.value, db, "announced", "going_on")
        if side is None:
            return home.stale(person, db, now)
        meeting = sides.current(side.match, db) if side.match.state == "announced" else None
        if meeting is not None:
            return [people.send(person, _card(side, meeting, db, now), replaces=event.card)]
        return [people.send(person, _offer(side, db, now))]
    waiting = [
        side
        for side in sides.of_person(person, db, "announced", "going_on")
        if side.side == MENTEE and not sides.current(side.match, db)
    ]
    if not waiting:
        return home.stale(person, db, now, words.NOTHING_TO_BOOK)
    if len(waiting) == 1:
        return [people.send(person, _offer(waiting[0], db, now))]
    buttons = tuple(Button(side.name, "book", str(side.match.id)) for side in waiting)
    return [people.send(person, Card(text=words.BOOK_WHOM, buttons=buttons))]


def offer_times(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Offer times for a match, also where one is suggested or booked already: choosing another moves it."""
    person = people.sender(event.who, db, now)
    side = sides.seen_by(person, event.value, db, "announced", "going_on")
    if side is None:
        return home.stale(person, db, now)
    return [people.send(person, _offer(side, db, now))]


def other_time(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Ask for a date and time, typed or picked."""
    person = people.sender(event.who, db, now)
    side = sides.seen_by(person, event.value, db, "announced", "going_on")
    if side is None:
        return home.stale(person, db, now)
    return [people.send(person, _ask_time(side))]


def suggest_typed(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Read a typed or picked time and show how it was understood, to confirm it."""
    person = people.sender(event.who, db, now)
    side = sides.seen_by(person, event.value, db, "announced", "going_on")
    if side is None:
        return home.stale(person, db, now)
    raw = event.fields.get("when", event.fields.get("words", ""))
    text = raw if isinstance(raw, str) else ""
    zone = people.zone_of(person, db)
    start = _picked(text, zone) or times.read_moment(text, now, zone)
    note = words.WHEN_UNCLEAR.format(text=words.cut(text, 60)) if text.strip() else words.WHEN_MISSING
    if start is not None:
        note = _objection(side, start, db, now) or ""
    if start is None or note:
        return [people.send(person, _ask_time(side, note))]
    slot = _slot(start, side.programme.session.minutes, side, db, now)
    buttons = (
        Button(words.YES_SUGGEST, "suggest", f"{side.match.id}:{_code(start)}"),
        Button(words.ANOTHER_TIME, "other_time", str(side.match.id)),
    )
    return [people.send(person, Card(text=words.IS_THIS_RIGHT.format(slot=slot), buttons=buttons))]


def suggest(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Suggest a time to the other person; for a booked session, suggest to move it there."""
    person = people.sender(event.who, db, now)
    number, _, code = event.value.partition(":")
    side = sides.seen_by(person, number, db, "announced", "going_on")
    start = _moment(code)
    if side is None or start is None:
        return home.stale(person, db, now)
    meeting = next(iter(sides.open_of(side.match, db)), None)
    if meeting is None and side.match.state == "announced" and (done := sides.current(side.match, db)):
        return [people.send(person, _card(side, done, db, now))]
    if meeting is not None and meeting.starts_at == start and meeting.moves_to is None:
        return [people.send(person, _card(side, meeting, db, now), replaces=event.card)]
    _hold(side, db)
    if note := _objection(side, start, db, now):
        return [people.send(person, _offer(side, db, now, note))]
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
    slot = _slot(start, meeting.minutes, side, db, now)
    told = Card(text=words.SUGGESTED.format(slot=slot, name=side.name), buttons=_own_buttons(meeting))
    theirs = _card(Side(side.match, side.other, db), meeting, db, now)
    return [people.send(person, told, replaces=event.card), people.send(side.partner, theirs, expires_at=start)]


def accept(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Book the suggested time; both get a confirmation with a calendar file."""
    person = people.sender(event.who, db, now)
    found = _seen_by(person, event.value, db)
    if found is None:
        return home.stale(person, db, now)
    meeting, side = found
    if meeting.state not in sides.OPEN or meeting.waiting_for != side.mine.id:
        return [people.send(person, _card(side, meeting, db, now), replaces=event.card)]
    start = meeting.moves_to or meeting.starts_at
    _hold(side, db)
    if note := words.PAST if start <= now else _objection(side, start, db, now, but=meeting):
        return [people.send(person, _offer(side, db, now, note), replaces=event.card)]
    if meeting.state == "booked":
        meeting.sequence += 1
    meeting.state, meeting.starts_at, meeting.moves_to, meeting.waiting_for = "booked", start, None, None
    meeting.answer_due_at = None
    _plan(meeting, side, db, now)
    partner = Side(side.match, side.other, db)
    return [
        people.send(person, confirmation(side, meeting, db, now), replaces=event.card),
        people.send(partner.person, confirmation(partner, meeting, db, now), expires_at=start),
    ]


def decline(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Ask whether to give a reason; none is needed."""
    person = people.sender(event.who, db, now)
    found = _seen_by(person, event.value, db)
    if found is None:
        return home.stale(person, db, now)
    meeting, side = found
    if meeting.state not in sides.OPEN or meeting.waiting_for != side.mine.id:
        return [people.send(person, _card(side, meeting, db, now))]
    field = Field("reason", words.REASON, "long", optional=True, hint=words.REASON_HINT.format(name=side.name))
    buttons = (
        Button(words.DECLINE_WITH_REASON, "decline_surely", str(meeting.id)),
        Button(words.DECLINE_PLAIN, "decline_surely", f"{meeting.id}:plain", also=("no reason",)),
        Button(words.SUGGEST_ANOTHER, "times", str(meeting.match_id)),
    )
    return [people.send(person, Card(text=words.DECLINE.format(name=side.name), fields=(field,), buttons=buttons))]


def decline_surely(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Decline the suggestion; a booked session stays as it was."""
    person = people.sender(event.who, db, now)
    number, _, plain = event.value.partition(":")
    found = _seen_by(person, number, db)
    if found is None:
        return home.stale(person, db, now)
    meeting, side = found
    if meeting.state not in sides.OPEN or meeting.waiting_for != side.mine.id:
        return [people.send(person, _card(side, meeting, db, now), replaces=event.card)]
    reason = "" if plain else words.cut(str(event.fields.get("reason", "")).strip(), 500)
    slot = meeting.moves_to or meeting.starts_at
    meeting.waiting_for = meeting.answer_due_at = meeting.moves_to = None
    partner = Side(side.match, side.other, db)
    shown = _slot(slot, meeting.minutes, partner, db, now)
    text = words.DECLINED.format(name=partner.name, slot=shown)
    if reason:
        text += "\n\n" + words.DECLINED_REASON.format(name=partner.name, reason=reason)
    if meeting.state == "booked":
        text += "\n\n" + words.STAYS.format(slot=_slot(meeting.starts_at, meeting.minutes, partner, db, now))
    else:
        meeting.state = "declined"
        if partner.side == MENTEE:
            side.match.book_due_at = sides.book_by(partner, now, db)
    again = Button(words.SUGGEST_ANOTHER, "book", str(side.match.id))
    buttons = (again,) if partner.side == MENTEE or meeting.state == "booked" else ()
    return [
        people.send(person, Card(text=words.YOU_DECLINED.format(name=side.name)), replaces=event.card),
        people.send(partner.person, Card(text=text, buttons=buttons)),
    ]


def cancel(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Ask whether to call it off or to move it."""
    person = people.sender(event.who, db, now)
    found = _seen_by(person, event.value, db)
    if found is None:
        return home.stale(person, db, now)
    meeting, side = found
    if meeting.state not in sides.OPEN:
        return [people.send(person, _card(side, meeting, db, now))]
    buttons = (
        Button(words.MOVE, "times", str(meeting.match_id)),
        Button(words.CANCEL_SURELY, "cancel_surely", str(meeting.id), also=("yes",)),
        Button(words.KEEP, "sessions", also=("no",)),
    )
    slot = _slot(meeting.starts_at, meeting.minutes, side, db, now)
    return [people.send(person, Card(text=words.CANCEL_SURE.format(slot=slot, name=side.name), buttons=buttons))]


def cancel_surely(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Call a session off; both calendars are told, nobody is blamed."""
    person = people.sender(event.who, db, now)
    found = _seen_by(person, event.value, db)
    if found is None:
        return home.stale(person, db, now)
    meeting, side = found
    if meeting.state not in sides.OPEN:
        return [people.send(person, _card(side, meeting, db, now), replaces=event.card)]
    _, mentee = sides.both(side.match, db)
    if side.match.state == "announced":
        side.match.book_due_at = sides.book_by(mentee, now, db)
    return call_off(meeting, db, now)


def call_off(meeting: MentoringSession, db: Session, now: datetime) -> list[Send]:
    """Cancel a session and tell both, with a cancelled calendar entry where one was sent out."""
    booked = meeting.state == "booked"
    meeting.state, meeting.sequence = "cancelled", meeting.sequence + 1
    meeting.waiting_for = meeting.moves_to = None
    meeting.answer_due_at = meeting.day_due_at = meeting.soon_due_at = meeting.ask_due_at = None
    match = db.get(Match, meeting.match_id)
    assert match is not None  # noqa: S101
    sends = []
    for side in sides.both(match, db):
        if side.person.state == people.ERASED:
            continue
        slot = _slot(meeting.starts_at, meeting.minutes, side, db, now)
        again = match.state in {"announced", "going_on"} and (side.side == MENTEE or match.state == "going_on")
        buttons = (Button(words.SUGGEST_ANOTHER, "book", str(match.id)),) if again else ()
        files = (_invite(side, meeting, now, cancelled=True),) if booked else ()
        text = words.CALLED_OFF.format(slot=slot, name=side.name)
        sends.append(people.send(side.person, Card(text=text, buttons=buttons, files=files)))
    return sends


def mine(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Show this person's sessions that are suggested or booked."""
    person = people.sender(event.who, db, now)
    cards = [
        _card(side, meeting, db, now)
        for side in sides.of_person(person, db, "announced", "going_on")
        for meeting in sides.open_of(side.match, db)
    ]
    if not cards:
        return home.stale(person, db, now, words.NO_SESSIONS)
    return [people.send(person, card) for card in cards]


def remind_answer(event: Due, db: Session, now: datetime) -> list[Send]:
    """Ask once for an answer to a suggestion; when its time has come without one, let it lapse and say so."""
    meeting = db.get(MentoringSession, int(event.value), with_for_update=True)
    if meeting is None:
        return []
    meeting.answer_due_at = None
    match = db.get(Match, meeting.match_id)
    if meeting.waiting_for is None or meeting.state not in sides.OPEN or match is None:
        return []
    mentor, mentee = sides.both(match, db)
    asked, asker = (mentor, mentee) if meeting.waiting_for == mentor.mine.id else (mentee, mentor)
    start = meeting.moves_to or meeting.starts_at
    if start > now:
        away = people.quiet_until(asked.person, db, now)
        meeting.answer_due_at = min(away or start, start)
        if away:
            return []
        card = _card(asked, meeting, db, now, words.REMIND_ANSWER.format(name=asked.name))
        return [people.send(asked.person, card, expires_at=start)]
    meeting.waiting_for = meeting.moves_to = None
    if meeting.state == "suggested":
        meeting.state = "declined"
        match.book_due_at = sides.book_by(mentee, now, db)
    buttons = (Button(words.SUGGEST_ANOTHER, "book", str(match.id)),) if asker.side == MENTEE else ()
    slot = _slot(start, meeting.minutes, asker, db, now)
    return [people.send(asker.person, Card(text=words.LAPSED.format(slot=slot, name=asker.name), buttons=buttons))]


def tomorrow(event: Due, db: Session, now: datetime) -> list[Send]:
    """Remind both of a session, a working day before it."""
    return _remind(event, "day_due_at", words.TOMORROW, db, now)


def soon(event: Due, db: Session, now: datetime) -> list[Send]:
    """Remind both of a session, ten minutes before it."""
    return _remind(event, "soon_due_at", words.SOON, db, now)


def confirmation(side: Side, meeting: MentoringSession, db: Session, now: datetime) -> Card:
    """Return the card of a booked session: when, with whom, questions to break the ice, and the calendar file."""
    slot = _slot(meeting.starts_at, meeting.minutes, side, db, now)
    text = words.BOOKED.format(slot=slot, name=side.name)
    if side.programme.session.ice_breakers:
        text += "\n\n" + words.ICE_BREAKERS + "\n" + "\n".join(f"• {q}" for q in side.programme.session.ice_breakers)
    files = (_invite(side, meeting, now),)
    return Card(title=words.BOOKED_TITLE, text=text, buttons=_own_buttons(meeting), files=files)


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
        .where(Registration.person_id == person.id, col(MentoringSession.state).in_(sides.OPEN))
    )
    busy = [
        (start, start + timedelta(minutes=meeting.minutes))
        for meeting in db.exec(query)
        if meeting.id != but
        for start in (meeting.starts_at, meeting.moves_to)
        if start is not None
    ]
    return slots.Diary(tuple(said), people.zone_of(person, db), tuple(busy))


def _diaries(side: Side, db: Session, but: int | None) -> tuple[slots.Diary, slots.Diary]:
    return (
        diary(side.person, side.mine, side, db, but=but),
        diary(side.partner, side.other, side, db, but=but),
    )


def _offer(side: Side, db: Session, now: datetime, note: str = "") -> Card:
    meeting = next(iter(sides.open_of(side.match, db)), None)
    mine_, theirs = _diaries(side, db, None)
    minutes = side.programme.session.minutes
    offer = slots.offer(mine_, theirs, minutes, now, house(db).calendar)
    text = words.OFFER.format(name=side.name, minutes=minutes) if offer.starts else words.OFFER_NONE
    if offer.starts and not offer.suits_both:
        text = words.OFFER_ANYWAY.format(name=side.name, minutes=minutes)
    if meeting is not None and meeting.state == "booked":
        text = words.OFFER_MOVE.format(slot=_slot(meeting.starts_at, minutes, side, db, now)) + "\n\n" + text
    buttons = tuple(
        Button(_slot(start, minutes, side, db, now), "suggest", f"{side.match.id}:{_code(start)}")
        for start in offer.starts
    )
    return Card(
        text=f"{note}\n\n{text}" if note else text,
        buttons=(*buttons, Button(words.ANOTHER_TIME, "other_time", str(side.match.id))),
        typed=Button("", "suggest_typed", str(side.match.id)),
    )


def _ask_time(side: Side, note: str = "") -> Card:
    field = Field("when", words.WHEN, "datetime", hint=words.WHEN_HINT)
    buttons = (
        Button(words.NEXT, "suggest_typed", str(side.match.id)),
        Button(words.SHOW_TIMES, "times", str(side.match.id)),
    )
    text = words.WHEN_ASK.format(name=side.name)
    return Card(text=f"{note}\n\n{text}" if note else text, fields=(field,), buttons=buttons)


def _objection(
    side: Side, start: datetime, db: Session, now: datetime, *, but: MentoringSession | None = None
) -> str | None:
    """Return in a sentence why this time cannot be taken, or None."""
    minutes = side.programme.session.minutes
    diaries = _diaries(side, db, but.id if but else None)
    zones = [each.zone for each in diaries]
    code = slots.acceptable(start, minutes, zones, now, house(db).calendar)
    if code:
        return words.NOT_THEN[code]
    if slots.clash(start, minutes, diaries[0].busy):
        return words.CLASH_OWN
    if slots.clash(start, minutes, diaries[1].busy):
        return words.CLASH_THEIRS.format(name=side.name)
    return None


def _hold(side: Side, db: Session) -> None:
    """Hold both people's rows, always in the same order, so that neither calendar is filled twice at once."""
    wanted = sorted((side.person.id, side.partner.id))
    db.exec(select(Person.id).where(col(Person.id).in_(wanted)).order_by(col(Person.id)).with_for_update()).all()


def _plan(meeting: MentoringSession, side: Side, db: Session, now: datetime) -> None:
    calendar, zone = house(db).calendar, people.zone_of(side.person, db)
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
        slot = _slot(meeting.starts_at, meeting.minutes, side, db, now)
        card = Card(text=text.format(name=side.name, slot=slot), buttons=_own_buttons(meeting))
        sends.append(people.send(side.person, card, expires_at=meeting.starts_at))
    return sends


def _card(side: Side, meeting: MentoringSession, db: Session, now: datetime, note: str = "") -> Card:
    """Return a session as it stands, with what this side can do about it."""
    start = meeting.moves_to or meeting.starts_at
    slot = _slot(start, meeting.minutes, side, db, now)
    if meeting.state in sides.OPEN and meeting.waiting_for == side.mine.id:
        text = (words.MOVE_ASKED if meeting.moves_to else words.SUGGESTION).format(
            name=side.name, slot=slot, old=_slot(meeting.starts_at, meeting.minutes, side, db, now)
        )
        buttons: tuple[Button, ...] = (
            Button(words.ACCEPT, "accept", str(meeting.id), also=("yes", "ok")),
            Button(words.SUGGEST_ANOTHER, "times", str(meeting.match_id)),
            Button(words.DECLINE_BUTTON, "decline", str(meeting.id), also=("no",)),
        )
    elif meeting.state in sides.OPEN and meeting.waiting_for is not None:
        text = words.SUGGESTED.format(name=side.name, slot=slot)
        buttons = _own_buttons(meeting)
    elif meeting.state == "booked":
        return confirmation(side, meeting, db, now)
    else:
        text = words.SESSION_STATE[meeting.state].format(name=side.name, slot=slot)
        buttons = (Button(words.WHERE_I_STAND, "home"),)
    return Card(text=f"{note}\n\n{text}" if note else text, buttons=buttons)


def _own_buttons(meeting: MentoringSession) -> tuple[Button, ...]:
    return (
        Button(words.MOVE, "times", str(meeting.match_id), also=("reschedule",)),
        Button(words.CANCEL, "cancel", str(meeting.id)),
    )


def _invite(side: Side, meeting: MentoringSession, now: datetime, *, cancelled: bool = False) -> File:
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
    return File("session.ics", "text/calendar", content)


def _answer_by(side: Side, start: datetime, db: Session, now: datetime) -> datetime:
    later = now + timedelta(days=side.programme.session.answer_within_days)
    ask = times.next_working_moment(later, people.zone_of(side.partner, db), house(db).calendar)
    return min(ask, start)


def _slot(start: datetime, minutes: int, side: Side, db: Session, now: datetime) -> str:
    zone = people.zone_of(side.person, db)
    return times.show_slot(start, minutes, zone, now, name_zone=zone != people.zone_of(side.partner, db))


def _seen_by(person: Person, number: str, db: Session) -> tuple[MentoringSession, Side] | None:
    meeting = db.get(MentoringSession, int(number), with_for_update=True) if number.isdecimal() else None
    side = sides.seen_by(person, str(meeting.match_id), db, *sides.LIVE, "ended") if meeting else None
    return (meeting, side) if meeting is not None and side is not None else None


def _code(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%MZ")


def _moment(code: str) -> datetime | None:
    try:
        return datetime.strptime(code, "%Y%m%dT%H%MZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _picked(text: str, zone: str) -> datetime | None:
    try:
        picked = datetime.fromisoformat(text)
    except ValueError:
        return None
    return times.moment_at(picked.date(), picked.time(), zone) if picked.tzinfo is None else picked
