"""Check-ins: asked in the pair's rhythm, answered with a button; silence is noticed and asked about kindly."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.calendar import times
from bot.chat.cards import Button, Card, Field, Send
from bot.chat.events import Due, Pressed
from bot.groups import sides
from bot.groups.sides import Side
from bot.groups.tables import Match
from bot.parts.series import pairs, words
from bot.parts.series.tables import CheckInAnswer, Pair
from bot.people import coordinators, home, persons
from bot.people.tables import Registration
from bot.people.words import ANOTHER_MATCH, BOOK, WHERE_I_STAND
from bot.programme.house import house
from bot.programme.words import TOO_LONG

SOON_AGAIN = 2  # weeks until the next check-in of a pair that has not met yet
SILENT = 2  # so many check-ins in a row without any answer, and the pair counts as silent
NOTE_MOST = 1000  # characters of a private note


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
    if pair.silent < SILENT:
        return [
            side.nudge(_card(side, pair, words.STILL_THERE), db, now, expires_at=expires, key=_key(pair, side, 1))
            for side in two
        ]
    if pair.silent > SILENT:
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
    return [*sends, *coordinators.tell(two[0].round, words.SILENT_FOR_COORDINATOR, db, now)]


def answered(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Take the answer to a check-in; the next date follows from it."""
    person = persons.sender(event.who, db, now)
    number, _, rest = event.value.partition(":")
    count, _, said = rest.partition(":")
    pair = db.get(Pair, int(number)) if number.isdecimal() else None
    side = sides.seen_by(person, str(pair.match_id), db, "going_on") if pair else None
    if pair is None or side is None or pair.state != "active" or said not in ANSWERS or not count.isdecimal():
        return home.stale(person, db, now)
    if int(count) != pair.number:
        return [side.send(_card(side, pair, words.LATEST_CHECK_IN), replaces=event.card)]
    if said == "stop":
        return pairs.stop(Pressed(event.id, event.who, "stop", str(side.match.id)), db, now)
    if said == "talk":
        return [side.send(_offer_talk(side))]
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
    pairs.plan_check_in(
        pair, side, db, now, {"not_yet": SOON_AGAIN, "later": side.programme.go_on.least_weeks}.get(said)
    )
    if others and before is not None and pair.check_in_due_at is not None:
        pair.check_in_due_at = min(before, pair.check_in_due_at)
    assert pair.check_in_due_at is not None  # noqa: S101
    day = times.show_day(times.local(pair.check_in_due_at, persons.zone_of(person, db)).date(), now)
    book = (Button(BOOK, "book", str(side.match.id)),) if said == "not_yet" else ()
    buttons = (
        *book,
        Button(words.ADD_NOTE, "note", f"{pair.id}:{pair.number}"),
        Button(WHERE_I_STAND, "home"),
    )
    return [side.send(Card(text=ANSWERS[said].format(name=side.name, day=day), buttons=buttons), replaces=event.card)]


