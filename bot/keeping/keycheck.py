"""Which keys a database is sealed with, noted in the database itself: a start without one of them is refused.

The note is a row among the secrets. It lists the marks of all keys that may have sealed something since everything was
last sealed anew, and is sealed with the newest of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, asc, desc, insert, update
from sqlalchemy import select as rows_of
from sqlmodel import col

from bot.keeping.seal import NotYoursError, Seal
from bot.keeping.tables import Secret

OWNER, NAME = "keys", "key-check"
NEAR = 200  # rows at either end of a table, among which a sealed value is looked for
REFUSAL = (
    "The key in SPEEDMENTOR_KEYS is not the one that this database was sealed with, or an earlier one is missing "
    "beside it; nothing was changed. Put the earlier key back. To change keys, put the new one first and the old one "
    "after a comma, and run `app.py reseal`. A fresh database needs another SPEEDMENTOR_DATABASE."
)


class WrongKeysError(Exception):
    """A key that the database is sealed with is not at hand. The text says to an operator what to do."""


def keep(connection: Connection, seal: Seal, sealed: Iterable[Any]) -> None:
    """Note the newest key as one that seals from now on; WrongKeysError, and nothing noted, if a key is missing.

    What is sealed in a column (`sealed` lists them) has to open too: its oldest and its newest value. Where
    nothing is noted yet, those may be sealed with any of the keys at hand, so that all of them are noted.
    """
    if not fits(connection, seal):
        raise WrongKeysError(REFUSAL)
    values = list(_ends(connection, sealed))
    if not all(seal.opens(value) for value in values):
        raise WrongKeysError(REFUSAL)
    noted = _noted(connection, seal)
    if noted is None:
        _note(connection, seal, seal.marks if values else seal.marks[:1])
    elif seal.marks[0] not in noted:
        _note(connection, seal, [*noted, seal.marks[0]])


def fits(connection: Connection, seal: Seal) -> bool:
    """Tell whether all keys that are noted are at hand; they are where nothing is noted yet."""
    try:
        return set(_noted(connection, seal) or ()) <= set(seal.marks)
    except NotYoursError:
        return False


def settle(connection: Connection, seal: Seal) -> None:
    """Note the newest key and no other, as everything is sealed with it. NotYoursError if no key opens the note."""
    _noted(connection, seal, hold=True)  # else a key that somebody notes at this moment would be forgotten
    _note(connection, seal, seal.marks[:1])


def _noted(connection: Connection, seal: Seal, *, hold: bool = False) -> list[str] | None:
    query = rows_of(col(Secret.token)).where(col(Secret.name) == NAME)
    token = connection.execute(query.with_for_update() if hold else query).scalar()
    if token is None:
        return None
    marks = seal.open(OWNER, NAME, token)
    assert isinstance(marks, list)  # noqa: S101
    return marks


def _note(connection: Connection, seal: Seal, marks: Sequence[str]) -> None:
    token = seal.close(OWNER, NAME, list(marks))
    again = update(Secret).where(col(Secret.name) == NAME).values(token=token)
    if not connection.execute(again).rowcount:
        connection.execute(insert(Secret).values(name=NAME, token=token))


def _ends(connection: Connection, sealed: Iterable[Any]) -> Iterator[str]:
    """Yield the oldest and the newest value of each column, if there is one among the rows at that end."""
    for value in sealed:
        rows, column = value.table, value.name
        names = [key.name for key in rows.primary_key]
        for way in (asc, desc):
            few = rows_of(rows.c[*names, column]).order_by(*(way(rows.c[name]) for name in names)).limit(NEAR)
            near = few.subquery().c
            found = rows_of(near[column]).where(near[column] != "").order_by(*(way(near[name]) for name in names))
            yield from connection.execute(found.limit(1)).scalars()
