"""Delivery: in order, once, and with an honest record of what became of every message, on both databases."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import select

from bot.chat.events import Address
from bot.chat.ports import Outcome
from bot.keeping.seal import Seal, new_key
from bot.keeping.store import connect, insert_once, transaction
from bot.keeping.tables import Handled, Outbox
from bot.people import persons
from bot.people.tables import Account, OpenCard, Person, Workspace
from bot.programme.house import House
from scheduling.outbox import (
    AT_ONCE,
    LANE_LEASE,
    Delivered,
    deliver,
    hand_over,
    let_go,
    next_delivery,
    purge,
    sending,
    take,
)
from tests.scheduling.platforms import (
    MINUTE,
    NOON,
    SENT,
    Findable,
    Platform,
    Slow,
    Watch,
    add_message,
    add_person,
    until,
)
from tests.scheduling.worker import deliver_and_die, processes

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def fill(engine: Engine, house: House, *words: str, user: str = "ada", **options: Any) -> list[int]:
    """Store messages to one person, and return their ids."""
    with transaction(engine, house) as db:
        person = persons.find(Address("web", "home", user), db) or add_person(db, user)
        return [add_message(db, person, each, **options).id for each in words]


def row(engine: Engine, house: House, number: int) -> Outbox:
    """Return a message as it is stored now."""
    with transaction(engine, house, read_only=True) as db:
        found = db.get(Outbox, number)
        assert found is not None
        return found


def states(engine: Engine, house: House, numbers: Sequence[int]) -> list[str]:
    """Return the messages' states."""
    return [row(engine, house, number).state for number in numbers]


async def test_a_message_is_sent_and_its_content_forgotten(engine: Engine, house: House) -> None:
    """What was sent is marked so, with the platform's reference, and its text is gone from the database."""
    (number,) = fill(engine, house, "hello")
    platform, watch = Platform(), Watch(NOON + SECOND)
    assert await deliver(engine, house, {"web": platform}, watch) == Delivered(sent=1)
    assert platform.asked == [("ada", "hello", "ada:hello")]
    sent = row(engine, house, number)
    assert (sent.state, sent.ref, sent.payload, sent.attempts) == ("sent", "ref-ada:hello", "", 1)
    assert sent.done_at == watch()
    assert await deliver(engine, house, {"web": platform}, watch) == Delivered()
    assert len(platform.asked) == 1


async def test_one_persons_messages_keep_their_order(engine: Engine, house: House) -> None:
    """Messages to one person go out one by one, in the order they were decided."""
    fill(engine, house, "one", "two", "three", "four")
    platform = Platform(pause=0.01)
    assert (await deliver(engine, house, {"web": platform}, Watch())).sent == 4
    assert platform.texts == ["one", "two", "three", "four"]
    assert platform.most_at_once == 1


async def test_different_people_do_not_wait_for_each_other(engine: Engine, house: House) -> None:
    """Messages to many go out together, up to a bound."""
    for number in range(3 * AT_ONCE):
        fill(engine, house, "hello", user=f"person {number}")
    platform = Platform(pause=0.05)
    assert (await deliver(engine, house, {"web": platform}, Watch())).sent == 3 * AT_ONCE
    assert platform.most_at_once == AT_ONCE


async def test_a_message_for_later_holds_up_none_that_come_after_it(engine: Engine, house: House) -> None:
    """A nudge for somebody's morning waits for it; a reply to what they do meanwhile goes at once."""
    (later,) = fill(engine, house, "good morning")
    with transaction(engine, house) as db:
        nudge = db.get(Outbox, later)
        assert nudge is not None
        nudge.next_at = NOON + DAY
    fill(engine, house, "reply")
    platform = Platform()
    await deliver(engine, house, {"web": platform}, Watch(NOON + SECOND))
    assert platform.texts == ["reply"]
    await deliver(engine, house, {"web": platform}, Watch(NOON + DAY))
    assert platform.texts == ["reply", "good morning"]


