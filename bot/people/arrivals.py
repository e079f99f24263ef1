"""Somebody comes: they installed the app or opened its conversation. Or they are gone, alone or as a whole tenant."""

from datetime import datetime

from sqlmodel import Session, col, update

from bot.calendar import times
from bot.chat.cards import Send
from bot.chat.events import Lost, Met
from bot.people import home, persons
from bot.people.tables import Account


def met(event: Met, db: Session, now: datetime) -> list[Send]:
    """Keep what their platform suggests about somebody, where they have said nothing, and welcome them once."""
    person = persons.sender(event.who, db, now)
    account = person.account
    account.suggestion = " ".join(event.profile.name.split()) or account.suggestion
    account.email = event.profile.email or account.email
    person.zone = person.zone or times.known_zone(event.profile.zone) or ""
    if not event.greet:
        return []
    return [persons.send(person, home.home_card(person, db, now), key=f"welcome:{person.id}")]


def lost(event: Lost, db: Session, now: datetime) -> list[Send]:
    """Write down that somebody, or everybody of a tenant, cannot be reached; whoever writes again can be."""
    del now
    gone = [col(Account.platform) == event.who.platform, col(Account.tenant) == event.who.tenant]
    if event.who.user:
        gone.append(col(Account.user) == event.who.user)
    db.exec(update(Account).where(*gone, col(Account.reachable)).values(reachable=False))
    return []
