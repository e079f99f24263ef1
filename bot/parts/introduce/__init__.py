"""A conversation of two who were matched, once both have asked for it."""

from bot.parts.introduce import introductions
from bot.programme.part import Part

PART = Part(
    name="introduce",
    pressed={"introduce": introductions.introduce},
    on_match=introductions.on_match,
    forget=introductions.forget,
)
