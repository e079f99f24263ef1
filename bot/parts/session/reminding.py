"""Whoever leads is reminded, kindly and a few times at most, of a session that is still to be set up."""

from datetime import datetime, timedelta

from sqlmodel import Session, select

from bot.chat.cards import Button, Card, Send
from bot.chat.events import Due
from bot.groups import stages, views
from bot.groups.tables import Group
from bot.meetings import kept
from bot.meetings.tables import Meeting
from bot.meetings.words import BOOK_WITH
from bot.parts.session import words
from bot.people import persons


def begin(group: Group, since: datetime, db: Session, now: datetime) -> list[Send]:
    """Set when whoever leads a new group is reminded first."""
    del since
    kept.plan_booking(group, db, now)
    return []


def remind_booking(event: Due, db: Session, now: datetime) -> list[Send]:
    """Remind whoever leads, kindly and a few times at most, of a session that is still to be set up."""
    group = db.get(Group, int(event.value), with_for_update=True)
    if group is None:
        return []
    group.book_due_at = None
    if group.state != "live" or stages.meets_again(group, db) or kept.current(group, db):
        return []
    leading = views.leading(group, db)
    most = leading[0].programme.session.reminders
    if group.book_reminders >= most:
        return []
    away = {view: until for view in leading if (until := persons.quiet_until(view.person, db, now))}
    if len(away) == len(leading):
        group.book_due_at = min(away.values())
        return []
    group.book_reminders += 1
    if group.book_reminders < most:
        kept.plan_booking(group, db, now)
    missed = select(Meeting).where(Meeting.group_id == group.id, Meeting.state == "missed")
    again = db.exec(missed).first() is not None
    sends = []
    for view in (each for each in leading if each not in away):
        text = (words.REMIND_BOOKING_AGAIN if again else words.REMIND_BOOKING).format(
            name=view.name, minutes=view.programme.session.minutes
        )
        button = Button(BOOK_WITH.format(name=view.first_name), "book", str(group.id))
        stop = Button(words.NOT_THIS_ONE, "stop", str(group.id))
        sends.append(view.send(Card(text=text, buttons=(button, stop)), expires_at=now + timedelta(days=3)))
    return sends
