"""The closing questions when a series has ended, and their totals."""

from bot.parts.closing import section, survey
from bot.people import persons
from bot.programme.part import Part, always, pressed

PART = Part(
    name="closing",
    sections={"survey": tuple[section.SurveyQuestion, ...]},
    problems=section.problems,
    pressed={
        "survey": pressed(survey.answered, who=persons.writer, may=survey.theirs, still=always),
        "totals": pressed(survey.totals, who=persons.writer, may=survey.coordinated, still=always),
    },
    stage="closing",
    closes=True,
    ask=survey.ask,
    erase=survey.erase,
)
