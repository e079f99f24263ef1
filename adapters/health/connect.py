"""What an orchestrator and a monitoring system ask: is the process alive, is it ready, how is it doing.

The answers name parts and numbers, and nobody. Nothing here looks at who is asking, so the paths belong behind the
proxy that lets the platforms in.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Generic, TypeVar

import structlog
from aiohttp import web

T = TypeVar("T")

FRESH_READY = 1.0  # seconds for which an answer is given again, however many ask
FRESH_METRICS = 5.0
PATIENCE = 5.0  # seconds that somebody who asks is left waiting
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

_WORD = re.compile(r"[A-Za-z0-9_. -]{1,60}")

log = structlog.get_logger()


def add_to(
    application: web.Application,
    ready: Callable[[], Awaitable[Mapping[str, str]]],
    metrics: Callable[[], Awaitable[bytes]],
) -> None:
    """Add `/healthz`, `/readyz` and `/metrics`.

    `ready` names each part with "ok" or with a word or two on what it lacks; one that raises or hangs is not ready.
    `metrics` returns Prometheus' text format. Neither is asked a second time while a first answer is awaited.
    """
    parts, page = _Answer(ready, FRESH_READY), _Answer(metrics, FRESH_METRICS)

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n", headers=HEADERS)

    async def readyz(_: web.Request) -> web.Response:
        try:
            found = {name: _word(state) for name, state in (await parts()).items()}
        except Exception as error:  # noqa: BLE001 - whatever it was, we are not ready
            log.warning("not ready", error=type(error).__name__)
            found = {"check": type(error).__name__}
        good = all(state == "ok" for state in found.values())
        return web.json_response({"ready": good, "parts": found}, status=200 if good else 503, headers=HEADERS)

    async def show_metrics(_: web.Request) -> web.Response:
        try:
            body = await page()
        except Exception as error:  # noqa: BLE001 - the monitoring system learns that there is no answer
            log.warning("no metrics", error=type(error).__name__)
            return web.Response(status=503, text=f"{type(error).__name__}\n", headers=HEADERS)
        return web.Response(body=body, headers={**HEADERS, "Content-Type": METRICS_TYPE})

    async def leave(_: web.Application) -> AsyncIterator[None]:
        yield
        for answer in (parts, page):
            answer.stop()

    application.router.add_get("/healthz", healthz)
    application.router.add_get("/readyz", readyz)
    application.router.add_get("/metrics", show_metrics)
    application.cleanup_ctx.append(leave)


def _word(state: str) -> str:
    """Return the state of a part if it is a word or two; whatever else it is stays here."""
    return state if _WORD.fullmatch(state) else "not ok"


class _Answer(Generic[T]):
    """An answer that is worked out once for all who ask at about the same time."""

    def __init__(self, ask: Callable[[], Awaitable[T]], fresh: float) -> None:
        self._ask = ask
        self._fresh = fresh
        self._begun = 0.0
        self._task: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        """Return the answer, or raise as it did; TimeoutError if it takes too long."""
        if self._task is None or (self._task.done() and time.monotonic() - self._begun >= self._fresh):
            self._begun = time.monotonic()
            self._task = asyncio.create_task(self._work())
            self._task.add_done_callback(_noticed)
        async with asyncio.timeout(PATIENCE):
            return await asyncio.shield(self._task)

    def stop(self) -> None:
        """Wait for no answer any longer."""
        if self._task is not None:
            self._task.cancel()

    async def _work(self) -> T:
        return await self._ask()


def _noticed(task: asyncio.Task[T]) -> None:
    """Look at what the task raised: if nobody waits for it any more, that is no news."""
    if not task.cancelled():
        task.exception()
