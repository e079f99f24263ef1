"""A conversation of people who were matched, once all of them have asked for it."""

from bot.groups import views
from bot.parts.introduce import introductions
from bot.people import persons
from bot.programme.part import Part, pressed

PART = Part(
    name="introduce",
    pressed={
        "introduce": pressed(
            introductions.introduce, who=persons.writer, may=views.theirs(), still=introductions.open_to_all
        )
    },
    on_match=introductions.on_match,
    joined=introductions.joined,
    parted=introductions.parted,
    forget=introductions.forget,
)
