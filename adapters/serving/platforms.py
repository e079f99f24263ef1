"""The platforms that a bot can be served on, and what each has to offer."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from aiohttp import web
from pydantic import ValidationError

from adapters.slack import connect as slack
from adapters.teams import connect as teams
from bot.chat.ports import Finding, Messenger, Receive, Vault


class Platform(Protocol):
    """A platform that is set up: the way out, the way in, and what starts and stops with the program."""

    @property
    def messenger(self) -> Messenger:
        """Return the way out."""
        ...

    def add_to(self, application: web.Application, receive: Receive) -> None:
        """Add the endpoints that the platform calls."""
        ...

    async def start(self, receive: Receive) -> None:
        """Open what has to be open to hear from it."""
        ...

    async def stop(self) -> None:
        """Close it."""
        ...

    async def check(self) -> list[Finding]:
        """Return how it is doing, for `doctor`."""
        ...


def connected(vault: Vault, now: Callable[[], datetime], *, unauthenticated: bool = False) -> dict[str, Platform]:
    """Return the platforms whose settings are there, by name; a ValueError's sentences say what is missing or wrong.

    With `unauthenticated`, Teams takes activities from anybody: for test clients on this machine only.
    """
    try:
        found: dict[str, Platform | None] = {
            "slack": slack.set_up(slack.SlackSettings(), vault, now),
            "teams": teams.set_up(teams.TeamsSettings(), vault, now, dangerously_unauthenticated=unauthenticated),
        }
    except ValidationError as error:
        raise ValueError("\n".join(f"{line['loc'][0]}: {line['msg']}" for line in error.errors())) from None
    return {name: platform for name, platform in found.items() if platform is not None}
