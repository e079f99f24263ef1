"""Explain: where mentors are lacking, why somebody has no match and what would change it, and what a match may tell.

All of it speaks about public rules and public answers only; `telling` looks at private ones and returns a number.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bot.matching.people import Ints, Member, Pair, Role, Table, score, tables
from bot.matching.rules import Prefer, QuestionInfo, Require, Rule, Rules, asked, codes, holds
from bot.matching.solve import Solution

CROWD = 5  # how many must look alike for one of them to go unnoticed


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Mentees who answered alike, and the mentors who would do for at least one of them, with their places."""

    group: dict[str, str]
    mentees: int
    possible_mentors: int
    places: int


@dataclass(frozen=True, slots=True)
class Relax:
    """What one hard rule holds back: `extra` more people would do, `free` of them with a place left.

    For a gap, `least` and `most` are the wider range; any other rule would be taken out.
    """

    rule: str
    kind: Literal["same", "different", "gap", "overlap"]
    extra: int
    free: int
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """Why somebody has `matches` of `places`: how many people would do by the public rules, and how many are free.

    `candidates` includes those they are matched with; `free` are the others who still have a place. `relax` is sorted,
    what would help most first, and leaves out what would not help.
    """

    key: str
    role: Role
    matches: int
    places: int
    candidates: int
    free: int
    relax: tuple[Relax, ...]


def shortfalls(
    rules: Rules,
    questions: Mapping[str, QuestionInfo],
    mentors: Sequence[Member],
    mentees: Sequence[Member],
    by: Sequence[str],
) -> list[Shortfall]:
    """Return groups of mentees whose possible mentors have fewer places than they would take, worst first.

    `by` names public questions of the mentee. A mentor is possible for a mentee if the public hard rules allow it, and
    public preferences for something asked in `by` ("works in the profession you want") are kept too: those who want
    policy lack mentors in policy, however many others there are.
    """
    for name in by:
        if questions[name].private:
            raise ValueError(f"{name!r} is private: nobody is counted by it")
    wished = tuple(
        Require.model_validate(rule.model_dump(by_alias=True, exclude={"weight", "to_mentee", "to_mentor"}))
        for rule in rules.prefer
        if rule.asks_mentee in by and rule.rule in {"same", "overlap"}
    )
    counted = tuple(rule for rule in (*rules.require, *wished) if rule.public(questions))
    found = tables(Rules(most=rules.most, require=counted), questions, mentors, mentees)
    places = np.array([_places(rules, mentor) for mentor in mentors], np.int64)
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, mentee in enumerate(mentees):
        answer = tuple(_text(mentee.answers.get(name, "")) for name in by)
        groups.setdefault(answer, []).append(number)
    short = []
    for answer, members in sorted(groups.items()):
        possible = np.zeros(len(mentors), bool)
        for alike in {tuple(int(t.below[number]) for t in found): number for number in members}.values():
            possible |= _scores(found, alike, len(mentors)) >= 0
        wanted = sum(_places(rules, mentees[number]) for number in members)
        offered = int(places[possible].sum())
        if offered < wanted:
            group = dict(zip(by, answer, strict=True))
            short.append(Shortfall(group, len(members), int((possible & (places > 0)).sum()), offered))
    return sorted(short, key=lambda item: (item.places / item.mentees, -item.mentees))


def why_not(
    rules: Rules,
    questions: Mapping[str, QuestionInfo],
    member_key: str,
    role: Role,
    mentors: Sequence[Member],
    mentees: Sequence[Member],
    solution: Solution,
    *,
    forbidden: Collection[Pair] = (),
) -> Why:
    """Return why somebody has no match, or fewer than they have places, and what would change it."""
    return Reasons(rules, questions, mentors, mentees, solution, forbidden=forbidden).why(member_key, role)


class Reasons:
    """Why people have the matches they have, for many of one solution; `why_not` asks for one."""

    def __init__(
        self,
        rules: Rules,
        questions: Mapping[str, QuestionInfo],
        mentors: Sequence[Member],
        mentees: Sequence[Member],
        solution: Solution,
        *,
        forbidden: Collection[Pair] = (),
    ) -> None:
        self.sides: dict[Role, Sequence[Member]] = {"mentor": mentors, "mentee": mentees}
        self.at = {role: {m.key: number for number, m in enumerate(members)} for role, members in self.sides.items()}
        self.places = {
            role: np.array([_places(rules, member) for member in members], np.int64)
            for role, members in self.sides.items()
        }
        self.partners: dict[Role, dict[str, list[str]]] = {"mentor": {}, "mentee": {}}
        self.barred: dict[Role, dict[str, set[str]]] = {"mentor": {}, "mentee": {}}
        for pair in solution.pairs:
            self.partners["mentor"].setdefault(pair.mentor, []).append(pair.mentee)
            self.partners["mentee"].setdefault(pair.mentee, []).append(pair.mentor)
        for mentor, mentee in (*forbidden, *((pair.mentee, pair.mentor) for pair in solution.pairs)):
            self.barred["mentor"].setdefault(mentor, set()).add(mentee)
            self.barred["mentee"].setdefault(mentee, set()).add(mentor)
        self.free = {
            role: self.places[role] > [len(self.partners[role].get(member.key, ())) for member in members]
            for role, members in self.sides.items()
        }
        # the public hard rules, then the same with one of them wider, or taken out
        public = [rule for rule in rules.require if rule.public(questions)]
        self.changes: list[tuple[Require, Require | None]] = [(rule, wide) for rule in public for wide in _wider(rule)]
        sets = [public]
        for rule, wide in self.changes:
            sets.append([other for other in public if other is not rule] + ([wide] if wide else []))
        self.tables = [tables(Rules(require=tuple(kept)), questions, mentors, mentees) for kept in sets]
        self.masks: dict[tuple[object, ...], list[NDArray[np.bool_]]] = {}

    def why(self, key: str, role: Role) -> Why:
        """Return why this person has no match, or fewer than they have places, and what would change it."""
        number, other = self.at[role][key], _other(role)
        masks = self._masks(role, number)
        partners = self.partners[role].get(key, [])
        out = [self.at[other][k] for k in {key, *self.barred[role].get(key, ())} if k in self.at[other]]
        able = self.places[other] > 0
        able[out] = False
        free = self.free[other] & able
        free[[self.at[other][partner] for partner in partners]] = False
        relax = []
        for (rule, wide), mask in zip(self.changes, masks[1:], strict=True):
            extra = mask & ~masks[0] & able
            if extra.any():
                least, most = (wide.least, wide.most) if wide else (None, None)
                relax.append(Relax(rule.name, rule.rule, int(extra.sum()), int((extra & free).sum()), least, most))
        relax.sort(key=lambda item: (-item.free, -item.extra))
        now = masks[0] & able
        places = int(self.places[role][number])
        return Why(key, role, len(partners), places, int(now.sum()), int((now & free).sum()), tuple(relax))

    def _masks(self, role: Role, number: int) -> list[NDArray[np.bool_]]:
        """Return who would do under each set of rules; people with equal answers share it."""
        own = [[t.above if role == "mentor" else t.below for t in found] for found in self.tables]
        alike = (role, *(int(values[number]) for found in own for values in found))
        if alike not in self.masks:
            everybody = np.arange(len(self.sides[_other(role)]))
            me = np.full(len(everybody), number)
            self.masks[alike] = [
                score(found, *((everybody, me) if role == "mentor" else (me, everybody))) >= 0 for found in self.tables
            ]
        return self.masks[alike]


