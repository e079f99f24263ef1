"""A coordinator's rounds: setting one up, its dates, the invitation, extending and closing."""

from datetime import date, datetime, time, timedelta

from sqlmodel import Session, col, select

from bot import coordinators, home, people, reports, times, words
from bot.cards import Button, Card, Choice, Fact, Field, Send
from bot.coordinators import round_of
from bot.events import Due, Pressed
from bot.flows import Flow, Step
from bot.house import house, programme_of
from bot.models import Person, Registration, Round

WARN_BEFORE = timedelta(days=3)


def desk(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Show a coordinator their rounds."""
    person = people.sender(event.who, db, now)
    if not person.coordinator:
        return coordinators.denied(person, db, now)
    query = select(Round).where(Round.network_id == person.network_id, Round.state != "draft")
    rounds = list(db.exec(query.order_by(col(Round.id).desc())).all())
    if len(rounds) == 1:
        return [people.send(person, round_card(rounds[0], person, db, now))]
    facts = tuple(Fact(round_.name, words.ROUND_STATES[round_.state]) for round_ in rounds)
    buttons = tuple(Button(round_.name, "round", str(round_.id)) for round_ in rounds)
    card = Card(
        title=words.DESK,
        text=words.DESK_TEXT if rounds else words.DESK_EMPTY,
        facts=facts,
        buttons=(*buttons, Button(words.NEW_ROUND, "new_round")),
    )
    return [people.send(person, card)]


def new_round(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Begin to set up a round, or go on with the one being set up."""
    person = people.sender(event.who, db, now)
    if not person.coordinator:
        return coordinators.denied(person, db, now)
    draft = db.exec(select(Round).where(Round.started_by == person.id, Round.state == "draft")).first()
    if draft is None:
        draft = Round(network_id=person.network_id, started_by=person.id)
        formats = house(db).programmes
        if len(formats) == 1:
            draft.answers = {"programme": next(iter(formats))}
        db.add(draft)
        db.flush()
    return [people.send(person, _set_up_card(draft, person, db, now))]


def set_up(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Take an answer about a new round; after the last one, plan or open it."""
    person = people.sender(event.who, db, now)
    number, _, rest = event.value.partition(":")
    name, _, code = rest.partition(":")
    draft = round_of(person, number, db)
    if draft is None or draft.state != "draft":
        return (
            [people.send(person, round_card(draft, person, db, now))] if draft else coordinators.denied(person, db, now)
        )
    flow = _flow(draft, person, db, now)
    step = flow.step(name)
    if step is None:
        return [people.send(person, _set_up_card(draft, person, db, now))]
    raw = code or event.fields.get(name, event.fields.get("words", ""))
    value = step.read(raw)
    if value is None:
        note = words.NOT_A_CHOICE if step.choices else words.DAY_UNCLEAR
        return [people.send(person, _ask(draft, step, note.format(text=words.cut(str(raw), 60))))]
    if problem := step.problem(value, draft.answers):
        return [people.send(person, _ask(draft, step, problem))]
    draft.answers = {**draft.answers, name: value}
    if flow.next(draft.answers):
        return [people.send(person, _set_up_card(draft, person, db, now))]
    _plan(draft, person, db, now)
    coordinators.note(person, "set up a round", f"round {draft.id}", db, now)
    sends = [people.send(person, round_card(draft, person, db, now, words.ROUND_SET_UP), replaces=event.card)]
    return [*sends, *(_opened(draft, db, now) if draft.state == "open" else [])]


def show(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Show how a round stands and what can be done."""
    person = people.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    return [people.send(person, round_card(round_, person, db, now))]


def invitation(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Give a text to share."""
    person = people.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None or round_.state not in {"planned", "open"}:
        return coordinators.denied(person, db, now) if round_ is None else _again(round_, person, db, now)
    zone = house(db).zone
    text = words.INVITATION.format(
        round=round_.name,
        about=programme_of(round_, db).about,
        opens=times.show_moment(home.opening(round_), zone, now),
        closes=times.show_moment(home.closing(round_), zone, now),
        where=house(db).link or words.WHERE_TO_WRITE,
    )
    buttons = (Button(words.BACK_TO_ROUND, "round", str(round_.id)),)
    return [people.send(person, Card(title=words.INVITATION_TITLE, text=text, buttons=buttons))]


def extend(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Ask for a later closing day."""
    person = people.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    if round_.state not in {"planned", "open", "closed"}:
        return _again(round_, person, db, now)
    return [people.send(person, _extend_card(round_, now, db))]


def extend_to(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Set a later closing day; a round that had closed without being announced opens again."""
    person = people.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    if round_.state not in {"planned", "open", "closed"}:
        return _again(round_, person, db, now)
    raw = str(event.fields.get("day", ""))
    day = times.read_day(raw, now, house(db).zone)
    closes = _evening(day, db) if day else None
    note = words.DAY_UNCLEAR.format(text=words.cut(raw, 60)) if closes is None else ""
    if closes is not None and closes <= max(now, home.closing(round_) if round_.state != "closed" else now):
        note = words.EXTEND_LATER
    if closes is None or note:
        return [people.send(person, _extend_card(round_, now, db, note))]
    round_.closes_at = closes
    if round_.state == "closed":
        round_.state = "open"
    _plan_dues(round_, db, now)
    coordinators.note(person, "extended registration", f"round {round_.id}", db, now)
    return [people.send(person, round_card(round_, person, db, now, words.EXTENDED), replaces=event.card)]


def close(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Show what closing now would mean, and ask."""
    person = people.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    if round_.state != "open":
        return _again(round_, person, db, now)
    text = words.CLOSE_SURE.format(counts=reports.counted(round_, db))
    short = reports.shortage_lines(round_, db)
    if short:
        text += "\n\n" + "\n".join(short[: reports.SHOWN])
    buttons = (
        Button(words.CLOSE_SURELY, "close_surely", str(round_.id), also=("yes",)),
        Button(words.EXTEND, "extend", str(round_.id)),
        Button(words.BACK_TO_ROUND, "round", str(round_.id), also=("no",)),
    )
    return [people.send(person, Card(title=words.CLOSE, text=text, buttons=buttons))]


def close_surely(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Close registration now."""
    person = people.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    if round_.state != "open":
        return _again(round_, person, db, now)
    round_.closes_at = now
    coordinators.note(person, "closed registration", f"round {round_.id}", db, now)
    _closed(round_, db, now)
    return [people.send(person, round_card(round_, person, db, now), replaces=event.card)]


def opens(event: Due, db: Session, now: datetime) -> list[Send]:
    """Open registration on its date."""
    round_ = db.get(Round, int(event.value), with_for_update=True)
    if round_ is None:
        return []
    round_.open_due_at = None
    if round_.state != "planned":
        return []
    round_.state = "open"
    return [*coordinators.tell(round_, words.NOW_OPEN, db, now), *_opened(round_, db, now)]


def warns(event: Due, db: Session, now: datetime) -> list[Send]:
    """Tell the coordinators, in working hours, that registration closes soon and what is missing, or that it closed."""
    round_ = db.get(Round, int(event.value), with_for_update=True)
    if round_ is None:
        return []
    round_.warn_due_at = None
    if round_.state == "closed":
        return coordinators.tell(round_, words.NOW_CLOSED, db, now)
    if round_.state != "open":
        return []
    closes_at = times.show_moment(home.closing(round_), house(db).zone, now)
    text = words.CLOSES_SOON.format(closes=closes_at, counts=reports.counted(round_, db))
    short = reports.shortage_lines(round_, db)
    if short:
        text += "\n\n" + reports.shortage_title(round_, db) + "\n" + "\n".join(short[: reports.SHOWN])
    return coordinators.tell(round_, text, db, now)


def closes(event: Due, db: Session, now: datetime) -> list[Send]:
    """Close registration on its date."""
    round_ = db.get(Round, int(event.value), with_for_update=True)
    if round_ is None:
        return []
    round_.close_due_at = None
    if round_.state != "open":
        return []
    _closed(round_, db, now)
    round_.warn_due_at = times.next_working_moment(now, house(db).zone, house(db).calendar)
    return []


def round_card(round_: Round, person: Person, db: Session, now: datetime, note: str = "") -> Card:
    """Return how a round stands, with what a coordinator can do next."""
    number, zone = str(round_.id), house(db).zone
    counts = reports.states(round_, db)
    facts = [
        Fact(words.FORMAT, programme_of(round_, db).name),
        Fact(words.OPENS, times.show_moment(home.opening(round_), zone, now)),
        Fact(words.CLOSES, times.show_moment(home.closing(round_), zone, now)),
        Fact(words.REGISTERED_COUNT, reports.by_role(round_, db)),
    ]
    if counts.get("unfinished"):
        facts.append(Fact(words.UNFINISHED_COUNT, str(counts["unfinished"])))
    buttons: list[Button] = []
    if round_.state in {"planned", "open"}:
        buttons += [Button(words.INVITATION_TITLE, "invitation", number), Button(words.EXTEND, "extend", number)]
    if round_.state == "open":
        buttons += [Button(words.WHERE_MISSING, "shortage", number), Button(words.CLOSE, "close", number)]
    if round_.state == "closed":
        buttons += [Button(words.PREVIEW, "preview", number), Button(words.EXTEND, "extend", number)]
    if round_.state == "announced":
        buttons += [
            Button(words.FOLLOW_UP, "follow_up", number),
            Button(words.FILL_WAITING, "preview", number),
            Button(words.SURVEY_BUTTON, "totals", number),
            Button(words.END_ROUND, "end_round", number),
        ]
    if any(counts.values()):
        buttons.append(Button(words.WHO, "who", number))
    if counts.get("unfinished") and round_.state == "open":
        buttons.append(Button(words.WHO_UNFINISHED, "unfinished", number))
    buttons += [Button(words.REPORT, "report", number), Button(words.NEW_ROUND, "new_round")]
    text = words.ROUND_TEXT[round_.state]
    del person
    return Card(
        title=round_.name,
        text=f"{note}\n\n{text}" if note else text,
        facts=tuple(facts),
        buttons=tuple(buttons),
    )


def _again(round_: Round, person: Person, db: Session, now: datetime) -> list[Send]:
    return [people.send(person, round_card(round_, person, db, now, words.ROUND_MOVED_ON))]


def _flow(draft: Round, person: Person, db: Session, now: datetime) -> Flow:
    zone = house(db).zone
    today = times.local(now, zone).date()

    def day(text: str) -> str | None:
        found = times.read_day(text, now, zone)
        return found.isoformat() if found else None

    formats = tuple(Choice(key, programme.name) for key, programme in sorted(house(db).programmes.items()))
    taken = set(db.exec(select(Round.name).where(Round.network_id == person.network_id, Round.id != draft.id)).all())
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
                hint=words.DAY_HINT,
                typed=day,
                problem=lambda value, _: words.DAY_PAST if date.fromisoformat(str(value)) < today else None,
            ),
            Step(
                "closes",
                words.CLOSES_ASK,
                "date",
                words.CLOSES,
                hint=words.DAY_HINT,
                typed=day,
                problem=lambda value, _: (
                    words.CLOSES_BEFORE if date.fromisoformat(str(value)) < max(opens_on, today) else None
                ),
            ),
        )
    )


def _set_up_card(draft: Round, person: Person, db: Session, now: datetime) -> Card:
    step = _flow(draft, person, db, now).next(draft.answers)
    assert step is not None  # noqa: S101
    return _ask(draft, step)


def _ask(draft: Round, step: Step, note: str = "") -> Card:
    value = f"{draft.id}:{step.name}"
    text = f"{note}\n\n{step.ask}" if note else step.ask
    if step.choices:
        buttons = tuple(Button(choice.label, "set_up", f"{value}:{choice.code}") for choice in step.choices)
        return Card(title=words.NEW_ROUND, text=text, buttons=buttons, typed=Button("", "set_up", value))
    field = Field(step.name, step.label, step.kind, hint=step.hint)
    return Card(title=words.NEW_ROUND, text=text, fields=(field,), buttons=(Button(words.NEXT, "set_up", value),))


def _plan(draft: Round, person: Person, db: Session, now: datetime) -> None:
    del person
    said = draft.answers
    zone = house(db).zone
    draft.programme, draft.name = str(said["programme"]), str(said["name"])
    draft.opens_at = max(times.moment_at(date.fromisoformat(str(said["opens"])), time(9), zone), now)
    draft.closes_at = _evening(date.fromisoformat(str(said["closes"])), db)
    draft.state = "open" if draft.opens_at <= now else "planned"
    _plan_dues(draft, db, now)


def _plan_dues(round_: Round, db: Session, now: datetime) -> None:
    zone, calendar = house(db).zone, house(db).calendar
    opens_at, closes_at = home.opening(round_), home.closing(round_)
    round_.open_due_at = opens_at if round_.state == "planned" else None
    warn = times.next_working_moment(closes_at - WARN_BEFORE, zone, calendar)
    round_.warn_due_at = warn if max(now, opens_at) < warn < closes_at else None
    round_.close_due_at = closes_at


def _evening(day: date, db: Session) -> datetime:
    return times.moment_at(day, time(23, 59), house(db).zone)


def _extend_card(round_: Round, now: datetime, db: Session, note: str = "") -> Card:
    field = Field("day", words.CLOSES, "date", hint=words.DAY_HINT)
    buttons = (
        Button(words.EXTEND, "extend_to", str(round_.id)),
        Button(words.BACK_TO_ROUND, "round", str(round_.id)),
    )
    text = words.EXTEND_ASK.format(closes=times.show_moment(home.closing(round_), house(db).zone, now))
    return Card(title=words.EXTEND, text=f"{note}\n\n{text}" if note else text, fields=(field,), buttons=buttons)


def _opened(round_: Round, db: Session, now: datetime) -> list[Send]:
    """Tell those who asked to be told that registration is open."""
    query = select(Registration).where(Registration.round_id == round_.id, Registration.state == "interested")
    sends = []
    for mine in db.exec(query).all():
        person = db.get(Person, mine.person_id)
        assert person is not None  # noqa: S101
        closes_at = times.show_moment(home.closing(round_), people.zone_of(person, db), now)
        text = words.OPEN_AS_PROMISED.format(round=round_.name, closes=closes_at)
        card = Card(title=words.WELCOME, text=text, buttons=(Button(words.REGISTER, "register", str(round_.id)),))
        sends.append(people.send(person, card, expires_at=round_.closes_at))
    return sends


def _closed(round_: Round, db: Session, now: datetime) -> None:
    """Close registration; people who have not finished hear of it in working hours."""
    round_.state = "closed"
    round_.open_due_at = round_.warn_due_at = round_.close_due_at = None
    morning = times.next_working_moment(now, house(db).zone, house(db).calendar)
    for mine in db.exec(select(Registration).where(Registration.round_id == round_.id)).all():
        mine.remind_due_at = morning if mine.state == "unfinished" else None
