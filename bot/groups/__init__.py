"""Groups: who meets whom, a group as one of its members sees it, its stages, and how it ends."""

from bot.groups import ending, forming, matches, talking, totals, views
from bot.people import persons
from bot.programme.part import Command, Part, always, pressed

PART = Part(
    name="groups",
    pressed={
        "matches": pressed(matches.mine, who=persons.writer, may=matches.theirs, still=always),
        "stop": pressed(ending.stop, who=persons.writer, may=views.theirs(), still=always),
        "stop_surely": pressed(ending.stop_surely, who=persons.writer, may=views.theirs(), still=always),
        "another_match": pressed(
            ending.another_match, who=persons.writer, may=views.theirs(*views.KNOWN, "ended"), still=ending.taking_part
        ),
        "talk_surely": pressed(talking.talk_surely, who=persons.writer, may=views.theirs(), still=always),
    },
    said=(Command(r"(?:my )?matches", "matches"),),
    standing=matches.standing,
    left=ending.left,
    moved=forming.moved,
    held_in=matches.held_in,
    figures=totals.figures,
    people=totals.people,
)
