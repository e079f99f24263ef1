"""The whole journey in Microsoft's own local Teams client, one instance for each person, in headless Chromium.

The client is the npm package @microsoft/m365agentsplayground. It is installed once into the user's cache folder.
"""

import asyncio
import json
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientError, ClientSession, web
from playwright.async_api import Page, async_playwright, expect

from adapters.teams.connect import Teams, TeamsSettings, set_up
from app import Bot
from bot import coordinators, store
from bot.house import House
from bot.programme import load_all
from bot.seal import Seal, new_key
from bot.vault import DatabaseVault
from scheduling.clock import DemoClock, DemoTime
from tests.adapters.web.conftest import CHROMIUM_ARGS, find_chromium

pytestmark = [pytest.mark.clients, pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("clients")]

PACKAGE = "@microsoft/m365agentsplayground@0.2.28"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "speedmentor-clients" / "teams"
SHOTS = os.environ.get("SPEEDMENTOR_SHOTS", "")  # a folder for pictures of what people see
TENANT = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
BOT = "28:11111111-2222-4333-8444-555555555555"
NAMES = ("Cora Lindqvist", "Mona Singh", "Elif Demir", "Ian Ross", "Joy Park", "Kit Hale")
MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
PATIENCE = 60_000  # milliseconds


@dataclass
class Running:
    """A bot that listens on a port of this machine, and its clock."""

    bot: Bot
    clock: DemoClock
    teams: Teams
    port: int

    def code(self) -> str:
        """Return a one-time code for a coordinator."""
        return store.run(self.bot.engine, self.bot.house, lambda db: coordinators.new_code(db, self.clock.now()))

    async def wait(self, **time: float) -> None:
        """Let time go by."""
        await self.clock.advance(self.clock.now() + timedelta(**time))


@asynccontextmanager
async def start_bot(database: str) -> AsyncIterator[Running]:
    """Run the bot as the program composes it, with Teams unauthenticated on a loopback address."""
    house = House(load_all(), Seal([new_key()]))
    engine = store.connect(database)
    now = DemoTime(MONDAY - datetime.now(UTC))
    teams = set_up(
        TeamsSettings(_env_file=None), DatabaseVault(engine, house, now), now, dangerously_unauthenticated=True
    )
    assert teams is not None
    clock = DemoClock(engine, house, {"teams": teams.messenger}, now)
    bot = Bot(engine, house, clock)
    application = web.Application()
    teams.add_to(application, bot.receive)
    runner = web.AppRunner(application)
    await runner.setup()
    door = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, door).start()
    await teams.start(bot.receive)
    clock.start()
    try:
        yield Running(bot, clock, teams, door.getsockname()[1])
    finally:
        await clock.stop()
        await teams.stop()
        await runner.cleanup()
        engine.dispose()


def installed() -> Path:
    """Return where the client's program is, once it is installed."""
    return CACHE / "node_modules" / ".bin" / "agentsplayground"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def program() -> Path:
    """Return the client's program; without npm there is none."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("npm is not installed, and the local Teams client comes from it")
    if not installed().exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--prefix", str(CACHE), "--no-audit", "--no-fund", PACKAGE]
        process = await asyncio.create_subprocess_exec(*command, cwd=CACHE)
        assert await process.wait() == 0
    return installed()


def settings_of(name: str) -> str:
    """Return the client's settings for somebody; ids look as they do in Teams. JSON is YAML too."""
    people = []
    for number, each in enumerate(NAMES):
        first, last = each.split()
        mail = f"{first.lower()}@example.gov.uk"
        object_id = f"99999999-8888-4777-8666-00000000000{number}"
        person = {"id": f"29:{first.lower()}", "name": each, "aadObjectId": object_id, "email": mail}
        people.append({**person, "userPrincipleName": mail, "givenName": first, "surname": last})
    first = name.split(maxsplit=1)[0].lower()
    settings = {
        "version": "0.1.1",
        "tenantId": TENANT,
        "bot": {"id": BOT, "name": "speedmentor"},
        "currentUser": next(person for person in people if person["name"] == name),
        "users": [person for person in people if person["name"] != name],
        "personalChat": {"id": f"a:1{first}"},
        "groupChat": {"id": f"19:{first}@thread.v2", "name": "Group Chat"},
        "team": {
            "id": f"19:{first}team@thread.tacv2",
            "name": "My Team",
            "aadGroupId": "00000000-0000-0000-0000-000000000031",
            "channels": [{"id": f"19:{first}news@thread.tacv2", "name": "Announcements"}],
        },
    }
    return json.dumps(settings)


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def client(program: Path, folder: Path, name: str, bot_port: int) -> AsyncIterator[int]:
    """Run the client for somebody; give its port."""
    port = free_port()
    config = folder / f"{name.split(maxsplit=1)[0]}.yml"
    config.write_text(settings_of(name), encoding="utf-8")
    bot, own = f"http://127.0.0.1:{bot_port}/api/messages", f"http://127.0.0.1:{port}"
    command = ["node", str(program), "start", "-e", bot, "-c", "msteams", "-p", str(port)]
    command += ["--service-url", f"{own}/_connector", "--disable-telemetry"]
    quiet = {"TEAMSAPPTESTER_BROWSER": "none", "M365_AGENTS_PLAYGROUND_CONFIG_PATH": str(config)}
    quiet["TZ"] = "Europe/London"
    quiet["M365_AGENTS_PLAYGROUND_LOGFILE"] = str(folder / f"{name.split(maxsplit=1)[0]}.log")
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **quiet}, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with ClientSession() as session, asyncio.timeout(120):
            while True:
                try:
                    async with session.get(f"{own}/_debug/ping") as answer:
                        if "pong" in await answer.text():
                            break
                except ClientError:
                    pass
                await asyncio.sleep(0.2)
        yield port
    finally:
        process.kill()
        await process.wait()


class Person:
    """Somebody at their own Teams."""

    def __init__(self, name: str, page: Page) -> None:
        self.name = name
        self.page = page
        self.shots = 0

    async def says(self, text: str, answer: str) -> None:
        """Type a message, and wait for an answer that reads like this."""
        await self.page.get_by_role("textbox").last.fill(text)
        await self.page.get_by_label("Send Message").click()
        await self.sees(answer)

    async def presses(self, name: str, answer: str) -> None:
        """Press the newest button that begins like this, and wait for an answer."""
        button = self.page.get_by_role("button", name=re.compile(f"^{re.escape(name)}")).last
        await button.click(timeout=PATIENCE)
        await self.sees(answer)

    async def sees(self, text: str) -> None:
        """Wait until this can be read."""
        await expect(self.page.get_by_text(re.compile(re.escape(text))).last).to_be_visible(timeout=PATIENCE)

    async def shot(self, what: str) -> None:
        """Keep a picture, where somebody asked for pictures."""
        if SHOTS:
            await self.page.screenshot(path=f"{SHOTS}/{self.name.split()[0].lower()}-{what}.png")


@dataclass
class Office:
    """A bot, and three people at their clients."""

    running: Running
    cora: Person
    mona: Person
    elif_: Person


@pytest_asyncio.fixture(loop_scope="session")
async def office(program: Path, tmp_path: Path, sqlite_template: Path) -> AsyncIterator[Office]:
    """Run the bot and the clients."""
    chromium = find_chromium()
    if chromium is None:
        if os.environ.get("SPEEDMENTOR_REQUIRE_BROWSER") == "1":
            pytest.fail("no Chromium is installed, and SPEEDMENTOR_REQUIRE_BROWSER=1 asks for one")
        pytest.skip("no Chromium is installed")
    database = f"sqlite:///{shutil.copyfile(sqlite_template, tmp_path / 'bot.db')}"
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(start_bot(database))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS)
        stack.push_async_callback(browser.close)
        people = []
        for name in NAMES[:3]:
            port = await stack.enter_async_context(client(program, tmp_path, name, running.port))
            context = await browser.new_context(
                timezone_id="Europe/London", locale="en-GB", viewport={"width": 1500, "height": 950}
            )
            page = await context.new_page()
            await page.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda route: route.abort())
            await page.goto(f"http://127.0.0.1:{port}/")
            people.append(Person(name, page))
        yield Office(running, *people)
        await running.clock.settled()


async def register(person: Person, role: str, grade: str) -> None:
    """Register somebody: by pressing, by filling inputs, and by typing."""
    await person.says("register", "Do you agree")
    await person.shot("2-consent")
    await person.presses("I agree", "Does this include you?")
    await person.presses("Yes, it does", "as a mentor, as a mentee, or both")
    await person.presses(role, "What name should your matches see?")
    assert await person.page.get_by_label(re.compile("^Name")).last.input_value() == person.name
    await person.presses("Next", "work e-mail address")
    await person.presses("Next", "What is your current grade?")
    await person.shot("3-grade")
    await person.page.get_by_role("combobox", name=re.compile("^Grade")).last.click()
    await person.page.get_by_role("option", name=grade, exact=True).last.click()
    await person.presses("Next", "Which profession do you work in?")
    await person.says("policy", "Which department")
    if role == "Mentee":
        await person.says("home office", "Which profession should your mentors work in?")
        await person.says("policy", "shares an identity with you")
        await person.presses("Prefer not to say", "write a few lines about yourself")
    else:
        await person.says("hm treasury", "How many mentees could you meet")
        await person.presses("One", "say how you identify")
        await person.presses("Prefer not to say", "write a few lines about yourself")
    await person.page.get_by_label(re.compile("^About you")).last.fill("")
    await person.presses("Back", "Prefer not to say")
    await person.presses("Prefer not to say", "write a few lines about yourself")
    await person.says("I like *bold* plans_and <b>lists</b>", "When can you usually meet")
    await person.shot("4-half-days")
    await person.page.get_by_role("checkbox", name=re.compile("Mon morning")).last.check()
    await person.presses("Next", "Which city")
    await person.presses("Next", "look over your answers")
    await person.sees("I like *bold* plans_and <b>lists</b>")
    await person.shot("5-summary")
    await person.presses("Confirm registration", f"Thank you, {person.name}")
    await person.shot("6-registered")


