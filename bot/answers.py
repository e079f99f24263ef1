"""Where the answers of a registration are kept: open ones beside the registration, private ones sealed."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, delete, select

from bot.events import FieldValue
from bot.house import house
from bot.models import Consent, Registration, SealedAnswer
from bot.programme import Question


def all_of(mine: Registration, db: Session) -> dict[str, FieldValue]:
    """Return every answer, private ones opened. For their owner and for the solver only."""
    rows = db.exec(select(SealedAnswer).where(SealedAnswer.registration_id == mine.id)).all()
    return {**open_of(mine), **{row.question: _open(row, db) for row in rows}}


def open_of(mine: Registration) -> dict[str, FieldValue]:
    """Return the answers that are not private."""
    return {name: _as_value(value) for name, value in mine.answers.items()}


def keep(mine: Registration, question: Question, value: FieldValue, db: Session, now: datetime) -> None:
    """Keep an answer where it belongs; a consent is also written down with its wording's version and the time."""
    if question.private:
        token = house(db).seal.close(_owner(mine.id), question.name, value)
        row = db.get(SealedAnswer, (mine.id, question.name))
        if row is None:
            row = SealedAnswer(registration_id=mine.id, question=question.name, token=token)
            db.add(row)
        row.token = token
    else:
        mine.answers = {**mine.answers, question.name: value}
    if question.kind == "consent":
        db.add(Consent(registration_id=mine.id, question=question.name, version=question.version, given_at=now))


def forget_private(mine: Registration, db: Session, now: datetime) -> None:
    """Erase the private answers of a registration and note that consent has ended."""
    db.exec(delete(SealedAnswer).where(col(SealedAnswer.registration_id) == mine.id))
    for consent in db.exec(
        select(Consent).where(col(Consent.registration_id) == mine.id, col(Consent.withdrawn_at).is_(None))
    ):
        consent.withdrawn_at = now


def private_of(registrations: list[int], db: Session) -> dict[int, dict[str, FieldValue]]:
    """Return the private answers of many registrations, for the solver, by registration id."""
    found: dict[int, dict[str, FieldValue]] = {number: {} for number in registrations}
    wanted = set(registrations)
    for row in db.exec(select(SealedAnswer)):
        if row.registration_id in wanted:
            found[row.registration_id][row.question] = _open(row, db)
    return found


def _open(row: SealedAnswer, db: Session) -> FieldValue:
    return _as_value(house(db).seal.open(_owner(row.registration_id), row.question, row.token))


def _as_value(value: Any) -> FieldValue:
    return tuple(value) if isinstance(value, list) else value


def _owner(registration_id: int) -> str:
    return f"registration:{registration_id}"
