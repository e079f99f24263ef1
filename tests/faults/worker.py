"""A bot in a process of its own, composed as `app.py` does it: events come in over HTTP, messages go out over HTTP.

An event is acknowledged once it is committed, as platforms want it. The time is read from a file that the test moves.
"""

import asyncio
import logging
import multiprocessing
import signal
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

from bot.calendar.times import Calendar
from bot.chat.events import Event, Pressed, Said
from bot.front.parts import build, load_all
from bot.keeping.seal import Seal
from bot.keeping.store import connect
from bot.programme.house import House
from scheduling import clock as clocks
from scheduling.clock import Clock
from scheduling.outbox import sending
from scheduling.running import Bot
from tests.faults.deaths import Death
from tests.faults.platform import NAME, SharedTime, address, messenger

# Read here, so that a process which is made from one that has read this module need not do it again
PROGRAMMES = {"speed": load_all()["speed"]}
CALENDAR = Calendar()
for _url in ("sqlite://", "postgresql://"):
    connect(_url).dispose()

TICK = 0.1  # seconds
PATIENCE = timedelta(seconds=1)  # of real time, for one call; leases are of the time that the test moves

_context = multiprocessing.get_context("forkserver")
_started = False


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker is started with; `death` is the point at which it is killed, if any."""

    database: str
    key: str
    time: Path
    platform: str
    finds: bool = True
    pace: float = 20
    death: str = ""


def processes() -> ForkServerContext:
    """Return a maker of processes that have read all the modules already."""
    global _started  # noqa: PLW0603 - there is one server for a whole test process
    if not _started:
        forkserver._forkserver._stop()  # type: ignore[attr-defined]  # one that other tests have started knows less
        _context.set_forkserver_preload([__name__])
        _started = True
    return _context


def house(key: str) -> House:
    """Return the house that all workers live in."""
    return build(PROGRAMMES, Seal([key]), calendar=CALENDAR)


def serve(setup: Setup, door: Connection) -> None:
    """Run until told to stop; the port is told through the door."""
    logging.basicConfig(level=logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    clocks.TICK = TICK
    sending.PATIENCE = PATIENCE
    asyncio.run(_serve(setup, door))


async def _serve(setup: Setup, door: Connection) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    death = Death(setup.death)
    engine, now = connect(setup.database), SharedTime(setup.time)
    death.waits_in(engine)
    way = messenger(setup.platform, now, setup.pace, finds=setup.finds)
    death.waits_before(way)
    clock = Clock(engine, house(setup.key), {NAME: way}, now)
    bot = Bot(engine, house(setup.key), clock)

    async def take(request: web.Request) -> web.StreamResponse:
        happened = _event(await request.json())
        death.at("event received")
        try:
            await bot.receive(happened)
        except Exception as error:  # noqa: BLE001 - the platform is told to try again
            return web.Response(status=503, text=type(error).__name__)
        death.at("before acknowledgement")
        response = web.Response()
        await response.prepare(request)
        await response.write_eof()
        death.at("after acknowledgement")
        return response

    application = web.Application()
    application.add_routes([web.post("/event", take)])
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    clock.start()
    door.send(runner.addresses[0][1])
    await stop.wait()
    await clock.stop()
    await runner.cleanup()
    await way.close()
    engine.dispose()
    now.close()


def _event(data: dict[str, Any]) -> Event:
    who = address(data["user"])
    if data["kind"] == "said":
        return Said(data["id"], who, data["text"])
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in data["fields"].items()}
    return Pressed(data["id"], who, data["action"], data["value"], fields, data["card"])


def as_data(happened: Said | Pressed) -> dict[str, object]:
    """Return an event as it travels to a worker."""
    data: dict[str, object] = {"id": happened.id, "user": happened.who.user}
    if isinstance(happened, Said):
        return {**data, "kind": "said", "text": happened.text}
    press = {"action": happened.action, "value": happened.value, "fields": dict(happened.fields)}
    return {**data, **press, "kind": "pressed", "card": happened.card}
