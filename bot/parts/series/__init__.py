"""Groups that go on: their rhythm, check-ins, private notes, and how they end."""

from bot.groups.tables import Series
from bot.parts.series import checkins, notes, rhythm, seen
from bot.people import persons
from bot.programme.part import Command, Date, Part, always, pressed

PART = Part(
    name="series",
    pressed={
        "rhythm": pressed(rhythm.picked, who=persons.writer, may=rhythm.theirs, still=rhythm.offered),
        "check_in": pressed(checkins.answered, who=persons.writer, may=checkins.theirs, still=checkins.latest),
        "note": pressed(notes.note, who=persons.writer, may=notes.theirs, still=always),
        "keep_note": pressed(notes.keep_note, who=persons.writer, may=notes.theirs, still=always),
        "notes": pressed(notes.notes, who=persons.writer, may=persons.oneself, still=always),
    },
    due={
        "check_in": Date(Series.check_in_due_at, checkins.check_in),
        "check_in_silence": Date(Series.silence_due_at, checkins.silence),
        "end_pair": Date(Series.end_due_at, rhythm.year_over),
    },
    said=(Command(r"(?:my )?notes", "notes"),),
    state=seen.state,
    stage="series",
    again=True,
    begin=rhythm.begin,
    end=rhythm.end,
    held=seen.held,
    erase=seen.erase,
    figures=seen.figures,
    pairs=seen.pairs,
    needs=seen.needs,
)
