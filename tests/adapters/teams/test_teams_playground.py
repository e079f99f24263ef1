"""The whole journey in Microsoft's own local Teams client, from npm, one instance for each person.

The bot is `app.py serve` with Teams unauthenticated, on a loopback address.
"""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, FloatRect, Page, expect

from tests.adapters.clients import SHOTS, Program, a_page, a_port, chromium, from_npm, picture, running, serving, shot

pytestmark = [pytest.mark.clients, pytest.mark.xdist_group("clients")]

TENANT = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
BOT = "28:11111111-2222-4333-8444-555555555555"
NAMES = ("Cora Lindqvist", "Mona Singh", "Elif Demir", "Ian Ross", "Joy Park", "Kit Hale")
MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
ABOUT = {
    "Mentor": "I came to policy from statistics, and like to talk about how to change direction.",
    "Mentee": "I like *bold* plans_and <b>lists</b>",
}
OPEN = "--dangerously-allow-unauthenticated-teams"


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


class Person:
    """Somebody at their own Teams."""

    def __init__(self, name: str, page: Page) -> None:
        self.name = name
        self.page = page

    async def says(self, text: str, answer: str) -> None:
        """Type a message, and wait for an answer that reads like this."""
        await self.page.get_by_role("textbox").last.fill(text)
        await self.page.get_by_label("Send Message").click()
        await self.sees(answer)

    async def presses(self, name: str, answer: str) -> None:
        """Press the newest button that begins like this, and wait for an answer."""
        button = self.page.get_by_role("button", name=re.compile(f"^{re.escape(name)}")).last
        await button.click()
        await self.sees(answer)

    async def sees(self, text: str) -> None:
        """Wait until this can be read."""
        await expect(self.page.get_by_text(re.compile(re.escape(text))).last).to_be_visible()

    async def shot(self, what: str) -> None:
        """Keep a picture of the whole page, for somebody to look at."""
        await shot(self.page, f"teams-{self.name.split()[0].lower()}-{what}")

    async def picture(self, name: str, cards: int) -> None:
        """Keep a picture of the newest cards, for the docs, without the client's notes that a press arrived."""
        if not SHOTS:
            return
        for note in reversed(await self.page.get_by_role("button", name="Dismiss Invoke Message").all()):
            await note.click()
        frame: FloatRect = {"x": 56, "y": 24, "width": 560, "height": 14}
        await picture(self.page.locator(".fai-OutputCard"), f"teams-{name}", cards, frame)


@asynccontextmanager
async def at_teams(folder: Path, name: str, bot_port: int, browser: Browser) -> AsyncIterator[Person]:
    """Run the client for somebody who has just installed the bot, and open it; they are welcomed."""
    port, first = a_port(), name.split(maxsplit=1)[0]
    config = folder / f"{first}.yml"
    config.write_text(settings_of(name), encoding="utf-8")
    bot, own = f"http://127.0.0.1:{bot_port}/api/messages", f"http://127.0.0.1:{port}"
    program = from_npm("@microsoft/m365agentsplayground", "0.2.28", ".bin/agentsplayground")
    command = ["node", str(program), "start", "-e", bot, "-c", "msteams", "-p", str(port)]
    quiet = {"TEAMSAPPTESTER_BROWSER": "none", "M365_AGENTS_PLAYGROUND_CONFIG_PATH": str(config)}
    log = {"TZ": "Europe/London", "M365_AGENTS_PLAYGROUND_LOGFILE": str(folder / f"{first}.log")}
    way_back = ["--service-url", f"{own}/_connector", "--disable-telemetry"]
    async with running([*command, *way_back], f"{own}/_debug/ping", **quiet, **log):
        person = Person(name, await a_page(browser, {"width": 1500, "height": 950}))
        await person.page.goto(f"{own}/")
        await person.sees("Welcome")
        await person.shot("1-welcome")
        await person.page.get_by_role("button", name="Hide log panel").click()
        yield person


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
    await person.picture("registering", 4)
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
    await person.says(ABOUT[role], "When can you usually meet")
    await person.shot("4-half-days")
    await person.page.get_by_role("checkbox", name=re.compile("Mon morning")).last.check()
    await person.presses("Next", "Which city")
    await person.presses("Next", "look over your answers")
    await person.sees(ABOUT[role])
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
    await expect(person.page.get_by_text("going on; next check-in")).to_have_count(2)


async def test_three_people_live_through_a_round_in_teams(tmp_path: Path) -> None:
    """A coordinator opens a round, a mentor and a mentee register, are matched, meet and go on."""
    async with (
        chromium() as browser,
        serving(tmp_path, MONDAY, OPEN) as program,
        at_teams(tmp_path, NAMES[0], program.port, browser) as cora,
        at_teams(tmp_path, NAMES[1], program.port, browser) as mona,
        at_teams(tmp_path, NAMES[2], program.port, browser) as elif_,
    ):
        await live_through_a_round(program, cora, mona, elif_)


async def live_through_a_round(program: Program, cora: Person, mona: Person, elif_: Person) -> None:
    """From the first code to a check-in that is planned."""
    await open_round(cora, program.code())
    await register(mona, "Mentor", "Grade 7")
    await register(elif_, "Mentee", "HEO")

    await announce(cora)
    await elif_.sees("Good news")
    await elif_.shot("7-match")
    await elif_.picture("match", 2)
    await elif_.presses("Suggest a time to Mona", "These times may suit you")
    await elif_.shot("8-times")
    await elif_.page.get_by_role("button", name=re.compile(r"^[A-Z][a-z]{2} \d+ [A-Z][a-z]{2}, ")).first.click()
    await elif_.sees("You suggested")
    await mona.sees("would like to meet you")
    await mona.shot("7-suggestion")
    await mona.presses("Accept", "with Elif Demir")
    await mona.shot("8-booked")
    await mona.picture("booked", 1)
    await elif_.sees("with Mona Singh. The calendar file")
    await elif_.shot("9-booked")

    await program.wait(days=21)
    await elif_.presses("Yes, we met", "Would you like to go on with Mona")
    await mona.presses("Yes, we met", "Would you like to go on with Elif")
    await elif_.presses("Yes, I would", "Your yes to going on")
    await mona.presses("Yes, I would", "How many people could you meet regularly")
    await mona.presses("One mentee", "Your yes to going on")
    await program.wait(days=14)
    await elif_.sees("both said yes")
    await mona.presses("Every 4 weeks", "I will ask every 4 weeks")
    await mona.shot("9-going-on")
    await elif_.says("status", "Where you stand")
    await elif_.shot("10-status")

    await call_in_a_group(elif_)
