"""Explanations: who is lacking, why somebody has no match, and what a match may tell."""

import pytest

from bot.matching import Member, Relax, Rules, Shortfall, Why, shortfalls, solve, telling, why_not
from tests.bot.matching.cohorts import QUESTIONS, SPEED, cohort


def mentor(key: str, grade: str, department: str = "Joy", **more: str | tuple[str, ...]) -> Member:
    """Return a mentor of the speed programme."""
    return Member(key, {"grade": grade, "department": department, "profession": "Policy", **more})


def mentee(key: str, grade: str, department: str = "Fun", **more: str | tuple[str, ...]) -> Member:
    """Return a mentee of the speed programme."""
    return Member(key, {"grade": grade, "department": department, "wanted_profession": "Policy", **more})


def test_where_mentors_are_lacking_is_told_before_closing_worst_first() -> None:
    """Four HEO mentees who want policy would take 12 places, and two mentors offer six; others are well served."""
    mentors = [mentor(f"m{n}", "SEO") for n in range(2)] + [mentor("away", "SEO", profession="Security")]
    mentees = [mentee(f"e{n}", "HEO") for n in range(4)]
    mentees += [mentee("alone", "SCS4"), mentee("served", "HEO", wanted_profession="Security")]

    assert [
        Shortfall({"grade": "SCS4", "wanted_profession": "Policy"}, 1, 0, 0),
        Shortfall({"grade": "HEO", "wanted_profession": "Policy"}, 4, 2, 6),
    ] == shortfalls(SPEED, QUESTIONS, mentors, mentees, ["grade", "wanted_profession"])


def test_nobody_is_counted_by_a_private_answer() -> None:
    """It is refused, not left out silently."""
    with pytest.raises(ValueError, match="private"):
        shortfalls(SPEED, QUESTIONS, [], [], ["identity_wish"])


def test_why_somebody_has_no_match_and_what_would_change_it() -> None:
    """Nobody is one or two grades above: a gap of three would give two mentors, a gap of nought one."""
    mentors = [mentor("m1", "SCS1"), mentor("m2", "SCS1"), mentor("m3", "SEO"), mentor("m4", "HEO", "Fun")]
    mentees = [mentee("e", "SEO")]
    solution = solve(SPEED, QUESTIONS, mentors, mentees)

    assert Why(
        "e",
        "mentee",
        matches=0,
        places=3,
        candidates=0,
        free=0,
        relax=(Relax("grade_gap", "gap", 2, 2, 1, 3), Relax("grade_gap", "gap", 1, 1, 0, 2)),
    ) == why_not(SPEED, QUESTIONS, "e", "mentee", mentors, mentees, solution)


def test_why_somebody_has_no_match_when_all_who_would_do_are_taken() -> None:
    """One would do, none is free; in another department's stead their own would give one who is."""
    mentors = [mentor("m1", "SEO"), mentor("m2", "SEO", "Fun")]
    mentees = [mentee(f"e{n}", "HEO") for n in range(4)]
    solution = solve(SPEED, QUESTIONS, mentors, mentees)
    left = next(m.key for m in mentees if m.key not in {pair.mentee for pair in solution.pairs})

    assert Why(left, "mentee", 0, 3, 1, 0, (Relax("other_department", "different", 1, 1),)) == why_not(
        SPEED, QUESTIONS, left, "mentee", mentors, mentees, solution
    )


def test_a_mentor_may_ask_as_well() -> None:
    """The other way round it is the same; a forbidden partner does not count."""
    mentors, mentees = [mentor("m", "SEO")], [mentee("e", "HEO"), mentee("f", "HEO")]
    solution = solve(SPEED, QUESTIONS, mentors, mentees, forbidden=[("m", "f")])
    why = why_not(SPEED, QUESTIONS, "m", "mentor", mentors, mentees, solution, forbidden=[("m", "f")])

    assert Why("m", "mentor", 1, 3, 1, 0, ()) == why


