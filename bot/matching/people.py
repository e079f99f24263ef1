"""The people to match, grouped: those whose answers the rules cannot tell apart are interchangeable."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bot.matching.rules import Answer, Prefer, QuestionInfo, Require, Rule, Rules, asked, codes, place

Ints = NDArray[np.int64]
Role = Literal["mentor", "mentee"]
Pair = tuple[str, str]  # keys: the mentor's, the mentee's

NEVER = -10_000_000  # the score of a pair that breaks a rule; any sum with it stays below zero
BLOCK = 4_000_000  # pairs looked at together: what bounds the memory


class Humans:
    """Who is who: some keys are one person's (`same` maps a key to one that stands for its person); others are theirs.

    Two people meet once at most, whichever of their keys it is by and whichever way round, and nobody meets themselves.
    """

    def __init__(self, same: Mapping[str, str]) -> None:
        """Take the keys that are not the only one of their person."""
        self._of = same
        self._keys: dict[str, set[str]] = {}
        for key, person in same.items():
            self._keys.setdefault(person, {person}).add(key)

    def ways(self, pairs: Iterable[Pair]) -> list[list[Pair]]:
        """Return, for two people at a time, those of these pairs that are of the two, where there are several."""
        found: dict[tuple[str, ...], list[Pair]] = {}
        for pair in pairs:
            found.setdefault(self._two(pair), []).append(pair)
        return [ways for ways in found.values() if len(ways) > 1]

    def _two(self, pair: Pair) -> tuple[str, ...]:
        return tuple(sorted({self._of.get(key, key) for key in pair}))

    def keys(self, key: str) -> set[str]:
        """Return all keys of the person with this one."""
        person = self._of.get(key, key)
        return self._keys.get(person, {person})

    def alike(self, pair: Pair) -> set[Pair]:
        """Return every pair of the same two people."""
        one, other = self.keys(pair[0]), self.keys(pair[1])
        return {*product(one, other), *product(other, one)}

    def themselves(self, keys: Iterable[str]) -> set[Pair]:
        """Return every pair in which one of these people would meet themselves."""
        return {pair for key in keys for pair in product(self.keys(key), self.keys(key))}


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in one role: a key, their answers, and how many matches they take in it.

    Somebody who is mentor and mentee is two members with one key.
    """

    key: str
    answers: Mapping[str, Answer]
    capacity: int = 3

    def __repr__(self) -> str:
        return f"Member({self.key!r})"  # answers may be private


@dataclass(frozen=True, slots=True, repr=False)
class Table:
    """What a mentee's answer and a mentor's are worth together.

    `score[x, y]` is the sum of the weights that hold between the mentee answers numbered x and the mentor answers
    numbered y, or NEVER. `below[i]` numbers the answer of mentee i, `above[j]` that of mentor j.
    """

    score: NDArray[np.int32]
    below: Ints
    above: Ints

    def pick(self, mentees: Ints, mentors: Ints) -> "Table":
        """Return the same table for a selection of people."""
        return Table(self.score, self.below[mentees], self.above[mentors])


def tables(
    rules: Rules, questions: Mapping[str, QuestionInfo], mentors: Sequence[Member], mentees: Sequence[Member]
) -> list[Table]:
    """Return one table for each pair of answers that the rules compare; a pair's score is the sum over the tables."""
    compared: dict[object, list[Rule]] = {}
    for rule in (*rules.require, *rules.prefer):
        key = (rule.asks_mentor, rule.asks_mentee, rule.only_if, rule.any_spelling)
        compared.setdefault(key, []).append(rule)
    return [_table(group, questions, mentors, mentees) for group in compared.values()]


def _table(
    group: Sequence[Rule], questions: Mapping[str, QuestionInfo], mentors: Sequence[Member], mentees: Sequence[Member]
) -> Table:
    above, above_values = _values(group[0], "mentor", mentors)
    below, below_values = _values(group[0], "mentee", mentees)
    if all(rule.rule != "gap" for rule in group):
        above_values, below_values = _shared(above_values, below_values)
    score = np.zeros((len(below_values), len(above_values)), np.int32)
    for rule in group:
        held = _held(rule, questions, below_values, above_values)
        if isinstance(rule, Prefer):
            score += held * np.int32(rule.weight)
        else:
            score += ~held * np.int32(NEVER)
    np.maximum(score, NEVER, out=score)
    if score.size:  # answers that are worth the same to everybody are one answer
        score, rows = np.unique(score, axis=0, return_inverse=True)
        score, columns = np.unique(score, axis=1, return_inverse=True)
        below, above = rows.reshape(-1)[below], columns.reshape(-1)[above]
    return Table(score, below, above)


Value = frozenset[str] | None  # None: the rule does not count for them


