"""The solver against others that share nothing with it, and on cohorts at the edge."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching import Impossible, Member, QuestionInfo, Rules, Scored, check, flow, repair, solve
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
    two,
)

OPEN = Rules.model_validate({"most": 3})
NONE: dict[str, QuestionInfo] = {}


def people(prefix: str, count: int, capacity: int = 3) -> list[Member]:
    """Return people without answers."""
    return [Member(f"{prefix}{number}", {}, capacity) for number in range(count)]


@settings(max_examples=150, deadline=None)
@given(cases())
def test_every_level_is_what_an_independent_solver_finds(case: Case) -> None:
    """HiGHS finds the same five figures, and the bound is never below them."""
    rules, mentors, mentees, locked, forbidden, same = case
    solution = solve(rules, PLAIN, mentors, mentees, locked=locked, forbidden=forbidden, same=same)
    possible = {p: s for p, s in allowed(rules, PLAIN, mentors, mentees).items() if len(two(p, same)) > 1}
    worth = {pair: score for pair, score in possible.items() if pair not in forbidden}
    best = by_milp(rules, mentors, mentees, worth, locked, same)

    assert check(rules, PLAIN, mentors, mentees, solution, locked=locked, forbidden=forbidden, same=same) == []
    assert best == solution.levels
    assert best <= solution.bound
    if len({two(pair, same) for pair in possible}) == len(possible):
        assert solution.certified


@settings(max_examples=60, deadline=None)
@given(cases(people=3))
def test_nothing_better_is_found_by_trying_everything(case: Case) -> None:
    """On tiny cohorts every set of pairs is tried."""
    rules, mentors, mentees, _, forbidden, same = case
    possible = allowed(rules, PLAIN, mentors, mentees)
    worth = {p: s for p, s in possible.items() if p not in forbidden and len(two(p, same)) > 1}
    solution = solve(rules, PLAIN, mentors, mentees, forbidden=forbidden, same=same)

    assert by_trying(rules, mentors, mentees, worth, same) == solution.levels


@pytest.mark.parametrize(("mentors", "mentees"), [(60, 60), (35, 60), (60, 35)])
def test_a_cohort_of_the_usual_shape_is_solved_to_the_best(mentors: int, mentees: int) -> None:
    """The figures are HiGHS's, and proven."""
    ours, theirs = cohort(mentors, mentees)
    solution = solve(SPEED, QUESTIONS, ours, theirs)

    assert by_milp(SPEED, ours, theirs, allowed(SPEED, QUESTIONS, ours, theirs)) == solution.levels
    assert solution.certified
    assert check(SPEED, QUESTIONS, ours, theirs, solution) == []


