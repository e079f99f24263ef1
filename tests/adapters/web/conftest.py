"""Ground for the chat page's tests: a store, a demo made up for them, the page on a port, and a browser.

The browser is started once and lives on the event loop of the session; tests that use it, or `server`, say
`pytest.mark.asyncio(loop_scope="session")`.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from adapters.web.connect import Persona, Step, WebMessenger, add_to
from adapters.web.store import Store
from bot.chat.cards import Card
from bot.chat.events import Address, Pressed, Said

BEGINNING = datetime(2026, 11, 21, 18, 20, tzinfo=UTC)
CHROMIUM_ARGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    """Return the path of an installed Chromium or Chrome, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next((path for path in map(shutil.which, names) if path), None)


class FakeDemo:
    """Three people and a clock, and how it was moved."""

    zone = "Europe/London"

    def __init__(self) -> None:
        self.time = BEGINNING
        self.cast = [
            Persona("morgan", "Morgan Hill", "coordinator"),
            Persona("ada", "Ada Byron", "mentor"),
            Persona("grace", "Grace Hopper", "mentee"),
        ]
        self.moves: list[Step] = []

    def now(self) -> datetime:
        """Return the bot's time."""
        return self.time

    async def people(self) -> Sequence[Persona]:
        """Return the cast."""
        return self.cast

    async def new_person(self, name: str) -> str:
        """Add somebody to the cast."""
        if name == "Nobody":
            raise ValueError("Nobody is nobody's name.")
        self.cast.append(Persona(f"person-{len(self.cast)}", name))
        return self.cast[-1].id

    async def move(self, step: Step) -> datetime:
        """Move the clock by a day, by a week, or by an hour to the next thing due."""
        await asyncio.sleep(0.05)
        self.moves.append(step)
        self.time += {"day": timedelta(days=1), "week": timedelta(weeks=1), "next": timedelta(hours=1)}[step]
        return self.time


class Chat:
    """The chat page with a bot behind it that does what the test says: set `answer`; what arrived is in `events`."""

    def __init__(self, store: Store, demo: FakeDemo) -> None:
        self.store = store
        self.demo = demo
        self.messenger = WebMessenger(store)
        self.events: list[Said | Pressed] = []
        self.answer: Callable[[Said | Pressed], Card | None] = lambda _: None
        self.redraw = False
        self.problems = 0
        self.open = asyncio.Event()
        self.open.set()
        self._sent = 0

    async def receive(self, event: Said | Pressed) -> None:
        """Answer as told: once `open`, failing while `problems` are left, redrawing the pressed card with `redraw`."""
        await self.open.wait()
        if self.problems:
            self.problems -= 1
            raise RuntimeError("a made-up failure")
        if any(event.id == seen.id for seen in self.events):
            return
        self.events.append(event)
        card = self.answer(event)
        if card:
            replaces = event.card if self.redraw and isinstance(event, Pressed) else ""
            await self.messenger.send(event.who, card, key=event.id, replaces=replaces)

    async def send(self, user: str, card: Card, *, replaces: str = "") -> str:
        """Let the bot show `card` to `user` by itself; return the message's reference."""
        self._sent += 1
        outcome = await self.messenger.send(address(user), card, key=f"test-{self._sent}", replaces=replaces)
        return outcome.ref

    def app(self) -> web.Application:
        """Return a web application that serves this chat."""
        app = web.Application()
        add_to(app, self.messenger, self.receive, self.demo)
        return app


def address(user: str) -> Address:
    """Return somebody's address at the page."""
    return Address("web", "demo", user)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give a new store whose clock stands still."""
    with Store(tmp_path / "chat.db", lambda: BEGINNING) as store:
        yield store


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Chat]:
    """Give a chat that nobody serves yet."""
    demo = FakeDemo()
    with Store(tmp_path / "chat.db", demo.now) as store:
        yield Chat(store, demo)


@pytest_asyncio.fixture(loop_scope="session")
async def server(chat: Chat) -> AsyncIterator[TestServer]:
    """Serve the chat on a port of this machine."""
    server = TestServer(chat.app())
    async with server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Give a headless Chromium; without one the test is skipped, or fails where a browser is required."""
    path = find_chromium()
    if path is None:
        if os.environ.get("SPEEDMENTOR_REQUIRE_BROWSER") == "1":
            pytest.fail("no Chromium is installed, and SPEEDMENTOR_REQUIRE_BROWSER=1 asks for one")
        pytest.skip("no Chromium is installed")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser, server: TestServer) -> AsyncIterator[BrowserContext]:
    """Give one browser window's worth of tabs, in London, pointed at the served chat."""
    address = str(server.make_url("/"))
    context = await browser.new_context(base_url=address, timezone_id="Europe/London", locale="en-GB")
    context.set_default_timeout(10_000)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    """Give a tab; an error in its script fails the test."""
    errors: list[str] = []
    page = await context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []
