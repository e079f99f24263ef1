"""The whole journey in a real browser, against the real program: a year of a programme, and a kill on the way."""

import asyncio
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser")]

PATIENCE = 120.0  # seconds for the program to start, on a machine that is busy


class Demo:
    """`app.py demo` as a process of its own, on a free port and a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it and wait until it says its address."""
        command = [sys.executable, "app.py", "demo", "--folder", str(self.folder), "--port", str(self.port)]
        self.process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            first = (await self.process.stdout.readline()).decode()
        assert self.address in first

    async def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """End it, and return what it says of itself."""
        assert self.process is not None
        self.process.send_signal(how)
        async with asyncio.timeout(PATIENCE):
            _, _ = await self.process.communicate()
        return self.process.returncode or 0


@pytest_asyncio.fixture(loop_scope="session")
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """Give a running demo."""
    running = Demo(tmp_path / "data")
    await running.start()
    yield running
    if running.process is not None and running.process.returncode is None:
        await running.stop(signal.SIGKILL)


class Tab:
    """One person at the page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.log = page.get_by_role("log", name="Conversation")

    async def says(self, text: str, answer: str | re.Pattern[str]) -> None:
        """Type a message; wait for the answer."""
        await self.page.get_by_label("Message").fill(text)
        await self.page.get_by_role("button", name="Send").click()
        await self.sees(answer)

    async def presses(self, name: str, answer: str | re.Pattern[str]) -> None:
        """Press the newest button of this name; wait for the answer."""
        await self.log.get_by_role("button", name=name).last.click()
        await self.sees(answer)

    async def sees(self, text: str | re.Pattern[str]) -> None:
        """Wait until the newest message of the bot that has it is there."""
        await expect(self.log.get_by_text(text).last).to_be_visible()


async def tab(browser: Browser, demo: Demo, who: str) -> Tab:
    """Open a tab as somebody."""
    context = await browser.new_context(timezone_id="Europe/London", locale="en-GB")
    context.set_default_timeout(30_000)
    page = await context.new_page()
    await page.goto(f"{demo.address}/?as={who}")
    return Tab(page)


async def moves(of: Tab, button: str) -> None:
    """Move the bot's clock, and wait until it has arrived."""
    clock = of.page.get_by_role("region", name="The bot’s clock")
    await clock.get_by_role("button", name=button).click()
    await expect(clock.get_by_role("button", name=button)).to_be_enabled(timeout=60_000)


async def test_a_registration_survives_a_kill_in_the_middle(demo: Demo, browser: Browser) -> None:
    """Somebody new registers by typing and pressing; the program is killed on the way, and nothing is lost."""
    expect.set_options(timeout=30_000)
    page = (await tab(browser, demo, "")).page
    await page.get_by_label("You are").select_option("New person…")
    await page.get_by_label("What are they called?").fill("Ines Rossi")
    await page.get_by_role("button", name="Begin").click()
    ines = Tab(page)
    await ines.sees("Speed mentoring, first round is open")
    await ines.presses("Register", "Do you agree")
    await ines.presses("I agree", "Does this include you?")
    await ines.presses("Yes, it does", "as a mentor, as a mentee, or both")
    await ines.says("mentee", "What name should your matches see?")
    await ines.says("Ines Rossi", "work e-mail address")
    await ines.says("nonsense", "does not look like an e-mail address")
    await ines.says("ines@example.gov.uk", "current grade")

    assert await demo.stop(signal.SIGKILL) != 0
    await demo.start()

    await ines.says("heo", "Which profession do you work in?")
    await ines.says("back", "current grade")
    await ines.says("eo", "Which profession do you work in?")
    await ines.says("policy", "Which department")
    await ines.says("home office", "Which profession should your mentors work in?")
    await ines.says("policy", "shares an identity with you")
    await ines.presses("Prefer not to say", "write a few lines about yourself")
    await ines.presses("Skip", "When can you usually meet")
    await ines.says("weekday mornings", "Which city")
    await ines.says("london", "look over your answers")
    await expect(ines.log).to_contain_text("answered, private")
    await ines.presses("Confirm registration", "Thank you, Ines Rossi")
    await ines.says("status", "You are registered. You can change your answers")
    assert await demo.stop() == 0


async def test_a_year_is_lived_in_the_browser(demo: Demo, browser: Browser) -> None:
    """A coordinator announces, a mentee books, a mentor accepts, both say yes, and the year goes by to its end."""
    expect.set_options(timeout=30_000)
    cora, elif_ = await tab(browser, demo, "cora"), await tab(browser, demo, "elif")
    await cora.says("admin", "Share the invitation")
    await cora.presses("Close registration", "Close registration now?")
    await cora.presses("Yes, close it now", "Registration has closed. Next")
    await cora.presses("Preview the matches", "Nobody has been told anything")
    await cora.presses("Announce", "Announce it now?")
    await cora.presses("Yes, announce it", "I am telling")

    await elif_.sees("Good news")
    mentor = await elif_.log.get_by_role("button", name=re.compile("^Suggest a time to ")).last.inner_text()
    name = mentor.removeprefix("Suggest a time to ").strip()
    await elif_.presses(mentor, "These times may suit you")
    slot = elif_.log.get_by_role("button", name=re.compile("^[A-Z][a-z]{2} [0-9]+ [A-Z][a-z]{2}, ")).first
    await slot.click()
    await elif_.sees(re.compile("^You suggested "))
    other = await tab(browser, demo, name.casefold())
    await other.presses("Accept", re.compile(r"with Elif Demir\. The calendar file"))
    await expect(elif_.log.get_by_role("link", name=re.compile("session.ics")).last).to_be_visible()

    for _ in range(3):
        await moves(elif_, "One week")
    for person, partner in ((elif_, name), (other, "Elif")):
        if await person.log.get_by_role("button", name="Yes, we met").count():
            await person.presses("Yes, we met", re.compile(f"Would you like to go on with {partner}"))
    await elif_.presses("Yes, I would", re.compile("Your yes to going on"))
    await other.presses("Yes, I would", "How many people could you meet regularly")
    await other.presses("One mentee", re.compile("Your yes to going on"))
    await moves(elif_, "One week")
    await moves(elif_, "One week")
    await elif_.sees(re.compile("You and .* both said yes"))
    await other.presses("Every 4 weeks", re.compile("I will ask every 4 weeks"))
    for _ in range(5):
        await moves(elif_, "One week")
    await elif_.presses("We met", re.compile("I will ask again on"))
    await cora.says("admin", "The matches are announced")
    await cora.presses("Follow up", "in the order of the journey")
    await expect(cora.log.get_by_text("Pairs going on").last).to_be_visible()
