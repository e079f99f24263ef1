"""A series of meetings: how it begins, the rhythm in which people are asked how it goes, and how it ends."""

from datetime import datetime, timedelta

from sqlmodel import Session

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import Button, Card, Send
from bot.chat.events import Due, Pressed
from bot.groups import stages, views
from bot.groups.going_on import GoingOn
from bot.groups.tables import Group, Series
from bot.groups.views import View
from bot.parts.series import words
from bot.people import home, persons
from bot.people.tables import Person
from bot.programme.house import house


def begin(group: Group, since: datetime, db: Session, now: datetime) -> list[Send]:
    """Let a group go on, and tell everybody, with a choice of rhythm."""
    del since
    group.book_due_at = None
    leader = views.leader(group, db)
    zone = persons.zone_of(leader.person, db)
    end = times.next_working_moment(
        times.in_weeks(now, leader.programme.go_on.last_weeks, zone), zone, house(db).calendar
    )
    series = Series(group_id=group.id, started_at=now, end_due_at=end)
    views.goes_on(series, db)
    plan_check_in(series, leader, db, now)
    for part in house(db).parts:
        part.going_on(series, leader, db)
    return [each.send(_begun(each, leader)) for each in views.everybody(group, db)]


def theirs(person: Person, event: Pressed, db: Session, now: datetime) -> GoingOn | list[Send]:
    """Return what goes on in the group whose number the button's value begins with, if it is theirs."""
    view = views.seen_by(person, event.value.partition(":")[0], db, "live")
    series = views.series_of(view.group, db) if view else None
    return GoingOn(view, series) if view and series else home.stale(person, db, now)


def offered(ours: GoingOn, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Show how things stand if the programme does not offer this rhythm."""
    weeks, limits = event.value.partition(":")[2], ours.view.programme.go_on
    known = weeks.isdecimal() and (not int(weeks) or limits.least_weeks <= int(weeks) <= limits.most_weeks)
    return None if known else home.stale(ours.view.person, db, now)


def picked(event: Pressed, ours: GoingOn, db: Session, now: datetime) -> list[Send]:
    """Take the rhythm that somebody picks; the others are told and may pick another."""
    view, series, weeks = ours.view, ours.series, event.value.partition(":")[2]
    limits, zone = view.programme.go_on, persons.zone_of(view.person, db)
    changed = series.weeks != int(weeks)
    series.weeks = int(weeks)
    if series.number == 0 and series.check_in_due_at is not None and changed:
        before = series.check_in_due_at
        plan_check_in(series, view, db, now)
        last = times.in_weeks(series.started_at, limits.most_weeks, zone) + timedelta(weeks=2)
        if series.check_in_due_at > max(before, last):  # however often they choose, the first is not put off for ever
            series.check_in_due_at = before
    assert series.check_in_due_at is not None  # noqa: S101
    day = times.show_day(times.local(series.check_in_due_at, zone).date(), now)
    text = (words.RHYTHM if int(weeks) else words.RHYTHM_SPREAD).format(weeks=weeks, day=day)
    sends = [view.send(Card(text=text), replaces=event.card)]
    if changed:
        told = words.RHYTHM_PICKED if int(weeks) else words.RHYTHM_PICKED_SPREAD
        text = told.format(name=view.own_name, weeks=weeks)
        sends += [other.send(Card(text=text, buttons=_rhythms(other))) for other in view.others]
    return sends


def plan_check_in(series: Series, view: View, db: Session, now: datetime, weeks: int | None = None) -> None:
    """Set when these people are next asked: after `weeks` if given, else in its rhythm, else spread over the window."""
    limits = view.programme.go_on
    zone, calendar = persons.zone_of(view.person, db), house(db).calendar
    weeks = weeks or series.weeks
    if weeks:
        due = times.in_weeks(now, weeks, zone)
    else:
        least, most = timedelta(weeks=limits.least_weeks), timedelta(weeks=limits.most_weeks)
        due = times.spread(f"{series.id}:{series.number}", now, least, most, zone, calendar)
    series.check_in_due_at = persons.quiet_until(view.person, db, due) or due


def year_over(event: Due, db: Session, now: datetime) -> list[Send]:
    """Close a series whose time is over."""
    series = db.get(Series, int(event.value), with_for_update=True)
    if series is None:
        return []
    series.end_due_at = None
    group = db.get(Group, series.group_id)
    if group is None or series.state != "active":
        return []
    return stages.end(group, db, now, lambda view: grammar.say(words.YEAR_OVER, name=view.name, others=view.many))


def _begun(view: View, leader: View) -> Card:
    weeks = view.programme.go_on
    text = grammar.say(
        words.GOING_ON,
        name=view.name,
        least=weeks.least_weeks,
        most=weeks.most_weeks,
        leader=leader.role.name,
        others=view.many,
    )
    return Card(title=words.GOING_ON_TITLE, text=text, buttons=_rhythms(view))


def _rhythms(view: View) -> tuple[Button, ...]:
    limits = view.programme.go_on
    each = tuple(
        Button(words.EVERY.format(weeks=weeks), "rhythm", f"{view.group.id}:{weeks}", also=(str(weeks),))
        for weeks in range(limits.least_weeks, limits.most_weeks + 1, limits.step_weeks)
    )
    return (*each, Button(words.YOU_CHOOSE, "rhythm", f"{view.group.id}:0"))


def end(group: Group, db: Session, now: datetime) -> list[Send]:
    """End what a group goes on with."""
    series = views.series_of(group, db)
    if series is not None and series.state == "active":
        series.state, series.ended_at = "ended", now
        series.check_in_due_at = series.silence_due_at = series.end_due_at = None
    return []
