"""Groups: who meets whom, a match as one of its people sees it, its stages, and how it ends."""

from bot.groups import ending, matches, sides, talking, totals
from bot.people import persons
from bot.programme.part import Command, Part, always, pressed

PART = Part(
    name="groups",
    pressed={
        "matches": pressed(matches.mine, who=persons.writer, may=matches.theirs, still=always),
        "stop": pressed(ending.stop, who=persons.writer, may=sides.theirs(), still=always),
        "stop_surely": pressed(ending.stop_surely, who=persons.writer, may=sides.theirs(), still=always),
        "another_match": pressed(
            ending.another_match, who=persons.writer, may=sides.theirs(*sides.LIVE, "ended"), still=ending.taking_part
        ),
        "talk_surely": pressed(talking.talk_surely, who=persons.writer, may=sides.theirs(), still=always),
    },
    said=(Command(r"(?:my )?matches", "matches"),),
    standing=matches.standing,
    left=ending.left,
    held_in=matches.held_in,
    figures=totals.figures,
    people=totals.people,
)
