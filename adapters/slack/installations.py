"""Where the bot is installed: a token for each workspace, and how a workspace adds the app by itself."""

import asyncio
import html
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from logging import Logger
from typing import Any, Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import structlog
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.ports import Vault

# Exactly what the methods need that the bot calls; the manifest asks for the same.
SCOPES = (
    "chat:write",
    "commands",
    "files:write",
    "im:history",
    "im:write",
    "mpim:write",
    "users:read",
    "users:read.email",
)

CALL_SECONDS = 8.0  # for one call: the few that a message takes stay below what the outbox allows for it
CONNECT_SECONDS = 4.0
FRESH_FOR = timedelta(seconds=30)  # a token read from the vault; another replica may have renewed it since
RENEW_BEFORE = timedelta(hours=2)
WAIT_FOR_OTHER = 2.0  # seconds for another replica to renew what is worth nothing any more
RENEW_SECONDS = 30.0  # how long one replica may take to renew a token while the others keep off
STATE_FOR = timedelta(minutes=10)

INSTALLATION = "slack/installation/"
RENEWAL = "slack/renewal/"
STATE = "slack/state/"

log = structlog.get_logger()


class NotInstalledError(Exception):
    """There is no token for this workspace: the app was never added there, or it was removed."""


class Line:
    """The line to Slack: clients that share one HTTP session and never repeat a call by themselves.

    A repeated chat.postMessage posts twice where the first answer was lost; the outbox decides about that instead.
    """

    def __init__(self, url: str, logger: Logger) -> None:
        self.url = url
        self.proxy = proxy_for(url)
        self._logger = logger
        self._session: aiohttp.ClientSession | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether there is a session."""
        return self._session is not None and not self._session.closed

    @property
    def session(self) -> aiohttp.ClientSession:
        """The HTTP session, opened on the running loop when first used."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=CALL_SECONDS, connect=CONNECT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def client(self, token: str | None = None) -> AsyncWebClient:
        """Return a client that speaks with `token`."""
        client = AsyncWebClient(
            token, base_url=self.url, session=self.session, logger=self._logger, retry_handlers=[], timeout=8
        )
        client.proxy = self.proxy  # the SDK does not know which hosts need none
        return client

    async def close(self) -> None:
        """Close the session; the next call opens another."""
        if self._session is not None:
            await self._session.close()


def proxy_for(url: str) -> str | None:
    """Return the proxy that the environment names for this address, or None if it needs none."""
    where = urlsplit(url)
    return None if proxy_bypass(where.hostname or "") else getproxies().get(where.scheme)


class Workspaces(Protocol):
    """Where the bot is installed."""

    async def client(self, tenant: str) -> AsyncWebClient:
        """Return a client for this workspace, or raise NotInstalledError."""
        ...

    async def tenants(self) -> list[str]:
        """Return the workspaces that are known, or "" for the only one."""
        ...

    def distrust(self, tenant: str) -> None:
        """Read the token afresh next time: Slack did not take it."""
        ...

    async def forget(self, tenant: str, before: datetime) -> bool:
        """Drop a token that was given before this moment, as the app was removed; tell whether it is out now."""
        ...


@dataclass(frozen=True, slots=True)
class OneWorkspace:
    """The workspace whose token is in the settings."""

    line: Line
    token: str = field(repr=False)

    async def client(self, tenant: str) -> AsyncWebClient:
        """Return the one client there is."""
        del tenant
        return self.line.client(self.token)

    async def tenants(self) -> list[str]:
        """Return one nameless workspace."""
        return [""]

    def distrust(self, tenant: str) -> None:
        """Do nothing: the settings are what they are."""

    async def forget(self, tenant: str, before: datetime) -> bool:
        """Say that the app is out; the settings are for the operator to change."""
        del tenant, before
        return True


@dataclass(frozen=True, slots=True)
class Token:
    """A bot token as the vault keeps it; moments are ISO 8601, `expires_at` is "" for a token that does not expire."""

    token: str = field(repr=False)
    given_at: str
    refresh: str = field(default="", repr=False)
    expires_at: str = ""

    def expires_within(self, time: timedelta, now: datetime) -> bool:
        """Tell whether it will be worth nothing after `time`."""
        return bool(self.expires_at) and datetime.fromisoformat(self.expires_at) - time <= now