async def test_nothing_overtakes_a_message_that_waits(engine: Engine, house: House) -> None:
    """While a message waits for another try, later ones to the same person wait behind it; others go."""
    held = fill(engine, house, "one", "two")
    fill(engine, house, "hello", user="grace")
    platform, watch = Platform([Outcome("retry", not_before=NOON + MINUTE)]), Watch()
    assert await deliver(engine, house, {"web": platform}, watch) == Delivered(retry=1, sent=1)
    assert states(engine, house, held) == ["retry", "pending"]
    assert await deliver(engine, house, {"web": platform}, watch) == Delivered()
    watch.later(MINUTE)
    assert (await deliver(engine, house, {"web": platform}, watch)).sent == 2
    assert platform.texts == ["one", "hello", "one", "two"]


async def test_a_late_message_is_not_sent(engine: Engine, house: House) -> None:
    """What is worth nothing any more expires unsent, is forgotten, and lets the next one pass."""
    late, early = (*fill(engine, house, "soon", expires_at=NOON), *fill(engine, house, "later"))
    platform = Platform()
    assert await deliver(engine, house, {"web": platform}, Watch()) == Delivered(expired=1, sent=1)
    assert platform.texts == ["later"]
    assert states(engine, house, [late, early]) == ["expired", "sent"]
    assert row(engine, house, late).payload == ""


async def test_pauses_between_tries_grow(engine: Engine, house: House) -> None:
    """A message that is not taken is tried again after growing pauses, a little apart from others."""
    (number,) = fill(engine, house, "hello")
    platform, watch, pauses = Platform([Outcome("retry", reason="http_503")] * 9), Watch(), []
    for _ in range(9):
        assert (await deliver(engine, house, {"web": platform}, watch)).retry == 1
        waiting = row(engine, house, number)
        assert (waiting.state, waiting.reason) == ("retry", "http_503")
        pauses.append((waiting.next_at - watch()).total_seconds())
        watch.at = waiting.next_at
    for pause, longest in zip(pauses, [5, 10, 20, 40, 80, 160, 320, 600, 600], strict=True):
        assert longest / 2 <= pause <= longest
    assert (await deliver(engine, house, {"web": platform}, watch)).sent == 1
    assert row(engine, house, number).attempts == 10


async def test_a_full_lane_holds_what_goes_out_in_bulk(engine: Engine, house: House) -> None:
    """Where a tenant has to wait, its bulk messages wait, but not replies, nor other tenants."""
    with transaction(engine, house) as db:
        first, second, other = (
            add_person(db, "ada"),
            add_person(db, "grace"),
            add_person(db, "mary", tenant="elsewhere"),
        )
        limited = add_message(db, first, "limited", bulk=True).id
        behind = add_message(db, second, "bulk", bulk=True).id
        reply = add_message(db, second, "reply").id
        elsewhere = add_message(db, other, "bulk", bulk=True).id
    platform, until = Platform([Outcome("retry", not_before=NOON + MINUTE, lane=True)]), NOON + MINUTE
    assert await deliver(engine, house, {"web": platform}, Watch(), only=[limited]) == Delivered(retry=1)
    assert [row(engine, house, number).next_at for number in (limited, behind, reply, elsewhere)] == [
        until,
        until,
        NOON,
        NOON,
    ]


async def test_bulk_keeps_the_pace_of_its_lane_and_replies_do_not_wait(engine: Engine, house: House) -> None:
    """Two a second go out in bulk to a tenant; a reply goes at once; another tenant has a lane of its own."""
    announce(engine, house, 5)
    announce(engine, house, 3, tenant="elsewhere")
    (reply,) = fill(engine, house, "reply", user="grace")
    platform, watch, seen = Slow(), Watch(), []
    for _ in range(4):
        await deliver(engine, house, {"web": platform}, watch, holder="one")
        seen.append(len(platform.shown))
        with transaction(engine, house) as db:
            soonest = next_delivery(db, {"web": platform})
        assert soonest == (watch() + SECOND if len(seen) < 3 else None)
        watch.later(SECOND)
    assert seen == [5, 8, 9, 9]
    assert row(engine, house, reply).done_at == NOON


