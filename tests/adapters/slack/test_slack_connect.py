"""The ways in: signed requests, whatever is wrong with them, and the socket; and what an administrator sets."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from aiohttp import web

from adapters.slack.connect import ACKNOWLEDGED, Slack, SlackSettings, set_up
from adapters.slack.installations import proxy_for
from bot.chat.events import Met, Pressed, Profile, Said
from bot.keeping.vault import DatabaseVault
from tests.adapters.slack.conftest import (
    APP_TOKEN,
    BOT_TOKEN,
    SECRET,
    FakeSlack,
    Heard,
    Moving,
    Outside,
    event,
    message,
    press,
    settings,
    signature,
    who,
)

INES = Profile("Ines Rossi", "ines@example.gov.uk", "Europe/Paris")
COMMAND = {
    "command": "/mentoring",
    "text": "status",
    "user_id": "U1",
    "team_id": "T1",
    "channel_id": "C9",
    "trigger_id": "1.2.a",
    "is_enterprise_install": "false",
}


async def _until(true: Callable[[], object]) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - what is waited for happens inside the libraries
            await asyncio.sleep(0.01)


# HTTP


async def test_a_message_is_heard(outside: Outside, heard: Heard, fake: FakeSlack) -> None:
    """A signed message is handed to the core before Slack is answered; who is new is introduced first, once."""
    assert await outside.delivers(event(message("hello"), "Ev1")) == (200, "")
    assert heard.events == [Met("Ev1:met", who(), INES, greet=False), Said("Ev1", who(), "hello")]
    assert (await outside.delivers(event(message("again"), "Ev2")))[0] == 200
    assert heard.events[2:] == [Said("Ev2", who(), "again")]
    assert fake.counted() == {"users.info": 1}


async def test_a_press_is_heard(outside: Outside, heard: Heard) -> None:
    """A button's press arrives as a form, and is answered at once."""
    assert await outside.delivers(press("go", "7")) == (200, "")
    (pressed,) = [each for each in heard.events if isinstance(each, Pressed)]
    assert (pressed.action, pressed.value, pressed.card) == ("go", "7", "D1:1763892000.000200")


async def test_a_command_is_heard_and_says_where_the_answer_is(outside: Outside, heard: Heard) -> None:
    """The command's own answer is a word that only its writer sees."""
    status, answer = await outside.delivers(COMMAND)
    assert status == 200
    assert json.loads(answer) == {"response_type": "ephemeral", "text": ACKNOWLEDGED}
    assert heard.events[-1] == Said("command:1.2.a", who(), "status")


async def test_the_first_look_at_messages_is_a_greeting(outside: Outside, heard: Heard) -> None:
    """Who opens Messages is met with their profile; who opens Home is shown it."""
    opened = {"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": "messages"}
    await outside.delivers(event(opened, "Ev1"))
    await outside.delivers(event({**opened, "tab": "home"}, "Ev2"))
    assert heard.events == [Met("Ev1", who(), INES), Pressed("Ev2", who(), "home_tab")]


async def test_slack_may_check_the_address(outside: Outside, heard: Heard) -> None:
    """Slack's own challenge is answered, and other events are taken in silence."""
    status, answer = await outside.delivers({"type": "url_verification", "challenge": "abc", "token": "x"})
    assert (status, json.loads(answer)) == (200, {"challenge": "abc"})
    assert (await outside.delivers(event({"type": "team_rename", "name": "x"})))[0] == 200
    assert heard.events == []


@pytest.mark.parametrize("fault", ["500", "hang", "drop", "user_not_found", "429:30", "missing_scope"])
async def test_no_event_is_lost_for_a_profile(outside: Outside, heard: Heard, fake: FakeSlack, fault: str) -> None:
    """If Slack does not say who somebody is in time, they are heard all the same, and asked about again later."""
    fake.faults["users.info"] = [fault] * 2
    begun = asyncio.get_running_loop().time()
    assert (await outside.delivers(event(message("hello"), "Ev1")))[0] == 200
    assert asyncio.get_running_loop().time() - begun < 2.5
    assert heard.events == [Said("Ev1", who(), "hello")]


@pytest.mark.parametrize("payload", [event(message("hello")), press("go"), COMMAND], ids=["event", "press", "command"])
async def test_what_could_not_be_kept_is_sent_again(
    outside: Outside, heard: Heard, payload: dict[str, object], logged: Callable[[], str]
) -> None:
    """While the database is away Slack hears 500, and its second delivery has the effect of one."""
    heard.problems = 1
    assert (await outside.delivers(payload))[0] == 500
    assert heard.events == []
    retried = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_error"}
    assert (await outside.delivers(payload, headers=retried))[0] == 200
    assert len(heard.events) <= 2
    assert "somebody’s secret" not in logged()


