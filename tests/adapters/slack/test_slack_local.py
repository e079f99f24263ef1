"""The whole journey against an independent Slack with a browser client: local-slack, from npm, on this machine.

It plays the Web API, the Events API, Socket Mode and the people's own client. It knows no limits and no retries, shows
a message's fallback text above its blocks, and sends no values of inputs; those are looked at elsewhere.
"""

import asyncio
import json
import os
import platform
import re
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from playwright.async_api import Browser, Page, async_playwright, expect
from slack_sdk.models.blocks import Block

from adapters.slack.connect import ACKNOWLEDGED, SlackSettings, set_up
from app import Bot
from bot import coordinators, words
from bot.house import House
from bot.store import connect, run
from bot.vault import DatabaseVault
from scheduling.clock import DemoClock, DemoTime, real_now
from tests.adapters.web.conftest import CHROMIUM_ARGS, find_chromium

pytestmark = [pytest.mark.clients, pytest.mark.xdist_group("clients")]

PACKAGE = "local-slack-linux-x64"
VERSION = "0.1.8"
START = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)  # a Monday
PATIENCE = 60.0  # seconds for a program to start, on a machine that is busy
PEOPLE = {"U01ANN": "Ann Archer", "U02BOB": "Bob Brown", "U03CORA": "Cora Clark"}
DEFAULTS = {
    "consent": "I agree",
    "eligible": "Yes, it does",
    "grade": "HEO",
    "profession": "Policy",
    "department": "Home Office",
    "wanted_profession": "Policy",
    "places": "one",
    "identity": "Prefer not to say",
    "identity_wish": "Prefer not to say",
    "identity_wanted": "Prefer not to say",
    "biography": "Skip",
    "availability": "any",
    "zone": "London",
}


