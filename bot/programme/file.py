"""A programme format as validated data: what its people are asked, who is matched with whom, what is said and when.

A format is one TOML file. What belongs to a part stands under its own keys. A wrong file is refused at start with file,
key and reason.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import time
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypeVar, get_origin

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from bot.calendar import slots, times
from bot.chat.cards import Choice
from bot.chat.cards import Kind as FieldKind
from bot.chat.events import FieldValue
from bot.chat.flows import Flow, Step
from bot.matching.files import Import
from bot.matching.rules import QuestionInfo, Rules
from bot.matching.rules import problems as rule_problems
from bot.programme import words
from bot.programme.part import Part
from bot.programme.questions import (
    BOTH,
    MENTEE,
    MENTOR,
    ONCE,
    ROLES,
    Question,
    Role,
    Section,
    Spelled,
    Text,
    holds,
    problem_with,
    twice,
)

FORMATS = Path(__file__).parent.parent / "programmes"
S = TypeVar("S", bound=Section)
T = TypeVar("T")


class WrongProgrammeError(Exception):
    """A programme file cannot be used; the lines say file, key and reason."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Take the lines to show."""
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


class RoleText(Section):
    """How a side is called in this format, what it promises, and whether it `leads`: it sets up the meetings."""

    name: str
    plural: str
    about: Text
    promise: Text
    sessions: int = Field(ge=0, le=10)
    longer_term: int = Field(ge=0, le=10)
    leads: bool = False


class SessionText(Section):
    """The meeting that a match begins with.

    Somebody whose turn it is to set it up is reminded after `book_within_days`, `reminders` times at most. A typed time
    lies between `earliest` and `latest` of everybody's day, and at most `ahead_days` ahead.
    """

    minutes: int = Field(ge=5, le=240)
    book_within_days: int = Field(ge=1, le=90)
    answer_within_days: int = Field(ge=1, le=30)
    reminders: int = Field(default=2, ge=0, le=5)
    earliest: time = time(7)
    latest: time = time(20)
    ahead_days: int = Field(default=90, ge=7, le=365)
    ice_breakers: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.earliest >= self.latest:
            raise ValueError("earliest is not before latest")
        return self


class GoOn(Section):
    """The rhythm and length of a pair that goes on.

    Rhythms from `least_weeks` to `most_weeks` are offered in steps of `step_weeks`. A pair that has not met yet is
    asked again after `soon_weeks`. A check-in that nobody has answered is asked about after `silent_days`; after
    `silent_after` of them in a row the pair counts as silent.
    """

    least_weeks: int = Field(ge=1, le=52)
    most_weeks: int = Field(ge=1, le=52)
    last_weeks: int = Field(ge=1, le=260)
    step_weeks: int = Field(default=2, ge=1, le=26)
    soon_weeks: int = Field(default=2, ge=1, le=26)
    silent_days: int = Field(ge=2, le=60)
    silent_after: int = Field(default=2, ge=1, le=10)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.least_weeks > self.most_weeks:
            raise ValueError("least_weeks is more than most_weeks")
        return self


class Report(Section):
    """What a coordinator counts by."""

    by: tuple[str, ...]
    shortage_by: tuple[str, ...]


