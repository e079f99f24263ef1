"""The questions of a registration as a programme file gives them, and as steps of a conversation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.chat import grammar
from bot.chat.cards import Choice
from bot.chat.events import FieldValue
from bot.chat.flows import Answers, Step
from bot.matching.spelling import spelled
from bot.programme import words

MENTOR: Final = "mentor"
MENTEE: Final = "mentee"
BOTH: Final = "both"
Role = Literal["mentor", "mentee"]
ROLES: tuple[Role, ...] = (MENTOR, MENTEE)

Kind = Literal["consent", "role", "name", "email", "choice", "choices", "text", "long", "half-days", "zone"]
ONCE = ("role", "name", "email", "half-days", "zone")  # the bot itself needs one question of each of these kinds

Text = Annotated[str, AfterValidator(str.strip)]


class Section(BaseModel):
    """What stands under one key of a programme file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _as_choice(value: Any) -> Any:
    return {"code": value, "label": value} if isinstance(value, str) else value


class ChoiceText(Section):
    """An answer to choose; a plain string is its own code and label."""

    code: str = Field(min_length=1, max_length=100)
    label: str = Field(min_length=1, max_length=75)
    also: tuple[str, ...] = ()


class Refusal(Section):
    """Answers that cannot be taken while certain other answers stand, and the sentence that says so."""

    answers: tuple[str, ...]
    when: dict[str, tuple[str, ...]] = {}
    say: Text


class Question(Section):
    """One thing that people are asked at registration.

    `when` maps other questions to the answers with which this one is asked. `private` answers are sealed; `shown`
    answers are told to a match. `most` limits the length of a text.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)
    label: Text
    kind: Kind
    ask: Text
    choices: tuple[Annotated[ChoiceText, BeforeValidator(_as_choice)], ...] = ()
    choices_of: str = ""
    other: bool = False
    optional: bool = False
    private: bool = False
    shown: bool = False
    when: dict[str, tuple[str, ...]] = {}
    refuse: tuple[Refusal, ...] = ()
    most: int = Field(default=80, ge=1, le=2000)
    default: str = ""
    version: str = ""
    yes: str = ""
    no: str = ""
    stop: Text = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        needs = self.kind in {"choice", "choices"}
        if needs != bool(self.choices or self.choices_of):
            raise ValueError(f"kind {self.kind!r} {'needs' if needs else 'takes no'} choices")
        if self.choices and self.choices_of:
            raise ValueError("give choices or choices_of, not both")
        if self.private and self.shown:
            raise ValueError("a private answer cannot be shown to a match")
        if self.kind == "consent" and not (self.yes and self.no and self.stop and self.version):
            raise ValueError("kind 'consent' needs yes, no, stop and version")
        codes = [choice.code for choice in self.choices]
        if len(codes) != len(set(codes)):
            raise ValueError("two choices have the same code")
        return self


@dataclass(frozen=True, slots=True)
class Spelled(Step):
    """A choice that is the same in any spelling: "HM Revenue & Customs" is "HM Revenue and Customs"."""

    def read(self, raw: FieldValue) -> FieldValue | None:
        """Return the answer that `raw` means, or None where it means none of the choices."""
        code = words_for(self.choices).get(spelled(raw)) if isinstance(raw, str) else None
        return Step.read(self, raw if code is None else code)


@lru_cache(maxsize=256)
def words_for(choices: tuple[Choice, ...]) -> Mapping[str, str]:
    """Return what may be said for each code, as it is compared: its label, its code and the other words for it."""
    return {spelled(word): choice.code for choice in choices for word in (*choice.also, choice.label, choice.code)}


def twice(choices: Iterable[ChoiceText]) -> Iterable[str]:
    """Name the words that stand for two of these choices."""
    seen: dict[str, str] = {}
    for choice in choices:
        for word in (choice.code, choice.label, *choice.also):
            if seen.setdefault(spelled(word), choice.code) != choice.code:
                yield f"{word!r} stands for two choices: {seen[spelled(word)]!r} and {choice.code!r}"


def holds(when: Mapping[str, tuple[str, ...]], answers: Answers) -> bool:
    """Tell whether these answers stand."""
    for name, wanted in when.items():
        answer = answers.get(name, ())
        if not set((answer,) if isinstance(answer, str) else answer) & set(wanted):
            return False
    return True


def problem_with(question: Question, answer: FieldValue, answers: Answers) -> str | None:
    """Return in a sentence why an answer cannot be taken, or None."""
    given = {answer} if isinstance(answer, str) else set(answer)
    for refusal in question.refuse:
        if given & set(refusal.answers) and holds(refusal.when, answers):
            return refusal.say
    if isinstance(answer, str):
        if question.kind == "email" and not grammar.looks_like_an_address(answer):
            return words.NOT_AN_ADDRESS
        most = question.most if question.kind != "email" else 254
        if len(answer) > most:
            return words.TOO_LONG.format(most=most, length=len(answer))
    return None
