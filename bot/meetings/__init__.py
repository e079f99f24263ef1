"""Meetings: people of a group and a time. Suggesting, booking, moving, reminding, and whether they took place."""

from bot.groups import views
from bot.meetings import asked, booking, seen, sessions, taking_place
from bot.meetings.tables import Meeting
from bot.people import persons
from bot.programme.part import Command, Date, Part, always, pressed

their_meeting = asked.theirs(*views.KNOWN, "ended")

PART = Part(
    name="meetings",
    pressed={
        "book": pressed(booking.book, who=persons.writer, may=booking.with_whom, still=booking.to_set_up),
        "times": pressed(booking.offer_times, who=persons.writer, may=booking.their_group, still=always),
        "other_time": pressed(booking.other_time, who=persons.writer, may=booking.their_group, still=always),
        "suggest_typed": pressed(booking.suggest_typed, who=persons.writer, may=booking.their_group, still=always),
        "suggest": pressed(booking.suggest, who=persons.writer, may=booking.a_time, still=booking.not_so_yet),
        "accept": pressed(sessions.accept, who=persons.writer, may=their_meeting, still=asked.to_answer()),
        "decline": pressed(
            sessions.decline, who=persons.writer, may=their_meeting, still=asked.to_answer(card_stays=True)
        ),
        "decline_surely": pressed(
            sessions.decline_surely, who=persons.writer, may=their_meeting, still=asked.to_answer()
        ),
        "cancel": pressed(sessions.cancel, who=persons.writer, may=their_meeting, still=asked.to_come(card_stays=True)),
        "cancel_surely": pressed(sessions.cancel_surely, who=persons.writer, may=their_meeting, still=asked.to_come()),
        "held": pressed(taking_place.held, who=persons.writer, may=asked.theirs(), still=taking_place.has_begun),
        "sessions": pressed(sessions.mine, who=persons.writer, may=persons.oneself, still=always),
    },
    due={
        "remind_answer": Date(Meeting.answer_due_at, sessions.remind_answer),
        "session_tomorrow": Date(Meeting.day_due_at, sessions.tomorrow),
        "session_soon": Date(Meeting.soon_due_at, sessions.soon),
        "ask_session": Date(Meeting.ask_due_at, taking_place.ask),
    },
    said=(Command(r"book(?: a session)?", "book"), Command(r"(?:my )?sessions", "sessions")),
    standing=seen.standing,
    state=seen.state,
    on_match=seen.on_match,
    paused=seen.paused,
    end=seen.end,
    joined=sessions.joined,
    parted=sessions.parted,
    moved=seen.moved,
    held=seen.held,
    figures=seen.figures,
    pairs=seen.pairs,
)
