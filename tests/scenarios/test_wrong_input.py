"""Nonsense, odd characters and floods of words: always an answer, never an exception, nothing lost."""

import pytest

from bot.people.tables import Registration
from bot.people.words import FOR_COORDINATORS, NOT_UNDERSTOOD
from tests.scenarios.conftest import MENTOR, Chat

ODD = (
    "",
    "   ",
    "?",
    "0",
    "99",
    "-1",
    "²",
    "purple elephant",
    "a" * 5000,
    "9" * 5000,
    "<script>alert(1)</script>",
    "{name} %s {0} {{}}",
    "'; DROP TABLE person; --",
    "👩🏽‍🚀 Zoë \u202e Ñandú",
    "line\nbreak\tand\x0bmore",
    "COORD-",
    "lock Ann with Bob",
)


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_a_newcomer_may_say_anything(opened: Chat, odd: str) -> None:
    """Whatever comes first, the answer says how to begin."""
    bob = opened.person("bob")
    assert bob.says(odd) != []
    assert "Register" in bob.buttons()


@pytest.mark.parametrize("question", ["consent", "role", "grade", "identity_wish", "availability", "zone"])
def test_every_question_survives_nonsense(opened: Chat, question: str) -> None:
    """Where an answer has to be one of some, nothing else is taken, and the same question is still open."""
    bob = opened.person("bob").fills_in("mentee", until=question)
    for odd in (text for text in ODD if text.strip() and text not in {"0", "99", "-1", "²"}):
        bob.says(odd)
        assert (bob.asked(), odd) == (question, odd)
    bob.registers()
    assert [row.state for row in opened.rows(Registration)] == ["registered"]


def test_markup_in_a_name_stays_text(opened: Chat) -> None:
    """What somebody types is shown as it was typed, and braces or percent signs break no sentence."""
    opened.person("ann").registers(**MENTOR, name="{name} <b>%s</b>")
    bob = opened.person("bob").registers("mentee")
    opened.announced()
    bob.sees("{name} <b>%s</b>")
    bob.says("status")
    bob.says("book")
    bob.presses(bob.buttons()[0])
    opened.person("ann").presses("Accept")
    bob.sees("Booked", "{name} <b>%s</b>")
    assert bob.screen[-1].calendar[0] == "PUBLISH"


@pytest.mark.postgres
@pytest.mark.parametrize("question", ["name", "department", "biography"])
def test_a_zero_byte_is_no_trouble(opened: Chat, question: str) -> None:
    """A character that a database cannot hold does not stop a conversation."""
    bob = opened.person("bob").fills_in(until=question)
    bob.says("Bob\x00by")
    assert bob.asked() != ""


def test_words_that_nobody_understands_show_the_open_question_again(matched: Chat) -> None:
    """Outside a question too: a kind sentence, and what can be pressed now."""
    bob = matched.person("bob")
    bob.says("flibbertigibbet")
    assert NOT_UNDERSTOOD.format(text="flibbertigibbet") in "".join(message.text for message in bob.screen[-2:])
    assert bob.buttons() != []


def test_help_is_always_there(opened: Chat) -> None:
    """In the middle of a free-text question the word "help" still helps, and the question stays open."""
    bob = opened.person("bob").fills_in(until="name")
    bob.says("help")
    bob.sees("What you can say", "withdraw, or erase me")
    bob.says("register")
    assert bob.asked() == "name"


def test_a_coordinators_words_are_not_for_others(matched: Chat) -> None:
    """A participant who types what only coordinators may do is told so, or not understood; nothing changes."""
    bob = matched.person("bob")
    for text in ("admin", "new round", "forbid Ann with Bob"):
        bob.says(text)
        assert "Registered" not in bob.reads()
    bob.says("admin")
    bob.sees(FOR_COORDINATORS)


def test_a_button_of_a_card_that_was_answered_leads_to_the_state(matched: Chat) -> None:
    """An action that this version does not know leads home, not into the void."""
    bob = matched.person("bob")
    bob.sends("an_action_of_last_year", "17")
    bob.sees("Where you stand")


def test_fields_of_the_wrong_kind_are_no_trouble(opened: Chat) -> None:
    """A forged form with lists for texts, or unknown names, is answered with the question."""
    bob = opened.person("bob").fills_in(until="grade")
    action, value = bob.find("Next")[1:]
    for fields in ({"grade": ("HEO", "SEO")}, {"grade": ()}, {"other": "HEO"}, {"grade": "x" * 9999}):
        bob.sends(action, value, **fields)
        assert (bob.asked(), fields) == ("grade", fields)
