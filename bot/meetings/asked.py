"""What is asked before a press about a meeting does anything: is the meeting theirs, and is it still to come."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from bot.chat.cards import Send
from bot.chat.events import Pressed
from bot.groups import views
from bot.groups.views import View
from bot.meetings import kept, session_cards
from bot.meetings.tables import Meeting
from bot.people import home
from bot.people.tables import Person


@dataclass(frozen=True, slots=True)
class Seen:
    """A meeting as one of its people sees it."""

    meeting: Meeting
    view: View


def theirs(*states: str) -> Callable[[Person, Pressed, Session, datetime], Seen | list[Send]]:
    """Return the question whether the meeting whose number begins the button's value is theirs.

    Its group has to be in one of these states. It is answered with the meeting as they see it, or with where they
    stand now.
    """

    def may(person: Person, event: Pressed, db: Session, now: datetime) -> Seen | list[Send]:
        """Return the meeting as this person sees it, or where they stand now."""
        number, _, _ = event.value.partition(":")
        meeting = db.get(Meeting, int(number), with_for_update=True) if number.isdecimal() else None
        view = views.seen_by(person, str(meeting.group_id), db, *states) if meeting else None
        if meeting is None or view is None or view.member.left_at is not None:  # what the others set up is theirs alone
            return home.stale(person, db, now)
        return Seen(meeting, view)

    return may


def to_come(*, card_stays: bool = False) -> Callable[[Seen, Pressed, Session, datetime], list[Send] | None]:
    """Return the question whether a meeting is still to come; the button's card is replaced unless it stays."""
    return _unless(lambda seen: seen.meeting.state in kept.OPEN, card_stays=card_stays)


def to_answer(*, card_stays: bool = False) -> Callable[[Seen, Pressed, Session, datetime], list[Send] | None]:
    """Return the question whether this person's answer is awaited; the button's card is replaced unless it stays."""
    return _unless(lambda seen: kept.awaits(seen.meeting, seen.view), card_stays=card_stays)


def _unless(
    possible: Callable[[Seen], bool], *, card_stays: bool
) -> Callable[[Seen, Pressed, Session, datetime], list[Send] | None]:
    """Return the question that is answered with the meeting as it stands, unless it is still possible."""

    def still(seen: Seen, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
        """Return the meeting as it stands, or None if it is still possible."""
        if possible(seen):
            return None
        card = session_cards.standing(seen.view, seen.meeting, db, now)
        return [seen.view.send(card, replaces="" if card_stays else event.card)]

    return still
