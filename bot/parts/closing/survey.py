"""The closing survey: one question at a time; answers are counted, never kept with a name."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, delete, select

from bot.chat.cards import Button, Card, Fact, Send
from bot.chat.events import Pressed
from bot.groups import going_on, views
from bot.groups.tables import Series
from bot.groups.views import View
from bot.keeping.store import insert_once
from bot.parts.closing import section, words
from bot.parts.closing.tables import SurveyTaken, SurveyTotal
from bot.people import coordinators, home, persons
from bot.people.coordinators import TheirRound
from bot.people.tables import Person
from bot.people.words import WHERE_I_STAND
from bot.programme.house import programme_of

FEWEST = 5  # totals are shown from so many answers on; with fewer, they would tell who said what
STEP = 5  # and rounded to this, so that two looks do not tell what was answered in between
ANSWER = re.compile(r"\d+:\d+:\d+")  # the series, the question and the choice


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody whose series has ended, and how far they are with the questions."""

    view: View
    series: Series
    taken: SurveyTaken


def ask(view: View, db: Session, now: datetime) -> Card | None:
    """Return the first question for a member whose series has ended, where the programme has any."""
    del now
    series = views.series_of(view.group, db)
    if series is None or not section.of(view.programme):
        return None
    if db.get(SurveyTaken, (series.id, view.mine.id)) is None:
        db.add(SurveyTaken(series_id=series.id, registration_id=view.mine.id))
    return _question(series, view, 0)


def theirs(person: Person, event: Pressed, db: Session, now: datetime) -> Asked | list[Send]:
    """Return how far this person is with the questions about a series that has ended, if they are asked any."""
    number = event.value.partition(":")[0] if ANSWER.fullmatch(event.value) else ""
    ours = going_on.seen_by(person, number, db, "ended")
    taken = db.get(SurveyTaken, (ours.series.id, ours.view.mine.id), with_for_update=True) if ours else None
    return Asked(ours.view, ours.series, taken) if ours and taken else home.stale(person, db, now)


def answered(event: Pressed, asked: Asked, db: Session, now: datetime) -> list[Send]:
    """Count an answer, once, and ask the next question."""
    del now
    view, series, taken = asked.view, asked.series, asked.taken
    index, choice = event.value.split(":")[1:]
    questions = section.of(view.programme)
    if int(index) == taken.answered < len(questions) and int(choice) < len(questions[taken.answered].choices):
        _count(view, questions[taken.answered].name, questions[taken.answered].choices[int(choice)], db)
        taken.answered += 1
    if taken.answered < len(questions):
        return [view.send(_question(series, view, taken.answered), replaces=event.card)]
    card = Card(title=words.SURVEY_TITLE, text=words.SURVEY_THANKS, buttons=(Button(WHERE_I_STAND, "home"),))
    return [view.send(card, replaces=event.card)]


def coordinated(person: Person, event: Pressed, db: Session, now: datetime) -> TheirRound | list[Send]:
    """Return the round whose totals are asked for, if this person coordinates it."""
    round_ = coordinators.round_of(person, event.value, db)
    return TheirRound(person, round_) if round_ else home.stale(person, db, now)


def totals(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Show a coordinator the totals, once there are enough answers to hide everybody among them."""
    del event, now
    person, round_ = about.person, about.round
    query = select(SurveyTotal).where(SurveyTotal.round_id == round_.id)
    rows = db.exec(query.order_by(col(SurveyTotal.role))).all()
    facts, held_back = [], 0
    for question in section.of(programme_of(round_, db)):
        counts = {
            choice: sum(row.count for row in rows if row.question == question.name and row.choice == choice)
            for choice in question.choices
        }
        if sum(counts.values()) < FEWEST:
            held_back += 1
        else:
            facts.append(
                Fact(question.ask, ", ".join(f"{choice}: {STEP * round(n / STEP)}" for choice, n in counts.items()))
            )
    text = words.SURVEY_TOTALS if not held_back else words.SURVEY_HELD_BACK.format(fewest=FEWEST)
    buttons = (coordinators.back_to(round_),)
    return [persons.send(person, Card(title=words.SURVEY_TITLE, text=text, facts=tuple(facts), buttons=buttons))]


def _question(series: Series, view: View, index: int) -> Card:
    question = section.of(view.programme)[index]
    intro = words.SURVEY_INTRO + "\n\n" if index == 0 else ""
    buttons = tuple(
        Button(choice, "survey", f"{series.id}:{index}:{number}") for number, choice in enumerate(question.choices)
    )
    return Card(title=words.SURVEY_TITLE, text=intro + question.ask, buttons=buttons)


def _count(view: View, question: str, choice: str, db: Session) -> None:
    key = {"round_id": view.round.id, "role": view.side, "question": question, "choice": choice}
    insert_once(SurveyTotal, {**key, "count": 0}, db)
    row = db.get_one(SurveyTotal, tuple(key.values()), with_for_update=True, populate_existing=True)
    row.count += 1


def erase(numbers: Any, db: Session) -> None:
    """Forget how far these registrations are with the questions."""
    db.exec(delete(SurveyTaken).where(col(SurveyTaken.registration_id).in_(numbers)))
