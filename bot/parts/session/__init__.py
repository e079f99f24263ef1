"""The speed session that a match begins with: reminding of it, and whether it took place."""

from bot.groups.tables import Match
from bot.meetings.tables import MentoringSession
from bot.parts.session import reminding, taking_place
from bot.programme.part import Date, Part

PART = Part(
    name="session",
    pressed={"held": taking_place.held},
    due={
        "remind_booking": Date(Match.book_due_at, reminding.remind_booking),
        "ask_session": Date(MentoringSession.ask_due_at, taking_place.ask),
    },
    stage="session",
    announced=reminding.plan,
)
