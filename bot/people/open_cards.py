"""The cards at each reader that typed words can still answer: which they are, and what opens and closes them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, delete, insert, select, update

from bot.chat.cards import HOME, Card, Send
from bot.chat.typed import ASIDE, Shown
from bot.keeping.tables import Outbox, UtcDateTime
from bot.people import persons
from bot.people.tables import OpenCard, Person

GONE = ("expired", "dead")  # states of a message that its reader never saw


@dataclass(frozen=True, slots=True)
class Kept:
    """A message that was stored: what was decided, for whom, the row, and the card sealed for its reader."""

    send: Send
    person: Person
    row: Outbox
    token: str
    reply: bool

    @property
    def open(self) -> bool:
        """Whether there is something to press or fill in it."""
        return bool(self.send.card.fields or any(button.action for button in self.send.card.buttons))


_SHOWN = (
    select(OpenCard, Outbox.ref, Outbox.state)
    .outerjoin(Outbox, col(Outbox.id) == OpenCard.outbox_id)
    .where(OpenCard.person_id == bindparam("reader"), OpenCard.shown_at <= bindparam("now", type_=UtcDateTime))
    .order_by(col(OpenCard.shown_at), col(OpenCard.id))
)
_THAT_SHOWS = (
    col(OpenCard.person_id) == bindparam("reader"),
    select(Outbox.id).where(Outbox.id == OpenCard.outbox_id, Outbox.ref == bindparam("shown_as")).exists(),
)
_DRAW = update(OpenCard).where(*_THAT_SHOWS).values(outbox_id=bindparam("drawn_by"), token=bindparam("sealed"))
_CLOSE = delete(OpenCard).where(*_THAT_SHOWS)
_CLOSE_REPLIES = delete(OpenCard).where(col(OpenCard.person_id) == bindparam("reader"), col(OpenCard.reply))
_CLOSE_OLDER = delete(OpenCard).where(
    col(OpenCard.person_id) == bindparam("reader"), col(OpenCard.about) == bindparam("subject"), ~col(OpenCard.reply)
)
_OPEN = insert(OpenCard)


def shown(person: Person, db: Session, now: datetime) -> list[Shown]:
    """Return the open cards that this person has been shown, in the order of their screen: the lowest comes last."""
    found = db.execute(_SHOWN, {"reader": person.id, "now": now}).all()
    return [
        Shown(row.id, persons.open_card(person.id, row.token, db), ref or "", row.reply)
        for row, ref, state in found
        if state not in GONE
    ]


def keep(stored: Sequence[Kept], db: Session, now: datetime) -> None:
    """Open the cards that these messages bring, close those whose place they take, and draw anew what is redrawn."""
    posted = [each for each in stored if each.open and not each.send.replaces]
    if replied := {each.person.id for each in posted if each.reply and not _aside(each.send.card)}:
        db.connection().execute(_CLOSE_REPLIES, [{"reader": number} for number in replied])
    if about := {(each.person.id, each.send.about) for each in posted if each.send.about and not each.reply}:
        older = [{"reader": number, "subject": subject} for number, subject in sorted(about)]
        db.connection().execute(_CLOSE_OLDER, older)
    for each in stored:
        if not each.send.replaces or each.send.replaces == HOME:
            continue
        there = {"reader": each.person.id, "shown_as": each.send.replaces}
        new = {**there, "drawn_by": each.row.id, "sealed": _sealed(each, db)}
        if not each.open:
            db.connection().execute(_CLOSE, there)
        elif not db.connection().execute(_DRAW, new).rowcount:
            posted.append(replace(each, reply=True))  # pressed on a card that had been closed: it is open again
    if posted:
        db.connection().execute(_OPEN, [_values(each, db, now) for each in posted])


def _aside(card: Card) -> bool:
    return any(button.action == ASIDE for button in card.buttons)


def _values(kept: Kept, db: Session, now: datetime) -> dict[str, Any]:
    return {
        "person_id": kept.person.id,
        "outbox_id": kept.row.id,
        "about": kept.send.about,
        "reply": kept.reply,
        "token": _sealed(kept, db),
        "shown_at": max(now, kept.send.not_before or now),
    }


def _sealed(kept: Kept, db: Session) -> str:
    """Return the card without its files, which are not needed to understand what is typed next."""
    card = kept.send.card
    return persons.close_card(kept.person.id, replace(card, files=()), db) if card.files else kept.token