class ManyWorkspaces:
    """The workspaces that added the app by themselves. Their tokens are in the vault, sealed, and renewed in time."""

    def __init__(self, line: Line, vault: Vault, now: Callable[[], datetime], client_id: str, secret: str) -> None:
        self._line = line
        self._vault = vault
        self._now = now
        self._client_id = client_id
        self._secret = secret
        self._known: dict[str, tuple[datetime, Token]] = {}

    async def client(self, tenant: str) -> AsyncWebClient:
        """Return a client for this workspace, its token renewed if it is about to expire."""
        known = self._known.get(tenant)
        if known is None or known[0] <= self._now():
            known = (self._now() + FRESH_FOR, await self._read(tenant))
            self._known[tenant] = known
        token = known[1]
        if token.expires_within(RENEW_BEFORE, self._now()) and token.refresh:
            token = await self._renewed(tenant, token)
        return self._line.client(token.token)

    async def tenants(self) -> list[str]:
        """Return the workspaces that added the app."""
        names = await asyncio.to_thread(self._vault.names, INSTALLATION)
        return [name.removeprefix(INSTALLATION) for name in names]

    def distrust(self, tenant: str) -> None:
        """Read the token afresh next time."""
        self._known.pop(tenant, None)

    async def keep(self, tenant: str, token: Token) -> None:
        """Keep the token of a workspace."""
        await asyncio.to_thread(self._vault.keep, INSTALLATION + tenant, json.dumps(asdict(token)))
        self._known.pop(tenant, None)

    async def forget(self, tenant: str, before: datetime) -> bool:
        """Drop the token, unless it was given later: a notice of removal may come after the app was added again."""
        self._known.pop(tenant, None)
        try:
            token = await self._read(tenant)
        except NotInstalledError:
            return True
        if datetime.fromisoformat(token.given_at) > before:
            return False
        await asyncio.to_thread(self._vault.take, INSTALLATION + tenant)
        return True

    async def _read(self, tenant: str) -> Token:
        kept = await asyncio.to_thread(self._vault.read, INSTALLATION + tenant)
        if kept is None:
            raise NotInstalledError
        return Token(**json.loads(kept))

    async def _renewed(self, tenant: str, token: Token) -> Token:
        """Return a token that lasts. One replica at a time asks for it, as what it asks with works only once."""
        if not await asyncio.to_thread(self._vault.claim, RENEWAL + tenant, RENEW_SECONDS):
            if not token.expires_within(timedelta(0), self._now()):
                return token  # another replica is at it, and this one is good for a while yet
            await asyncio.sleep(WAIT_FOR_OTHER)
            return await self._read(tenant)
        try:
            newest = await self._read(tenant)
            if newest.token == token.token:
                answer = await self._line.client().oauth_v2_access(
                    client_id=self._client_id,
                    client_secret=self._secret,
                    grant_type="refresh_token",
                    refresh_token=token.refresh,
                )
                until = self._now() + timedelta(seconds=int(answer["expires_in"]))
                newest = replace(
                    token,
                    token=str(answer["access_token"]),
                    refresh=str(answer["refresh_token"]),
                    expires_at=until.isoformat(),
                )
                await self.keep(tenant, newest)
                log.info("token renewed", tenant=tenant)
        except Exception as error:
            if token.expires_within(timedelta(0), self._now()):
                raise
            log.warning("token not renewed", tenant=tenant, error=type(error).__name__)
            return token
        finally:
            await asyncio.to_thread(self._vault.take, RENEWAL + tenant)
        self._known[tenant] = (self._now() + FRESH_FOR, newest)
        return newest


# Adding the app: slack-bolt's flow, which keeps here what it has to keep


