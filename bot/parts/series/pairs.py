"""Pairs that go on: how they begin, their rhythm, advice in the first months, and how they end."""

from datetime import datetime, timedelta

from sqlmodel import Session, select

from bot.calendar import times
from bot.chat.cards import Button, Card, Send
from bot.chat.events import Due, Pressed
from bot.groups import matches, sides
from bot.groups.sides import Side
from bot.groups.tables import Match
from bot.parts.closing import survey
from bot.parts.series import words
from bot.parts.series.tables import Pair
from bot.people import home, persons
from bot.people.words import ANOTHER_MATCH, WHERE_I_STAND
from bot.programme.house import house


def begin(match: Match, db: Session, now: datetime) -> list[Send]:
    """Make a pair of a match and tell both, with a choice of rhythm."""
    match.state = "going_on"
    match.book_due_at = None
    mentor, mentee = sides.both(match, db)
    zone = persons.zone_of(mentee.person, db)
    end = times.next_working_moment(
        times.in_weeks(now, mentor.programme.go_on.last_weeks, zone), zone, house(db).calendar
    )
    pair = Pair(match_id=match.id, started_at=now, end_due_at=end)
    db.add(pair)
    db.flush()
    plan_check_in(pair, mentee, db, now)
    _plan_guidance(pair, mentee, db)
    sends = []
    for side in (mentor, mentee):
        weeks = side.programme.go_on
        text = words.GOING_ON.format(
            name=side.name,
            least=weeks.least_weeks,
            most=weeks.most_weeks,
            mentee=side.programme.roles["mentee"].name,
        )
        sends.append(side.send(Card(title=words.GOING_ON_TITLE, text=text, buttons=_rhythms(side))))
    return sends


