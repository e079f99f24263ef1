"""Advice for people who go on together, in their first months."""

from bot.groups.tables import Series
from bot.parts.guidance import advice, section
from bot.programme.part import Date, Part

PART = Part(
    name="guidance",
    sections={"guidance": tuple[section.Guidance, ...]},
    problems=section.problems,
    due={"guidance": Date(Series.guidance_due_at, advice.advise)},
    going_on=advice.plan,
    end=advice.end,
)
