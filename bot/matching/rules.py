"""What makes a match: a programme's rules as data, and whether they can be kept at all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.matching.spelling import spelled

Answer = str | tuple[str, ...]
Answers = Mapping[str, Answer]
TEXTS = ("one answer", "another answer")  # what free text may hold, to try the rules on


@dataclass(frozen=True, slots=True)
class QuestionInfo:
    """What the rules know of a question: its choices' codes in order (none for free text), and if it is private."""

    name: str
    choices: tuple[str, ...] = ()
    private: bool = False


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OnlyIf(_Data):
    """The answer without which a rule does not count: `is` is a code, and one of `mentor` and `mentee` the question."""

    mentor: str = ""
    mentee: str = ""
    code: str = Field(alias="is", min_length=1)

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if bool(self.mentor) == bool(self.mentee):
            raise ValueError("only_if names a question of the mentor or of the mentee, one of the two")
        return self


class Rule(_Data):
    """A comparison of one answer of the mentor with one of the mentee.

    same: equal, and not empty. different: nothing in common. overlap: at least one code in common. gap: the mentor's
    answer stands `least` to `most` places above the mentee's in the order of the question's choices, lowest first.
    An empty answer keeps no rule but a required "different". For "same" and "different" the spelling never decides.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)
    rule: Literal["same", "different", "gap", "overlap"]
    question: str = ""
    mentor: str = ""
    mentee: str = ""
    least: int | None = None
    most: int | None = None
    only_if: OnlyIf | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.question) == bool(self.mentor or self.mentee) or bool(self.mentor) != bool(self.mentee):
            raise ValueError(f"rule {self.name!r}: give question, or both mentor and mentee")
        if (self.rule == "gap") != (self.least is not None) or (self.least is None) != (self.most is None):
            raise ValueError(f"rule {self.name!r}: a gap needs least and most, and no other kind takes them")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(f"rule {self.name!r}: least is more than most; swap the two")
        return self

    @property
    def asks_mentor(self) -> str:
        """The question whose answer is the mentor's side of this rule."""
        return self.mentor or self.question

    @property
    def asks_mentee(self) -> str:
        """The question whose answer is the mentee's side of this rule."""
        return self.mentee or self.question

    @property
    def asks(self) -> tuple[str, ...]:
        """Every question whose answer this rule reads."""
        extra = (self.only_if.mentor or self.only_if.mentee,) if self.only_if else ()
        return (self.asks_mentor, self.asks_mentee, *extra)

    @property
    def any_spelling(self) -> bool:
        """Whether answers count as equal that are the same words in another spelling."""
        return self.rule in {"same", "different"}

    def public(self, questions: Mapping[str, QuestionInfo]) -> bool:
        """Say whether people may be told that this rule holds: it reads no private answer."""
        return not any(questions[name].private for name in self.asks)


class Require(Rule):
    """A rule without which two people are never matched. With `only_if` it binds only those who gave that answer.

    `without` says to somebody with no match what it holds back; its fields are {people} and, for a gap, {least} and
    {most}.
    """

    without: str = ""


class Prefer(Rule):
    """A rule that makes a match better by `weight`; the sentences tell each side so, and a private rule has none."""

    weight: int = Field(ge=1, le=1000)
    to_mentee: str = ""
    to_mentor: str = ""

    def told(self, side: Literal["mentor", "mentee"]) -> str:
        """Return the sentence for this side."""
        return self.to_mentor if side == "mentor" else self.to_mentee


class Rules(_Data):
    """How a programme matches: at most `most` matches per person and role, what it requires and what it prefers."""

    most: int = Field(default=3, ge=1, le=10)
    require: tuple[Require, ...] = ()
    prefer: tuple[Prefer, ...] = Field(default=(), max_length=50)


def codes(answer: Answer | None, *, any_spelling: bool = False) -> frozenset[str]:
    """Return an answer as the set of its codes, compared without case and outer spaces; empty if it says nothing."""
    given = (answer,) if isinstance(answer, str) else answer or ()
    return frozenset(spelled(text) if any_spelling else text for code in given if (text := code.strip().casefold()))


def asked(rule: Rule, side: Literal["mentor", "mentee"], answers: Answers) -> bool:
    """Say whether this side's answers leave the rule in force: no `only_if` of this side speaks against it."""
    name = getattr(rule.only_if, side, "")
    return not name or (rule.only_if is not None and rule.only_if.code.strip().casefold() in codes(answers.get(name)))


