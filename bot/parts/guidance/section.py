"""What a programme file may say as advice for pairs."""

from collections.abc import Iterable

from pydantic import Field

from bot.programme.file import Programme
from bot.programme.questions import Section, Text


class Guidance(Section):
    """Advice that a pair gets `week` weeks after it has begun."""

    week: int = Field(ge=0, le=260)
    text: Text


def of(programme: Programme) -> tuple[Guidance, ...]:
    """Return this section of a programme, in the order of its weeks."""
    return programme.sections_of("guidance", Guidance)


def problems(programme: Programme) -> Iterable[str]:
    """Yield what is wrong with it."""
    weeks = [advice.week for advice in of(programme)]
    if weeks != sorted(weeks):
        yield "guidance: the weeks are not in order"
