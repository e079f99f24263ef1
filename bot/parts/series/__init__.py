"""Pairs that go on: their rhythm, check-ins, private notes, and how they end."""

from bot.groups.tables import Pair
from bot.parts.series import checkins, notes, pairs, seen
from bot.people import persons
from bot.programme.part import Command, Date, Part, always, pressed

PART = Part(
    name="series",
    pressed={
        "rhythm": pressed(pairs.rhythm, who=persons.writer, may=pairs.theirs, still=pairs.offered),
        "check_in": pressed(checkins.answered, who=persons.writer, may=checkins.theirs, still=checkins.latest),
        "note": pressed(notes.note, who=persons.writer, may=notes.theirs, still=always),
        "keep_note": pressed(notes.keep_note, who=persons.writer, may=notes.theirs, still=always),
        "notes": pressed(notes.notes, who=persons.writer, may=persons.oneself, still=always),
    },
    due={
        "check_in": Date(Pair.check_in_due_at, checkins.check_in),
        "check_in_silence": Date(Pair.silence_due_at, checkins.silence),
        "end_pair": Date(Pair.end_due_at, pairs.year_over),
    },
    said=(Command(r"(?:my )?notes", "notes"),),
    state=seen.state,
    stage="series",
    begin=pairs.begin,
    end=pairs.end,
    held=seen.held,
    erase=seen.erase,
    figures=seen.figures,
    pairs=seen.pairs,
    needs=seen.needs,
)
