"""Registering by chat: one question at a time, any of them again, a summary to confirm, one reminder."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import Button, Card, Choice, Fact, Field, Send
from bot.chat.events import Due, FieldValue, Pressed
from bot.chat.flows import FEW, Step
from bot.chat.words import ANSWERED
from bot.parts.registration import words
from bot.people import answers, home, persons, rounds
from bot.people.tables import Consent, Person, Registration, Round, SealedAnswer
from bot.people.words import CHANGE, NEXT, WHERE_I_STAND
from bot.programme.file import Programme
from bot.programme.house import house, programme_of

REMIND_AFTER = timedelta(days=2)


def register(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Begin, or go on where this person stopped. Before the window opens, promise to tell them when it does."""
    person = persons.sender(event.who, db, now)
    round_ = _round_for(event.value, person, db)
    if round_ is None:
        return [persons.send(person, home.home_card(person, db, now))]
    mine = db.exec(
        select(Registration).where(Registration.round_id == round_.id, Registration.person_id == person.id)
    ).first()
    if mine is None:
        known = _from_before(person, programme_of(round_, db), db)
        mine = Registration(round_id=round_.id, person_id=person.id, state="interested", started_at=now, answers=known)
        db.add(mine)
        db.flush()
    if round_.state == "planned" and mine.state != "registered":
        mine.state = "interested"
        return [persons.send(person, home.home_card(person, db, now))]
    if mine.state == "registered":
        return [persons.send(person, summary(mine, programme_of(round_, db), db, words.ALREADY_REGISTERED))]
    if mine.state in {"interested", "withdrawn"}:
        questions = programme_of(round_, db).questions
        kept = {name: value for name, value in mine.answers.items() if name in questions}
        mine.answers = {name: value for name, value in kept.items() if questions[name].kind != "consent"}
        mine.state, mine.started_at = "unfinished", now
        _plan_reminder(mine, person, db, now)
    return [persons.send(person, next_card(mine, programme_of(round_, db), db))]


