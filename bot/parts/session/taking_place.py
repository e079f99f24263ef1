"""Whether a session took place: both are asked, and what one of the two says is enough to go on."""

from datetime import datetime

from sqlmodel import Session

from bot.calendar import times
from bot.chat.cards import Button, Card, Send
from bot.chat.events import Due, Pressed
from bot.groups import sides, stages
from bot.groups.sides import Side
from bot.groups.tables import Match
from bot.meetings import kept, session_cards
from bot.meetings.asked import Seen
from bot.meetings.tables import MentoringSession
from bot.parts.session import words
from bot.people import home, persons
from bot.programme.questions import MENTEE, MENTOR

STAGE = "session"


def ask(event: Due, db: Session, now: datetime) -> list[Send]:
    """Ask both whether the session took place."""
    meeting = db.get(MentoringSession, int(event.value), with_for_update=True)
    if meeting is None:
        return []
    meeting.ask_due_at = None
    match = db.get(Match, meeting.match_id)
    if meeting.state != "booked" or match is None or match.state not in sides.LIVE:
        return []
    two = sides.both(match, db)
    stages.advance(two[1], STAGE, meeting.starts_at, db, now)
    return [side.send(_ask_held(side, meeting, db, now)) for side in two]


def has_begun(seen: Seen, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Return where they stand now, if there is nothing to say, or not yet, about whether the session took place."""
    _, _, told = event.value.partition(":")
    if told not in {"yes", "no"} or seen.meeting.state not in {"booked", "held", "missed"}:
        return home.stale(seen.side.person, db, now)
    return home.stale(seen.side.person, db, now, words.NOT_YET_HELD) if seen.meeting.starts_at > now else None


def held(event: Pressed, seen: Seen, db: Session, now: datetime) -> list[Send]:
    """Note whether it took place, as this side says; then ask in private whether to go on."""
    meeting, side = seen.meeting, seen.side
    _, _, told = event.value.partition(":")
    if side.role == MENTOR:
        meeting.told_mentor = told
    else:
        meeting.told_mentee = told
    meeting.state = "held" if "yes" in {meeting.told_mentor, meeting.told_mentee} else "missed"
    if meeting.state == "held":
        stages.advance(side, STAGE, meeting.starts_at, db, now)
    if told == "no":
        again = side.role == MENTEE and meeting.state == "missed" and side.match.state == "announced"
        if meeting.state == "missed":
            stages.stay(side)
        if again:
            side.match.book_due_at = kept.book_by(side, now, db)
        buttons = session_cards.again(side.match, again)
        return [side.send(Card(text=words.MISSED, buttons=buttons), replaces=event.card)]
    if side.match.state != "announced":
        return [side.send(Card(text=words.HELD), replaces=event.card)]
    card = stages.ask(side, STAGE, db, now)
    return [side.send(card or Card(text=words.HELD), replaces=event.card)]


def _ask_held(side: Side, meeting: MentoringSession, db: Session, now: datetime) -> Card:
    slot = times.show_slot(meeting.starts_at, meeting.minutes, persons.zone_of(side.person, db), now)
    buttons = (
        Button(words.YES_HELD, "held", f"{meeting.id}:yes", also=("yes", "we met")),
        Button(words.NOT_HELD, "held", f"{meeting.id}:no", also=("no",)),
    )
    return Card(text=words.ASK_HELD.format(name=side.name, slot=slot), buttons=buttons)
