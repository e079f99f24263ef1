"""The way to Teams' servers: one HTTP call and its honest outcome, only to hosts that are allowed, each with limits.

The SDK's own connector waits up to a hundred seconds, hides what Retry-After says, and asks for a new token for every
turn. This one knows each service URL by itself: one that is dead or silent is left alone for a while, so that what goes
there holds up nothing else.
"""

import asyncio
import json
import random
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import structlog
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    InvalidURL,
)

from adapters.teams.tokens import AwayError, Tokens, body_of, is_loopback
from bot.chat.ports import Outcome

SERVICES = ("smba.trafficmanager.net", ".botframework.com")  # with a dot in front: the hosts below
DRIVES = (".sharepoint.com", ".sharepoint.us", ".sharepoint-mil.us", ".sharepoint.cn")  # where Teams keeps files
PATIENCE = ClientTimeout(total=10, connect=4, sock_connect=4)
SHORT = 5.0  # seconds for what somebody's own request waits for
SLOW = 2.0  # seconds after which a call counts as one that hangs
MOST_SLOW = 3  # calls that may hang at one service URL, or end in nothing in a row, before it is left alone
REST = 5.0  # seconds that it is left alone
LONGEST_WAIT = 3600.0  # seconds; more is not believed
AGAIN = {412, 429, 502, 504}  # what the platform asks to send again
UNCLEAR = {408, 500, 503}
AGAIN_AS_NEW = {400, 403, 404, 405, 410, 501}  # a message that cannot be redrawn is posted

Trouble = Literal["", "not_taken", "unclear"]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call came to: an HTTP status, or 0 and whether it may have been taken; `code` names the reason."""

    status: int = 0
    code: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    wait: float | None = None  # seconds, as the platform asked
    trouble: Trouble = ""
    readable: bool = True

    @property
    def good(self) -> bool:
        """Whether it was taken."""
        return 200 <= self.status < 300  # noqa: PLR2004 - success


@dataclass(slots=True)
class _Service:
    """How a service URL has been lately: when the calls under way began, and how many came to nothing in a row."""

    calls: dict[int, float] = field(default_factory=dict)
    silent: int = 0
    rests_until: float = 0.0

    def wait(self, now: float) -> float | None:
        """Return for how many seconds nothing should be sent there, or None."""
        if now < self.rests_until:
            return self.rests_until - now
        hanging = sum(now - begun > SLOW for begun in self.calls.values())
        return REST if hanging >= MOST_SLOW else None


class Hosts:
    """Where answers may go: Microsoft's hosts, and those that the operator names."""

    def __init__(self, extra: str = "", *, loopback: bool = False) -> None:
        self._extra = {host.strip().casefold() for host in extra.split(",") if host.strip()}
        self._loopback = loopback

    def allow(self, url: str) -> bool:
        """Tell whether a service URL is one to send to: https to a known host, or this machine where that is meant."""
        return self._known(url, SERVICES) and not urlsplit(url).query

    def allow_upload(self, url: str) -> bool:
        """Tell whether a file may go there: to the place that keeps files for Teams."""
        return self._known(url, DRIVES)

    def _known(self, url: str, known: Sequence[str]) -> bool:
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").casefold(), parts.port
        except ValueError:
            return False
        if not host or parts.username is not None or parts.fragment or "\\" in url:
            return False
        named = host in self._extra or f"{host}:{port}" in self._extra
        if is_loopback(host):
            return parts.scheme in {"http", "https"} and (self._loopback or named)
        ours = any(host.endswith(each) if each[0] == "." else host == each for each in known)
        return parts.scheme == "https" and (named or (ours and port in {None, 443}))


