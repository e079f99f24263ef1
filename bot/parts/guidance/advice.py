"""Advice that a pair gets in its first months."""

from datetime import datetime, timedelta

from sqlmodel import Session

from bot.calendar import times
from bot.chat.cards import Card, Send
from bot.chat.events import Due
from bot.groups import sides
from bot.groups.sides import Side
from bot.groups.tables import Match, Pair
from bot.parts.guidance import section, words
from bot.people import persons
from bot.programme.house import house


def advise(event: Due, db: Session, now: datetime) -> list[Send]:
    """Send a pair the advice of its week."""
    pair = db.get(Pair, int(event.value), with_for_update=True)
    if pair is None:
        return []
    match = db.get(Match, pair.match_id)
    if match is None or pair.state != "active":
        pair.guidance_due_at = None
        return []
    two = sides.both(match, db)
    advice = section.of(two[0].programme)[pair.guidance]
    pair.guidance += 1
    plan(pair, two[1], db)
    card = Card(title=words.GUIDANCE_TITLE, text=advice.text)
    expires, key = now + timedelta(days=7), f"guidance:{pair.id}:{pair.guidance}"
    return [
        side.nudge(card, db, now, expires_at=expires, key=f"{key}:{side.role}")
        for side in two
        if not persons.paused_until(side.person, now)
    ]


def plan(pair: Pair, side: Side, db: Session) -> None:
    """Set when a pair gets its next advice."""
    texts = section.of(side.programme)
    if pair.guidance >= len(texts):
        pair.guidance_due_at = None
        return
    zone = persons.zone_of(side.person, db)
    due = times.in_weeks(pair.started_at, texts[pair.guidance].week, zone)
    pair.guidance_due_at = times.next_working_moment(due, zone, house(db).calendar)


def end(match: Match, db: Session, now: datetime) -> list[Send]:
    """Send a pair that has ended no more advice."""
    del now
    pair = sides.pair_of(match, db)
    if pair is not None:
        pair.guidance_due_at = None
    return []
