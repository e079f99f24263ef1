"""Pairs that go on: how they begin, their rhythm, and how they end."""

from datetime import datetime, timedelta

from sqlmodel import Session

from bot.calendar import times
from bot.chat.cards import Button, Card, Send
from bot.chat.events import Due, Pressed
from bot.groups import ending, sides
from bot.groups.paired import Paired
from bot.groups.sides import Side
from bot.groups.tables import Match, Pair
from bot.parts.series import words
from bot.people import home, persons
from bot.people.tables import Person
from bot.programme.house import house


def begin(side: Side, since: datetime, db: Session, now: datetime) -> list[Send]:
    """Make a pair of a match and tell both, with a choice of rhythm."""
    del since
    match = side.match
    match.state = "going_on"
    match.book_due_at = None
    mentor, mentee = sides.both(match, db)
    zone = persons.zone_of(mentee.person, db)
    end = times.next_working_moment(
        times.in_weeks(now, mentor.programme.go_on.last_weeks, zone), zone, house(db).calendar
    )
    pair = Pair(match_id=match.id, started_at=now, end_due_at=end)
    sides.becomes(pair, db)
    plan_check_in(pair, mentee, db, now)
    for part in house(db).parts:
        part.going_on(pair, mentee, db)
    sends = []
    for each in (mentor, mentee):
        weeks = each.programme.go_on
        text = words.GOING_ON.format(
            name=each.name,
            least=weeks.least_weeks,
            most=weeks.most_weeks,
            mentee=each.programme.roles["mentee"].name,
        )
        sends.append(each.send(Card(title=words.GOING_ON_TITLE, text=text, buttons=_rhythms(each))))
    return sends


def theirs(person: Person, event: Pressed, db: Session, now: datetime) -> Paired | list[Send]:
    """Return the pair that goes on, of the match whose number the button's value begins with, if it is theirs."""
    side = sides.seen_by(person, event.value.partition(":")[0], db, "going_on")
    pair = sides.pair_of(side.match, db) if side else None
    return Paired(side, pair) if side and pair else home.stale(person, db, now)


def offered(ours: Paired, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Show how things stand if the programme does not offer this rhythm."""
    weeks, limits = event.value.partition(":")[2], ours.side.programme.go_on
    known = weeks.isdecimal() and (not int(weeks) or limits.least_weeks <= int(weeks) <= limits.most_weeks)
    return None if known else home.stale(ours.side.person, db, now)


def rhythm(event: Pressed, ours: Paired, db: Session, now: datetime) -> list[Send]:
    """Take the rhythm that one of the two picks; the other is told and may pick another."""
    side, found, weeks = ours.side, ours.pair, event.value.partition(":")[2]
    limits, zone = side.programme.go_on, persons.zone_of(side.person, db)
    changed = found.weeks != int(weeks)
    found.weeks = int(weeks)
    if found.number == 0 and found.check_in_due_at is not None and changed:
        before = found.check_in_due_at
        plan_check_in(found, side, db, now)
        last = times.in_weeks(found.started_at, limits.most_weeks, zone) + timedelta(weeks=2)
        if found.check_in_due_at > max(before, last):  # however often they choose, the first is not put off for ever
            found.check_in_due_at = before
    assert found.check_in_due_at is not None  # noqa: S101
    day = times.show_day(times.local(found.check_in_due_at, zone).date(), now)
    text = (words.RHYTHM if int(weeks) else words.RHYTHM_SPREAD).format(weeks=weeks, day=day)
    sends = [side.send(Card(text=text), replaces=event.card)]
    if changed:
        partner = Side(side.match, side.other, db)
        picked = words.RHYTHM_PICKED if int(weeks) else words.RHYTHM_PICKED_SPREAD
        text = picked.format(name=partner.name, weeks=weeks)
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


def year_over(event: Due, db: Session, now: datetime) -> list[Send]:
    """Close a pair whose time is over."""
    pair = db.get(Pair, int(event.value), with_for_update=True)
    if pair is None:
        return []
    pair.end_due_at = None
    match = db.get(Match, pair.match_id)
    if match is None or pair.state != "active":
        return []
    return ending.end(match, db, now, words.YEAR_OVER)


def _rhythms(side: Side) -> tuple[Button, ...]:
    limits = side.programme.go_on
    each = tuple(
        Button(words.EVERY.format(weeks=weeks), "rhythm", f"{side.match.id}:{weeks}", also=(str(weeks),))
        for weeks in range(limits.least_weeks, limits.most_weeks + 1, limits.step_weeks)
    )
    return (*each, Button(words.YOU_CHOOSE, "rhythm", f"{side.match.id}:0"))


def end(match: Match, db: Session, now: datetime) -> list[Send]:
    """End the pair that a match became."""
    pair = sides.pair_of(match, db)
    if pair is not None and pair.state == "active":
        pair.state, pair.ended_at = "ended", now
        pair.check_in_due_at = pair.silence_due_at = pair.end_due_at = None
    return []