def _other(role: Role) -> Role:
    return "mentee" if role == "mentor" else "mentor"


def _wider(rule: Require) -> list[Require | None]:
    """Return the rule made wider by one step, each way there is; None stands for the rule taken out."""
    if rule.least is None or rule.most is None:
        return [None]
    return [rule.model_copy(update={"least": rule.least - 1}), rule.model_copy(update={"most": rule.most + 1})]


def telling(
    rules: Rules,
    questions: Mapping[str, QuestionInfo],
    mentors: Sequence[Member],
    mentees: Sequence[Member],
    solution: Solution,
) -> int:
    """Return how many matches could tell somebody a private answer, never which.

    Only a match in which a private rule counts and is kept can tell. It does if that rule is required, as then every
    such match does. Otherwise somebody in it, who knows what is public, may ask why they were given this partner and
    not another who looks just as good to them: kept the same public hard rules, and has the same public score. That is
    the partner's crowd. If it has fewer than CROWD people, and not all of it were given to them, the match tells.
    """
    ours, theirs = {m.key: n for n, m in enumerate(mentors)}, {m.key: n for n, m in enumerate(mentees)}
    secret = [rule for rule in (*rules.require, *rules.prefer) if not rule.public(questions)]
    shown = rules.model_copy(
        update={
            "require": tuple(rule for rule in rules.require if rule.public(questions)),
            "prefer": tuple(rule for rule in rules.prefer if rule.public(questions)),
        }
    )
    found = tables(shown, questions, mentors, mentees)
    turned = [Table(table.score.T, table.above, table.below) for table in found]
    numbers = [(ours[pair.mentor], theirs[pair.mentee]) for pair in solution.pairs]
    looks = score(found, *(np.array([pair[side] for pair in numbers], np.int64) for side in (1, 0))).tolist()
    given = Counter((1, mentee, look) for (_, mentee), look in zip(numbers, looks, strict=True))
    given += Counter((0, mentor, look) for (mentor, _), look in zip(numbers, looks, strict=True))
    crowds: dict[tuple[int, ...], dict[int, int]] = {}

    def crowd(side: int, number: int, look: int) -> int:
        seen = turned if side == 0 else found
        alike = (side, *(int(table.below[number]) for table in seen))
        if alike not in crowds:
            scores = _scores(seen, number, len(mentees) if side == 0 else len(mentors))
            crowds[alike] = dict(zip(*(part.tolist() for part in np.unique(scores, return_counts=True)), strict=True))
        return crowds[alike].get(look, 0)

    count = 0
    for (mentor, mentee), look in zip(numbers, looks, strict=True):
        above, below = mentors[mentor].answers, mentees[mentee].answers
        kept = [
            rule
            for rule in secret
            if asked(rule, "mentor", above) and asked(rule, "mentee", below) and _said(rule, above, below)
            if holds(rule, questions, above, below)
        ]
        small = any(
            given[side, number, look] < crowd(side, number, look) < CROWD for side, number in ((0, mentor), (1, mentee))
        )
        count += bool(kept) and (small or any(not isinstance(rule, Prefer) for rule in kept))
    return count


def _said(rule: Rule, above: Mapping[str, object], below: Mapping[str, object]) -> bool:
    """Say whether both have answered what the rule compares: a rule kept by silence tells nothing."""
    return bool(codes(above.get(rule.asks_mentor)) and codes(below.get(rule.asks_mentee)))  # type: ignore[arg-type]


def _scores(found: Sequence[Table], mentee: int, mentors: int) -> Ints:
    return score(found, np.full(mentors, mentee), np.arange(mentors)).astype(np.int64)


def _places(rules: Rules, member: Member) -> int:
    return max(0, min(member.capacity, rules.most))


def _text(answer: object) -> str:
    return answer if isinstance(answer, str) else ", ".join(sorted(answer))  # type: ignore[call-overload]
