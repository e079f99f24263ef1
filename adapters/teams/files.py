"""Files for somebody on Teams, where a bot cannot post one: kept sealed for a while, and saved to their own drive.

A card offers to save its files. Whoever presses that is asked by Teams itself whether the file may go to their drive;
with a yes, Teams names a place for it.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.chat.cards import Card, File
from bot.chat.events import Address
from bot.chat.ports import Vault

KEPT = timedelta(days=30)


class Files:
    """What was offered and not yet forgotten; only the person it was offered to can have it."""

    def __init__(self, vault: Vault, now: Callable[[], datetime]) -> None:
        self._vault = vault
        self._now = now

    async def keep(self, card: Card, who: Address, key: str) -> list[str]:
        """Keep the files of a card for its reader; return the names under which they are kept, in their order."""
        names = []
        for number, file in enumerate(card.files):
            name = hashlib.sha256(f"{_owner(who)}/{key}/{number}".encode()).hexdigest()[:32]
            kept = json.dumps([_owner(who), file.name, file.mime, file.content])
            await asyncio.to_thread(self._vault.keep, f"teams:file:{name}", kept, self._now() + KEPT)
            names.append(name)
        return names

    async def find(self, name: str, who: Address) -> File | None:
        """Return the file of this name if it is kept for them."""
        kept = await asyncio.to_thread(self._vault.read, f"teams:file:{name}")
        owner, *parts = json.loads(kept) if kept else ("",)
        return File(*parts) if owner == _owner(who) else None


def _owner(who: Address) -> str:
    return f"{who.tenant}/{who.user}"