def a_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def program() -> Path:
    """Return the program that plays Slack, fetched from npm once and kept in the user's cache."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip(f"{PACKAGE} runs on 64-bit Linux on Intel or AMD only")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed, and local-slack comes from there")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "speedmentor-clients" / f"{PACKAGE}-{VERSION}"
    found = folder / "node_modules" / PACKAGE / "bin" / "local-slack"
    if not found.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fetch = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", f"{PACKAGE}@{VERSION}"]
        subprocess.run(fetch, check=True, capture_output=True, timeout=300)
    return found


@asynccontextmanager
async def running_slack(program: Path, folder: Path, mode: str, events: str) -> AsyncIterator[str]:
    """Run local-slack with three people in one workspace, delivering by `mode`; give its address."""
    port = a_port()
    people = [
        {"id": id_, "name": name.split()[0].lower(), "real_name": name, "tz": "Europe/London"}
        for id_, name in PEOPLE.items()
    ]
    emails = [{**person, "email": f"{person['name']}@example.gov.uk"} for person in people]
    keys = {"botToken": "xoxb-local", "appToken": "xapp-local", "signingSecret": "a local secret"}
    config = {
        "workspace": {"name": "Example Department", "domain": "example", "teamId": "T01LOCAL"},
        "app": {
            "appId": "A01",
            "botUserId": "U0BOT",
            "botName": "speedmentor",
            "mode": mode,
            "requestUrl": events,
            **keys,
        },
        "users": emails,
        "channels": [{"id": "C01", "name": "general", "members": [*PEOPLE, "U0BOT"]}],
    }
    path = folder / f"local-slack-{mode}.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    command = [str(program), "--config", str(path), "--port", str(port), "--base-host", "127.0.0.1"]
    files = ["--files-dir", str(folder / "files")]
    process = await asyncio.create_subprocess_exec(*command, *files, stdout=asyncio.subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(PATIENCE), ClientSession() as session:
            while True:
                try:
                    async with session.get(f"{address}/_control/state") as answer:
                        if answer.status == 200:
                            break
                except OSError:
                    await asyncio.sleep(0.1)
        yield address
    finally:
        process.terminate()
        await process.wait()


class RunningBot:
    """The bot, connected to local-slack; its clock can be moved."""

    def __init__(self, clock: DemoClock, code: Callable[[], str]) -> None:
        self.clock = clock
        self.code = code

    async def waits(self, **time: float) -> None:
        """Let time go by."""
        await self.clock.advance(self.clock.now() + timedelta(**time))


@asynccontextmanager
async def running_bot(database: str, house: House, settings: SlackSettings, port: int) -> AsyncIterator[RunningBot]:
    """Run the bot as `app.py serve` does, but on a clock that can be moved, and until the test is over."""
    engine = connect(database)
    now = DemoTime(START - real_now())
    slack = set_up(settings, DatabaseVault(engine, house, now), now)
    assert slack is not None
    clock = DemoClock(engine, house, {"slack": slack.messenger}, now)
    bot = Bot(engine, house, clock)

    def code() -> str:
        return run(engine, house, lambda db: coordinators.new_code(db, now()))

    application = web.Application()
    slack.add_to(application, bot.receive)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await slack.start(bot.receive)
    clock.start()
    try:
        yield RunningBot(clock, code)
    finally:
        await clock.stop()
        await runner.cleanup()
        await slack.stop()
        engine.dispose()


class Person:
    """Somebody at local-slack's own client, in a tab of their own."""

    def __init__(self, page: Page, address: str, session: ClientSession, user: str) -> None:
        self.page = page
        self.user = user
        self.name = PEOPLE[user]
        self._address = address
        self._session = session
        self.log = page.locator(".messages")

    async def arrives(self) -> None:
        """Open the client as oneself, and the app's Home tab, which begins the conversation with it."""
        await self.page.goto(self._address)
        # Slack shows the line breaks of plain text; this client does not, unless it is told to.
        await self.page.add_style_tag(content=".bk-text, .bk-field { white-space: pre-line }")
        await self.page.get_by_label("Act as").select_option(self.user)
        await self.page.get_by_role("button", name=re.compile("speedmentor")).click()
        await self.opens_messages()

    async def opens_messages(self) -> None:
        """Open the conversation with the bot."""
        await self.page.locator(".sidebar").get_by_role("button", name=self.name).click()

    async def says(self, text: str, answer: str | re.Pattern[str] = "") -> None:
        """Type a message; wait for the answer."""
        await self.page.locator(".composer textarea").fill(text)
        await self.page.keyboard.press("Enter")
        if answer:
            await self.sees(answer)

    async def presses(self, name: str | re.Pattern[str], answer: str | re.Pattern[str] = "") -> None:
        """Press the newest button of this name; wait for the answer."""
        exact = isinstance(name, str)
        await self.log.get_by_role("button", name=name, exact=exact).last.click()
        if answer:
            await self.sees(answer)

    async def sees(self, text: str | re.Pattern[str]) -> None:
        """Wait until the newest message that has it is there."""
        await expect(self.log.locator(".blocks").get_by_text(text).last).to_be_visible()

    async def messages(self) -> list[dict[str, Any]]:
        """Return what Slack holds of the conversation."""
        async with self._session.get(f"{self._address}/_control/state") as answer:
            channels = (await answer.json())["channels"]
        here = next((each["id"] for each in channels if each["is_im"] and self.user in each["members"]), "")
        async with self._session.get(f"{self._address}/_control/messages/{here}") as answer:
            return list((await answer.json())["messages"])

    async def asked(self) -> str:
        """Return the name of the question that the newest message asks, "confirm" after the last one, or ""."""
        newest = (await self.messages())[-1]
        for block in newest.get("blocks") or ():
            for element in block.get("elements") or ():
                action = element.get("action_id", "").split(":")[-1]
                if action == "answer":
                    return str(element["value"].split(":")[1])
                if action == "confirm":
                    return "confirm"
        return ""

    async def asked_next(self, question: str) -> str:
        """Wait for the answer to an answered question; return the name of the next one."""
        async with asyncio.timeout(PATIENCE):
            while True:
                if (asked := await self.asked()) not in {"", question}:
                    return asked
                await asyncio.sleep(0.05)

    async def registers(self, **answers: str) -> None:
        """Answer every question, by a button where there is one, else by typing; and confirm."""
        given = {**DEFAULTS, "name": self.name, "contact": f"{self.name.split()[0].lower()}@example.gov.uk", **answers}
        await self.says("register", "Do you agree")
        question = await self.asked()
        while question != "confirm":
            last = self.log.locator(".msg").last
            button = last.get_by_role("button", name=given[question], exact=True)
            if await button.count():
                await button.click()
            else:
                await self.says(given[question])
            question = await self.asked_next(question)
        await self.presses("Confirm registration", "Thank you, ")

    async def shot(self, name: str) -> None:
        """Keep a picture where SPEEDMENTOR_SHOTS says, for somebody to look at."""
        if folder := os.environ.get("SPEEDMENTOR_SHOTS"):
            await self.page.screenshot(path=Path(folder) / f"slack-{name}.png")


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """Give a headless Chromium; without one the test is skipped, or fails where a browser is required."""
    path = find_chromium()
    if path is None:
        if os.environ.get("SPEEDMENTOR_REQUIRE_BROWSER") == "1":
            pytest.fail("no Chromium is installed, and SPEEDMENTOR_REQUIRE_BROWSER=1 asks for one")
        pytest.skip("no Chromium is installed")
    expect.set_options(timeout=30_000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        yield browser
        await browser.close()


async def everything_shown(address: str, session: ClientSession) -> list[list[dict[str, Any]]]:
    """Return all blocks that the bot has sent to this Slack, as its own log has them."""
    async with session.get(f"{address}/_control/log") as answer:
        log = (await answer.json())["log"]
    found: list[list[dict[str, Any]]] = []

    def look(value: object) -> None:
        if isinstance(value, str) and value[:1] in {"[", "{"}:
            try:
                look(json.loads(value))
            except ValueError:
                return
        elif isinstance(value, dict):
            if isinstance(value.get("blocks"), str):
                look({**value, "blocks": json.loads(value["blocks"])})
            elif isinstance(value.get("blocks"), list):
                found.append(value["blocks"])
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(log)
    return found


async def _a_round_opens(cora: Person, bot: RunningBot) -> None:
    """The coordinator is appointed, and sets up a round by typing."""
    await cora.says(bot.code(), "You are a coordinator")
    await cora.says("new round", words.ROUND_NAME_ASK)
    await cora.says("Speed mentoring, first round", words.OPENS_ASK)
    await cora.says("today", words.CLOSES_ASK)
    await cora.says((START + timedelta(days=14)).strftime("%d/%m/%Y"), "Registration is open")


async def _they_register(ann: Person, bob: Person, mode: str) -> None:
    """Both answer every question; a command asks where one stands."""
    await ann.registers(role="mentor", grade="SEO", department="HM Treasury")
    await ann.shot(f"{mode}-registered")
    await bob.registers(role="mentee")
    await bob.says("/mentoring status")
    await expect(bob.log.get_by_text(ACKNOWLEDGED)).to_be_visible()
    await bob.sees("You are registered. You can change your answers")


async def _matches_are_announced(cora: Person, mode: str) -> None:
    """The coordinator closes, looks, and announces, by pressing."""
    await cora.says("/mentoring admin", "Share the invitation")
    await cora.shot(f"{mode}-desk")
    await cora.presses("Close registration", "Close registration now?")
    await cora.presses("Yes, close it now", "Registration has closed. Next")
    await cora.presses("Preview the matches", "Nobody has been told anything")
    await cora.shot(f"{mode}-preview")
    await cora.presses("Announce", "Announce it now?")
    await cora.presses("Yes, announce it", "I am telling")


async def _a_session_is_booked(ann: Person, bob: Person, mode: str) -> None:
    """A time is suggested and accepted; both have the calendar file."""
    await bob.sees("Good news")
    await bob.shot(f"{mode}-matched")
    await bob.presses(re.compile("^Suggest a time to "), "These times may suit you")
    await bob.shot(f"{mode}-times")
    await bob.log.get_by_role("button", name=re.compile("^[A-Z][a-z]{2} [0-9]+ [A-Z][a-z]{2}, ")).first.click()
    await bob.sees(re.compile("^You suggested "))
    await ann.presses("Accept", re.compile(r"with Bob Brown\. The calendar file"))
    await expect(bob.log.get_by_text(re.compile(r"session.*\.ics")).last).to_be_visible()
    await ann.shot(f"{mode}-booked")


async def _the_home_tab_is_useful(bob: Person, mode: str) -> None:
    """The Home tab shows where one stands; a press there is answered in Messages, and says so."""
    await bob.page.get_by_role("button", name=re.compile("🏠")).click()
    home = bob.page.locator(".home")
    await expect(home.get_by_text("My matches").last).to_be_visible()
    await home.get_by_role("button", name="My matches").click()
    await expect(home.get_by_text("Messages")).to_be_visible()
    await bob.shot(f"{mode}-home")
    await bob.opens_messages()


async def _they_go_on(ann: Person, bob: Person, bot: RunningBot, mode: str) -> None:
    """A week later both say that they met and want to go on, and later hear that both do."""
    await bot.waits(days=8)
    for person in (ann, bob):
        await person.presses("Yes, we met", re.compile("Would you like to go on with"))
    await bob.presses("Yes, I would", re.compile("Your yes to going on"))
    await ann.presses("Yes, I would", re.compile("How many people|Your yes to going on"))
    if await ann.log.get_by_role("button", name="One mentee").count():
        await ann.presses("One mentee", re.compile("Your yes to going on"))
    await bot.waits(days=10)
    for person in (ann, bob):
        await person.sees(re.compile("You and .* both said yes"))
    await bob.shot(f"{mode}-going-on")


async def _nothing_is_beyond_the_limits(address: str, session: ClientSession, folder: Path) -> None:
    """Every block that was ever sent is one that Slack takes."""
    shown = await everything_shown(address, session)
    (folder / "shown.json").write_text(json.dumps(shown), encoding="utf-8")
    assert len(shown) > 40
    for blocks in shown:
        assert len(blocks) <= 50
        for block in blocks:
            parsed = Block.parse(block)
            assert parsed is not None
            parsed.validate_json()


@pytest.mark.parametrize("mode", ["events", "socket"])
async def test_two_people_and_a_coordinator_get_from_register_to_going_on(
    program: Path, browser: Browser, sqlite_databases: Callable[[], str], house: House, tmp_path: Path, mode: str
) -> None:
    """Over HTTP and over the socket, in a Slack's own client: a round, a match, a booked session, and a pair."""
    port = a_port()
    events = f"http://127.0.0.1:{port}/slack/events"
    async with running_slack(program, tmp_path, mode, events) as address, ClientSession() as session:
        way = {"signing_secret": "a local secret"} if mode == "events" else {"app_token": "xapp-local"}
        told = {"bot_token": "xoxb-local", "api_url": f"{address}/api/", **way}
        async with running_bot(sqlite_databases(), house, SlackSettings.model_validate(told), port) as bot:
            ann, bob, cora = [
                Person(await (await browser.new_context()).new_page(), address, session, user) for user in PEOPLE
            ]
            for person in (ann, bob, cora):
                person.page.set_default_timeout(30_000)
                await person.arrives()
            await _a_round_opens(cora, bot)
            await _they_register(ann, bob, mode)
            await _matches_are_announced(cora, mode)
            await _a_session_is_booked(ann, bob, mode)
            await _the_home_tab_is_useful(bob, mode)
            await _they_go_on(ann, bob, bot, mode)
            await _nothing_is_beyond_the_limits(address, session, tmp_path)
