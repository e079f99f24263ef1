"""Something to read: guidance for each side, and a code of conduct."""

from bot.parts.reading import resources, section
from bot.programme.part import Command, Part

PART = Part(
    name="reading",
    sections={"resource": tuple[section.Resource, ...]},
    pressed={"resources": resources.resources},
    said=(Command(r"resources|guidance|code of conduct", "resources"),),
    standing=resources.standing,
    guide=resources.guide,
)
