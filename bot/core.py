"""One event in, stored messages out: once only, routed, handled and kept, all in the caller's transaction."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, select

from bot import people
from bot.cards import HOME, Card, Send
from bot.events import Address, Due, Event, Pressed, Said
from bot.models import Handled, Outbox, Person
from bot.routes import route

DIRECT = 6  # a reply of at most so many messages goes out at once; more keep to the lane's pace


def respond(event: Event, db: Session, now: datetime) -> list[Outbox]:
    """Handle `event` and return the messages it led to, stored but not committed. A second delivery leads to none."""
    digest = digest_of(event)
    if not people.insert_once(Handled, {"digest": digest, "at": now}, db):
        return []
    handler, understood = route(_storable(event), db, now)
    sends = handler(understood, db, now)
    bulk = isinstance(event, Due) or len(sends) > DIRECT
    return _keep(sends, digest, db, now, bulk=bulk)


def digest_of(event: Event) -> str:
    """Return what is kept of an event: the digest of where it came from and of its id there."""
    source = "" if isinstance(event, Due) else f"{event.who.platform}/{event.who.tenant}/"
    return hashlib.sha256(f"{source}{event.id}".encode()).hexdigest()


def redrawn(event: Event, rows: Sequence[Outbox], db: Session) -> Card | None:
    """Return the card that the pressed one turns into, if one of these messages redraws it."""
    if isinstance(event, Pressed) and event.card:
        for row in rows:
            shown = message(row, db) if row.replaces == event.card else None
            if shown is not None and shown[0] == event.who:
                return shown[1]
    return None


def message(row: Outbox, db: Session) -> tuple[Address, Card] | None:
    """Return where a waiting message goes and what it shows; None if its reader is gone."""
    person = db.get(Person, row.person_id)
    if person is None or not row.payload or person.state == people.ERASED:
        return None
    return people.address(person), people.open_card(person.id, row.payload, db)


def _storable(event: Event) -> Event:
    """Return the event without the one character that a database may refuse to keep."""
    if isinstance(event, Said):
        return replace(event, text=event.text.replace("\0", ""))
    if isinstance(event, Pressed):
        fields = {
            name: value.replace("\0", "") if isinstance(value, str) else tuple(each.replace("\0", "") for each in value)
            for name, value in event.fields.items()
        }
        return replace(event, value=event.value.replace("\0", ""), fields=fields)
    return event


def _keep(sends: Sequence[Send], digest: str, db: Session, now: datetime, *, bulk: bool) -> list[Outbox]:
    """Store the messages, and for each reader the cards that typed words can answer from now on."""
    rows: list[Outbox] = []
    asked: list[tuple[Person, Outbox, str]] = []
    for number, send in enumerate(sends):
        person = people.find(send.to, db)
        if person is None or person.state == people.ERASED or person.platform == people.NOWHERE:
            continue
        if send.key and not _unused(send.key, db):
            continue
        payload = people.close_card(person.id, send.card, db)
        row = Outbox(
            person_id=person.id,
            platform=person.platform,
            tenant=person.tenant,
            bulk=bulk,
            payload=payload,
            replaces=send.replaces,
            key=send.key or f"{digest}:{number}",
            expires_at=send.expires_at,
            next_at=max(now, send.not_before or now),
            created_at=now,
        )
        rows.append(row)
        if send.replaces != HOME and (send.card.fields or any(button.action for button in send.card.buttons)):
            kept = replace(send.card, files=())  # a file is not needed to understand what is typed next
            token = people.close_card(person.id, kept, db) if send.card.files else payload
            asked.append((person, row, token))
    db.add_all(rows)
    db.flush()
    for person, row, token in asked:
        person.asked_before, person.asked_before_id = person.asked, person.asked_id
        person.asked, person.asked_id = token, row.id
    return rows


def _unused(key: str, db: Session) -> bool:
    return db.exec(select(Outbox.id).where(Outbox.key == key)).first() is None
