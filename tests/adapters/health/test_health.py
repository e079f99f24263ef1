"""What an orchestrator is told: alive, ready or not, how it goes; quickly, and without a word about anybody."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from adapters.health import connect
from adapters.health.connect import add_to

CANARY = "I am Ann, xoxb-1-secret"
FINE = {"database": "ok", "slack": "ok"}

Ask = Callable[[str], Coroutine[Any, Any, tuple[int, str, Mapping[str, str]]]]


class Bot:
    """Parts that are as told, and how often somebody asked."""

    def __init__(self) -> None:
        self.parts: Mapping[str, str] | Exception = FINE
        self.page: bytes | Exception = b"# TYPE up gauge\nup 1.0\n"
        self.asked = 0
        self.go = asyncio.Event()
        self.go.set()

    async def ready(self) -> Mapping[str, str]:
        """Return how the parts are."""
        self.asked += 1
        await self.go.wait()
        if isinstance(self.parts, Exception):
            raise self.parts
        return self.parts

    async def metrics(self) -> bytes:
        """Return a page of metrics."""
        self.asked += 1
        await self.go.wait()
        if isinstance(self.page, Exception):
            raise self.page
        return self.page


@pytest.fixture
def bot() -> Bot:
    """Return a bot that is well."""
    return Bot()


@pytest.fixture
async def ask(bot: Bot) -> AsyncIterator[Ask]:
    """Serve the bot's health on a port and return how to ask for a path."""
    application = web.Application()
    add_to(application, bot.ready, bot.metrics)
    async with TestServer(application) as server, ClientSession() as session:

        async def ask(path: str) -> tuple[int, str, Mapping[str, str]]:
            async with session.get(server.make_url(path)) as response:
                return response.status, await response.text(), response.headers

        yield ask


async def test_a_process_that_answers_is_alive(ask: Ask, bot: Bot) -> None:
    """Being alive needs nothing else: a database that is away is no reason to be restarted."""
    bot.parts = ConnectionError()
    status, text, _ = await ask("/healthz")
    assert (status, text, bot.asked) == (200, "ok\n", 0)


async def test_ready_is_when_every_part_is(ask: Ask) -> None:
    """All parts are well, and each is named."""
    status, text, headers = await ask("/readyz")
    assert (status, text) == (200, '{"ready": true, "parts": {"database": "ok", "slack": "ok"}}')
    assert headers["Cache-Control"] == "no-store"


async def test_one_part_that_is_not_ready_is_enough(ask: Ask, bot: Bot) -> None:
    """The part is named, and nobody sends work here."""
    bot.parts = {**FINE, "slack": "not connected"}
    status, text, _ = await ask("/readyz")
    assert (status, text) == (503, '{"ready": false, "parts": {"database": "ok", "slack": "not connected"}}')


async def test_a_check_that_fails_is_not_ready(ask: Ask, bot: Bot) -> None:
    """What went wrong is told by the name of the error, never by its text."""
    bot.parts = ConnectionError(CANARY)
    assert (await ask("/readyz"))[:2] == (503, '{"ready": false, "parts": {"check": "ConnectionError"}}')


async def test_what_is_not_a_word_or_two_stays_inside(ask: Ask, bot: Bot) -> None:
    """A part that explains itself at length could tell a secret."""
    bot.parts = {"database": f"could not log in: {CANARY}"}
    assert (await ask("/readyz"))[:2] == (503, '{"ready": false, "parts": {"database": "not ok"}}')


async def test_metrics_are_in_the_format_that_is_scraped(ask: Ask) -> None:
    """Prometheus is told which format it gets."""
    status, text, headers = await ask("/metrics")
    assert (status, text) == (200, "# TYPE up gauge\nup 1.0\n")
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


async def test_metrics_that_fail_say_so(ask: Ask, bot: Bot) -> None:
    """A page that cannot be made is an error, and says no more than its name."""
    bot.page = ValueError(CANARY)
    assert (await ask("/metrics"))[:2] == (503, "ValueError\n")


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
async def test_many_who_ask_at_once_cost_one_look(ask: Ask, bot: Bot, path: str) -> None:
    """Whoever asks over and over does not keep the database busy."""
    bot.go.clear()
    asking = [asyncio.create_task(ask(path)) for _ in range(20)]
    await asyncio.sleep(0.2)
    bot.go.set()
    answers = await asyncio.gather(*asking)
    assert {status for status, *_ in answers} == {200}
    assert (await ask(path))[0] == 200
    assert bot.asked == 1


async def test_an_answer_does_not_last(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was true a while ago is looked at again, also when it was an error."""
    monkeypatch.setattr(connect, "FRESH_READY", 0.0)
    application = web.Application()
    add_to(application, bot.ready, bot.metrics)
    async with TestServer(application) as server, ClientSession() as session:
        for parts, expected in ((ConnectionError(), 503), (FINE, 200), ({"slack": "away"}, 503)):
            bot.parts = parts
            async with session.get(server.make_url("/readyz")) as response:
                assert response.status == expected


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
async def test_a_part_that_hangs_is_not_waited_for(
    ask: Ask, bot: Bot, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who asks gets an answer, and those who ask again do not pile up behind the one who hangs."""
    monkeypatch.setattr(connect, "PATIENCE", 0.1)
    bot.go.clear()
    for _ in range(3):
        status, text, _ = await ask(path)
        assert status == 503
        assert "TimeoutError" in text
    assert bot.asked == 1


async def test_nothing_can_be_changed_here(bot: Bot) -> None:
    """The paths can be read, and nothing else."""
    application = web.Application()
    add_to(application, bot.ready, bot.metrics)
    async with TestServer(application) as server, ClientSession() as session:
        for path in ("/healthz", "/readyz", "/metrics"):
            async with session.post(server.make_url(path)) as response:
                assert response.status == 405


async def test_the_image_notices_a_bot_that_does_not_answer(bot: Bot) -> None:
    """The command by which a container is found healthy succeeds while the bot answers, and fails when it is gone."""
    dockerfile = (Path(__file__).parents[3] / "Dockerfile").read_text()
    (line,) = [line for line in dockerfile.splitlines() if line.startswith("    CMD [")]
    _, *arguments = json.loads(line.strip().removeprefix("CMD "))
    application = web.Application()
    add_to(application, bot.ready, bot.metrics)

    async def healthy(port: int) -> bool:
        environment = {**os.environ, "SPEEDMENTOR_PORT": str(port), "http_proxy": "http://127.0.0.1:1"}
        check = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, env=environment, stdout=DEVNULL, stderr=DEVNULL
        )
        return await check.wait() == 0

    async with TestServer(application) as server:
        port = server.port
        assert port is not None
        assert await healthy(port)
    assert not await healthy(port)
