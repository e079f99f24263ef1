"""One event in, stored messages out: once only, routed, handled and kept, all in the caller's transaction."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, insert, select

from bot.chat.cards import Card, Send
from bot.chat.events import Address, Due, Event, Pressed, Said
from bot.chat.typed import below
from bot.front.routes import route
from bot.keeping.store import insert_once
from bot.keeping.tables import Handled, Outbox
from bot.people import accounts, persons
from bot.people.open_cards import Kept, keep
from bot.people.tables import Account, Person

FRESH = {"state": "pending", "attempts": 0, "ref": "", "reason": "", "done_at": None}  # a message that was just decided
AT_ONCE = 500  # rows looked for in one query
DIRECT = 6  # a reply of at most so many messages goes out at once; more keep to the lane's pace

_STORE = insert(Outbox)
_STORED = select(Outbox).where(col(Outbox.key).in_(bindparam("keys", expanding=True)))


def respond(event: Event, db: Session, now: datetime) -> list[Outbox]:
    """Handle `event` and return the messages it led to, stored but not committed. A second delivery leads to none."""
    digest = digest_of(event)
    if not insert_once(Handled, {"digest": digest, "at": now}, db):
        return []
    found = route(_storable(event), db, now)
    sends = found.handler(found.event, db, now)
    if found.meaning is not None:
        sends = below(found.meaning, sends, found.asked)
    bulk = isinstance(event, Due) or len(sends) > DIRECT
    return _keep(sends, event, digest, db, now, bulk=bulk)


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
    person, account = db.get(Person, row.person_id), db.get(Account, row.account_id)
    if person is None or account is None or not row.payload or person.state == persons.ERASED:
        return None
    return accounts.address(account), persons.open_card(person.id, row.payload, db)


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


def _keep(sends: Sequence[Send], event: Event, digest: str, db: Session, now: datetime, *, bulk: bool) -> list[Outbox]:
    """Store the messages, and for each reader the cards that typed words can answer from now on."""
    values: list[dict[str, Any]] = []
    to: list[tuple[Send, Person]] = []
    for number, send in enumerate(sends):
        found = accounts.find(send.to, db)
        if found is None or found[0].state == persons.ERASED or send.to.platform == persons.NOWHERE:
            continue
        person, account = found
        if send.key and not _unused(send.key, db):
            continue
        to.append((send, person))
        values.append(
            {
                **FRESH,
                "person_id": person.id,
                "account_id": account.id,
                "platform": account.platform,
                "tenant": account.tenant,
                "bulk": bulk,
                "payload": persons.close_card(person.id, send.card, db),
                "replaces": send.replaces,
                "about": send.about,
                "key": send.key or f"{digest}:{number}",
                "expires_at": send.expires_at,
                "next_at": max(now, send.not_before or now),
                "created_at": now,
            }
        )
    rows = _insert(values, db)
    doer = None if isinstance(event, Due) else event.who
    kept = [
        Kept(send, person, rows[value["key"]], value["payload"], reply=send.to == doer)
        for (send, person), value in zip(to, values, strict=True)
    ]
    keep(kept, db, now)
    return list(rows.values())


def _insert(values: Sequence[Mapping[str, Any]], db: Session) -> dict[str, Outbox]:
    """Store rows and return them by their keys, in the same order: in few statements, however many rows there are."""
    keys = [each["key"] for each in values]
    found: dict[str, Outbox] = {}
    if values:
        db.connection().execute(_STORE, [dict(each) for each in values])
    for first in range(0, len(keys), AT_ONCE):
        rows = db.execute(_STORED, {"keys": keys[first : first + AT_ONCE]}).scalars()
        found |= {row.key: row for row in rows}
    return {key: found[key] for key in keys}


def _unused(key: str, db: Session) -> bool:
    return db.exec(select(Outbox.id).where(Outbox.key == key)).first() is None
