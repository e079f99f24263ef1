"""A copy of a SQLite database, taken while a bot is running on it."""

import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from time import monotonic

from sqlalchemy import make_url

from bot.keeping.alone import database_file

PATIENCE = 60.0  # seconds that others may keep the database locked
BUSY_TIMEOUT = 5.0  # seconds that SQLite waits by itself before it says that it is locked
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def backup(url: str, to: Path) -> None:
    """Copy the SQLite database at `url` to the new file `to`, as it is after its latest commit.

    The copy is checked, readable by its owner only, and there as a whole or not at all. A bot that is running waits
    for as long as the pages are copied, and goes on. Whatever stands in the way is a ValueError with a sentence.
    """
    source = database_file(url)
    if source is None:
        raise ValueError(_elsewhere(url))
    if not source.is_file():
        raise ValueError(f"{source} is not there, so there is nothing to copy. Check SPEEDMENTOR_DATABASE.")
    if not to.parent.is_dir():
        raise ValueError(f"The folder {to.parent} is not there. Make it, or choose another.")
    _must_be_new(to)
    try:
        handle, name = tempfile.mkstemp(dir=to.parent, prefix=f".{to.name}.", suffix=".part")  # mode 0600
    except OSError as error:
        raise ValueError(f"{to.parent} cannot be written: {error.strerror}. Choose another folder.") from None
    os.close(handle)
    part = Path(name)
    try:
        _copy(source, part)
        _flush(part)
        _must_be_new(to)
        part.rename(to)
    except sqlite3.Error as error:
        raise ValueError(f"{source} cannot be copied ({error.sqlite_errorname}). Nothing was written.") from None
    except OSError as error:
        raise ValueError(f"{to} cannot be written: {error.strerror}. Nothing was written.") from None
    finally:
        for leftover in (part, part.with_name(f"{part.name}-journal")):
            leftover.unlink(missing_ok=True)
    with suppress(PermissionError):  # Windows does not let a folder be opened, and needs no flush of it
        _flush(to.parent)


def _elsewhere(url: str) -> str:
    if make_url(url).get_backend_name() == "sqlite":
        return "A database in memory cannot be backed up. Give it a file in SPEEDMENTOR_DATABASE."
    return (
        "This makes copies of SQLite files, and the database is a PostgreSQL. Take its backups with pg_dump: "
        "pg_dump --format=custom --file=FILE DATABASE. It may run while the bot does."
    )


def _must_be_new(to: Path) -> None:
    if to.exists() or to.is_symlink():
        raise ValueError(f"{to} is there already, and a backup never replaces another. Choose a new name.")


def _copy(source: Path, part: Path) -> None:
    """Copy all pages in one go: one that goes in steps begins anew with every commit of another process."""
    until = monotonic() + PATIENCE

    def wait(status: int, *_: int) -> None:
        if status in BUSY and monotonic() > until:
            raise ValueError(f"{source} was locked by something else for a minute. Nothing was written; try again.")

    # Opened for writing, as what a process that was killed has left half-done can be put right only then
    there = f"{source.resolve().as_uri()}?mode=rw"
    with closing(sqlite3.connect(there, uri=True, timeout=BUSY_TIMEOUT)) as db, closing(sqlite3.connect(part)) as copy:
        db.backup(copy, pages=-1, progress=wait)
        copy.execute("PRAGMA journal_mode=DELETE").close()  # one file, whatever the original keeps beside itself
        if copy.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise ValueError(
                f"The copy is not sound, and was not kept: {source} seems to be damaged. Keep the backups you have, "
                "and see “Restoring” in docs/operating.md."
            )


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
