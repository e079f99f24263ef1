"""Advice that people who go on together get in their first months."""

from datetime import datetime, timedelta

from sqlmodel import Session

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import Card, Send
from bot.chat.events import Due
from bot.groups import views
from bot.groups.tables import Group, Series
from bot.groups.views import View
from bot.parts.guidance import section, words
from bot.people import persons
from bot.programme.house import house


def advise(event: Due, db: Session, now: datetime) -> list[Send]:
    """Send a group that goes on the advice of its week."""
    series = db.get(Series, int(event.value), with_for_update=True)
    if series is None:
        return []
    group = db.get(Group, series.group_id)
    if group is None or series.state != "active":
        series.guidance_due_at = None
        return []
    leader = views.leader(group, db)
    advice = section.of(leader.programme)[series.guidance]
    series.guidance += 1
    plan(series, leader, db)
    card = Card(title=grammar.say(words.GUIDANCE_TITLE, others=leader.many), text=advice.text)
    expires, key = now + timedelta(days=7), f"guidance:{series.id}:{series.guidance}"
    return [
        view.nudge(card, now, expires_at=expires, key=f"{key}:{view.mine.id}")
        for view in views.everybody(group, db)
        if not persons.paused_until(view.person, now)
    ]


def plan(series: Series, view: View, db: Session) -> None:
    """Set when a group that goes on gets its next advice."""
    texts = section.of(view.programme)
    if series.guidance >= len(texts):
        series.guidance_due_at = None
        return
    zone = persons.zone_of(view.person, db)
    due = times.in_weeks(series.started_at, texts[series.guidance].week, zone)
    series.guidance_due_at = times.next_working_moment(due, zone, house(db).calendar)


def end(group: Group, db: Session, now: datetime) -> list[Send]:
    """Send a group that has ended no more advice."""
    del now
    series = views.series_of(group, db)
    if series is not None:
        series.guidance_due_at = None
    return []
