"""What tests with real clients share: the program as its operator runs it, on a clock that can be moved, and browsers.

`python -m tests.adapters.clients FILE` is `app.py serve`, some seconds away from the time of day: the file says how
many. With SPEEDMENTOR_SHOTS, the name of a folder, the tests leave pictures there, also those of docs/images.
"""

import asyncio
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession
from playwright.async_api import Browser, FloatRect, Locator, Page, ViewportSize, async_playwright, expect
from sqlalchemy import func
from sqlalchemy import select as rows_of
from sqlmodel import col

import app
from bot.front.parts import build, load_all
from bot.keeping import store
from bot.keeping.seal import Seal, new_key
from bot.keeping.tables import Outbox
from bot.people import coordinators
from scheduling import due
from scheduling.clock import real_now
from tests.adapters.web.conftest import CHROMIUM_ARGS, find_chromium

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 90.0  # seconds, for anything on a machine that is busy
WAITING = ("pending", "retry", "unknown")  # messages that are not sent yet, nor given up
SHOTS = os.environ.get("SPEEDMENTOR_SHOTS", "")


# ---------------------------------------------------------------------------------------------------- the program


class Program:
    """`app.py serve` in a process of its own. It listens at `address`, and its clock goes where the test says."""

    def __init__(self, folder: Path, start: datetime) -> None:
        self.address = ""
        self.log = folder / "serve.log"
        self.database = f"sqlite:///{folder / 'speedmentor.sqlite'}"
        self.key = new_key()
        self.ahead = folder / "clock"
        self._offset = start - real_now()
        self._tell()
        self._house = build(load_all(), Seal([self.key]))
        self._engine = store.connect(self.database)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.address.rsplit(":", 1)[1])

    def now(self) -> datetime:
        """Return the time on its clock."""
        return real_now() + self._offset

    def code(self) -> str:
        """Return a one-time code for a coordinator, as `app.py coordinator` prints it."""
        return store.run(self._engine, self._house, lambda db: coordinators.new_code(db, self.now()))

    async def wait(self, **time: float) -> None:
        """Let time go by. Wherever something is due the clock stands, until that has been done and delivered."""
        to = self.now() + timedelta(**time)
        while (moment := await self._done()) is not None and moment <= to:
            self._move(moment)
        self._move(to)
        await self._done()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _move(self, to: datetime) -> None:
        self._offset = max(self._offset, to - real_now())
        self._tell()

    def _tell(self) -> None:
        fresh = self.ahead.with_suffix(".new")
        fresh.write_text(str(self._offset.total_seconds()), encoding="utf-8")
        fresh.replace(self.ahead)  # at once: the program reads it whenever it wants to know the time

    async def _done(self) -> datetime | None:
        """Wait until it has done what is due; return when there will be more to do, or None if nothing is planned."""
        async with asyncio.timeout(PATIENCE):
            while True:
                moment, under_way = await asyncio.to_thread(self._look)
                if not under_way and (moment is None or moment > self.now()):
                    return moment
                await asyncio.sleep(0.05)

    def _look(self) -> tuple[datetime | None, int]:
        with store.transaction(self._engine, self._house, read_only=True) as db:
            soonest = db.execute(rows_of(func.min(col(Outbox.next_at))).where(col(Outbox.state).in_(WAITING))).scalar()
            sending = db.execute(rows_of(func.count()).where(col(Outbox.state) == "sending")).scalar_one()
            moments = [moment for moment in (due.next_due(db), soonest) if moment is not None]
        return min(moments, default=None), sending


@asynccontextmanager
async def serving(folder: Path, start: datetime, *arguments: str, **settings: str) -> AsyncIterator[Program]:
    """Run the program, with these settings and a new database, until it is told to stop; it must leave in good order.

    It is `start` when it begins. `arguments` are those of `serve`.
    """
    program = Program(folder, start)
    others = ("SPEEDMENTOR_", "SLACK_", "MICROSOFT_")
    known = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    own = {"SPEEDMENTOR_DATABASE": program.database, "SPEEDMENTOR_KEYS": program.key, "SPEEDMENTOR_PORT": "0"}
    with program.log.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.adapters.clients", str(program.ahead), *arguments),
            cwd=folder,
            env={**known, "PYTHONPATH": str(ROOT), **own, **settings},
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            told = (await process.stdout.readline()).decode()
        assert told.startswith("speedmentor serves "), program.log.read_text()
        program.address = next(word for word in told.split() if word.startswith("http")).rstrip(".")
        yield program
        process.terminate()
        async with asyncio.timeout(PATIENCE):
            await process.communicate()
        assert process.returncode == 0, program.log.read_text()
    finally:
        program.close()
        if process.returncode is None:
            process.kill()
            await process.communicate()


