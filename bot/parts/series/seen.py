"""What pairs that go on add elsewhere: to where somebody stands, to what is kept, to totals and files."""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, delete, func, select

from bot.calendar import times
from bot.groups import sides
from bot.groups.sides import Side
from bot.groups.tables import Match, Pair
from bot.parts.series import notes, words
from bot.parts.series.tables import CheckInAnswer
from bot.people.tables import Person, Round
from bot.programme.house import programme_of

NAMES = 30  # that are listed


def state(side: Side, zone: str, db: Session, now: datetime) -> str:
    """Return when a pair is asked next."""
    if side.match.state != "going_on":
        return ""
    pair = db.exec(select(Pair).where(Pair.match_id == side.match.id)).one()
    if pair.check_in_due_at is None:
        return words.STATE_GOING_ON
    return words.STATE_NEXT_CHECK_IN.format(day=times.show_day(times.local(pair.check_in_due_at, zone).date(), now))


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
    found = db.exec(select(Pair).join(Match).where(Match.round_id == round_.id)).all()
    answered = select(func.count()).select_from(CheckInAnswer).join(Pair).join(Match).where(Match.round_id == round_.id)
    return {
        words.FIGURE_GOING_ON: sum(pair.state == "active" for pair in found),
        words.FIGURE_SILENT: sum(_is_silent(pair, round_, db) for pair in found),
        words.FIGURE_ENDED: sum(pair.state == "ended" for pair in found),
        words.FIGURE_CHECK_INS: db.exec(answered).one(),
    }


def pairs(round_: Round, db: Session) -> dict[str, Counter[int]]:
    """Return how many check-ins each match has answered."""
    answers = select(Pair.match_id).join(CheckInAnswer).join(Match).where(Match.round_id == round_.id)
    return {"check-ins answered": Counter(db.exec(answers).all())}


def needs(round_: Round, db: Session) -> list[str]:
    """Name the pairs that have gone quiet."""
    found = db.exec(select(Pair, Match).join(Match).where(Match.round_id == round_.id, Pair.state == "active")).all()
    quiet = [match for pair, match in found if _is_silent(pair, round_, db)]
    names = [
        words.SILENT_PAIR_OF.format(mentor=mentor.person.name, mentee=mentee.person.name)
        for mentor, mentee in (sides.both(match, db) for match in quiet)
    ]
    return [words.SILENT_PAIRS + "".join(f"\n• {each}" for each in names[:NAMES])] if names else []


def _is_silent(pair: Pair, round_: Round, db: Session) -> bool:
    return pair.state == "active" and pair.silent >= programme_of(round_, db).go_on.silent_after