def answer(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Take an answer to any question, and ask the next one."""
    person = persons.sender(event.who, db, now)
    number, _, rest = event.value.partition(":")
    name, _, code = rest.partition(":")
    mine, round_ = _mine(number, person, db)
    if mine is None or round_ is None or not _may_answer(mine, round_):
        return home.stale(person, db, now)
    programme = programme_of(round_, db)
    step = programme.flow.step(name)
    known = answers.all_of(mine, db)
    if step is None or not step.when(known):
        return [persons.send(person, next_card(mine, programme, db), replaces=event.card)]
    raw = code or event.fields.get(name, event.fields.get("words", ""))
    value, note = _read(step, raw, known)
    if value is None:
        return [persons.send(person, question(mine, programme, step, db, note))]
    asked = programme.questions[name]
    if asked.kind == "consent" and value == "no":
        if mine.state == "registered":
            return home.stale(person, db, now, words.TO_WITHDRAW)
        _forget(mine, db)
        return [persons.send(person, Card(title=programme.name, text=asked.stop), replaces=event.card)]
    return _kept(event, person, mine, round_, (step, value), db, now)


def _kept(
    event: Pressed,
    person: Person,
    mine: Registration,
    round_: Round,
    given: tuple[Step, FieldValue],
    db: Session,
    now: datetime,
) -> list[Send]:
    """Keep a new answer, unless it would open others too late, and ask what is open now."""
    programme, (step, value) = programme_of(round_, db), given
    asked = programme.questions[step.name]
    known = {**answers.all_of(mine, db), step.name: value}
    if mine.state == "registered" and programme.flow.next(known) is not None:
        if round_.state != "open":
            mine.changing = ""
            return home.stale(person, db, now, words.TOO_LATE_TO_CHANGE)
        mine.state = "unfinished"  # the new answer opens other questions: it counts again once they are answered
        _plan_reminder(mine, person, db, now)
    answers.keep(mine, asked, value, db, now)
    mine.changing = ""
    if asked.kind == "name":
        people_answers = select(Registration).where(Registration.person_id == person.id, Registration.id != mine.id)
        person.name = str(value)
        for other in db.exec(people_answers).all():
            answers.put_name(other, person.name, db)
    if asked.kind == "zone":
        person.zone = str(value)
    sends = [persons.send(person, next_card(mine, programme, db))]
    if event.card:
        sends.insert(0, persons.send(person, _answered(step, value), replaces=event.card))
    return sends


def _plan_reminder(mine: Registration, person: Person, db: Session, now: datetime) -> None:
    zone, calendar = persons.zone_of(person, db), house(db).calendar
    mine.remind_due_at = times.next_working_moment(now + REMIND_AFTER, zone, calendar)


def _read(step: Step, raw: FieldValue, known: Mapping[str, FieldValue]) -> tuple[FieldValue | None, str]:
    """Return the answer that `raw` means, or None and what to say about it."""
    if raw == SKIP and step.optional:
        return () if step.kind == "choices" else "", ""
    value = step.read(raw)
    if value is not None:
        problem = step.problem(value, {**known, step.name: value})
        return (None, problem) if problem else (value, "")
    if not isinstance(raw, str) or not raw.strip():
        return None, words.WHICH_CHOICE if step.choices else words.WHAT_ANSWER
    return None, (words.NOT_A_CHOICE if step.choices else words.UNCLEAR).format(text=grammar.cut(raw, 60))


def back(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Ask the question before the open one again; its answer stands until there is a new one."""
    person = persons.sender(event.who, db, now)
    mine, round_ = _mine(event.value, person, db)
    if mine is None or round_ is None or not _may_answer(mine, round_):
        return home.stale(person, db, now, words.NOTHING_TO_CHANGE)
    programme = programme_of(round_, db)
    known = answers.all_of(mine, db)
    here = mine.changing or _name(programme.flow.next(known))
    earlier = programme.flow.before(here or None, known)
    if earlier is None:
        return [persons.send(person, next_card(mine, programme, db))]
    mine.changing = earlier.name
    return [persons.send(person, question(mine, programme, earlier, db))]


def change(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Ask which answer to change, or ask the chosen question again."""
    person = persons.sender(event.who, db, now)
    number, _, named = event.value.partition(":")
    mine, round_ = _mine(number, person, db)
    if mine is None or round_ is None or not _may_answer(mine, round_):
        return home.stale(person, db, now, words.NOTHING_TO_CHANGE)
    programme = programme_of(round_, db)
    known = answers.all_of(mine, db)
    wanted = named or event.fields.get("step", "")
    if wanted:
        step = programme.flow.step(str(wanted)) or programme.flow.named(str(wanted))
        if step and step.when(known) and programme.questions[step.name].kind != "consent":
            mine.changing = step.name
            return [persons.send(person, question(mine, programme, step, db))]
    note = words.NOT_A_CHOICE.format(text=grammar.cut(str(wanted), 60)) if wanted else ""
    return [persons.send(person, _what_to_change(mine, programme, known, note))]


def see_private(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Show this person, and nobody else, their own private answers."""
    person = persons.sender(event.who, db, now)
    mine, round_ = _mine(event.value, person, db)
    if mine is None or round_ is None:
        return home.stale(person, db, now)
    programme = programme_of(round_, db)
    known = answers.all_of(mine, db)
    facts = tuple(
        Fact(step.label, step.show(known[step.name]) or words.NOT_SAID)
        for step in programme.flow.steps
        if step.private and step.name in known and programme.questions[step.name].kind != "consent"
    )
    buttons = (Button(CHANGE, "change", str(mine.id)), Button(WHERE_I_STAND, "home"))
    return [persons.send(person, Card(title=words.YOUR_PRIVATE, text=words.ONLY_YOU, facts=facts, buttons=buttons))]


def confirm(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Make it a registration, if nothing is open."""
    person = persons.sender(event.who, db, now)
    mine, round_ = _mine(event.value, person, db)
    if mine is None or round_ is None or not _may_answer(mine, round_) or mine.state == "registered":
        return home.stale(person, db, now)
    programme = programme_of(round_, db)
    mine.changing = ""
    if programme.flow.next(answers.all_of(mine, db)):
        return [persons.send(person, next_card(mine, programme, db))]
    mine.state, mine.registered_at, mine.remind_due_at = "registered", now, None
    zone = persons.zone_of(person, db)
    text = words.REGISTERED.format(
        name=person.name, round=round_.name, closes=times.show_moment(rounds.closing(round_), zone, now)
    )
    sides = [programme.roles[side] for side in programme.sides(mine.answers)]
    promises = "\n".join(words.PROMISE.format(role=grammar.a(role.name), promise=role.promise) for role in sides)
    buttons = (
        Button("resources"),
        Button(CHANGE, "change", str(mine.id)),
        Button(WHERE_I_STAND, "home"),
    )
    card = Card(title=words.REGISTERED_TITLE, text=f"{text}\n\n{promises}", buttons=buttons)
    return [persons.send(person, card, replaces=event.card)]


def remind(event: Due, db: Session, now: datetime) -> list[Send]:
    """Remind somebody once of a registration they have begun, where they stopped; or say that it has closed."""
    mine = db.get(Registration, int(event.value), with_for_update=True)
    if mine is None:
        return []
    mine.remind_due_at = None
    person, round_ = _people_of(mine, db)
    if mine.state != "unfinished" or round_.state not in {"open", "closed"} or person.state != persons.ACTIVE:
        return []
    if away := persons.quiet_until(person, db, now):
        mine.remind_due_at = away
        return []
    if round_.state == "closed":
        return [persons.send(person, home.home_card(person, db, now))]
    closes = times.show_moment(rounds.closing(round_), persons.zone_of(person, db), now)
    note = words.REMIND_REGISTRATION.format(closes=closes)
    return [persons.send(person, next_card(mine, programme_of(round_, db), db, note), expires_at=round_.closes_at)]


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
    ask = f"{note}\n\n{step.ask}" if note else step.ask
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
    person = db.get(Person, mine.person_id)
    assert person is not None  # noqa: S101
    known = {"name": person.name or person.suggestion, "email": person.email, "zone": person.zone}
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
        text=f"{note}\n\n{text}" if note else text,
        facts=tuple(facts),
        buttons=tuple(buttons),
    )


SKIP = "-"


def _what_to_change(mine: Registration, programme: Programme, known: Mapping[str, FieldValue], note: str) -> Card:
    choices = tuple(Choice(step.name, step.label) for step in _listed(programme, known))
    field = Field("step", words.WHICH_ANSWER, "choice", choices)
    buttons = (Button(words.CHANGE_IT, "change", str(mine.id)), Button(WHERE_I_STAND, "home"))
    text = f"{note}\n\n{words.WHAT_TO_CHANGE}" if note else words.WHAT_TO_CHANGE
    return Card(title=words.CHANGE_TITLE, text=text, fields=(field,), buttons=buttons)


def _answered(step: Step, value: FieldValue) -> Card:
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


def _round_for(value: str, person: Person, db: Session) -> Round | None:
    offered = rounds.open_rounds(person.network_id, db) or rounds.open_rounds(person.network_id, db, "planned")
    if value.isdecimal():
        return next((round_ for round_ in offered if round_.id == int(value)), None)
    mine = rounds.latest_registration(person, db)
    if mine and mine[1] in offered:
        return mine[1]
    return offered[0] if len(offered) == 1 else None


def _mine(value: str, person: Person, db: Session) -> tuple[Registration | None, Round | None]:
    """Return the registration named by `value` if it is this person's own (their latest, for ""), and its round."""
    if not value:
        return rounds.latest_registration(person, db) or (None, None)
    mine = db.get(Registration, int(value)) if value.isdecimal() else None
    if mine is None or mine.person_id != person.id:
        return None, None
    return mine, db.get(Round, mine.round_id)


def _from_before(person: Person, programme: Programme, db: Session) -> dict[str, FieldValue]:
    """Return the open answers that somebody gave in an earlier round and that still are answers here."""
    query = select(Registration).where(Registration.person_id == person.id, Registration.state == "registered")
    before = db.exec(query.order_by(col(Registration.id).desc())).first()
    if before is None:
        return {}
    return {
        name: value
        for name, value in answers.open_of(before).items()
        if (step := programme.flow.step(name))
        and not step.private
        and programme.questions[name].kind != "consent"
        and step.read(value) == value
    }


def _may_answer(mine: Registration, round_: Round) -> bool:
    if mine.state == "unfinished":
        return round_.state == "open"
    return mine.state == "registered" and round_.state != "ended"


def _people_of(mine: Registration, db: Session) -> tuple[Person, Round]:
    person, round_ = db.get(Person, mine.person_id), db.get(Round, mine.round_id)
    assert person is not None  # noqa: S101
    assert round_ is not None  # noqa: S101
    return person, round_


def _forget(mine: Registration, db: Session) -> None:
    db.exec(delete(SealedAnswer).where(col(SealedAnswer.registration_id) == mine.id))
    db.exec(delete(Consent).where(col(Consent.registration_id) == mine.id))
    db.delete(mine)


def _name(step: Step | None) -> str:
    return step.name if step else ""
