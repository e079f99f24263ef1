"""The whole journey against an independent Slack with a browser client: local-slack, from npm, on this machine.

It plays the Web API, the Events API, Socket Mode and the people's own client. It knows no limits and no retries, shows
a message's fallback text above its blocks, and sends no values of inputs; those are looked at elsewhere.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import FloatRect, Page, expect
from slack_sdk.models.blocks import Block

from adapters.slack.connect import ACKNOWLEDGED
from bot.desk.words import CLOSES_ASK, OPENS_ASK, ROUND_NAME_ASK
from tests.adapters.clients import (
    PATIENCE,
    Program,
    a_page,
    a_port,
    chromium,
    from_npm,
    picture,
    running,
    serving,
    shot,
)
from tests.adapters.slack.surfaces import misplaced

pytestmark = [pytest.mark.clients, pytest.mark.xdist_group("clients")]

START = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)  # a Monday
SECRET = "a local secret"
WAYS = {"events": {"SLACK_SIGNING_SECRET": SECRET}, "socket": {"SLACK_APP_TOKEN": "xapp-local"}}
PEOPLE = {"U01ANN": "Ann Archer", "U02BOB": "Bob Brown", "U03CORA": "Cora Clark"}
ABOUT_ANN = "I came to policy from the front line, and like to talk about how to change direction."
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


@asynccontextmanager
async def running_slack(folder: Path, mode: str, bot_port: int) -> AsyncIterator[str]:
    """Run local-slack with three people in one workspace, delivering by `mode`; give its address."""
    port = a_port()
    people = [
        {"id": id_, "name": name.split()[0].lower(), "real_name": name, "tz": "Europe/London"}
        for id_, name in PEOPLE.items()
    ]
    emails = [{**person, "email": f"{person['name']}@example.gov.uk"} for person in people]
    keys = {"botToken": "xoxb-local", "appToken": "xapp-local", "signingSecret": SECRET}
    bot = {"appId": "A01", "botUserId": "U0BOT", "botName": "speedmentor", "mode": mode, **keys}
    config = {
        "workspace": {"name": "Example Department", "domain": "example", "teamId": "T01LOCAL"},
        "app": {**bot, "requestUrl": f"http://127.0.0.1:{bot_port}/slack/events"},
        "users": emails,
        "channels": [{"id": "C01", "name": "general", "members": [*PEOPLE, "U0BOT"]}],
    }
    path = folder / f"local-slack-{mode}.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    program = from_npm("local-slack-linux-x64", "0.1.8", "local-slack-linux-x64/bin/local-slack")
    command = [str(program), "--config", str(path), "--port", str(port), "--base-host", "127.0.0.1"]
    address = f"http://127.0.0.1:{port}"
    async with running([*command, "--files-dir", str(folder / "files")], f"{address}/_control/state"):
        yield address


def settings_for(address: str, mode: str) -> dict[str, str]:
    """Return the settings of a bot that is connected to this Slack."""
    return {"SLACK_BOT_TOKEN": "xoxb-local", "SLACK_API_URL": f"{address}/api/", **WAYS[mode]}


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
            if question == "role":
                await self.picture("registering", 3)
            last = self.log.locator(".msg").last
            button = last.get_by_role("button", name=given[question], exact=True)
            if await button.count():
                await button.click()
            else:
                await self.says(given[question])
            question = await self.asked_next(question)
        await self.presses("Confirm registration", "Thank you, ")

    async def shot(self, name: str) -> None:
        """Keep a picture of the whole page, for somebody to look at."""
        await shot(self.page, f"slack-{name}")

    async def picture(self, name: str, messages: int) -> None:
        """Keep a picture of the newest messages, for the docs."""
        frame: FloatRect = {"x": 0, "y": 6, "width": 740, "height": 8}
        await picture(self.log.locator(".msg"), f"slack-{name}", messages, frame)


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


async def a_round_opens(cora: Person, program: Program) -> None:
    """The coordinator is appointed, and sets up a round by typing."""
    await cora.says(program.code(), "You are a coordinator")
    await cora.says("new round", ROUND_NAME_ASK)
    await cora.says("Speed mentoring, first round", OPENS_ASK)
    await cora.says("today", CLOSES_ASK)
    await cora.says((program.now() + timedelta(days=14)).strftime("%d/%m/%Y"), "Registration is open")


async def they_register(ann: Person, bob: Person, mode: str) -> None:
    """Both answer every question; a command asks where one stands."""
    await ann.registers(role="mentor", grade="SEO", department="HM Treasury", biography=ABOUT_ANN)
    await ann.shot(f"{mode}-registered")
    await bob.registers(role="mentee")
    await bob.says("/mentoring status")
    await expect(bob.log.get_by_text(ACKNOWLEDGED)).to_be_visible()
    await bob.sees("You are registered. You can change your answers")


async def matches_are_announced(cora: Person, mode: str) -> None:
    """The coordinator closes, looks, and announces, by pressing."""
    await cora.says("/mentoring admin", "Share the invitation")
    await cora.shot(f"{mode}-desk")
    await cora.presses("Close registration", "Close registration now?")
    await cora.presses("Yes, close it now", "Registration has closed. Next")
    await cora.presses("Preview the matches", "Nobody has been told anything")
    await cora.shot(f"{mode}-preview")
    await cora.presses("Announce", "Announce it now?")
    await cora.presses("Yes, announce it", "I am telling")


async def a_session_is_booked(ann: Person, bob: Person, mode: str) -> None:
    """A time is suggested and accepted; both have the calendar file."""
    await bob.sees("Good news")
    await bob.shot(f"{mode}-matched")
    await bob.picture("match", 2)
    await bob.presses(re.compile("^Suggest a time to "), "These times may suit you")
    await bob.shot(f"{mode}-times")
    await bob.log.get_by_role("button", name=re.compile("^[A-Z][a-z]{2} [0-9]+ [A-Z][a-z]{2}, ")).first.click()
    await bob.sees(re.compile("^You suggested "))
    await ann.presses("Accept", re.compile(r"with Bob Brown\. The calendar file"))
    await expect(bob.log.get_by_text(re.compile(r"session.*\.ics")).last).to_be_visible()
    await ann.shot(f"{mode}-booked")


async def the_home_tab_is_useful(bob: Person, mode: str) -> None:
    """The Home tab shows where one stands; a press there is answered in Messages, and says so."""
    await bob.page.get_by_role("button", name=re.compile("🏠")).click()
    home = bob.page.locator(".home")
    await expect(home.get_by_text("My matches").last).to_be_visible()
    await picture(home.locator("> *"), "slack-home", 99, {"x": 20, "y": 20, "width": 740, "height": 20})
    await home.get_by_role("button", name="My matches").click()
    await expect(home.get_by_text("Messages")).to_be_visible()
    await bob.shot(f"{mode}-home")
    await bob.opens_messages()


async def they_go_on(ann: Person, bob: Person, program: Program, mode: str) -> None:
    """A week later both say that they met and want to go on, and later hear that both do."""
    await program.wait(days=8)
    for person in (ann, bob):
        await person.presses("Yes, we met", re.compile("Would you like to go on with"))
    await bob.presses("Yes, I would", re.compile("Your yes to going on"))
    await ann.presses("Yes, I would", re.compile("How many people|Your yes to going on"))
    if await ann.log.get_by_role("button", name="One mentee").count():
        await ann.presses("One mentee", re.compile("Your yes to going on"))
    await program.wait(days=10)
    for person in (ann, bob):
        await person.sees(re.compile("You and .* both said yes"))
    await bob.shot(f"{mode}-going-on")


async def nothing_is_beyond_the_limits(address: str, session: ClientSession, folder: Path) -> None:
    """Every block that was ever sent is one that Slack takes."""
    shown = await everything_shown(address, session)
    (folder / "shown.json").write_text(json.dumps(shown), encoding="utf-8")
    assert len(shown) > 40
    for blocks in shown:
        assert misplaced(blocks, "message") == []
        for block in blocks:
            parsed = Block.parse(block)
            assert parsed is not None
            parsed.validate_json()


@pytest.mark.parametrize("mode", ["events", "socket"])
async def test_two_people_and_a_coordinator_get_from_register_to_going_on(tmp_path: Path, mode: str) -> None:
    """Over HTTP and over the socket, in a Slack's own client: a round, a match, a booked session, and a pair."""
    port = a_port()
    async with (
        chromium() as browser,
        running_slack(tmp_path, mode, port) as address,
        serving(tmp_path, START, SPEEDMENTOR_PORT=str(port), **settings_for(address, mode)) as program,
        ClientSession() as session,
    ):
        ann, bob, cora = [Person(await a_page(browser), address, session, user) for user in PEOPLE]
        for person in (ann, bob, cora):
            await person.arrives()
        await a_round_opens(cora, program)
        await they_register(ann, bob, mode)
        await matches_are_announced(cora, mode)
        await a_session_is_booked(ann, bob, mode)
        await the_home_tab_is_useful(bob, mode)
        await they_go_on(ann, bob, program, mode)
        await nothing_is_beyond_the_limits(address, session, tmp_path)
