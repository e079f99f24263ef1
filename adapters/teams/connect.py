"""Teams: settings, the endpoint that activities come in by, and the Messenger that cards go out by.

An activity is let in when its token is signed by the Bot Framework for this bot, for Teams and for the very service
that the bot would answer, and when its tenant is one of ours. Without an app id nothing is let in, unless somebody asks
for that on this machine: then whatever comes in on a loopback address, and nothing else.
"""

import asyncio
import json
import re
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from functools import partial
from ipaddress import ip_address
from typing import Any

import structlog
from aiohttp import ClientSession, TCPConnector, web
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.teams import inbound
from adapters.teams.connector import AGAIN_AS_NEW, Connector, Hosts, outcome
from adapters.teams.files import Files
from adapters.teams.tokens import (
    CHANNEL,
    AwayError,
    Gate,
    Keys,
    NotFromTeamsError,
    Tokens,
    by_managed_identity,
    by_password,
    same_service,
)
from adapters.teams.turns import Conversations, Turns, message
from bot.chat.cards import HOME, Card
from bot.chat.events import Address
from bot.chat.ports import Finding, Outcome, Receive, Vault

ENDPOINT = "/api/messages"
MOST_BYTES = 1024 * 1024
TYPES = ("SingleTenant", "MultiTenant", "UserAssignedMSI")
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

log = structlog.get_logger()


class TeamsSettings(BaseSettings):
    """What the environment, or a file named .env, says about Teams. The last four are for other clouds and tests."""

    model_config = SettingsConfigDict(env_prefix="MICROSOFT_", env_file=".env", extra="ignore")

    app_id: str = ""
    app_password: SecretStr = SecretStr("")
    app_type: str = "SingleTenant"
    app_tenant_id: str = ""
    allowed_tenants: str = ""
    allowed_service_hosts: str = ""
    openid_metadata: str = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    token_issuer: str = "https://api.botframework.com"  # noqa: S105 - a name, not a secret
    token_scope: str = "https://api.botframework.com/.default"  # noqa: S105 - likewise
    token_endpoint: str = ""


def set_up(
    settings: TeamsSettings, vault: Vault, now: Callable[[], datetime], *, dangerously_unauthenticated: bool = False
) -> "Teams | None":
    """Return Teams as the settings say, or None if they say nothing. A ValueError's sentence names what is missing."""
    given = any((settings.app_id, settings.app_password.get_secret_value(), settings.app_tenant_id))
    if dangerously_unauthenticated:
        if given:
            raise ValueError(
                "Unauthenticated Teams is for a trial without MICROSOFT_APP_ID, MICROSOFT_APP_PASSWORD and "
                "MICROSOFT_APP_TENANT_ID. Remove them from the environment, or leave the flag out."
            )
        return Teams(settings, vault, now)
    if not given and not settings.allowed_tenants:
        return None
    if problem := _half_set(settings):
        raise ValueError(problem)
    return Teams(settings, vault, now)


def _half_set(settings: TeamsSettings) -> str:
    if settings.app_type not in TYPES:
        return f"MICROSOFT_APP_TYPE should be one of {', '.join(TYPES)}."
    if not GUID.fullmatch(settings.app_id):
        return "MICROSOFT_APP_ID should be the Microsoft App ID of the Azure Bot: 8-4-4-4-12 letters and digits."
    if settings.app_type != TYPES[2] and not settings.app_password.get_secret_value():
        return "MICROSOFT_APP_PASSWORD is not set. It is the client secret of the app registration."
    if settings.app_type != TYPES[1] and not GUID.fullmatch(settings.app_tenant_id):
        return "MICROSOFT_APP_TENANT_ID should be the tenant of the app registration (its Directory ID)."
    if not settings.app_tenant_id and not settings.allowed_tenants:
        return "MICROSOFT_ALLOWED_TENANTS should name the tenants whose people may use the bot."
    return ""


