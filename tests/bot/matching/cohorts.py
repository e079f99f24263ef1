"""Made-up people and rules to match, and slow, plain solvers to compare with."""

import itertools
import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from bot.matching import Member, Pair, QuestionInfo, Rules
from bot.matching.rules import holds

GRADES = ("AA", "AO", "EO", "HEO", "SEO", "G7", "G6", "SCS1", "SCS2", "SCS3", "SCS4")
DEPARTMENTS = ("Fun", "Joy", "Love", "Peace", "Truth", "Virtue")
PROFESSIONS = ("Digital", "Operations", "People", "Policy", "Security")
IDENTITIES = ("one", "two", "three", "four", "five", "six")

QUESTIONS = {
    question.name: question
    for question in (
        QuestionInfo("grade", GRADES),
        QuestionInfo("department"),
        QuestionInfo("profession"),
        QuestionInfo("wanted_profession"),
        QuestionInfo("identity", IDENTITIES, private=True),
        QuestionInfo("identity_wish", ("yes", "no"), private=True),
        QuestionInfo("identity_wanted", IDENTITIES, private=True),
    )
}
SPEED = Rules.model_validate(
    {
        "most": 3,
        "require": [
            {"name": "grade_gap", "rule": "gap", "question": "grade", "least": 1, "most": 2},
            {"name": "other_department", "rule": "different", "question": "department"},
        ],
        "prefer": [
            {"name": "two_grades", "rule": "gap", "question": "grade", "least": 2, "most": 2, "weight": 12},
            {"name": "one_grade", "rule": "gap", "question": "grade", "least": 1, "most": 1, "weight": 9},
            {
                "name": "wanted_profession",
                "rule": "same",
                "mentee": "wanted_profession",
                "mentor": "profession",
                "weight": 10,
            },
            {
                "name": "shared_identity",
                "rule": "overlap",
                "mentee": "identity_wanted",
                "mentor": "identity",
                "weight": 6,
                "only_if": {"mentee": "identity_wish", "is": "yes"},
            },
            {
                "name": "shared_identity_of_mentor",
                "rule": "overlap",
                "mentee": "identity",
                "mentor": "identity_wanted",
                "weight": 6,
                "only_if": {"mentor": "identity_wish", "is": "yes"},
            },
        ],
    }
)


def cohort(mentors: int, mentees: int, seed: int = 1) -> tuple[list[Member], list[Member]]:
    """Return people as the programmes of today have them: even grades, few departments, identities named by half."""
    draw = random.Random(seed)  # noqa: S311 - made-up people
    ours = [
        Member(
            f"mentor{number}@example.org",
            {
                "grade": draw.choice(GRADES),
                "department": draw.choice(DEPARTMENTS),
                "profession": draw.choice(PROFESSIONS),
                "identity": tuple(draw.sample(IDENTITIES, draw.choice((0, 0, 1, 2, 3)))),
                "identity_wish": draw.choice(("yes", "no", "")),
                "identity_wanted": draw.choice((*IDENTITIES, "")),
            },
        )
        for number in range(mentors)
    ]
    theirs = [
        Member(
            f"mentee{number}@example.org",
            {
                "grade": draw.choice(GRADES),
                "department": draw.choice(DEPARTMENTS),
                "wanted_profession": draw.choice(PROFESSIONS),
                "identity_wish": draw.choice(("yes", "yes", "yes", "no", "no")),
                "identity_wanted": draw.choice((*IDENTITIES, "")),
                "identity": draw.choice((*IDENTITIES, "")),
            },
        )
        for number in range(mentees)
    ]
    return ours, theirs


