"""One call of a platform: with patience, and with an honest answer on what became of the message."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

import structlog

from bot.chat.events import Address
from bot.chat.ports import Messenger, Outcome
from scheduling.outbox.jobs import Job

PATIENCE = timedelta(seconds=45)  # for one call of a platform; less than the lease
MOST_LOOKS = 60  # at a message of unknown outcome, on a platform that can look it up, before it is given up

log = structlog.get_logger()


@runtime_checkable
class Finder(Protocol):
    """A messenger whose platform can say whether it took a message."""

    async def find(self, to: Address, key: str, since: datetime) -> str | None:
        """Return the reference of the message with this key, shown to them since then, or None if it is not there."""
        ...


async def send(messenger: Messenger, job: Job, now: Callable[[], datetime]) -> Outcome:
    """Return what became of the message; whatever the messenger raises leaves that open."""
    in_doubt = job.was in {"unknown", "sending"}
    if now() > job.lease_until - PATIENCE:  # this process stood still, or waited long for the database
        return Outcome("unknown" if in_doubt else "retry", reason="too_late")
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            if in_doubt and isinstance(messenger, Finder):
                ref = await messenger.find(job.to, job.key, job.created_at)
                if ref is not None:
                    return Outcome("sent", ref=ref)
            job.resent = job.was == "unknown" and not (isinstance(messenger, Finder) and job.attempt < MOST_LOOKS)
            return await messenger.send(job.to, job.card, key=job.key, replaces=job.replaces)
    except Exception as error:  # noqa: BLE001 - an adapter's mistake must not stop delivery
        log.warning("outcome unknown", message=job.id, platform=job.platform, error=type(error).__name__)
        return Outcome("unknown", reason=type(error).__name__)