@dataclass(frozen=True, slots=True)
class States(AsyncOAuthStateStore):
    """One-time states in the vault: each is good for one installation, begun within ten minutes, on any replica."""

    vault: Vault
    now: Callable[[], datetime]

    @property
    def logger(self) -> Logger:
        """Nothing is logged here."""
        raise NotImplementedError

    async def async_issue(self, *_: Any, **__: Any) -> str:
        """Return a new state."""
        state = secrets.token_urlsafe(32)
        await asyncio.to_thread(self.vault.keep, STATE + state, "issued", self.now() + STATE_FOR)
        return state

    async def async_consume(self, state: str) -> bool:
        """Tell whether this state was issued and is used for the first time."""
        if not re.fullmatch(r"[\w-]{20,80}", state, re.ASCII):
            return False
        return await asyncio.to_thread(self.vault.take, STATE + state) is not None


@dataclass(frozen=True, slots=True)
class Store(AsyncInstallationStore):
    """Where the flow leaves an installation: of all it learns, the bot's token is kept and nothing else."""

    workspaces: ManyWorkspaces
    now: Callable[[], datetime]

    @property
    def logger(self) -> Logger:
        """Nothing is logged here."""
        raise NotImplementedError

    async def async_save(self, installation: Installation) -> None:
        """Keep the token of a new installation."""
        expires = installation.bot_token_expires_at
        given = self.now()
        if installation.bot_token is None:
            raise NotInstalledError
        lasts = timedelta(seconds=expires - installation.installed_at) if expires else None
        token = Token(
            token=installation.bot_token,
            given_at=given.isoformat(),
            refresh=installation.bot_refresh_token or "",
            expires_at=(given + lasts).isoformat() if lasts else "",
        )
        await self.workspaces.keep(tenant_of(installation), token)


def tenant_of(installation: Installation) -> str:
    """Return the organisation where the app is installed for all of it, else the workspace."""
    tenant = installation.enterprise_id if installation.is_enterprise_install else installation.team_id
    return tenant or ""


def oauth_flow(
    line: Line,
    states: States,
    store: Store,
    installed: Callable[[Installation], Awaitable[object]],
    *,
    client_id: str,
    secret: str,
    public_url: str,
    logger: Logger,
) -> AsyncOAuthFlow:
    """Return the flow behind /slack/install; `installed` is told of every workspace that was added."""

    async def success(args: AsyncSuccessArgs) -> BoltResponse:
        await installed(args.installation)
        log.info("installed", tenant=tenant_of(args.installation))
        return _page(200, "speedmentor is installed.", "Open it under Apps in Slack, and say hello.", args.settings)

    async def failure(args: AsyncFailureArgs) -> BoltResponse:
        reason = args.reason if re.fullmatch(r"\w{1,60}", args.reason, re.ASCII) else "unknown"
        log.warning("not installed", reason=reason)
        sentence = f"Slack’s reason is “{reason}”. Please begin again at /slack/install, in the same browser."
        return _page(args.suggested_status_code, "speedmentor was not installed.", sentence, args.settings)

    settings = AsyncOAuthSettings(
        client_id=client_id,
        client_secret=secret,
        scopes=list(SCOPES),
        user_scopes=[],
        redirect_uri=f"{public_url.rstrip('/')}/slack/oauth_redirect" if public_url else None,
        install_page_rendering_enabled=False,
        callback_options=AsyncCallbackOptions(success, failure),
        installation_store=store,
        state_store=states,
        state_expiration_seconds=int(STATE_FOR.total_seconds()),
        authorization_url=f"{line.url.rstrip('/').removesuffix('/api')}/oauth/v2/authorize",
        logger=logger,
    )
    return AsyncOAuthFlow(client=line.client(), logger=logger, settings=settings)


def _page(status: int, title: str, sentence: str, settings: AsyncOAuthSettings) -> BoltResponse:
    body = (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{html.escape(title)}</title>"
        f"<h1>{html.escape(title)}</h1><p>{html.escape(sentence)}</p></html>"
    )
    headers: dict[str, str | Sequence[str]] = {
        "Content-Type": "text/html; charset=utf-8",
        "Set-Cookie": settings.state_utils.build_set_cookie_for_deletion(),
    }
    return BoltResponse(status=status, headers=headers, body=body)
