"""A process is killed with signal 9 at every point between an event or a date and the message written down as sent.

Another one is started, the platform delivers again what nobody acknowledged, time goes by past every lease, and what
people see is counted.
"""

from pathlib import Path

import pytest
from sqlmodel import select

from bot.front.respond import respond
from bot.keeping.store import transaction
from bot.keeping.tables import Outbox
from tests.faults.deaths import DATE, REPLY
from tests.faults.platform import texts
from tests.faults.town import PAST_ALL_LEASES, Town, town
from tests.faults.worker import house

pytestmark = pytest.mark.xdist_group("faults")

KILLED = -9

# Where a platform cannot be asked what it has, these are the points at which nobody can know that it has taken the
# message: it is sent a second time, once. At all others, and everywhere on a platform that can be asked, it is not.
SEEN_TWICE = frozenset({"after platform", "before outcome commit"})

# Before anything is marked as being sent, it makes no difference what the platform can do
SENT_FROM = {REPLY: "after commit", DATE: "before sending commit"}


def each(points: tuple[str, ...]) -> pytest.MarkDecorator:
    """Return every point on a platform that can be asked, and those that matter on one that cannot."""
    asked = [pytest.param(point, True, id=f"{point}-asked") for point in points]
    later = points[points.index(SENT_FROM[points]) :]
    return pytest.mark.parametrize(
        ("point", "finds"), [*asked, *(pytest.param(point, False, id=f"{point}-not_asked") for point in later)]
    )


@each(REPLY)
async def test_a_reply_survives_a_kill(database_url: str, tmp_path: Path, point: str, *, finds: bool) -> None:
    """Whenever the process dies, what somebody said is answered, and once, save where nobody can know."""
    async with town(database_url, tmp_path, finds=finds) as lives:
        hello = lives.says("ada", "hello")
        worker = await lives.start(death=point)
        acknowledged = await lives.hands_in(hello, worker)
        assert await worker.ended() == KILLED
        lives.now.move(lives.now() + PAST_ALL_LEASES)
        another = await lives.start()
        if not acknowledged:
            assert await lives.hands_in(hello, another)
        await lives.settles()
        assert await lives.hands_in(lives.says("ada", "help"), another)
        await lives.settles()
        seen = lives.platform.seen_by("ada")
        greeting, guide = dict.fromkeys(seen)
        assert seen == [greeting] * (1 + (point in SEEN_TWICE and not finds)) + [guide]
        assert await another.stops() == 0


@each(DATE)
async def test_a_date_survives_a_kill(database_url: str, tmp_path: Path, point: str, *, finds: bool) -> None:
    """Whenever the process dies, a date that comes is noticed once and told once, save where nobody can know."""
    async with town(database_url, tmp_path, finds=finds) as lives:
        take_a_break(lives)
        worker = await lives.start(death=point)
        lives.later(days=4)
        assert await worker.ended() == KILLED
        lives.now.move(lives.now() + PAST_ALL_LEASES)
        another = await lives.start()
        await lives.settles()
        shown = texts(lives.platform.shown)
        assert sum(shown.values()) == 1 + (point in SEEN_TWICE and not finds)
        ((user, welcome),) = shown
        assert (user, "back" in welcome.lower()) == ("bob", True)
        assert await another.stops() == 0


def take_a_break(lives: Town) -> None:
    """Let Bob say that he takes a break until Thursday, and have seen the answer."""
    with transaction(lives.engine, house(lives.setup.key)) as db:
        respond(lives.says("bob", "pause until 14/01/2027"), db, lives.now())
        for row in db.exec(select(Outbox)):
            row.state, row.payload = "sent", ""