def test_a_large_cohort_is_solved_though_most_pairs_are_left_out_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thinned to the best few of each group, priced and filled up, it comes to the same proven figures."""
    ours, theirs = cohort(300, 400)
    whole = solve(SPEED, QUESTIONS, ours, theirs)
    monkeypatch.setattr(flow, "FEW", 0)
    monkeypatch.setattr(flow, "BEST", 2)
    monkeypatch.setattr(flow, "SHORT", 1)
    thinned = solve(SPEED, QUESTIONS, ours, theirs)

    assert thinned.certified
    assert whole.levels == thinned.levels
    assert check(SPEED, QUESTIONS, ours, theirs, thinned) == []


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False), cases())
def test_the_order_of_people_makes_no_difference(draw: random.Random, case: Case) -> None:
    """The same people, locks and bans in any order give the same result to the last price."""
    rules, mentors, mentees, locked, forbidden, same = case
    first = solve(rules, PLAIN, mentors, mentees, locked=sorted(locked), forbidden=sorted(forbidden), same=same)
    shuffled = [draw.sample(members, len(members)) for members in (mentors, mentees)]
    turned = sorted(locked)[::-1], sorted(forbidden)[::-1]
    again = solve(rules, PLAIN, *shuffled, locked=turned[0], forbidden=turned[1], same=same)

    assert first == again


def test_somebody_named_twice_with_the_same_answers_counts_once() -> None:
    """Doubled rows change nothing; different answers under one key are refused."""
    ours, theirs = cohort(20, 20)

    assert solve(SPEED, QUESTIONS, ours, theirs) == solve(SPEED, QUESTIONS, ours * 2, theirs * 2)
    with pytest.raises(Impossible, match=r"mentor0@example\.org.*twice"):
        solve(SPEED, QUESTIONS, [*ours, Member(ours[0].key, {})], theirs)


@pytest.mark.parametrize(("mentors", "mentees"), [(0, 0), (0, 4), (4, 0)])
def test_with_one_side_empty_nobody_is_matched(mentors: int, mentees: int) -> None:
    """That is the best there is, and proven."""
    ours, theirs = people("m", mentors), people("e", mentees)
    solution = solve(OPEN, NONE, ours, theirs)

    assert solution.pairs == ()
    assert (0, 0, 0, 0, 0) == solution.levels == solution.bound
    assert solution.certified
    assert check(OPEN, NONE, ours, theirs, solution) == []


def test_where_nobody_fits_nobody_is_matched() -> None:
    """All in one department, and the rules want another."""
    rules = Rules.model_validate({"require": [{"name": "away", "rule": "different", "question": "place"}]})
    members = [[Member(f"{side}{n}", {"place": "North"}) for n in range(5)] for side in "me"]
    solution = solve(rules, PLAIN, *members)

    assert solution.levels == (0, 0, 0, 0, 0)
    assert solution.certified


def test_people_who_are_all_equal_are_matched_evenly() -> None:
    """Seven mentors and ten mentees with three places each: 21 pairs, nobody left out, nobody twice together."""
    solution = solve(OPEN, NONE, people("m", 7), people("e", 10))
    given_to = Counter(pair.mentee for pair in solution.pairs)

    assert solution.levels == (10, 7, 10, 1, 0)
    assert {2, 3} == set(given_to.values())
    assert len({(pair.mentor, pair.mentee) for pair in solution.pairs}) == 21


def test_without_places_nobody_is_matched() -> None:
    """Capacity zero, and a capacity above the programme's most counts as the most."""
    assert solve(OPEN, NONE, people("m", 3, 0), people("e", 3)).pairs == ()
    assert len(solve(OPEN, NONE, people("m", 1, 9), people("e", 5)).pairs) == 3


