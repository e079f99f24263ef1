"""What a form of today says, as the answers of a registration, with a blank where it says nothing."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, select

from bot.chat.events import FieldValue
from bot.parts.registration import words
from bot.people import answers
from bot.people.tables import Consent, Registration, SealedAnswer
from bot.programme.file import Programme

IMPORTED = "imported"  # the version of a consent that was given on the form
BLANK = ((), "")

Given = dict[str, FieldValue]


def said(member: Mapping[str, FieldValue]) -> Given:
    """Return what somebody said, without the blanks."""
    return {name: value for name, value in member.items() if value not in BLANK}


def given(programme: Programme, known: Given, earlier: Given, *, consent: bool) -> Given | str:
    """Return an answer to every question that applies, blank where the files say nothing; or why one cannot be taken.

    Only a consent is left open: without `consent` nobody has given it, and it is asked first of all. A private one is
    blank even so, because nobody else can say it for them. What was taken with an earlier consent stays.
    """
    found: Given = {}
    for step in programme.flow.steps:
        if not step.when(found):
            continue
        question = programme.questions[step.name]
        value = known.get(step.name) or (() if step.kind == "choices" else "")
        if question.kind == "consent" and not question.private:
            value = "yes" if consent else earlier.get(step.name, "")
            if not value:
                continue
        elif question.private and not consent:
            value = earlier.get(step.name, value)
        found[step.name] = value
        problem = step.problem(value, found) if value not in BLANK else None
        if problem:
            text = words.CANNOT_BE_TAKEN if question.private else words.CANNOT_BE_TAKEN_WHY
            return text.format(question=step.label, why=problem)
    return found


def write(mine: Registration, found: Given, programme: Programme, db: Session, now: datetime) -> None:
    """Keep these answers in place of those there were; a consent from the form is written down as such, once.

    Private ones are sealed in one go, as `answers.keep` seals them one by one: that would take a cohort many seconds,
    and would write down a blank as a consent given now.
    """
    private = {name: value for name, value in found.items() if programme.questions[name].private}
    mine.answers = {name: value for name, value in found.items() if name not in private}
    answers.put_private(mine, db.get(SealedAnswer, mine.id), private, db)
    there = set(db.exec(select(Consent.question).where(Consent.registration_id == mine.id)).all())
    for name in mine.answers.keys() - there:
        if programme.questions[name].kind == "consent":
            db.add(Consent(registration_id=mine.id, question=name, version=IMPORTED, given_at=now))
    db.flush()
