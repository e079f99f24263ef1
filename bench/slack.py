"""How fast registration is answered over Slack's HTTP endpoint: python -m bench.slack [--people 60] [--database URL].

The bot runs as `app.py serve` runs it, in a process of its own: signature, core, commit, and the reply on its way. The
same signed messages then go to a bare slack-bolt app that answers each with its own words and keeps nothing. People
type one answer after the other, eight of them at a time. The second figure is taken at half of that rate, with every
answer sent at its appointed moment, however late the one before it was. Slack is made up, and runs beside the load.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, TCPConnector, web

SECRET, TOKEN = "a secret for the bench", "xoxb-bench"
AT_ONCE = 8
SETTLE = 2.0  # seconds between two measurements
CHECK = "hello"
ANSWERS = (
    "I agree",
    "yes",
    "mentee",
    "{name}",
    "{name}@example.gov.uk",
    "HEO",
    "Policy",
    "Home Office",
    "Policy",
    "prefer not to say",
    "skip",
    "any",
    "London",
)


@dataclass
class MadeUpSlack:
    """As much of Slack's Web API as both apps call."""

    posted: int = 0
    redrawn: int = 0
    texts: dict[str, str] = field(default_factory=dict)

    async def call(self, request: web.Request) -> web.Response:
        """Say yes to everything."""
        method = request.match_info["method"]
        said: dict[str, Any] = (
            await request.json() if request.content_type == "application/json" else dict(await request.post())
        )
        answer: dict[str, object] = {"ok": True, "team_id": "T1", "user_id": "UBOT", "bot_id": "BBOT"}
        if method == "chat.postMessage":
            self.posted += 1
            self.texts[str(said.get("channel"))] = str(said.get("text"))
            answer |= {"channel": said.get("channel"), "ts": f"{time.time():.6f}"}
        elif method == "chat.update":
            self.redrawn += 1
            answer |= {"channel": said.get("channel"), "ts": said.get("ts")}
        elif method == "users.info":
            answer["user"] = {"id": said.get("user"), "tz": "Europe/London", "profile": {"real_name": "Somebody"}}
        elif method == "conversations.open":
            answer["channel"] = {"id": f"D{said.get('users')}"}
        return web.json_response(answer)


class Outside:
    """Slack's side: delivers what people type, signed, and notes how long each took to be acknowledged."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self._ids = count(1)
        self.seconds: list[float] = []

    async def types(self, user: str, text: str, *, due: float | None = None) -> None:
        """Deliver a direct message; with `due`, the time is counted from that moment of the loop."""
        event = {"type": "message", "channel_type": "im", "channel": f"D{user}", "user": user, "text": text}
        granted = [{"team_id": "T1", "enterprise_id": None, "is_enterprise_install": False, "user_id": "UBOT"}]
        number = next(self._ids)
        inner = {**event, "ts": f"{number}.1", "event_ts": f"{number}.1"}
        wrapped = {"type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event": inner}
        payload = {**wrapped, "event_id": f"Ev{os.getpid()}{number}", "event_time": 1, "authorizations": granted}
        body, at = json.dumps(payload).encode(), str(int(time.time()))
        mac = hmac.new(SECRET.encode(), f"v0:{at}:{body.decode()}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": f"v0={mac}",
        }
        began = asyncio.get_running_loop().time() if due is None else due
        async with self._session.post(self._url, data=body, headers=headers) as response:
            assert response.status == 200, response.status
            await response.read()
        self.seconds.append(asyncio.get_running_loop().time() - began)


@dataclass(frozen=True)
class Result:
    """What was measured of one app."""

    name: str
    answers: int
    rate: float
    half: float
    typical: float
    worst: float

    def line(self) -> str:
        """Return it as a line of the table."""
        cells = (f"{self.answers:,}", f"{self.rate:,.0f}", f"{self.half:,.0f}", *self._milliseconds())
        return f"| {self.name} | {' | '.join(cells)} |"

    def _milliseconds(self) -> tuple[str, str]:
        return f"{self.typical * 1000:,.1f}", f"{self.worst * 1000:,.1f}"


async def measured(
    name: str, outside: Outside, people: Sequence[str], begin: Callable[[str], Awaitable[None]]
) -> Result:
    """Let half of the people answer as fast as they are acknowledged, and the other half at half of that rate."""
    for user in people:
        await begin(user)
    await asyncio.sleep(SETTLE)
    half = len(people) // 2
    outside.seconds.clear()
    gate = asyncio.Semaphore(AT_ONCE)

    async def answers(user: str) -> None:
        async with gate:
            for text in ANSWERS:
                await outside.types(user, text.format(name=user))

    began = time.perf_counter()
    await asyncio.gather(*map(answers, people[:half]))
    rate = half * len(ANSWERS) / (time.perf_counter() - began)
    await asyncio.sleep(SETTLE)

    outside.seconds.clear()
    pace, loop = rate / 2, asyncio.get_running_loop()
    start, waiting, number = loop.time() + 0.1, [], 0
    for text in ANSWERS:  # round by round, so that nobody answers before their last answer is acknowledged
        for user in people[half:]:
            due = start + number / pace
            await asyncio.sleep(max(0.0, due - loop.time()))
            waiting.append(asyncio.create_task(outside.types(user, text.format(name=user), due=due)))
            number += 1
    await asyncio.gather(*waiting)
    spread = statistics.quantiles(outside.seconds, n=100)
    return Result(name, len(people) * len(ANSWERS), rate, pace, spread[49], spread[98])


@asynccontextmanager
async def program(*command: str, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a program of this project until the block is left."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        env={**os.environ, **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        await process.communicate()


async def answering(url: str, session: ClientSession) -> None:
    """Wait until something listens there."""
    async with asyncio.timeout(60):
        while True:
            try:
                async with session.get(url):
                    return
            except OSError:
                await asyncio.sleep(0.1)


def a_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def the_bot(api: str, database: str, people: Sequence[str], slack: MadeUpSlack, session: ClientSession) -> Result:
    """Measure `app.py serve`."""
    port = a_port()
    url = f"http://127.0.0.1:{port}/slack/events"
    key = (await output("new-key")).strip()
    told = {"SPEEDMENTOR_DATABASE": database, "SPEEDMENTOR_KEYS": key, "SPEEDMENTOR_PORT": str(port)}
    told |= {"SLACK_BOT_TOKEN": TOKEN, "SLACK_SIGNING_SECRET": SECRET, "SLACK_API_URL": api}
    async with program("app.py", "serve", **told):
        await answering(url, session)
        outside = Outside(session, url)
        code = (await output("coordinator", **told)).split()[0]
        closes = (datetime.now(UTC) + timedelta(days=14)).strftime("%d/%m/%Y")
        for text in (code, "new round", "Bench", "today", closes):
            await outside.types("UCORA", text)
            await asyncio.sleep(0.3)

        async def begin(user: str) -> None:
            await outside.types(user, "register")

        found = await measured("speedmentor", outside, people, begin)
        async with asyncio.timeout(120):
            await delivered(slack, people)
        return found


async def delivered(slack: MadeUpSlack, people: Sequence[str]) -> None:
    """Wait until everybody was shown the last reply of all that were queued for them."""
    while True:
        if all("look over your answers" in slack.texts.get(f"D{user}", "") for user in people):
            return
        await asyncio.sleep(0.2)


async def output(command: str, **settings: str) -> str:
    """Return what a command of app.py prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "app.py", command, env={**os.environ, **settings}, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    return printed.decode()