def talk_surely(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Give this person's name and address to the coordinators, as they have just agreed."""
    person = persons.sender(event.who, db, now)
    side = sides.seen_by(person, event.value, db)
    if side is None:
        return home.stale(person, db, now)
    contact = str(side.mine.answers.get(side.programme.of_kind("email"), ""))
    told = words.TALK_FOR_COORDINATOR.format(name=person.name, contact=contact, round=side.round.name)
    key = f"talk:{side.match.id}:{side.mine.id}:{now:%Y-%m-%d}"
    two = (persons.address(person), persons.address(side.partner))  # who may coordinate too, and is not told
    sends = [send for send in coordinators.tell(side.round, told, db, now, key=key) if send.to not in two]
    text = words.TALK_PASSED_ON if sends else words.TALK_NOBODY
    card = Card(text=text, buttons=(Button(WHERE_I_STAND, "home"),))
    return [side.send(card, replaces=event.card), *sends]


def note(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Ask for a note that only its writer can read."""
    person = persons.sender(event.who, db, now)
    found = _own(event.value, event, db, now)
    if found is None:
        return home.stale(person, db, now)
    field = Field("note", words.NOTE, "long", optional=True)
    buttons = (Button(words.KEEP_NOTE, "keep_note", event.value), Button(words.NO_NOTE, "home"))
    return [persons.send(person, Card(text=words.NOTE_ASK, fields=(field,), buttons=buttons))]


def keep_note(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Keep a private note, sealed for its writer."""
    person = persons.sender(event.who, db, now)
    row = _own(event.value, event, db, now)
    text = str(event.fields.get("note", "")).strip()
    if row is None:
        return home.stale(person, db, now)
    if len(text) > NOTE_MOST:
        card = Card(
            text=TOO_LONG.format(most=NOTE_MOST, length=len(text)),
            fields=(Field("note", words.NOTE, "long", value=text, optional=True),),
            buttons=(Button(words.KEEP_NOTE, "keep_note", event.value), Button(words.NO_NOTE, "home")),
        )
        return [persons.send(person, card)]
    row.note = house(db).seal.close(_owner(row), "note", text) if text else ""
    done = words.NOTE_KEPT if text else words.NOTE_EMPTY
    card = Card(text=done, buttons=(Button(words.MY_NOTES, "notes"), Button(WHERE_I_STAND, "home")))
    return [persons.send(person, card, replaces=event.card)]


def notes(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Show this person their own notes."""
    person = persons.sender(event.who, db, now)
    text = "\n\n".join(
        words.NOTE_OF.format(day=times.show_day(times.local(row.answered_at, persons.zone_of(person, db)).date(), now))
        + "\n"
        + read_note(row, db)
        for row in own_answers(person.id, db)
        if row.note
    )
    card = Card(title=words.MY_NOTES, text=text or words.NO_NOTES, buttons=(Button(WHERE_I_STAND, "home"),))
    return [persons.send(person, card)]


def own_answers(person_id: int, db: Session) -> list[CheckInAnswer]:
    """Return what this person answered to their check-ins, oldest first."""
    query = select(CheckInAnswer).join(Registration).where(Registration.person_id == person_id)
    return list(db.exec(query.order_by(col(CheckInAnswer.answered_at))).all())


def read_note(row: CheckInAnswer, db: Session) -> str:
    """Open a note, for its writer only."""
    return str(house(db).seal.open(_owner(row), "note", row.note)) if row.note else ""


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
    return Card(title=words.CHECK_IN_TITLE, text=f"{note}\n\n{text}" if note else text, buttons=buttons)


def _offer_talk(side: Side) -> Card:
    buttons = (
        Button(words.TALK_YES, "talk_surely", str(side.match.id), also=("yes",)),
        Button(words.TALK_NO, "home", also=("no",)),
    )
    return Card(text=words.TALK.format(name=side.name), buttons=buttons)


def _answers(pair: Pair, number: int, db: Session) -> list[CheckInAnswer]:
    query = select(CheckInAnswer).where(CheckInAnswer.pair_id == pair.id, CheckInAnswer.number == number)
    return list(db.exec(query).all())


def _own(value: str, event: Pressed, db: Session, now: datetime) -> CheckInAnswer | None:
    person = persons.sender(event.who, db, now)
    pair_id, _, number = value.partition(":")
    if not (pair_id.isdecimal() and number.isdecimal()):
        return None
    query = (
        select(CheckInAnswer)
        .join(Registration)
        .where(
            CheckInAnswer.pair_id == int(pair_id),
            CheckInAnswer.number == int(number),
            Registration.person_id == person.id,
        )
    )
    return db.exec(query).first()


def _key(pair: Pair, side: Side, again: int) -> str:
    return f"check-in:{pair.id}:{pair.number}:{side.mine.id}:{again}"


def _in_days(side: Side, days: int, db: Session, now: datetime) -> datetime:
    zone = persons.zone_of(side.person, db)
    return times.next_working_moment(now + timedelta(days=days), zone, house(db).calendar)


def _owner(row: CheckInAnswer) -> str:
    return f"registration:{row.registration_id}:pair:{row.pair_id}:{row.number}"
