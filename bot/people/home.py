"""Where somebody stands and what comes next; the welcome, the guide, and the answer to words nobody understood.

Home is one section a registration. What it says is asked of the parts; it knows none of them.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import HOME, Button, Card, Fact, Send
from bot.chat.events import Met, Pressed, Said
from bot.people import persons, rounds, words
from bot.people.tables import Account, Person, Registration, Round
from bot.programme.house import house, programme_of
from bot.programme.part import always, pressed

NAMES = 30  # that are listed


@dataclass(frozen=True, slots=True)
class Standing:
    """One registration, as its person asks where they stand. `memo` keeps what several parts ask the database for."""

    person: Person
    mine: Registration
    round: Round
    zone: str
    db: Session
    now: datetime
    memo: dict[str, Any] = field(default_factory=dict)


def where(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """Say where this person stands."""
    del event
    return [persons.send(person, home_card(person, db, now))]


def tab(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """Draw where this person stands on the page that their platform keeps for it."""
    note = words.ANSWERED_BELOW if event.value else ""
    soon = now + timedelta(minutes=10)
    return [persons.send(person, home_card(person, db, now, note), replaces=HOME, expires_at=soon)]


def met(event: Met, db: Session, now: datetime) -> list[Send]:
    """Keep what their platform suggests about somebody, where they have said nothing, and welcome them once."""
    person = persons.sender(event.who, db, now)
    account = person.account
    account.suggestion = " ".join(event.profile.name.split()) or account.suggestion
    account.email = event.profile.email or account.email
    person.zone = person.zone or times.known_zone(event.profile.zone) or ""
    if not event.greet:
        return []
    return [persons.send(person, home_card(person, db, now), key=f"welcome:{person.id}")]


def home_card(person: Person, db: Session, now: datetime, note: str = "") -> Card:
    """Return the card that says where `person` stands and offers what comes next."""
    latest = rounds.latest_registration(person, db)
    card = _section(person, *latest, db, now) if latest else _welcome(person, db, now)
    buttons = card.buttons
    if person.coordinator:
        buttons = (*buttons, Button(words.COORDINATE, "desk", also=("admin",)))
    text = grammar.paragraphs(note, card.text)
    return Card(title=card.title, text=text, facts=card.facts, buttons=buttons)


def guide(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """Say what can be typed."""
    del event, now
    text = words.GUIDE + (f"\n\n{words.GUIDE_COORDINATOR}" if person.coordinator else "")
    buttons = (
        Button(words.WHERE_I_STAND, "home", also=("status",)),
        *(button for part in house(db).parts for button in part.guide(person, db)),
    )
    return [persons.send(person, Card(title=words.GUIDE_TITLE, text=text, buttons=buttons))]


def not_understood(event: Said, db: Session, now: datetime, *, asked: Card | None) -> list[Send]:
    """Say so kindly, and show what was `asked` again with its choices, or where this person stands."""
    person = persons.sender(event.who, db, now)
    if asked is None:
        return [persons.send(person, home_card(person, db, now))]
    note = Card(text=words.NOT_UNDERSTOOD.format(text=grammar.cut(event.text, 60)))
    return [persons.send(person, note), persons.send(person, asked)]


def settled(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """Say that the question somebody means has been settled meanwhile."""
    return [persons.send(person, home_card(person, db, now, words.NOT_OPEN_ANY_MORE), replaces=event.card)]


home = pressed(where, who=persons.writer, may=persons.oneself, still=always)
not_open = pressed(settled, who=persons.writer, may=persons.oneself, still=always)


def stale(person: Person, db: Session, now: datetime, note: str = "") -> list[Send]:
    """Answer a button that no longer fits: the current state."""
    return [persons.send(person, home_card(person, db, now, note or words.MOVED_ON))]


def _section(person: Person, mine: Registration, round_: Round, db: Session, now: datetime) -> Card:
    """Return what there is to say of one registration, put together from what each part says."""
    programme = programme_of(round_, db)
    facts = [Fact(words.ROUND, round_.name)]
    match [programme.roles[side].name for side in programme.roles_of(mine.answers)]:
        case [role]:
            facts.append(Fact(words.ROLE, role))
        case [one, other]:
            facts.append(Fact(words.ROLE, words.TWO_ROLES.format(one=one, other=other)))
    standing = Standing(person, mine, round_, persons.zone_of(person, db), db, now)
    said = [part.standing(standing) for part in house(db).parts]
    facts += [fact for lines in said for fact in lines.facts]
    buttons = [button for lines in said for button in lines.buttons]
    text = grammar.paragraphs(*(lines.text for lines in said))
    return Card(
        title=words.HOME, text=text, facts=tuple(facts), buttons=(*buttons, Button(words.WHAT_CAN_I_SAY, "help"))
    )


def _welcome(person: Person, db: Session, now: datetime) -> Card:
    zone = persons.zone_of(person, db)
    is_open = rounds.open_rounds(person.network_id, db)
    if is_open:
        about = "\n\n".join(
            words.ROUND_OPEN.format(
                round=round_.name,
                about=programme_of(round_, db).about,
                closes=times.show_moment(rounds.closing(round_), zone, now),
            )
            for round_ in is_open
        )
        many = len(is_open) > 1
        buttons = tuple(
            Button(words.REGISTER_FOR.format(round=round_.name) if many else words.REGISTER, "register", str(round_.id))
            for round_ in is_open
        )
        return Card(title=words.WELCOME, text=about, buttons=(*buttons, Button(words.WHAT_CAN_I_SAY, "help")))
    planned = rounds.open_rounds(person.network_id, db, "planned")
    if planned:
        opens = times.show_moment(rounds.opening(planned[0]), zone, now)
        about = programme_of(planned[0], db).about
        text = words.ROUND_PLANNED.format(round=planned[0].name, about=about, opens=opens)
        return Card(title=words.WELCOME, text=text, buttons=(Button(words.TELL_ME, "register", str(planned[0].id)),))
    return Card(
        title=words.WELCOME,
        text=words.NO_ROUND.format(network=house(db).network),
        buttons=(Button(words.WHAT_CAN_I_SAY, "help"),),
    )


def needs(round_: Round, db: Session) -> list[str]:
    """Name the people of a round who cannot be reached."""
    query = select(Person.name).join(Registration).join(Account, col(Account.person_id) == Person.id)
    query = query.where(Registration.round_id == round_.id, col(Account.current), ~col(Account.reachable))
    names = [name or words.NO_NAME_YET for name in db.exec(query).all()]
    return [words.UNREACHABLE + "".join(f"\n• {name}" for name in names[:NAMES])] if names else []
