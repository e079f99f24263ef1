"""The `chat` fixture: people who say things, press what they see, and read what they get, while time goes by.

Every scenario runs on SQLite. Those marked `postgres`, about a fifth of the conversations and at least one for
everything that people do, run on a real PostgreSQL too; all of them there would take minutes and say nothing new.
`opened`, `matched`, `booked`, `met` and `going_on` are chats that have come that far: lived once through the front
door, then copied for every test. `scenes` does the same for what a test file has lived itself.
"""

from __future__ import annotations

import functools
import itertools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

import icalendar
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, event, inspect, make_url
from sqlmodel import Session, SQLModel, col, func, select

from adapters.slack.render import to_home, to_message
from bot.chat.cards import HOME, Card, as_text
from bot.chat.events import Address, Event, FieldValue, Pressed, Said
from bot.front.parts import build, load_all
from bot.front.respond import message, respond
from bot.keeping.seal import Seal, new_key
from bot.keeping.store import connect, transaction
from bot.keeping.tables import Outbox
from bot.people import coordinators
from bot.programme.house import House
from scheduling.due import handle_one, next_due
from tests.adapters.slack.surfaces import misplaced

Row = TypeVar("Row", bound=SQLModel)

START = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)  # a Monday


@dataclass(frozen=True)
class Message:
    """One card as somebody sees it, and when it came."""

    ref: str
    card: Card
    at: datetime

    @property
    def text(self) -> str:
        """The card as text."""
        return as_text(self.card)

    @property
    def calendar(self) -> tuple[str, str, int, str]:
        """The method, UID, sequence and start (UTC) of the calendar file that came with it."""
        (file,) = [file for file in self.card.files if file.mime == "text/calendar"]
        read = icalendar.Calendar.from_ical(file.content)
        (entry,) = read.walk("VEVENT")
        return (
            str(read["METHOD"]),
            str(entry["UID"]),
            int(str(entry["SEQUENCE"])),
            f"{entry.decoded('DTSTART'):%d %b %H:%M}",
        )


@dataclass(eq=False)
class Talker:
    """Somebody in the chat.

    `screen` is what they see now, oldest first; redrawn messages are redrawn. `log` is all that they were ever sent.
    """

    chat: Chat
    user: str
    platform: str = "web"
    screen: list[Message] = field(default_factory=list)
    log: list[Message] = field(default_factory=list)
    heard: int = 0

    @property
    def address(self) -> Address:
        """Where they are reached."""
        return Address(self.platform, "here", self.user)

    def says(self, text: str, *, twice: bool = False) -> list[Message]:
        """Type something (`twice`: the platform delivers it twice); return what comes back."""
        said = Said(self.chat.new_id(), self.address, text)
        got = self.chat.happens(said, self)
        return got + self.chat.happens(said, self) if twice else got

    def presses(self, label: str, *, twice: bool = False, card: int = -1, **fields: FieldValue) -> list[Message]:
        """Press the newest button whose label starts with `label`; return what comes back.

        `twice`: the platform delivers the press twice.
        """
        ref, action, value = self.find(label, card)
        press = Pressed(self.chat.new_id(), self.address, action, value, fields, ref)
        got = self.chat.happens(press, self)
        return got + self.chat.happens(press, self) if twice else got

    def sends(self, action: str, value: str = "", **fields: FieldValue) -> list[Message]:
        """Press something that is not on their screen (any more, or never was); return what comes back."""
        return self.chat.happens(Pressed(self.chat.new_id(), self.address, action, value, fields), self)

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

    def buttons(self) -> list[str]:
        """Return the labels of the newest message's buttons."""
        return [button.label for button in self.screen[-1].card.buttons]

    def fact(self, label: str) -> str:
        """Return a labelled value of the newest message."""
        facts = {fact.label: fact.value for fact in self.screen[-1].card.facts}
        assert label in facts, f"{self.user} sees no {label!r} in:\n{self.reads()}"
        return facts[label]

    def everything(self) -> str:
        """Return all that they were ever sent as text, files included."""
        return "\n---\n".join(shown.text + "".join(file.content for file in shown.card.files) for shown in self.log)

    def news(self) -> list[Message]:
        """Return what came since they last asked."""
        new = self.log[self.heard :]
        self.heard = len(self.log)
        return new

    def registers(self, role: str = "mentee", **answers: str) -> Talker:
        """Answer every question of the registration by typing, and confirm."""
        self.fills_in(role, **answers)
        self.presses("Confirm")
        self.news()
        return self

    def fills_in(self, role: str = "mentee", *, until: str = "", **answers: str) -> Talker:
        """Answer every question by typing, up to the summary or the question `until`."""
        said = {**DEFAULTS, "name": self.user.capitalize(), "contact": f"{self.user}@example.gov.uk", **answers}
        said["role"] = role
        self.says("register")
        for _ in range(30):
            asked = self.asked()
            if asked in {"", until}:
                return self
            self.says(said[asked])
        raise AssertionError(f"the registration of {self.user} does not end:\n{self.reads()}")

    def asked(self) -> str:
        """Return the name of the question that the newest message asks, or "" if it asks none."""
        named = [button.value.split(":")[1] for button in self.screen[-1].card.buttons if button.action == "answer"]
        return named[0] if named else ""


