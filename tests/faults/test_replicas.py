"""Several bots on one database live through a programme while they are killed and cut off from it."""

import asyncio
from pathlib import Path

import pytest

from tests.conftest import NewDatabase
from tests.faults.proxy import Proxy
from tests.faults.replicas import Outcome, Plan, live
from tests.faults.town import PAST_ALL_LEASES, town, until
from tests.faults.worker import PATIENCE

pytestmark = pytest.mark.xdist_group("faults")


async def test_three_replicas_lose_nothing(postgres_databases: NewDatabase, tmp_path: Path) -> None:
    """Three bots on one PostgreSQL: whatever dies or hangs meanwhile, nothing is lost, double or stuck."""
    outcome = await live(postgres_databases(), tmp_path, Plan(people=20, weeks=10, replicas=3))
    lived_well(outcome)
    assert outcome.cuts.total() > 0


async def test_one_bot_on_sqlite_loses_nothing(sqlite_databases: NewDatabase, tmp_path: Path) -> None:
    """One bot on a file: it is killed again and again, and nothing is lost, double or stuck."""
    lived_well(await live(sqlite_databases(), tmp_path, Plan(people=18, weeks=9, replicas=1, kill_every=2)))


async def test_a_rolling_restart_loses_nothing(database_url: str, tmp_path: Path) -> None:
    """Bots that are asked to stop finish what they have begun; the next ones go on; every reply comes once."""
    async with town(database_url, tmp_path) as lives:
        lives.platform.moody = lambda _: "slow"
        users = [f"user{number}" for number in range(12)]
        worker = await lives.start()
        for some in (users[:4], users[4:8], users[8:]):
            said = [lives.says(user, "hello") for user in some]
            handed = asyncio.gather(*(lives.hands_in(each, worker) for each in said))
            await until(lambda: lives.platform.under_way)
            another = await lives.start()
            stopped, taken = await asyncio.gather(worker.stops(), handed)
            assert stopped == 0
            for each, acknowledged in zip(said, taken, strict=True):
                assert acknowledged or await lives.hands_in(each, another)
            assert not [state for _, state, _ in lives.waiting() if state == "unknown"]
            worker = another
        lives.platform.moody = lambda _: ""
        await until(lambda: all(state == "sending" for _, state, _ in lives.waiting()) and not lives.platform.under_way)
        await asyncio.sleep(2 * PATIENCE.total_seconds())  # a reply that a stopping bot has left keeps its lease
        lives.now.move(lives.now() + PAST_ALL_LEASES)
        await lives.settles()
        assert [len(lives.platform.seen_by(user)) for user in users] == [1] * len(users)
        assert await worker.stops() == 0


async def test_a_bot_that_is_cut_off_is_replaced(postgres_databases: NewDatabase, tmp_path: Path) -> None:
    """While the database does not answer, a bot sends nothing new and acknowledges nothing; another one does it."""
    database = postgres_databases()
    async with town(database, tmp_path) as lives, Proxy(database).open() as proxy:
        cut_off = await lives.start(database=proxy.url)
        assert await lives.hands_in(lives.says("ada", "hello"), cut_off)
        await lives.settles()
        proxy.turn("hang")
        hello = lives.says("bob", "hello")
        first = asyncio.create_task(lives.hands_in(hello, cut_off))
        await asyncio.sleep(0.3)
        assert lives.platform.seen_by("bob") == []
        lives.now.move(lives.now() + PAST_ALL_LEASES)
        another = await lives.start()
        proxy.turn("reset")
        assert await lives.hands_in(hello, another)
        await lives.settles()
        await first  # handled too, and found to be handled already; or the platform was told to try again
        assert len(lives.platform.seen_by("bob")) == 1
        assert [await worker.stops() for worker in (cut_off, another)] == [0, 0]


async def test_what_a_bot_held_when_it_was_cut_off_is_sent_once(
    postgres_databases: NewDatabase, tmp_path: Path
) -> None:
    """A message under way while the database goes away may be shown, but not once more by who takes over."""
    database = postgres_databases()
    async with town(database, tmp_path) as lives, Proxy(database).open() as proxy:
        cut_off = await lives.start(database=proxy.url)
        lives.platform.moody = lambda _: "slow"
        assert await lives.hands_in(lives.says("ada", "hello"), cut_off)
        await until(lambda: lives.platform.under_way)
        proxy.turn("hang")
        await until(lambda: not lives.platform.under_way)
        lives.now.move(lives.now() + PAST_ALL_LEASES)
        another = await lives.start()
        await until(lambda: not lives.waiting())
        proxy.turn("reset")
        assert len(lives.platform.seen_by("ada")) == 1
        assert lives.platform.looked.total() == 1
        assert [await worker.stops() for worker in (cut_off, another)] == [0, 0]


def lived_well(outcome: Outcome) -> None:
    """Assert that all went well, and that there was something to go wrong."""
    assert (outcome.lost, outcome.double, outcome.stuck, outcome.broken) == ([], [], [], [])
    assert outcome.weeks >= outcome.plan.weeks - 1
    assert outcome.kills > 0
    assert outcome.funnel.registered > 3
    assert outcome.funnel.pairs > 0
    assert outcome.events > 100
