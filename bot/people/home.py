"""Where somebody stands and what comes next; the welcome, the guide, and the answer to words nobody understood."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import HOME, Button, Card, Fact, Send
from bot.chat.events import Pressed, Said
from bot.groups import sides
from bot.parts.series.tables import Pair
from bot.people import open_cards, persons, words
from bot.people.tables import Person, Registration, Round
from bot.programme.file import BOTH, MENTEE, Programme
from bot.programme.house import house, programme_of


def home(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Say where this person stands."""
    person = persons.sender(event.who, db, now)
    return [persons.send(person, home_card(person, db, now))]


def tab(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Draw where this person stands on the page that their platform keeps for it."""
    person = persons.sender(event.who, db, now)
    note = words.ANSWERED_BELOW if event.value else ""
    soon = now + timedelta(minutes=10)
    return [persons.send(person, home_card(person, db, now, note), replaces=HOME, expires_at=soon)]


def home_card(person: Person, db: Session, now: datetime, note: str = "") -> Card:
    """Return the card that says where `person` stands and offers what comes next."""
    latest = latest_registration(person, db)
    card = _standing(person, *latest, db, now) if latest else _welcome(person, db, now)
    buttons = card.buttons
    if person.coordinator:
        buttons = (*buttons, Button(words.COORDINATE, "desk", also=("admin",)))
    text = f"{note}\n\n{card.text}" if note else card.text
    return Card(title=card.title, text=text, facts=card.facts, buttons=buttons)


def latest_registration(person: Person, db: Session) -> tuple[Registration, Round] | None:
    """Return this person's newest registration that still says something, and its round."""
    query = (
        select(Registration, Round)
        .join(Round)
        .where(Registration.person_id == person.id, Registration.state != "withdrawn", Round.state != "ended")
        .where(or_(Registration.state != "interested", col(Round.state).in_(("planned", "open"))))
        .order_by(col(Registration.id).desc())
    )
    return db.exec(query).first()


def open_rounds(network_id: int, db: Session, *states: str) -> list[Round]:
    """Return the rounds of a network in these states (open, unless named), oldest first."""
    wanted = states or ("open",)
    query = select(Round).where(Round.network_id == network_id, col(Round.state).in_(wanted))
    return list(db.exec(query.order_by(col(Round.opens_at), col(Round.id))).all())


def guide(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Say what can be typed."""
    person = persons.sender(event.who, db, now)
    text = words.GUIDE + (f"\n\n{words.GUIDE_COORDINATOR}" if person.coordinator else "")
    buttons = (Button(words.WHERE_I_STAND, "home", also=("status",)), Button(words.READ, "resources"))
    return [persons.send(person, Card(title=words.GUIDE_TITLE, text=text, buttons=buttons))]


def resources(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Send what there is to read for this person's side."""
    person = persons.sender(event.who, db, now)
    latest = latest_registration(person, db)
    if latest:
        programme = programme_of(latest[1], db)
        sides = {*programme.sides(latest[0].answers), BOTH}
        texts = [resource for resource in programme.resource if resource.side in sides]
    else:
        texts = [text for programme in _offered(person, db) for text in programme.resource if text.side == BOTH]
    if not texts:
        return [persons.send(person, home_card(person, db, now, words.NOTHING_TO_READ))]
    back = Button(words.WHERE_I_STAND, "home")
    cards = [Card(title=resource.title, text=resource.text) for resource in texts]
    last = cards[-1]
    cards[-1] = Card(title=last.title, text=last.text, buttons=(back,))
    return [persons.send(person, card) for card in cards]


def not_understood(event: Said, db: Session, now: datetime) -> list[Send]:
    """Say so kindly, and show the open question again with its choices, or where this person stands."""
    person = persons.sender(event.who, db, now)
    shown = open_cards.shown(person, db, now)
    if not shown:
        return [persons.send(person, home_card(person, db, now))]
    note = Card(text=words.NOT_UNDERSTOOD.format(text=grammar.cut(event.text, 60)))
    return [persons.send(person, note), persons.send(person, shown[-1].card)]


def not_open(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Say that the question somebody means has been settled meanwhile."""
    person = persons.sender(event.who, db, now)
    return [persons.send(person, home_card(person, db, now, words.NOT_OPEN_ANY_MORE), replaces=event.card)]


def stale(person: Person, db: Session, now: datetime, note: str = "") -> list[Send]:
    """Answer a button that no longer fits: the current state."""
    return [persons.send(person, home_card(person, db, now, note or words.MOVED_ON))]


def _offered(person: Person, db: Session) -> list[Programme]:
    rounds = open_rounds(person.network_id, db, "open", "planned")
    return [programme_of(round_, db) for round_ in rounds]


def _welcome(person: Person, db: Session, now: datetime) -> Card:
    zone = persons.zone_of(person, db)
    is_open = open_rounds(person.network_id, db)
    if is_open:
        about = "\n\n".join(
            words.ROUND_OPEN.format(
                round=round_.name,
                about=programme_of(round_, db).about,
                closes=times.show_moment(closing(round_), zone, now),
            )
            for round_ in is_open
        )
        many = len(is_open) > 1
        buttons = tuple(
            Button(words.REGISTER_FOR.format(round=round_.name) if many else words.REGISTER, "register", str(round_.id))
            for round_ in is_open
        )
        return Card(title=words.WELCOME, text=about, buttons=(*buttons, Button(words.WHAT_CAN_I_SAY, "help")))
    planned = open_rounds(person.network_id, db, "planned")
    if planned:
        opens = times.show_moment(opening(planned[0]), zone, now)
        about = programme_of(planned[0], db).about
        text = words.ROUND_PLANNED.format(round=planned[0].name, about=about, opens=opens)
        return Card(title=words.WELCOME, text=text, buttons=(Button(words.TELL_ME, "register", str(planned[0].id)),))
    return Card(
        title=words.WELCOME,
        text=words.NO_ROUND.format(network=house(db).network),
        buttons=(Button(words.WHAT_CAN_I_SAY, "help"),),
    )


def opening(round_: Round) -> datetime:
    """Return when registration opens; only a draft has no such moment."""
    assert round_.opens_at is not None  # noqa: S101
    return round_.opens_at


def closing(round_: Round) -> datetime:
    """Return when registration closes; only a draft has no such moment."""
    assert round_.closes_at is not None  # noqa: S101
    return round_.closes_at


def _standing(person: Person, mine: Registration, round_: Round, db: Session, now: datetime) -> Card:
    zone = persons.zone_of(person, db)
    programme = programme_of(round_, db)
    facts = [Fact(words.ROUND, round_.name)]
    if roles := [programme.roles[side].name for side in programme.sides(mine.answers)]:
        facts.append(Fact(words.ROLE, grammar.listed(roles)))
    live = sides.of_person(person, db)
    facts += [Fact(side.name, _match_state(side, zone, db, now)) for side in live]
    text, buttons = _stage(mine, round_, zone, db, now)
    if live:
        buttons += _match_buttons(live, db)
    if person.resume_due_at and person.resume_due_at > now:
        until = times.show_day(times.local(person.resume_due_at, zone).date(), now)
        text += "\n\n" + words.PAUSED.format(day=until)
        buttons.append(Button(words.RESUME, "resume"))
    joined = select(Registration.round_id).where(Registration.person_id == person.id)
    known = set(db.exec(joined.where(col(Registration.state).not_in(("withdrawn", "interested")))).all())
    buttons += [
        Button(words.REGISTER_FOR.format(round=grammar.cut(each.name, 50)), "register", str(each.id))
        for each in open_rounds(person.network_id, db)
        if each.id not in known
    ]
    buttons += [Button(words.READ, "resources"), Button(words.WHAT_CAN_I_SAY, "help")]
    return Card(title=words.HOME, text=text, facts=tuple(facts), buttons=tuple(buttons))


def _stage(mine: Registration, round_: Round, zone: str, db: Session, now: datetime) -> tuple[str, list[Button]]:
    """Return where a registration stands in its round, in words, and what can be done about it."""
    change = [Button(words.CHANGE, "change", str(mine.id))]
    if mine.state == "interested" and round_.state == "open":
        closes = times.show_moment(closing(round_), zone, now)
        return words.OPEN_AS_PROMISED.format(round=round_.name, closes=closes), []
    if mine.state == "interested":
        return words.WAITING_TO_OPEN.format(opens=times.show_moment(opening(round_), zone, now)), []
    if round_.state in {"planned", "open"}:
        closes = times.show_moment(closing(round_), zone, now)
        if mine.state == "unfinished":
            return words.UNFINISHED.format(closes=closes), [Button(words.CONTINUE, "register", str(round_.id))]
        return words.REGISTERED_OPEN.format(closes=closes), change
    if mine.state == "unfinished":
        return words.UNFINISHED_CLOSED, []
    if round_.state == "closed":
        return words.REGISTERED_CLOSED, change
    if live := sides.of(mine, db):
        return words.MATCHED.format(count=grammar.count(len(live), "match", "matches")), []
    if not mine.waiting and (had := sides.of(mine, db, "ended")):
        return words.ALL_OVER, [Button(words.ANOTHER_MATCH, "another_match", str(had[-1].id))]
    return words.WAITING_LIST, change


def _match_buttons(live: Sequence[sides.Side], db: Session) -> list[Button]:
    buttons = [Button(words.MY_MATCHES, "matches")]
    meetings = [sides.current(side.match, db) for side in live]
    if any(sides.to_book(side, db) for side in live):
        buttons.append(Button(words.BOOK, "book"))
    if any(meeting is not None and meeting.state in sides.OPEN for meeting in meetings):
        buttons.append(Button(words.MY_SESSIONS, "sessions"))
    return buttons


def _match_state(side: sides.Side, zone: str, db: Session, now: datetime) -> str:
    match = side.match
    if match.state == "going_on":
        pair = db.exec(select(Pair).where(Pair.match_id == match.id)).one()
        if pair.check_in_due_at is None:
            return words.STATE_GOING_ON
        day = times.show_day(times.local(pair.check_in_due_at, zone).date(), now)
        return words.STATE_NEXT_CHECK_IN.format(day=day)
    if match.state == "finished":
        return words.STATE_FINISHED
    meeting = sides.current(match, db)
    if meeting is None:
        return words.STATE_TO_BOOK if side.side == MENTEE else words.STATE_WILL_CONTACT
    slot = times.show_slot(meeting.starts_at, meeting.minutes, zone, now)
    return {"booked": words.STATE_BOOKED, "held": words.STATE_HELD}.get(meeting.state, words.STATE_SUGGESTED).format(
        slot=slot
    )