def rhythm(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Take the rhythm that one of the two picks; the other is told and may pick another."""
    person = persons.sender(event.who, db, now)
    number, _, weeks = event.value.partition(":")
    side = sides.seen_by(person, number, db, "going_on")
    found = of(side.match, db) if side else None
    if side is None or found is None or not weeks.isdecimal():
        return home.stale(person, db, now)
    limits = side.programme.go_on
    if int(weeks) and not limits.least_weeks <= int(weeks) <= limits.most_weeks:
        return home.stale(person, db, now)
    changed = found.weeks != int(weeks)
    found.weeks = int(weeks)
    if found.number == 0 and found.check_in_due_at is not None and changed:
        before = found.check_in_due_at
        plan_check_in(found, side, db, now)
        last = times.in_weeks(found.started_at, limits.most_weeks, persons.zone_of(person, db)) + timedelta(weeks=2)
        if found.check_in_due_at > max(before, last):  # however often they choose, the first is not put off for ever
            found.check_in_due_at = before
    assert found.check_in_due_at is not None  # noqa: S101
    day = times.show_day(times.local(found.check_in_due_at, persons.zone_of(person, db)).date(), now)
    how = words.EVERY.format(weeks=weeks) if int(weeks) else words.SPREAD
    sends = [side.send(Card(text=words.RHYTHM.format(how=how, day=day)), replaces=event.card)]
    if changed:
        partner = Side(side.match, side.other, db)
        text = words.RHYTHM_PICKED.format(name=partner.name, how=how)
        sends.append(partner.send(Card(text=text, buttons=_rhythms(partner))))
    return sends


def plan_check_in(pair: Pair, side: Side, db: Session, now: datetime, weeks: int | None = None) -> None:
    """Set when this pair is next asked: after `weeks` if given, else in its rhythm, else spread over the window."""
    limits = side.programme.go_on
    zone, calendar = persons.zone_of(side.person, db), house(db).calendar
    weeks = weeks or pair.weeks
    if weeks:
        due = times.in_weeks(now, weeks, zone)
    else:
        least, most = timedelta(weeks=limits.least_weeks), timedelta(weeks=limits.most_weeks)
        due = times.spread(f"{pair.id}:{pair.number}", now, least, most, zone, calendar)
    pair.check_in_due_at = persons.quiet_until(side.person, db, due) or due


def guidance(event: Due, db: Session, now: datetime) -> list[Send]:
    """Send a pair the advice of its week."""
    pair = db.get(Pair, int(event.value), with_for_update=True)
    if pair is None:
        return []
    match = db.get(Match, pair.match_id)
    if match is None or pair.state != "active":
        pair.guidance_due_at = None
        return []
    two = sides.both(match, db)
    advice = two[0].programme.guidance[pair.guidance]
    pair.guidance += 1
    _plan_guidance(pair, two[1], db)
    card = Card(title=words.GUIDANCE_TITLE, text=advice.text)
    expires, key = now + timedelta(days=7), f"guidance:{pair.id}:{pair.guidance}"
    return [
        side.nudge(card, db, now, expires_at=expires, key=f"{key}:{side.side}")
        for side in two
        if not persons.paused_until(side.person, now)
    ]


def stop(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Ask once more before a match or pair is ended; no reason is asked for."""
    person = persons.sender(event.who, db, now)
    side = sides.seen_by(person, event.value, db)
    if side is None:
        return home.stale(person, db, now)
    buttons = (
        Button(words.STOP_SURELY, "stop_surely", str(side.match.id), also=("yes",)),
        Button(words.GO_ON_AFTER_ALL, "home", also=("no",)),
    )
    return [side.send(Card(text=words.STOP_SURE.format(name=side.name), buttons=buttons))]


def stop_surely(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """End a match or pair. The other is told that it ended, kindly, and not why."""
    person = persons.sender(event.who, db, now)
    side = sides.seen_by(person, event.value, db)
    if side is None:
        return home.stale(person, db, now)
    return end(side.match, db, now)


def another_match(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Put this person on the waiting list; the match that they press it for is ended, if it has not."""
    person = persons.sender(event.who, db, now)
    side = sides.seen_by(person, event.value, db, *sides.LIVE, "ended")
    if side is None or side.mine.state != "registered" or side.round.state == "ended":
        return home.stale(person, db, now)
    side.mine.waiting = True
    sends = [] if side.match.state in {"ended", "finished"} else end(side.match, db, now)
    card = Card(text=words.ON_THE_LIST, buttons=(Button(WHERE_I_STAND, "home"),))
    return [*sends, side.send(card, replaces=event.card)]


def year_over(event: Due, db: Session, now: datetime) -> list[Send]:
    """Close a pair whose time is over."""
    pair = db.get(Pair, int(event.value), with_for_update=True)
    if pair is None:
        return []
    pair.end_due_at = None
    match = db.get(Match, pair.match_id)
    if match is None or pair.state != "active":
        return []
    return end(match, db, now, words.YEAR_OVER)


def end(match: Match, db: Session, now: datetime, text: str = "") -> list[Send]:
    """End a match or pair for both, and ask the closing survey of those who went on."""
    pair = of(match, db)
    sends = matches.finish(match, "ended", db, now)
    for side in sides.both(match, db):
        if side.person.state != persons.ACTIVE:
            continue
        closing = (text or words.ENDED).format(name=side.name)
        another = () if text else (Button(ANOTHER_MATCH, "another_match", str(match.id)),)
        buttons = (*another, Button(WHERE_I_STAND, "home"))
        sends.append(side.send(Card(text=closing, buttons=buttons)))
        if pair is not None and (first := survey.first(pair, side, db)) is not None:
            sends.append(side.send(first))
    return sends


def of(match: Match, db: Session) -> Pair | None:
    """Return the pair that a match became, if it did."""
    return db.exec(select(Pair).where(Pair.match_id == match.id).with_for_update()).first()


def _rhythms(side: Side) -> tuple[Button, ...]:
    limits = side.programme.go_on
    each = tuple(
        Button(words.EVERY.format(weeks=weeks).capitalize(), "rhythm", f"{side.match.id}:{weeks}", also=(str(weeks),))
        for weeks in range(limits.least_weeks, limits.most_weeks + 1, 2)
    )
    return (*each, Button(words.YOU_CHOOSE, "rhythm", f"{side.match.id}:0"))


def _plan_guidance(pair: Pair, side: Side, db: Session) -> None:
    texts = side.programme.guidance
    if pair.guidance >= len(texts):
        pair.guidance_due_at = None
        return
    zone = persons.zone_of(side.person, db)
    due = times.in_weeks(pair.started_at, texts[pair.guidance].week, zone)
    pair.guidance_due_at = times.next_working_moment(due, zone, house(db).calendar)