async def test_repeated_and_reordered_events_happen_once(outside: Outside, heard: Heard) -> None:
    """Every delivery has the id of its event, so a second one, late or at the same moment, changes nothing."""
    first, second = event(message("one"), "Ev1"), event(message("two"), "Ev2")
    answers = await asyncio.gather(*(outside.delivers(each) for each in (second, first, second, first, press("go"))))
    assert {status for status, _ in answers} == {200}
    await outside.delivers(press("go"))
    assert sorted(each.text for each in heard.events if isinstance(each, Said)) == ["one", "two"]
    assert len([each for each in heard.events if isinstance(each, Pressed)]) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=ü"},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "1.5"},
        {"X-Slack-Request-Timestamp": "-1"},
        {"X-Slack-Request-Timestamp": "9" * 40},
        {"X-Slack-Request-Timestamp": "٣"},
    ],
    ids=str,
)
async def test_whoever_is_not_slack_is_turned_away(
    outside: Outside, heard: Heard, logged: Callable[[], str], wrong: dict[str, str]
) -> None:
    """Without a good signature the answer is 401, and nothing of the body reaches a log."""
    encoded = {name: value.encode().decode("latin-1") for name, value in wrong.items()}
    status, answer = await outside.delivers(event(message("a secret word")), headers=encoded)
    assert (status, answer, heard.events) == (401, "", [])
    assert "secret word" not in logged()


@pytest.mark.parametrize("late", [-301, 301, -86400])
async def test_old_and_early_requests_are_turned_away(outside: Outside, heard: Heard, late: int) -> None:
    """A request signed more than five minutes from now is refused, as it may be a recording."""
    moment = str(int(datetime.now(UTC).timestamp()) + late)
    assert (await outside.delivers(event(message()), moment=moment))[0] == 401
    assert (await outside.delivers(event(message()), secret="another secret"))[0] == 401
    assert heard.events == []


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[1]", b"null", b'"x"', b"7", b"\xff\xfe", b"[" * 5000], ids=lambda raw: str(raw[:9])
)
async def test_what_cannot_be_read_is_refused(
    outside: Outside, heard: Heard, logged: Callable[[], str], raw: bytes
) -> None:
    """A signed body that is no JSON object is refused with 4xx, never 500, and not logged."""
    status, _ = await outside.delivers(None, raw=raw or b" ")
    assert 400 <= status < 500 or raw == b""
    assert heard.events == []
    assert "Traceback" not in logged()


async def test_too_much_is_refused(outside: Outside, heard: Heard) -> None:
    """More than a mebibyte is not even looked at."""
    assert (await outside.delivers(None, raw=b"x" * (1024 * 1024 + 1)))[0] == 413
    assert heard.events == []


async def test_only_what_is_set_up_is_served(slack: Slack, heard: Heard) -> None:
    """With one workspace there is nothing to install from outside."""
    app = web.Application()
    slack.add_to(app, heard)
    assert [str(route.resource.canonical) for route in app.router.routes() if route.resource] == ["/slack/events"]


# Socket Mode


@pytest_asyncio.fixture
async def socket(fake: FakeSlack, vault: DatabaseVault, clock: Moving, heard: Heard) -> AsyncIterator[Slack]:
    """Return the adapter, connected by its socket."""
    slack = set_up(settings(fake, bot_token=BOT_TOKEN, app_token=APP_TOKEN), vault, clock)
    assert slack is not None
    await slack.start(heard)
    await _until(lambda: fake.sockets)
    yield slack
    await slack.stop()
    await slack.stop()


async def _sends(fake: FakeSlack, id_: str, kind: str, payload: object) -> None:
    envelope = {"envelope_id": id_, "type": kind, "payload": payload, "accepts_response_payload": kind != "events_api"}
    await fake.sockets[-1].send_json(envelope)


async def test_the_socket_says_the_same(socket: Slack, fake: FakeSlack, heard: Heard) -> None:
    """Messages, presses and commands arrive over the socket as over HTTP, and each is acknowledged by its own id."""
    assert socket.messenger
    await _sends(fake, "e1", "events_api", event(message("hello"), "Ev1"))
    await _sends(fake, "e2", "interactive", press("go"))
    await _sends(fake, "e3", "slash_commands", COMMAND)
    await _until(lambda: len(fake.acknowledged) == 3)
    answers = {each["envelope_id"]: each.get("payload") for each in fake.acknowledged}
    assert answers.pop("e3") == {"response_type": "ephemeral", "text": ACKNOWLEDGED}
    assert answers == {"e1": None, "e2": None}
    assert {type(each) for each in heard.events} == {Met, Said, Pressed}


