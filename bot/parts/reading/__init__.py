"""Something to read: guidance for each side, and a code of conduct."""

from bot.parts.reading import resources, section
from bot.people import persons
from bot.programme.part import Command, Part, always, pressed

PART = Part(
    name="reading",
    sections={"resource": tuple[section.Resource, ...]},
    pressed={"resources": pressed(resources.resources, who=persons.writer, may=persons.oneself, still=always)},
    said=(Command(r"resources|guidance|code of conduct", "resources"),),
    standing=resources.standing,
    guide=resources.guide,
)