def serve_on_a_moved_clock(ahead: Path, arguments: Sequence[str]) -> None:
    """Be `app.py serve`; the time is that of the day and as many seconds more as the file says."""

    def now() -> datetime:
        return real_now() + timedelta(seconds=float(ahead.read_text(encoding="utf-8")))

    vars(app).update(real_now=now)
    app.cli(["serve", *arguments])


# ---------------------------------------------------------------------------------------------------- the clients


def from_npm(package: str, version: str, program: str) -> Path:
    """Return a file of an npm package, fetched once and kept in the user's cache; without npm the test is skipped."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip(f"npm is not installed, and {package} comes from there")
    if package.endswith("-linux-x64") and (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip(f"{package} runs on 64-bit Linux on Intel or AMD only")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "speedmentor-clients"
    folder = cache / f"{package.rsplit('/', 1)[-1]}-{version}"
    found = folder / "node_modules" / program
    if not found.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fetch = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", f"{package}@{version}"]
        subprocess.run(fetch, check=True, capture_output=True, timeout=300)
    return found


def a_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def running(command: Sequence[str], url: str, **settings: str) -> AsyncIterator[None]:
    """Run a client until the end of the block, which begins once the client answers at `url`."""
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **settings}, stdout=quiet, stderr=quiet)
    try:
        async with asyncio.timeout(PATIENCE), ClientSession() as session:
            while not await _answers(session, url):
                assert process.returncode is None, f"{Path(command[0]).name} has ended"
                await asyncio.sleep(0.1)
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _answers(session: ClientSession, url: str) -> bool:
    with suppress(ClientError):
        async with session.get(url) as answer:
            return answer.status == 200
    return False


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Lend a headless Chromium; without one the test is skipped, or fails where a browser is required."""
    path = find_chromium()
    if path is None:
        if os.environ.get("SPEEDMENTOR_REQUIRE_BROWSER") == "1":
            pytest.fail("no Chromium is installed, and SPEEDMENTOR_REQUIRE_BROWSER=1 asks for one")
        pytest.skip("no Chromium is installed")
    expect.set_options(timeout=PATIENCE * 1000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        yield browser
        await browser.close()


async def a_page(browser: Browser, viewport: ViewportSize | None = None) -> Page:
    """Return a tab of somebody's own, in London, which can reach nothing but this machine."""
    context = await browser.new_context(
        timezone_id="Europe/London", locale="en-GB", viewport=viewport or {"width": 1280, "height": 900}
    )
    context.set_default_timeout(PATIENCE * 1000)
    page = await context.new_page()
    await page.route(lambda url: not url.startswith("http://127.0.0.1:"), lambda route: route.abort())
    return page


async def shot(seen: Page | Locator, name: str) -> None:
    """Keep a picture, where somebody asked for pictures."""
    if SHOTS:
        await seen.screenshot(path=Path(SHOTS) / f"{name}.png")


async def picture(items: Locator, name: str, count: int, frame: FloatRect) -> None:
    """Keep a picture of the newest of these alone, as docs/images has it, where somebody asked for pictures.

    `frame` says how far left of the first and above it the picture begins, how wide it is, and what it has below.
    """
    if not SHOTS:
        return
    await items.page.mouse.move(0, 0)
    total = await items.count()
    await items.nth(total - 1).scroll_into_view_if_needed()
    first, last = [await items.nth(number).bounding_box() for number in (max(total - count, 0), total - 1)]
    assert first is not None
    assert last is not None
    left, top = first["x"] - frame["x"], first["y"] - frame["y"]
    height = last["y"] + last["height"] + frame["height"] - top
    clip: FloatRect = {"x": left, "y": top, "width": frame["width"], "height": height}
    await items.page.screenshot(path=Path(SHOTS) / f"{name}.png", clip=clip)


if __name__ == "__main__":
    serve_on_a_moved_clock(Path(sys.argv[1]), sys.argv[2:])
