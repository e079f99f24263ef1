"""Meetings: two people and a time. Suggesting, booking, moving, reminding, and what is kept of it."""

from bot.meetings import booking, seen, sessions
from bot.meetings.tables import MentoringSession
from bot.programme.part import Command, Date, Part

PART = Part(
    name="meetings",
    pressed={
        "book": booking.book,
        "times": booking.offer_times,
        "other_time": booking.other_time,
        "suggest_typed": booking.suggest_typed,
        "suggest": booking.suggest,
        "accept": sessions.accept,
        "decline": sessions.decline,
        "decline_surely": sessions.decline_surely,
        "cancel": sessions.cancel,
        "cancel_surely": sessions.cancel_surely,
        "sessions": sessions.mine,
    },
    due={
        "remind_answer": Date(MentoringSession.answer_due_at, sessions.remind_answer),
        "session_tomorrow": Date(MentoringSession.day_due_at, sessions.tomorrow),
        "session_soon": Date(MentoringSession.soon_due_at, sessions.soon),
    },
    said=(Command(r"book(?: a session)?", "book"), Command(r"(?:my )?sessions", "sessions")),
    standing=seen.standing,
    state=seen.state,
    on_match=seen.on_match,
    paused=seen.paused,
    end=seen.end,
    held=seen.held,
    figures=seen.figures,
    columns=seen.columns,
)
