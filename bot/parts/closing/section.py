"""What a programme file may ask at the end."""

from collections.abc import Iterable

from pydantic import Field

from bot.chat.flows import FEW
from bot.programme.file import Programme
from bot.programme.questions import Section, Text


class SurveyQuestion(Section):
    """One question of the closing survey."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    ask: Text
    choices: tuple[str, ...] = Field(min_length=2, max_length=FEW)


def of(programme: Programme) -> tuple[SurveyQuestion, ...]:
    """Return this section of a programme."""
    return programme.sections_of("survey", SurveyQuestion)


def problems(programme: Programme) -> Iterable[str]:
    """Yield what is wrong with it."""
    asked = of(programme)
    if len({each.name for each in asked}) != len(asked):
        yield "survey: there are two questions of the same name"