@pytest.mark.parametrize("count", [2, 3, 4, 5, 9, 30])
def test_where_everybody_is_both_nobody_meets_themselves_or_somebody_twice(count: int) -> None:
    """One solve for both roles; the figures are the best, and certified says if they reach the bound."""
    everybody = people("p", count)
    solution = solve(OPEN, NONE, everybody, everybody)
    places = min(3, (count - 1) // 2)

    assert check(OPEN, NONE, everybody, everybody, solution) == []
    assert len(solution.pairs) >= places * count
    assert solution.certified == (solution.levels == solution.bound)
    if count >= 7:
        assert solution.certified


def test_two_accounts_of_one_person_are_never_matched_with_each_other_nor_twice_with_somebody() -> None:
    """Ann writes from two accounts: whoever meets one of them does not meet the other, in whatever role."""
    mentors = [Member("ann", {}), Member("bob", {})]
    mentees = [Member("ann's phone", {}), Member("cid", {}), Member("bob", {})]
    same = {"ann's phone": "ann"}
    apart, alike = (solve(OPEN, NONE, mentors, mentees, same=known) for known in ({}, same))

    assert {("ann", "ann's phone"), ("bob", "ann's phone")} <= {(pair.mentor, pair.mentee) for pair in apart.pairs}
    made = {two((pair.mentor, pair.mentee), same) for pair in alike.pairs}
    assert made == {frozenset(pair) for pair in (("ann", "bob"), ("ann", "cid"), ("bob", "cid"))}
    assert len(alike.pairs) == 3
    assert check(OPEN, NONE, mentors, mentees, alike, same=same) == []
    assert check(OPEN, NONE, mentors, mentees, apart, same=same) != []


def test_coverage_comes_before_the_score() -> None:
    """A match worth 10 is given up so that both mentees have one."""
    rules = Rules.model_validate(
        {
            "most": 1,
            "require": [{"name": "gap", "rule": "gap", "question": "step", "least": 1, "most": 2}],
            "prefer": [
                {"name": "two", "rule": "gap", "question": "step", "least": 2, "most": 2, "weight": 10},
                {"name": "one", "rule": "gap", "question": "step", "least": 1, "most": 1, "weight": 1},
            ],
        }
    )
    mentors = [Member("high", {"step": "high"}), Member("middle", {"step": "middle"})]
    mentees = [Member("low", {"step": "low"}), Member("rising", {"step": "middle"})]

    assert [(pair.mentor, pair.mentee, pair.score) for pair in solve(rules, PLAIN, mentors, mentees).pairs] == [
        ("high", "rising", 1),
        ("middle", "low", 1),
    ]


def test_a_locked_pair_stays_and_a_forbidden_one_is_not_made() -> None:
    """Even where the result would be better otherwise."""
    ours, theirs = cohort(40, 40)
    possible = allowed(SPEED, QUESTIONS, ours, theirs)
    worst = min(possible, key=lambda pair: (possible[pair], pair))
    free = solve(SPEED, QUESTIONS, ours, theirs)
    first = (free.pairs[0].mentor, free.pairs[0].mentee)
    solution = solve(SPEED, QUESTIONS, ours, theirs, locked=[worst], forbidden=[first])
    made = {(pair.mentor, pair.mentee) for pair in solution.pairs}

    assert worst in made
    assert first not in made
    assert solution.certified
    assert check(SPEED, QUESTIONS, ours, theirs, solution, locked=[worst], forbidden=[first]) == []


@pytest.mark.parametrize(
    ("locked", "forbidden", "why"),
    [
        ([("m0", "nobody")], [], "not there"),
        ([("m0", "e0")], [("m0", "e0")], "forbidden"),
        ([("m0", "e0"), ("m0", "e1"), ("m0", "e2")], [], "places"),
        ([("m1", "e0")], [], "hard rule"),
        ([("b", "b")], [], "themselves"),
        ([("b", "c"), ("c", "b")], [], "other way round"),
        ([("m0", "e1"), ("m0", "e3")], [], "same two people"),
        ([("e3", "e1")], [], "themselves"),
    ],
)
def test_a_locked_pair_that_cannot_be_is_refused(
    locked: list[tuple[str, str]], forbidden: list[tuple[str, str]], why: str
) -> None:
    """With a reason that names keys and no answers."""
    rules = Rules.model_validate({"require": [{"name": "away", "rule": "different", "question": "marks"}]})
    both = [Member("b", {}), Member("c", {}), Member("e3", {})]
    mentors = [Member("m0", {}, 2), Member("m1", {"marks": "red"}), *both]
    mentees = [Member("e0", {"marks": "red"}), *people("e", 3)[1:], *both]

    with pytest.raises(Impossible, match=why) as raised:
        solve(rules, PLAIN, mentors, mentees, locked=locked, forbidden=forbidden, same={"e3": "e1"})
    assert "red" not in str(raised.value)


def test_private_answers_are_in_no_repr_and_no_reason() -> None:
    """A member shows a key; a private rule counts and is not named."""
    mentors = [Member("m", {"grade": "SEO", "department": "Joy", "identity": ("one",)})]
    mentees = [
        Member("e", {"grade": "EO", "department": "Fun", "identity_wanted": "one", "identity_wish": "yes"}),
        Member("f", {"grade": "EO", "department": "Fun", "identity_wanted": "one", "identity_wish": "no"}),
    ]
    solution = solve(SPEED, QUESTIONS, mentors, mentees)

    assert [(pair.score, pair.public, pair.reasons) for pair in solution.pairs] == [
        (18, 12, ("two_grades",)),
        (12, 12, ("two_grades",)),
    ]
    assert "one" not in repr((mentors, solution))


def test_when_somebody_leaves_only_the_people_touched_are_matched_anew() -> None:
    """Every pair without them stays, and the places they leave are filled."""
    ours, theirs = cohort(60, 80)
    before = solve(SPEED, QUESTIONS, ours, theirs)
    pairs = {(pair.mentor, pair.mentee) for pair in before.pairs}
    gone = before.pairs[0].mentor
    after = repair(
        SPEED, QUESTIONS, [m for m in ours if m.key != gone], theirs, pairs=pairs, touched=[gone], forbidden=[]
    )
    made = {(pair.mentor, pair.mentee) for pair in after.pairs}

    assert {pair for pair in pairs if pair[0] != gone} <= made
    assert gone not in {mentor for mentor, _ in made}
    assert after.certified


def test_a_second_round_meets_nobody_again() -> None:
    """All pairs of the first round forbidden, everybody alone in a group of their own, and still proven."""
    ours, theirs = cohort(150, 150)
    first = {(pair.mentor, pair.mentee) for pair in solve(SPEED, QUESTIONS, ours, theirs).pairs}
    second = solve(SPEED, QUESTIONS, ours, theirs, forbidden=first)

    assert not first & {(pair.mentor, pair.mentee) for pair in second.pairs}
    assert second.certified
    assert check(SPEED, QUESTIONS, ours, theirs, second, forbidden=first) == []


@settings(max_examples=60, deadline=None)
@given(cases(), st.data())
def test_a_result_that_was_tampered_with_is_rejected(case: Case, data: st.DataObject) -> None:
    """A pair taken out or changed, a claim raised, prices of others: the checker notices."""
    rules, mentors, mentees, locked, forbidden, same = case
    true = solve(rules, PLAIN, mentors, mentees, locked=locked, forbidden=forbidden, same=same)
    level = data.draw(st.integers(0, 4))
    raised = tuple(value + (number == level) for number, value in enumerate(true.levels))
    false = [
        replace(true, levels=raised),
        replace(true, bound=raised, certified=False),
        replace(true, certified=not true.certified),
        replace(true, certificate=replace(true.certificate, mentors={"stranger": (0,) * 5})),
    ]
    if true.pairs:
        pair = data.draw(st.sampled_from(true.pairs))
        rest = tuple(other for other in true.pairs if other != pair)
        false += [
            replace(true, pairs=(*true.pairs, pair)),
            replace(true, pairs=tuple(sorted((*rest, replace(pair, score=pair.score + 1)), key=_keys))),
            replace(true, pairs=tuple(sorted((*rest, replace(pair, mentee=pair.mentor)), key=_keys))),
        ]
        worth = allowed(rules, PLAIN, mentors, mentees)
        if figures([(other.mentor, other.mentee) for other in rest], worth) != true.levels:
            false.append(replace(true, pairs=rest))
    for solution in false:
        assert check(rules, PLAIN, mentors, mentees, solution, locked=locked, forbidden=forbidden, same=same)


def test_a_price_that_is_wrong_proves_nothing() -> None:
    """Prices all at nought prove a bound that the best result does not reach."""
    ours, theirs = cohort(20, 20)
    true = solve(SPEED, QUESTIONS, ours, theirs)
    free = {member.key: (0, 0, 0, 0, 0) for member in ours}
    false = replace(true, certificate=replace(true.certificate, mentors=free))

    assert check(SPEED, QUESTIONS, ours, theirs, true) == []
    assert any("prove the bound" in line for line in check(SPEED, QUESTIONS, ours, theirs, false))


def _keys(pair: Scored) -> tuple[str, str]:
    return pair.mentor, pair.mentee
