"""Sentences with forms for their numbers."""

import pytest

from bot.chat import grammar

THREE = "You have {count:no matches|one match|# matches}."


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "You have no matches."), (1, "You have one match."), (2, "You have 2 matches."), (21, "You have 21 matches.")],
)
def test_three_forms_are_for_none_one_and_the_others(number: int, said: str) -> None:
    """Each number takes its own form."""
    assert grammar.say(THREE, count=number) == said


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 people are here."), (1, "One is here."), (3, "3 people are here.")]
)
def test_two_forms_are_for_one_and_the_others(number: int, said: str) -> None:
    """Without a form of its own, none is one of the others."""
    assert grammar.say("{count:One is|# people are} here.", count=number) == said


def test_the_number_may_stand_twice_or_not_at_all() -> None:
    """Every # of a form is the number; a form without one says it in words."""
    assert grammar.say("{count:once|# of # times}", count=4) == "4 of 4 times"
    assert grammar.say("{count:alone|together}", count=4) == "together"


def test_blanks_with_forms_and_without_stand_side_by_side() -> None:
    """A number without forms is shown as it is, and what a blank is given is never read as a sentence or a form."""
    said = grammar.say("{name}: {count:one|#} of {most}, {most:02d}", name="{count:a|b} # |", count=2, most=3)
    assert said == "{count:a|b} # |: 2 of 3, 03"


def test_a_blank_that_is_not_given_is_an_error() -> None:
    """It is noticed at once, and not sent to anybody."""
    with pytest.raises(KeyError, match="count"):
        grammar.say(THREE, number=1)


def test_yes_and_no_are_no_numbers() -> None:
    """What chooses among forms is a number; True is not one, though Python counts with it."""
    assert grammar.say("{done}", done=True) == "True"
    with pytest.raises(ValueError, match="format"):
        grammar.say(THREE, count=True)