class Connector:
    """Calls Teams' servers. Never raises for what they do; `tokens` is None where nobody asks for any."""

    def __init__(self, session: Callable[[], ClientSession], hosts: Hosts, tokens: Tokens | None) -> None:
        self.hosts = hosts
        self._session = session
        self._tokens = tokens
        self._services: dict[str, _Service] = {}
        self._numbers = 0

    async def call(self, method: str, service_url: str, path: str, body: object = None) -> Answer:
        """Call the service once; with a fresh token once more if it does not accept the one it got."""
        if not self.hosts.allow(service_url):
            return Answer(403, "host_not_allowed")
        service = self._services.setdefault(service_url, _Service())
        wait = service.wait(time.monotonic())
        if wait is not None:
            return Answer(code="service_rests", wait=wait + random.uniform(0.5, 2), trouble="not_taken")  # noqa: S311
        url = f"{service_url.rstrip('/')}/{path}"
        answer, token = await self._with_token(service, method, url, body)
        if answer.status == 401 and self._tokens is not None:  # noqa: PLR2004 - not accepted
            self._tokens.forget(token)
            answer, _ = await self._with_token(service, method, url, body)
        return answer

    async def _with_token(self, service: _Service, method: str, url: str, body: object) -> tuple[Answer, str]:
        try:
            token = await self._tokens.get() if self._tokens else ""
        except AwayError as error:
            return Answer(code=error.reason, trouble="not_taken"), ""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._numbers += 1
        number = self._numbers
        service.calls[number] = time.monotonic()
        try:
            answer = await self._once(method, url, headers, body)
        finally:
            del service.calls[number]
        service.silent = service.silent + 1 if answer.trouble else 0
        if service.silent >= MOST_SLOW:
            service.rests_until = time.monotonic() + REST
        return answer, token

    async def _once(self, method: str, url: str, headers: Mapping[str, str], body: object) -> Answer:
        try:
            async with self._session().request(
                method, url, json=body, headers=headers, timeout=PATIENCE, allow_redirects=False
            ) as response:
                return _read(response, await body_of(response))
        except (ClientConnectorError, ConnectionTimeoutError, InvalidURL) as error:  # before anything was written
            return Answer(code=type(error).__name__, trouble="not_taken")
        except (ClientError, TimeoutError, ValueError, OSError) as error:
            return Answer(code=type(error).__name__, trouble="unclear")

    async def upload(self, url: str, content: bytes) -> Answer:
        """Put a file where Teams said that it may go."""
        span = f"bytes 0-{len(content) - 1}/{len(content)}"
        headers = {"Content-Range": span, "Content-Type": "application/octet-stream"}
        try:
            async with self._session().put(
                url, data=content, headers=headers, timeout=ClientTimeout(total=30), allow_redirects=False
            ) as response:
                return Answer(response.status, f"status_{response.status}")
        except (ClientError, TimeoutError, ValueError, OSError) as error:
            return Answer(code=type(error).__name__, trouble="unclear")


def _read(response: ClientResponse, raw: bytes) -> Answer:
    try:
        found = json.loads(raw) if raw.strip() else {}
    except (ValueError, RecursionError):
        found = None
    body = found if isinstance(found, dict) else {}
    error = body.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    named = code if isinstance(code, str) and re.fullmatch(r"\w{1,60}", code) else f"status_{response.status}"
    return Answer(response.status, named, body, _wait(response), readable=found is not None)


def _wait(response: ClientResponse) -> float | None:
    """Return how many seconds an answer asks to wait, given as seconds or as a date."""
    asked = response.headers.get("Retry-After", "")
    try:
        seconds = float(asked)
    except ValueError:
        try:
            moment, sent = (parsedate_to_datetime(text) for text in (asked, response.headers.get("Date", "")))
        except (TypeError, ValueError):
            return None
        seconds = (moment.replace(tzinfo=UTC) - sent.replace(tzinfo=UTC)).total_seconds()
    return min(seconds, LONGEST_WAIT) if seconds > 0 else None


def outcome(answer: Answer, now: datetime, *, redraws: bool = False) -> Outcome:
    """Return what became of a message, given how its call ended. Redrawing twice is redrawing once."""
    wait = now + timedelta(seconds=answer.wait) if answer.wait is not None else None
    if answer.good and answer.readable:
        ref = answer.body.get("id")
        return Outcome("sent", ref=ref if isinstance(ref, str) else "")
    if answer.trouble == "not_taken" or answer.status in AGAIN or answer.status == 401:  # noqa: PLR2004 - not accepted
        return Outcome("retry", not_before=wait, lane=answer.status == 429, reason=answer.code)  # noqa: PLR2004 - too many
    if answer.trouble or answer.good or answer.status in UNCLEAR or answer.status > max(AGAIN):
        return Outcome("retry" if redraws else "unknown", not_before=wait if redraws else None, reason=answer.code)
    if answer.code == "host_not_allowed":
        return Outcome("refused", reason=answer.code)
    if answer.status in {403, 404}:
        return Outcome("unreachable", reason=answer.code)
    return Outcome("refused", reason=answer.code)


def activities(conversation: str, activity: str = "") -> str:
    """Return the path of a conversation's messages, or of one of them."""
    path = f"v3/conversations/{quote(conversation, safe='')}/activities"
    return f"{path}/{quote(activity, safe='')}" if activity else path


def member(conversation: str, user: str) -> str:
    """Return the path of what Teams knows about somebody in a conversation."""
    return f"v3/conversations/{quote(conversation, safe='')}/members/{quote(user, safe='')}"


async def patient(answer: Awaitable[Answer], seconds: float = SHORT) -> Answer:
    """Return the answer if it comes within `seconds`."""
    try:
        return await asyncio.wait_for(answer, seconds)
    except TimeoutError:
        return Answer(code="TimeoutError", trouble="unclear")
