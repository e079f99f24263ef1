"""After a session: would each like to go on? Asked in private; told only if both say yes.

Both hear the outcome at one moment that was fixed beforehand, in the same words whoever answered what and when. So a
no is never shown, and neither the time nor the wording of any message gives it away.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete, select, update

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import Button, Card, Fact, Send
from bot.chat.events import Due, Pressed
from bot.groups import ending, sides, stages
from bot.groups.sides import Side
from bot.groups.tables import Match, Pair
from bot.meetings import kept
from bot.parts.decide import section, words
from bot.parts.decide.tables import Decision
from bot.people import home, persons
from bot.people.tables import Person, Registration
from bot.people.words import WHERE_I_STAND
from bot.programme.house import house
from bot.programme.questions import MENTOR

MOST_LONGER_TERM = 5
STAGE = "decide"
DAY = timedelta(days=1)  # however late somebody says that they met, there is a day for deciding


def until_told(
    fits: Callable[[Side, str, Session], bool],
) -> Callable[[Side, Pressed, Session, datetime], list[Send] | None]:
    """Return the question whether the outcome is still to be told, and what somebody says of it fits."""

    def still(side: Side, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
        """Return where they stand now, or None if they can still say so."""
        _, _, said = event.value.partition(":")
        if side.match.reveal_due_at is not None and fits(side, said, db):
            return None
        return home.stale(side.person, db, now)

    return still


def is_wish(side: Side, said: str, db: Session) -> bool:
    """Tell whether it is a yes or a no."""
    del side, db
    return said in {"yes", "no"}


def is_offer(side: Side, said: str, db: Session) -> bool:
    """Tell whether it is a number of longer-term places, from a mentor, that leaves one for this match."""
    if side.role != MENTOR or not said.isdecimal():
        return False
    return 0 < int(said) <= MOST_LONGER_TERM and int(said) > _promised(side, db)


def go_on(event: Pressed, side: Side, db: Session, now: datetime) -> list[Send]:
    """Keep this side's wish, sealed. It can be changed until the outcome is told."""
    _, _, wish = event.value.partition(":")
    if wish == "yes" and side.role == MENTOR:
        if side.mine.longer_term is None:
            return [side.send(_ask_longer_term(side, db), replaces=event.card)]
        if _promised(side, db) >= side.mine.longer_term:
            return [side.send(_ask_longer_term(side, db, words.PLACES_TAKEN), replaces=event.card)]
    return [_keep(side, wish, event.card, db, now)]


def longer_term(event: Pressed, side: Side, db: Session, now: datetime) -> list[Send]:
    """Take how many longer-term mentees a mentor can have, and with it the yes that led here."""
    _, _, count = event.value.partition(":")
    side.mine.longer_term = int(count)
    return [_keep(side, "yes", event.card, db, now)]


def reveal(event: Due, db: Session, now: datetime) -> list[Send]:
    """Tell both what comes next: a pair if both said yes; the same neutral words to both otherwise."""
    match = db.get(Match, int(event.value), with_for_update=True)
    if match is None:
        return []
    match.reveal_due_at = None
    if match.state != "announced":
        return []
    two = sides.both(match, db)
    meeting = kept.current(match, db)
    if meeting is None or meeting.state != "held":  # nobody has said that they met: leave it open, and remind once more
        if meeting is not None and meeting.ask_due_at is None:
            meeting.state = "missed"
        match.book_due_at = kept.book_by(two[1], now, db)
        return []
    wishes = [wish(side, db) for side in two]
    if wishes == ["yes", "yes"]:
        db.exec(delete(Decision).where(col(Decision.match_id) == match.id))
        return stages.advance(two[1], STAGE, now, db, now)
    sends = ending.finish(match, "finished", db, now)
    for side in two:
        text = words.NOT_GOING_ON.format(name=side.name)
        sends.append(side.send(Card(text=text, buttons=(Button(WHERE_I_STAND, "home"),))))
    return sends


def begin(side: Side, since: datetime, db: Session, now: datetime) -> list[Send]:
    """Set the moment at which both hear the outcome, once: days after the session, whoever answers when."""
    if side.match.state == "announced" and side.match.reveal_due_at is None:
        later = since + timedelta(days=section.of(side.programme).reveal_after_days)
        zone = persons.zone_of(side.person, db)
        side.match.reveal_due_at = times.next_working_moment(max(later, now + DAY), zone, house(db).calendar)
    return []


def ask(side: Side, db: Session, now: datetime) -> Card:
    """Return the card that asks this side, in private, whether they would like to go on."""
    assert side.match.reveal_due_at is not None  # noqa: S101
    day = times.show_moment(side.match.reveal_due_at, persons.zone_of(side.person, db), now)
    weeks = side.programme.go_on
    text = words.ASK_GO_ON.format(
        name=side.name, day=day, least=weeks.least_weeks, most=weeks.most_weeks, months=round(weeks.last_weeks / 4.345)
    )
    buttons = (
        Button(words.GO_ON_YES, "go_on", f"{side.match.id}:yes", also=("yes",)),
        Button(words.GO_ON_NO, "go_on", f"{side.match.id}:no", also=("no",)),
    )
    return Card(text=text, facts=promise(side.mine, side, db), buttons=buttons)