class Programme(Section):
    """A whole format.

    Registration closes at the time `closes_at` of its last day; coordinators hear of it `warn_days` before, and who has
    not finished is reminded after `remind_days`. A round ends by itself `grace_weeks` after its longest pairs, and is
    forgotten `keep_weeks` later. `both` says whether somebody may be on both sides. `together` names the stages of a
    group; without `around` each match is a group, else all who are matched with one person of that side are.
    """

    key: str
    name: Text
    about: Text
    closes_at: time = time(23, 59)
    warn_days: int = Field(default=3, ge=1, le=30)
    remind_days: int = Field(default=2, ge=1, le=30)
    grace_weeks: int = Field(default=13, ge=1, le=52)
    keep_weeks: int = Field(default=52, ge=4, le=520)
    roles: dict[Role, RoleText]
    question: tuple[Question, ...]
    capacity: dict[Role, str] = Field(default_factory=dict)
    match: Rules
    session: SessionText
    go_on: GoOn
    together: tuple[str, ...] = ("session", "decide", "series", "closing")
    both: bool = True
    around: Role | None = None
    report: Report
    sections: dict[str, Any] = Field(default_factory=dict)
    import_: Import | None = Field(default=None, alias="import")

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        lines = list(self._problems())
        if lines:
            raise ValueError("; ".join(lines))
        return self

    def _problems(self) -> Iterable[str]:
        asked: set[str] = set()
        for question in self.question:
            if question.name in asked:
                yield f"question {question.name!r}: there are two questions of this name"
            asked.add(question.name)
            for problem in self._question_problems(question, asked):
                yield f"question {question.name!r}: {problem}"
        for kind in ONCE:
            if (count := sum(question.kind == kind for question in self.question)) != 1:
                yield f"there must be exactly one question of kind {kind!r}, and there are {count}"
        for side in set(ROLES) - set(self.roles):
            yield f"roles: {side!r} is missing"
        if not any(role.leads for role in self.roles.values()):
            yield "roles: no side leads, so nobody would set up a meeting; give one of them `leads = true`"
        yield from self._name_problems()
        yield from self._order_problems()
        yield from rule_problems(self.match, self.question_infos)

    def _name_problems(self) -> Iterable[str]:
        imported = (*self.import_.mentors.values(), *self.import_.mentees.values()) if self.import_ else ()
        lists = {
            "report.by": self.report.by,
            "report.shortage_by": self.report.shortage_by,
            "capacity": tuple(self.capacity.values()),
            "import": tuple(column.question for column in imported),
        }
        for key, name in [(key, name) for key, names in lists.items() for name in names]:
            if name not in self.questions:
                yield f"{key}: there is no question {name!r}"
            elif self.questions[name].private and key != "import":
                yield f"{key}: {name!r} is private"

    def _order_problems(self) -> Iterable[str]:
        for side, name in self.capacity.items():
            if name in self.questions and not all(code.isdecimal() for code in self.codes(name) or ("none",)):
                yield f"capacity.{side}: the choices of {name!r} must have whole numbers as codes"
        kinds = [question.kind for question in self.question]
        private = [n for n, question in enumerate(self.question) if question.private and question.kind != "consent"]
        if private and "consent" not in kinds[: private[0]]:
            first = self.question[private[0]].name
            yield f"question {first!r}: a private question must come after one of kind 'consent'"

    def _question_problems(self, question: Question, asked: set[str]) -> Iterable[str]:
        source = self.questions.get(question.choices_of)
        if question.choices_of and (source is None or not source.choices):
            yield f"choices_of names {question.choices_of!r}, which is no question with choices of its own"
        for refusal in question.refuse:
            if unknown := [code for code in refusal.answers if code not in self.codes(question.name)]:
                yield f"refuse names answers that it does not have: {', '.join(unknown)}"
        yield from twice(question.choices)
        conditions = (question.when, *(refusal.when for refusal in question.refuse))
        for name, codes in [(name, codes) for when in conditions for name, codes in when.items()]:
            if name not in asked or name == question.name:
                yield f"when names {name!r}, which is not asked before it"
            elif unknown := [code for code in codes if code not in self.codes(name)]:
                yield f"when names answers that {name!r} does not have: {', '.join(unknown)}"

    def section(self, key: str, kind: type[S]) -> S:
        """Return what stands under a part's key; whoever asks has switched the part on."""
        found = self.sections[key]
        assert isinstance(found, kind)  # noqa: S101
        return found

    def sections_of(self, key: str, kind: type[S]) -> tuple[S, ...]:
        """Return the tables that stand under a part's key, if any."""
        found = self.sections.get(key, ())
        assert all(isinstance(each, kind) for each in found)  # noqa: S101
        return tuple(found)

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """The questions by name."""
        return {question.name: question for question in self.question}

    @cached_property
    def question_infos(self) -> Mapping[str, QuestionInfo]:
        """What the matching rules need to know of each question."""
        return {q.name: QuestionInfo(name=q.name, choices=self.codes(q.name), private=q.private) for q in self.question}

    @cached_property
    def flow(self) -> Flow:
        """The registration conversation."""
        return Flow(tuple(self._step(question) for question in self.question))

    def codes(self, name: str) -> tuple[str, ...]:
        """Return the codes that an answer to question `name` may have, or () where it is free text."""
        question = self.questions[name]
        if question.kind == "role":
            return (MENTOR, MENTEE, BOTH) if self.both else ROLES
        if question.kind == "half-days":
            return slots.HALF_DAYS
        if question.kind == "consent":
            return ("yes", "no")
        return tuple(choice.code for choice in self._choices(question))

    def labels(self, name: str) -> tuple[str, ...]:
        """Return the labels of the choices of question `name`, in their order."""
        step = self.flow.step(name)
        return tuple(choice.label for choice in step.choices) if step else ()

    @cached_property
    def choice_words(self) -> Mapping[str, Mapping[str, str]]:
        """What may be said for each code, by question: its label, its code and the other words for it."""
        return {
            step.name: {
                word: choice.code for choice in step.choices for word in (choice.label, choice.code, *choice.also)
            }
            for step in self.flow.steps
            if step.choices
        }

    def of_kind(self, kind: str) -> str:
        """Return the name of the one question of this kind."""
        return next(question.name for question in self.question if question.kind == kind)

    def show(self, name: str, answers: Mapping[str, Any]) -> str:
        """Return in words what `answers` says to question `name`; "" if nothing."""
        step = self.flow.step(name)
        answer = answers.get(name)
        return step.show(answer) if step and answer else ""

    def roles_of(self, answers: Mapping[str, Any]) -> tuple[Role, ...]:
        """Return the roles that somebody takes: mentor, mentee, or both of them."""
        role = answers.get(self.of_kind("role"))
        return ROLES if role == BOTH else tuple(side for side in ROLES if side == role)

    def places(self, side: Role, answers: Mapping[str, Any]) -> int:
        """Return how many matches somebody takes on this side."""
        said = str(answers.get(self.capacity.get(side, ""), ""))
        return min(int(said), self.match.most) if said.isdecimal() else self.match.most

    def _choices(self, question: Question) -> tuple[Choice, ...]:
        source = self.questions.get(question.choices_of, question)
        return tuple(Choice(choice.code, choice.label, choice.also) for choice in source.choices)

    def _about_roles(self) -> str:
        return "\n".join(f"• {self.roles[side].name.capitalize()}: {self.roles[side].about}" for side in ROLES)

    def _step(self, question: Question) -> Step:
        kinds: dict[str, FieldKind] = {
            "consent": "choice",
            "role": "choice",
            "name": "text",
            "half-days": "choices",
            "zone": "text",
        }
        choices = self._choices(question)
        typed: Callable[[str], FieldValue | None] | None = None
        shown: Callable[[FieldValue], str] | None = None
        other = question.other or self.questions.get(question.choices_of, question).other
        if question.kind == "consent":
            choices = (
                Choice("yes", question.yes, ("yes", "i agree", "agree", "ok")),
                Choice("no", question.no, ("no",)),
            )
        elif question.kind == "role":
            sides = tuple(
                Choice(side, self.roles[side].name.capitalize(), (self.roles[side].plural,)) for side in ROLES
            )
            two = " and ".join(self.roles[side].name for side in ROLES)
            choices = (*sides, Choice(BOTH, words.BOTH_ROLES, ("both", two))) if self.both else sides
        elif question.kind == "half-days":
            choices = tuple(Choice(code, slots.show_half_days([code])) for code in slots.HALF_DAYS)
            typed, shown = slots.read_half_days, slots.show_half_days
        elif question.kind == "zone":
            typed, shown = times.known_zone, lambda zone: times.show_zone(str(zone))
        kind = Spelled if question.kind == "choice" else Step
        return kind(
            name=question.name,
            ask=question.ask if question.kind != "role" else f"{question.ask}\n{self._about_roles()}",
            label=question.label,
            kind=kinds.get(question.kind, question.kind),  # type: ignore[arg-type]
            choices=choices,
            other=other,
            optional=question.optional,
            private=question.private,
            hint=words.TYPE_ANOTHER if other else "",
            default=question.default,
            when=lambda answers: holds(question.when, answers),
            problem=lambda answer, answers: problem_with(question, answer, answers),
            typed=typed,
            shown=shown,
        )


