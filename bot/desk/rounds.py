"""A coordinator's rounds: how each stands, its invitation and its dates; opening and closing by themselves."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import Button, Card, Fact, Field, Send
from bot.chat.events import Due, Pressed
from bot.desk import reports, words
from bot.desk.pairing import pairs
from bot.people import coordinators, persons
from bot.people import rounds as people_rounds
from bot.people.coordinators import TheirRound
from bot.people.tables import Person, Round
from bot.people.words import DAY_HINT, DAY_UNCLEAR, NEW_ROUND
from bot.programme.file import Programme
from bot.programme.house import house, programme_of


def still(*states: str) -> Callable[[TheirRound, Pressed, Session, datetime], list[Send] | None]:
    """Return the question whether a round is still in one of these states; it shows how the round stands if not."""

    def asked(about: TheirRound, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
        del event
        if about.round.state in states:
            return None
        return [persons.send(about.person, round_card(about.round, db, now, words.ROUND_MOVED_ON))]

    return asked


def desk(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """Show a coordinator their rounds."""
    del event
    query = select(Round).where(Round.network_id == person.network_id, Round.state != "draft")
    rounds = list(db.exec(query.order_by(col(Round.id).desc())).all())
    if len(rounds) == 1:
        return [persons.send(person, round_card(rounds[0], db, now))]
    facts = tuple(Fact(round_.name, words.ROUND_STATES[round_.state]) for round_ in rounds)
    buttons = tuple(Button(round_.name, "round", str(round_.id)) for round_ in rounds)
    card = Card(
        title=words.DESK,
        text=words.DESK_TEXT if rounds else words.DESK_EMPTY,
        facts=facts,
        buttons=(*buttons, Button(NEW_ROUND, "new_round"), Button(words.COORDINATORS, "coordinators")),
    )
    return [persons.send(person, card)]


def show(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Show how a round stands and what can be done."""
    del event
    return [persons.send(about.person, round_card(about.round, db, now))]


