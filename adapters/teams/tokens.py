"""Tokens: whether an activity really comes from Teams for this bot, and the bot's own token for its answers.

The SDK's own checks block the event loop, let a token without an end pass and fail with an error for most bad ones, so
none of them is used. Everything here waits on the event loop, with a time limit, and remembers what it fetched.
"""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import jwt
import structlog
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

CHANNEL = "msteams"
ALGORITHM = "RS256"
LEEWAY = 300  # seconds that two clocks may differ
LONGEST_TOKEN = 16 * 1024
PATIENCE = ClientTimeout(total=5)  # for keys and tokens
MOST_BYTES = 1024 * 1024
KEYS_LIVE = 24 * 3600.0  # seconds
KEYS_PAUSE = 300.0  # seconds between two fetches of keys, whoever asks
TOKEN_MARGIN = 300.0  # seconds before its end when a token is renewed
TOKEN_PAUSE = 10.0  # seconds after a refusal before a token is asked for again

IMDS = "http://169.254.169.254/metadata/identity/oauth2/token"

Session = Callable[[], ClientSession]
log = structlog.get_logger()


class NotFromTeamsError(Exception):
    """A request that is not from Teams for this bot: `status` is 401 or 403, `reason` a code for the log."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class AwayError(Exception):
    """A server that keys or tokens come from is away, or refuses; `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Key:
    """A public key that tokens are signed with, and the channels that it may speak for."""

    key: Any
    channels: frozenset[str]


class Keys:
    """The keys of the Bot Framework: kept for a day, and fetched once more for a key nobody has seen, not too often."""

    def __init__(self, metadata: str, session: Session, clock: Callable[[], float] = time.monotonic) -> None:
        self._metadata = metadata
        self._session = session
        self._clock = clock
        self._known: dict[str, Key] = {}
        self._fetched: float | None = None
        self._tried: float | None = None
        self._lock = asyncio.Lock()

    async def find(self, kid: str) -> Key | None:
        """Return the key of this name, or None if there is none; AwayError if keys cannot be had at all."""
        if kid not in self._known or self._old():
            async with self._lock:
                if (kid not in self._known or self._old()) and self._may_try():
                    await self._fetch()
        if not self._known:
            raise AwayError("keys_unreachable")
        return self._known.get(kid)

    async def refresh(self) -> int:
        """Fetch the keys now and return how many there are; AwayError if that fails and none are known."""
        async with self._lock:
            await self._fetch()
        if not self._known:
            raise AwayError("keys_unreachable")
        return len(self._known)

    def _old(self) -> bool:
        return self._fetched is None or self._clock() - self._fetched > KEYS_LIVE

    def _may_try(self) -> bool:
        return self._tried is None or self._clock() - self._tried > KEYS_PAUSE

    async def _fetch(self) -> None:
        self._tried = self._clock()
        try:
            where = str((await fetch(self._session(), self._metadata)).get("jwks_uri", ""))
            listed = (await fetch(self._session(), where)).get("keys")
            known = dict(_keys(listed if isinstance(listed, list) else []))
        except AwayError as error:
            log.warning("keys cannot be fetched", reason=error.reason)
            return
        if known:
            self._known, self._fetched = known, self._clock()


async def fetch(session: ClientSession, url: str) -> Mapping[str, Any]:
    """Return the JSON object at `url`, or raise AwayError. Plain http is for this machine only."""
    if not _trusted(url):
        raise AwayError("not_https")
    try:
        async with session.get(url, timeout=PATIENCE, allow_redirects=False) as response:
            if response.status != 200:  # noqa: PLR2004 - OK
                raise AwayError(f"status_{response.status}")
            found = json.loads(await body_of(response))
    except (ClientError, TimeoutError, ValueError, RecursionError) as error:
        raise AwayError(type(error).__name__) from None
    if not isinstance(found, dict):
        raise AwayError("not_an_object")
    return found


async def body_of(response: ClientResponse) -> bytes:
    """Return what an answer says; a ValueError if that is far more than any answer should be."""
    body = b""
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            raise ValueError("The answer is too long.")
    return body


def _trusted(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def is_loopback(host: str) -> bool:
    """Tell whether `host` is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _keys(listed: list[Any]) -> list[tuple[str, Key]]:
    found = []
    for item in listed:
        if not isinstance(item, dict) or item.get("kty") != "RSA" or not isinstance(item.get("kid"), str):
            continue
        try:
            key = jwt.PyJWK.from_dict(item, ALGORITHM).key
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
        endorsed = item.get("endorsements")
        found.append((item["kid"], Key(key, frozenset(map(str, endorsed if isinstance(endorsed, list) else [])))))
    return found


class Gate:
    """Checks the token of a request: its claims, or NotFromTeamsError; AwayError if no keys can be had."""

    def __init__(self, keys: Keys, app_id: str, issuer: str) -> None:
        self.keys = keys
        self._app_id = app_id
        self._issuer = issuer

    async def claims(self, authorization: str) -> Mapping[str, Any]:
        """Return the claims of a token that Teams signed for this bot and that is valid now."""
        scheme, _, token = authorization.partition(" ")
        if scheme.casefold() != "bearer" or not token or len(token) > LONGEST_TOKEN:
            raise NotFromTeamsError(401, "no_token")
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError):
            raise NotFromTeamsError(401, "garbage") from None
        kid = header.get("kid")
        if header.get("alg") != ALGORITHM or not isinstance(kid, str) or not kid:
            raise NotFromTeamsError(401, "wrong_kind")
        key = await self.keys.find(kid)
        if key is None:
            raise NotFromTeamsError(401, "unknown_key")
        if CHANNEL not in key.channels:
            raise NotFromTeamsError(403, "not_endorsed")
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=[ALGORITHM],
                audience=self._app_id,
                issuer=self._issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise NotFromTeamsError(401, type(error).__name__) from None
        return claims


def same_service(claims: Mapping[str, Any], service_url: str) -> bool:
    """Tell whether a token speaks for this service URL, which is where the bot would send its answers."""
    claimed = claims.get("serviceurl", claims.get("serviceUrl"))
    return isinstance(claimed, str) and claimed.rstrip("/").casefold() == service_url.rstrip("/").casefold() != ""


class Tokens:
    """The bot's own token for sending: fetched once, shared by all turns, renewed before it ends."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[tuple[str, float]]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._token = ""
        self._until = 0.0
        self._refused: tuple[float, str] | None = None
        self._lock = asyncio.Lock()

    async def get(self) -> str:
        """Return a token that is good for a while, or raise AwayError."""
        async with self._lock:
            now = self._clock()
            if self._token and now < self._until - TOKEN_MARGIN:
                return self._token
            if self._refused and now < self._refused[0]:
                if now < self._until:
                    return self._token
                raise AwayError(self._refused[1])
            try:
                self._token, seconds = await self._ask()
            except AwayError as error:
                self._refused = (now + TOKEN_PAUSE, error.reason)
                if now < self._until:
                    return self._token
                raise
            self._until, self._refused = self._clock() + max(seconds, TOKEN_MARGIN + 60), None
            return self._token

    def forget(self, token: str) -> None:
        """Let go of a token that was not accepted."""
        if self._token == token:
            self._token, self._until = "", 0.0


def by_password(
    session: Session, endpoint: str, app_id: str, password: str, scope: str
) -> Callable[[], Awaitable[tuple[str, float]]]:
    """Return how a token is asked for with a client secret."""
    form = {"grant_type": "client_credentials", "client_id": app_id, "client_secret": password, "scope": scope}

    async def ask() -> tuple[str, float]:
        return await _token(session(), "POST", endpoint, data=form)

    return ask


def by_managed_identity(
    session: Session, endpoint: str, app_id: str, resource: str
) -> Callable[[], Awaitable[tuple[str, float]]]:
    """Return how a token is asked for where Azure runs the bot under an identity of its own, without a secret."""

    async def ask() -> tuple[str, float]:
        given = os.environ.get("IDENTITY_ENDPOINT", "")
        url = endpoint or given or IMDS
        asked = {"resource": resource, "client_id": app_id}
        if given:  # App Service, Functions, Container Apps
            secret = {"X-IDENTITY-HEADER": os.environ.get("IDENTITY_HEADER", "")}
            return await _token(session(), "GET", url, params=asked | {"api-version": "2019-08-01"}, headers=secret)
        asked |= {"api-version": "2018-02-01"}
        return await _token(session(), "GET", url, params=asked, headers={"Metadata": "true"})

    return ask


async def _token(session: ClientSession, method: str, url: str, **request: Any) -> tuple[str, float]:
    try:
        async with session.request(method, url, timeout=PATIENCE, allow_redirects=False, **request) as response:
            found = json.loads(await body_of(response))
    except (ClientError, TimeoutError, ValueError, RecursionError) as error:
        raise AwayError(f"token_{type(error).__name__}") from None
    if not isinstance(found, dict) or response.status != 200 or not isinstance(found.get("access_token"), str):  # noqa: PLR2004 - OK
        raise AwayError(f"token_{_refusal(found) or response.status}")
    try:
        return found["access_token"], float(found.get("expires_in", 3600))
    except (TypeError, ValueError):
        raise AwayError("token_strange") from None


def _refusal(found: object) -> str:
    """Return Microsoft's own code of why there is no token (AADSTS7000215), or "" if there is none."""
    codes = found.get("error_codes") if isinstance(found, dict) else None
    first = codes[0] if isinstance(codes, list) and codes else None
    return f"AADSTS{first}" if isinstance(first, int) else ""
