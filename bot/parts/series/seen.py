"""What groups that go on add elsewhere: to where somebody stands, to what is kept, to totals and files."""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, delete, func, select

from bot.calendar import times
from bot.chat import grammar
from bot.groups import stages, views
from bot.groups.tables import Group, Series
from bot.groups.views import View
from bot.parts.series import notes, words
from bot.parts.series.tables import CheckInAnswer
from bot.people.tables import Person, Round
from bot.programme.house import programme_of

NAMES = 30  # that are listed


def state(view: View, zone: str, db: Session, now: datetime) -> str:
    """Return when a group that goes on is asked next."""
    if view.state != "live" or not stages.meets_again(view.group, db):
        return ""
    series = db.exec(select(Series).where(Series.group_id == view.group.id)).one()
    if series.check_in_due_at is None:
        return words.STATE_GOING_ON
    return words.STATE_NEXT_CHECK_IN.format(day=times.show_day(times.local(series.check_in_due_at, zone).date(), now))


def held(person: Person, db: Session) -> dict[str, object]:
    """Return what somebody answered to their check-ins, with their notes."""
    listed = [
        {"answered": row.answered_at, "answer": row.answer, "note": notes.read_note(row, db)}
        for row in notes.own_answers(person.id, db)
    ]
    return {"check_ins": listed}


def erase(numbers: Any, db: Session) -> None:
    """Forget what these registrations answered to check-ins."""
    db.exec(delete(CheckInAnswer).where(col(CheckInAnswer.registration_id).in_(numbers)))


def figures(round_: Round, db: Session) -> dict[str, int]:
    """Return how many pairs of a round go on, are silent, have ended, and how many check-ins were answered."""
    found = db.exec(select(Series).join(Group).where(Group.round_id == round_.id)).all()
    answered = (
        select(func.count()).select_from(CheckInAnswer).join(Series).join(Group).where(Group.round_id == round_.id)
    )
    return {
        words.FIGURE_GOING_ON: sum(each.state == "active" for each in found),
        words.FIGURE_SILENT: sum(_is_silent(each, round_, db) for each in found),
        words.FIGURE_ENDED: sum(each.state == "ended" for each in found),
        words.FIGURE_CHECK_INS: db.exec(answered).one(),
    }


def pairs(round_: Round, db: Session) -> dict[str, Counter[int]]:
    """Return how many check-ins each group has answered."""
    answers = select(Series.group_id).join(CheckInAnswer).join(Group).where(Group.round_id == round_.id)
    return {"check-ins answered": Counter(db.exec(answers).all())}


def needs(round_: Round, db: Session) -> list[str]:
    """Name the pairs that have gone quiet."""
    found = db.exec(
        select(Series, Group).join(Group).where(Group.round_id == round_.id, Series.state == "active")
    ).all()
    quiet = [group for series, group in found if _is_silent(series, round_, db)]
    names = [grammar.listed([view.own_name for view in views.everybody(group, db)]) for group in quiet]
    return [words.SILENT_PAIRS + "".join(f"\n• {each}" for each in names[:NAMES])] if names else []


def _is_silent(series: Series, round_: Round, db: Session) -> bool:
    return series.state == "active" and series.silent >= programme_of(round_, db).go_on.silent_after