class Teams:
    """Teams, set up: `messenger` for what goes out, `add_to` for what comes in."""

    def __init__(self, settings: TeamsSettings, vault: Vault, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._vault = vault
        self._session_: ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = not settings.app_id  # on this machine only
        self._tenants = {each.strip().casefold() for each in settings.allowed_tenants.split(",")} - {""}
        self._tenants |= {settings.app_tenant_id.casefold()} - {""}
        self._gate = Gate(Keys(settings.openid_metadata, self._session), settings.app_id, settings.token_issuer)
        self._tokens = None if self._open else Tokens(_asking(settings, self._session))
        self._connector = Connector(
            self._session, Hosts(settings.allowed_service_hosts, loopback=self._open), self._tokens
        )
        self._turns = Turns(self._connector)
        self._files = Files(vault, now)
        self.messenger = TeamsMessenger(self._turns, self._files, now)

    def add_to(self, application: web.Application, receive: Receive) -> None:
        """Let activities in by POST /api/messages."""
        handler = Conversations(receive, self._turns, self._connector, self._files, self._vault, self._later)
        application.router.add_post(ENDPOINT, partial(self._endpoint, handler))

    async def start(self, receive: Receive) -> None:
        """Fetch the keys now, so that the first activity need not wait for them."""
        del receive
        if not self._open:
            self._later(self._warm_up())

    async def stop(self) -> None:
        """Finish what is under way, for a moment, and close all connections."""
        if self._tasks:
            _, left = await asyncio.wait(self._tasks, timeout=5)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        await self._close()

    async def check(self) -> list[Finding]:
        """Say how the settings are, and whether keys and a token can be had."""
        if self._open:
            say = "Whoever can reach this machine's loopback address can be anybody. Never do this with real people."
            return [Finding("Teams: who may come in", good=False, say=say)]
        tenants = len(self._tenants)
        say = f"The app id is set, and people of {tenants} tenant{'s' * (tenants != 1)} may come in."
        idle = self._session_ is None
        try:
            return [Finding("Teams: settings", good=True, say=say), await self._check_keys(), await self._check_token()]
        finally:
            if idle:  # nobody else uses the connections
                await self._close()

    async def _check_keys(self) -> Finding:
        try:
            count = await self._gate.keys.refresh()
        except AwayError as error:
            host = self._settings.openid_metadata.split("/")[2]
            say = f"They cannot be fetched ({error.reason}). Let this machine reach {host} by https."
            return Finding("Teams: keys of the Bot Framework", good=False, say=say)
        return Finding("Teams: keys of the Bot Framework", good=True, say=f"{count} keys were fetched.")

    async def _check_token(self) -> Finding:
        try:
            await self._tokens.get() if self._tokens else ""
        except AwayError as error:
            say = (
                f"There is none ({error.reason}). Check that MICROSOFT_APP_PASSWORD has not expired, that "
                "MICROSOFT_APP_ID and MICROSOFT_APP_TENANT_ID belong to it, and that this machine can reach "
                "login.microsoftonline.com by https."
            )
            return Finding("Teams: a token to send with", good=False, say=say)
        return Finding("Teams: a token to send with", good=True, say="Microsoft gave one.")

    # ---- the endpoint

    async def _endpoint(self, handler: Conversations, request: web.Request) -> web.StreamResponse:
        try:
            claims = await self._who_calls(request)
            raw = await _json(request)
            self._let_in(raw, claims)
        except NotFromTeamsError as error:
            log.warning("activity refused", status=error.status, reason=error.reason)
            return web.Response(status=error.status)
        except AwayError as error:
            log.warning("activity put off", reason=error.reason)
            return web.Response(status=503, headers={"Retry-After": "10"})
        try:
            answer = await self._turns.run(raw, handler)
        except Exception as error:  # noqa: BLE001 - whatever it was, Teams is told to try again
            log.error("activity failed", about=inbound.event_id(raw), error=type(error).__name__)  # noqa: TRY400 - it may quote people
            return web.Response(status=503, headers={"Retry-After": "5"})
        if answer.body is None:
            return web.Response(status=answer.status)
        return web.json_response(answer.body, status=answer.status)

    async def _who_calls(self, request: web.Request) -> Mapping[str, Any]:
        if not self._open:
            return await self._gate.claims(request.headers.get("Authorization", ""))
        if not _at_home(request):
            raise NotFromTeamsError(403, "not_this_machine")
        return {}

    def _let_in(self, raw: Mapping[str, Any], claims: Mapping[str, Any]) -> None:
        """Raise unless an activity may come in: the right channel, service and tenant."""
        service, tenants = inbound.route(raw).service, inbound.tenants(raw)
        if raw.get("channelId") != CHANNEL:
            raise NotFromTeamsError(403, "other_channel")
        if not self._open and not same_service(claims, service):
            raise NotFromTeamsError(403, "other_service")
        if not self._connector.hosts.allow(service):
            raise NotFromTeamsError(403, "host_not_allowed")
        if (self._tenants or not self._open) and (not tenants or not tenants <= self._tenants):
            raise NotFromTeamsError(403, "foreign_tenant")

    # ---- what goes on behind

    def _session(self) -> ClientSession:
        if self._session_ is None or self._session_.closed:
            self._session_ = ClientSession(connector=TCPConnector(limit=100), trust_env=not self._open)
        return self._session_

    async def _close(self) -> None:
        session, self._session_ = self._session_, None
        if session is not None:
            await session.close()

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something happen that nobody waits for; a failure is logged by its name."""

        async def logged() -> None:
            try:
                await work
            except Exception as error:  # noqa: BLE001 - nobody waits for it
                log.error("left undone", error=type(error).__name__)  # noqa: TRY400 - it may quote people

        task = asyncio.create_task(logged())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _warm_up(self) -> None:
        try:
            await self._gate.keys.refresh()
        except AwayError as error:
            log.warning("keys are not here yet", reason=error.reason)


class TeamsMessenger:
    """Takes cards to people's personal chats. Fits bot.chat.ports.Messenger.

    `pace` is what a tenant takes in bulk, in messages a second: Teams allows several times that, and less in one chat.
    """

    pace = 10.0

    def __init__(self, turns: Turns, files: Files, now: Callable[[], datetime]) -> None:
        self._turns = turns
        self._files = files
        self._now = now

    async def send(self, to: Address, card: Card, *, key: str, replaces: str = "") -> Outcome:
        """Show `card` to `to`; a page of one's own there is none, so HOME is a message like any other."""
        route = inbound.read_route(to.route)
        if route is None:
            return Outcome("unreachable", reason="no_route")
        try:
            files = await self._files.keep(card, to, key)
        except Exception as error:  # noqa: BLE001 - the database is away, and nothing was sent
            return Outcome("retry", reason=type(error).__name__)
        try:
            sent = message(card, to, files)
        except ValueError:
            return Outcome("refused", reason="cannot_be_drawn")
        if replaces and replaces != HOME:
            answer = await self._turns.post(route, sent, replaces)
            if answer.status not in AGAIN_AS_NEW:
                found = outcome(answer, self._now(), redraws=True)
                return found if found.state != "sent" else Outcome("sent", ref=replaces)
            sent = message(card, to, files)
        return outcome(await self._turns.post(route, sent), self._now())


def _asking(settings: TeamsSettings, session: Callable[[], ClientSession]) -> Any:
    if settings.app_type == TYPES[2]:
        resource = settings.token_scope.removesuffix("/.default")
        return by_managed_identity(session, settings.token_endpoint, settings.app_id, resource)
    tenant = settings.app_tenant_id if settings.app_type == TYPES[0] else "botframework.com"
    endpoint = settings.token_endpoint or f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
    return by_password(
        session, endpoint, settings.app_id, settings.app_password.get_secret_value(), settings.token_scope
    )


def _at_home(request: web.Request) -> bool:
    """Tell whether a request came in on a loopback address, under this machine's own name and through no proxy."""
    name = request.transport.get_extra_info("sockname") if request.transport else None
    if not isinstance(name, tuple) or not ip_address(name[0]).is_loopback:
        return False
    if {"X-Forwarded-For", "X-Forwarded-Host", "Forwarded"} & request.headers.keys():
        return False
    hosts = request.headers.getall("Host", [])
    return len(hosts) == 1 and hosts[0] in {f"{host}:{name[1]}" for host in ("127.0.0.1", "localhost", "[::1]")}


async def _json(request: web.Request) -> Mapping[str, Any]:
    """Return the activity in a request, or answer what is wrong with it."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType if "Content-Type" in request.headers else web.HTTPBadRequest
    body = b""
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            raise web.HTTPRequestEntityTooLarge(MOST_BYTES, len(body))
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        raise web.HTTPBadRequest from None
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str) or not raw["type"]:
        raise web.HTTPBadRequest
    return raw