async def test_one_process_at_a_time_has_a_lane(engine: Engine, house: House) -> None:
    """While its lease lasts nobody else sends in bulk; who stops lets go, and who dies is followed a little later."""
    announce(engine, house, 8)
    platform, watch = Slow(), Watch()
    for holder, wait, shown in (
        ("one", SECOND, 2),
        ("two", SECOND, 2),
        ("one", LANE_LEASE - SECOND, 4),
        ("two", SECOND, 4),
        ("two", SECOND, 6),
    ):
        await deliver(engine, house, {"web": platform}, watch, holder=holder)
        assert len(platform.shown) == shown
        watch.later(wait)
    with engine.begin() as connection:
        let_go(connection, "two", watch())
    await deliver(engine, house, {"web": platform}, watch, holder="one")
    assert len(platform.shown) == 8


async def test_a_platform_that_asks_for_patience_moves_its_lane(engine: Engine, house: House) -> None:
    """What is decided while a lane has to wait waits too; replies go."""
    announce(engine, house, 2)
    platform, watch = Slow([Outcome("retry", not_before=NOON + MINUTE, lane=True)], pace=1), Watch()
    assert await deliver(engine, house, {"web": platform}, watch, holder="one") == Delivered(retry=1)
    announce(engine, house, 1, tenant="home", first=2)
    fill(engine, house, "reply", user="grace")
    watch.later(MINUTE - SECOND)
    assert await deliver(engine, house, {"web": platform}, watch, holder="one") == Delivered(sent=1)
    with transaction(engine, house) as db:
        assert next_delivery(db, {"web": platform}) == NOON + MINUTE
    for _ in range(3):
        watch.later(SECOND)
        assert await deliver(engine, house, {"web": platform}, watch, holder="one") == Delivered(sent=1)


async def test_replies_taken_at_once_keep_their_order(engine: Engine, house: House) -> None:
    """Replies are marked where they are decided and sent after the commit; one that is not taken holds those behind."""
    numbers = fill(engine, house, "one", "two", "three")
    platform, watch = Platform([SENT, Outcome("retry", not_before=NOON + MINUTE)]), Watch()
    with transaction(engine, house) as db:
        jobs = take([db.get_one(Outbox, number) for number in numbers], db, NOON)
    assert states(engine, house, numbers) == ["sending"] * 3
    assert await hand_over(engine, {"web": platform}, watch, jobs) == Delivered(sent=1, retry=1)
    assert states(engine, house, numbers) == ["sent", "retry", "pending"]
    watch.later(MINUTE)
    assert await deliver(engine, house, {"web": platform}, watch) == Delivered(sent=2)
    assert platform.texts == ["one", "two", "two", "three"]


async def test_a_reply_behind_something_that_waits_is_not_taken(engine: Engine, house: House) -> None:
    """What its reader was to see before goes first; what is for later, or in bulk, is not taken either."""
    fill(engine, house, "before")
    (behind,) = fill(engine, house, "behind")
    (bulk,) = announce(engine, house, 1)
    (free,) = fill(engine, house, "free", user="grace")
    with transaction(engine, house) as db:
        rows = [db.get_one(Outbox, number) for number in (behind, bulk, free)]
        assert [job.id for job in take(rows, db, NOON)] == [free]
        assert take(rows, db, NOON - SECOND) == []


def announce(engine: Engine, house: House, people: int, tenant: str = "home", first: int = 0) -> list[int]:
    """Store a message in bulk to so many people of a tenant; return their ids."""
    with transaction(engine, house) as db:
        numbers = []
        for number in range(first, first + people):
            person = add_person(db, f"{tenant} {number}", tenant=tenant)
            numbers.append(add_message(db, person, "news", bulk=True).id)
        insert_once(Workspace, {"network_id": 1, "platform": "web", "tenant": tenant}, db)
        return numbers


