"""Registering: by chat, one question at a time, or by a form that was brought in and is claimed by its person."""

from bot.parts.registration import answering, claiming, seen, whose, window, words
from bot.people import persons
from bot.people.tables import Registration
from bot.programme.part import Command, Date, Part, always, pressed

PART = Part(
    name="registration",
    pressed={
        "register": pressed(answering.register, who=persons.writer, may=whose.offered, still=whose.unregistered),
        "answer": pressed(answering.answer, who=persons.writer, may=whose.theirs(), still=whose.changeable()),
        "back": pressed(
            answering.back,
            who=persons.writer,
            may=whose.theirs(words.NOTHING_TO_CHANGE),
            still=whose.changeable(words.NOTHING_TO_CHANGE),
        ),
        "change": pressed(
            answering.change,
            who=persons.writer,
            may=whose.theirs(words.NOTHING_TO_CHANGE),
            still=whose.changeable(words.NOTHING_TO_CHANGE),
        ),
        "see_private": pressed(answering.see_private, who=persons.writer, may=whose.theirs(), still=always),
        "confirm": pressed(answering.confirm, who=persons.writer, may=whose.theirs(), still=whose.unconfirmed),
    },
    due={"remind_registration": Date(Registration.remind_due_at, answering.remind)},
    said=(
        Command(r"register|sign up|join", "register"),
        Command(r"(?:go )?back", "back"),
        Command(r"change", "change"),
        Command(r"(?:change|edit) (?:my |the )?(?P<step>.+)", "change", bare=False),
    ),
    codes={rf".*{claiming.CODE}.*": claiming.redeem},
    met=claiming.met,
    left=claiming.left,
    moments={"opened": window.opened, "closed": window.closed},
    standing=seen.standing,
    figures=seen.figures,
)
