"""What a match walks through: the stages of its programme (`together`), each of them a part.

`advance` is the way on to the next stage, `ask` the card by which that stage asks one person, and `stay` the way back
to what is still open.
"""

from datetime import datetime

from sqlmodel import Session

from bot.chat.cards import Card, Send
from bot.groups.sides import Side
from bot.programme.house import house
from bot.programme.part import Part


def advance(side: Side, stage: str, since: datetime, db: Session, now: datetime) -> list[Send]:
    """Let a match that was at `stage` begin the next one.

    `side` is the one that brought it there, `since` when what brought it there took place.
    """
    following = _after(side, stage, db)
    return following.begin(side, since, db, now) if following else []


def ask(side: Side, stage: str, db: Session, now: datetime) -> Card | None:
    """Return the card by which the stage after `stage` asks this side, or None if it asks nothing."""
    following = _after(side, stage, db)
    return following.ask(side, db, now) if following else None


def stay(side: Side) -> None:
    """Let a match stay where it is: what had been planned for the next stage is planned anew when it comes there."""
    side.match.reveal_due_at = None


def _after(side: Side, stage: str, db: Session) -> Part | None:
    together = side.programme.together
    names = together[together.index(stage) + 1 :] if stage in together else ()
    known = {part.stage: part for part in house(db).parts if part.stage}
    return next((known[name] for name in names if name in known), None)
