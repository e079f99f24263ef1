"""Coordinators come and go: a code from the chat, stepping down, taking the role from somebody who has left."""

import re

import pytest

from bot.desk.words import (
    DISMISSED,
    ONLY_COORDINATOR,
    SOMEBODY_DISMISSED,
    SOMEBODY_STEPPED_DOWN,
    STEP_DOWN,
    STEPPED_DOWN,
)
from bot.people.tables import Audit, Person
from bot.people.words import FOR_COORDINATORS, NO_NAME_YET
from tests.scenarios.conftest import Chat, Talker


def two(chat: Chat) -> tuple[Talker, Talker]:
    """Return two coordinators; the second was invited by the first."""
    cora = chat.coordinator()
    chat.open_round()
    cora.says("coordinators")
    cora.presses("Invite a coordinator")
    code = re.search(r"COORD-\S+", cora.reads())
    assert code
    dan = chat.person("dan")
    dan.says(code[0])
    dan.sees("You are a coordinator")
    dan.registers("mentor", name="Dan Doe")
    for each in (cora, dan):
        each.news()
    return cora, dan


@pytest.mark.postgres
def test_a_coordinator_invites_another_from_the_chat(chat: Chat) -> None:
    """The code works once; from then on both coordinate, and both are named."""
    cora, dan = two(chat)
    dan.says("admin")
    dan.sees("Registration is open.")
    cora.says("coordinators")
    cora.sees("• you", "• Dan Doe")


@pytest.mark.postgres
def test_a_coordinator_steps_down(chat: Chat) -> None:
    """They see nothing of the rounds any more, and take part as before; the other one is told."""
    cora, dan = two(chat)
    dan.says("coordinators")
    dan.presses("Step down")
    dan.sees("What you take part in yourself stays")
    (told,) = dan.presses("Yes, I step down", twice=True)
    assert told.card.text == STEPPED_DOWN
    assert [message.card.text for message in cora.news()] == [SOMEBODY_STEPPED_DOWN.format(name="Dan Doe")]
    dan.says("admin")
    dan.sees(FOR_COORDINATORS)
    dan.says("status")
    dan.sees("registered")


def test_a_coordinator_who_has_left_is_removed(chat: Chat) -> None:
    """Any coordinator can do it; the person is told by whom, the other coordinators too, and it is written down."""
    cora, dan = two(chat)
    eve = chat.coordinator("eve")
    cora.says("coordinators")
    cora.presses("Remove Dan Doe")
    cora.sees("Dan Doe would not see the rounds any more")
    cora.presses("Leave it as it is")
    cora.sees("• Dan Doe")
    cora.presses("Remove Dan Doe")
    cora.presses("Yes, remove them", twice=True)
    assert [message.card.text for message in dan.news()] == [DISMISSED.format(by=NO_NAME_YET)]
    told = SOMEBODY_DISMISSED.format(name="Dan Doe", by=NO_NAME_YET)
    assert [message.card.text for message in eve.news()].count(told) == 1
    assert not any(row.coordinator for row in chat.rows(Person) if row.account.user == "dan")
    assert [row.action for row in chat.rows(Audit)].count("took the role of coordinator away") == 1
    dan.says("admin")
    dan.sees(FOR_COORDINATORS)


def test_the_last_coordinator_stays(chat: Chat) -> None:
    """Nobody is left alone with a programme: who coordinates alone is asked to invite somebody first."""
    cora, dan = two(chat)
    for each in (cora, dan):
        each.says("coordinators")
        each.presses("Step down")
    cora.presses("Yes, I step down")
    (refused,) = dan.presses("Yes, I step down")
    assert ONLY_COORDINATOR in refused.text
    assert STEP_DOWN not in refused.text
    dan.says("admin")
    dan.sees("Registration is open.")


def test_who_is_removed_meanwhile_cannot_remove(chat: Chat) -> None:
    """An old card of somebody who does not coordinate any more changes nothing."""
    cora, dan = two(chat)
    for each, label in ((cora, "Remove Dan Doe"), (dan, f"Remove {NO_NAME_YET}")):
        each.says("coordinators")
        each.presses(label)
    cora.presses("Yes, remove them")
    dan.presses("Yes, remove them")
    dan.sees(FOR_COORDINATORS)
    assert [row.account.user for row in chat.rows(Person) if row.coordinator] == ["cora"]


def test_a_word_is_an_answer_where_a_question_waits(chat: Chat) -> None:
    """Somebody whose answer is "coordinator" is understood so."""
    chat.open_round()
    ann = chat.person("ann").fills_in("mentee", until="name")
    ann.says("Coordinator")
    assert ann.asked() != "name"
