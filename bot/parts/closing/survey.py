"""The closing survey: one question at a time; answers are counted, never kept with a name."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, delete, select

from bot.chat.cards import Button, Card, Fact, Send
from bot.chat.events import Pressed
from bot.groups import paired, sides
from bot.groups.sides import Side
from bot.groups.tables import Pair
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
ANSWER = re.compile(r"\d+:\d+:\d+")  # the pair, the question and the choice


@dataclass(frozen=True, slots=True)
class Asked:
    """One side of a pair that has ended, and how far they are with the questions."""

    side: Side
    pair: Pair
    taken: SurveyTaken


def over(side: Side, before: str, db: Session) -> list[Send]:
    """Ask one side of a pair that has ended the first question, where the programme has any."""
    pair = sides.pair_of(side.match, db)
    if before != "going_on" or pair is None or not section.of(side.programme):
        return []
    if db.get(SurveyTaken, (pair.id, side.mine.id)) is None:
        db.add(SurveyTaken(pair_id=pair.id, registration_id=side.mine.id))
    return [side.send(_question(pair, side, 0))]


def theirs(person: Person, event: Pressed, db: Session, now: datetime) -> Asked | list[Send]:
    """Return how far this person is with the questions about a pair that has ended, if they are asked any."""
    number = event.value.partition(":")[0] if ANSWER.fullmatch(event.value) else ""
    ours = paired.seen_by(person, number, db, "ended")
    taken = db.get(SurveyTaken, (ours.pair.id, ours.side.mine.id), with_for_update=True) if ours else None
    return Asked(ours.side, ours.pair, taken) if ours and taken else home.stale(person, db, now)


def answered(event: Pressed, asked: Asked, db: Session, now: datetime) -> list[Send]:
    """Count an answer, once, and ask the next question."""
    del now
    side, pair, taken = asked.side, asked.pair, asked.taken
    index, choice = event.value.split(":")[1:]
    questions = section.of(side.programme)
    if int(index) == taken.answered < len(questions) and int(choice) < len(questions[taken.answered].choices):
        _count(side, questions[taken.answered].name, questions[taken.answered].choices[int(choice)], db)
        taken.answered += 1
    if taken.answered < len(questions):
        return [side.send(_question(pair, side, taken.answered), replaces=event.card)]
    card = Card(title=words.SURVEY_TITLE, text=words.SURVEY_THANKS, buttons=(Button(WHERE_I_STAND, "home"),))
    return [side.send(card, replaces=event.card)]


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


def _question(pair: Pair, side: Side, index: int) -> Card:
    question = section.of(side.programme)[index]
    intro = words.SURVEY_INTRO + "\n\n" if index == 0 else ""
    buttons = tuple(
        Button(choice, "survey", f"{pair.id}:{index}:{number}") for number, choice in enumerate(question.choices)
    )
    return Card(title=words.SURVEY_TITLE, text=intro + question.ask, buttons=buttons)


def _count(side: Side, question: str, choice: str, db: Session) -> None:
    key = {"round_id": side.round.id, "role": side.role, "question": question, "choice": choice}
    insert_once(SurveyTotal, {**key, "count": 0}, db)
    row = db.get_one(SurveyTotal, tuple(key.values()), with_for_update=True, populate_existing=True)
    row.count += 1


def erase(numbers: Any, db: Session) -> None:
    """Forget how far these registrations are with the questions."""
    db.exec(delete(SurveyTaken).where(col(SurveyTaken.registration_id).in_(numbers)))
