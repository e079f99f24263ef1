"""Where the answers of a registration are kept: open ones beside the registration, private ones sealed."""

import hashlib
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, delete, select, update

from bot.chat.events import FieldValue
from bot.people.tables import Consent, Person, Registration, Round, SealedAnswer
from bot.programme.house import house, programme_of
from bot.programme.questions import Question

SEALED = "private answers"  # the field that a token is bound to, beside its owner


def all_of(mine: Registration, db: Session) -> dict[str, FieldValue]:
    """Return every answer, private ones opened. For their owner and for the solver only."""
    return {**open_of(mine), **_private_of(db.get(SealedAnswer, mine.id), db)}


def open_of(mine: Registration) -> dict[str, FieldValue]:
    """Return the answers that are not private."""
    return {name: _as_value(value) for name, value in mine.answers.items()}


def keep(mine: Registration, question: Question, value: FieldValue, db: Session, now: datetime) -> None:
    """Keep an answer where it belongs; a consent is also written down with its wording's version and the time."""
    if question.private:
        row = db.get(SealedAnswer, mine.id)
        put_private(mine, row, {**_private_of(row, db), question.name: value}, db)
    else:
        mine.answers = {**mine.answers, question.name: value}
    if question.kind == "consent":
        db.add(Consent(registration_id=mine.id, question=question.name, version=_wording(question), given_at=now))


def put_private(mine: Registration, row: SealedAnswer | None, private: dict[str, FieldValue], db: Session) -> None:
    """Seal the private answers of a registration in its `row`, or in a new one if it has none, in place of earlier."""
    row = row or SealedAnswer(registration_id=mine.id)
    row.token = house(db).seal.close(_owner(mine.id), SEALED, private)
    db.add(row)


def rename(person: Person, name: str, db: Session) -> None:
    """Let somebody be called what they said, in all their registrations too."""
    person.name = name
    for mine in db.exec(select(Registration).where(Registration.person_id == person.id)).all():
        put_name(mine, name, db)


def put_name(mine: Registration, name: str, db: Session) -> None:
    """Let the name that somebody said stand in a registration that holds one."""
    round_ = db.get(Round, mine.round_id)
    asked = programme_of(round_, db).of_kind("name") if round_ is not None and round_.programme else ""
    if asked in mine.answers:
        mine.answers = {**mine.answers, asked: name}


def forget_private(mine: Registration, db: Session, now: datetime) -> None:
    """Erase the private answers of a registration and note that consent has ended."""
    forget_all_private([mine.id], db, now)


def forget_all_private(numbers: Any, db: Session, now: datetime) -> None:
    """Do as `forget_private` for all registrations with these ids: a list, or a query."""
    db.exec(delete(SealedAnswer).where(col(SealedAnswer.registration_id).in_(numbers)))
    given = (col(Consent.registration_id).in_(numbers), col(Consent.withdrawn_at).is_(None))
    db.exec(update(Consent).where(*given).values(withdrawn_at=now))


def private_of(registrations: list[int], db: Session) -> dict[int, dict[str, FieldValue]]:
    """Return the private answers of many registrations, for the solver, by registration id."""
    wanted = set(registrations)
    found = {row.registration_id: row for row in db.exec(select(SealedAnswer)) if row.registration_id in wanted}
    return {number: _private_of(found.get(number), db) for number in registrations}


def _private_of(row: SealedAnswer | None, db: Session) -> dict[str, FieldValue]:
    if row is None:
        return {}
    opened = house(db).seal.open(_owner(row.registration_id), SEALED, row.token)
    assert isinstance(opened, dict)  # noqa: S101
    return {name: _as_value(value) for name, value in opened.items()}


def _as_value(value: Any) -> FieldValue:
    return tuple(value) if isinstance(value, list) else value


def _wording(question: Question) -> str:
    """Return the version of a consent's wording, with a digest of the very words that were read."""
    return f"{question.version}/{hashlib.sha256(question.ask.encode()).hexdigest()[:12]}"


def _owner(registration_id: int) -> str:
    return f"registration:{registration_id}"
