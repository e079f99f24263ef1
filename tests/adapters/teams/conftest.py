"""Ground for the Teams tests: a stand-in for Microsoft's servers on this machine, and our endpoint in front of a bot.

The stand-in has keys and signs with them, gives tokens and counts them, and takes messages as a test tells it to: at
once, late, never, or with a fault. Nothing of ours is replaced.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import Engine

from adapters.teams.connect import Teams, TeamsSettings, set_up
from adapters.teams.inbound import Route
from bot.chat.cards import Card
from bot.chat.events import Address, Event
from bot.keeping.store import connect
from bot.keeping.vault import DatabaseVault
from bot.programme.house import House
from tests.conftest import NewDatabase

NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
APP = "11111111-2222-3333-4444-555555555555"
TENANT = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
ANN = "99999999-8888-7777-6666-000000000001"
ISSUER = "https://api.botframework.com"
PERSONAL = "a:1personal"
Json = dict[str, Any]


class Key:
    """A key pair as the Bot Framework has them."""

    def __init__(self, kid: str, *channels: str) -> None:
        self.kid = kid
        self.private = rsa.generate_private_key(65537, 2048)
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        self.public = {**public, "kid": kid, "use": "sig", "endorsements": list(channels)}

    def sign(self, claims: Json, **header: str | None) -> str:
        """Return a token with these claims."""
        headers = {"kid": self.kid, **header}
        kept = {name: value for name, value in headers.items() if value is not None}
        return jwt.encode(claims, self.private, algorithm="RS256", headers=kept)


@pytest.fixture(scope="session")
def keys() -> dict[str, Key]:
    """Return a key that speaks for Teams, one that speaks for another channel, and one that nobody published."""
    return {"teams": Key("k1", "msteams", "webchat"), "other": Key("k2", "webchat"), "unknown": Key("k3", "msteams")}


@dataclass
class Cloud:
    """Microsoft's side, on this machine."""

    server: TestServer
    keys: dict[str, Key]
    published: list[str] = field(default_factory=lambda: ["teams", "other"])
    faults: deque[str] = field(default_factory=deque)
    calls: list[tuple[str, str, Json]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    shown: dict[str, Json] = field(default_factory=dict)
    uploads: list[tuple[str, bytes]] = field(default_factory=list)
    key_fetches: int = 0
    key_delay: float = 0.0
    token_requests: list[Json] = field(default_factory=list)
    token_status: int = 200
    token_seconds: int = 3600
    members: dict[str, Json] = field(default_factory=dict)
    can_create: bool = True
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """The address of everything."""
        return str(self.server.make_url("")).rstrip("/")

    @property
    def service(self) -> str:
        """The service URL of the tenant."""
        return f"{self.url}/service/"

    def cards(self) -> list[Json]:
        """The cards that were posted or redrawn, oldest first."""
        return [body["attachments"][0]["content"] for method, _, body in self.calls if _is_card(method, body)]

    def texts(self) -> list[str]:
        """The plain texts that were posted, oldest first."""
        return [body["text"] for _, _, body in self.calls if body.get("text")]

    async def key_server(self, request: web.Request) -> web.Response:
        """Publish the keys."""
        self.key_fetches += request.path == "/keys"
        await asyncio.sleep(self.key_delay)
        if request.path == "/openid":
            return web.json_response({"issuer": ISSUER, "jwks_uri": f"{self.url}/keys"})
        return web.json_response({"keys": [self.keys[name].public for name in self.published]})

    async def token_server(self, request: web.Request) -> web.Response:
        """Give a token, and count."""
        asked = dict(await request.post()) if request.method == "POST" else dict(request.query)
        self.token_requests.append({**asked, "headers": dict(request.headers)})
        if self.token_status != 200:
            refused = {"error": "invalid_client", "error_codes": [7000215], "error_description": "a secret"}
            return web.json_response(refused, status=self.token_status)
        token = f"token-{len(self.token_requests)}"
        return web.json_response({"access_token": token, "expires_in": self.token_seconds, "token_type": "Bearer"})

    async def connector(self, request: web.Request) -> web.Response:
        """Take a message, or do as told."""
        fault = self.faults.popleft() if self.faults else "ok"
        if fault == "hang":
            await self.let_go.wait()
        if fault == "drop before":
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        body = json.loads(await request.read() or b"{}")
        self.authorizations.append(request.headers.get("Authorization", ""))
        if fault[0].isdigit():
            status, _, code = fault.partition(" ")
            code, _, wait = code.partition(" ")
            headers = {"Retry-After": wait} if wait else {}
            return web.json_response({"error": {"code": code, "message": "…"}}, status=int(status), headers=headers)
        self.calls.append((request.method, request.path, body))
        if fault == "drop after":
            assert request.transport is not None
            request.transport.close()
        if fault == "html":
            return web.Response(text="<html>a proxy</html>", content_type="text/html")
        return self._taken(request, body)

    def _taken(self, request: web.Request, body: Json) -> web.Response:
        found = request.match_info
        if request.method == "GET":
            member = self.members.get(found["user"])
            return web.json_response(member or {"error": {"code": "MemberNotFound"}}, status=200 if member else 404)
        if request.path.endswith("/conversations"):
            forbidden = {"error": {"code": "BotNotInConversationRoster"}}
            return web.json_response({"id": PERSONAL} if self.can_create else forbidden, status=201)
        if request.method == "PUT" and found["activity"] not in self.shown:
            return web.json_response({"error": {"code": "ActivityNotFoundInConversation"}}, status=404)
        ref = found.get("activity") or f"1:{len(self.shown)}"
        self.shown[ref] = body
        return web.json_response({"id": ref}, status=200 if request.method == "PUT" else 201)

    async def drive(self, request: web.Request) -> web.Response:
        """Take a file."""
        self.uploads.append((request.headers["Content-Range"], await request.read()))
        return web.json_response({}, status=201)


def _is_card(method: str, body: Json) -> bool:
    attached = body.get("attachments") or [{}]
    return method in {"POST", "PUT"} and attached[0].get("contentType") == "application/vnd.microsoft.card.adaptive"


@pytest_asyncio.fixture
async def cloud(keys: dict[str, Key], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Cloud]:
    """Run the stand-in."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    application = web.Application()
    server = TestServer(application)
    cloud = Cloud(server, keys)
    for path in ("/openid", "/keys"):
        application.router.add_get(path, cloud.key_server)
    application.router.add_route("*", "/token", cloud.token_server)
    conversations = "/service/v3/conversations"
    application.router.add_post(conversations, cloud.connector)
    application.router.add_post(f"{conversations}/{{conversation}}/activities", cloud.connector)
    application.router.add_put(f"{conversations}/{{conversation}}/activities/{{activity}}", cloud.connector)
    application.router.add_get(f"{conversations}/{{conversation}}/members/{{user}}", cloud.connector)
    application.router.add_put("/drive/{name}", cloud.drive)
    async with server:
        yield cloud
        cloud.let_go.set()


@dataclass
class Core:
    """The bot behind the adapter: it notes what happens, and answers as a test says."""

    events: list[Event] = field(default_factory=list)
    answer: Callable[[Event], Card | None] = lambda _: None
    problems: int = 0

    async def receive(self, event: Event) -> Card | None:
        """Note an event once; fail while there are problems left."""
        if self.problems:
            self.problems -= 1
            raise RuntimeError("a made-up failure")
        if any(event.id == seen.id for seen in self.events):
            return None
        self.events.append(event)
        return self.answer(event)


@dataclass
class Office:
    """Our side: the endpoint, and the bot behind it."""

    teams: Teams
    core: Core
    cloud: Cloud
    server: TestServer
    client: ClientSession
    engine: Engine

    def token(self, key: str = "teams", **changes: Any) -> str:
        """Return a token as Teams would send it; a change to None leaves a claim out."""
        now = time.time()
        claims = {"iss": ISSUER, "aud": APP, "exp": now + 3600, "nbf": now - 60, "serviceurl": self.cloud.service}
        kept = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        return self.cloud.keys[key].sign(kept)

    async def post(self, activity: object, token: str | None = "", **headers: str) -> tuple[int, Any]:
        """Send an activity as Teams does, signed unless told otherwise; return the status and the answer."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token or self.token()}"
        async with self.client.post("/api/messages", json=activity, headers=headers) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text and answer.content_type == "application/json" else text

    async def settled(self) -> None:
        """Wait for what nobody waits for."""
        while self.teams._tasks:
            await asyncio.wait(self.teams._tasks)

    def activity(self, kind: str = "message", **changes: Any) -> Json:
        """Return an activity as Teams sends it from Ann's personal chat."""
        return {
            "type": kind,
            "id": "1700000000001",
            "channelId": "msteams",
            "serviceUrl": self.cloud.service,
            "from": {"id": "29:ann", "name": "Ann Moss", "aadObjectId": ANN},
            "recipient": {"id": f"28:{APP}", "name": "speedmentor"},
            "conversation": {"id": PERSONAL, "conversationType": "personal", "tenantId": TENANT},
            "channelData": {"tenant": {"id": TENANT}},
            "localTimezone": "Europe/London",
            **changes,
        }

    def press(self, data: Json, **changes: Any) -> Json:
        """Return the press of an Action.Execute."""
        value = {"action": {"type": "Action.Execute", "verb": "x", "data": data}, "trigger": "manual"}
        more = {"name": "adaptiveCard/action", "value": value, "replyToId": "1:0", "id": "f:press"}
        return self.activity("invoke", **{**more, **changes})


NewOffice = Callable[..., Awaitable[Office]]


@pytest_asyncio.fixture
async def new_office(cloud: Cloud, sqlite_databases: NewDatabase, house: House) -> AsyncIterator[NewOffice]:
    """Return a maker of endpoints, closed when the test is over."""
    made: list[Office] = []

    async def new(*, dangerously: bool = False, **changes: Any) -> Office:
        engine = connect(sqlite_databases())
        given = {} if dangerously else {"app_id": APP, "app_password": "a secret", "app_tenant_id": TENANT}
        given |= {
            "allowed_service_hosts": "127.0.0.1",
            "openid_metadata": f"{cloud.url}/openid",
            "token_endpoint": f"{cloud.url}/token",
        }
        settings = TeamsSettings(_env_file=None, **{**given, **changes})
        vault = DatabaseVault(engine, house, lambda: NOW)
        teams = set_up(settings, vault, lambda: NOW, dangerously_unauthenticated=dangerously)
        assert teams is not None
        core, application = Core(), web.Application()

        async def receive(event: Event) -> Card | None:
            return await core.receive(event)  # which a test may put another in the place of

        teams.add_to(application, receive)
        server = TestServer(application)
        await server.start_server()
        office = Office(teams, core, cloud, server, ClientSession(server.make_url("/")), engine)
        made.append(office)
        return office

    yield new
    for office in made:
        cloud.let_go.set()
        await office.client.close()
        await office.server.close()
        await office.teams.stop()
        office.engine.dispose()


@pytest.fixture
def office_vault(sqlite_databases: NewDatabase, house: House) -> Iterator[DatabaseVault]:
    """Return a vault on a database of its own."""
    engine = connect(sqlite_databases())
    yield DatabaseVault(engine, house, lambda: NOW)
    engine.dispose()


@pytest_asyncio.fixture
async def office(new_office: NewOffice) -> Office:
    """Return an endpoint that checks tokens, as in production."""
    return await new_office()


@pytest.fixture
def ann(cloud: Cloud) -> Address:
    """Return where Ann is reached."""
    return Address("teams", TENANT, ANN, str(Route(cloud.service, PERSONAL, f"28:{APP}", "29:ann")))
