"""Replies to what somebody just did: they go out at once, from the process that handled it."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Engine
from sqlmodel import Session

from bot.chat.ports import Messenger, Outcome
from bot.front.respond import message
from bot.keeping.store import write
from bot.keeping.tables import Outbox
from scheduling.outbox.jobs import Delivered, Job, Told, as_job, mark, spread
from scheduling.outbox.lanes import paces
from scheduling.outbox.outcomes import release, settle
from scheduling.outbox.queries import BEHIND
from scheduling.outbox.sending import send


def take(rows: Sequence[Outbox], db: Session, now: datetime) -> list[Job]:
    """Mark these fresh replies as being sent by the caller, who hands them over after the commit.

    Left out is what waits for its time or its lane, and what has to wait behind an earlier message to its reader.
    """
    fresh = [row for row in rows if not row.bulk and row.next_at <= now]
    if not fresh:
        return []
    known = {"readers": {row.person_id for row in fresh}, "oldest": min(row.id for row in fresh)}
    behind = set(db.execute(BEHIND, known).scalars())
    jobs = []
    for row in fresh:
        shown = message(row, db) if row.person_id not in behind else None
        if shown is not None:
            jobs.append(as_job(row, *mark(row, now), *shown))
    return jobs


async def hand_over(
    engine: Engine,
    messengers: Mapping[str, Messenger],
    now: Callable[[], datetime],
    jobs: Iterable[Job],
    told: Told | None = None,
) -> Delivered:
    """Send what `take` has marked: each reader's messages in order, different readers' side by side."""
    readers: defaultdict[int, list[Job]] = defaultdict(list)
    for job in jobs:
        readers[job.person_id].append(job)
    lines = (_in_order(engine, messengers, now, line, told) for line in readers.values())
    ends = Counter(end for line in await asyncio.gather(*lines) for end in line)
    return Delivered(**ends)


async def _in_order(
    engine: Engine,
    messengers: Mapping[str, Messenger],
    now: Callable[[], datetime],
    line: Sequence[Job],
    told: Told | None,
) -> list[str]:
    ends: list[str] = []
    for number, job in enumerate(line):
        outcome = await send(messengers[job.platform], job, now) if job.platform in messengers else Outcome("retry")
        write_down = partial(settle, landed=[(job, outcome)], paced=paces(messengers), now=now())
        ends += spread(await asyncio.to_thread(write, engine, write_down), told)
        if outcome.state in {"retry", "unknown"}:
            rest = partial(release, jobs=line[number + 1 :], now=now())
            await asyncio.to_thread(write, engine, rest)
            break
    return ends
