"""Sealing everything again with the newest key, so that an older one can be thrown away."""

from typing import Any

from sqlalchemy import Engine, tuple_, update
from sqlalchemy import select as rows_of
from sqlmodel import Session

from bot.keeping import keycheck
from bot.keeping.store import House, run, write
from bot.keeping.tables import Secret, sealed_columns

BATCH = 200  # rows in one transaction, so that a running bot hardly waits


def reseal(engine: Engine, house: House) -> int:
    """Seal every sealed value with the first of the keys; return how many there were.

    May run beside the bot, and again after it was broken off. NotYoursError if none of the keys opens a value: nothing
    of its batch is changed then, and all keys are still needed.
    """
    count = sum(_column(column, engine, house) for column in sealed_columns())
    write(engine, lambda connection: keycheck.settle(connection, house.seal))
    return count


def _column(value: Any, engine: Engine, house: House) -> int:
    table = value.table
    keys = list(table.primary_key)
    after: tuple[Any, ...] | None = None
    count = 0
    last = (
        [table.c.name != keycheck.NAME] if table.name == Secret.__tablename__ else []
    )  # the note of the keys, at last

    def batch(db: Session) -> list[tuple[Any, ...]]:
        query = rows_of(*keys, value).where(value != "", *last).order_by(*keys).limit(BATCH).with_for_update()
        found = db.execute(query if after is None else query.where(tuple_(*keys) > tuple_(*after))).all()
        for *own, token in found:
            same = [key == each for key, each in zip(keys, own, strict=True)]
            db.execute(update(table).where(*same).values({value: house.seal.renew(token)}))
        return [tuple(own) for *own, _ in found]

    while done := run(engine, house, batch):
        after, count = done[-1], count + len(done)
    return count
