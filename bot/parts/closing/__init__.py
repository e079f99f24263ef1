"""The closing questions of a pair that has ended, and their totals."""

from bot.parts.closing import section, survey
from bot.programme.part import Part

PART = Part(
    name="closing",
    sections={"survey": tuple[section.SurveyQuestion, ...]},
    problems=section.problems,
    pressed={"survey": survey.answered, "totals": survey.totals},
    over=survey.over,
    erase=survey.erase,
)
