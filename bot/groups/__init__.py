"""Groups: who meets whom, a match as one of its people sees it, its stages, and how it ends."""

from bot.groups import ending, matches, talking, totals
from bot.programme.part import Command, Part

PART = Part(
    name="groups",
    pressed={
        "matches": matches.mine,
        "stop": ending.stop,
        "stop_surely": ending.stop_surely,
        "another_match": ending.another_match,
        "talk_surely": talking.talk_surely,
    },
    said=(Command(r"(?:my )?matches", "matches"),),
    standing=matches.standing,
    left=ending.left,
    held_in=matches.held_in,
    figures=totals.figures,
    columns=totals.columns,
)
