"""Check a solution against its rules, and its certificate against everything that could have been.

This module knows the rules' data and shares no code with the solver: it reads answers, compares them and adds up by
itself, slowly and plainly.

Why the certificate proves the bound. Give every person a price, a vector with one entry for each level. Whatever pairs
somebody makes, the objective is

    sum over pairs (score + mentee's price + mentor's price) + sum over people and their matches (gain - person's price)

because each price is added and taken away once for every match. Nobody can do better than to take, of all pairs and
of all places, those that are worth more than zero at these prices. Vectors compared entry by entry, first level first,
are added and ordered like numbers, so that sum bounds all levels at once. A solution that reaches it is the best.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from unicodedata import category, normalize

from bot.matching.people import Member, Pair
from bot.matching.rules import Answer, Answers, OnlyIf, QuestionInfo, Rule, Rules
from bot.matching.solve import Solution

Vector = tuple[int, ...]
Entry = tuple[Rule, int | None, str, str, OnlyIf | None]
LETTERS = {ord(one): other for one, other in zip("łøđıþðæœ", ("l", "o", "d", "i", "th", "d", "ae", "oe"), strict=True)}
NOBODY: Mapping[str, str] = {}
NOTHING: Vector = (0, 0, 0, 0, 0)
FIRST = {
    ("mentee", 1): 0,
    ("mentor", 1): 1,
    ("mentee", 2): 2,
    ("mentee", 3): 3,
}  # whose which match is which level


def check(
    rules: Rules,
    questions: Mapping[str, QuestionInfo],
    mentors: Sequence[Member],
    mentees: Sequence[Member],
    solution: Solution,
    *,
    locked: Collection[Pair] = (),
    forbidden: Collection[Pair] = (),
    same: Mapping[str, str] = NOBODY,
) -> list[str]:
    """Return a sentence for everything wrong with the solution or its proof; none means that it is what it says.

    Takes time with the product of the numbers of different mentors and mentees.
    """
    case = _Case(rules, questions, mentors, mentees, frozenset(locked), frozenset(forbidden), same)
    lines = [*case.broken(solution), *case.misread(solution)]
    if lines:
        return lines
    levels = case.levels((pair.mentor, pair.mentee) for pair in solution.pairs)
    if levels != solution.levels:
        lines.append(f"the levels are {levels}, not {solution.levels}")
    prices = {"mentor": solution.certificate.mentors, "mentee": solution.certificate.mentees}
    for role, known in case.people.items():
        if set(prices[role]) != set(known) or any(len(price) != len(NOTHING) for price in prices[role].values()):
            return [*lines, f"the certificate has not one price for each {role}"]
    bound = case.bound(prices)
    if bound != solution.bound:
        lines.append(f"the prices prove the bound {bound}, not {solution.bound}")
    if solution.certified != (levels == bound):
        lines.append(f"certified is {solution.certified}, but the levels are {levels} and the bound is {bound}")
    return lines


Profile = tuple[tuple[Answer, ...], Vector]  # the answers that the rules read, and the price


class _Case:
    """What there is to match, read afresh."""

    def __init__(
        self,
        rules: Rules,
        questions: Mapping[str, QuestionInfo],
        mentors: Sequence[Member],
        mentees: Sequence[Member],
        locked: frozenset[Pair],
        forbidden: frozenset[Pair],
        same: Mapping[str, str],
    ) -> None:
        self.same = same
        self.people = {"mentor": {m.key: m for m in mentors}, "mentee": {m.key: m for m in mentees}}
        self.most, self.questions, self.locked, self.forbidden = rules.most, questions, locked, forbidden
        # a rule, its weight (None where it binds), the mentor's and the mentee's question, its condition
        self.rules: list[Entry] = [
            (rule, None, rule.asks_mentor, rule.asks_mentee, rule.only_if) for rule in rules.require
        ]
        self.rules += [(rule, rule.weight, rule.asks_mentor, rule.asks_mentee, rule.only_if) for rule in rules.prefer]
        self.known: dict[object, bool] = {}

    def broken(self, solution: Solution) -> Iterator[str]:
        """Tell which pairs must not be, or must be and are not."""
        made = [(pair.mentor, pair.mentee) for pair in solution.pairs]
        yield from self.twice(made)
        if made != sorted(set(made)):
            yield "the pairs are not sorted, or one stands there twice"
        everybody = {*self.people["mentor"], *self.people["mentee"]}
        for mentor, mentee in made:
            if mentor not in self.people["mentor"] or mentee not in self.people["mentee"]:
                yield f"{(mentor, mentee)} names somebody who is not there in that role"
        for pair in sorted(self.forbidden & set(made)):
            yield f"{pair} is forbidden"
        for pair in sorted(self.locked - set(made)):
            yield f"{pair} is locked and missing"
        for side, role in enumerate(self.people):
            for key, count in Counter(pair[side] for pair in made).items():
                if key in everybody and count > self.places(role, key):
                    yield f"{key!r} has more matches than places as a {role}"

    def misread(self, solution: Solution) -> Iterator[str]:
        """Tell which pairs break a hard rule, or have another score or other reasons than are told."""
        for pair in solution.pairs:
            mentor, mentee = self.people["mentor"].get(pair.mentor), self.people["mentee"].get(pair.mentee)
            if mentor is None or mentee is None:
                continue
            names = [rule.name for rule, *_ in self.kept(mentor.answers, mentee.answers) if not self.private(rule)]
            shown = sum(weight or 0 for rule, weight, *_ in self.rules if rule.name in names)
            preferred = {rule.name for rule, weight, *_ in self.rules if weight is not None}
            told = (pair.score, pair.reasons, pair.public)
            score = self.score(mentor.answers, mentee.answers)
            if told != (score, tuple(name for name in names if name in preferred), shown):
                yield f"{(pair.mentor, pair.mentee)} breaks a hard rule, or has another score or other reasons"

    def twice(self, made: Sequence[Pair]) -> Iterator[str]:
        """Tell where somebody meets themselves, or two people meet twice."""
        met = Counter(self.people_of(pair) for pair in made)
        for pair in made:
            if len(self.people_of(pair)) == 1 or met[self.people_of(pair)] > 1:
                yield f"{pair} is one person, or two matched twice, such as both ways round"

    def people_of(self, pair: Pair) -> frozenset[str]:
        """Return who the two of a pair are: one person may have several keys."""
        return frozenset(self.same.get(key, key) for key in pair)

    def private(self, rule: Rule) -> bool:
        """Say whether the rule reads anything private."""
        return any(self.questions[name].private for name in rule.asks)

    def places(self, role: str, key: str) -> int:
        """Return how many matches somebody may have in this role."""
        return max(0, min(self.people[role][key].capacity, self.most)) if key in self.people[role] else 0

    def levels(self, pairs: Iterable[Pair]) -> Vector:
        """Return the five figures of the objective."""
        made = list(pairs)
        have, give = Counter(mentee for _, mentee in made), Counter(mentor for mentor, _ in made)
        first, second, third = (sum(count >= least for count in have.values()) for least in (1, 2, 3))
        ours, theirs = self.people["mentor"], self.people["mentee"]
        return (
            first,
            len(give),
            second,
            third,
            sum(self.score(ours[x].answers, theirs[y].answers) or 0 for x, y in made),
        )

    def bound(self, prices: Mapping[str, Mapping[str, Vector]]) -> Vector:
        """Return what no solution can exceed: what is locked, and all that is worth more than zero at these prices."""
        total = self.levels(self.locked)
        done = {"mentor": Counter(x for x, _ in self.locked), "mentee": Counter(y for _, y in self.locked)}
        profiles: dict[str, dict[str, Profile]] = {role: {} for role in self.people}
        names = {role: self.reads(role) for role in self.people}
        for role, known in self.people.items():
            for key, member in known.items():
                left = range(done[role][key] + 1, self.places(role, key) + 1)
                for match in left:
                    total = _plus(total, _worth(_plus(_gain(role, match), prices[role][key], times=-1)))
                if left:
                    answers = tuple(member.answers.get(name, "") for name in names[role])
                    profiles[role][key] = answers, prices[role][key]
        met = {self.people_of(pair) for pair in self.locked}
        keys: dict[str, set[str]] = {}
        for key in (*self.people["mentor"], *self.people["mentee"]):
            keys.setdefault(self.same.get(key, key), set()).add(key)
        again = {pair for two in met | {frozenset([who]) for who in keys} for pair in self.ways(two, keys)}
        never = Counter(
            (profiles["mentor"][x], profiles["mentee"][y])
            for x, y in self.forbidden | self.locked | again
            if x in profiles["mentor"] and y in profiles["mentee"]
        )
        mentors, mentees = Counter(profiles["mentor"].values()), Counter(profiles["mentee"].values())
        for mentor, many in mentors.items():
            above = dict(zip(names["mentor"], mentor[0], strict=True))
            for mentee, more in mentees.items():
                score = self.score(above, dict(zip(names["mentee"], mentee[0], strict=True)))
                if score is not None:
                    gain = _worth(_plus(_plus(mentor[1], mentee[1]), (0, 0, 0, 0, score)))
                    if gain != NOTHING:
                        total = _plus(total, gain, times=many * more - never[mentor, mentee])
        return total

    def ways(self, two: frozenset[str], known: Mapping[str, set[str]]) -> set[Pair]:
        """Return every pair of these two people, or of one with themselves, by all keys that they have."""
        keys = sorted(set().union(*(known[who] for who in two)))
        return {(x, y) for x in keys for y in keys if self.people_of((x, y)) == two}

    def reads(self, role: str) -> list[str]:
        """Return the questions that the rules read on this side."""
        names = {(above if role == "mentor" else below) for _, _, above, below, _ in self.rules}
        return sorted(names | {getattr(rule.only_if, role) for rule, *_ in self.rules if rule.only_if} - {""})

    def score(self, mentor: Answers, mentee: Answers) -> int | None:
        """Return what the two are worth together, or None if a hard rule is against it."""
        total = 0
        for entry in self.rules:
            kept = self.keeps(entry, mentor, mentee)
            if entry[1] is None and not kept:
                return None
            total += kept * (entry[1] or 0)
        return total

    def kept(self, mentor: Answers, mentee: Answers) -> list[Entry]:
        """Return the rules that the two keep."""
        return [entry for entry in self.rules if self.keeps(entry, mentor, mentee)]

    def keeps(self, entry: Entry, mentor: Answers, mentee: Answers) -> bool:
        """Say whether the two keep a rule, remembering it for all with these answers."""
        rule, weight, above, below, only_if = entry
        high, low, said = mentor.get(above, ""), mentee.get(below, ""), None
        if only_if is not None:
            said = mentor.get(only_if.mentor, "") if only_if.mentor else mentee.get(only_if.mentee, "")
        known = (rule.name, high, low, said)
        if known not in self.known:
            read = _words if rule.rule in {"same", "different"} else _set
            self.known[known] = _kept(rule, self.questions, weight is None, read(high), read(low), said)
        return self.known[known]


def _kept(
    rule: Rule,
    questions: Mapping[str, QuestionInfo],
    binding: bool,  # noqa: FBT001
    high: set[str],
    low: set[str],
    said: Answer | None,
) -> bool:
    if rule.only_if is not None and not _set(rule.only_if.code) & _set(said or ""):
        return binding
    match rule.rule:
        case "same":
            return high == low != set()
        case "overlap":
            return not high.isdisjoint(low)
        case "different":
            return high.isdisjoint(low) and (binding or (high != set() and low != set()))
        case "gap":
            places = [
                [number for number, code in enumerate(questions[name].choices) if answer and answer == _set(code)]
                for name, answer in ((rule.asks_mentor, high), (rule.asks_mentee, low))
            ]
            return all(places) and (rule.least or 0) <= places[0][0] - places[1][0] <= (rule.most or 0)


def _set(answer: Answer) -> set[str]:
    return {code.strip().casefold() for code in ([answer] if isinstance(answer, str) else answer)} - {""}


def _words(answer: Answer) -> set[str]:
    """Return the codes of an answer, each as its letters and digits in words, without accents and a leading "the"."""
    found = set()
    for code in _set(answer):
        plain = "".join(letter for letter in normalize("NFKD", code).casefold() if category(letter)[0] != "M")
        words = re.findall(r"[^\W_]+", re.sub("['’‘`´]", "", plain.replace("&", " and ")).translate(LETTERS))
        found.add(" ".join(words[1:] if words[:1] == ["the"] and words[1:] else words) or code)
    return found


def _plus(one: Vector, other: Vector, times: int = 1) -> Vector:
    return tuple([x + times * y for x, y in zip(one, other, strict=True)])


def _worth(gain: Vector) -> Vector:
    return max(gain, NOTHING)


def _gain(role: str, match: int) -> Vector:
    level = FIRST.get((role, match))
    return tuple(int(level == number) for number in range(len(NOTHING)))
