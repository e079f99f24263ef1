"""Being introduced in a conversation of their own: only if both would like it, and only where there is such a thing."""

from dataclasses import replace

import pytest
from sqlmodel import select

from bot.people.tables import Account
from tests.scenarios.conftest import Chat

GROUP = "ann+bob"
ASK = "Introduce us in a group"


@pytest.fixture
def grouped(matched: Chat) -> Chat:
    """A matched pair on a platform where the bot can open a conversation for two."""
    matched.house = replace(matched.house, groups=frozenset({"web"}))
    return matched


def test_both_are_introduced_once_both_have_asked(grouped: Chat) -> None:
    """Nobody hears that the other asked first; when both have, a conversation of the two opens, once."""
    ann, bob = grouped.person("ann"), grouped.person("bob")
    bob.says("matches")
    asked = len(ann.log)
    bob.presses(ASK)
    bob.sees("Until then, nobody is told.")
    assert len(ann.log) == asked
    ann.says("matches")
    ann.presses(ASK)
    ann.sees("You and Bob would both like to be introduced")
    bob.sees("You and Ann would both like to be introduced")
    group = grouped.person(GROUP)
    group.sees("Ann, meet Bob. Bob, meet Ann.")
    ann.says("matches")
    assert ASK not in ann.buttons()
    assert len(group.log) == 1


def test_a_second_press_of_the_same_side_introduces_nobody(grouped: Chat) -> None:
    """One wish stays one wish, however often the button is pressed."""
    bob = grouped.person("bob")
    bob.says("matches")
    bob.presses(ASK)
    bob.sends("introduce", "1")
    bob.sees("Until then, nobody is told.")
    assert not grouped.person(GROUP).log


def test_without_such_conversations_it_is_not_offered(matched: Chat) -> None:
    """Where the platform has no group conversations, nothing is offered, and a forged press changes nothing."""
    bob = matched.person("bob")
    bob.says("matches")
    assert ASK not in bob.buttons()
    bob.sends("introduce", "1")
    bob.sees("Where you stand")


def test_who_is_erased_leaves_no_trace_in_the_group(grouped: Chat) -> None:
    """The address of the conversation names both, so it goes with either of them."""
    ann, bob = grouped.person("ann"), grouped.person("bob")
    for person in (ann, bob):
        person.says("matches")
        person.presses(ASK)
    bob.says("erase me")
    bob.presses("Yes, erase everything")
    with grouped.db() as db:
        assert GROUP not in db.exec(select(Account.user)).all()
