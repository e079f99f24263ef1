"""Many workspaces: adding the app, keeping its token sealed and fresh, and letting it go."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from sqlalchemy import Engine, text
from sqlmodel import Session

from adapters.slack.connect import Slack, set_up
from adapters.slack.installations import SCOPES
from bot.chat.cards import Card
from bot.chat.events import Lost, Met, Profile
from bot.chat.ports import Outcome
from bot.keeping.vault import DatabaseVault
from bot.programme.house import House
from tests.adapters.slack.conftest import NOW, SECRET, USER, FakeSlack, Heard, Moving, Outside, event, settings, who

# Slack's SDK still names the client by a class that aiohttp is going to drop; its next versions have to follow.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")

MANY = {"client_id": "1.2", "client_secret": "a client secret", "signing_secret": SECRET}


@pytest_asyncio.fixture
async def many(fake: FakeSlack, vault: DatabaseVault, clock: Moving) -> AsyncIterator[Slack]:
    """Return the adapter, set up for many workspaces."""
    fake.tokens.add("a code")
    slack = set_up(settings(fake, **MANY, public_url="https://mentoring.example/"), vault, clock)
    assert slack is not None
    yield slack
    await slack.stop()


@pytest_asyncio.fixture
async def browser(many: Slack, heard: Heard) -> AsyncIterator[Outside]:
    """Serve the adapter on a port, and stand outside."""
    app = web.Application()
    many.add_to(app, heard)
    async with TestServer(app) as server, ClientSession() as session:
        yield Outside(session, str(server.make_url("")).rstrip("/"))


async def _begin(browser: Outside) -> tuple[str, dict[str, str]]:
    """Open the page that begins an installation; return the state, and the browser's cookie."""
    page = await browser.visits("/slack/install")
    assert page.status == 302
    asked = parse_qs(urlsplit(page.headers["Location"]).query)
    assert asked["scope"] == [",".join(SCOPES)]
    assert asked["redirect_uri"] == ["https://mentoring.example/slack/oauth_redirect"]
    assert "user_scope" not in asked
    (cookie,) = page.headers.getall("Set-Cookie")
    assert re.search(r"; HttpOnly", cookie)
    assert re.search(r"; Secure", cookie)
    return asked["state"][0], {"Cookie": cookie.split(";")[0]}


async def _install(browser: Outside, code: str = "a code") -> None:
    state, cookie = await _begin(browser)
    page = await browser.visits(f"/slack/oauth_redirect?code={code}&state={state}", headers=cookie)
    assert page.status == 200


async def test_a_workspace_adds_the_app(browser: Outside, many: Slack, heard: Heard, fake: FakeSlack) -> None:
    """Who installs the app is greeted, and from then on everybody there can be written to."""
    assert (await many.messenger.send(who(), Card("hello"), key="k0")).reason == "not_installed"
    await _install(browser)
    (met,) = heard.events
    assert isinstance(met, Met)
    assert (met.who, met.greet) == (who(), True)
    assert met.profile == Profile("Ines Rossi", "ines@example.gov.uk", "Europe/Paris")
    assert (await many.messenger.send(who(), Card("hello"), key="k1")).state == "sent"
    assert [finding.good for finding in await many.check()] == [True]
    assert fake.counted()["oauth.v2.access"] == 1


async def test_a_state_is_good_for_one_browser_once(browser: Outside, heard: Heard, clock: Moving) -> None:
    """A state works once, within ten minutes, in the browser that asked for it."""
    state, cookie = await _begin(browser)
    stolen = await browser.visits(f"/slack/oauth_redirect?code=a+code&state={state}")
    assert stolen.status == 400
    made_up = await browser.visits("/slack/oauth_redirect?code=a+code&state=x/y", headers={"Cookie": cookie["Cookie"]})
    assert made_up.status == 400
    assert (await browser.visits(f"/slack/oauth_redirect?code=a+code&state={state}", headers=cookie)).status == 200
    again = await browser.visits(f"/slack/oauth_redirect?code=a+code&state={state}", headers=cookie)
    assert again.status == 401
    late, cookie = await _begin(browser)
    clock.on(minutes=11)
    assert (await browser.visits(f"/slack/oauth_redirect?code=a+code&state={late}", headers=cookie)).status == 401
    assert len(heard.events) == 1


async def test_what_goes_wrong_is_said_to_the_installer(
    browser: Outside, heard: Heard, logged: Callable[[], str]
) -> None:
    """A refusal, a wrong code and a nasty reason end in a page with a sentence, and nothing is kept or logged."""
    page = await browser.visits("/slack/oauth_redirect?error=access_denied")
    assert "access_denied" in await page.text()
    page = await browser.visits("/slack/oauth_redirect?error=<script>")
    assert "<script>" not in await page.text()
    state, cookie = await _begin(browser)
    page = await browser.visits(f"/slack/oauth_redirect?code=a+stolen+code&state={state}", headers=cookie)
    assert page.status == 401
    assert "invalid_code" in await page.text()
    assert heard.events == []
    assert "stolen" not in re.sub(r'"GET [^"]*"', "", logged())  # what aiohttp's access log says is the operator's


async def test_tokens_are_sealed(browser: Outside, vault: DatabaseVault) -> None:
    """What the database holds of an installation tells no token."""
    await _install(browser)
    with Session(vault.engine) as db:
        rows = db.connection().execute(text("SELECT name, token FROM secret")).all()
    assert [row.name for row in rows] == ["slack/installation/T1"]
    assert "xoxe" not in rows[0].token
    assert "xoxe" in (vault.read("slack/installation/T1") or "")


