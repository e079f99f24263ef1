"""Solve: who is matched with whom, the best there is, with the proof beside it."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.matching.apart import apart
from bot.matching.flow import LEVELS, Flow, Groups, best
from bot.matching.people import BLOCK, Humans, Ints, Member, Pair, Table, score, tables
from bot.matching.rules import QuestionInfo, Rules

Levels = tuple[int, ...]  # five of them
ROUNDS = 10  # how often two people matched both ways round are told apart by ruling out one way
NOBODY: Mapping[str, str] = {}
SMALL = 3_000  # possible pairs up to which a general solver may be asked to do better


class Impossible(ValueError):  # noqa: N818 - it is what happened, and is caught by this name
    """What was asked for cannot be; the message says why and names keys only."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A match: keys, its score, and the names of the public rules that it keeps.

    `score` counts private rules too, so it may tell what the reasons do not: show people `public`, the part of it that
    public rules give.
    """

    mentor: str
    mentee: str
    score: int
    reasons: tuple[str, ...]
    public: int


@dataclass(frozen=True, slots=True, repr=False)
class Certificate:
    """Prices by key, with one entry for each level: what `check` needs to prove that nothing better exists."""

    mentors: Mapping[str, tuple[int, ...]]
    mentees: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Solution:
    """The matches, sorted by key.

    `levels` is the objective in order: mentees with a match, mentors with one, mentees with two, mentees with three,
    total score. No result can be better than `bound`; `certified` says that this one reaches it.
    """

    pairs: tuple[Scored, ...]
    levels: Levels
    certified: bool
    bound: tuple[int, ...]
    certificate: Certificate

    @property
    def public_score(self) -> int:
        """The part of the total score that comes from public rules: what may be shown."""
        return sum(pair.public for pair in self.pairs)


def solve(
    rules: Rules,
    questions: Mapping[str, QuestionInfo],
    mentors: Sequence[Member],
    mentees: Sequence[Member],
    *,
    locked: Collection[Pair] = (),
    forbidden: Collection[Pair] = (),
    same: Mapping[str, str] = NOBODY,
) -> Solution:
    """Return the best matches: every locked pair is among them and no forbidden one is. The order of people is nothing.

    `same` maps keys of one person to one of them: nobody meets themselves, and no two people meet twice.

    Raises Impossible where a locked pair cannot be, and where a key stands twice in a role with different answers.
    """
    cohort = _Cohort(rules, questions, mentors, mentees, locked, forbidden, Humans(same))
    out = set(forbidden) | cohort.met(locked) | cohort.humans.themselves(cohort.mentor_at)
    flow, made = cohort.best(out)
    certificate = cohort.certificate(flow)
    bound = tuple(int(level) for level in cohort.levels(*cohort.locked) + flow.bound)
    if cohort.both_ways(*made):
        made = cohort.apart(made, out, bound)
    return cohort.solution(*made, bound, certificate)


def repair(
    rules: Rules,
    questions: Mapping[str, QuestionInfo],
    mentors: Sequence[Member],
    mentees: Sequence[Member],
    *,
    pairs: Collection[Pair],
    touched: Collection[str],
    locked: Collection[Pair] = (),
    forbidden: Collection[Pair] = (),
    same: Mapping[str, str] = NOBODY,
) -> Solution:
    """Solve again for the people touched only: of `pairs`, those with nobody touched in them stay as they are.

    Pairs of somebody who is no longer among the people are over. A place that a touched pair leaves free may be filled
    from a waiting list: whoever has fewer matches than places counts as touched by nature, and loses none.
    """
    keys = set(touched)
    here = {member.key for member in mentors}, {member.key for member in mentees}
    stay = {pair for pair in pairs if pair[0] in here[0] and pair[1] in here[1] and not keys & set(pair)}
    return solve(rules, questions, mentors, mentees, locked=stay | set(locked), forbidden=forbidden, same=same)


class _Cohort:
    """The people of one solve, numbered in a fixed order; what is locked; the tables that say what a pair is worth."""

    def __init__(
        self,
        rules: Rules,
        questions: Mapping[str, QuestionInfo],
        mentors: Iterable[Member],
        mentees: Iterable[Member],
        locked: Iterable[Pair],
        forbidden: Collection[Pair],
        humans: Humans,
    ) -> None:
        self.humans = humans
        self.rules, self.questions = rules, questions
        self.mentors, self.mentees = _in_order(mentors, "mentor"), _in_order(mentees, "mentee")
        self.mentor_at = {member.key: number for number, member in enumerate(self.mentors)}
        self.mentee_at = {member.key: number for number, member in enumerate(self.mentees)}
        self.tables = tables(rules, questions, self.mentors, self.mentees)
        self.locked = self._locked(sorted(set(locked)), forbidden)
        self.mentor_most, self.mentee_most = (
            np.array([min(max(member.capacity, 0), rules.most) for member in members], np.int64)
            for members in (self.mentors, self.mentees)
        )
        self.mentee_done = np.bincount(self.locked[0], minlength=len(self.mentees))
        self.mentor_done = np.bincount(self.locked[1], minlength=len(self.mentors))
        for members, done, most in (
            (self.mentors, self.mentor_done, self.mentor_most),
            (self.mentees, self.mentee_done, self.mentee_most),
        ):
            for number in np.flatnonzero(done > most):
                raise Impossible(f"{members[number].key!r} has more locked matches than places; unlock one")

    def _locked(self, locked: Sequence[Pair], forbidden: Collection[Pair]) -> tuple[Ints, Ints]:
        for mentor, mentee in locked:
            start = f"{mentor!r} cannot be locked as the mentor of {mentee!r}:"
            if mentor not in self.mentor_at or mentee not in self.mentee_at:
                raise Impossible(f"{start} one of them is not there in that role")
            if mentee in self.humans.keys(mentor):
                raise Impossible(f"{start} nobody mentors themselves")
            if (mentee, mentor) in locked:
                raise Impossible(f"{start} they are locked the other way round as well")
            if len(self.humans.alike((mentor, mentee)).intersection(locked)) > 1:
                raise Impossible(f"{start} the same two people are locked once more")
            if (mentor, mentee) in forbidden:
                raise Impossible(f"{start} the pair is forbidden as well")
        numbers = self._numbers(locked)
        for row in np.flatnonzero(score(self.tables, *numbers) < 0).tolist():
            raise Impossible(
                "{!r} cannot be locked as the mentor of {!r}: a hard rule is against it".format(*locked[row])
            )
        return numbers

    def met(self, pairs: Iterable[Pair]) -> set[Pair]:
        """Return the other pairs of two people who have one of these."""
        return {other for pair in pairs for other in self.humans.alike(pair) - {pair}}

    def _numbers(self, pairs: Sequence[Pair]) -> tuple[Ints, Ints]:
        return (
            np.array([self.mentee_at[mentee] for _, mentee in pairs], np.int64),
            np.array([self.mentor_at[mentor] for mentor, _ in pairs], np.int64),
        )

    def best(self, out: Collection[Pair]) -> tuple[Flow, tuple[Ints, Ints]]:
        """Return the best flow without the pairs that are out, and the pairs made of it: mentee and mentor numbers."""
        known = sorted(pair for pair in out if pair[0] in self.mentor_at and pair[1] in self.mentee_at)
        mentee, mentor = (np.concatenate(both) for both in zip(self._numbers(known), self.locked, strict=True))
        able = (self.mentee_most > self.mentee_done)[mentee] & (self.mentor_most > self.mentor_done)[mentor]
        able &= score(self.tables, mentee, mentor) >= 0
        mentee, mentor = mentee[able], mentor[able]
        self.mentee_group, mentees = _group([t.below for t in self.tables], self.mentee_done, self.mentee_most, mentee)
        self.mentor_group, mentors = _group([t.above for t in self.tables], self.mentor_done, self.mentor_most, mentor)
        one = _first_of(self.mentee_group), _first_of(self.mentor_group)
        found = [Table(t.score, t.below[one[0]], t.above[one[1]]) for t in self.tables]
        flow = best(mentees, mentors, found, (self.mentee_group[mentee], self.mentor_group[mentor]))
        dealt = _deal(flow, self.mentee_group, self.mentor_group)
        return flow, (np.concatenate([self.locked[0], dealt[0]]), np.concatenate([self.locked[1], dealt[1]]))

    def levels(self, mentee: Ints, mentor: Ints) -> Ints:
        """Return the objective of these pairs, level by level."""
        have = np.bincount(mentee, minlength=1)
        first, second, third = (np.count_nonzero(have >= least) for least in (1, 2, 3))
        return np.array(
            [first, len(np.unique(mentor)), second, third, int(score(self.tables, mentee, mentor).sum())], np.int64
        )

    def apart(self, made: tuple[Ints, Ints], out: Collection[Pair], bound: tuple[int, ...]) -> tuple[Ints, Ints]:
        """Return pairs of which no two are the same two people: the best if few pairs are possible, else good ones.

        First the worse of the two ways is ruled out and the rest solved again, a few times over. That mostly loses
        nothing; where it falls short of the bound, a general solver takes over, if it can.
        """
        ruled, twice = set(out), self.both_ways(*made)
        for _ in range(ROUNDS):
            if not twice:
                break
            ruled |= twice
            made = self.best(ruled)[1]
            twice = self.both_ways(*made)
        start = self._filled([pair for pair in self._keys(*made) if pair not in twice], out)
        mentee, mentor = self._numbers(start)
        reached = tuple(self.levels(mentee, mentor).tolist())
        worth = {} if reached == bound else self._worth(out)
        if 0 < len(worth) <= SMALL:
            ours, theirs = (
                {member.key: int(most) for member, most in zip(members, limits, strict=True)}
                for members, limits in ((self.mentors, self.mentor_most), (self.mentees, self.mentee_most))
            )
            humans, locked = self.humans, self._keys(*self.locked)
            mentee, mentor = self._numbers(apart(worth, ours, theirs, humans, locked, start, reached, bound))
        return mentee, mentor

    def _filled(self, pairs: list[Pair], out: Collection[Pair]) -> list[Pair]:
        """Return the pairs and what can be added to them, a few times over, without two people meeting both ways."""
        for _ in range(ROUNDS):
            held = _Cohort(self.rules, self.questions, self.mentors, self.mentees, pairs, (), self.humans)
            made = held.best({*out, *self.met(pairs)})[1]
            twice = self.both_ways(*made)
            more = [pair for pair in self._keys(*made) if pair not in twice]
            if len(more) == len(pairs):
                break
            pairs = more
        return pairs

    def _worth(self, out: Collection[Pair]) -> dict[Pair, int]:
        """Return the score of each pair that may be, or nothing if there are too many people to look."""
        if len(self.mentors) * len(self.mentees) > BLOCK:
            return {}
        scores = score(self.tables, np.arange(len(self.mentees))[:, None], np.arange(len(self.mentors))[None, :])
        mentee, mentor = np.nonzero(scores >= 0)
        found = dict(zip(self._keys(mentee, mentor), scores[mentee, mentor].tolist(), strict=True))
        return {pair: worth for pair, worth in found.items() if pair not in out}

    def both_ways(self, mentee: Ints, mentor: Ints) -> set[Pair]:
        """Return, of two people matched more than once, all pairs but the best; a locked one stays."""
        worth = dict(zip(self._keys(mentee, mentor), score(self.tables, mentee, mentor).tolist(), strict=True))
        stay = set(self._keys(*self.locked))
        twice = (sorted(ways, key=lambda way: (way in stay, worth[way], way)) for ways in self.humans.ways(worth))
        return {pair for ways in twice for pair in ways[:-1]}

    def _keys(self, mentee: Ints, mentor: Ints) -> list[Pair]:
        return [(self.mentors[y].key, self.mentees[x].key) for x, y in zip(mentee, mentor, strict=True)]

    def certificate(self, flow: Flow) -> Certificate:
        """Return the prices of a flow by person."""
        return Certificate(
            _by_key(self.mentors, self.mentor_group, flow.mentor_price),
            _by_key(self.mentees, self.mentee_group, flow.mentee_price),
        )

    def solution(self, mentee: Ints, mentor: Ints, bound: tuple[int, ...], certificate: Certificate) -> Solution:
        """Return the pairs with their scores and reasons."""
        reasons: list[list[str]] = [[] for _ in mentee]
        public = np.zeros(len(mentee), np.int64)
        for rule in self.rules.prefer:
            if rule.public(self.questions):
                alone = self.rules.model_copy(update={"require": (), "prefer": (rule,)})
                gain = score(tables(alone, self.questions, self.mentors, self.mentees), mentee, mentor)
                public += gain
                for row in np.flatnonzero(gain).tolist():
                    reasons[row].append(rule.name)
        scores = score(self.tables, mentee, mentor)
        pairs = [
            Scored(*keys, total, tuple(why), shown)
            for keys, total, why, shown in zip(
                self._keys(mentee, mentor), scores.tolist(), reasons, public.tolist(), strict=True
            )
        ]
        levels = tuple(int(level) for level in self.levels(mentee, mentor))
        pairs.sort(key=lambda pair: (pair.mentor, pair.mentee))
        return Solution(tuple(pairs), levels, levels == bound, bound, certificate)


def _in_order(members: Iterable[Member], role: str) -> list[Member]:
    """Return everybody once, in an order that depends on the keys alone and favours no letter of the alphabet."""
    found: dict[str, Member] = {}
    for member in members:
        if found.setdefault(member.key, member) != member:
            raise Impossible(f"{member.key!r} stands twice as a {role}, with different answers; keep one")
    return sorted(found.values(), key=lambda member: hashlib.blake2b(member.key.encode(), digest_size=16).digest())


def _group(answers: Sequence[Ints], done: Ints, most: Ints, alone: Ints) -> tuple[Ints, Groups]:
    """Return each person's group, -1 without places left, and the groups; those `alone` share theirs with nobody."""
    apart = np.zeros(len(done), np.int64)
    apart[alone] = 1 + alone
    people = np.flatnonzero(most > done)
    number = np.zeros(len(people), np.int64)
    for column in (*answers, done, most, apart):
        number = number * (int(column.max(initial=0)) + 1) + column[people]
        number = np.unique(number, return_inverse=True)[1]
    _, first, size = np.unique(number, return_index=True, return_counts=True)
    group = np.full(len(done), -1)
    group[people] = number
    return group, Groups(size, done[people][first], most[people][first])


