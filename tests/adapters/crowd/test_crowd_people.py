"""Made-up people: who they are, and how they read cards."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from adapters.crowd.crowd import CircleError, Crowd
from adapters.crowd.humans import Human
from adapters.crowd.people import people
from adapters.crowd.reading import react
from bot.chat.cards import Button, Card, Choice, Field
from bot.chat.events import Address

NOW = datetime(2027, 3, 1, 10, tzinfo=UTC)


def test_the_same_seed_makes_the_same_people() -> None:
    """Another seed makes others; nobody shares a name or an address."""
    one, again, other = people(30, 40, 1, 60), people(30, 40, 1, 60), people(30, 40, 2, 60)
    assert one == again
    assert one != other
    assert len({each.name for each in one}) == len({each.answers["contact"] for each in one}) == len(one)


def test_people_are_as_many_as_asked_for() -> None:
    """Those who are both count on both sides."""
    roles = Counter(str(each.answers["role"]) for each in people(425, 550, 1, 60))
    assert roles["mentor"] + roles["both"] == 425
    assert roles["mentee"] + roles["both"] == 550
    assert roles["both"] > 0


def test_ten_thousand_people_have_ten_thousand_names() -> None:
    """There are enough of them."""
    everybody = people(4400, 5600, 1, 60)
    assert len({each.name for each in everybody}) == len(everybody)


def human(number: int = 0) -> Human:
    """Return somebody."""
    return Human(people(5, 5, 1, 60)[number], 1)


def asks(name: str, *choices: str) -> Card:
    """Return a question with a list."""
    listed = tuple(Choice(each, each) for each in choices)
    field = Field(name, name, "choice", listed)
    value = f"1:{name}"
    return Card("?", fields=(field,), buttons=(Button("Next", "answer", value),), typed=Button("", "answer", value))


def test_they_answer_with_what_the_card_offers() -> None:
    """Pressed or typed, it is one of the choices; nonsense comes at most first."""
    for number in range(9):
        somebody = human(number)
        ref = somebody.show(asks("colour", "Red", "Green"), "")
        for attempt in range(3):
            move = react(somebody, ref, somebody.screen[ref].card, NOW)
            assert move is not None
            answer = move.fields.get("colour", move.text)
            assert attempt == 0 or str(answer).casefold() in {"red", "green"}


def test_they_give_up_on_a_question_that_never_ends() -> None:
    """Nobody answers the same question a hundred times."""
    somebody = human()
    ref = somebody.show(asks("colour", "Red"), "")
    moves = [react(somebody, ref, somebody.screen[ref].card, NOW) for _ in range(50)]
    assert sum(move is not None for move in moves) < 10


def crowd() -> Crowd:
    """Return a few people who have begun."""
    found = Crowd(people(5, 5, 1, 60), 1)
    found.begin(NOW, 60, "COORD-2222-3333-4444")
    return found


def test_the_coordinator_comes_first_and_everybody_in_order() -> None:
    """Time never goes back; the same crowd does the same."""

    def lived() -> list[tuple[datetime, str]]:
        everybody, done = crowd(), []
        for _ in range(30):
            at = everybody.next_at()
            assert at is not None
            for event in everybody.act():
                done.append((at, event.id))
                show(everybody, event.who.user, Card("?"), event.id)
        return done

    once = lived()
    assert once == lived()
    assert once[0][1] == "cora-1"
    assert [at for at, _ in once] == sorted(at for at, _ in once)


def show(everybody: Crowd, user: str, card: Card, key: str, replaces: str = "") -> str:
    """Send somebody a card and return its reference."""
    outcome = asyncio.run(everybody.messenger.send(Address("crowd", "town", user), card, key=key, replaces=replaces))
    return f"{outcome.state}:{outcome.ref}"


def test_a_message_shows_once_for_each_key() -> None:
    """A second delivery is counted and not shown; a redrawn message keeps its place."""
    everybody = crowd()
    assert show(everybody, "p1", Card("one"), "a") == show(everybody, "p1", Card("one"), "a") == "sent:p1/1"
    assert everybody.messenger.again == 1
    assert show(everybody, "p1", Card("uno"), "b", "p1/1") == "sent:p1/1"
    assert [shown.card.text for shown in everybody.people["p1"].screen.values()] == ["uno"]


def test_the_platform_fails_now_and_then_but_not_for_ever() -> None:
    """The second attempt succeeds, and what was taken without a word is not shown twice."""
    everybody = crowd()
    everybody.messenger.fails = 1.0
    states = set()
    for number in range(20):
        states.add(show(everybody, "p1", Card(str(number)), f"k{number}").split(":")[0])
        assert show(everybody, "p1", Card(str(number)), f"k{number}").startswith("sent")
    assert states == {"retry", "unknown"}
    assert len(everybody.people["p1"].screen) == 20


def test_somebody_who_blocked_the_bot_is_unreachable() -> None:
    """And does nothing any more."""
    everybody = crowd()
    everybody.messenger.blocked.add("p1")
    assert show(everybody, "p1", Card("one"), "a") == "unreachable:"


def test_going_round_in_circles_is_noticed() -> None:
    """A bot that asks the same for ever is stopped, with a name and a day."""
    everybody = crowd()
    card = Card("?", buttons=(Button("Yes", "held", "1:yes"), Button("No", "held", "1:no")))

    def live() -> None:
        for number in range(20000):
            everybody.it_is(everybody.next_at() or NOW)
            for event in everybody.act():
                show(everybody, event.who.user, card, f"{number}{event.id}")

    with pytest.raises(CircleError, match="has done 150 things on"):
        live()
    assert everybody.now - NOW < timedelta(days=60)
