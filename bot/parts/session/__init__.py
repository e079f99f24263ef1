"""The speed session that a match begins with: reminding of it, and whether it took place."""

from bot.groups.tables import Match
from bot.meetings import asked
from bot.meetings.tables import MentoringSession
from bot.parts.session import reminding, taking_place
from bot.people import persons
from bot.programme.part import Date, Part, pressed

PART = Part(
    name="session",
    pressed={"held": pressed(taking_place.held, who=persons.writer, may=asked.theirs(), still=taking_place.has_begun)},
    due={
        "remind_booking": Date(Match.book_due_at, reminding.remind_booking),
        "ask_session": Date(MentoringSession.ask_due_at, taking_place.ask),
    },
    stage="session",
    announced=reminding.plan,
)