async def test_over_the_socket_too_what_could_not_be_kept_is_sent_again(
    socket: Slack, fake: FakeSlack, heard: Heard, logged: Callable[[], str]
) -> None:
    """While the database is away nothing is acknowledged, so Slack delivers it again."""
    assert socket.messenger
    heard.problems = 1
    await _sends(fake, "e1", "events_api", event(message("a secret word"), "Ev1"))
    await _until(lambda: not heard.problems)
    await _sends(fake, "e2", "events_api", event(message("a secret word"), "Ev1"))
    await _until(lambda: fake.acknowledged)
    await asyncio.sleep(0.05)
    assert [each["envelope_id"] for each in fake.acknowledged] == ["e2"]
    text = logged()
    assert "somebody’s secret" not in text
    assert re.search(r"an event failed.*RuntimeError", text)


async def test_the_socket_waits_for_slack_and_lets_go_at_any_time(
    fake: FakeSlack, vault: DatabaseVault, clock: Moving, heard: Heard, logged: Callable[[], str]
) -> None:
    """Starting does not wait for Slack; while it refuses, that is told in a word, and stopping works all the same."""
    fake.faults["apps.connections.open"] = ["invalid_auth", "500", "html"]
    slack = set_up(settings(fake, bot_token=BOT_TOKEN, app_token=APP_TOKEN), vault, clock)
    assert slack is not None
    await slack.start(heard)
    await _until(lambda: fake.counted()["apps.connections.open"])
    await asyncio.sleep(0.1)
    await slack.stop()
    text = logged()
    assert "Slack's socket: SlackApiError" in text
    assert APP_TOKEN not in text


# Settings


def _set_up(vault: DatabaseVault, clock: Moving, **given: str) -> Slack | None:
    return set_up(SlackSettings.model_validate(given), vault, clock)


def test_nothing_set_is_no_slack(vault: DatabaseVault, clock: Moving) -> None:
    """A deployment without Slack sets nothing, and gets nothing."""
    assert _set_up(vault, clock) is None
    assert _set_up(vault, clock, public_url="https://mentoring.example") is None


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"bot_token": "xoxb-1"}, "SLACK_APP_TOKEN.*SLACK_SIGNING_SECRET"),
        ({"app_token": "xapp-1"}, "SLACK_BOT_TOKEN is missing"),
        ({"signing_secret": "x"}, "SLACK_BOT_TOKEN is missing"),
        ({"signing_secret": "", "bot_token": "xoxb-1"}, "SLACK_SIGNING_SECRET is empty"),
        ({"signing_secret": "  ", "bot_token": "xoxb-1", "app_token": "xapp-1"}, "SLACK_SIGNING_SECRET is empty"),
        ({"client_id": "1.2", "signing_secret": "x"}, "SLACK_CLIENT_SECRET"),
        ({"client_id": "1.2", "client_secret": "x"}, "SLACK_SIGNING_SECRET is missing"),
        ({"client_id": "1", "client_secret": "x", "signing_secret": "x", "bot_token": "xoxb-1"}, "one workspace.*many"),
        ({"app_token": "xoxb-1", "bot_token": "xoxb-1"}, "SLACK_APP_TOKEN should begin with xapp-"),
        ({"app_token": "xapp-1", "bot_token": "xapp-1"}, "SLACK_BOT_TOKEN should begin with xoxb-"),
        ({"bot_token": "xoxb-1", "signing_secret": "x", "api_url": "http://example.org/api/"}, "SLACK_API_URL"),
        ({"bot_token": "xoxb-1", "signing_secret": "x", "public_url": "example.org"}, "SLACK_PUBLIC_URL"),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_half_of_slack_is_said_clearly(vault: DatabaseVault, clock: Moving, given: dict[str, str], named: str) -> None:
    """What is missing or wrong is named in a sentence that quotes no secret."""
    with pytest.raises(ValueError, match=named) as raised:
        _set_up(vault, clock, **given)
    assert "xoxb-1" not in str(raised.value)


def test_slack_itself_is_the_default(vault: DatabaseVault, clock: Moving, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings come from the environment by their documented names; secrets do not show in a repr."""
    for name, value in {"BOT_TOKEN": "xoxb-1", "APP_TOKEN": "xapp-1", "SIGNING_SECRET": SECRET}.items():
        monkeypatch.setenv(f"SLACK_{name}", value)
    found = SlackSettings()
    assert found.api_url == "https://slack.com/api/"
    assert SECRET not in repr(found)
    assert set_up(found, vault, clock) is not None


def test_a_proxy_is_used_where_the_environment_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls go through the proxy for https, except to the hosts that need none."""
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert proxy_for("https://slack.com/api/") is None
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "127.0.0.1,slack-gov.com")
    assert proxy_for("https://slack.com/api/") == "http://proxy.example:3128"
    assert proxy_for("https://slack-gov.com/api/") is None
    assert proxy_for("http://127.0.0.1:3100/api/") is None


def test_signing_is_checked_by_hand() -> None:
    """The signature that these tests make is the one of Slack's own example."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    made = signature(body, "1531420618", "8f742231b10e8888abcd99yyyzzz85a5")
    assert made["X-Slack-Signature"] == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
