"""Rules: what holds, and what cannot be meant."""

import pytest
from pydantic import ValidationError

from bot.matching import Prefer, Require, Rules, problems
from bot.matching.rules import Answer, holds
from tests.bot.matching.cohorts import PLAIN, QUESTIONS, SPEED


@pytest.mark.parametrize(
    ("rule", "mentor", "mentee", "kept"),
    [
        ({"rule": "same", "question": "place"}, "North", " north", True),
        ({"rule": "same", "question": "place"}, "", "", False),
        ({"rule": "same", "question": "marks"}, ("red", "blue"), ("blue", "red"), True),
        ({"rule": "same", "question": "marks"}, ("red", "blue"), ("red",), False),
        ({"rule": "overlap", "question": "marks"}, ("red", "blue"), "red", True),
        ({"rule": "overlap", "question": "marks"}, (), "red", False),
        ({"rule": "different", "question": "place"}, "North", "NORTH", False),
        ({"rule": "different", "question": "place"}, "North", "South", True),
        ({"rule": "different", "question": "place"}, "HM Revenue & Customs", "hm revenue and customs", False),
        ({"rule": "different", "question": "place"}, "The NHS  England", "NHS ENGLAND.", False),
        ({"rule": "different", "question": "place"}, "Attorney General’s Office", "Attorney Generals office", False),
        ({"rule": "same", "question": "place"}, "Ynys Môn", "Ynys Mon", True),
        ({"rule": "same", "question": "place"}, "C++", "C", True),
        ({"rule": "different", "question": "place"}, "The", "the", False),
        ({"rule": "different", "question": "place"}, "+", "-", True),
        ({"rule": "different", "question": "place"}, "", "South", True),
        ({"rule": "gap", "question": "step", "least": 1, "most": 2}, "high", "low", True),
        ({"rule": "gap", "question": "step", "least": 1, "most": 2}, "low", "high", False),
        ({"rule": "gap", "question": "step", "least": -1, "most": -1}, "low", "middle", True),
        ({"rule": "gap", "question": "step", "least": 0, "most": 2}, "high", "", False),
        ({"rule": "gap", "question": "step", "least": 0, "most": 2}, "elsewhere", "low", False),
    ],
)
def test_a_required_rule_compares_two_answers(
    rule: dict[str, object],
    mentor: Answer,
    mentee: Answer,
    kept: bool,  # noqa: FBT001
) -> None:
    """Without case and outer spaces; an empty answer keeps nothing but a required "different"."""
    name = str(rule["question"])

    assert kept == holds(Require.model_validate({"name": "r", **rule}), PLAIN, {name: mentor}, {name: mentee})


def test_a_preference_for_difference_is_not_kept_by_silence() -> None:
    """Nobody gains by leaving an answer out."""
    rule = Prefer(name="away", rule="different", question="place", weight=1)

    assert not holds(rule, PLAIN, {}, {"place": "North"})
    assert holds(rule, PLAIN, {"place": "South"}, {"place": "North"})


def test_an_identity_counts_only_where_the_mentee_asked_for_it() -> None:
    """The wish decides, not the identity that is named beside it."""
    rule = next(rule for rule in SPEED.prefer if rule.name == "shared_identity")
    mentor, mentee = {"identity": ("one", "two")}, {"identity_wanted": "two"}

    assert holds(rule, QUESTIONS, mentor, {**mentee, "identity_wish": "yes"})
    assert not holds(rule, QUESTIONS, mentor, {**mentee, "identity_wish": "no"})
    assert not holds(rule, QUESTIONS, mentor, mentee)


def test_a_mentor_may_ask_for_an_identity_too() -> None:
    """The other way round: what the mentor wished for, and what the mentee is."""
    rule = next(rule for rule in SPEED.prefer if rule.name == "shared_identity_of_mentor")
    mentor, mentee = {"identity_wanted": ("one", "two")}, {"identity": "two", "identity_wish": "yes"}

    assert holds(rule, QUESTIONS, {**mentor, "identity_wish": "yes"}, mentee)
    assert not holds(rule, QUESTIONS, mentor, mentee)
    assert not rule.public(QUESTIONS)


def test_the_rules_of_speed_mentoring_are_sound() -> None:
    """Nothing to say about them."""
    assert problems(SPEED, QUESTIONS) == []


def require(name: str, rule: str, question: str, **more: object) -> dict[str, object]:
    """Return a rule as a programme file has it."""
    return {"name": name, "rule": rule, "question": question, **more}


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ({"require": [require("a", "same", "place"), require("a", "same", "step")]}, "two rules are called 'a'"),
        ({"require": [require("a", "same", "nothing")]}, "'a': there is no question 'nothing'"),
        ({"require": [require("a", "different", "spelt")]}, "'R&D' and 'r and d' of 'spelt' are spelled alike"),
        ({"require": [require("a", "gap", "place", least=1, most=2)]}, "'a': a gap needs choices"),
        ({"require": [require("a", "gap", "step", least=3, most=4)]}, "no two answers can keep 'a'"),
        ({"require": [require("a", "same", "place"), require("b", "different", "place")]}, "keep 'a' and 'b'"),
        ({"require": [require("a", "overlap", "marks"), require("b", "different", "marks")]}, "keep 'a' and 'b'"),
        (
            {
                "require": [require("a", "gap", "step", least=1, most=1)],
                "prefer": [require("b", "gap", "step", least=2, most=2, weight=1)],
            },
            "'b': it can never hold beside 'a'",
        ),
        (
            {"prefer": [require("a", "same", "place", weight=1, only_if={"mentee": "wish", "is": "maybe"})]},
            "only_if waits for 'maybe'",
        ),
        ({"prefer": [require("a", "same", "marks", weight=1, to_mentee="x", to_mentor="y")]}, "private answer"),
        (
            {
                "prefer": [
                    require("a", "same", "place", weight=1, to_mentee="x", only_if={"mentor": "marks", "is": "red"})
                ]
            },
            "private answer",
        ),
        ({"prefer": [require("a", "same", "place", weight=1, to_mentee="x")]}, "tells one side only"),
        ({"prefer": [{"name": "a", "rule": "same", "mentor": "step", "mentee": "wish", "weight": 1}]}, "never hold"),
    ],
)
def test_rules_that_cannot_be_meant_are_named(rules: dict[str, object], says: str) -> None:
    """Each with its name and what to do."""
    lines = problems(Rules.model_validate(rules), PLAIN)

    assert any(says in line for line in lines), lines


@pytest.mark.parametrize(
    "rule",
    [
        {"name": "a", "rule": "same"},
        {"name": "a", "rule": "same", "question": "place", "mentor": "place", "mentee": "place"},
        {"name": "a", "rule": "same", "mentor": "place"},
        {"name": "a", "rule": "gap", "question": "step"},
        {"name": "a", "rule": "gap", "question": "step", "least": 2, "most": 1},
        {"name": "a", "rule": "same", "question": "place", "least": 1, "most": 1},
        {"name": "a", "rule": "same", "question": "place", "only_if": {"is": "yes"}},
        {"name": "a", "rule": "like", "question": "place"},
        {"name": "a", "rule": "same", "question": "place", "wieght": 3},
    ],
)
def test_a_rule_that_is_no_rule_is_refused(rule: dict[str, object]) -> None:
    """Half a comparison, a gap without a range, a word misspelt."""
    with pytest.raises(ValidationError):
        Rules.model_validate({"require": [rule]})