@functools.lru_cache(maxsize=10_000)
def stands_in_slack(card: Card, *, home: bool) -> None:
    """Assert that Slack takes a card as a message, and on the Home tab if it is for there; each is looked at once."""
    assert misplaced(to_message(card, "T1", "key").blocks, "message") == []
    assert not home or misplaced(to_home(card, "T1", "key")["blocks"], "home") == []


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
MENTOR = {"role": "mentor", "grade": "SEO", "department": "HM Treasury"}


class Chat:
    """The whole bot on a real database, with a clock that moves when it is told to."""

    def __init__(self, engine: Engine, house: House, now: datetime = START) -> None:
        """Start the bot on a database."""
        self.engine, self.house, self.now = engine, house, now
        self.people: dict[tuple[str, str], Talker] = {}
        self.sent = 0
        self._ids = itertools.count(1)

    def person(self, user: str, platform: str = "web") -> Talker:
        """Return somebody, the same one for the same name."""
        return self.people.setdefault((platform, user), Talker(self, user, platform))

    def code(self) -> str:
        """Return a fresh one-time code, as `app.py coordinator` prints it."""
        with transaction(self.engine, self.house) as db:
            return coordinators.new_code(db, self.now)

    def coordinator(self, user: str = "cora") -> Talker:
        """Return somebody who has been appointed with a one-time code."""
        talker = self.person(user)
        talker.says(self.code())
        return talker

    def open_round(self, *, name: str = "Speed mentoring", days: int = 14) -> Talker:
        """Return a coordinator whose round is open for `days`."""
        cora = self.plan_round("today", (self.now + timedelta(days=days)).strftime("%d/%m/%Y"), name=name)
        cora.sees("Registration is open")
        return cora

    def plan_round(self, opens: str, closes: str, *, name: str = "Speed mentoring") -> Talker:
        """Return a coordinator who has set up a round with these dates."""
        known = ("web", "cora") in self.people
        cora = self.person("cora") if known else self.coordinator()
        for text in ("new round", name, opens, closes):
            cora.says(text)
        cora.sees("The round is set up.")
        return cora

    def announced(self) -> Talker:
        """Close, match and announce the open round; return its coordinator."""
        cora = self.proposed()
        cora.presses("Announce")
        cora.presses("Yes, announce it")
        return cora

    def going_on_with(self, mentor: str, *mentees: str) -> None:
        """Let a mentor and some matched mentees book, meet, and both say yes, up to the day on which they hear it."""
        ann = self.person(mentor)
        for mentee in map(self.person, mentees):
            mentee.presses(f"Suggest a time to {mentor.capitalize()}")
            mentee.presses(mentee.buttons()[0])
            ann.presses("Accept")
        self.wait(days=8)
        for mentee in map(self.person, mentees):
            mentee.presses("Yes, we met")
            mentee.presses("Yes, I would")
            ann.presses("Yes, we met")
            ann.presses("Yes, I would")
            if ann.buttons()[-1] == "No, thank you":
                ann.presses(ann.buttons()[-2])
        self.wait(days=8)

    def proposed(self) -> Talker:
        """Close and match the open round; return its coordinator, who sees the preview."""
        cora = self.person("cora")
        cora.says("admin")
        cora.presses("Close registration")
        cora.presses("Yes, close it now")
        cora.presses("Preview the matches")
        return cora

    def happens(self, event: Event, to: Talker | None = None) -> list[Message]:
        """Let the bot handle an event; return what `to` gets."""
        before = 0 if to is None else len(to.log)
        with transaction(self.engine, self.house) as db:
            respond(event, db, self.now)
        self.deliver()
        return [] if to is None else to.log[before:]

    def wait(self, **time: float) -> None:
        """Let time go by; everything that comes due on the way happens at its own moment."""
        self.until(self.now + timedelta(**time))

    def until(self, moment: datetime) -> None:
        """Let time go by until `moment`."""
        while True:
            with transaction(self.engine, self.house) as db:
                waiting = db.exec(select(func.min(Outbox.next_at)).where(Outbox.state == "pending")).one()
                due = min((each for each in (next_due(db), waiting) if each is not None), default=None)
            if due is None or due > moment:
                break
            self.now = max(self.now, due)
            self.deliver()
            while (done := handle_one(self.engine, self.house, self.now)) is not None:
                assert not done.failed, f"{done.action} of row {done.row_id} failed: {done.failed}"
                self.deliver()
        self.now = moment

    def until_due(self, date: Any) -> datetime:
        """Let time go by until the date in this column, of the only row that has one; return it."""
        with self.db() as db:
            found = db.exec(select(date).where(date.is_not(None))).one()
        assert isinstance(found, datetime)
        self.until(found)
        return found

    def deliver(self) -> None:
        """Show what waits in the outbox."""
        with transaction(self.engine, self.house) as db:
            waiting = select(Outbox).where(Outbox.state == "pending", Outbox.next_at <= self.now)
            for row in db.exec(waiting.order_by(col(Outbox.id))).all():
                found = message(row, db)
                row.state, row.done_at, row.payload = "sent", self.now, ""
                if found is None:
                    continue
                address, card = found
                stands_in_slack(card, home=row.replaces == HOME)
                talker = self.person(address.user, address.platform)
                old = next((n for n, shown in enumerate(talker.screen) if shown.ref == row.replaces), None)
                row.ref = row.replaces if old is not None else f"m{row.id}"
                shown = Message(row.ref, card, self.now)
                self.sent += 1
                talker.log.append(shown)
                if old is None:
                    talker.screen.append(shown)
                else:
                    talker.screen[old] = shown

    def restarts(self) -> None:
        """Stop the bot, and start another one on the same database; what people see stays where it is."""
        self.engine.dispose()
        self.engine = _engine(self.engine.url.render_as_string(hide_password=False))
        self.house = build(load_all(), self.house.seal)

    def db(self) -> Session:
        """Return a database handle for looking."""
        return Session(self.engine, info={"house": self.house})

    def rows(self, table: type[Row]) -> list[Row]:
        """Return all rows of a table, in the order in which they were made."""
        with self.db() as db:
            return list(db.exec(select(table).order_by(*inspect(table).primary_key)).all())

    def new_id(self) -> str:
        """Return an id for an event, as a platform gives it."""
        return f"event-{next(self._ids)}"