def invitation(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Give a text to share."""
    del event
    round_ = about.round
    zone = house(db).zone
    text = words.INVITATION.format(
        round=round_.name,
        about=programme_of(round_, db).about,
        opens=times.show_moment(people_rounds.opening(round_), zone, now),
        closes=times.show_moment(people_rounds.closing(round_), zone, now),
        where=house(db).link or words.WHERE_TO_WRITE,
    )
    buttons = (coordinators.back_to(round_),)
    return [persons.send(about.person, Card(title=words.INVITATION_TITLE, text=text, buttons=buttons))]


def extend(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Ask for a later closing day."""
    del event
    return [persons.send(about.person, _extend_card(about.round, now, db))]


def extend_to(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Set a later closing day; a round that had closed without being announced opens again."""
    round_ = about.round
    raw = str(event.fields.get("day", ""))
    day = times.read_day(raw, now, house(db).zone)
    closes = evening(day, programme_of(round_, db), db) if day else None
    note = DAY_UNCLEAR.format(text=grammar.cut(raw, 60)) if closes is None else ""
    if closes is not None and closes <= max(now, people_rounds.closing(round_) if round_.state != "closed" else now):
        note = words.EXTEND_LATER
    if closes is None or note:
        return [persons.send(about.person, _extend_card(round_, now, db, note))]
    round_.closes_at = closes
    if round_.state == "closed":
        round_.state = "open"
        pairs.drop(round_, db)  # made without those who come now
    plan_dues(round_, db, now)
    coordinators.note(about.person, "extended registration", f"round {round_.id}", db, now)
    return [persons.send(about.person, round_card(round_, db, now, words.EXTENDED), replaces=event.card)]


def close(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Show what closing now would mean, and ask."""
    del event, now
    round_ = about.round
    counts = reports.states(round_, db)
    text = grammar.say(
        words.CLOSE_SURE_UNFINISHED if counts["unfinished"] else words.CLOSE_SURE,
        registered=counts["registered"],
        unfinished=counts["unfinished"],
    )
    short = reports.shortage_lines(round_, db)
    if short:
        text += "\n\n" + "\n".join(short[: reports.SHOWN])
    buttons = (
        Button(words.CLOSE_SURELY, "close_surely", str(round_.id), also=("yes",)),
        Button(words.EXTEND, "extend", str(round_.id)),
        coordinators.back_to(round_, "no"),
    )
    return [persons.send(about.person, Card(title=words.CLOSE, text=text, buttons=buttons))]


def close_surely(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Close registration now."""
    round_ = about.round
    round_.closes_at = now
    coordinators.note(about.person, "closed registration", f"round {round_.id}", db, now)
    told = _closed(round_, db, now)
    return [persons.send(about.person, round_card(round_, db, now), replaces=event.card), *told]


def opens(event: Due, db: Session, now: datetime) -> list[Send]:
    """Open registration on its date."""
    round_ = db.get(Round, int(event.value), with_for_update=True)
    if round_ is None:
        return []
    round_.open_due_at = None
    if round_.state != "planned":
        return []
    round_.state = "open"
    return [*coordinators.tell(round_, words.NOW_OPEN, db), *people_rounds.moment("opened", round_, db, now)]


def warns(event: Due, db: Session, now: datetime) -> list[Send]:
    """Tell the coordinators, in working hours, that registration closes soon and what is missing, or that it closed."""
    round_ = db.get(Round, int(event.value), with_for_update=True)
    if round_ is None:
        return []
    round_.warn_due_at = None
    if round_.state == "closed":
        return coordinators.tell(round_, words.NOW_CLOSED, db)
    if round_.state != "open":
        return []
    closes_at = times.show_moment(people_rounds.closing(round_), house(db).zone, now)
    counts = reports.states(round_, db)
    text = grammar.say(
        words.CLOSES_SOON_UNFINISHED if counts["unfinished"] else words.CLOSES_SOON,
        closes=closes_at,
        registered=counts["registered"],
        unfinished=counts["unfinished"],
    )
    short = reports.shortage_lines(round_, db)
    if short:
        text += "\n\n" + reports.shortage_title(round_, db) + "\n" + "\n".join(short[: reports.SHOWN])
    return coordinators.tell(round_, text, db)


def closes(event: Due, db: Session, now: datetime) -> list[Send]:
    """Close registration on its date."""
    round_ = db.get(Round, int(event.value), with_for_update=True)
    if round_ is None:
        return []
    round_.close_due_at = None
    if round_.state != "open":
        return []
    told = _closed(round_, db, now)
    round_.warn_due_at = times.next_working_moment(now, house(db).zone, house(db).calendar)
    return told


def round_card(round_: Round, db: Session, now: datetime, note: str = "") -> Card:
    """Return how a round stands, with what a coordinator can do next."""
    number, zone = str(round_.id), house(db).zone
    counts = reports.states(round_, db)
    facts = [
        Fact(words.FORMAT, programme_of(round_, db).name),
        Fact(words.OPENS, times.show_moment(people_rounds.opening(round_), zone, now)),
        Fact(words.CLOSES, times.show_moment(people_rounds.closing(round_), zone, now)),
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
        buttons += [
            Button(words.PREVIEW, "preview", number),
            Button(words.EXTEND, "extend", number),
            Button(words.END_ROUND, "end_round", number),
        ]
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
    buttons += [Button(words.REPORT, "report", number), Button(NEW_ROUND, "new_round")]
    buttons.append(Button(words.COORDINATORS, "coordinators"))
    text = words.ROUND_TEXT[round_.state]
    return Card(
        title=round_.name,
        text=grammar.paragraphs(note, text),
        facts=tuple(facts),
        buttons=tuple(buttons),
    )


def plan_dues(round_: Round, db: Session, now: datetime) -> None:
    """Set when a round opens, warns and closes by itself."""
    zone, calendar = house(db).zone, house(db).calendar
    opens_at, closes_at = people_rounds.opening(round_), people_rounds.closing(round_)
    round_.open_due_at = opens_at if round_.state == "planned" else None
    warn = times.next_working_moment(closes_at - timedelta(days=programme_of(round_, db).warn_days), zone, calendar)
    round_.warn_due_at = warn if max(now, opens_at) < warn < closes_at else None
    round_.close_due_at = closes_at


def evening(day: date, programme: Programme, db: Session) -> datetime:
    """Return when registration closes on a day."""
    return times.moment_at(day, programme.closes_at, house(db).zone)


def _extend_card(round_: Round, now: datetime, db: Session, note: str = "") -> Card:
    field = Field("day", words.CLOSES, "date", hint=DAY_HINT)
    buttons = (
        Button(words.EXTEND, "extend_to", str(round_.id)),
        coordinators.back_to(round_),
    )
    text = words.EXTEND_ASK.format(closes=times.show_moment(people_rounds.closing(round_), house(db).zone, now))
    return Card(title=words.EXTEND, text=grammar.paragraphs(note, text), fields=(field,), buttons=buttons)


def _closed(round_: Round, db: Session, now: datetime) -> list[Send]:
    """Close registration."""
    round_.state = "closed"
    round_.open_due_at = round_.warn_due_at = round_.close_due_at = None
    return people_rounds.moment("closed", round_, db, now)
