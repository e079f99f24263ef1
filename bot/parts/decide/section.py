"""What a programme file may say about deciding."""

from pydantic import Field

from bot.programme.file import Programme
from bot.programme.questions import Section


class Decide(Section):
    """When they learn whether all of them want to go on: days after the session."""

    reveal_after_days: int = Field(ge=1, le=60)


def of(programme: Programme) -> Decide:
    """Return this section of a programme."""
    return programme.section("decide", Decide)
