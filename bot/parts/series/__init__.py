"""Pairs that go on: their rhythm, check-ins, private notes, and how they end."""

from bot.groups.tables import Pair
from bot.parts.series import checkins, notes, pairs, seen
from bot.programme.part import Command, Date, Part

PART = Part(
    name="series",
    pressed={
        "rhythm": pairs.rhythm,
        "check_in": checkins.answered,
        "note": notes.note,
        "keep_note": notes.keep_note,
        "notes": notes.notes,
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
    columns=seen.columns,
    needs=seen.needs,
)