@pytest.mark.parametrize("answer", [Outcome("unknown"), ConnectionResetError("with something private")])
async def test_an_unknown_outcome_is_sent_again_once_with_the_same_key(
    engine: Engine, house: House, answer: Outcome | Exception
) -> None:
    """After a minute a message goes out again, once; if that is unclear too, it is given up and the next one goes."""
    numbers = fill(engine, house, "hello", "next")
    platform, watch = Platform([answer, answer]), Watch()
    assert await deliver(engine, house, {"web": platform}, watch) == Delivered(unknown=1)
    assert states(engine, house, numbers) == ["unknown", "pending"]
    watch.later(59 * SECOND)
    assert await deliver(engine, house, {"web": platform}, watch) == Delivered()
    watch.later(SECOND)
    assert await deliver(engine, house, {"web": platform}, watch) == Delivered(dead=1, sent=1)
    assert [key for _, _, key in platform.asked] == ["ada:hello", "ada:hello", "ada:next"]
    assert states(engine, house, numbers) == ["dead", "sent"]
    given_up = row(engine, house, numbers[0])
    assert (given_up.payload, "private" in given_up.reason) == ("", False)
    assert given_up.reason in {"unknown", "ConnectionResetError"}


async def test_what_the_platform_has_is_not_sent_again(engine: Engine, house: House) -> None:
    """Where a platform can be asked, a message in doubt is looked up, and found means sent."""
    (number,) = fill(engine, house, "hello")
    platform, watch = Findable([Outcome("unknown")]), Watch()
    await deliver(engine, house, {"web": platform}, watch)
    platform.shown["ada:hello"] = "hello"
    watch.later(MINUTE)
    assert await deliver(engine, house, {"web": platform}, watch) == Delivered(sent=1)
    assert (len(platform.asked), platform.looked) == (1, ["ada:hello"])
    assert row(engine, house, number).ref == "found-ada:hello"


async def test_what_the_platform_does_not_have_is_sent_again(engine: Engine, house: House) -> None:
    """A look that finds nothing leads to a second try; a look that fails is repeated and costs no try."""
    fill(engine, house, "hello")
    platform, watch = Findable([Outcome("unknown")], fails=2), Watch()
    await deliver(engine, house, {"web": platform}, watch)
    for _ in range(2):
        watch.later(MINUTE)
        assert await deliver(engine, house, {"web": platform}, watch) == Delivered(unknown=1)
    watch.later(MINUTE)
    assert await deliver(engine, house, {"web": platform}, watch) == Delivered(sent=1)
    assert (len(platform.asked), len(platform.looked)) == (2, 3)


