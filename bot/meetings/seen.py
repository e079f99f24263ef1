"""What meetings add elsewhere: to where somebody stands, to a match's card, to what is kept, to totals and files."""

from collections import Counter
from datetime import datetime

from sqlmodel import Session, col, func, select

from bot.calendar import times
from bot.chat.cards import Button, Send
from bot.groups import matches, stages, views
from bot.groups.tables import Group
from bot.groups.views import View
from bot.meetings import kept, sessions, words
from bot.meetings.tables import Meeting
from bot.people.home import Standing
from bot.people.tables import Person, Registration, Round
from bot.programme.part import Lines


def standing(here: Standing) -> Lines:
    """Offer to set up what somebody has to set up, and to look at what is set up."""
    live, db = matches.live(here), here.db
    meetings = [kept.current(view.group, db) for view in live]
    book = any(kept.to_book(view, db) for view in live)
    there = any(meeting is not None and meeting.state in kept.OPEN for meeting in meetings)
    buttons = (Button(words.BOOK, "book"), book), (Button(words.MY_SESSIONS, "sessions"), there)
    return Lines(buttons=tuple(button for button, wanted in buttons if wanted))


def state(view: View, zone: str, db: Session, now: datetime) -> str:
    """Return how far a group is with its first meeting."""
    if view.state != "live" or stages.meets_again(view.group, db):
        return ""
    meeting = kept.current(view.group, db)
    if meeting is None:
        return words.STATE_TO_BOOK if view.leads else words.STATE_WILL_CONTACT
    slot = times.show_slot(meeting.starts_at, meeting.minutes, zone, now)
    texts = {"booked": words.STATE_BOOKED, "held": words.STATE_HELD}
    return texts.get(meeting.state, words.STATE_SUGGESTED).format(slot=slot)


def on_match(view: View, new: bool, db: Session) -> list[Button]:  # noqa: FBT001 - a door takes what it is given
    """Offer to set up a meeting, or to look at the one there is; of a `new` group it is known that there is none."""
    meeting = None if new else kept.current(view.group, db)
    buttons = []
    if view.leads if new else kept.to_book(view, db):
        buttons.append(Button(words.BOOK_WITH.format(name=view.first_name), "book", str(view.group.id)))
    if meeting is not None and meeting.state in kept.OPEN:
        buttons.append(Button(words.MY_SESSIONS, "sessions"))
    return buttons


def paused(person: Person, db: Session) -> Lines:
    """Say that what is set up stays, also during a break."""
    if not any(kept.open_of(view.group, db) for view in views.of_person(person, db)):
        return Lines()
    return Lines(words.PAUSED_SESSIONS, buttons=(Button(words.MY_SESSIONS, "sessions"),))


def end(group: Group, db: Session, now: datetime) -> list[Send]:
    """Call off what was set up for a group that ends."""
    return [send for meeting in kept.open_of(group, db, lock=True) for send in sessions.call_off(meeting, db, now)]


def moved(old: Registration, new: Registration, db: Session, now: datetime) -> list[Send]:
    """Let what one registration suggested, and is awaited for, be another's."""
    del now
    groups = [view.group.id for view in views.of(new, db, *views.KNOWN, "ended")]
    for meeting in db.exec(select(Meeting).where(col(Meeting.group_id).in_(groups))).all():
        if meeting.suggested_by == old.id:
            meeting.suggested_by = new.id
        meeting.awaited = [new.id if number == old.id else number for number in meeting.awaited]
        meeting.told = {str(new.id) if key == str(old.id) else key: said for key, said in meeting.told.items()}
    return []


def held(person: Person, db: Session) -> dict[str, object]:
    """Return somebody's meetings."""
    listed = [
        {"with": view.name, "starts": row.starts_at, "minutes": row.minutes, "state": row.state}
        for view in views.of_person(person, db, *views.KNOWN, "ended")
        for row in db.exec(select(Meeting).where(Meeting.group_id == view.group.id)).all()
        if view.member.left_at is None or row.starts_at <= view.member.left_at
    ]
    return {"sessions": listed}


def figures(round_: Round, db: Session) -> dict[str, int]:
    """Return how many meetings of a round are suggested, booked and missed, and how many groups have met."""
    query = select(Meeting.state, func.count()).join(Group).where(Group.round_id == round_.id)
    counts = dict(db.exec(query.group_by(Meeting.state)).all())
    return {
        words.FIGURE_SUGGESTED: counts.get("suggested", 0),
        words.FIGURE_BOOKED: counts.get("booked", 0),
        words.FIGURE_HELD: len(set(_met(round_, db))),
        words.FIGURE_MISSED: counts.get("missed", 0),
    }


def pairs(round_: Round, db: Session) -> dict[str, Counter[int]]:
    """Return how often each group has met."""
    return {"sessions held": Counter(_met(round_, db))}


def _met(round_: Round, db: Session) -> list[int]:
    query = select(Meeting.group_id).join(Group).where(Group.round_id == round_.id)
    return list(db.exec(query.where(col(Meeting.state) == "held")).all())
