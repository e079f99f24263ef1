"""Somebody with two accounts is one person: the same home from either, and messages at the one that they used last."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from bot.chat.cards import Card
from bot.chat.events import Address, Event, Lost, Pressed, Said
from bot.chat.ports import Outcome
from bot.front.respond import message, respond
from bot.keeping.store import run, transaction
from bot.keeping.tables import Outbox
from bot.people import accounts, persons
from bot.people.tables import Account, Person
from bot.programme.house import House
from scheduling.due import handle_one
from scheduling.outbox import deliver
from scheduling.watch import look
from tests.scheduling.platforms import MINUTE, NOON, Platform, Watch, add_message

SLACK, TEAMS = Address("slack", "T1", "U1", "D1"), Address("teams", "tenant", "ann", "conversation")


@pytest.fixture
def ann(engine: Engine, house: House) -> int:
    """Somebody who came by Slack, and whose account on Teams was made theirs; the number of their row."""
    with transaction(engine, house) as db:
        person = persons.sender(SLACK, db, NOON)
        person.name, person.account.suggestion, person.account.email = "Ann", "Ann S.", "ann@slack.example"
        other = Account(person_id=person.id, platform="teams", tenant="tenant", user="ann", route="conversation")
        other.current, other.suggestion, other.email = False, "Ann T.", "ann@teams.example"
        db.add(other)
        return person.id


def told(event: Event, engine: Engine, house: House) -> list[tuple[Address, Card]]:
    """Let something happen; return what is shown because of it, and where."""
    with transaction(engine, house) as db:
        rows = respond(event, db, NOON)
        assert {(row.platform, row.tenant) for row in rows} == {(to.platform, to.tenant) for to, _ in shown(rows, db)}
        return shown(rows, db)


def shown(rows: list[Outbox], db: Session) -> list[tuple[Address, Card]]:
    """Return what messages show, and where."""
    return [each for row in rows if (each := message(row, db)) is not None]


def current(engine: Engine, house: House) -> list[str]:
    """Return the platforms of the accounts that people are written to at."""
    with transaction(engine, house, read_only=True) as db:
        return list(db.exec(select(Account.platform).where(col(Account.current)).order_by(col(Account.id))))


def reachable(engine: Engine, house: House) -> dict[str, bool]:
    """Return whether the account on each platform can be reached."""
    with transaction(engine, house, read_only=True) as db:
        return {each.platform: each.reachable for each in db.exec(select(Account))}


def test_they_see_the_same_from_either(ann: int, engine: Engine, house: House) -> None:
    """Whichever they write from, they are the same person, and are answered there, by the way they came."""
    cards = []
    for number, who in enumerate((TEAMS, SLACK, SLACK, TEAMS)):
        ((to, card),) = told(Said(f"said {number}", who, "status"), engine, house)
        assert (to, to.route) == (who, who.route)
        assert current(engine, house) == [who.platform]
        cards.append(card)
    assert cards == [cards[0]] * 4
    with transaction(engine, house) as db:
        assert db.exec(select(Person.id)).all() == [ann]


def test_what_comes_later_goes_where_they_wrote_last(ann: int, engine: Engine, house: House) -> None:
    """A message goes to the account that was current when it was decided."""
    for number, who in enumerate((TEAMS, SLACK)):
        told(Said(f"said {number}", who, "status"), engine, house)
        with transaction(engine, house) as db:
            db.get_one(Person, ann).resume_due_at = NOON + number * MINUTE
        done = handle_one(engine, house, NOON + number * MINUTE)
        assert done is not None
        with transaction(engine, house) as db:
            ((to, _),) = shown([db.get_one(Outbox, each) for each in done.messages], db)
        assert to == who


async def test_a_message_that_waits_goes_where_it_was_to_go(ann: int, engine: Engine, house: House) -> None:
    """Writing from another account does not send after them what was decided before."""
    with transaction(engine, house) as db:
        add_message(db, db.get_one(Person, ann), "hello", bulk=True)
    told(Said("said", TEAMS, "status"), engine, house)
    slack, teams = Platform(), Platform()
    assert (await deliver(engine, house, {"slack": slack, "teams": teams}, Watch())).sent == 2
    assert [user for user, _, _ in slack.asked] == [SLACK.user]
    assert [user for user, _, _ in teams.asked] == [TEAMS.user]


async def test_one_account_that_is_gone_leaves_the_other(ann: int, engine: Engine, house: House) -> None:
    """Whoever blocks the bot on one platform is still reached on the other, where they have written since."""
    with transaction(engine, house) as db:
        add_message(db, db.get_one(Person, ann), "hello")
    told(Said("said", TEAMS, "status"), engine, house)
    gone = Platform([Outcome("unreachable", reason="blocked")])
    done = await deliver(engine, house, {"slack": gone, "teams": Platform()}, Watch())
    assert (done.dead, done.sent) == (1, 1)
    assert reachable(engine, house) == {"slack": False, "teams": True}
    assert look(engine, house, Watch()).unreachable == {}
    told(Lost("lost", TEAMS), engine, house)
    assert reachable(engine, house) == {"slack": False, "teams": False}
    assert look(engine, house, Watch()).unreachable == {"teams": 1}
    told(Said("back", SLACK, "status"), engine, house)
    assert reachable(engine, house) == {"slack": True, "teams": False}
    assert look(engine, house, Watch()).unreachable == {}


def test_both_are_forgotten(ann: int, engine: Engine, house: House) -> None:
    """Nothing of either account stays with who has been erased; whoever writes from one again is a newcomer."""
    ((to, _),) = told(Pressed("erase", TEAMS, "erase_surely"), engine, house)
    assert to == TEAMS
    with transaction(engine, house) as db:
        person = db.get_one(Person, ann)
        left = accounts.all_of(person, db)
        assert (person.state, len(left)) == ("erased", 2)
        assert all(each.user.startswith("erased-") for each in left)
        assert {(each.route, each.suggestion, each.email) for each in left} == {("", "", "")}
        assert accounts.find(SLACK, db) is None
        newcomer = persons.find(TEAMS, db)
        assert newcomer is not None
        assert (newcomer.id != ann, newcomer.name, newcomer.account.email) == (True, "", "")


@pytest.mark.usefixtures("ann")
def test_my_data_tells_of_both(engine: Engine, house: House) -> None:
    """What each platform knows is in the file."""
    ((_, card),) = told(Said("mine", TEAMS, "my data"), engine, house)
    found = json.loads(card.files[0].content)
    assert (found["platform"], found["name_known_to_platform"]) == ("teams", "Ann T.")
    assert found["other_accounts"] == [
        {
            "name_known_to_platform": "Ann S.",
            "email_known_to_platform": "ann@slack.example",
            "platform": "slack",
        }
    ]


def test_somebody_who_comes_twice_at_once_is_one(engine: Engine, house: House) -> None:
    """Of two transactions that meet the same newcomer, one finds what the other has stored."""
    ready = Barrier(2)

    def come(db: Session) -> int:
        if accounts.find(SLACK, db) is None:
            with suppress(BrokenBarrierError):  # on SQLite they come one after the other
                ready.wait(1)
        return persons.sender(SLACK, db, NOON).id

    with transaction(engine, house) as db:
        persons.network_of(SLACK.platform, SLACK.tenant, db, NOON)
    with ThreadPoolExecutor(2) as pool:
        numbers = {each.result() for each in [pool.submit(run, engine, house, come) for _ in range(2)]}
    assert len(numbers) == 1
