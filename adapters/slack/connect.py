"""Slack's settings and its two ways in: signed requests over HTTP, and Socket Mode; the same code behind both.

Every event is handled and committed before Slack is told that it arrived: if that fails, Slack hears 500, or nothing
over a socket, and sends it again.
"""

import asyncio
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog
from aiohttp import web
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from adapters.slack.doctor import look_at
from adapters.slack.inbound import PLATFORM, to_events, to_profile
from adapters.slack.installations import (
    Line,
    ManyWorkspaces,
    OneWorkspace,
    States,
    Store,
    Workspaces,
    oauth_flow,
    tenant_of,
)
from adapters.slack.messenger import SlackMessenger
from bot.chat.events import Address, Due, Event, Lost, Met, Profile
from bot.chat.ports import Finding, Receive, Vault

SLACK = "https://slack.com/api/"
EVENTS, INSTALL, INSTALLED = "/slack/events", "/slack/install", "/slack/oauth_redirect"
MOST_BYTES = 1024 * 1024
PROFILE_SECONDS = 1.5  # Slack waits three for an answer
KNOWN_FOR, MOST_KNOWN = 6 * 3600.0, 20_000  # seconds and people until a profile is read again
UNKNOWN_FOR = 30.0  # seconds until it is tried again where that failed
LAST_WORDS = 3.0  # seconds for what is being handled when the bot stops
SECRETS = ("app_token", "bot_token", "signing_secret", "client_id", "client_secret")
ACKNOWLEDGED = "I have answered in Messages."

log = structlog.get_logger()


class SlackSettings(BaseSettings):
    """What the Slack adapter reads from the environment, or from a file named .env."""

    model_config = SettingsConfigDict(env_prefix="SLACK_", env_file=".env", extra="ignore")

    app_token: SecretStr | None = None
    bot_token: SecretStr | None = None
    signing_secret: SecretStr | None = None
    client_id: SecretStr | None = None
    client_secret: SecretStr | None = None
    api_url: str = SLACK
    public_url: str = ""

    def secret(self, name: str) -> str:
        """Return the value of SLACK_<NAME>, or "" if it is not set."""
        found: SecretStr | None = getattr(self, name)
        return found.get_secret_value().strip() if found else ""


def set_up(settings: SlackSettings, vault: Vault, now: Callable[[], datetime]) -> "Slack | None":
    """Return Slack as it is set up, or None if it is not; a ValueError's sentence names what is missing or wrong."""
    if all(getattr(settings, name) is None for name in SECRETS):
        return None
    if problem := _problem(settings, {name for name in SECRETS if settings.secret(name)}):
        raise ValueError(problem)
    _check_url("SLACK_API_URL", settings.api_url)
    if settings.public_url:
        _check_url("SLACK_PUBLIC_URL", settings.public_url)
    return Slack(settings, vault, now)


def _problem(settings: SlackSettings, has: set[str]) -> str:
    """Return a sentence on the first thing that is missing or wrong, or ""."""
    empty = [f"SLACK_{name.upper()}" for name in SECRETS if getattr(settings, name) is not None and name not in has]
    many, one = has & {"client_id", "client_secret"}, "bot_token" in has
    app_token, bot_token = settings.secret("app_token"), settings.secret("bot_token")
    problems = {
        f"{' and '.join(empty)} is empty. Give it a value, or take the setting away.": empty,
        "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET go together. Set both, or neither.": len(many) == 1,
        "Set SLACK_BOT_TOKEN for one workspace, or SLACK_CLIENT_ID and SLACK_CLIENT_SECRET for many.": many and one,
        "SLACK_BOT_TOKEN is missing. It begins with xoxb- and is shown once the app is installed.": not (many or one),
        "SLACK_SIGNING_SECRET is missing. Many workspaces need it beside SLACK_CLIENT_ID.": (
            many and "signing_secret" not in has
        ),
        "Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for requests over HTTP.": (
            not has & {"app_token", "signing_secret"}
        ),
        "SLACK_APP_TOKEN should begin with xapp-. It is an app-level token with connections:write.": (
            app_token and not app_token.startswith("xapp-")
        ),
        "SLACK_BOT_TOKEN should begin with xoxb-. It is the Bot User OAuth Token.": (
            bot_token.startswith(("xapp-", "xoxp-"))
        ),
    }
    return next((sentence for sentence, applies in problems.items() if applies), "")


def _check_url(name: str, text: str) -> None:
    url = URL(text)
    at_home = url.host in {"127.0.0.1", "localhost", "::1"}
    if not (url.scheme == "https" and url.host) and not (url.scheme == "http" and at_home):
        raise ValueError(f"{name} should begin with https://. Tokens are not sent in the clear to another machine.")