def _ask_longer_term(side: Side, db: Session, note: str = "") -> Card:
    first = _promised(side, db) + 1
    mentee = side.programme.roles["mentee"]
    buttons = tuple(
        Button(
            grammar.count(n, mentee.name, mentee.plural).capitalize(),
            "longer_term",
            f"{side.match.id}:{n}",
            also=(str(n),),
        )
        for n in range(first, min(first + 3, MOST_LONGER_TERM + 1))
    )
    no = Button(words.GO_ON_NO, "go_on", f"{side.match.id}:no", also=("no",))
    text = grammar.paragraphs(note, words.ASK_LONGER_TERM)
    return Card(text=text, facts=promise(side.mine, side, db), buttons=(*buttons, no))


def promise(mine: Registration, side: Side, db: Session) -> tuple[Fact, ...]:
    """Return what this side promised and how it stands; nothing for a side that promises no longer-term partner."""
    role = side.programme.roles[side.role]
    if not role.longer_term:
        return ()
    done = sum(
        1 for match in sides.of(mine, db) if (held := kept.current(match, db)) is not None and held.state == "held"
    )
    text = words.PROMISE_STANDS.format(
        promise=role.promise,
        held=done,
        sessions=role.sessions,
        pairs=_going_on(mine, db),
        longer_term=mine.longer_term or role.longer_term,
    )
    return (Fact(words.YOUR_PROMISE, text),)


def _promised(side: Side, db: Session) -> int:
    """Return how many of a mentor's longer-term places are taken or offered, not counting this match."""
    query = select(Match).where(Match.mentor_id == side.mine.id, Match.state == "announced", Match.id != side.match.id)
    offered = sum(wish(Side(match, side.mine, db), db) == "yes" for match in db.exec(query).all())
    return offered + _going_on(side.mine, db)


def _going_on(mine: Registration, db: Session) -> int:
    query = select(Pair).join(Match).where(Match.mentor_id == mine.id, Pair.state == "active")
    return len(db.exec(query).all())


def _keep(side: Side, wish: str, card: str, db: Session, now: datetime) -> Send:
    token = house(db).seal.close(_owner(side), "go_on", wish)
    row = db.get(Decision, (side.match.id, side.mine.id))
    if row is None:
        row = Decision(match_id=side.match.id, registration_id=side.mine.id, token=token)
        db.add(row)
    row.token = token
    assert side.match.reveal_due_at is not None  # noqa: S101
    day = times.show_moment(side.match.reveal_due_at, persons.zone_of(side.person, db), now)
    other = "no" if wish == "yes" else "yes"
    button = Button(words.CHANGE_TO_NO if wish == "yes" else words.CHANGE_TO_YES, "go_on", f"{side.match.id}:{other}")
    text = (words.KEPT_YES if wish == "yes" else words.KEPT_NO).format(name=side.name, day=day)
    return side.send(Card(text=text, buttons=(button,)), replaces=card)


def wish(side: Side, db: Session) -> str:
    """Return whether this side would like to go on: yes, no or "". For its owner, and for the reveal."""
    row = db.get(Decision, (side.match.id, side.mine.id))
    return str(house(db).seal.open(_owner(side), "go_on", row.token)) if row else ""


def _owner(side: Side) -> str:
    return f"registration:{side.mine.id}:match:{side.match.id}"


def state(side: Side, zone: str, db: Session, now: datetime) -> str:
    """Return that a match was left at its first session."""
    del zone, db, now
    return words.STATE_FINISHED if side.match.state == "finished" else ""


def end(match: Match, db: Session, now: datetime) -> list[Send]:
    """Forget the wishes about a match that ends."""
    del now
    db.exec(delete(Decision).where(col(Decision.match_id) == match.id))
    return []


def held(person: Person, db: Session) -> dict[str, object]:
    """Return what somebody wishes and has not been told the outcome of."""
    listed = [(side.name, wish(side, db)) for side in sides.of_person(person, db, "announced")]
    return {"wishes_to_go_on": [{"with": name, "answer": said} for name, said in listed if said]}


def held_in(mine: Registration, db: Session) -> dict[str, object]:
    """Return how many longer-term partners somebody said that they can take."""
    del db
    return {"longer_term_places": mine.longer_term}


def erase(numbers: Any, db: Session) -> None:
    """Forget how many longer-term partners people said that they can take."""
    db.exec(update(Registration).where(col(Registration.id).in_(numbers)).values(longer_term=None))
