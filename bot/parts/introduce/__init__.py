"""A conversation of two who were matched, once both have asked for it."""

from bot.groups import sides
from bot.parts.introduce import introductions
from bot.people import persons
from bot.programme.part import Part, pressed

PART = Part(
    name="introduce",
    pressed={
        "introduce": pressed(
            introductions.introduce, who=persons.writer, may=sides.theirs(), still=introductions.open_to_both
        )
    },
    on_match=introductions.on_match,
    forget=introductions.forget,
)
