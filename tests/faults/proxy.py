"""A network that can be bad: a TCP proxy in front of a database that passes, delays, hangs, resets or is down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import make_url

Mode = Literal["pass", "slow", "hang", "reset", "down"]

SLOWNESS = 0.05  # seconds more for everything that is said
GLANCE = 0.02  # seconds between two looks whether a hang is over
BLOCK = 65536  # bytes


@dataclass
class Proxy:
    """Stands in front of the PostgreSQL at `behind`; `url` is the way through it."""

    behind: str
    mode: Mode = "pass"
    url: str = ""
    _ends: set[asyncio.StreamWriter] = field(default_factory=set)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Proxy"]:
        """Listen on loopback."""
        server = await asyncio.start_server(self._let_in, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        plain = {"sslmode": "disable", "gssencmode": "disable"}
        through = make_url(self.behind).set(host="127.0.0.1", port=port, query=plain)
        self.url = through.render_as_string(hide_password=False)
        try:
            yield self
        finally:
            server.close()
            self.turn("reset")
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)
            await server.wait_closed()

    def turn(self, mode: Mode) -> None:
        """Be like this from now on; `reset` and `down` break what is open, and `down` lets nobody in."""
        self.mode = mode
        if mode in {"reset", "down"}:
            for end in self._ends:
                end.transport.abort()
        if mode == "reset":
            self.mode = "pass"

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode == "down":
            writer.transport.abort()
            return
        url = make_url(self.behind)
        folder = url.query.get("host")
        if isinstance(folder, str):
            there = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{url.port or 5432}")
        else:
            there = await asyncio.open_connection(url.host, url.port or 5432)
        pumps = [asyncio.create_task(self._pump(reader, there[1])), asyncio.create_task(self._pump(there[0], writer))]
        self._under_way.update(pumps)
        self._ends.update((writer, there[1]))
        await asyncio.wait(pumps)
        self._under_way.difference_update(pumps)
        for end in (writer, there[1]):
            self._ends.discard(end)
            end.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while block := await source.read(BLOCK):
                if self.mode == "slow":
                    await asyncio.sleep(SLOWNESS)
                while self.mode == "hang":  # noqa: ASYNC110 - whoever turns it back tells nobody
                    await asyncio.sleep(GLANCE)
                sink.write(block)
                await sink.drain()
        sink.transport.abort()
