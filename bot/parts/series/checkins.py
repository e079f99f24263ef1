"""Check-ins: asked in the rhythm of a series, answered with a button; silence is noticed and asked about kindly."""

from datetime import datetime

from sqlmodel import Session, select

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import Button, Card, Send
from bot.chat.events import Due, Pressed
from bot.groups import ending, going_on, talking, views
from bot.groups.going_on import GoingOn
from bot.groups.tables import Group, Series
from bot.groups.views import View
from bot.groups.words import ANOTHER_MATCH
from bot.meetings.words import BOOK
from bot.parts.series import rhythm, words
from bot.parts.series.tables import CheckInAnswer
from bot.people import coordinators, home, persons
from bot.people.tables import Person
from bot.people.words import WHERE_I_STAND


def check_in(event: Due, db: Session, now: datetime) -> list[Send]:
    """Ask everybody how it goes."""
    series = db.get(Series, int(event.value), with_for_update=True)
    if series is None:
        return []
    group = db.get(Group, series.group_id)
    if group is None or series.state != "active":
        series.check_in_due_at = None
        return []
    there, leader = views.everybody(group, db), views.leader(group, db)
    if away := [until for view in there if (until := persons.paused_until(view.person, now))]:
        series.check_in_due_at = max(away)
        return []
    series.number += 1
    rhythm.plan_check_in(series, leader, db, now)
    series.silence_due_at = persons.at_work_in(leader.programme.go_on.silent_days, leader.person, db, now)
    expires = series.check_in_due_at
    return [view.nudge(_card(view, series), now, expires_at=expires, key=_key(series, view, 0)) for view in there]


def silence(event: Due, db: Session, now: datetime) -> list[Send]:
    """Notice a check-in that nobody answered: ask once more, and the second time offer a way out."""
    series = db.get(Series, int(event.value), with_for_update=True)
    if series is None:
        return []
    series.silence_due_at = None
    group = db.get(Group, series.group_id)
    if group is None or series.state != "active" or _answers(series, series.number, db):
        return []
    there, leader = views.everybody(group, db), views.leader(group, db)
    if away := [until for view in there if (until := persons.paused_until(view.person, now))]:
        series.silence_due_at = max(away)
        return []
    series.silent += 1
    expires = series.check_in_due_at
    if series.silent < leader.programme.go_on.silent_after:
        return [
            view.nudge(_card(view, series, words.STILL_THERE), now, expires_at=expires, key=_key(series, view, 1))
            for view in there
        ]
    if series.silent > leader.programme.go_on.silent_after:
        return []
    sends = []
    for view in there:
        buttons = (
            Button(words.WE_ARE_FINE, "check_in", f"{series.id}:{series.number}:later"),
            Button(ANOTHER_MATCH, "another_match", str(group.id)),
            Button(words.STOP, "stop", str(group.id)),
        )
        text = words.SILENT_PAIR.format(name=view.name)
        sends.append(view.nudge(Card(text=text, buttons=buttons), now, key=_key(series, view, 1)))
    quiet = grammar.say(words.SILENT_FOR_COORDINATOR, others=leader.many)
    return [*sends, *coordinators.tell(leader.round, quiet, db)]


def theirs(person: Person, event: Pressed, db: Session, now: datetime) -> GoingOn | list[Send]:
    """Return the series that goes on, whose number the button's value begins with, if it is theirs."""
    return going_on.seen_by(person, event.value.partition(":")[0], db, "live") or home.stale(person, db, now)


def latest(ours: GoingOn, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Show the check-in that is open, if it is another one, or how things stand."""
    count, _, said = event.value.partition(":")[2].partition(":")
    if ours.series.state != "active" or said not in ANSWERS or not count.isdecimal():
        return home.stale(ours.view.person, db, now)
    if int(count) != ours.series.number:
        return [ours.view.send(_card(ours.view, ours.series, words.LATEST_CHECK_IN), replaces=event.card)]
    return None


def answered(event: Pressed, ours: GoingOn, db: Session, now: datetime) -> list[Send]:
    """Take the answer to a check-in; the next date follows from it."""
    view, series, said = ours.view, ours.series, event.value.split(":", 2)[2]
    if said == "stop":
        return ending.stop(event, view, db, now)
    if said == "talk":
        return [view.send(talking.offer(view))]
    row = db.get(CheckInAnswer, (series.id, series.number, view.mine.id))
    if row is None:
        row = CheckInAnswer(
            series_id=series.id, number=series.number, registration_id=view.mine.id, answer=said, answered_at=now
        )
        db.add(row)
    row.answer, row.answered_at = said, now
    series.silent = 0
    others = [each for each in _answers(series, series.number, db) if each.registration_id != view.mine.id]
    before = series.check_in_due_at
    limits = view.programme.go_on
    rhythm.plan_check_in(series, view, db, now, {"not_yet": limits.soon_weeks, "later": limits.least_weeks}.get(said))
    if others and before is not None and series.check_in_due_at is not None:
        series.check_in_due_at = min(before, series.check_in_due_at)
    assert series.check_in_due_at is not None  # noqa: S101
    day = times.show_day(times.local(series.check_in_due_at, persons.zone_of(view.person, db)).date(), now)
    book = (Button(BOOK, "book", str(view.group.id)),) if said == "not_yet" else ()
    buttons = (
        *book,
        Button(words.ADD_NOTE, "note", f"{series.id}:{series.number}"),
        Button(WHERE_I_STAND, "home"),
    )
    return [view.send(Card(text=ANSWERS[said].format(name=view.name, day=day), buttons=buttons), replaces=event.card)]


ANSWERS = {
    "met": words.CHECKED_MET,
    "not_yet": words.CHECKED_NOT_YET,
    "later": words.CHECKED_LATER,
    "stop": "",
    "talk": "",
}


def _card(view: View, series: Series, note: str = "") -> Card:
    text = words.CHECK_IN.format(name=view.name)
    value = f"{series.id}:{series.number}"
    buttons = (
        Button(words.MET, "check_in", f"{value}:met", also=("met", "yes")),
        Button(words.NOT_YET, "check_in", f"{value}:not_yet", also=("no", "not")),
        Button(words.LATER, "check_in", f"{value}:later", also=("later",)),
        Button(words.WOULD_STOP, "check_in", f"{value}:stop", also=("stop",)),
        Button(words.WOULD_TALK, "check_in", f"{value}:talk", also=("talk",)),
    )
    return Card(title=words.CHECK_IN_TITLE, text=grammar.paragraphs(note, text), buttons=buttons)


def _answers(series: Series, number: int, db: Session) -> list[CheckInAnswer]:
    query = select(CheckInAnswer).where(CheckInAnswer.series_id == series.id, CheckInAnswer.number == number)
    return list(db.exec(query).all())


def _key(series: Series, view: View, again: int) -> str:
    return f"check-in:{series.id}:{series.number}:{view.mine.id}:{again}"
