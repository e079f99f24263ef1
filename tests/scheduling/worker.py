"""A process of its own for tests: it handles what is due, or delivers and dies in the middle.

    python -m tests.scheduling.worker handle DATABASE KEY LIST
    python -m tests.scheduling.worker die DATABASE KEY LIST

What it has handled, or shown, it adds to the file LIST, one line each.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from bot import routes
from bot.cards import Card, Send
from bot.events import Address, Due
from bot.house import House
from bot.models import Person
from bot.ports import Outcome
from bot.seal import Seal
from bot.store import connect
from scheduling.due import handle_one
from scheduling.outbox import deliver
from tests.scheduling.platforms import NOON


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


def main(what: str, database: str, key: str, listed: Path) -> None:
    """Do what is asked."""
    engine, house = connect(database), House(programmes={}, seal=Seal([key]))

    def comes_back(event: Due, db: object, now: object) -> list[Send]:
        del now
        person = db.get(Person, int(event.value))  # type: ignore[attr-defined]
        person.resume_due_at = None
        return []

    if what == "die":
        asyncio.run(deliver(engine, house, {"web": Mortal(listed)}, lambda: NOON))
    routes.DUE = {"end_pause": comes_back}
    while done := handle_one(engine, house, NOON):
        note(listed, f"{os.getpid()} {done.row_id} {done.failed}")
    engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]))