# ---- databases, and how far a chat has come -------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known that lets a scenario run on PostgreSQL too."""
    config.addinivalue_line("markers", "postgres: a scenario that runs on PostgreSQL too")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Choose the databases of a scenario."""
    if "chat" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("postgres")
        metafunc.parametrize("stage", ["sqlite", "postgres"] if both else ["sqlite"], indirect=True)


@pytest.fixture(scope="session")
def house() -> House:
    """One key and one set of programmes for all scenarios of a process, so that a database can be copied."""
    return build(load_all(), Seal([new_key()]))


class Stage(Protocol):
    """The database that all scenarios of its kind use, one after the other: what its engine has compiled is kept."""

    engine: Engine

    def keep(self, scene: str) -> None:
        """Keep a copy of the database as it is."""
        ...

    def show(self, scene: str) -> None:
        """Put a copy that was kept in the place of the database."""
        ...


@dataclass
class FileStage:
    """A SQLite file; the copies lie beside it."""

    engine: Engine

    def keep(self, scene: str) -> None:
        self.engine.dispose()
        shutil.copyfile(self._file(), self._file(scene))

    def show(self, scene: str) -> None:
        self.engine.dispose()
        shutil.copyfile(self._file(scene), self._file())

    def _file(self, scene: str = "chat") -> Path:
        return Path(str(self.engine.url.database)).with_name(f"{scene}.db")


@dataclass
class ServerStage:
    """A database on a PostgreSQL server; the copies are databases there too, and `admin` makes them."""

    engine: Engine
    admin: psycopg.Connection
    databases: set[str] = field(default_factory=set)

    def keep(self, scene: str) -> None:
        self.copy(self._name(), scene)

    def show(self, scene: str) -> None:
        self.copy(self._name(scene), "")

    def copy(self, database: str, scene: str) -> None:
        """Keep a copy of any database for a scene, or for the one that is played on ("")."""
        self.engine.dispose()
        new = self._name(scene)
        drop, create = "DROP DATABASE IF EXISTS {} WITH (FORCE)", "CREATE DATABASE {} TEMPLATE {}"
        self.admin.execute(sql.SQL(drop).format(sql.Identifier(new)))
        self.admin.execute(sql.SQL(create).format(sql.Identifier(new), sql.Identifier(database)))
        self.databases.add(new)

    def drop(self) -> None:
        """Leave the server as it was."""
        self.engine.dispose()
        for name in self.databases:
            self.admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _name(self, scene: str = "") -> str:
        return f"{self.engine.url.database}{scene and '_'}{scene}"


@pytest.fixture(scope="session")
def sqlite_stage(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return the file that all scenarios on SQLite use."""
    folder = tmp_path_factory.mktemp("chat")
    shutil.copyfile(sqlite_template, folder / "empty.db")
    return FileStage(_engine(f"sqlite:///{folder / 'chat.db'}"))


