"""The chat page's endpoint and its Messenger.

The page lets whoever opens it be anyone, so it exists only where a `Demo` is given, and only on this machine: the
connection must come in on a loopback address, the Host must be this very address and port (a name that an attacker
points at 127.0.0.1 is refused), and whatever changes something must come from the page itself (Origin).
"""

import asyncio
import json
import logging
import re
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, Protocol, get_args
from urllib.parse import quote

from aiohttp import web

from adapters.web.inbound import a_number, a_person, a_text, to_event, to_history
from adapters.web.render import to_json
from adapters.web.store import Store
from bot.chat.cards import Card
from bot.chat.events import Address, Pressed, Said
from bot.chat.ports import Outcome

Step = Literal["day", "week", "next"]
STEPS: tuple[Step, ...] = get_args(Step)
Receive = Callable[[Said | Pressed], Awaitable[object]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MOST_BYTES = 64 * 1024
LONGEST_PERSON = 80  # characters of a new person's name
HEARTBEAT = 15.0  # seconds
BREATH = 0.05  # seconds between two updates: a thousand messages at once are a few updates

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
PAGES = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/fields.js": ("fields.js", "text/javascript"),
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody to be at the page: `id` is the user of their Address, `note` a word on them ("mentor · HEO")."""

    id: str
    name: str
    note: str = ""


class Demo(Protocol):
    """What the page needs to let one person play everybody, and time."""

    @property
    def zone(self) -> str:
        """Return the name of the zone that the clock is shown in ("Europe/London")."""
        ...

    def now(self) -> datetime:
        """Return the bot's time, aware."""
        ...

    async def people(self) -> Sequence[Persona]:
        """Return who one can be, in the order to show."""
        ...

    async def new_person(self, name: str) -> str:
        """Bring in somebody called `name` and return their user id; a ValueError's sentence is shown."""
        ...

    async def move(self, step: Step) -> datetime:
        """Move the clock forward, let everything happen that falls due on the way, and return the time then."""
        ...


class Tabs:
    """The open tabs, to be woken when there is news. Belongs to one event loop."""

    def __init__(self) -> None:
        self._open: set[asyncio.Event] = set()
        self.closing = False

    def __len__(self) -> int:
        return len(self._open)

    def wake(self) -> None:
        """Tell every open tab to look."""
        for tab in self._open:
            tab.set()

    def close(self) -> None:
        """Let every tab go, so that a shutdown waits for none."""
        self.closing = True
        self.wake()

    @contextmanager
    def tab(self) -> Iterator[asyncio.Event]:
        """Return what is set when there is news, for as long as the tab is open."""
        news = asyncio.Event()
        self._open.add(news)
        try:
            yield news
        finally:
            self._open.discard(news)


class WebMessenger:
    """Shows cards in the page: into the store, then to the open tabs. Fits bot.chat.ports.Messenger."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.tabs = Tabs()

    async def send(self, to: Address, card: Card, *, key: str, replaces: str = "") -> Outcome:
        """Show `card` to `to`; the same `key` shows once."""
        try:
            body = to_json(card)
        except ValueError:
            return Outcome("refused", reason="unsafe_link")
        try:
            message = await asyncio.to_thread(
                self.store.post, to.user, body, key=f"bot:{key}", replaces=replaces, files=card.files
            )
        except sqlite3.OperationalError as error:  # locked or full: rolled back, and a second attempt is harmless
            return Outcome("retry", reason=getattr(error, "sqlite_errorname", "sqlite"))
        self.tabs.wake()
        return Outcome("sent", ref=str(message))


def add_to(
    app: web.Application, messenger: WebMessenger, receive: Receive, demo: Demo | None, tenant: str = "demo"
) -> None:
    """Serve the page and what it asks from `app`; without a demo, a sentence where the page would be.

    `receive` takes an event to the core and returns once it is committed and answered.
    """
    if demo is None:
        app.router.add_get("/", _nobody_home)
        return
    page = _Page(messenger, receive, demo, tenant)
    folder = Path(__file__).parent
    for path, (name, mime) in PAGES.items():
        app.router.add_get(path, _guarded(_static((folder / name).read_bytes(), mime)))
    for method, path, handler in (
        ("GET", "/api/people", page.people),
        ("POST", "/api/people", page.new_person),
        ("GET", "/api/messages", page.messages),
        ("POST", "/api/events", page.events),
        ("POST", "/api/read", page.read),
        ("GET", "/api/updates", page.updates),
        ("GET", "/api/file", page.file),
        ("GET", "/api/clock", page.clock),
        ("POST", "/api/clock", page.move),
    ):
        app.router.add_route(method, path, _guarded(handler))

    async def let_go(_: web.Application) -> None:
        messenger.tabs.close()

    app.on_shutdown.append(let_go)


class _RefusedError(Exception):
    """The request is refused with this status and sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class _Page:
    """What the page asks for; every handler answers JSON, a problem as {"problem": sentence}."""

    def __init__(self, messenger: WebMessenger, receive: Receive, demo: Demo, tenant: str) -> None:
        self._store = messenger.store
        self._tabs = messenger.tabs
        self._receive = receive
        self._demo = demo
        self._tenant = tenant
        self._moving = False

    async def people(self, _: web.Request) -> web.StreamResponse:
        people, unread = await self._demo.people(), await asyncio.to_thread(self._store.unread)
        return _answer({"people": [asdict(persona) | {"unread": unread.get(persona.id, 0)} for persona in people]})

    async def new_person(self, request: web.Request) -> web.StreamResponse:
        payload = await _json(request)
        with _sentences():
            person = await self._demo.new_person(a_text(payload.get("name"), "The name", LONGEST_PERSON))
        self._tabs.wake()
        return _answer({"person": person})

    async def messages(self, request: web.Request) -> web.StreamResponse:
        with _sentences():
            person = a_person(request.query.get("person"))
            after = a_number(request.query.get("after", "0"), "The version")
        messages, version = await asyncio.to_thread(self._store.messages, person, after)
        shown = [asdict(message) | {"at": message.at.isoformat()} for message in messages]
        return _answer({"messages": shown, "version": version})

    async def events(self, request: web.Request) -> web.StreamResponse:
        payload = await _json(request)
        with _sentences():
            event, history = to_event(payload, self._tenant), to_history(payload)
        await asyncio.to_thread(self._store.post, event.who.user, history, key=f"own:{event.id}", event=event.id)
        self._tabs.wake()
        try:
            await self._receive(event)
        except Exception as error:  # noqa: BLE001  whatever it was, the page asks again with the same id
            log.error("event %s failed: %s", event.id, type(error).__name__)  # noqa: TRY400  a traceback may quote people
            raise _RefusedError(503, "Something went wrong on the bot's side.") from None
        return _answer({})

    async def read(self, request: web.Request) -> web.StreamResponse:
        payload = await _json(request)
        with _sentences():
            person, upto = a_person(payload.get("person")), a_number(payload.get("upto"), "The message")
        await asyncio.to_thread(self._store.read, person, upto)
        self._tabs.wake()
        return _answer({})

    async def file(self, request: web.Request) -> web.StreamResponse:
        with _sentences():
            person = a_person(request.query.get("person"))
            message = a_number(request.query.get("message"), "The message")
            n = a_number(request.query.get("n"), "The file")
        file = await asyncio.to_thread(self._store.file, person, message, n)
        if file is None:
            raise _RefusedError(404, "This file is no longer part of the conversation.")
        return web.Response(
            body=file.content.encode(),
            headers={
                "Content-Type": f"{_mime(file.mime)}; charset=utf-8",
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
            },
        )

    async def clock(self, _: web.Request) -> web.StreamResponse:
        return _answer(self._time())

    async def move(self, request: web.Request) -> web.StreamResponse:
        wanted = (await _json(request)).get("step")
        step = next((step for step in STEPS if step == wanted), None)
        if step is None:
            raise _RefusedError(400, "The clock moves by a day, by a week or to the next thing due.")
        if self._moving:
            raise _RefusedError(409, "The clock is already moving.")
        self._moving = True
        try:
            await self._demo.move(step)
        finally:
            self._moving = False
            self._tabs.wake()
        return _answer(self._time())

    async def updates(self, request: web.Request) -> web.StreamResponse:
        """Stream a line whenever there is news anywhere: the latest version and the time; the tabs ask for the rest."""
        stream = web.StreamResponse(headers=HEADERS | {"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        with self._tabs.tab() as news, suppress(ConnectionError):
            await stream.write(b"retry: 1000\n\n")
            while not self._tabs.closing:
                news.clear()
                update = {"version": await asyncio.to_thread(self._store.version)} | self._time()
                await stream.write(f"data: {json.dumps(update)}\n\n".encode())
                await asyncio.sleep(BREATH)
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), HEARTBEAT)
        return stream

    def _time(self) -> dict[str, str]:
        return {"now": self._demo.now().isoformat(), "zone": self._demo.zone}


def _guarded(handler: Handler) -> Handler:
    """Return `handler` behind the checks of this module's first lines, its problems told as sentences."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        answer: web.StreamResponse
        try:
            if not _at_home(request):
                raise _RefusedError(403, "This page is only for the machine that it runs on.")  # noqa: TRY301
            if request.method == "POST" and request.headers.get("Origin") != f"http://{request.headers['Host']}":
                raise _RefusedError(403, "Only the chat page itself may do this.")  # noqa: TRY301
            answer = await handler(request)
        except _RefusedError as refused:
            answer = _answer({"problem": str(refused)}, refused.status)
        if not answer.prepared:
            answer.headers.update(HEADERS)
        return answer

    return guarded


def _at_home(request: web.Request) -> bool:
    name = request.transport.get_extra_info("sockname") if request.transport else None
    if not isinstance(name, tuple) or not ip_address(name[0]).is_loopback:
        return False
    port = "" if name[1] == 80 else f":{name[1]}"  # noqa: PLR2004  the port that browsers leave out
    hosts = request.headers.getall("Host", [])
    return len(hosts) == 1 and hosts[0] in {f"{host}{port}" for host in ("127.0.0.1", "localhost", "[::1]")}


async def _json(request: web.Request) -> Mapping[str, Any]:
    """Return the request's JSON object of at most MOST_BYTES, or refuse."""
    if request.content_type != "application/json":
        raise _RefusedError(415, "This should be sent as JSON.")
    body = b""
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            raise _RefusedError(413, f"This is too much at once: at most {MOST_BYTES // 1024} KiB.")
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        raise _RefusedError(400, "This is not valid JSON.") from None
    if not isinstance(payload, dict):
        raise _RefusedError(400, "This should be a JSON object.")
    return payload


@contextmanager
def _sentences() -> Iterator[None]:
    """Tell a ValueError's sentence to the page."""
    try:
        yield
    except ValueError as error:
        raise _RefusedError(400, str(error)) from None


def _answer(content: Mapping[str, Any], status: int = 200) -> web.Response:
    return web.json_response(content, status=status)


def _mime(mime: str) -> str:
    return mime if re.fullmatch(r"text/(plain|csv|calendar)", mime) else "application/octet-stream"


def _static(content: bytes, mime: str) -> Handler:
    async def static(_: web.Request) -> web.StreamResponse:
        return web.Response(body=content, content_type=mime, charset="utf-8")

    return static


async def _nobody_home(_: web.Request) -> web.StreamResponse:
    sentence = "There is no chat page here: it is part of the demo, where whoever opens it can be anyone.\n"
    return web.Response(status=404, text=sentence, headers=HEADERS)