async def test_a_platform_that_hangs_is_not_waited_for(
    engine: Engine, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that does not come back in time counts as unknown."""
    monkeypatch.setattr(sending, "PATIENCE", timedelta(milliseconds=20))
    fill(engine, house, "hello")
    assert await deliver(engine, house, {"web": Platform(pause=60)}, Watch()) == Delivered(unknown=1)


async def test_somebody_who_cannot_be_reached_is_marked(engine: Engine, house: House) -> None:
    """A message to somebody who has left is dead, and the person is shown as unreachable."""
    (number,) = fill(engine, house, "hello")
    assert await deliver(engine, house, {"web": Platform([Outcome("unreachable")])}, Watch()) == Delivered(dead=1)
    dead = row(engine, house, number)
    assert (dead.state, dead.reason, dead.payload) == ("dead", "unreachable", "")
    with transaction(engine, house) as db:
        assert db.exec(select(Account.reachable)).all() == [False]


async def test_a_refused_message_is_dead_with_its_reason(engine: Engine, house: House) -> None:
    """What a platform will never take is not tried again, and the operator can see why."""
    (number,) = fill(engine, house, "hello")
    platform = Platform([Outcome("refused", reason="too_long")])
    assert await deliver(engine, house, {"web": platform}, Watch()) == Delivered(dead=1)
    assert (row(engine, house, number).state, row(engine, house, number).reason) == ("dead", "too_long")


async def test_a_message_to_somebody_erased_is_not_sent(engine: Engine, house: House) -> None:
    """Nothing is sent to somebody who has been erased meanwhile."""
    (number,) = fill(engine, house, "hello")
    with transaction(engine, house) as db:
        db.exec(select(Person)).one().state = "erased"
    platform = Platform()
    assert await deliver(engine, house, {"web": platform}, Watch()) == Delivered(dead=1)
    assert platform.asked == []
    assert (row(engine, house, number).reason, row(engine, house, number).payload) == ("reader_gone", "")


async def test_a_message_that_cannot_be_opened_stops_nobody(engine: Engine, house: House) -> None:
    """A message sealed with a lost key waits for the key, and the others go."""
    (closed,) = fill(engine, House({}, Seal([new_key()])), "closed")
    fill(engine, house, "open", user="grace")
    platform = Platform()
    assert await deliver(engine, house, {"web": platform}, Watch()) == Delivered(retry=1, sent=1)
    assert platform.texts == ["open"]
    assert row(engine, house, closed).reason == "NotYoursError"


async def test_a_platform_that_is_not_connected_keeps_its_messages(engine: Engine, house: House) -> None:
    """Messages for a platform without a messenger stay, and are counted."""
    (number,) = fill(engine, house, "hello", platform="slack")
    with transaction(engine, house) as db:
        insert_once(Workspace, {"network_id": 1, "platform": "slack", "tenant": "home"}, db)
    assert await deliver(engine, house, {"web": Platform()}, Watch()) == Delivered(stranded=1)
    assert states(engine, house, [number]) == ["pending"]
    with transaction(engine, house) as db:
        assert next_delivery(db, {"web": Platform()}) is None
        assert next_delivery(db, {"web": Platform(), "slack": Platform()}) == NOON


async def test_a_reply_takes_what_its_reader_is_owed_along(engine: Engine, house: House) -> None:
    """Asked for one message only, delivery sends what its reader was to see before it, and nothing else."""
    before, wanted, after = fill(engine, house, "before", "wanted", "after")
    (other,) = fill(engine, house, "other", user="grace")
    platform = Platform()
    assert await deliver(engine, house, {"web": platform}, Watch(), only=[wanted]) == Delivered(sent=2)
    assert platform.texts == ["before", "wanted"]
    assert states(engine, house, [before, wanted, after, other]) == ["sent", "sent", "pending", "pending"]
    assert await deliver(engine, house, {"web": platform}, Watch(), only=[]) == Delivered()


async def test_a_limit_is_kept(engine: Engine, house: House) -> None:
    """No more messages are taken up than were asked for."""
    fill(engine, house, "one", "two", "three")
    assert (await deliver(engine, house, {"web": Platform()}, Watch(), limit=2)).sent == 2


async def test_two_that_deliver_at_once_send_nothing_twice(engine: Engine, house: House) -> None:
    """Three deliverers at work on the same messages send each once, and each reader's in order."""
    for number in range(15):
        fill(engine, house, "one", "two", "three", user=f"person {number}")
    platform = Platform(pause=0.002)
    ends = await asyncio.gather(*(deliver(engine, house, {"web": platform}, Watch()) for _ in range(3)))
    await deliver(engine, house, {"web": platform}, Watch())  # what the last of them was waiting behind
    assert sum(end.sent for end in ends) <= 45
    assert len(platform.asked) == len(platform.shown) == 45
    for number in range(15):
        assert [text for user, text, _ in platform.asked if user == f"person {number}"] == ["one", "two", "three"]


async def test_who_comes_late_has_nothing_to_say(engine: Engine, house: House) -> None:
    """A deliverer that was taken for dead does not overwrite what became of the message since."""
    (number,) = fill(engine, house, "hello")
    slow, watch = Platform([Outcome("retry")], pause=0.2), Watch()
    late = asyncio.create_task(deliver(engine, house, {"web": slow}, watch))
    await until(lambda: bool(slow.asked))
    quick = Platform()
    assert (await deliver(engine, house, {"web": quick}, Watch(NOON + MINUTE))).sent == 1
    await late
    assert row(engine, house, number).state == "sent"


async def test_a_process_that_is_killed_leaves_doubt_not_loss(database_url: str, tmp_path: Path) -> None:
    """Killed after the platform took the message and before that was written down: it goes again, with the same key."""
    key, shown = new_key(), tmp_path / "shown"
    engine, house = connect(database_url), House(programmes={}, seal=Seal([key]))
    numbers = fill(engine, house, "hello", "next")
    victim = processes().Process(target=deliver_and_die, args=(database_url, key, shown))
    victim.start()
    await asyncio.to_thread(victim.join, 60)
    assert victim.exitcode == -9
    assert shown.read_text().split() == ["ada:hello"]
    assert states(engine, house, numbers) == ["sending", "pending"]
    platform, watch = Platform(), Watch(NOON + 59 * SECOND)
    assert await deliver(engine, house, {"web": platform}, watch) == Delivered()
    watch.later(SECOND)
    assert await deliver(engine, house, {"web": platform}, watch) == Delivered(sent=2)
    assert [sent_with for _, _, sent_with in platform.asked] == ["ada:hello", "ada:next"]
    engine.dispose()


async def test_cancelled_delivery_leaves_doubt_not_loss(engine: Engine, house: House) -> None:
    """Delivery that is broken off leaves its messages to be taken up after a minute."""
    (number,) = fill(engine, house, "hello")
    platform = Platform(pause=60)
    task = asyncio.create_task(deliver(engine, house, {"web": platform}, Watch()))
    await until(lambda: bool(platform.asked))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert platform.at_once == 0
    assert row(engine, house, number).state == "sending"
    assert (await deliver(engine, house, {"web": Platform()}, Watch(NOON + MINUTE))).sent == 1


async def test_what_nobody_needs_is_purged(engine: Engine, house: House) -> None:
    """Event ids go after a week and messages after a month, but not those waiting, nor those still to be answered."""
    asked, before, done = fill(engine, house, "asked", "before", "done")
    await deliver(engine, house, {"web": Platform()}, Watch())
    (waiting,) = fill(engine, house, "waiting")
    with transaction(engine, house) as db:
        person = db.exec(select(Person)).one()
        for number in (asked, before):
            db.add(OpenCard(person_id=person.id, outbox_id=number, token="sealed", shown_at=NOON))
        db.add(Handled(digest="old", at=NOON))
        db.add(Handled(digest="new", at=NOON + 30 * DAY))
    for now, events, messages in (
        (NOON + 7 * DAY, {"old", "new"}, {asked, before, done, waiting}),
        (NOON + 30 * DAY + SECOND, {"new"}, {asked, before, waiting}),
        (NOON + 70 * DAY + SECOND, set(), {waiting}),
    ):
        with transaction(engine, house) as db:
            purge(db, now)
        with transaction(engine, house) as db:
            assert set(db.exec(select(Handled.digest))) == events
            assert set(db.exec(select(Outbox.id))) == messages


async def test_delivery_does_not_read_what_was_delivered(engine: Engine, house: House) -> None:
    """What waits is found by indexes of waiting messages, however many were delivered before."""
    fill(engine, house, "delivered")
    await deliver(engine, house, {"web": Platform()}, Watch())
    columns = "person_id, account_id, platform, tenant, state, bulk, payload, replaces, next_at, attempts, ref, reason"
    columns += ", created_at"
    with engine.connect() as connection:
        for _ in range(11):
            copied = f"SELECT {columns}, (SELECT count(*) FROM outbox) || '/' || id FROM outbox"  # noqa: S608 - our own names
            connection.exec_driver_sql(f"INSERT INTO outbox ({columns}, key) {copied}")
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    (number,) = fill(engine, house, "waiting")
    asked: list[tuple[str, Any]] = []

    def listen(*seen: Any) -> None:
        asked.append((seen[2], seen[3]))

    event.listen(engine, "before_cursor_execute", listen)
    for only in (None, [number]):
        await deliver(engine, house, {"web": Platform([Outcome("retry", not_before=NOON)])}, Watch(), only=only)
    event.remove(engine, "before_cursor_execute", listen)
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    looks = [(query, values) for query, values in asked if "earlier" in query or "count" in query]
    assert len(looks) >= 4
    with engine.connect() as connection:
        for query, values in looks:
            plan = "\n".join(str(line) for line in connection.exec_driver_sql(explain + query, values))
            assert "ix_outbox_waiting" in plan or "ix_outbox_turn" in plan
            assert "Seq Scan on outbox" not in plan
            assert "SCAN outbox'" not in plan
