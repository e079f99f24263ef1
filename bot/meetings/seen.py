"""What meetings add elsewhere: to where somebody stands, to a match's card, to what is kept, to totals and files."""

from collections import Counter
from datetime import datetime

from sqlmodel import Session, col, func, select

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import Button, Send
from bot.groups import matches, sides
from bot.groups.sides import Side
from bot.groups.tables import Match
from bot.meetings import kept, sessions, words
from bot.meetings.tables import MentoringSession
from bot.people.home import Standing
from bot.people.tables import Person, Round
from bot.programme.part import Lines
from bot.programme.questions import MENTEE


def standing(here: Standing) -> Lines:
    """Offer to set up what somebody has to set up, and to look at what is set up."""
    live, db = matches.live(here), here.db
    meetings = [kept.current(side.match, db) for side in live]
    book = any(kept.to_book(side, db) for side in live)
    there = any(meeting is not None and meeting.state in kept.OPEN for meeting in meetings)
    buttons = (Button(words.BOOK, "book"), book), (Button(words.MY_SESSIONS, "sessions"), there)
    return Lines(buttons=tuple(button for button, wanted in buttons if wanted))


def state(side: Side, zone: str, db: Session, now: datetime) -> str:
    """Return how far a match is with its first meeting."""
    if side.match.state != "announced":
        return ""
    meeting = kept.current(side.match, db)
    if meeting is None:
        return words.STATE_TO_BOOK if side.role == MENTEE else words.STATE_WILL_CONTACT
    slot = times.show_slot(meeting.starts_at, meeting.minutes, zone, now)
    texts = {"booked": words.STATE_BOOKED, "held": words.STATE_HELD}
    return texts.get(meeting.state, words.STATE_SUGGESTED).format(slot=slot)


def on_match(side: Side, new: bool, db: Session) -> list[Button]:  # noqa: FBT001 - a door takes what it is given
    """Offer to set up a meeting, or to look at the one there is; of a `new` match it is known that there is none."""
    meeting = None if new else kept.current(side.match, db)
    buttons = []
    if side.role == MENTEE if new else kept.to_book(side, db):
        buttons.append(Button(words.BOOK_WITH.format(name=grammar.first(side.name)), "book", str(side.match.id)))
    if meeting is not None and meeting.state in kept.OPEN:
        buttons.append(Button(words.MY_SESSIONS, "sessions"))
    return buttons


def paused(person: Person, db: Session) -> Lines:
    """Say that what is set up stays, also during a break."""
    if not any(kept.open_of(side.match, db) for side in sides.of_person(person, db)):
        return Lines()
    return Lines(words.PAUSED_SESSIONS, buttons=(Button(words.MY_SESSIONS, "sessions"),))


def end(match: Match, db: Session, now: datetime) -> list[Send]:
    """Call off what was set up for a match that ends."""
    return [send for meeting in kept.open_of(match, db) for send in sessions.call_off(meeting, db, now)]


def held(person: Person, db: Session) -> dict[str, object]:
    """Return somebody's meetings."""
    listed = [
        {"with": side.name, "starts": row.starts_at, "minutes": row.minutes, "state": row.state}
        for side in sides.of_person(person, db, *sides.LIVE, "ended")
        for row in db.exec(select(MentoringSession).where(MentoringSession.match_id == side.match.id)).all()
    ]
    return {"sessions": listed}


def figures(round_: Round, db: Session) -> dict[str, int]:
    """Return how many meetings of a round are suggested, booked and missed, and how many matches have met."""
    query = select(MentoringSession.state, func.count()).join(Match).where(Match.round_id == round_.id)
    counts = dict(db.exec(query.group_by(MentoringSession.state)).all())
    return {
        words.FIGURE_SUGGESTED: counts.get("suggested", 0),
        words.FIGURE_BOOKED: counts.get("booked", 0),
        words.FIGURE_HELD: len(set(_met(round_, db))),
        words.FIGURE_MISSED: counts.get("missed", 0),
    }


def pairs(round_: Round, db: Session) -> dict[str, Counter[int]]:
    """Return how often each match has met."""
    return {"sessions held": Counter(_met(round_, db))}


def _met(round_: Round, db: Session) -> list[int]:
    query = select(MentoringSession.match_id).join(Match).where(Match.round_id == round_.id)
    return list(db.exec(query.where(col(MentoringSession.state) == "held")).all())