def load(path: Path, parts: Sequence[Part] = ()) -> Programme:
    """Return the programme of a TOML file; its key is the file's name without the ending."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongProgrammeError([f"{path.name}: this is not valid TOML: {error}"]) from None
    except OSError as error:
        raise WrongProgrammeError([f"{path.name}: cannot be read: {error.strerror}"]) from None
    known = {key: (part, kind) for part in parts for key, kind in part.sections.items()}
    sections: dict[str, Any] = {}
    lines: list[str] = []
    for key, (part, kind) in known.items():
        if key in data:
            sections[key] = _checked(lambda: TypeAdapter(kind).validate_python(data[key]), path, lines, key)  # noqa: B023
        elif part.stage and get_origin(kind) is not tuple:
            lines.append(f"{path.name}: {key}: Field required")
    core = {**{key: value for key, value in data.items() if key not in known}, "sections": sections}
    core["key"] = None if "key" in data else path.stem
    if "sections" in data:
        lines.append(f"{path.name}: sections: Extra inputs are not permitted")
    programme = _checked(lambda: Programme.model_validate(core), path, lines)
    if programme is not None and not lines:
        wrong = [problem for part in parts for problem in part.problems(programme)]
        stages = {part.stage for part in parts if part.stage}
        unknown = [name for name in programme.together if parts and name not in stages]
        wrong += [f"together: there is no stage {name!r}" for name in unknown]
        lines += [f"{path.name}: the file: {'; '.join(wrong)}"] if wrong else []
    if programme is None or lines:
        raise WrongProgrammeError(lines)
    return programme


def _checked(read: Callable[[], T], path: Path, lines: list[str], *under: str) -> T | None:
    """Return what `read` returns; or None, with what is wrong added to `lines`: file, key and reason."""
    try:
        return read()
    except ValidationError as error:
        for line in error.errors():
            key = ".".join(map(str, (*under, *line["loc"]))) or "the file"
            lines.append(f"{path.name}: {key}: {line['msg'].removeprefix('Value error, ')}")
        return None


def load_all(folder: Path = FORMATS, parts: Sequence[Part] = ()) -> dict[str, Programme]:
    """Return every programme of a folder by key."""
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise WrongProgrammeError([f"{folder}: there is no programme file here (a file ending in .toml)"])
    return {path.stem: load(path, parts) for path in paths}
