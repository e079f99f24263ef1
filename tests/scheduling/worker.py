"""Processes of their own for tests: one handles what is due, one delivers and is killed in the middle."""

import asyncio
import multiprocessing
import os
import signal
from multiprocessing.context import ForkServerContext
from pathlib import Path

from sqlmodel import Session

from bot.chat.cards import Card, Send
from bot.chat.events import Address, Due
from bot.chat.ports import Outcome
from bot.front import routes
from bot.front.parts import PARTS, build
from bot.keeping.seal import Seal
from bot.keeping.store import connect
from bot.people.tables import Person
from bot.programme.house import House
from bot.programme.part import Date
from scheduling.due import handle_one
from scheduling.outbox import deliver
from tests.scheduling.platforms import NOON


def processes() -> ForkServerContext:
    """Return a maker of processes that have read all the modules already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


class Mortal:
    """A platform that takes a message, whereupon the process that sent it is killed."""

    def __init__(self, shown: Path) -> None:
        self.shown = shown

    async def send(self, to: Address, card: Card, *, key: str, replaces: str = "") -> Outcome:
        """Show the card, and die."""
        del to, card, replaces
        note(self.shown, key)
        os.kill(os.getpid(), signal.SIGKILL)
        return Outcome("sent")


def note(path: Path, line: str) -> None:
    """Add a line to a file, at once."""
    with path.open("a") as file:
        file.write(line + "\n")


def deliver_and_die(database: str, key: str, shown: Path) -> None:
    """Deliver what waits, to a platform that lets nobody live."""
    house = House(programmes={}, seal=Seal([key]))
    asyncio.run(deliver(connect(database), house, {"web": Mortal(shown)}, lambda: NOON))


def handle_all(database: str, key: str, handled: Path) -> None:
    """Handle what is due, and list the rows."""

    def comes_back(event: Due, db: Session, now: object) -> list[Send]:
        del now
        person = db.get(Person, int(event.value))
        assert person is not None
        person.resume_due_at = None
        return []

    routes.of(PARTS).due["end_pause"] = Date(Person.resume_due_at, comes_back)
    engine, house = connect(database), build({}, Seal([key]))
    while done := handle_one(engine, house, NOON):
        note(handled, f"{done.row_id}{done.failed}")
    engine.dispose()
