"""A pair as one of its two sees it."""

from dataclasses import dataclass

from sqlmodel import Session

from bot.groups import sides
from bot.groups.sides import Side
from bot.groups.tables import Pair
from bot.people.tables import Person


@dataclass(frozen=True, slots=True)
class Paired:
    """A pair, and the side that looks at it."""

    side: Side
    pair: Pair


def seen_by(person: Person, number: str, db: Session, *states: str) -> Paired | None:
    """Return pair `number` as `person` sees it, or None if it is not theirs or its match not in one of these states."""
    pair = db.get(Pair, int(number)) if number.isdecimal() else None
    side = sides.seen_by(person, str(pair.match_id), db, *states) if pair else None
    return Paired(side, pair) if pair and side else None