async def open_round(cora: Person, code: str) -> None:
    """Become a coordinator, and open a round until the sixteenth."""
    await cora.says(code, "You can start a round now")
    await cora.presses("Start a round", "What should this round be called")
    await cora.shot("2-name")
    await cora.page.get_by_label(re.compile("^Name")).last.fill("Autumn")
    await cora.presses("Next", "On which day does registration open")
    await cora.says("today", "On which day does registration close")
    await cora.page.get_by_label(re.compile("^Closes|^Last|^Registration")).last.fill("2026-11-16")
    await cora.presses("Next", "The round is set up")
    await cora.shot("3-round")


async def announce(cora: Person) -> None:
    """Close the round and announce its matches."""
    await cora.says("admin", "Autumn")
    await cora.presses("Close registration", "Close registration now?")
    await cora.presses("Yes, close it now", "Registration has closed")
    await cora.presses("Preview the matches", "Nobody has been told anything")
    await cora.shot("4-preview")
    await cora.presses("Announce", "Announce it now?")
    await cora.presses("Yes, announce it", "I am telling")


async def call_in_a_group(person: Person) -> None:
    """Call the bot by name in a group chat: the answer is in the personal chat, and only there."""
    await person.page.get_by_role("treeitem", name="Group Chat").click()
    await person.page.get_by_role("textbox").last.press_sequentially("@")
    await person.page.locator("#typeahead-menu").get_by_role("menuitem", name=re.compile("speedmentor")).click()
    await person.page.get_by_role("textbox").last.press_sequentially(" status")
    await person.page.get_by_label("Send Message").click()
    await person.sees("I have answered in our personal chat")
    await person.shot("11-group")
    await expect(person.page.get_by_text("going on; next check-in")).to_have_count(0)
    await person.page.get_by_role("treeitem", name="Personal Chat").click()
    await expect(person.page.get_by_text("going on; next check-in")).to_have_count(2, timeout=PATIENCE)


async def test_three_people_live_through_a_round_in_teams(office: Office) -> None:
    """A coordinator opens a round, a mentor and a mentee register, are matched, meet and go on."""
    cora, mona, elif_, running = office.cora, office.mona, office.elif_, office.running
    for person in (cora, mona, elif_):
        await person.sees("Welcome")
        await person.shot("1-welcome")
        await person.page.get_by_role("button", name="Hide log panel").click()

    await open_round(cora, running.code())
    await register(mona, "Mentor", "Grade 7")
    await register(elif_, "Mentee", "HEO")

    await announce(cora)
    await elif_.sees("Good news")
    await elif_.shot("7-match")
    await elif_.presses("Suggest a time to Mona", "These times may suit you")
    await elif_.shot("8-times")
    await elif_.page.get_by_role("button", name=re.compile(r"^[A-Z][a-z]{2} \d+ [A-Z][a-z]{2}, ")).first.click()
    await elif_.sees("You suggested")
    await mona.sees("would like to meet you")
    await mona.shot("7-suggestion")
    await mona.presses("Accept", "with Elif Demir")
    await mona.shot("8-booked")
    await elif_.sees("with Mona Singh. The calendar file")
    await elif_.shot("9-booked")

    await running.wait(days=21)
    await elif_.presses("Yes, we met", "Would you like to go on with Mona")
    await mona.presses("Yes, we met", "Would you like to go on with Elif")
    await elif_.presses("Yes, I would", "Your yes to going on")
    await mona.presses("Yes, I would", "How many people could you meet regularly")
    await mona.presses("One mentee", "Your yes to going on")
    await running.wait(days=14)
    await elif_.sees("both said yes")
    await mona.presses("Every 4 weeks", "I will ask every 4 weeks")
    await mona.shot("9-going-on")
    await elif_.says("status", "Where you stand")
    await elif_.shot("10-status")

    await call_in_a_group(elif_)