def _values(rule: Rule, side: Role, members: Sequence[Member]) -> tuple[Ints, list[Value]]:
    name = rule.asks_mentor if side == "mentor" else rule.asks_mentee
    only_if = getattr(rule.only_if, side, "")
    said = [member.answers.get(name) for member in members]
    conditions = [member.answers.get(only_if, "") for member in members] if only_if else [""] * len(members)
    numbers: dict[Value, int] = {}
    seen: dict[tuple[Answer | None, Answer], int] = {}
    for answer, condition in dict.fromkeys(zip(said, conditions, strict=True)):
        value = codes(answer, any_spelling=rule.any_spelling) if asked(rule, side, {only_if: condition}) else None
        seen[answer, condition] = numbers.setdefault(value, len(numbers))
    found = [seen[both] for both in zip(said, conditions, strict=True)]
    return np.array(found, np.int64), list(numbers)


def _shared(above: Sequence[Value], below: Sequence[Value]) -> tuple[list[Value], list[Value]]:
    """Return the values with every code that the other side never gives replaced by one mark: it can equal nothing."""
    ours, theirs = ({code for value in values for code in value or ()} for values in (above, below))
    return (
        [value and frozenset(code if code in theirs else "\0mentor" for code in value) for value in above],
        [value and frozenset(code if code in ours else "\0mentee" for code in value) for value in below],
    )


def _held(
    rule: Rule, questions: Mapping[str, QuestionInfo], below: Sequence[Value], above: Sequence[Value]
) -> NDArray[np.bool_]:
    """Return for each mentee value (rows) and mentor value (columns) whether they keep the rule."""
    required = isinstance(rule, Require)
    if rule.rule == "gap":
        high, low = (
            np.array(
                [
                    np.nan if (found := place(questions[name], value or frozenset())) is None else found
                    for value in values
                ]
            )
            for name, values in ((rule.asks_mentor, above), (rule.asks_mentee, below))
        )
        gap = high[None, :] - low[:, None]
        held = (gap >= (rule.least or 0)) & (gap <= (rule.most or 0))
    else:
        index = {code: n for n, code in enumerate(sorted({c for value in (*below, *above) for c in value or ()}))}
        high, low = (_marks(values, index) for values in (above, below))
        common, many_high, many_low = low @ high.T, high.sum(1)[None, :], low.sum(1)[:, None]
        if rule.rule == "overlap":
            held = common > 0
        elif rule.rule == "same":
            held = (common == many_high) & (common == many_low) & (common > 0)
        else:
            held = np.where((many_high == 0) | (many_low == 0), required, common == 0)
    held = np.asarray(held, bool)
    held[[value is None for value in below], :] = required
    held[:, [value is None for value in above]] = required
    return held


def _marks(values: Sequence[Value], index: Mapping[str, int]) -> NDArray[np.float32]:
    marks = np.zeros((len(values), len(index)), np.float32)
    for row, value in enumerate(values):
        marks[row, [index[code] for code in value or ()]] = 1
    return marks


def score(found: Sequence[Table], mentees: Ints, mentors: Ints) -> NDArray[np.int32]:
    """Return the scores of pairs given by two arrays of equal shape (or shapes that broadcast); below zero: never."""
    total = np.zeros(np.broadcast_shapes(mentees.shape, mentors.shape), np.int32)
    for table in found:
        total += table.score[table.below[mentees], table.above[mentors]]
    return total


def blocks(
    found: Sequence[Table], banned: tuple[Ints, Ints], mentees: int, mentors: int
) -> Iterator[tuple[Ints, Ints, NDArray[np.int32]]]:
    """Go through all pairs that may be allowed, block by block: mentee numbers, mentor numbers, their scores.

    The table that rules out most decides which answers meet at all, so the pairs it rules out are never looked at.
    `banned` are pairs, mentee numbers and mentor numbers, that are not allowed whatever their score.
    """
    everybody = np.arange(mentors)
    key = min(found, key=_share, default=None)
    groups = [(np.arange(mentees), everybody)]
    if key is not None:
        meet = key.score >= 0
        groups = [
            (np.flatnonzero(key.below == number), np.flatnonzero(meet[number][key.above]))
            for number in range(len(key.score))
        ]
    place, other = np.full(mentees, -1), np.full(mentors, -1)
    for rows, columns in groups:
        step = max(1, BLOCK // max(1, len(columns)))
        other[columns] = np.arange(len(columns))
        for start in range(0, len(rows) if len(columns) else 0, step):
            chosen = rows[start : start + step]
            total = np.zeros((len(chosen), len(columns)), np.int32)
            for table in found:
                total += table.score[table.below[chosen]][:, table.above[columns]]
            place[chosen] = np.arange(len(chosen))
            x, y = place[banned[0]], other[banned[1]]
            here = (x >= 0) & (y >= 0)
            total[x[here], y[here]] = NEVER
            place[chosen] = -1
            yield chosen, columns, total
        other[columns] = -1


def _share(table: Table) -> float:
    """Return the share of pairs that a table lets through."""
    meet = table.score >= 0
    rows = np.bincount(table.below, minlength=meet.shape[0])
    columns = np.bincount(table.above, minlength=meet.shape[1])
    return float(rows @ meet @ columns) / max(1, len(table.below) * len(table.above))
