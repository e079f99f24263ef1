"""How a match ends: for one reason or another, for both, with everything that was planned for it."""

from datetime import datetime

from sqlmodel import Session, col, delete, or_, text

from bot.chat.cards import Button, Card, Send
from bot.chat.events import Pressed
from bot.groups import sides, words
from bot.groups.sides import Side
from bot.groups.tables import Match, PairRule
from bot.keeping.tables import WAITING, Outbox
from bot.people import home, persons
from bot.people.tables import Person, Registration
from bot.people.words import WHERE_I_STAND
from bot.programme.house import house


def finish(match: Match, state: str, db: Session, now: datetime) -> list[Send]:
    """End a match and everything that was planned for it. Returns the calendar cancellations; the caller says why."""
    match.state = state
    match.book_due_at = match.reveal_due_at = None
    sends = [send for part in house(db).parts for send in part.end(match, db, now)]
    later = (text(WAITING), col(Outbox.state) == "pending", col(Outbox.next_at) > Outbox.created_at)
    db.exec(
        delete(Outbox).where(col(Outbox.about) == sides.about(match), *later)
    )  # for a morning, or the end of a break
    return sends


def end(match: Match, db: Session, now: datetime, text: str = "") -> list[Send]:
    """End a match or pair for both, and ask what is asked of those who have come so far."""
    before = match.state
    sends = finish(match, "ended", db, now)
    for side in sides.both(match, db):
        if side.person.state != persons.ACTIVE:
            continue
        closing = (text or words.ENDED).format(name=side.name)
        another = () if text else (Button(words.ANOTHER_MATCH, "another_match", str(match.id)),)
        sends.append(side.send(Card(text=closing, buttons=(*another, Button(WHERE_I_STAND, "home")))))
        sends += [send for part in house(db).parts for send in part.over(side, before, db)]
    return sends


def left(mine: Registration, person: Person, db: Session, now: datetime) -> list[Send]:
    """End the matches of a registration that leaves; tell those who were matched with its person."""
    sends: list[Send] = []
    for match in sides.of(mine, db):
        if match.state == "finished":  # both have been told that it is complete
            sends += finish(match, "ended", db, now)
            continue
        own = persons.address(person)  # of what the other is told, only the calendar's cancellation concerns them
        sends += [send for send in end(match, db, now) if send.to != own or send.card.files]
    for table, proposed in ((Match, col(Match.state) == "proposed"), (PairRule, col(PairRule.kind) != "")):
        theirs = or_(col(table.mentor_id) == mine.id, col(table.mentee_id) == mine.id)
        db.exec(delete(table).where(theirs, proposed))
    return sends


def stop(event: Pressed, side: Side, db: Session, now: datetime) -> list[Send]:
    """Ask once more before a match or pair is ended; no reason is asked for."""
    del event, db, now
    buttons = (
        Button(words.STOP_SURELY, "stop_surely", str(side.match.id), also=("yes",)),
        Button(words.GO_ON_AFTER_ALL, "home", also=("no",)),
    )
    return [side.send(Card(text=words.STOP_SURE.format(name=side.name), buttons=buttons))]


def stop_surely(event: Pressed, side: Side, db: Session, now: datetime) -> list[Send]:
    """End a match or pair. The other is told that it ended, kindly, and not why."""
    del event
    return end(side.match, db, now)


def taking_part(side: Side, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Show how things stand to somebody who has left the round, or whose round is over."""
    del event
    here = side.mine.state == "registered" and side.round.state != "ended"
    return None if here else home.stale(side.person, db, now)


def another_match(event: Pressed, side: Side, db: Session, now: datetime) -> list[Send]:
    """Put this person on the waiting list; the match that they press it for is ended, if it has not."""
    side.mine.waiting = True
    sends = [] if side.match.state in {"ended", "finished"} else end(side.match, db, now)
    card = Card(text=words.ON_THE_LIST, buttons=(Button(WHERE_I_STAND, "home"),))
    return [*sends, side.send(card, replaces=event.card)]