async def test_an_uninstalled_app_is_forgotten(
    browser: Outside, many: Slack, heard: Heard, vault: DatabaseVault, clock: Moving
) -> None:
    """The token goes, everybody there counts as lost, and a message to them waits for somebody to look."""
    await _install(browser)
    clock.on(minutes=1)
    gone = event({"type": "app_uninstalled"}, "Ev9", event_time=int(clock.at.timestamp()))
    assert (await browser.delivers(gone))[0] == 200
    assert heard.events[-1] == Lost("Ev9", who(""))
    assert vault.names("slack/installation/") == []
    outcome = await many.messenger.send(who(), Card("hello"), key="k1")
    soon = clock.at + timedelta(minutes=10)
    assert outcome == Outcome("retry", not_before=soon, lane=True, reason="not_installed")


async def test_a_late_notice_of_removal_is_ignored(browser: Outside, many: Slack, heard: Heard, clock: Moving) -> None:
    """If the app was added again before the notice of its removal came, it stays."""
    before = int(NOW.timestamp())
    clock.on(minutes=1)
    await _install(browser)
    revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["UBOT"]}}
    assert (await browser.delivers(event(revoked, "Ev8", event_time=before)))[0] == 200
    assert not [each for each in heard.events if isinstance(each, Lost)]
    assert (await many.messenger.send(who(), Card("hello"), key="k1")).state == "sent"


async def test_a_removal_that_could_not_be_written_down_comes_again(
    browser: Outside, heard: Heard, clock: Moving
) -> None:
    """If the core fails after the token went, Slack delivers the notice again, and it has its effect."""
    await _install(browser)
    clock.on(minutes=1)
    gone = event({"type": "app_uninstalled"}, "Ev9", event_time=int(clock.at.timestamp()))
    heard.problems = 1
    assert (await browser.delivers(gone))[0] == 500
    assert (await browser.delivers(gone))[0] == 200
    assert heard.events[-1] == Lost("Ev9", who(""))


async def test_a_token_is_renewed_before_it_expires(
    browser: Outside, many: Slack, fake: FakeSlack, clock: Moving
) -> None:
    """Tokens of twelve hours are renewed in the last two, long after anybody said anything."""
    await _install(browser)
    clock.on(hours=9)
    await many.messenger.send(who(), Card("hello"), key="k1")
    assert fake.counted()["oauth.v2.access"] == 1
    clock.on(hours=2)
    for number in range(3):
        assert (await many.messenger.send(who(), Card("hello"), key=f"k2 {number}")).state == "sent"
    assert fake.counted()["oauth.v2.access"] == 2


async def test_a_token_that_cannot_be_renewed_is_used_while_it_lasts(
    browser: Outside, many: Slack, fake: FakeSlack, clock: Moving
) -> None:
    """A failing renewal does no harm until the token is worth nothing, and works as soon as Slack lets it."""
    await _install(browser)
    clock.on(hours=11)
    fake.faults["oauth.v2.access"] = ["500", "429:1"]
    assert (await many.messenger.send(who(), Card("hello"), key="k1")).state == "sent"
    clock.on(hours=2)
    assert (await many.messenger.send(who(), Card("hello"), key="k2")).state == "retry"
    assert (await many.messenger.send(who(), Card("hello"), key="k3")).state == "sent"


async def test_replicas_do_not_race_for_a_new_token(
    fake: FakeSlack, engine: Engine, house: House, clock: Moving, heard: Heard
) -> None:
    """Of several replicas that find a token about to expire, one renews it; what it asks with works only once."""
    fake.tokens.add("a code")
    vault = DatabaseVault(engine, house, clock)
    replicas = [found for _ in range(3) if (found := set_up(settings(fake, **MANY), vault, clock))]
    app = web.Application()
    replicas[0].add_to(app, heard)
    async with TestServer(app) as server, ClientSession() as session:
        outside = Outside(session, str(server.make_url("")).rstrip("/"))
        page = await outside.visits("/slack/install")
        state = parse_qs(urlsplit(page.headers["Location"]).query)["state"][0]
        cookie = {"Cookie": page.headers["Set-Cookie"].split(";")[0]}
        page = await outside.visits(f"/slack/oauth_redirect?code=a+code&state={state}", headers=cookie)
    assert page.status == 200
    for lasts in (timedelta(hours=11), timedelta(hours=13)):  # about to expire; and expired while nobody looked
        asked = fake.counted()["oauth.v2.access"]
        clock.on(seconds=lasts.total_seconds())
        sends = [
            replica.messenger.send(who(f"U{number}"), Card("hello"), key=f"{lasts} {number} {index}")
            for number in range(3)
            for index, replica in enumerate(replicas)
        ]
        outcomes = await asyncio.gather(*sends)
        assert {outcome.state for outcome in outcomes} == {"sent"}, outcomes
        assert fake.counted()["oauth.v2.access"] == asked + 1
    for replica in replicas:
        await replica.stop()


async def test_an_organisation_installs_once_for_all(
    browser: Outside, many: Slack, fake: FakeSlack, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the app is installed for a whole organisation, its token is kept under the organisation."""
    plain = fake._oauth_v2_access

    def whole(said: dict[str, object]) -> dict[str, object]:
        return plain(said) | {"team": None, "enterprise": {"id": "E1"}, "is_enterprise_install": True}

    monkeypatch.setattr(fake, "_oauth_v2_access", whole)
    await _install(browser)
    (met,) = heard.events
    assert isinstance(met, Met)
    assert met.who == who(USER, tenant="E1")
    assert (await many.messenger.send(who(tenant="E1"), Card("hello"), key="k1")).state == "sent"


async def test_nobody_has_installed_it_yet(many: Slack) -> None:
    """Before the first workspace the doctor says where to begin."""
    (finding,) = await many.check()
    assert "/slack/install" in finding.say