def holds(rule: Rule, questions: Mapping[str, QuestionInfo], mentor: Answers, mentee: Answers) -> bool:
    """Say whether a mentor and a mentee with these answers keep the rule."""
    required = isinstance(rule, Require)
    if not (asked(rule, "mentor", mentor) and asked(rule, "mentee", mentee)):
        return required
    said = mentor.get(rule.asks_mentor), mentee.get(rule.asks_mentee)
    above, below = (codes(answer, any_spelling=rule.any_spelling) for answer in said)
    if rule.rule == "different":
        return not above & below if above and below else required
    if rule.rule == "same":
        return bool(above) and above == below
    if rule.rule == "overlap":
        return bool(above & below)
    high, low = place(questions[rule.asks_mentor], above), place(questions[rule.asks_mentee], below)
    return high is not None and low is not None and (rule.least or 0) <= high - low <= (rule.most or 0)


def place(question: QuestionInfo, answer: frozenset[str]) -> int | None:
    """Return where a single answer stands among the question's choices; None if it is none of them."""
    order = [choice.strip().casefold() for choice in question.choices]
    return order.index(code) if len(answer) == 1 and (code := next(iter(answer))) in order else None


def problems(rules: Rules, questions: Mapping[str, QuestionInfo]) -> list[str]:
    """Return a sentence for everything in the rules that cannot be meant: which rule, and what to do about it."""
    both: tuple[Rule, ...] = (*rules.require, *rules.prefer)
    names = [rule.name for rule in both]
    lines = [
        f"match: two rules are called {name!r}; give each its own name"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    unknown = False
    for rule in both:
        missing = [name for name in dict.fromkeys(rule.asks) if name not in questions]
        lines += [f"match rule {rule.name!r}: there is no question {name!r}; name one of ours" for name in missing]
        unknown = unknown or bool(missing)
        if not missing:
            lines += _alone(rule, questions)
    return lines if unknown else lines + list(_together(rules, questions))


def _alone(rule: Rule, questions: Mapping[str, QuestionInfo]) -> Iterator[str]:
    start = f"match rule {rule.name!r}:"
    if rule.rule == "gap":
        above, below = questions[rule.asks_mentor].choices, questions[rule.asks_mentee].choices
        if not above or above != below:
            yield f"{start} a gap needs choices in one order on both sides; use a question with choices, or choices_of"
    for name in dict.fromkeys((rule.asks_mentor, rule.asks_mentee)) if rule.any_spelling else ():
        yield from (f"{start} {problem}" for problem in _alike(questions[name]))
    if rule.only_if:
        choices = questions[rule.only_if.mentor or rule.only_if.mentee].choices
        if choices and rule.only_if.code not in choices:
            yield f"{start} only_if waits for {rule.only_if.code!r}, which is no choice there; use one of its codes"
    if isinstance(rule, Prefer):
        if (rule.to_mentee or rule.to_mentor) and not rule.public(questions):
            yield f"{start} it reads a private answer, so nobody may be told; take out to_mentee and to_mentor"
        elif bool(rule.to_mentee) != bool(rule.to_mentor):
            yield f"{start} it tells one side only; give both to_mentee and to_mentor, or neither"


def _alike(question: QuestionInfo) -> Iterator[str]:
    seen: dict[str, str] = {}
    for code in question.choices:
        if (other := seen.setdefault(spelled(code), code)) != code:
            yield f"{other!r} and {code!r} of {question.name!r} are spelled alike; give one of them another code"


def _together(rules: Rules, questions: Mapping[str, QuestionInfo]) -> Iterator[str]:
    """Try every pair of single answers to the rules' questions, and name the rules that none of them keeps."""
    binding = [rule for rule in rules.require if rule.only_if is None]
    always = {rule.name: rule.model_copy(update={"only_if": None}) for rule in (*rules.require, *rules.prefer)}
    for sides in dict.fromkeys((rule.asks_mentor, rule.asks_mentee) for rule in (*rules.require, *rules.prefer)):
        mine = [rule for rule in binding if (rule.asks_mentor, rule.asks_mentee) == sides]
        above, below = (questions[name].choices for name in sides)
        possible = list(product(above or below or TEXTS, below or above or TEXTS))
        allowed = [pair for pair in possible if all(_keeps(always[rule.name], questions, *pair) for rule in mine)]
        if not allowed:
            together = " and ".join(repr(rule.name) for rule in mine)
            yield f"match: no two answers can keep {together}, so nobody would be matched; change or take out a rule"
            continue
        for rule in (*rules.require, *rules.prefer):
            if (rule.asks_mentor, rule.asks_mentee) != sides or rule in mine:
                continue
            if not any(_keeps(always[rule.name], questions, *pair) for pair in allowed):
                others = " beside " + " and ".join(repr(other.name) for other in mine) if mine else ""
                yield f"match rule {rule.name!r}: it can never hold{others}; change it or take it out"


def _keeps(rule: Rule, questions: Mapping[str, QuestionInfo], above: str, below: str) -> bool:
    return holds(rule, questions, {rule.asks_mentor: above}, {rule.asks_mentee: below})
