"""A chat platform to try faults on: a real web server on loopback that shows messages, and the messenger to it.

Where `finds` is set it can say whether it has a message, as Slack can; otherwise it cannot, as Teams cannot. It has no
idea of "the same message again": what it takes twice, people see twice. So whoever sends has to be right.
"""

import asyncio
import json
import mmap
import struct
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout, web

from bot.chat.cards import Card, as_text, from_data, to_data
from bot.chat.events import Address
from bot.chat.ports import Outcome

NAME, TENANT = "faulty", "home"
RETRY_AFTER = 20  # seconds of the bot's time that it asks for
SLOWNESS = 0.25  # seconds
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

Fault = Literal[
    "",
    "busy",  # 429 with Retry-After
    "broken",  # 500, not taken
    "closed",  # 503, not taken
    "html",  # 200 with a page instead of JSON, not taken
    "hangs",  # never an answer, not taken
    "drops it",  # the connection breaks before the message is taken
    "takes it and drops",  # the connection breaks after that
    "takes it and hangs",
    "takes it and says 500",
    "slow",  # taken, and said so after a while
]
TAKES: frozenset[Fault] = frozenset({"", "slow", "takes it and drops", "takes it and hangs", "takes it and says 500"})


class SharedTime:
    """What time it is, for all processes that read the same file. It moves when it is told to."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it."""
        if not path.exists():
            path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 8)

    def __call__(self) -> datetime:
        """Return the time."""
        microseconds: int = struct.unpack("<q", self._shared[:8])[0]
        return EPOCH + microseconds * MICROSECOND

    def move(self, to: datetime) -> datetime:
        """Make it `to` now."""
        self._shared[:8] = struct.pack("<q", (to - EPOCH) // MICROSECOND)
        return to

    def close(self) -> None:
        """Let go of the file."""
        self._shared.close()


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as somebody sees it."""

    user: str
    key: str
    ref: str
    text: str


View = Callable[[str, Card, str, str], Awaitable[str]]  # user, card, key and what it replaces → its reference, or ""


@dataclass
class Platform:
    """What people see, and how it treats each call: as scripted, or as `moody` says, or well."""

    finds: bool = True
    script: deque[Fault] = field(default_factory=deque)
    moody: Callable[[str], Fault] = lambda _: ""
    view: View | None = None
    shown: list[Shown] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    looked: Counter[str] = field(default_factory=Counter)
    calls: Counter[Fault] = field(default_factory=Counter)
    by_key: dict[str, str] = field(default_factory=dict)
    doubles: Counter[str] = field(default_factory=Counter)
    under_way: int = 0
    url: str = ""

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Platform"]:
        """Serve on loopback."""
        self._closing = asyncio.Event()
        application = web.Application(client_max_size=16 * 2**20)
        application.add_routes([web.post("/send", self._send), web.get("/find", self._find)])
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            self._closing.set()
            await runner.cleanup()

    def seen_by(self, user: str) -> list[str]:
        """Return the texts that somebody sees, in the order in which they came."""
        return [shown.text for shown in self.shown if shown.user == user]

    async def _send(self, request: web.Request) -> web.StreamResponse:
        self.under_way += 1
        try:
            asked = await request.json()
            fault = self.script.popleft() if self.script else self.moody(asked["user"])
            self.calls[fault] += 1
            self.asked[asked["key"]] += 1
            ref = await self._take(asked) if fault in TAKES else ""
            if fault in TAKES and not ref:
                return web.json_response({"error": "blocked"}, status=404)
            if fault == "slow":
                await asyncio.sleep(SLOWNESS)
        finally:
            self.under_way -= 1
        return await self._answer(request, fault, ref)

    async def _take(self, asked: dict[str, str]) -> str:
        user, key, replaces = asked["user"], asked["key"], asked["replaces"]
        card = from_data(json.loads(asked["card"]))
        self.doubles[key] += key in self.by_key
        if self.view and key not in self.by_key:
            ref = await self.view(user, card, key, replaces)
        else:
            ref = replaces or f"{key}/{self.asked[key]}"
        if ref:
            self.by_key[key] = ref
            if self.view is None:
                self.shown.append(Shown(user, key, ref, as_text(card)))
        return ref

    async def _answer(self, request: web.Request, fault: Fault, ref: str) -> web.StreamResponse:
        if fault == "busy":
            return web.json_response({"error": "busy"}, status=429, headers={"Retry-After": str(RETRY_AFTER)})
        if fault == "closed":
            return web.Response(status=503)
        if fault in {"broken", "takes it and says 500"}:
            return web.Response(status=500)
        if fault == "html":
            return web.Response(text="<html>Please sign in</html>", content_type="text/html")
        if fault in {"hangs", "takes it and hangs"}:
            await self._closing.wait()
        if "drops" in fault and request.transport is not None:
            request.transport.abort()
        return web.json_response({"ref": ref})

    async def _find(self, request: web.Request) -> web.Response:
        key = request.query["key"]
        self.looked[key] += 1
        return web.json_response({"ref": self.by_key.get(key)})


class HttpMessenger:
    """The way to the platform. It tells what became of a message as an adapter must: in doubt it says that it is."""

    def __init__(self, url: str, now: Callable[[], datetime], pace: float) -> None:
        """Take where the platform is, and how many messages a second it likes."""
        self._url, self._now, self.pace = url, now, pace
        self._session: ClientSession | None = None

    async def send(self, to: Address, card: Card, *, key: str, replaces: str = "") -> Outcome:
        """Show `card` to `to`."""
        body = {"user": to.user, "key": key, "replaces": replaces, "card": json.dumps(to_data(card))}
        try:
            async with self.session.post(f"{self._url}/send", json=body) as response:
                if response.status == 429:
                    wait = timedelta(seconds=float(response.headers["Retry-After"]))
                    return Outcome("retry", not_before=self._now() + wait, lane=True, reason="429")
                if response.status == 503:
                    return Outcome("retry", reason="503")
                if response.status == 404:
                    return Outcome("unreachable", reason="blocked")
                if response.status != 200 or response.content_type != "application/json":
                    return Outcome("unknown", reason=f"{response.status}")
                return Outcome("sent", ref=(await response.json())["ref"])
        except ClientConnectorError as error:  # nothing was written
            return Outcome("retry", reason=type(error).__name__)
        except ClientError as error:
            return Outcome("unknown", reason=type(error).__name__)

    @property
    def session(self) -> ClientSession:
        """The connections, opened when they are first needed."""
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=None))
        return self._session

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()


class FindingMessenger(HttpMessenger):
    """The way to a platform that can be asked what it has."""

    async def find(self, to: Address, key: str, since: datetime) -> str | None:
        """Return the reference of the message with this key, or None if it is not there."""
        del to, since
        async with self.session.get(f"{self._url}/find", params={"key": key}) as response:
            found: str | None = (await response.json())["ref"]
            return found


def messenger(url: str, now: Callable[[], datetime], pace: float, *, finds: bool) -> HttpMessenger:
    """Return the messenger for a platform that finds, or does not."""
    return (FindingMessenger if finds else HttpMessenger)(url, now, pace)


def address(user: str) -> Address:
    """Return where somebody is reached on this platform."""
    return Address(NAME, TENANT, user)


def scripted(*faults: Fault) -> deque[Fault]:
    """Return what the platform does with its next calls."""
    return deque(faults)


def texts(shown: Iterable[Shown]) -> Counter[tuple[str, str]]:
    """Return what was shown to whom, and how often."""
    return Counter((each.user, each.text) for each in shown)
