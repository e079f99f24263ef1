"""Serving a bot: its web application on a socket, from its start until somebody tells the program to stop."""

import asyncio
import signal
import socket
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from aiohttp import web

from adapters.health import connect as health
from adapters.serving.platforms import Platform
from bot.chat.cards import Card
from bot.chat.events import Event

MOST_BYTES = 1024 * 1024  # of a request


class Running(Protocol):
    """A bot that is set up, as far as those who serve it have to know."""

    async def receive(self, event: Event) -> Card | None:
        """Handle an event; see bot.chat.ports.Receive."""
        ...

    def start(self) -> None:
        """Begin to do what falls due and to deliver what was decided."""
        ...

    async def stop(self) -> None:
        """End that, once what is under way is finished."""
        ...

    async def settled(self) -> None:
        """Wait until the replies under way have been delivered."""
        ...

    async def ready(self) -> Mapping[str, str]:
        """Return "ok" for each part, or what it lacks."""
        ...

    async def figures(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        ...


def website(bot: Running, platforms: Collection[Platform]) -> web.Application:
    """Return the endpoints of all platforms, and what orchestrators and monitoring ask."""
    application = web.Application(client_max_size=MOST_BYTES)
    health.add_to(application, bot.ready, bot.figures)
    for platform in platforms:
        platform.add_to(application, bot.receive)
    return application


async def serve(
    application: web.Application,
    door: socket.socket,
    bot: Running,
    platforms: Collection[Platform],
    greet: Callable[[], object],
) -> None:
    """Serve the application on this socket until the program is told to stop; `greet` is called once all is open."""
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.SockSite(runner, door).start()
    bot.start()
    for platform in platforms:
        await platform.start(bot.receive)
    greet()
    await _told_to_stop()
    await bot.stop()  # what is under way is finished; what comes in from now on is kept for whoever runs next
    await runner.cleanup()
    await bot.settled()
    for platform in platforms:
        await platform.stop()


async def _told_to_stop() -> None:
    """Wait for Ctrl-C or for whoever runs this program to end it."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    await told.wait()
