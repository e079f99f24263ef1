"""The solver against others that share nothing with it, and on cohorts at the edge."""

import random

import pytest
from hypothesis import given, settings

from bot.matching import Impossible, Member, QuestionInfo, Rules, check, repair, solve
from tests.bot.matching.cohorts import (
    PLAIN,
    QUESTIONS,
    SPEED,
    Case,
    allowed,
    by_milp,
    by_trying,
    cases,
    cohort,
    figures,
)

OPEN = Rules.model_validate({"most": 3})
NONE: dict[str, QuestionInfo] = {}


def both_ways_matter(rules: Rules, mentors: list[Member], mentees: list[Member]) -> bool:
    """Say whether two people could be matched both ways round."""
    possible = allowed(rules, PLAIN, mentors, mentees)
    return any(pair[::-1] in possible for pair in possible)


@settings(max_examples=250, deadline=None)
@given(cases())
def test_every_level_is_what_an_independent_solver_finds(case: Case) -> None:
    """HiGHS finds the same five figures; where people could be matched both ways, ours says if it is not sure."""
    rules, mentors, mentees, locked, forbidden = case
    solution = solve(rules, PLAIN, mentors, mentees, locked=locked, forbidden=forbidden)
    worth = {p: s for p, s in allowed(rules, PLAIN, mentors, mentees).items() if p not in forbidden}
    best = by_milp(rules, mentors, mentees, worth, locked)

    assert [] == check(rules, PLAIN, mentors, mentees, solution, locked=locked, forbidden=forbidden)
    assert solution.levels <= best <= solution.bound
    assert solution.levels == best
    if not both_ways_matter(rules, mentors, mentees):
        assert solution.certified