async def the_echo(api: str, people: Sequence[str], session: ClientSession) -> Result:
    """Measure the bare app."""
    port = a_port()
    url = f"http://127.0.0.1:{port}/slack/events"
    async with program("-m", "bench.slack", "--echo", str(port), "--api", api):
        await answering(url, session)
        outside = Outside(session, url)

        async def begin(user: str) -> None:
            await outside.types(user, CHECK)

        return await measured("bare slack-bolt", outside, people, begin)


def echo(port: int, api: str) -> None:
    """Run a bare slack-bolt app that says what it is told."""
    from slack_bolt.async_app import AsyncApp  # noqa: PLC0415 - for this process only
    from slack_sdk.web.async_client import AsyncWebClient  # noqa: PLC0415 - likewise

    app = AsyncApp(signing_secret=SECRET, client=AsyncWebClient(TOKEN, base_url=api))

    @app.event("message")
    async def say_it(event: dict[str, str], say: Callable[[str], Awaitable[object]]) -> None:
        await say(event["text"])

    web.run_app(app.web_app(), host="127.0.0.1", port=port, print=None, access_log=None)


async def compare(people: int, database: str) -> None:
    """Measure both, one after the other, and print the table."""
    slack, port = MadeUpSlack(), a_port()
    application = web.Application()
    application.router.add_route("*", "/api/{method}", slack.call)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    api = f"http://127.0.0.1:{port}/api/"
    users = [f"U{number:04}" for number in range(people)]
    async with ClientSession(connector=TCPConnector(limit=0)) as session:
        with tempfile.TemporaryDirectory() as folder:
            ours = await the_bot(api, database or f"sqlite:///{Path(folder) / 'bench.db'}", users, slack, session)
        bare = await the_echo(api, users, session)
    await runner.cleanup()
    print("| app | answers | answers/s | at | ack, median ms | ack, p99 ms |")
    print("|---|---:|---:|---:|---:|---:|")
    print(ours.line())
    print(bare.line())
    print(f"\nOne answer in speedmentor costs {bare.rate / ours.rate:.1f} times a bare echo.")


def main() -> None:
    """Run and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--people", type=int, default=60, help="how many people register")
    options.add_argument("--database", default="", help="an empty database; without one, a file that is thrown away")
    options.add_argument("--echo", type=int, default=0, help=argparse.SUPPRESS)
    options.add_argument("--api", default="", help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.echo:
        echo(asked.echo, asked.api)
    else:
        asyncio.run(compare(asked.people, asked.database))


if __name__ == "__main__":
    main()