def _first_of(group: Ints) -> Ints:
    """Return one person of each group."""
    numbers, first = np.unique(group, return_index=True)
    return first[numbers >= 0]


def _deal(flow: Flow, mentee_group: Ints, mentor_group: Ints) -> tuple[Ints, Ints]:
    """Turn the flow between groups into pairs of people: mentee and mentor numbers.

    A mentee group's matches, sorted by mentor group, go round its people like cards; then each mentor group's, sorted
    by mentee. So within a group nobody has two more than another, and as no two groups have more matches than pairs of
    people, no two people meet twice.
    """
    order = np.lexsort((flow.mentor, flow.mentee))
    amount = flow.amount[order]
    mentee, mentor = np.repeat(flow.mentee[order], amount), np.repeat(flow.mentor[order], amount)
    mentee = _round(mentee, mentee_group)
    order = np.lexsort((mentee, mentor))
    return mentee[order], _round(mentor[order], mentor_group)


def _round(dealt: Ints, group: Ints) -> Ints:
    """Give the matches of each group, in order, to its people in turn; `dealt` is sorted and names groups."""
    people = np.argsort(group, kind="stable")
    people = people[np.searchsorted(group[people], 0) :]
    numbers, first, size = np.unique(group[people], return_index=True, return_counts=True)
    turn = np.arange(len(dealt)) - np.searchsorted(dealt, dealt)
    return people[first[dealt] + turn % size[dealt]] if len(numbers) else dealt


def _by_key(members: Sequence[Member], group: Ints, price: Ints) -> dict[str, tuple[int, ...]]:
    none = (0,) * LEVELS
    prices = [tuple(row) for row in price.tolist()]
    return {
        member.key: prices[number] if number >= 0 else none
        for member, number in zip(members, group.tolist(), strict=True)
    }
