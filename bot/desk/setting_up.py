"""Setting up a round: its format, its name, its days, asked one at a time."""

from datetime import date, datetime, time

from sqlmodel import Session, select

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import Button, Card, Choice, Field, Send
from bot.chat.events import Pressed
from bot.chat.flows import Flow, Step
from bot.desk import rounds, words
from bot.parts.registration.words import NOT_A_CHOICE
from bot.people import coordinators, persons
from bot.people import rounds as people_rounds
from bot.people.coordinators import TheirRound
from bot.people.tables import Person, Round
from bot.people.words import DAY_HINT, DAY_UNCLEAR, NEW_ROUND, NEXT
from bot.programme.house import house, programme_of


def their_draft(person: Person, event: Pressed, db: Session, now: datetime) -> TheirRound | list[Send]:
    """Return the round that this person sets up, or has set up meanwhile, or refuse."""
    return coordinators.their_round(person, event, db, now, draft=True)


def being_set_up(about: TheirRound, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Show how a round stands, if it has been set up."""
    del event
    round_ = about.round
    return None if round_.state == "draft" else [persons.send(about.person, rounds.round_card(round_, db, now))]


def new_round(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """Begin to set up a round, or go on with the one being set up."""
    del event
    draft = db.exec(select(Round).where(Round.started_by == person.id, Round.state == "draft")).first()
    if draft is None:
        draft = Round(network_id=person.network_id, started_by=person.id)
        formats = house(db).programmes
        if len(formats) == 1:
            draft.answers = {"programme": next(iter(formats))}
        db.add(draft)
        db.flush()
    return [persons.send(person, _set_up_card(draft, db, now))]


def set_up(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Take an answer about a new round; after the last one, plan or open it."""
    person, draft = about.person, about.round
    _, _, rest = event.value.partition(":")
    name, _, code = rest.partition(":")
    flow = _flow(draft, db, now)
    step = flow.step(name)
    if step is None:
        return [persons.send(person, _set_up_card(draft, db, now))]
    raw = code or event.fields.get(name, event.fields.get("words", ""))
    value = step.read(raw)
    if value is None:
        note = NOT_A_CHOICE if step.choices else DAY_UNCLEAR
        return [persons.send(person, _ask(draft, step, note.format(text=grammar.cut(str(raw), 60))))]
    if problem := step.problem(value, draft.answers):
        return [persons.send(person, _ask(draft, step, problem))]
    draft.answers = {**draft.answers, name: value}
    if flow.next(draft.answers):
        return [persons.send(person, _set_up_card(draft, db, now))]
    _plan(draft, db, now)
    coordinators.note(person, "set up a round", f"round {draft.id}", db, now)
    sends = [persons.send(person, rounds.round_card(draft, db, now, words.ROUND_SET_UP), replaces=event.card)]
    return [*sends, *people_rounds.moment("opened" if draft.state == "open" else "planned", draft, db, now)]


def _flow(draft: Round, db: Session, now: datetime) -> Flow:
    zone = house(db).zone
    today = times.local(now, zone).date()

    def day(text: str) -> str | None:
        found = times.read_day(text, now, zone)
        return found.isoformat() if found else None

    formats = tuple(Choice(key, programme.name) for key, programme in sorted(house(db).programmes.items()))
    taken = set(db.exec(select(Round.name).where(Round.network_id == draft.network_id, Round.id != draft.id)).all())
    opens_on = date.fromisoformat(str(draft.answers.get("opens", today.isoformat())))
    return Flow(
        (
            Step("programme", words.WHICH_FORMAT, "choice", words.FORMAT, formats),
            Step(
                "name",
                words.ROUND_NAME_ASK,
                "text",
                words.ROUND_NAME,
                hint=words.ROUND_NAME_HINT,
                problem=lambda value, _: words.NAME_TAKEN if value in taken else None,
            ),
            Step(
                "opens",
                words.OPENS_ASK,
                "date",
                words.OPENS,
                hint=DAY_HINT,
                typed=day,
                problem=lambda value, _: words.DAY_PAST if date.fromisoformat(str(value)) < today else None,
            ),
            Step(
                "closes",
                words.CLOSES_ASK,
                "date",
                words.CLOSES,
                hint=DAY_HINT,
                typed=day,
                problem=lambda value, _: (
                    words.CLOSES_BEFORE if date.fromisoformat(str(value)) < max(opens_on, today) else None
                ),
            ),
        )
    )


def _set_up_card(draft: Round, db: Session, now: datetime) -> Card:
    step = _flow(draft, db, now).next(draft.answers)
    assert step is not None  # noqa: S101
    return _ask(draft, step)


def _ask(draft: Round, step: Step, note: str = "") -> Card:
    value = f"{draft.id}:{step.name}"
    text = grammar.paragraphs(note, step.ask)
    if step.choices:
        buttons = tuple(Button(choice.label, "set_up", f"{value}:{choice.code}") for choice in step.choices)
        return Card(title=NEW_ROUND, text=text, buttons=buttons, typed=Button("", "set_up", value))
    field = Field(step.name, step.label, step.kind, hint=step.hint)
    return Card(title=NEW_ROUND, text=text, fields=(field,), buttons=(Button(NEXT, "set_up", value),))


def _plan(draft: Round, db: Session, now: datetime) -> None:
    said = draft.answers
    zone = house(db).zone
    draft.programme, draft.name = str(said["programme"]), str(said["name"])
    opens = date.fromisoformat(str(said["opens"]))
    draft.opens_at = now if opens <= times.local(now, zone).date() else times.moment_at(opens, time(9), zone)
    draft.closes_at = rounds.evening(date.fromisoformat(str(said["closes"])), programme_of(draft, db), db)
    draft.state = "open" if draft.opens_at <= now else "planned"
    rounds.plan_dues(draft, db, now)
