"""The accounts that people write from: whose one is, a newcomer's first one, which is written to, and which is gone."""

import secrets
from datetime import datetime

from sqlalchemy import bindparam
from sqlalchemy.orm import Session as SqlSession
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select, update

from bot.chat.cards import Send
from bot.chat.events import Address, Lost
from bot.people.tables import Account, Person

Known = dict[Address, tuple[Person, Account]]  # whom a transaction has come across

_HERE = select(Person, Account).join(Account, col(Account.person_id) == Person.id)
_HERE = _HERE.where(*(getattr(Account, name) == bindparam(name) for name in ("platform", "tenant", "user")))
_HERE_HELD = _HERE.with_for_update(of=Person)


def find(who: Address, db: Session, *, lock: bool = False) -> tuple[Person, Account] | None:
    """Return whose account this address is, and the account, holding their row for this transaction if `lock`."""
    met, held = _met(db), _held(db)
    known = met.get(who)
    if known is not None and known[1].user == who.user and (who in held or not lock):
        return known
    here = {"platform": who.platform, "tenant": who.tenant, "user": who.user}
    found = db.execute(_HERE_HELD if lock else _HERE, here).first()
    if found is None:
        return None
    met[who] = (found[0], found[1])
    if lock:
        held.add(who)
    return met[who]


def newcomer(who: Address, network_id: int, db: Session, now: datetime, *, reachable: bool = True) -> Person:
    """Store somebody who is not known yet, with this account.

    Where another transaction has just stored the same account, this one fails, and `run` of the store does it again.
    """
    person = Person(network_id=network_id, created_at=now)
    db.add(person)
    db.flush()
    account = Account(person_id=person.id, platform=who.platform, tenant=who.tenant, user=who.user, route=who.route)
    account.reachable = reachable
    db.add(account)
    db.flush()
    set_committed_value(person, "account", account)
    note(who, person, account, db)
    _held(db).add(who)
    return person


def use(account: Account, person: Person, db: Session) -> None:
    """Write to this account of somebody's from now on, and to none of their others."""
    db.exec(update(Account).where(col(Account.person_id) == person.id, col(Account.current)).values(current=False))
    account.current = True
    db.flush()
    set_committed_value(person, "account", account)


def address(account: Account) -> Address:
    """Return where an account is reached."""
    return Address(account.platform, account.tenant, account.user, account.route)


def note(who: Address, person: Person, account: Account, db: SqlSession) -> None:
    """Note whose account this address is, so that it need not be looked for in this transaction."""
    _met(db)[who] = (person, account)


def all_of(person: Person, db: Session) -> list[Account]:
    """Return somebody's accounts, the oldest first."""
    return list(db.exec(select(Account).where(Account.person_id == person.id).order_by(col(Account.id))).all())


def forget(person: Person, db: Session) -> None:
    """Forget who somebody is on their platforms."""
    for account in all_of(person, db):
        account.user = f"erased-{secrets.token_hex(16)}"
        account.route = account.suggestion = account.email = ""


def lost(event: Lost, db: Session, now: datetime) -> list[Send]:
    """Write down that somebody, or everybody of a tenant, cannot be reached; whoever writes again can be."""
    del now
    gone = [col(Account.platform) == event.who.platform, col(Account.tenant) == event.who.tenant]
    if event.who.user:
        gone.append(col(Account.user) == event.who.user)
    db.exec(update(Account).where(*gone, col(Account.reachable)).values(reachable=False))
    return []


def _met(db: SqlSession) -> Known:
    met: Known = db.info.setdefault("met", {})
    return met


def _held(db: SqlSession) -> set[Address]:
    held: set[Address] = db.info.setdefault("held", set())
    return held
