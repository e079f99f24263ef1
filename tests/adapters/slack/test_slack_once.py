"""From what somebody types to what they see, with the whole bot between: once, also when answers are lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlmodel import Session, select

from adapters.slack.connect import Slack
from bot.keeping.store import connect
from bot.keeping.tables import Outbox
from bot.people.tables import Account, Person
from bot.programme.house import House
from scheduling.clock import DemoClock, DemoTime, real_now
from scheduling.running import Bot
from tests.adapters.slack.conftest import NOW, FakeSlack, Heard, Outside, event, message


@pytest_asyncio.fixture
async def bot(
    slack: Slack, outside: Outside, heard: Heard, sqlite_databases: Callable[[], str], house: House
) -> AsyncIterator[Bot]:
    """Put the whole bot behind the endpoint, on a clock that can be moved."""
    assert outside is not None
    assert heard.events == []
    engine = connect(sqlite_databases())
    clock = DemoClock(engine, house, {"slack": slack.messenger}, DemoTime(NOW - real_now()))
    bot = Bot(engine, house, clock)
    slack._receive = bot.receive
    yield bot
    await clock.stop()
    engine.dispose()


async def _waits(bot: Bot, **time: float) -> None:
    await bot.clock.settled()
    assert isinstance(bot.clock, DemoClock)
    await bot.clock.advance(bot.clock.now() + timedelta(**time))


def _outbox(bot: Bot) -> list[str]:
    with Session(bot.engine) as db:
        return [row.state for row in db.exec(select(Outbox).order_by("id")).all()]


@pytest.mark.parametrize("fault", ["take", "drop", "500", "html", "429:90", "token_revoked"])
async def test_an_answer_is_seen_once(bot: Bot, outside: Outside, fake: FakeSlack, fault: str) -> None:
    """Whatever becomes of the first attempt, a quarter of an hour later there is one answer."""
    fake.faults["chat.postMessage"] = [fault]
    assert (await outside.delivers(event(message("hello"))))[0] == 200
    await _waits(bot, minutes=15)
    assert len(fake.messages) == 1
    assert _outbox(bot) == ["sent"]


async def test_repeated_deliveries_are_answered_once(bot: Bot, outside: Outside, fake: FakeSlack) -> None:
    """Slack delivers an event again when it thinks that the first time failed; that is answered once."""
    answers = await asyncio.gather(*(outside.delivers(event(message("hello"))) for _ in range(4)))
    assert {status for status, _ in answers} == {200}
    await _waits(bot, minutes=5)
    assert len(fake.messages) == 1


async def test_somebody_who_left_is_seen_by_the_coordinator(bot: Bot, outside: Outside, fake: FakeSlack) -> None:
    """A deactivated person ends as not reachable, in the database, and nothing more is tried."""
    fake.faults["chat.postMessage"] = ["is_archived"]
    await outside.delivers(event(message("hello")))
    await _waits(bot, minutes=15)
    assert fake.messages == []
    assert _outbox(bot) == ["dead"]
    with Session(bot.engine) as db:
        assert db.exec(select(Account.reachable)).all() == [False]


async def test_what_slack_suggests_is_kept(bot: Bot, outside: Outside) -> None:
    """Name, address and zone of the profile are there when somebody registers."""
    await outside.delivers(event(message("hello")))
    await _waits(bot, minutes=1)
    with Session(bot.engine) as db:
        (person,) = db.exec(select(Person)).all()
    account = person.account
    assert (account.suggestion, account.email, person.zone) == ("Ines Rossi", "ines@example.gov.uk", "Europe/Paris")