@pytest.fixture(scope="session")
def postgres_stage(postgres_template: str, postgres_server: str) -> Iterator[Stage]:
    """Return the database that all scenarios on PostgreSQL use."""
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        url = make_url(postgres_server).set(database=f"{postgres_template}_chat")
        stage = ServerStage(_engine(url.render_as_string(hide_password=False)), admin)
        stage.copy(postgres_template, "empty")
        yield stage
        stage.drop()


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> Stage:
    """Return the stage that a scenario plays on, empty."""
    found: Stage = request.getfixturevalue(f"{request.param}_stage")
    found.show("empty")
    return found


@pytest.fixture
def chat(stage: Stage, house: House) -> Iterator[Chat]:
    """The bot, nobody in it yet, on Monday 2 November 2026 at ten."""
    chat = Chat(stage.engine, house)
    yield chat
    chat.engine.dispose()


Lived = Callable[[Chat], None]
Scenes = Callable[[Chat, Lived], Chat]


@pytest.fixture(scope="session")
def kept() -> dict[tuple[str, Lived], Chat]:
    """Return the scenes that were lived already, with who was there and what they saw."""
    return {}


@pytest.fixture
def scenes(stage: Stage, kept: dict[tuple[str, Lived], Chat]) -> Scenes:
    """Return what brings a chat to a scene: by living through it, or from a copy of when it was lived before."""

    def at(chat: Chat, live: Lived) -> Chat:
        scene = (stage.engine.dialect.name, live)
        name = f"{live.__module__.rpartition('.')[2]}{live.__name__}"
        if scene not in kept:
            live(chat)
            stage.keep(name)
            kept[scene] = _copied(chat, Chat(chat.engine, chat.house))
        stage.show(name)
        return _copied(kept[scene], chat)

    return at


def _copied(old: Chat, new: Chat) -> Chat:
    new.now, new.sent, new.people = old.now, old.sent, {}
    new._ids = itertools.count(old.sent + 1_000_000)
    for key, talker in old.people.items():
        new.people[key] = Talker(new, *key[::-1], list(talker.screen), list(talker.log), len(talker.log))
    return new


def _engine(url: str) -> Engine:
    engine = connect(url)
    if engine.dialect.name == "sqlite":  # a test's database need not survive a power cut
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF").close())
    return engine


@pytest.fixture
def opened(chat: Chat, scenes: Scenes) -> Chat:
    """Registration is open for two weeks."""
    return scenes(chat, _opened)


@pytest.fixture
def matched(chat: Chat, scenes: Scenes) -> Chat:
    """Ann (a mentor) and Bob (a mentee) have been told of each other."""
    return scenes(chat, _matched)


@pytest.fixture
def booked(chat: Chat, scenes: Scenes) -> Chat:
    """Ann and Bob have a session, on Wednesday 4 November from nine."""
    return scenes(chat, _booked)


@pytest.fixture
def met(chat: Chat, scenes: Scenes) -> Chat:
    """Ann and Bob have both said that their session took place, and are asked whether they would like to go on."""
    return scenes(chat, _met)


@pytest.fixture
def going_on(chat: Chat, scenes: Scenes) -> Chat:
    """Ann and Bob both said yes, and have just been told."""
    return scenes(chat, _going_on)


def _opened(chat: Chat) -> None:
    chat.open_round()


def _matched(chat: Chat) -> None:
    _opened(chat)
    chat.person("ann").registers(**MENTOR)
    chat.person("bob").registers("mentee")
    chat.announced()


def _booked(chat: Chat) -> None:
    _matched(chat)
    bob, ann = chat.person("bob"), chat.person("ann")
    bob.presses("Suggest a time to Ann")
    bob.presses(bob.buttons()[0])
    ann.presses("Accept")


def _met(chat: Chat) -> None:
    _booked(chat)
    chat.wait(days=4)
    for user in ("ann", "bob"):
        chat.person(user).presses("Yes, we met")


def _going_on(chat: Chat) -> None:
    _met(chat)
    chat.person("ann").presses("Yes, I would")
    chat.person("ann").presses("2 mentees")
    chat.person("bob").presses("Yes, I would")
    chat.wait(days=8)
    chat.person("bob").sees("You and Ann both said yes.")
