"""A mentee in Slack and a mentor in Teams, each in a client of their own: one program, one database, one round."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import ClientSession
from playwright.async_api import expect

from tests.adapters.clients import Program, a_page, a_port, chromium, serving
from tests.adapters.slack.test_slack_local import Person as InSlack
from tests.adapters.slack.test_slack_local import (
    a_round_opens,
    matches_are_announced,
    running_slack,
    settings_for,
)
from tests.adapters.teams.test_teams_playground import OPEN, at_teams, register
from tests.adapters.teams.test_teams_playground import Person as InTeams

pytestmark = [pytest.mark.clients, pytest.mark.browser, pytest.mark.xdist_group("clients")]

START = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)  # a Monday, with no holidays for weeks


async def they_are_matched(bob: InSlack, mona: InTeams) -> None:
    """Each reads about the other, with an address to write to; no chat is offered, as there is none between the two."""
    await bob.sees("Mona Singh")
    await bob.sees(re.compile("mona@example.gov.uk"))
    await mona.sees("Bob Brown")
    await mona.sees("bob@example.gov.uk")
    await bob.shot("cross-matched")
    await mona.shot("cross-matched")
    await expect(bob.page.get_by_text("Write to Mona")).to_have_count(0)
    await expect(bob.page.get_by_text("Introduce us")).to_have_count(0)
    await expect(mona.page.get_by_text("Write to Bob")).to_have_count(0)


async def they_book(bob: InSlack, mona: InTeams) -> None:
    """A time that is suggested in Slack is accepted in Teams, and is in both calendars."""
    await bob.presses("Suggest a time to Mona", "These times may suit you")
    await bob.log.get_by_role("button", name=re.compile("^[A-Z][a-z]{2} [0-9]+ [A-Z][a-z]{2}, ")).first.click()
    await bob.sees(re.compile("^You suggested "))
    await mona.sees("would like to meet you")
    await mona.presses("Accept", "with Bob Brown. The calendar file")
    await bob.sees(re.compile(r"with Mona Singh\. The calendar file"))
    await bob.shot("cross-booked")
    await mona.shot("cross-booked")
    await expect(bob.log.get_by_text(re.compile(r"session.*\.ics")).last).to_be_visible()
    await expect(mona.page.get_by_text("Invite both")).to_have_count(0)


async def they_go_on(bob: InSlack, mona: InTeams, program: Program) -> None:
    """Both say in private that they would like to go on, and hear it of each other on the same day."""
    await program.wait(days=8)
    await bob.presses("Yes, we met", re.compile("Would you like to go on with Mona"))
    await mona.presses("Yes, we met", "Would you like to go on with Bob")
    await bob.presses("Yes, I would", re.compile("Your yes to going on"))
    await mona.presses("Yes, I would", "How many people could you meet regularly")
    await mona.presses("One mentee", "Your yes to going on")
    await expect(bob.page.get_by_text("both said yes")).to_have_count(0)
    await program.wait(days=14)
    await bob.sees(re.compile("You and Mona Singh both said yes"))
    await mona.sees("You and Bob Brown both said yes")
    await bob.shot("cross-going-on")
    await mona.shot("cross-going-on")


async def they_check_in(bob: InSlack, mona: InTeams, program: Program) -> None:
    """Weeks later both are asked how it goes, and answer where they are."""
    await mona.presses("Every 4 weeks", "I will ask every 4 weeks")
    await program.wait(weeks=5)
    await bob.sees(re.compile("Have you and Mona Singh met"))
    await mona.sees("Have you and Bob Brown met")
    await bob.presses("We met", re.compile("Good to hear"))
    await mona.presses("We met", "Good to hear")
    await bob.shot("cross-checked-in")
    await mona.shot("cross-checked-in")


async def test_a_mentee_in_slack_and_a_mentor_in_teams_meet_and_go_on(tmp_path: Path) -> None:
    """Register, match, book, decide and check in: each where they work, as if the other were there too."""
    port = a_port()
    async with (
        chromium() as browser,
        running_slack(tmp_path, "events", port) as address,
        serving(tmp_path, START, OPEN, SPEEDMENTOR_PORT=str(port), **settings_for(address, "events")) as program,
        at_teams(tmp_path, "Mona Singh", port, browser) as mona,
        ClientSession() as session,
    ):
        bob, cora = [InSlack(await a_page(browser), address, session, user) for user in ("U02BOB", "U03CORA")]
        await bob.arrives()
        await cora.arrives()
        await a_round_opens(cora, program)
        await register(mona, "Mentor", "Grade 7")
        await bob.registers(role="mentee")
        await matches_are_announced(cora, "cross")
        await they_are_matched(bob, mona)
        await they_book(bob, mona)
        await they_go_on(bob, mona, program)
        await they_check_in(bob, mona, program)
    log = program.log.read_text(encoding="utf-8")
    assert [word for word in ("Mona", "Bob", "@example.gov.uk", "statistics", "xoxb-") if word in log] == []
