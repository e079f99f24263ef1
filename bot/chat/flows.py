"""Conversations as data: which question is next, and whether an answer is acceptable. Pure.

Answers are a mapping keyed by step name. The next step is derived: the first that applies and has no acceptable answer.
No position is stored, so none can be wrong after a release, a restart or on another replica.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.chat.cards import Choice, Kind
from bot.chat.events import FieldValue

Answers = Mapping[str, FieldValue]

CLEAR, LEAD = 85, 10  # a fuzzy match counts from this score on, and only this far ahead of the next
SHORTEST = 4  # characters; shorter words resemble too much: "yes" is in "Change to yes"
FEW = 6  # so many choices are buttons; more are a list


def _always(_: Answers) -> bool:
    return True


def _fine(_: FieldValue, __: Answers) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Step:
    """One question.

    `read` turns what came back (a code, codes or typed words) into an answer, or None if it is none. `problem` says
    in a sentence why an answer cannot be taken, or None. `choices` are shown; `other` means a typed answer may be
    none of them. A `private` answer is never guessed from something similar. `optional` may be skipped; a skipped
    answer is "" or ().
    """

    name: str
    ask: str
    kind: Kind
    label: str
    choices: tuple[Choice, ...] = ()
    other: bool = False
    optional: bool = False
    private: bool = False
    hint: str = ""
    default: str = ""
    when: Callable[[Answers], bool] = _always
    problem: Callable[[FieldValue, Answers], str | None] = _fine
    typed: Callable[[str], FieldValue | None] | None = None
    shown: Callable[[FieldValue], str] | None = None

    def read(self, raw: FieldValue) -> FieldValue | None:
        """Return the answer that `raw` means, or None where it means none of the choices."""
        if self.typed and isinstance(raw, str) and raw.strip() and raw not in {c.code for c in self.choices}:
            return self.typed(raw)
        if self.kind == "choices":
            return read_choices(self.choices, raw, exact=self.private) or (() if self.optional and not raw else None)
        text = raw if isinstance(raw, str) else " ".join(raw)
        text = text.strip()
        if not text:
            return "" if self.optional else None
        if self.kind == "choice":
            found = read_choice(self.choices, text, exact=self.private)
            return found if found is not None or not self.other else _tidy(text)
        return text

    def show(self, answer: FieldValue) -> str:
        """Return the answer in words: labels for codes."""
        if self.shown and answer:
            return self.shown(answer)
        labels = {choice.code: choice.label for choice in self.choices}
        codes = (answer,) if isinstance(answer, str) else answer
        return ", ".join(labels.get(code, code) for code in codes)


@dataclass(frozen=True, slots=True)
class Flow:
    """Steps in the order in which they are asked."""

    steps: tuple[Step, ...]

    def asked(self, answers: Answers) -> tuple[Step, ...]:
        """Return the steps that apply, given what has been answered so far."""
        return tuple(step for step in self.steps if step.when(answers))

    def next(self, answers: Answers) -> Step | None:
        """Return the first step that applies and is open: without an answer, or with one not acceptable now."""
        for step in self.asked(answers):
            if step.name not in answers or step.problem(answers[step.name], answers):
                return step
        return None

    def before(self, name: str | None, answers: Answers) -> Step | None:
        """Return the answered step that comes just before `name` (before the end, for None)."""
        earlier: Step | None = None
        for step in self.asked(answers):
            if step.name == name:
                break
            if step.name in answers:
                earlier = step
        return earlier

    def step(self, name: str) -> Step | None:
        """Return the step of this name."""
        return next((step for step in self.steps if step.name == name), None)

    def named(self, words: str) -> Step | None:
        """Return the step that somebody means by `words`: its name or its label, or nearly so."""
        choices = tuple(Choice(step.name, step.label) for step in self.steps)
        code = read_choice(choices, words)
        return self.step(code) if code else None


def read_choice(choices: Sequence[Choice], text: str, *, exact: bool = False) -> str | None:
    """Return the code that `text` means: a code, a label, another word for it, its number in the list, a clear winner.

    With `exact`, nothing that is only similar counts.
    """
    wanted = plain(text)
    if not wanted:
        return None
    names = {
        plain(name): choice.code for choice in reversed(choices) for name in (*choice.also, choice.label, choice.code)
    }
    if wanted in names:
        return names[wanted]
    if wanted.isdecimal() and len(wanted) < 5 and 1 <= int(wanted) <= len(choices):  # noqa: PLR2004 - a number in a list
        return choices[int(wanted) - 1].code
    if exact or len(wanted) < SHORTEST:
        return None
    best: dict[str, float] = {}
    for name, score, _ in process.extract(wanted, list(names), scorer=fuzz.WRatio, limit=None):
        best[names[name]] = max(best.get(names[name], 0), score)
    ranked = sorted(best.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < CLEAR or (len(ranked) > 1 and ranked[0][1] - ranked[1][1] < LEAD):
        return None
    return ranked[0][0]


def read_choices(choices: Sequence[Choice], raw: FieldValue, *, exact: bool = False) -> tuple[str, ...] | None:
    """Return the codes that `raw` means, in the order of the choices; None if a part of it means none of them."""
    parts = re.split(r"[,;\n]| and ", raw) if isinstance(raw, str) else list(raw)
    if isinstance(raw, str) and (whole := read_choice(choices, raw, exact=True)):
        return (whole,)
    found = {read_choice(choices, part, exact=exact) for part in parts if part.strip()}
    if not found or None in found:
        return None
    return tuple(choice.code for choice in choices if choice.code in found)


def plain(text: str) -> str:
    """Return `text` as it is compared: lower case, single spaces, no commas, no punctuation at its ends."""
    return " ".join(text.casefold().replace(",", " ").split()).strip(" .!?\"'\u201c\u201d\u2018\u2019")


def _tidy(text: str) -> str:
    return " ".join(text.split())
