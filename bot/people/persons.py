"""Who writes to the bot: finding them, making room for a newcomer, and putting their address on a message."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import object_session
from sqlmodel import Session, col, select

from bot.calendar import times
from bot.chat.cards import Card, Send, from_data, to_data
from bot.chat.events import Address, Pressed, Said
from bot.keeping.store import insert_once
from bot.people import accounts
from bot.people.tables import Network, Person, Registration, Workspace
from bot.programme.house import house

ACTIVE, ERASED = "active", "erased"
NOWHERE = "import"  # the platform of people whom a coordinator brought in, until they come themselves


def find(who: Address, db: Session) -> Person | None:
    """Return the person at this address."""
    found = accounts.find(who, db)
    return found[0] if found else None


def sender(who: Address, db: Session, now: datetime) -> Person:
    """Return the person who wrote, with a row of their own from the first word on, and their newest account and route.

    Their row is held for this transaction.
    """
    found = accounts.find(who, db, lock=True)
    if found is None:
        return accounts.newcomer(who, network_of(who.platform, who.tenant, db, now).id, db, now)
    person, account = found
    if not account.current:
        accounts.use(account, person, db)
    if who.route and account.route != who.route:
        account.route = who.route
    if not account.reachable:
        account.reachable = True  # they wrote, so they can be reached again
    return person


def network_of(platform: str, tenant: str, db: Session, now: datetime) -> Network:
    """Return the network that a workspace belongs to; a new workspace joins the one of this deployment."""
    known = db.exec(
        select(Network).join(Workspace).where(Workspace.platform == platform, Workspace.tenant == tenant)
    ).first()
    if known:
        return known
    network = first_network(db, now)
    insert_once(Workspace, {"network_id": network.id, "platform": platform, "tenant": tenant}, db)
    return network


def first_network(db: Session, now: datetime) -> Network:
    """Return the network of this deployment, made where there is none yet."""
    query = select(Network).order_by(col(Network.id)).limit(1)
    network = db.exec(query).first()
    if network is None:
        insert_once(Network, {"id": 1, "name": house(db).network, "created_at": now}, db)
        network = db.exec(query).one()
    return network


def of(registration: Registration, db: Session) -> Person:
    """Return whose registration this is."""
    return db.get_one(Person, registration.person_id)


def address(person: Person) -> Address:
    """Return where this person is reached now: at the account that they used last."""
    where = accounts.address(person.account)
    db = object_session(person)
    if db is not None:
        accounts.note(where, person, person.account, db)  # so that a message to them need not look for them
    return where


def send(person: Person, card: Card, **options: Any) -> Send:
    """Return the decision to show `card` to `person`."""
    return Send(address(person), card, **options)


def paused_until(person: Person, now: datetime) -> datetime | None:
    """Return when this person is back from a break, or None if they are not on one."""
    return person.resume_due_at + timedelta(hours=1) if person.resume_due_at and person.resume_due_at > now else None


def nudge(person: Person, card: Card, db: Session, now: datetime, **options: Any) -> Send:
    """Return the decision to show `card` to `person` in their own working hours: now, or when those begin."""
    fine = times.next_working_moment(now, zone_of(person, db), house(db).calendar)
    return send(person, card, not_before=fine if fine > now else None, **options)


def at_work_in(days: int, person: Person, db: Session, now: datetime) -> datetime:
    """Return the first moment in this person's working hours that many days from now."""
    return times.next_working_moment(now + timedelta(days=days), zone_of(person, db), house(db).calendar)


def quiet_until(person: Person, db: Session, now: datetime) -> datetime | None:
    """Return when this person may be nudged again, or None if now is fine: not paused, and inside working hours."""
    away = paused_until(person, now) or now
    fine = times.next_working_moment(away, zone_of(person, db), house(db).calendar)
    return fine if fine > now else None


def zone_of(person: Person, db: Session) -> str:
    """Return the name of the zone that this person reads times in."""
    return person.zone or house(db).zone


def close_card(person_id: int, card: Card, db: Session) -> str:
    """Return the card sealed for one reader."""
    return house(db).seal.close(f"person:{person_id}", "card", to_data(card))


def open_card(person_id: int, token: str, db: Session) -> Card:
    """Return the card that was sealed for this reader."""
    data = house(db).seal.open(f"person:{person_id}", "card", token)
    assert isinstance(data, dict)  # noqa: S101
    return from_data(data)


def writer(event: Said | Pressed, db: Session, now: datetime) -> Person:
    """Return who wrote or pressed: the first question of every handler."""
    return sender(event.who, db, now)


def oneself(person: Person, event: Pressed, db: Session, now: datetime) -> Person:
    """Return the person: it is about themselves, and they may."""
    del event, db, now
    return person