def test_an_explanation_says_nothing_about_a_private_rule() -> None:
    """A hard rule on identities is not among what could be relaxed."""
    rules = Rules.model_validate({"require": [{"name": "alike", "rule": "overlap", "question": "identity"}]})
    members = [mentor("m", "SEO", identity="one")], [mentee("e", "HEO", identity="two")]
    why = why_not(rules, QUESTIONS, "e", "mentee", *members, solve(rules, QUESTIONS, *members))

    assert why.relax == ()


def test_a_match_in_a_small_crowd_is_noticed_and_only_counted() -> None:
    """Of two mentors who look alike, the one with the identity that was asked for is given: that may tell."""
    wish = {"identity_wish": "yes", "identity_wanted": "one"}
    mentees = [Member("e", mentee("e", "HEO", **wish).answers, 1)]
    two = [mentor("m1", "SEO", identity=("one",)), mentor("m2", "SEO")]
    many = [*two, *(mentor(f"n{n}", "SEO") for n in range(5))]
    asked_for_nothing = [Member("e", mentee("e", "HEO").answers, 1)]

    assert telling(SPEED, QUESTIONS, two, mentees, solve(SPEED, QUESTIONS, two, mentees)) == 1
    assert telling(SPEED, QUESTIONS, many, mentees, solve(SPEED, QUESTIONS, many, mentees)) == 0
    assert telling(SPEED, QUESTIONS, two[:1], mentees, solve(SPEED, QUESTIONS, two[:1], mentees)) == 0
    assert telling(SPEED, QUESTIONS, two, asked_for_nothing, solve(SPEED, QUESTIONS, two, asked_for_nothing)) == 0


def test_a_wish_of_a_mentor_is_noticed_in_a_small_crowd_as_well() -> None:
    """Of two mentees who look alike, the mentor was given the one with the identity that they asked for."""
    wish = {"identity_wish": "yes", "identity_wanted": "one"}
    mentors = [Member("m", mentor("m", "SEO", **wish).answers, 1)]
    two = [mentee("e1", "HEO", identity=("one",)), mentee("e2", "HEO")]
    many = [*two, *(mentee(f"n{n}", "HEO") for n in range(5))]
    asked_for_nothing = [Member("m", mentor("m", "SEO").answers, 1)]
    solution = solve(SPEED, QUESTIONS, mentors, two)

    assert [(pair.mentee, pair.score, pair.public, pair.reasons) for pair in solution.pairs] == [
        ("e1", 25, 19, ("one_grade", "wanted_profession"))
    ]
    assert telling(SPEED, QUESTIONS, mentors, two, solution) == 1
    assert telling(SPEED, QUESTIONS, mentors, many, solve(SPEED, QUESTIONS, mentors, many)) == 0
    assert telling(SPEED, QUESTIONS, asked_for_nothing, two, solve(SPEED, QUESTIONS, asked_for_nothing, two)) == 0


def test_a_required_private_rule_always_tells() -> None:
    """Every match then says that the rule is kept."""
    rules = Rules.model_validate({"require": [{"name": "alike", "rule": "overlap", "question": "identity"}]})
    mentors = [mentor(f"m{n}", "SEO", identity="one") for n in range(9)]
    mentees = [Member("e", {"identity": "one"}, 1)]

    assert telling(rules, QUESTIONS, mentors, mentees, solve(rules, QUESTIONS, mentors, mentees)) == 1


def test_explanations_of_a_whole_cohort_fit_its_solution() -> None:
    """Whoever could be given more has no candidate with a place left, as the result is the best."""
    ours, theirs = cohort(40, 70)
    solution = solve(SPEED, QUESTIONS, ours, theirs)
    for member in theirs:
        why = why_not(SPEED, QUESTIONS, member.key, "mentee", ours, theirs, solution)
        assert why.matches == sum(pair.mentee == member.key for pair in solution.pairs)
        assert why.matches == why.places or why.free == 0
