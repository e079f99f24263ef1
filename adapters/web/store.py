"""The chat page's history: one SQLite file that keeps what a chat platform keeps.

Every change, a new message or a redraw, takes the next `version`, so a tab that has seen version N asks for what came
after N and misses nothing. The calls block for a millisecond or so and may come from any thread.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Self

from bot.chat.cards import File

_TABLES = """
CREATE TABLE IF NOT EXISTS message (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    version INTEGER NOT NULL UNIQUE,
    person  TEXT NOT NULL,
    mine    INTEGER NOT NULL,
    at      TEXT NOT NULL,
    event   TEXT NOT NULL,
    body    TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS message_by_person ON message (person, version);
CREATE TABLE IF NOT EXISTS file (
    message INTEGER NOT NULL REFERENCES message (id),
    n       INTEGER NOT NULL,
    name    TEXT NOT NULL,
    mime    TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (message, n)
);
CREATE TABLE IF NOT EXISTS posted (key TEXT PRIMARY KEY, message INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (person TEXT PRIMARY KEY, message INTEGER NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of one person's conversation.

    `mine` says that the person wrote it, as event `event`; else the bot did. `at` is when it was first posted (UTC).
    """

    id: int
    version: int
    mine: bool
    at: datetime
    event: str
    body: Mapping[str, Any]


class Store:
    """The file at `path`, made if there is none, readable by its owner only. `now` stamps what is posted."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._now = now
        self._lock = Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # A plain rollback journal: nothing to share between processes here, and nothing left behind by kill -9.
        self._db.execute("PRAGMA journal_mode = TRUNCATE")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_TABLES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def post(
        self,
        person: str,
        body: Mapping[str, Any],
        *,
        key: str,
        replaces: str = "",
        files: Sequence[File] = (),
        event: str = "",
    ) -> int:
        """Post `body` to `person`'s conversation, or redraw their message `replaces` with it; return the message's id.

        The same `key` posts once: later calls change nothing and return the first one's message. A redraw of what is
        not a message of the bot to this person posts a new one, so that nothing said is lost. With `event`, the
        person wrote it themselves.
        """
        with self._transaction() as db:
            if posted := db.execute("SELECT message FROM posted WHERE key = ?", (key,)).fetchone():
                return int(posted[0])
            version = self._version() + 1
            text = json.dumps(body)
            redrawn = db.execute(
                "UPDATE message SET version = ?, body = ? WHERE id = ? AND person = ? AND NOT mine RETURNING id",
                (version, text, int(replaces) if replaces.isascii() and replaces.isdigit() else 0, person),
            ).fetchone()
            if redrawn:
                message = int(redrawn[0])
            else:
                at = self._now().astimezone(UTC).isoformat()
                message = db.execute(
                    "INSERT INTO message (version, person, mine, at, event, body) "
                    "VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
                    (version, person, bool(event), at, event, text),
                ).fetchone()[0]
            db.execute("DELETE FROM file WHERE message = ?", (message,))
            db.executemany(
                "INSERT INTO file (message, n, name, mime, content) VALUES (?, ?, ?, ?, ?)",
                [
                    (message, n, file.name, file.mime, file.content.encode(errors="replace"))
                    for n, file in enumerate(files)
                ],
            )
            db.execute("INSERT INTO posted (key, message) VALUES (?, ?)", (key, message))
            return int(message)

    def version(self) -> int:
        """Return the version of the latest change in any conversation; 0 while there is none."""
        with self._lock:
            return self._version()

    def messages(self, person: str, after: int = 0) -> tuple[list[Message], int]:
        """Return `person`'s messages that are new or redrawn since version `after`, oldest first, and the version."""
        with self._lock:
            rows = self._db.execute(
                "SELECT id, version, mine, at, event, body FROM message WHERE person = ? AND version > ? ORDER BY id",
                (person, after),
            ).fetchall()
            version = self._version()
        return [
            Message(number, changed, bool(mine), datetime.fromisoformat(at), event, json.loads(body))
            for number, changed, mine, at, event, body in rows
        ], version

    def file(self, person: str, message: int, n: int) -> File | None:
        """Return file `n`, from 0, of `person`'s message, or None."""
        with self._lock:
            row = self._db.execute(
                "SELECT file.name, mime, content FROM file JOIN message ON message.id = file.message "
                "WHERE person = ? AND message.id = ? AND n = ?",
                (person, message, n),
            ).fetchone()
        return File(row[0], row[1], row[2].decode()) if row else None

    def read(self, person: str, upto: int) -> None:
        """Remember that `person` has seen their messages up to id `upto`; going back is impossible."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO seen (person, message) VALUES (?, ?) "
                "ON CONFLICT (person) DO UPDATE SET message = max(message, excluded.message)",
                (person, upto),
            )

    def unread(self) -> dict[str, int]:
        """Return how many messages of the bot each person has not seen; who has seen all is left out.

        A redraw is not news: it changes a message in its place, as on Slack and Teams.
        """
        with self._lock:
            return dict(
                self._db.execute(
                    "SELECT message.person, count(*) FROM message LEFT JOIN seen USING (person) "
                    "WHERE NOT mine AND message.id > coalesce(seen.message, 0) GROUP BY message.person"
                )
            )

    def _version(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(version), 0) FROM message").fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
