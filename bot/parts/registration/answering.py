"""Registering by chat: one question at a time, any of them again, a confirmation, one reminder."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import Button, Card, Fact, Send
from bot.chat.events import Due, FieldValue, Pressed
from bot.chat.flows import Step
from bot.parts.registration import cards, words
from bot.parts.registration.whose import Offered, Own
from bot.people import answers, home, persons, rounds
from bot.people.tables import Consent, Person, Registration, Round, SealedAnswer
from bot.people.words import CHANGE, WHERE_I_STAND
from bot.programme.file import Programme
from bot.programme.house import house, programme_of


def register(event: Pressed, to: Offered, db: Session, now: datetime) -> list[Send]:
    """Begin, or go on where this person stopped. Before the window opens, promise to tell them when it does."""
    del event
    person, round_, mine = to.person, to.round, to.mine or _begun(to, db, now)
    if round_.state == "planned":
        mine.state = "interested"
        return [persons.send(person, home.home_card(person, db, now))]
    if mine.state in {"interested", "withdrawn"}:
        questions = programme_of(round_, db).questions
        kept = {name: value for name, value in mine.answers.items() if name in questions}
        mine.answers = {name: value for name, value in kept.items() if questions[name].kind != "consent"}
        mine.state, mine.started_at = "unfinished", now
        _plan_reminder(mine, person, db, now)
    return [persons.send(person, cards.next_card(mine, programme_of(round_, db), db))]


def _begun(to: Offered, db: Session, now: datetime) -> Registration:
    """Return a new registration, with what was answered in an earlier round."""
    known = _from_before(to.person, programme_of(to.round, db), db)
    mine = Registration(round_id=to.round.id, person_id=to.person.id, state="interested", started_at=now, answers=known)
    db.add(mine)
    db.flush()
    return mine


def answer(event: Pressed, own: Own, db: Session, now: datetime) -> list[Send]:
    """Take an answer to any question, and ask the next one."""
    person, mine, programme = own.person, own.mine, programme_of(own.round, db)
    name, _, code = event.value.partition(":")[2].partition(":")
    step = programme.flow.step(name)
    known = answers.all_of(mine, db)
    if step is None or not step.when(known):
        return [persons.send(person, cards.next_card(mine, programme, db), replaces=event.card)]
    raw = code or event.fields.get(name, event.fields.get("words", ""))
    value, note = _read(step, raw, known)
    if value is None:
        return [persons.send(person, cards.question(mine, programme, step, db, note))]
    asked = programme.questions[name]
    if asked.kind == "consent" and value == "no":
        if mine.state == "registered":
            return home.stale(person, db, now, words.TO_WITHDRAW)
        _forget(mine, db)
        return [persons.send(person, Card(title=programme.name, text=asked.stop), replaces=event.card)]
    return _kept(event, own, (step, value), db, now)


def _kept(event: Pressed, own: Own, given: tuple[Step, FieldValue], db: Session, now: datetime) -> list[Send]:
    """Keep a new answer, unless it would open others too late, and ask what is open now."""
    person, mine, round_ = own.person, own.mine, own.round
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
        answers.rename(person, str(value), db)
    if asked.kind == "zone":
        person.zone = str(value)
    sends = [persons.send(person, cards.next_card(mine, programme, db))]
    if event.card:
        sends.insert(0, persons.send(person, cards.answered(step, value), replaces=event.card))
    return sends


def _plan_reminder(mine: Registration, person: Person, db: Session, now: datetime) -> None:
    zone, calendar = persons.zone_of(person, db), house(db).calendar
    later = now + timedelta(days=programme_of(db.get_one(Round, mine.round_id), db).remind_days)
    mine.remind_due_at = times.next_working_moment(later, zone, calendar)


def _read(step: Step, raw: FieldValue, known: Mapping[str, FieldValue]) -> tuple[FieldValue | None, str]:
    """Return the answer that `raw` means, or None and what to say about it."""
    if raw == cards.SKIP and step.optional:
        return () if step.kind == "choices" else "", ""
    value = step.read(raw)
    if value is not None:
        problem = step.problem(value, {**known, step.name: value})
        return (None, problem) if problem else (value, "")
    if not isinstance(raw, str) or not raw.strip():
        return None, words.WHICH_CHOICE if step.choices else words.WHAT_ANSWER
    return None, (words.NOT_A_CHOICE if step.choices else words.UNCLEAR).format(text=grammar.cut(raw, 60))


def back(event: Pressed, own: Own, db: Session, now: datetime) -> list[Send]:
    """Ask the question before the open one again; its answer stands until there is a new one."""
    del event, now
    person, mine, programme = own.person, own.mine, programme_of(own.round, db)
    known = answers.all_of(mine, db)
    here = mine.changing or _name(programme.flow.next(known))
    earlier = programme.flow.before(here or None, known)
    if earlier is None:
        return [persons.send(person, cards.next_card(mine, programme, db))]
    mine.changing = earlier.name
    return [persons.send(person, cards.question(mine, programme, earlier, db))]


def change(event: Pressed, own: Own, db: Session, now: datetime) -> list[Send]:
    """Ask which answer to change, or ask the chosen question again."""
    del now
    person, mine, programme = own.person, own.mine, programme_of(own.round, db)
    known = answers.all_of(mine, db)
    wanted = event.value.partition(":")[2] or event.fields.get("step", "")
    if wanted:
        step = programme.flow.step(str(wanted)) or programme.flow.named(str(wanted))
        if step and step.when(known) and programme.questions[step.name].kind != "consent":
            mine.changing = step.name
            return [persons.send(person, cards.question(mine, programme, step, db))]
    note = words.NOT_A_CHOICE.format(text=grammar.cut(str(wanted), 60)) if wanted else ""
    return [persons.send(person, cards.what_to_change(mine, programme, known, note))]


def see_private(event: Pressed, own: Own, db: Session, now: datetime) -> list[Send]:
    """Show this person, and nobody else, their own private answers."""
    del event, now
    person, mine, programme = own.person, own.mine, programme_of(own.round, db)
    known = answers.all_of(mine, db)
    facts = tuple(
        Fact(step.label, step.show(known[step.name]) or words.NOT_SAID)
        for step in programme.flow.steps
        if step.private and step.name in known and programme.questions[step.name].kind != "consent"
    )
    buttons = (Button(CHANGE, "change", str(mine.id)), Button(WHERE_I_STAND, "home"))
    return [persons.send(person, Card(title=words.YOUR_PRIVATE, text=words.ONLY_YOU, facts=facts, buttons=buttons))]


def confirm(event: Pressed, own: Own, db: Session, now: datetime) -> list[Send]:
    """Make it a registration, if nothing is open."""
    person, mine, round_ = own.person, own.mine, own.round
    programme = programme_of(round_, db)
    mine.changing = ""
    if programme.flow.next(answers.all_of(mine, db)):
        return [persons.send(person, cards.next_card(mine, programme, db))]
    mine.state, mine.registered_at, mine.remind_due_at = "registered", now, None
    zone = persons.zone_of(person, db)
    text = words.REGISTERED.format(
        name=person.name, round=round_.name, closes=times.show_moment(rounds.closing(round_), zone, now)
    )
    roles = [programme.roles[side] for side in programme.roles_of(mine.answers)]
    promises = "\n".join(words.PROMISE.format(role=grammar.a(role.name), promise=role.promise) for role in roles)
    buttons = (
        *(button for part in house(db).parts for button in part.guide(person, db)),
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
    person, round_ = persons.of(mine, db), db.get_one(Round, mine.round_id)
    if mine.state != "unfinished" or round_.state not in {"open", "closed"} or person.state != persons.ACTIVE:
        return []
    if away := persons.quiet_until(person, db, now):
        mine.remind_due_at = away
        return []
    if round_.state == "closed":
        return [persons.send(person, home.home_card(person, db, now))]
    closes = times.show_moment(rounds.closing(round_), persons.zone_of(person, db), now)
    note = words.REMIND_REGISTRATION.format(closes=closes)
    return [
        persons.send(person, cards.next_card(mine, programme_of(round_, db), db, note), expires_at=round_.closes_at)
    ]


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


def _forget(mine: Registration, db: Session) -> None:
    db.exec(delete(SealedAnswer).where(col(SealedAnswer.registration_id) == mine.id))
    db.exec(delete(Consent).where(col(Consent.registration_id) == mine.id))
    db.delete(mine)


def _name(step: Step | None) -> str:
    return step.name if step else ""
