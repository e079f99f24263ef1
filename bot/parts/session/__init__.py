"""The speed session that a match begins with: reminding of it until it is set up."""

from bot.groups.tables import Group
from bot.parts.session import reminding
from bot.programme.part import Date, Part

PART = Part(
    name="session",
    due={"remind_booking": Date(Group.book_due_at, reminding.remind_booking)},
    stage="session",
    by_meeting=True,
    begin=reminding.begin,
)