PLAIN = {
    "step": QuestionInfo("step", ("low", "middle", "high")),
    "place": QuestionInfo("place"),
    "spelt": QuestionInfo("spelt", ("R&D", "r and d")),
    "wish": QuestionInfo("wish", ("yes", "no")),
    "marks": QuestionInfo("marks", ("red", "green", "blue"), private=True),
}
RULES: list[dict[str, Any]] = [
    {"name": "any_gap", "rule": "gap", "question": "step", "least": 0, "most": 2},
    {"name": "up", "rule": "gap", "question": "step", "least": 1, "most": 1},
    {"name": "elsewhere", "rule": "different", "question": "place"},
    {"name": "here", "rule": "same", "question": "place"},
    {"name": "alike", "rule": "same", "question": "marks"},
    {"name": "shared", "rule": "overlap", "question": "marks", "only_if": {"mentee": "wish", "is": "yes"}},
    {"name": "apart", "rule": "different", "question": "marks", "only_if": {"mentor": "wish", "is": "no"}},
]

Case = tuple[Rules, list[Member], list[Member], set[Pair], set[Pair], dict[str, str]]


@st.composite
def cases(draw: st.DrawFn, people: int = 7) -> Case:
    """Draw rules, mentors, mentees (some both), locked and forbidden pairs that can be."""
    require = draw(st.lists(st.sampled_from(RULES), max_size=2, unique_by=lambda rule: str(rule["name"])))
    left = [rule for rule in RULES if rule not in require]
    prefer = draw(st.lists(st.sampled_from(left), max_size=4, unique_by=lambda rule: str(rule["name"])))
    rules = Rules.model_validate(
        {
            "most": draw(st.integers(1, 4)),
            "require": require,
            "prefer": [{**rule, "weight": draw(st.integers(1, 12))} for rule in prefer],
        }
    )
    keys = st.sampled_from("abcdefghijkl")
    sides = [
        [
            Member(
                key,
                {
                    "step": draw(st.sampled_from(("low", "middle", "high", ""))),
                    "place": draw(st.sampled_from(("North", "north ", "The  NÓRTH", "South", ""))),
                    "wish": draw(st.sampled_from(("yes", "no", ""))),
                    "marks": tuple(draw(st.sets(st.sampled_from(("red", "green", "blue")), max_size=2))),
                },
                capacity=draw(st.integers(0, 4)),
            )
            for key in draw(st.lists(keys, max_size=people, unique=True))
        ]
        for _ in range(2)
    ]
    same = draw(st.dictionaries(st.sampled_from("bcd"), st.just("a"), max_size=2))  # some accounts are one person's
    possible = sorted(pair for pair in allowed(rules, PLAIN, *sides) if len(two(pair, same)) > 1)
    some: st.SearchStrategy[set[Pair]] = st.sets(st.sampled_from(possible), max_size=4) if possible else st.just(set())
    forbidden, wanted = draw(some), draw(some)
    locked: set[Pair] = set()
    for pair in sorted(wanted - forbidden):
        room = [
            sum(pair[side] == other[side] for other in locked)
            < min(rules.most, next(member.capacity for member in sides[side] if member.key == pair[side]))
            for side in range(2)
        ]
        if all(room) and two(pair, same) not in {two(other, same) for other in locked}:
            locked.add(pair)
    return rules, sides[0], sides[1], locked, forbidden, same


def two(pair: Pair, same: Mapping[str, str]) -> frozenset[str]:
    """Return who the two of a pair are."""
    return frozenset(same.get(key, key) for key in pair)


def allowed(
    rules: Rules, questions: dict[str, QuestionInfo], mentors: Sequence[Member], mentees: Sequence[Member]
) -> dict[Pair, int]:
    """Return the score of every pair that keeps the hard rules."""
    return {
        (mentor.key, mentee.key): sum(
            rule.weight for rule in rules.prefer if holds(rule, questions, mentor.answers, mentee.answers)
        )
        for mentor in mentors
        for mentee in mentees
        if mentor.key != mentee.key
        and all(holds(rule, questions, mentor.answers, mentee.answers) for rule in rules.require)
    }


