"""Whether a meeting took place: everybody is asked, and what one of them says is enough to go on."""

from datetime import datetime

from sqlmodel import Session

from bot.calendar import times
from bot.chat.cards import Button, Card, Send
from bot.chat.events import Due, Pressed
from bot.groups import stages, views
from bot.groups.tables import Group
from bot.groups.views import View
from bot.meetings import kept, session_cards, words
from bot.meetings.asked import Seen
from bot.meetings.tables import Meeting
from bot.people import home, persons


def ask(event: Due, db: Session, now: datetime) -> list[Send]:
    """Ask everybody whether the meeting took place."""
    meeting = db.get(Meeting, int(event.value), with_for_update=True)
    if meeting is None:
        return []
    meeting.ask_due_at = None
    group = db.get(Group, meeting.group_id)
    if meeting.state != "booked" or group is None or group.state not in views.KNOWN:
        return []
    there = views.everybody(group, db)
    went_on = stages.met(group, meeting.starts_at, db, now, surely=False)
    return [*(view.send(_ask_held(view, meeting, db, now)) for view in there), *went_on]


def has_begun(seen: Seen, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Return where they stand now, if there is nothing to say, or not yet, about whether the meeting took place."""
    _, _, told = event.value.partition(":")
    if told not in {"yes", "no"} or seen.meeting.state not in {"booked", "held", "missed"}:
        return home.stale(seen.view.person, db, now)
    return home.stale(seen.view.person, db, now, words.NOT_YET_HELD) if seen.meeting.starts_at > now else None


def held(event: Pressed, seen: Seen, db: Session, now: datetime) -> list[Send]:
    """Note whether it took place, as this member says; then ask in private what its stage asks next."""
    meeting, view = seen.meeting, seen.view
    _, _, told = event.value.partition(":")
    meeting.told = {**meeting.told, str(view.mine.id): told}
    meeting.state = "held" if "yes" in meeting.told.values() else "missed"
    went_on = stages.met(view.group, meeting.starts_at, db, now) if meeting.state == "held" else []
    if told == "no":
        missed = meeting.state == "missed" and view.state == "live" and not stages.meets_again(view.group, db)
        if meeting.state == "missed":
            stages.stay(view.group, db)
        if missed and view.leads:
            view.group.book_due_at = kept.book_by(view, now, db)
        buttons = session_cards.again(view.group, missed and view.leads)
        return [view.send(Card(text=words.MISSED, buttons=buttons), replaces=event.card), *went_on]
    card = stages.ask(view, db, now)
    return [view.send(card or Card(text=words.HELD), replaces=event.card), *went_on]


def _ask_held(view: View, meeting: Meeting, db: Session, now: datetime) -> Card:
    slot = times.show_slot(meeting.starts_at, meeting.minutes, persons.zone_of(view.person, db), now)
    buttons = (
        Button(words.YES_HELD, "held", f"{meeting.id}:yes", also=("yes", "we met")),
        Button(words.NOT_HELD, "held", f"{meeting.id}:no", also=("no",)),
    )
    return Card(text=words.ASK_HELD.format(name=view.name, slot=slot), buttons=buttons)
