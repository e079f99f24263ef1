"""Named points of the way from an event to a message that is written down as sent, at which a process can be killed.

The program itself has no hook for this. What a statement or a commit is about is read from the statements of its
transaction, as SQLAlchemy reports them; handlers and the messenger are wrapped.
"""

import os
import re
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, event
from sqlmodel import Session

from bot.chat.cards import Card, Send
from bot.chat.events import Address, Due, Event
from bot.chat.ports import Outcome
from bot.front import respond as core
from bot.front.routes import Understood, route
from tests.faults.platform import HttpMessenger

# What is true of a transaction once it has made a statement that looks like this (and has such a parameter)
MARKS = (
    ("due", re.compile(r"LEFT OUTER JOIN set_aside"), ""),
    ("event", re.compile(r"INSERT INTO handled"), ""),
    ("sending", re.compile(r"UPDATE outbox SET state="), "sending"),
    ("outcome", re.compile(r"UPDATE outbox SET "), "sent"),
)
STATEMENTS = (
    ("before due claim", re.compile(r"LEFT OUTER JOIN set_aside"), "before"),
    ("after due claim", re.compile(r"LEFT OUTER JOIN set_aside"), "after"),
    ("before lane claim", re.compile(r"INSERT INTO lane"), "before"),
    ("after lane claim", re.compile(r"FROM lane\b"), "after"),
)

REPLY = (
    "event received",
    "before handler",
    "after handler",
    "before commit",
    "after commit",
    "before acknowledgement",
    "after acknowledgement",
    "before platform",
    "after platform",
    "before outcome commit",
    "after outcome commit",
)
DATE = (
    "before due claim",
    "after due claim",
    "before due handler",
    "after due handler",
    "before due commit",
    "after due commit",
    "before lane claim",
    "after lane claim",
    "before sending commit",
    "after sending commit",
    "before platform",
    "after platform",
    "before outcome commit",
    "after outcome commit",
)


class Death:
    """Waits for a process at one point."""

    def __init__(self, point: str) -> None:
        """Take the point; "" lets the process live."""
        self.point = point

    def at(self, name: str) -> None:
        """Kill this process if this is the point."""
        if name == self.point:
            os.kill(os.getpid(), signal.SIGKILL)

    def waits_in(self, engine: Engine) -> None:
        """Watch handlers, statements and commits."""
        if not self.point:
            return
        vars(core)["route"] = self._route
        event.listen(engine, "begin", lambda connection: connection.info.update(marks=set()))
        event.listen(engine, "before_cursor_execute", self._statement("before"))
        event.listen(engine, "after_cursor_execute", self._statement("after"))
        commit = engine.dialect.do_commit

        def do_commit(connection: Any) -> None:
            names = _commits(connection.info.get("marks", set()))
            for name in names:
                self.at(f"before {name}")
            commit(connection)
            for name in names:
                self.at(f"after {name}")

        engine.dialect.do_commit = do_commit  # type: ignore[method-assign,assignment]

    def waits_before(self, messenger: HttpMessenger) -> None:
        """Watch what is sent."""
        send = messenger.send

        async def watched(to: Address, card: Card, *, key: str, replaces: str = "") -> Outcome:
            self.at("before platform")
            outcome = await send(to, card, key=key, replaces=replaces)
            self.at("after platform")
            return outcome

        messenger.send = watched  # type: ignore[method-assign]

    def _route(self, happened: Event, db: Session, now: datetime) -> Understood:
        found = route(happened, db, now)
        name = "due handler" if isinstance(happened, Due) else "handler"

        def watched(each: Event, db: Session, now: datetime) -> list[Send]:
            self.at(f"before {name}")
            sends = found.handler(each, db, now)
            self.at(f"after {name}")
            return sends

        return replace(found, handler=watched)

    def _statement(self, when: str) -> Callable[..., None]:
        def listener(connection: Any, _: Any, statement: str, parameters: Any, *__: Any) -> None:
            said = _words(parameters)
            for mark, looks, word in MARKS:
                if looks.match(statement) or (not word and looks.search(statement)):
                    connection.info.setdefault("marks", set()).update({mark} if not word or word in said else ())
            for name, looks, then in STATEMENTS:
                if then == when and looks.search(statement):
                    self.at(name)

        return listener


def _commits(marks: set[str]) -> list[str]:
    if "due" in marks:
        return ["due commit"] if "event" in marks else []
    if "event" in marks:
        return ["commit"]
    return [f"{name} commit" for name in ("sending", "outcome") if name in marks]


def _words(parameters: Any) -> set[str]:
    """Return the texts among a statement's parameters, of whichever shape its driver takes them in."""
    if isinstance(parameters, str):
        return {parameters}
    if isinstance(parameters, dict):
        return _words(list(parameters.values()))
    if isinstance(parameters, (list, tuple)):
        return {word for each in parameters for word in _words(each)}
    return set()