def figures(pairs: Collection[Pair], worth: dict[Pair, int]) -> tuple[int, ...]:
    """Return the five figures of the objective."""
    have, give = Counter(mentee for _, mentee in pairs), Counter(mentor for mentor, _ in pairs)
    first, second, third = (sum(count >= least for count in have.values()) for least in (1, 2, 3))
    return first, len(give), second, third, sum(worth[pair] for pair in pairs)


def _met(pairs: Sequence[Pair], same: Mapping[str, str]) -> set[frozenset[str]]:
    return {two(pair, same) for pair in pairs}


def by_trying(
    rules: Rules,
    mentors: Sequence[Member],
    mentees: Sequence[Member],
    worth: dict[Pair, int],
    same: Mapping[str, str] = {},
) -> tuple[int, ...]:
    """Return the best figures by trying every set of pairs."""
    best: tuple[int, ...] = (0, 0, 0, 0, 0)
    room = {(0, m.key): min(m.capacity, rules.most) for m in mentors}
    room |= {(1, m.key): min(m.capacity, rules.most) for m in mentees}
    for size in range(len(worth) + 1):
        for chosen in itertools.combinations(worth, size):
            used = Counter((side, pair[side]) for pair in chosen for side in range(2))
            people = {two(pair, same) for pair in chosen}
            if all(count <= room[who] for who, count in used.items()) and len(people) == size:
                best = max(best, figures(chosen, worth))
    return best


def by_milp(
    rules: Rules,
    mentors: Sequence[Member],
    mentees: Sequence[Member],
    worth: dict[Pair, int],
    locked: Collection[Pair] = (),
    same: Mapping[str, str] = {},
) -> tuple[int, ...]:
    """Return the best figures by a general solver (HiGHS), one level after the other."""
    pairs = list(worth)
    if not pairs:
        return (0, 0, 0, 0, 0)
    tiers = [("mentee", m.key, 1) for m in mentees] + [("mentor", m.key, 1) for m in mentors]
    tiers += [("mentee", m.key, number) for number in (2, 3) for m in mentees]
    size = len(pairs) + len(tiers)
    rows: list[tuple[dict[int, float], float, float]] = []
    for side, members in enumerate((mentors, mentees)):
        for member in members:
            mine = {column: 1.0 for column, pair in enumerate(pairs) if pair[side] == member.key}
            rows.append((mine, 0, min(member.capacity, rules.most)))
    for row, (role, key, number) in enumerate(tiers):
        mine = {column: 1.0 for column, pair in enumerate(pairs) if pair[role == "mentee"] == key}
        rows.append(({**mine, len(pairs) + row: -float(number)}, 0, np.inf))
    ways = [[number for number, pair in enumerate(pairs) if two(pair, same) == people] for people in _met(pairs, same)]
    rows += [(dict.fromkeys(columns, 1.0), 0, 1) for columns in ways]
    levels = [np.zeros(size) for _ in range(5)]
    for row, (role, _, number) in enumerate(tiers):
        levels[{("mentee", 1): 0, ("mentor", 1): 1, ("mentee", 2): 2, ("mentee", 3): 3}[role, number]][
            len(pairs) + row
        ] = 1
    levels[4][: len(pairs)] = list(worth.values())
    low = np.zeros(size)
    low[[pairs.index(pair) for pair in locked]] = 1
    found: list[int] = []
    for level in levels:
        matrix = csr_array(
            (
                [value for entries, _, _ in rows for value in entries.values()],
                (
                    [row for row, (entries, _, _) in enumerate(rows) for _ in entries],
                    [column for entries, _, _ in rows for column in entries],
                ),
            ),
            shape=(len(rows), size),
        )
        result = milp(
            -level,
            integrality=np.ones(size),
            bounds=Bounds(low, np.ones(size)),
            constraints=LinearConstraint(matrix, [row[1] for row in rows], [row[2] for row in rows]),
        )
        assert result.success, result.message
        found.append(round(-result.fun))
        rows.append((dict(enumerate(level.tolist())), found[-1] - 0.5, np.inf))
    return tuple(found)
