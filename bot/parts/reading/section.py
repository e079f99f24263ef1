"""What a programme file may give to read."""

from typing import Literal

from pydantic import Field

from bot.programme.file import Programme
from bot.programme.questions import Section, Text


class Resource(Section):
    """Something to read, for one side or for both."""

    side: Literal["mentor", "mentee", "both"] = Field(alias="for")
    title: Text
    text: Text


def of(programme: Programme) -> tuple[Resource, ...]:
    """Return this section of a programme."""
    return programme.sections_of("resource", Resource)
