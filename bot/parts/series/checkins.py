"""Check-ins: asked in the pair's rhythm, answered with a button; silence is noticed and asked about kindly."""

from datetime import datetime, timedelta

from sqlmodel import Session, select

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import Button, Card, Send
from bot.chat.events import Due, Pressed
from bot.groups import ending, paired, sides, talking
from bot.groups.paired import Paired
from bot.groups.sides import Side
from bot.groups.tables import Match, Pair
from bot.groups.words import ANOTHER_MATCH
from bot.meetings.words import BOOK
from bot.parts.series import pairs, words
from bot.parts.series.tables import CheckInAnswer
from bot.people import coordinators, home, persons
from bot.people.tables import Person
from bot.people.words import WHERE_I_STAND
from bot.programme.house import house


def check_in(event: Due, db: Session, now: datetime) -> list[Send]:
    """Ask both how it goes."""
    pair = db.get(Pair, int(event.value), with_for_update=True)
    if pair is None:
        return []
    match = db.get(Match, pair.match_id)
    if match is None or pair.state != "active":
        pair.check_in_due_at = None
        return []
    two = sides.both(match, db)
    if away := [until for side in two if (until := persons.paused_until(side.person, now))]:
        pair.check_in_due_at = max(away)
        return []
    pair.number += 1
    pairs.plan_check_in(pair, two[1], db, now)
    pair.silence_due_at = _in_days(two[1], two[1].programme.go_on.silent_days, db, now)
    expires = pair.check_in_due_at
    return [side.nudge(_card(side, pair), db, now, expires_at=expires, key=_key(pair, side, 0)) for side in two]


def silence(event: Due, db: Session, now: datetime) -> list[Send]:
    """Notice a check-in that nobody answered: ask once more, and the second time offer a way out."""
    pair = db.get(Pair, int(event.value), with_for_update=True)
    if pair is None:
        return []
    pair.silence_due_at = None
    match = db.get(Match, pair.match_id)
    if match is None or pair.state != "active" or _answers(pair, pair.number, db):
        return []
    two = sides.both(match, db)
    if away := [until for side in two if (until := persons.paused_until(side.person, now))]:
        pair.silence_due_at = max(away)
        return []
    pair.silent += 1
    expires = pair.check_in_due_at
    if pair.silent < two[0].programme.go_on.silent_after:
        return [
            side.nudge(_card(side, pair, words.STILL_THERE), db, now, expires_at=expires, key=_key(pair, side, 1))
            for side in two
        ]
    if pair.silent > two[0].programme.go_on.silent_after:
        return []
    sends = []
    for side in two:
        buttons = (
            Button(words.WE_ARE_FINE, "check_in", f"{pair.id}:{pair.number}:later"),
            Button(ANOTHER_MATCH, "another_match", str(match.id)),
            Button(words.STOP, "stop", str(match.id)),
        )
        text = words.SILENT_PAIR.format(name=side.name)
        sends.append(side.nudge(Card(text=text, buttons=buttons), db, now, key=_key(pair, side, 1)))
    return [*sends, *coordinators.tell(two[0].round, words.SILENT_FOR_COORDINATOR, db)]


def theirs(person: Person, event: Pressed, db: Session, now: datetime) -> Paired | list[Send]:
    """Return the pair that goes on, whose number the button's value begins with, if it is theirs."""
    return paired.seen_by(person, event.value.partition(":")[0], db, "going_on") or home.stale(person, db, now)


def latest(ours: Paired, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Show the check-in that is open, if it is another one, or how things stand."""
    count, _, said = event.value.partition(":")[2].partition(":")
    if ours.pair.state != "active" or said not in ANSWERS or not count.isdecimal():
        return home.stale(ours.side.person, db, now)
    if int(count) != ours.pair.number:
        return [ours.side.send(_card(ours.side, ours.pair, words.LATEST_CHECK_IN), replaces=event.card)]
    return None


def answered(event: Pressed, ours: Paired, db: Session, now: datetime) -> list[Send]:
    """Take the answer to a check-in; the next date follows from it."""
    side, pair, said = ours.side, ours.pair, event.value.split(":", 2)[2]
    if said == "stop":
        return ending.stop(event, side, db, now)
    if said == "talk":
        return [side.send(talking.offer(side))]
    row = db.get(CheckInAnswer, (pair.id, pair.number, side.mine.id))
    if row is None:
        row = CheckInAnswer(
            pair_id=pair.id, number=pair.number, registration_id=side.mine.id, answer=said, answered_at=now
        )
        db.add(row)
    row.answer, row.answered_at = said, now
    pair.silent = 0
    others = [each for each in _answers(pair, pair.number, db) if each.registration_id != side.mine.id]
    before = pair.check_in_due_at
    limits = side.programme.go_on
    pairs.plan_check_in(pair, side, db, now, {"not_yet": limits.soon_weeks, "later": limits.least_weeks}.get(said))
    if others and before is not None and pair.check_in_due_at is not None:
        pair.check_in_due_at = min(before, pair.check_in_due_at)
    assert pair.check_in_due_at is not None  # noqa: S101
    day = times.show_day(times.local(pair.check_in_due_at, persons.zone_of(side.person, db)).date(), now)
    book = (Button(BOOK, "book", str(side.match.id)),) if said == "not_yet" else ()
    buttons = (
        *book,
        Button(words.ADD_NOTE, "note", f"{pair.id}:{pair.number}"),
        Button(WHERE_I_STAND, "home"),
    )
    return [side.send(Card(text=ANSWERS[said].format(name=side.name, day=day), buttons=buttons), replaces=event.card)]


ANSWERS = {
    "met": words.CHECKED_MET,
    "not_yet": words.CHECKED_NOT_YET,
    "later": words.CHECKED_LATER,
    "stop": "",
    "talk": "",
}


def _card(side: Side, pair: Pair, note: str = "") -> Card:
    text = words.CHECK_IN.format(name=side.name)
    value = f"{pair.id}:{pair.number}"
    buttons = (
        Button(words.MET, "check_in", f"{value}:met", also=("met", "yes")),
        Button(words.NOT_YET, "check_in", f"{value}:not_yet", also=("no", "not")),
        Button(words.LATER, "check_in", f"{value}:later", also=("later",)),
        Button(words.WOULD_STOP, "check_in", f"{value}:stop", also=("stop",)),
        Button(words.WOULD_TALK, "check_in", f"{value}:talk", also=("talk",)),
    )
    return Card(title=words.CHECK_IN_TITLE, text=grammar.paragraphs(note, text), buttons=buttons)


def _answers(pair: Pair, number: int, db: Session) -> list[CheckInAnswer]:
    query = select(CheckInAnswer).where(CheckInAnswer.pair_id == pair.id, CheckInAnswer.number == number)
    return list(db.exec(query).all())


def _key(pair: Pair, side: Side, again: int) -> str:
    return f"check-in:{pair.id}:{pair.number}:{side.mine.id}:{again}"


def _in_days(side: Side, days: int, db: Session, now: datetime) -> datetime:
    zone = persons.zone_of(side.person, db)
    return times.next_working_moment(now + timedelta(days=days), zone, house(db).calendar)
