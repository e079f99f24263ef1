"""Ground for Slack's tests: a Slack made up for them, on a port of this machine, and deliveries signed as Slack does.

The made-up Slack keeps what it was given and does what a test told it to: answer too late, not at all, with a web page
or an error. Like Slack it refuses blocks and elements where they may not stand. It looks at no other limits; the real
Slack's are checked on the blocks themselves.
"""

import asyncio
import hashlib
import hmac
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from aiohttp import ClientResponse, ClientSession, web
from aiohttp.test_utils import TestServer

from adapters.slack.connect import Slack, SlackSettings, set_up
from bot.chat.cards import Card
from bot.chat.events import Address, Event
from bot.keeping.store import connect
from bot.keeping.vault import DatabaseVault
from bot.programme.house import House
from tests.adapters.slack.surfaces import Surface, misplaced

BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-made-up", "xapp-made-up", "a made-up signing secret"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TEAM, USER, CHANNEL = "T1", "U1", "D1"


@dataclass
class FakeSlack:
    """Slack's Web API as far as the bot uses it. `faults` tells what the next calls of a method meet, in order.

    A fault is "429:SECONDS", "500", "html", "text", "hang", "drop" (before anything was done), "take" (done, then
    dropped), or an error code of Slack's.
    """

    url: str = ""
    tokens: set[str] = field(default_factory=lambda: {BOT_TOKEN, APP_TOKEN})
    faults: dict[str, list[str]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    homes: dict[str, Any] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    shown: list[tuple[str, str]] = field(default_factory=list)
    scopes: str = "chat:write,commands,files:write,im:history,im:write,mpim:write,users:read,users:read.email"
    acknowledged: list[dict[str, Any]] = field(default_factory=list)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    given: Iterator[int] = field(default_factory=lambda: count(1))
    clock: Iterator[int] = field(default_factory=lambda: count(int(NOW.timestamp())))
    user: dict[str, Any] = field(
        default_factory=lambda: {
            "id": USER,
            "tz": "Europe/Paris",
            "is_email_confirmed": True,
            "profile": {"real_name": "Agnese Rossi", "display_name": "Ines Rossi", "email": "ines@example.gov.uk"},
        }
    )

    def counted(self) -> Counter[str]:
        """Return how often each method was called."""
        return Counter(method for method, _ in self.calls)

    def last(self, method: str) -> dict[str, Any]:
        """Return what the last call of a method said."""
        return [said for called, said in self.calls if called == method][-1]

    def app(self) -> web.Application:
        """Return the web application."""
        app = web.Application()
        app.router.add_post("/upload/{id}", self._take_upload)
        app.router.add_get("/socket", self._socket)
        app.router.add_route("*", "/api/{method}", self._call)
        return app

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        said: dict[str, Any] = {name: _unpacked(value) for name, value in request.query.items()}
        if request.content_type == "application/json":
            said |= await request.json()
        else:
            said |= {name: _unpacked(str(value)) for name, value in (await request.post()).items()}
        self.calls.append((method, said))
        faults = self.faults.get(method) or []
        fault = faults.pop(0) if faults else ""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or str(said.get("token", ""))
        answer: dict[str, Any] = {}
        if not fault or fault == "take":
            allowed = method == "oauth.v2.access" or token in self.tokens
            answer = getattr(self, "_" + method.replace(".", "_"))(said) if allowed else {"error": "invalid_auth"}
        return await self._faulty(fault, answer, request)

    async def _faulty(self, fault: str, answer: dict[str, Any], request: web.Request) -> web.StreamResponse:
        kind, _, detail = fault.partition(":")
        match kind:
            case "":
                headers = {"X-OAuth-Scopes": self.scopes}
                return web.json_response({"ok": "error" not in answer, **answer}, headers=headers)
            case "429":
                headers = {"Retry-After": detail}
                return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
            case "500":
                return web.Response(status=500, text="<html>oops</html>", content_type="text/html")
            case "html":
                return web.Response(text="<html>a page</html>", content_type="text/html")
            case "text":
                return web.Response(text="a page")
            case "hang":
                await asyncio.sleep(3600)
            case "drop" | "take":
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
        return web.json_response({"ok": False, "error": fault})

    def _auth_test(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"team_id": TEAM, "user_id": "UBOT", "bot_id": "BBOT"}

    def _users_info(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"user": self.user}

    def _conversations_open(self, said: dict[str, Any]) -> dict[str, Any]:
        return {"channel": {"id": "D" + said["users"].removeprefix("U")}}

    def _chat_postMessage(self, said: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's name
        if refused := _refused(said.get("blocks"), "message", "invalid_blocks"):
            return refused
        said = {**said, "ts": f"{next(self.clock)}.000100"}
        self.messages.append(said)
        return {"channel": said["channel"], "ts": said["ts"]}

    def _chat_update(self, said: dict[str, Any]) -> dict[str, Any]:
        if refused := _refused(said.get("blocks"), "message", "invalid_blocks"):
            return refused
        for message in self.messages:
            if (message["channel"], message["ts"]) == (said["channel"], said["ts"]):
                message.update(said)
                return {"channel": said["channel"], "ts": said["ts"]}
        return {"error": "message_not_found"}

    def _conversations_history(self, said: dict[str, Any]) -> dict[str, Any]:
        here = [message for message in self.messages if message["channel"] == said["channel"]]
        here = [message for message in here if float(message["ts"]) > float(said["oldest"])][::-1]
        start = int(said.get("cursor") or 0)
        more = len(here) > start + 2
        page = here[start : start + 2]  # Slack may return fewer than asked for
        return {"messages": page, "response_metadata": {"next_cursor": str(start + 2) if more else ""}}

    def _views_publish(self, said: dict[str, Any]) -> dict[str, Any]:
        refused = _refused(said["view"]["blocks"], "home", "invalid_arguments")
        if not refused:
            self.homes[said["user_id"]] = said["view"]
        return refused

    def _files_getUploadURLExternal(self, said: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's name
        id_ = f"F{next(self.given)}"
        assert said["filename"]
        return {"upload_url": f"{self.url}upload/{id_}", "file_id": id_}

    def _files_completeUploadExternal(self, said: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's name
        self.shown += [(said["channel_id"], file["title"]) for file in said["files"]]
        return {}

    def _apps_connections_open(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"url": f"{self.url}socket".replace("http", "ws", 1)}

    def _oauth_v2_access(self, said: dict[str, Any]) -> dict[str, Any]:
        renewing = said.get("grant_type") == "refresh_token"
        if said.get("refresh_token" if renewing else "code") not in self.tokens:
            return {"error": "invalid_refresh_token" if renewing else "invalid_code"}
        self.tokens.discard(said.get("refresh_token", ""))
        number = next(self.given)
        token, refresh = f"xoxe.xoxb-{number}", f"xoxe-{number}"
        self.tokens |= {token, refresh}
        team = {"id": TEAM, "name": "Made-up"}
        return {
            "access_token": token,
            "refresh_token": refresh,
            "expires_in": 43200,
            "token_type": "bot",
            "scope": self.scopes,
            "bot_user_id": "UBOT",
            "app_id": "A1",
            "team": team,
            "enterprise": None,
            "is_enterprise_install": False,
            "authed_user": {"id": USER},
        }

    async def _take_upload(self, request: web.Request) -> web.Response:
        self.uploads[request.match_info["id"]] = await request.read()
        return web.Response(text=f"OK - {len(await request.read())}")

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello"})
        self.sockets.append(socket)
        async for message in socket:
            self.acknowledged.append(json.loads(message.data))
        return socket


def _refused(blocks: Any, surface: Surface, error: str) -> dict[str, Any]:
    """Return Slack's answer to blocks that may not stand there, or nothing if they may."""
    problems = misplaced(blocks or (), surface)
    messages = [f"[ERROR] {problem}" for problem in problems]
    return {"error": error, "response_metadata": {"messages": messages}} if problems else {}


def _unpacked(value: str) -> Any:
    return json.loads(value) if value[:1] in "[{" and value[:1] else value


class Heard:
    """The core's front door, made up: remembers what came in; `problems` deliveries in a row fail."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.problems = 0

    async def __call__(self, event: Event) -> Card | None:
        """Take an event, once for each id, as the core does."""
        if self.problems:
            self.problems -= 1
            raise RuntimeError("the database is away, says somebody’s secret")
        if all(event.id != known.id for known in self.events):
            self.events.append(event)
        return None


class Outside:
    """Slack's servers, as they deliver to the bot over HTTP."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def delivers(
        self,
        payload: object,
        *,
        secret: str = SECRET,
        moment: str = "",
        headers: dict[str, str] | None = None,
        raw: bytes = b"",
    ) -> tuple[int, str]:
        """Deliver a payload, signed; return the status and the answer."""
        as_form = isinstance(payload, dict) and ("command" in payload or payload.get("type") == "block_actions")
        body, kind = raw or json.dumps(payload).encode(), "application/json"
        if as_form and isinstance(payload, dict):
            content = payload if "command" in payload else {"payload": json.dumps(payload)}
            body, kind = urlencode(content).encode(), "application/x-www-form-urlencoded"
        at = moment or str(int(datetime.now(UTC).timestamp()))
        signed = {"Content-Type": kind, **signature(body, at, secret), **(headers or {})}
        signed = {name: value for name, value in signed.items() if value}
        async with self._session.post(f"{self._url}/slack/events", data=BytesIO(body), headers=signed) as response:
            return response.status, await response.text()

    async def visits(self, path: str, **options: Any) -> ClientResponse:
        """Open a page of the bot's as a browser does."""
        async with self._session.get(f"{self._url}{path}", allow_redirects=False, **options) as response:
            await response.read()
            return response


def signature(body: bytes, at: str, secret: str = SECRET) -> dict[str, str]:
    """Return the headers with which Slack signs a request."""
    mac = hmac.new(secret.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={mac}"}


def event(inner: dict[str, Any], id_: str = "Ev1", **outer: Any) -> dict[str, Any]:
    """Return an event as the Events API wraps it."""
    granted = [
        {"enterprise_id": None, "team_id": TEAM, "user_id": "UBOT", "is_bot": True, "is_enterprise_install": False}
    ]
    wrapped = {
        "type": "event_callback",
        "team_id": TEAM,
        "api_app_id": "A1",
        "event_id": id_,
        "authorizations": granted,
    }
    return {**wrapped, "event_time": int(NOW.timestamp()), "event": inner, **outer}


def message(text: str = "hello", **more: Any) -> dict[str, Any]:
    """Return a direct message somebody wrote."""
    said = {"type": "message", "channel": CHANNEL, "channel_type": "im", "user": USER, "text": text}
    return {**said, "ts": "1763892000.000100", "event_ts": "1763892000.000100", **more}


def press(action: str, value: str = "", *, values: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return the press of a button on a direct message."""
    button = {"type": "button", "action_id": f"press:0:{action}", "block_id": "b", "action_ts": "1763892001.1"}
    return {
        "type": "block_actions",
        "team": {"id": TEAM, "domain": "made-up"},
        "enterprise": None,
        "is_enterprise_install": False,
        "user": {"id": USER, "username": "ines", "team_id": TEAM},
        "api_app_id": "A1",
        "trigger_id": "12345.98765.abcd",
        "container": {
            "type": "message",
            "message_ts": "1763892000.000200",
            "channel_id": CHANNEL,
            "is_ephemeral": False,
        },
        "channel": {"id": CHANNEL, "name": "directmessage"},
        "message": {"type": "message", "ts": "1763892000.000200", "bot_id": "BBOT", "text": "a card"},
        "state": {"values": values or {}},
        "actions": [{**button, **({"value": value} if value else {})}],
        **more,
    }


def who(user: str = USER, route: str = "", tenant: str = TEAM) -> Address:
    """Return somebody's address in Slack."""
    return Address("slack", tenant, user, route)


class Moving:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        """Return the time."""
        return self.at

    def on(self, **by: float) -> None:
        """Move it on."""
        self.at += timedelta(**by)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the machine's own Slack settings out of the tests."""
    for name in ("APP_TOKEN", "BOT_TOKEN", "SIGNING_SECRET", "CLIENT_ID", "CLIENT_SECRET", "API_URL", "PUBLIC_URL"):
        monkeypatch.delenv(f"SLACK_{name}", raising=False)


@pytest.fixture
def clock() -> Moving:
    """Return the clock of the tests."""
    return Moving()


@pytest.fixture
def vault(sqlite_databases: Callable[[], str], house: House, clock: Moving) -> Iterator[DatabaseVault]:
    """Return a vault on a fresh database."""
    engine = connect(sqlite_databases())
    yield DatabaseVault(engine, house, clock)
    engine.dispose()


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[FakeSlack]:
    """Run the made-up Slack."""
    slack = FakeSlack()
    async with TestServer(slack.app()) as server:
        slack.url = str(server.make_url("/"))
        yield slack


def settings(fake: FakeSlack, **given: str) -> SlackSettings:
    """Return settings for the made-up Slack: HTTP and one workspace, unless told otherwise."""
    told = given or {"bot_token": BOT_TOKEN, "signing_secret": SECRET}
    return SlackSettings.model_validate({**told, "api_url": f"{fake.url}api/"})


@pytest_asyncio.fixture
async def slack(fake: FakeSlack, vault: DatabaseVault, clock: Moving) -> AsyncIterator[Slack]:
    """Return the adapter, set up for HTTP and one workspace."""
    found = set_up(settings(fake), vault, clock)
    assert found is not None
    yield found
    await found.stop()


@pytest.fixture
def heard() -> Heard:
    """Return what the core hears."""
    return Heard()


@pytest_asyncio.fixture
async def outside(slack: Slack, heard: Heard) -> AsyncIterator[Outside]:
    """Serve the adapter on a port, and stand outside."""
    app = web.Application()
    slack.add_to(app, heard)
    async with TestServer(app) as server, ClientSession() as session:
        yield Outside(session, str(server.make_url("")).rstrip("/"))


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Return a look at everything that was logged so far, by anybody, at any level."""
    caplog.set_level(logging.DEBUG)

    def look() -> str:
        printed = capsys.readouterr()
        return caplog.text + printed.out + printed.err

    return look
