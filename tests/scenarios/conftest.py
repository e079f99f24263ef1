"""The `chat` fixture: people who say things, press what they see, and read what they get, while time goes by."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from bot import coordinators
from bot.cards import Card, as_text
from bot.core import message, respond
from bot.events import Address, Event, FieldValue, Pressed, Said
from bot.house import House
from bot.models import Outbox
from bot.store import transaction
from scheduling.due import handle_one, next_due

START = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)  # a Monday


@dataclass
class Message:
    """One card as somebody sees it."""

    ref: str
    card: Card

    @property
    def text(self) -> str:
        return as_text(self.card)


@dataclass(eq=False)
class Talker:
    """Somebody in the chat. `screen` is what they see now, oldest first; redrawn messages are redrawn."""

    chat: Chat
    user: str
    platform: str = "web"
    screen: list[Message] = field(default_factory=list)

    @property
    def address(self) -> Address:
        return Address(self.platform, "here", self.user)

    def says(self, text: str) -> list[Message]:
        """Type something; return what comes back."""
        return self.chat.happens(Said(self.chat.new_id(), self.address, text), self)

    def presses(self, label: str, *, twice: bool = False, card: int = -1, **fields: FieldValue) -> list[Message]:
        """Press the newest button whose label starts with `label`; return what comes back."""
        found = self.find(label, card)
        press = Pressed(self.chat.new_id(), self.address, *found[1:], fields, found[0])
        got = self.chat.happens(press, self)
        return got + self.chat.happens(press, self) if twice else got

    def find(self, label: str, card: int = -1) -> tuple[str, str, str]:
        """Return where a button is: the message's reference, its action and its value."""
        seen = [
            (shown.ref, button.action, button.value)
            for shown in self.screen
            for button in shown.card.buttons
            if button.label.startswith(label)
        ]
        assert seen, f"{self.user} sees no button {label!r}; the last card is:\n{self.reads()}"
        return seen[card]

    def sees(self, *texts: str) -> Talker:
        """Assert that the newest message holds all of these."""
        last = self.reads()
        for text in texts:
            assert text in last, f"{self.user} does not see {text!r} in:\n{last}"
        return self

    def reads(self) -> str:
        """Return the newest message as text."""
        return self.screen[-1].text if self.screen else ""

    def everything(self) -> str:
        """Return all that is on the screen as text."""
        return "\n---\n".join(shown.text for shown in self.screen)

    def registers(self, role: str = "mentee", **answers: str) -> Talker:
        """Answer every question of the registration by typing, and confirm."""
        said = {**DEFAULTS, "name": self.user.capitalize(), "contact": f"{self.user}@example.gov.uk", **answers}
        said["role"] = role
        self.says("register")
        for _ in range(30):
            last = self.screen[-1].card
            if any(button.action == "confirm" for button in last.buttons):
                self.presses("Confirm")
                return self
            asked = next(button.value for button in last.buttons if button.action == "answer")
            self.says(said[asked.split(":")[1]])
        raise AssertionError(f"the registration of {self.user} does not end:\n{self.reads()}")


DEFAULTS = {
    "consent": "I agree",
    "eligible": "yes",
    "grade": "HEO",
    "profession": "Policy",
    "department": "Home Office",
    "wanted_profession": "Policy",
    "places": "three",
    "identity": "prefer not to say",
    "identity_wish": "no",
    "identity_wanted": "prefer not to say",
    "biography": "skip",
    "availability": "any",
    "zone": "London",
}


class Chat:
    """The whole bot on a real database, with a clock that moves when it is told to."""

    def __init__(self, engine: Engine, house: House, now: datetime = START) -> None:
        self.engine, self.house, self.now = engine, house, now
        self.people: dict[tuple[str, str], Talker] = {}
        self.sent = 0
        self._ids = itertools.count(1)

    def person(self, user: str, platform: str = "web") -> Talker:
        """Return somebody, the same one for the same name."""
        return self.people.setdefault((platform, user), Talker(self, user, platform))

    def coordinator(self, user: str = "cora") -> Talker:
        """Return somebody who has been appointed with a one-time code."""
        with transaction(self.engine, self.house) as db:
            code = coordinators.new_code(db, self.now)
        talker = self.person(user)
        talker.says(code)
        return talker

    def open_round(self, *, name: str = "Speed mentoring", days: int = 14) -> Talker:
        """Return a coordinator whose round is open for `days`."""
        cora = self.coordinator()
        cora.says("new round")
        cora.says(name)
        cora.says("today")
        cora.says((self.now + timedelta(days=days)).strftime("%d/%m/%Y"))
        cora.sees("Registration is open")
        return cora

    def announced(self, *people: Talker) -> Talker:
        """Close, match and announce the open round; return its coordinator."""
        del people
        cora = self.person("cora")
        cora.says("admin")
        cora.presses("Close registration")
        cora.presses("Yes, close it now")
        cora.presses("Preview the matches")
        cora.presses("Announce")
        cora.presses("Yes, announce it")
        return cora

    def happens(self, event: Event, to: Talker | None = None) -> list[Message]:
        """Let the bot handle an event; return what `to` gets."""
        before = set() if to is None else {id(shown) for shown in to.screen}
        with transaction(self.engine, self.house) as db:
            respond(event, db, self.now)
        self.deliver()
        return [] if to is None else [shown for shown in to.screen if id(shown) not in before]

    def wait(self, **time: float) -> None:
        """Let time go by; everything that comes due on the way happens at its own moment."""
        self.until(self.now + timedelta(**time))

    def until(self, moment: datetime) -> None:
        """Let time go by until `moment`."""
        while True:
            with transaction(self.engine, self.house) as db:
                due = next_due(db)
            if due is None or due > moment:
                break
            self.now = max(self.now, due)
            while handle_one(self.engine, self.house, self.now) is not None:
                self.deliver()
        self.now = moment

    def deliver(self) -> None:
        """Show what waits in the outbox."""
        with transaction(self.engine, self.house) as db:
            for row in db.exec(select(Outbox).where(Outbox.state == "pending").order_by(col(Outbox.id))).all():
                found = message(row, db)
                row.state, row.done_at, row.payload = "sent", self.now, ""
                if found is None:
                    continue
                address, card = found
                talker = self.person(address.user, address.platform)
                old = next((n for n, shown in enumerate(talker.screen) if shown.ref == row.replaces), None)
                row.ref = row.replaces if old is not None else f"m{row.id}"
                shown = Message(row.ref, card)
                self.sent += 1
                if old is None:
                    talker.screen.append(shown)
                else:
                    talker.screen[old] = shown

    def db(self) -> Session:
        """Return a database handle for looking."""
        return Session(self.engine, info={"house": self.house})

    def new_id(self) -> str:
        return f"event-{next(self._ids)}"


@pytest.fixture
def chat(engine: Engine, house: House) -> Chat:
    """The bot, nobody in it yet, on Monday 2 November 2026 at ten."""
    return Chat(engine, house)
