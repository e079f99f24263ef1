"""What a platform does wrong: each fault alone, on a platform that can be asked what it has and on one that cannot."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from bot.chat.events import Address
from bot.keeping.store import insert_once, transaction
from bot.keeping.tables import Lane, Outbox
from bot.people import persons
from bot.people.tables import Person, Workspace
from bot.programme.house import House
from scheduling.outbox import Delivered, Job, deliver, hand_over, sending, take
from tests.faults.platform import NAME, RETRY_AFTER, TENANT, Fault, HttpMessenger, Platform, messenger, scripted
from tests.scheduling.platforms import MINUTE, NOON, Watch, add_message, add_person

pytestmark = pytest.mark.xdist_group("faults")

# How often somebody sees a message after this fault, where the platform can be asked and where it cannot
SEEN: dict[Fault, tuple[int, int]] = {
    "busy": (1, 1),
    "broken": (1, 1),
    "closed": (1, 1),
    "html": (1, 1),
    "hangs": (1, 1),
    "drops it": (1, 1),
    "slow": (1, 1),
    "takes it and drops": (1, 2),
    "takes it and hangs": (1, 2),
    "takes it and says 500": (1, 2),
}


@dataclass
class Post:
    """A platform, the way to it, and a clock."""

    engine: Engine
    house: House
    platform: Platform
    watch: Watch
    way: HttpMessenger

    def write(self, user: str, *texts: str, bulk: bool = False) -> list[int]:
        """Store messages for somebody."""
        with transaction(self.engine, self.house) as db:
            person = self.person(user, db)
            insert_once(Workspace, {"network_id": 1, "platform": NAME, "tenant": TENANT}, db)
            return [add_message(db, person, text, bulk=bulk, platform=NAME).id for text in texts]

    def person(self, user: str, db: Session) -> Person:
        """Return somebody of this platform."""
        found = persons.find(Address(NAME, TENANT, user), db) or add_person(db, user)
        found.account.platform = NAME
        return found

    async def deliver(self, holder: str = "one") -> Delivered:
        """Deliver what waits."""
        return await deliver(self.engine, self.house, {NAME: self.way}, self.watch, holder=holder)

    async def deliver_all(self) -> None:
        """Deliver, time and again, until nothing waits."""
        for _ in range(10):
            await self.deliver()
            self.watch.later(MINUTE)

    def states(self) -> list[str]:
        """Return the states of all messages."""
        with transaction(self.engine, self.house) as db:
            return list(db.exec(select(Outbox.state).order_by(Outbox.id)).all())  # type: ignore[arg-type]


@pytest.fixture(params=[True, False], ids=["asked", "not_asked"])
async def post(
    engine: Engine, house: House, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Post]:
    """A platform that can be asked what it has, and one that cannot."""
    monkeypatch.setattr(sending, "PATIENCE", timedelta(seconds=0.5))
    async with Platform(finds=request.param).open() as platform:
        watch = Watch()
        way = messenger(platform.url, watch, 20, finds=request.param)
        yield Post(engine, house, platform, watch, way)
        await way.close()


@pytest.mark.parametrize("fault", list(SEEN))
async def test_no_fault_loses_a_message(post: Post, fault: Fault) -> None:
    """Whatever the platform does, the message arrives, before the next one to its reader; twice at the very most."""
    post.write("ada", "first", "second")
    post.platform.script = scripted(fault)
    await post.deliver_all()
    times = SEEN[fault][0 if post.platform.finds else 1]
    assert post.platform.seen_by("ada") == ["first"] * times + ["second"]
    assert post.states() == ["sent", "sent"]


async def test_two_faults_in_a_row_lose_nothing_where_the_platform_can_be_asked(post: Post) -> None:
    """In doubt again after a second try: looked up again where that is possible, and given up elsewhere."""
    post.write("ada", "first")
    post.platform.script = scripted("drops it", "broken", "drops it", "takes it and drops")
    await post.deliver_all()
    if post.platform.finds:
        assert (post.platform.seen_by("ada"), post.states()) == (["first"], ["sent"])
    else:
        assert (post.platform.seen_by("ada"), post.states()) == ([], ["dead"])


async def test_a_busy_platform_is_left_alone(post: Post) -> None:
    """After a 429 nothing goes out in bulk to that tenant until the time is over, and replies do."""
    post.write("ada", "news", bulk=True)
    post.write("bob", "news", bulk=True)
    post.platform.script = scripted("busy", "busy")
    await post.deliver()
    asked = post.platform.asked.total()
    post.watch.later(timedelta(seconds=RETRY_AFTER - 1))
    post.write("cyd", "reply")
    await post.deliver()
    assert post.platform.asked.total() == asked + 1
    assert post.platform.seen_by("cyd") == ["reply"]
    with transaction(post.engine, post.house) as db:
        (lane,) = db.exec(select(Lane)).all()
        assert lane.next_at >= NOON + timedelta(seconds=RETRY_AFTER)
    await post.deliver_all()
    assert [post.platform.seen_by(user) for user in ("ada", "bob")] == [["news"], ["news"]]


async def test_a_process_that_stood_still_sends_nothing(post: Post) -> None:
    """Whoever held a message for so long that another may have sent it leaves it alone; the other sends it, once."""
    (number,) = post.write("ada", "hello")
    jobs = _taken(post, number)
    post.watch.later(timedelta(seconds=59.9))
    assert await hand_over(post.engine, {NAME: post.way}, post.watch, jobs) == Delivered(retry=1)
    assert post.platform.asked.total() == 0
    await post.deliver_all()
    assert post.platform.seen_by("ada") == ["hello"]


async def test_a_long_line_of_replies_does_not_outlast_its_lease(post: Post) -> None:
    """Replies that wait behind slow ones are put back in time, and come later, each once and in order."""
    numbers = post.write("ada", "one", "two", "three")
    jobs = _taken(post, *numbers)
    send = post.way.send

    async def slowly(*args: object, **named: object) -> object:
        post.watch.later(timedelta(seconds=40))
        return await send(*args, **named)  # type: ignore[arg-type]

    post.way.send = slowly  # type: ignore[method-assign,assignment]
    ends = await hand_over(post.engine, {NAME: post.way}, post.watch, jobs)
    assert (ends.sent, ends.retry, post.platform.seen_by("ada")) == (2, 1, ["one", "two"])
    post.way.send = send  # type: ignore[method-assign]
    await post.deliver_all()
    assert post.platform.seen_by("ada") == ["one", "two", "three"]


def _taken(post: Post, *numbers: int) -> list[Job]:
    with transaction(post.engine, post.house) as db:
        rows = [db.get(Outbox, number) for number in numbers]
        return take([row for row in rows if row], db, post.watch())
