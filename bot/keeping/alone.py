"""One server for each SQLite file: a lock beside it that the operating system lets go of when its process ends."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import make_url


class AlreadyRunningError(Exception):
    """Another process holds this database. The text is a sentence for whoever started the second one."""


def database_file(url: str) -> Path | None:
    """Return the file of a `sqlite:///path` URL; None for any other database, and for one in memory."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or address.database in {None, "", ":memory:"}:
        return None
    return Path(str(address.database))


_HELD: set[Path] = set()  # by this process


def runs_elsewhere(database: Path) -> bool:
    """Tell whether another process holds the lock of this file."""
    if database.resolve() in _HELD:
        return False
    try:
        with alone(database):
            return False
    except AlreadyRunningError:
        return True


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Hold `<database>.lock` until the end of the block, or of the process, however that ends.

    AlreadyRunningError if another holds it, in this process or another one; ValueError, with a sentence, if there can
    be no such file. The file stays behind, empty. The lock is SQLite's own, so it works wherever the database does.
    """
    found = database.resolve()  # a link to the same file is the same database
    path = found.with_name(f"{found.name}.lock")
    try:
        lock = sqlite3.connect(path, timeout=0, isolation_level=None)
    except sqlite3.OperationalError:
        raise ValueError(_no_lock(path)) from None
    with closing(lock):
        try:
            lock.execute("PRAGMA journal_mode=MEMORY").close()  # no file beside the file beside the file
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorname in {"SQLITE_BUSY", "SQLITE_LOCKED"}:
                raise AlreadyRunningError(
                    f"A bot is running on {database} already. Use that one, or stop it first. "
                    "Several at a time need PostgreSQL."
                ) from None
            raise ValueError(_no_lock(path)) from None
        _HELD.add(found)
        try:
            yield
        finally:
            _HELD.discard(found)


def _no_lock(path: Path) -> str:
    return f"{path} cannot be written. Its folder has to exist and be yours, and nothing else may have that name."
