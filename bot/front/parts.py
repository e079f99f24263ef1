"""The list of parts. One line adds a part: its buttons, words, dates, lines and figures are asked for from then on.

The order is the order in which people read what the parts say. A part leaves the list only with the migration that
drops its tables.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot import desk, groups, meetings, people
from bot.keeping.seal import Seal
from bot.parts import closing, decide, guidance, introduce, reading, registration, series, session
from bot.programme import file
from bot.programme.file import FORMATS, Programme
from bot.programme.house import House

PARTS = (
    registration.PART,
    groups.PART,
    meetings.PART,
    session.PART,
    introduce.PART,
    decide.PART,
    series.PART,
    guidance.PART,
    closing.PART,
    people.PART,
    reading.PART,
    desk.PART,
)


def load_all(folder: Path = FORMATS) -> dict[str, Programme]:
    """Return every programme of a folder by key, its sections read by the parts."""
    return file.load_all(folder, PARTS)


def build(programmes: Mapping[str, Programme], seal: Seal, **more: Any) -> House:
    """Return a house with all parts."""
    return House(programmes, seal, parts=PARTS, **more)
