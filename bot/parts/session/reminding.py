"""A mentee is reminded, kindly and a few times at most, of a session that is still to be set up."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, select

from bot.chat import grammar
from bot.chat.cards import Button, Card, Send
from bot.chat.events import Due
from bot.groups import sides
from bot.groups.tables import Match
from bot.meetings import kept
from bot.meetings.tables import MentoringSession
from bot.meetings.words import BOOK_WITH
from bot.parts.session import words
from bot.people import persons


def remind_booking(event: Due, db: Session, now: datetime) -> list[Send]:
    """Remind a mentee, kindly and a few times at most, of a session that is still to be set up."""
    match = db.get(Match, int(event.value), with_for_update=True)
    if match is None:
        return []
    match.book_due_at = None
    if match.state != "announced" or kept.current(match, db):
        return []
    _, mentee = sides.both(match, db)
    most = mentee.programme.session.reminders
    if match.book_reminders >= most:
        return []
    if away := persons.quiet_until(mentee.person, db, now):
        match.book_due_at = away
        return []
    match.book_reminders += 1
    if match.book_reminders < most:
        match.book_due_at = kept.book_by(mentee, now, db)
    button = Button(BOOK_WITH.format(name=grammar.first(mentee.name)), "book", str(match.id))
    missed = select(MentoringSession).where(MentoringSession.match_id == match.id, MentoringSession.state == "missed")
    again = db.exec(missed).first() is not None
    text = (words.REMIND_BOOKING_AGAIN if again else words.REMIND_BOOKING).format(
        name=mentee.name, minutes=mentee.programme.session.minutes
    )
    stop = Button(words.NOT_THIS_ONE, "stop", str(match.id))
    return [mentee.send(Card(text=text, buttons=(button, stop)), expires_at=now + timedelta(days=3))]


def plan(announced: Sequence[Match], db: Session, now: datetime) -> list[Send]:
    """Set when the mentees of matches that are announced now are reminded first."""
    for match in announced:
        match.book_due_at = kept.book_by(sides.both(match, db)[1], now, db)
    return []
