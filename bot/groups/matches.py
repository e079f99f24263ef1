"""Matches as the two people see them: who they are, why they may fit, and what comes next."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, delete, or_, select

from bot.chat import grammar
from bot.chat.cards import Button, Card, Fact, Send
from bot.chat.events import Due, Pressed
from bot.groups import sides, words
from bot.groups.sides import Side
from bot.groups.tables import Match
from bot.keeping.tables import WAITING, Outbox
from bot.meetings import sessions
from bot.meetings.tables import MentoringSession
from bot.parts.decide.tables import Decision
from bot.parts.introduce import introductions
from bot.parts.series.tables import Pair
from bot.people import home, persons
from bot.people.tables import Registration
from bot.people.words import MY_SESSIONS, ROLE, WHERE_I_STAND
from bot.programme.file import MENTEE, MENTOR

REMINDERS = 2  # so often a mentee is reminded of a session to set up, and no more


def mine(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Show this person's matches, one card each."""
    person = persons.sender(event.who, db, now)
    listed = sides.of_person(person, db)
    if not listed:
        return home.stale(person, db, now, words.NO_MATCHES_YET)
    return [side.send(card(side, db)) for side in listed]


def announced(matched: Iterable[Side], db: Session) -> list[Send]:
    """Tell one person of their new matches: a few words, then a card for each match."""
    listed = list(matched)
    first = listed[0]
    named = first.programme.roles[first.side]
    intro = {MENTEE: words.ANNOUNCED_MENTEE, MENTOR: words.ANNOUNCED_MENTOR}[first.side]
    other = first.programme.roles[MENTEE if first.side == MENTOR else MENTOR]
    text = intro.format(
        count=grammar.count(len(listed), other.name, other.plural),
        minutes=first.programme.session.minutes,
        promise=named.promise,
        their=grammar.a(other.name),
    )
    opening = Card(title=words.ANNOUNCED_TITLE.format(round=first.round.name), text=text)
    return [persons.send(first.person, opening), *(side.send(card(side, db, new=True)) for side in listed)]


def card(side: Side, db: Session, *, new: bool = False) -> Card:
    """Return the card that shows a match to one of its two: public answers and public reasons only.

    Of a `new` one it is known that there is no session yet.
    """
    programme, other = side.programme, side.other
    roles = programme.roles[MENTEE if side.side == MENTOR else MENTOR]
    facts = [Fact(ROLE, f"your {roles.name}")]
    about = ""
    for question in programme.question:
        shown = programme.show(question.name, other.answers) if question.shown else ""
        if question.shown and question.kind == "long":
            about = shown
        elif shown:
            facts.append(Fact(question.label, shown))
    contact = str(other.answers.get(programme.of_kind("email"), ""))
    if contact:
        facts.append(Fact(words.CONTACT, contact))
    if why := reasons(side):
        facts.append(Fact(words.WHY, " · ".join(why)))
    meeting = None if new else sides.current(side.match, db)
    buttons: list[Button] = []
    if side.side == MENTEE if new else sides.to_book(side, db):
        buttons.append(Button(words.BOOK_WITH.format(name=grammar.first(side.name)), "book", str(side.match.id)))
    if meeting is not None and meeting.state in sides.OPEN:
        buttons.append(Button(MY_SESSIONS, "sessions"))
    buttons += [*introductions.button(side, db), Button(WHERE_I_STAND, "home")]
    meet = side.meet(words.CHAT_WITH.format(name=grammar.first(side.name)))
    return Card(title=side.name, text=about, facts=tuple(facts), buttons=tuple(buttons), meet=meet)


def reasons(side: Side) -> list[str]:
    """Return why this match may fit, as its side may read it: public rules only."""
    found = []
    for rule in side.programme.match.prefer:
        sentence = rule.to_mentee if side.side == MENTEE else rule.to_mentor
        if rule.name in side.match.reasons and sentence:
            found.append(sentence)
    return found


def remind_booking(event: Due, db: Session, now: datetime) -> list[Send]:
    """Remind a mentee, kindly and at most twice, of a session that is still to be set up."""
    match = db.get(Match, int(event.value), with_for_update=True)
    if match is None:
        return []
    match.book_due_at = None
    if match.state != "announced" or match.book_reminders >= REMINDERS or sides.current(match, db):
        return []
    _, mentee = sides.both(match, db)
    if away := persons.quiet_until(mentee.person, db, now):
        match.book_due_at = away
        return []
    match.book_reminders += 1
    if match.book_reminders < REMINDERS:
        match.book_due_at = sides.book_by(mentee, now, db)
    button = Button(words.BOOK_WITH.format(name=grammar.first(mentee.name)), "book", str(match.id))
    missed = select(MentoringSession).where(MentoringSession.match_id == match.id, MentoringSession.state == "missed")
    again = db.exec(missed).first() is not None
    text = (words.REMIND_BOOKING_AGAIN if again else words.REMIND_BOOKING).format(
        name=mentee.name, minutes=mentee.programme.session.minutes
    )
    stop = Button(words.NOT_THIS_ONE, "stop", str(match.id))
    return [mentee.send(Card(text=text, buttons=(button, stop)), expires_at=now + timedelta(days=3))]


def finish(match: Match, state: str, db: Session, now: datetime) -> list[Send]:
    """End a match and everything that was planned for it. Returns the calendar cancellations; the caller says why."""
    match.state = state
    match.book_due_at = match.reveal_due_at = None
    db.exec(delete(Decision).where(col(Decision.match_id) == match.id))
    sends: list[Send] = []
    for meeting in sides.open_of(match, db):
        sends += sessions.call_off(meeting, db, now)
    pair = db.exec(select(Pair).where(Pair.match_id == match.id)).first()
    if pair is not None and pair.state == "active":
        pair.state, pair.ended_at = "ended", now
        pair.check_in_due_at = pair.silence_due_at = pair.guidance_due_at = pair.end_due_at = None
    kinds = [f"lapsed:{match.id}:", *((f"check-in:{pair.id}:", f"guidance:{pair.id}:") if pair is not None else ())]
    nudges = or_(*(col(Outbox.key).startswith(kind) for kind in kinds))
    theirs = select(Registration.person_id).where(col(Registration.id).in_((match.mentor_id, match.mentee_id)))
    pending = col(Outbox.state) == "pending"  # for somebody's morning, or the end of their break
    db.exec(delete(Outbox).where(col(Outbox.person_id).in_(theirs), text(WAITING), pending, nudges))
    return sends
