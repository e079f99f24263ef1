"""The cards of a registration: a question, the summary to confirm, and which answer to change."""

from collections.abc import Mapping

from sqlmodel import Session

from bot.chat import grammar
from bot.chat.cards import Button, Card, Choice, Fact, Field
from bot.chat.events import FieldValue
from bot.chat.flows import FEW, Step
from bot.chat.words import ANSWERED
from bot.parts.registration import words
from bot.people import answers, persons
from bot.people.tables import Registration
from bot.people.words import CHANGE, NEXT, WHERE_I_STAND
from bot.programme.file import Programme

SKIP = "-"


def next_card(mine: Registration, programme: Programme, db: Session, note: str = "") -> Card:
    """Return the question that is open for a registration, or its summary if none is."""
    known = answers.all_of(mine, db)
    step = programme.flow.step(mine.changing) if mine.changing else None
    if step is None or not step.when(known):
        step = programme.flow.next(known)
    if step is None:
        return summary(mine, programme, db, note)
    if not note and step.name in known and step.name != mine.changing:
        note = step.problem(known[step.name], known) or ""
    return question(mine, programme, step, db, note)


def question(mine: Registration, programme: Programme, step: Step, db: Session, note: str = "") -> Card:
    """Return the card that asks `step`."""
    known = answers.all_of(mine, db)
    asked = programme.flow.asked(known)
    value = f"{mine.id}:{step.name}"
    ask = grammar.paragraphs(note, step.ask)
    title = words.QUESTION.format(number=[s.name for s in asked].index(step.name) + 1, count=len(asked))
    buttons: list[Button] = []
    fields: tuple[Field, ...] = ()
    if step.kind == "choice" and len(step.choices) <= FEW:
        buttons = [
            Button(choice.label, "answer", f"{value}:{choice.code}", also=choice.also) for choice in step.choices
        ]
    else:
        held = "" if step.private else known.get(step.name) or _suggested(mine, programme, step, db) or step.default
        fields = (Field(step.name, step.label, step.kind, step.choices, held, step.optional, step.hint),)
        buttons = [Button(NEXT, "answer", value)]
    if step.optional:
        label = words.PREFER_NOT_TO_SAY if step.private else words.SKIP
        buttons.append(Button(label, "answer", f"{value}:{SKIP}", also=("skip", "prefer not to say", "rather not")))
    if programme.flow.before(step.name, known):
        buttons.append(Button(words.BACK, "back", str(mine.id)))
    return Card(title=title, text=ask, fields=fields, buttons=tuple(buttons), typed=Button("", "answer", value))


def _suggested(mine: Registration, programme: Programme, step: Step, db: Session) -> str:
    """Return what their platform or an earlier round knows about this person that may be the answer, or ""."""
    person = persons.of(mine, db)
    known = {"name": person.name or person.account.suggestion, "email": person.account.email, "zone": person.zone}
    return known.get(programme.questions[step.name].kind, "")


def summary(mine: Registration, programme: Programme, db: Session, note: str = "") -> Card:
    """Return the answers to look over and confirm. Private ones are named, not shown."""
    facts = [
        Fact(step.label, words.ANSWERED_PRIVATE if step.private else programme.show(step.name, mine.answers) or "–")
        for step in _listed(programme, answers.all_of(mine, db))
    ]
    done = mine.state == "registered"
    buttons = [] if done else [Button(words.CONFIRM, "confirm", str(mine.id), also=("yes", "ok"))]
    buttons += [Button(CHANGE, "change", str(mine.id)), Button(words.SEE_PRIVATE, "see_private", str(mine.id))]
    if done:
        buttons.append(Button(WHERE_I_STAND, "home"))
    text = words.SUMMARY_DONE if done else words.SUMMARY
    return Card(
        title=words.SUMMARY_TITLE,
        text=grammar.paragraphs(note, text),
        facts=tuple(facts),
        buttons=tuple(buttons),
    )


def what_to_change(mine: Registration, programme: Programme, known: Mapping[str, FieldValue], note: str) -> Card:
    """Return the card that asks which answer to change."""
    choices = tuple(Choice(step.name, step.label) for step in _listed(programme, known))
    field = Field("step", words.WHICH_ANSWER, "choice", choices)
    buttons = (Button(words.CHANGE_IT, "change", str(mine.id)), Button(WHERE_I_STAND, "home"))
    text = grammar.paragraphs(note, words.WHAT_TO_CHANGE)
    return Card(title=words.CHANGE_TITLE, text=text, fields=(field,), buttons=buttons)


def answered(step: Step, value: FieldValue) -> Card:
    """Return what stays of a question that was answered."""
    shown = words.ANSWERED_PRIVATE if step.private else step.show(value) or words.SKIPPED
    asked = step.ask.split("\n\n")[-1].split("\n")[0]  # the question itself, without what explains it
    return Card(text=ANSWERED.format(question=asked, answer=shown))


def _listed(programme: Programme, known: Mapping[str, FieldValue]) -> list[Step]:
    """Return the steps worth listing: what applies and was answered, without the consents."""
    return [
        step
        for step in programme.flow.asked(known)
        if programme.questions[step.name].kind != "consent" and step.name in known
    ]