class Slack:
    """The Slack platform, set up: `messenger` is the way out, the rest is the way in. Belongs to one event loop."""

    def __init__(self, settings: SlackSettings, vault: Vault, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._vault = vault
        self._now = now
        self._quiet = _quiet_logger("slack")
        self._line = Line(settings.api_url, self._quiet)
        self._many: ManyWorkspaces | None = None
        if client_id := settings.secret("client_id"):
            self._many = ManyWorkspaces(self._line, vault, now, client_id, settings.secret("client_secret"))
        self._workspaces: Workspaces = self._many or OneWorkspace(self._line, settings.secret("bot_token"))
        self.messenger = SlackMessenger(self._workspaces, now)
        self._receive: Receive | None = None
        self._busy: set[asyncio.Task[Any]] = set()
        self._known: OrderedDict[Address, float] = OrderedDict()
        self._bolt = self._listener()
        self._verifier = SignatureVerifier(settings.secret("signing_secret") or "unset")
        self._socket: AsyncSocketModeHandler | None = None
        self._connecting: asyncio.Task[None] | None = None

    def add_to(self, application: web.Application, receive: Receive) -> None:
        """Add what Slack calls: events where there is a signing secret, installation where there is a client id."""
        self._receive = receive
        if self._settings.secret("signing_secret"):
            application.router.add_post(EVENTS, self._events)
        if self._many is not None:
            application.router.add_get(INSTALL, self._install)
            application.router.add_get(INSTALLED, self._install)

    async def start(self, receive: Receive) -> None:
        """Connect to Slack where Socket Mode is set up, for as long as it takes, in the background."""
        self._receive = receive
        token = self._settings.secret("app_token")
        if not token or self._socket is not None:
            return
        self._socket = AsyncSocketModeHandler(
            self._bolt, token, logger=_told_briefly("slack.socket"), web_client=self._line.client(token)
        )
        self._socket.client.proxy = self._line.proxy  # the socket goes where the calls go
        self._connecting = asyncio.create_task(self._socket.connect_async())  # type: ignore[no-untyped-call]

    async def stop(self) -> None:
        """Disconnect and let go of everything; a second time does nothing."""
        socket, self._socket = self._socket, None
        if self._connecting is not None:
            self._connecting.cancel()
            with suppress(asyncio.CancelledError):
                await self._connecting
            self._connecting = None
        if socket is not None:
            if self._busy:
                await asyncio.wait(self._busy, timeout=LAST_WORDS)
            await socket.close_async()  # type: ignore[no-untyped-call]
            client = socket.client
            tasks = (client.message_processor, client.current_session_monitor, client.message_receiver)
            await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)
        await self._line.close()

    async def check(self) -> list[Finding]:
        """Say how it is with Slack, and what to do about it."""
        running = self._line.is_open
        try:
            return await look_at(self._workspaces, self._line, self._settings.secret("app_token"))
        finally:
            if not running:
                await self._line.close()

    # HTTP

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Answer Slack: 401 to whoever else it is, 400 to what cannot be read, 500 to have it sent again."""
        body = await _body(request)
        if body is None:
            return web.Response(status=413)
        if not self._is_slack(request, body):
            log.warning("a request to /slack/events was not signed by Slack")
            return web.Response(status=401)
        try:
            asked = await to_bolt_request(request)
        except (ValueError, RecursionError, AttributeError, TypeError):
            return web.Response(status=400)
        if not isinstance(asked.body, dict):
            return web.Response(status=400)
        return await to_aiohttp_response(await self._bolt.async_dispatch(asked))

    def _is_slack(self, request: web.Request, body: bytes) -> bool:
        moment = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not re.fullmatch(r"\d{1,12}", moment, re.ASCII) or not signature.isascii():
            return False
        try:
            return self._verifier.is_valid(body.decode(), moment, signature)
        except UnicodeDecodeError:
            return False

    async def _install(self, request: web.Request) -> web.StreamResponse:
        asked = AsyncBoltRequest(body="", query=request.query_string, headers=dict(request.headers))
        flow = self._flow()
        answer = flow.handle_installation if request.path == INSTALL else flow.handle_callback
        response = await to_aiohttp_response(await answer(asked))
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def _flow(self) -> AsyncOAuthFlow:
        assert self._many is not None  # noqa: S101 - the routes are added for many workspaces only
        return oauth_flow(
            self._line,
            States(self._vault, self._now),
            Store(self._many, self._now),
            self._installed,
            client_id=self._settings.secret("client_id"),
            secret=self._settings.secret("client_secret"),
            public_url=self._settings.public_url,
            logger=self._quiet,
        )

    async def _installed(self, installation: Installation) -> None:
        who = Address(PLATFORM, tenant_of(installation), installation.user_id or "")
        if who.user:
            profile = await self._profile(who)
            await self._hand_over(Met(f"installed:{who.tenant}:{who.user}:{self._now().timestamp()}", who, profile))

    # What Bolt hears, over HTTP and over the socket

    def _listener(self) -> AsyncApp:
        bolt = AsyncApp(
            name="speedmentor",
            logger=self._quiet,
            signing_secret=self._settings.secret("signing_secret"),
            authorize=_authorize,
            client=AsyncWebClient(base_url=self._settings.api_url, retry_handlers=[], logger=self._quiet),
            process_before_response=True,
        )
        anything = re.compile("")

        async def heard(body: Mapping[str, Any], ack: Callable[..., Any]) -> None:
            await self._hear(body)
            await ack()

        async def commanded(body: Mapping[str, Any], ack: Callable[..., Any]) -> None:
            await self._hear(body)
            await ack(response_type="ephemeral", text=ACKNOWLEDGED)

        async def failed(error: Exception) -> BoltResponse:
            log.error("an event failed, Slack will send it again", error=type(error).__name__)
            return BoltResponse(status=500, body="")

        bolt.event(anything)(heard)
        bolt.action(anything)(heard)
        bolt.command(anything)(commanded)
        bolt.error(failed)
        return bolt

    async def _hear(self, body: Mapping[str, Any]) -> None:
        """Handle and commit what a payload says happened; who is new in this process is looked up first."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine that runs has one
        self._busy.add(task)
        try:
            events = to_events(body)
            if events and isinstance(events[0], Lost):
                await self._removed(events[0], body)
            elif events:
                await self._hand_over(*await self._introduced(events[0]), *events[1:])
        finally:
            self._busy.discard(task)

    async def _removed(self, event: Lost, body: Mapping[str, Any]) -> None:
        """Forget a workspace's token and say so, unless the app was added again since."""
        told = body.get("event_time")
        moment = datetime.fromtimestamp(int(told), UTC) if told else self._now()
        if await self._workspaces.forget(event.who.tenant, moment):
            log.info("removed", tenant=event.who.tenant)
            await self._hand_over(event)

    async def _introduced(self, event: Event) -> tuple[Event, ...]:
        """Return the event, with what Slack knows about its person if they are new in this process."""
        assert not isinstance(event, Due)  # noqa: S101 - dates do not come from Slack
        who = event.who
        if self._known.get(who, 0.0) > time.monotonic():
            return (event,)
        profile = await self._profile(who)
        self._known[who] = time.monotonic() + (UNKNOWN_FOR if profile == Profile() else KNOWN_FOR)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        if profile == Profile():
            return (event,)
        if isinstance(event, Met):
            return (replace(event, profile=profile),)
        return (Met(f"{event.id}:met", who, profile, greet=False), event)

    async def _profile(self, who: Address) -> Profile:
        """Return what Slack knows about somebody, or nothing: an event is not lost for it."""
        try:
            async with asyncio.timeout(PROFILE_SECONDS):
                client = await self._workspaces.client(who.tenant)
                return to_profile((await client.users_info(user=who.user)).get("user") or {})
        except Exception as error:  # noqa: BLE001 - a suggestion for a form is all that is missing
            log.info("no profile", error=type(error).__name__)
            return Profile()

    async def _hand_over(self, *events: Event) -> None:
        assert self._receive is not None  # noqa: S101 - add_to and start come before any event
        for event in events:
            await self._receive(event)


async def _authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    """Let Bolt through: whose event it is was verified, and its listeners make no calls of their own."""
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)


async def _body(request: web.Request) -> bytes | None:
    """Return the request's body, or None if it is longer than MOST_BYTES."""
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        return None
    return body if len(body) <= MOST_BYTES else None


def _quiet_logger(name: str) -> logging.Logger:
    """Return a logger for Slack's libraries that says nothing: what they say quotes bodies. We say it in our words."""
    logger = logging.getLogger(f"{__name__}.{name}")
    logger.setLevel(logging.CRITICAL + 1)
    return logger


def _told_briefly(name: str) -> logging.Logger:
    """Return a logger for Slack's socket that tells of trouble by the name of the error alone."""

    def brief(record: logging.LogRecord) -> bool:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else record.levelname
        record.msg, record.args, record.exc_info, record.exc_text = f"Slack's socket: {error}", (), None, None
        return True

    logger = logging.getLogger(f"{__name__}.{name}")
    logger.setLevel(logging.WARNING)
    if not logger.filters:
        logger.addFilter(brief)
    return logger
