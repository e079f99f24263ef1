"""Registering: by chat, one question at a time, or by a form that was brought in and is claimed by its person."""

from bot.parts.registration import claiming, registration, seen
from bot.people.tables import Registration
from bot.programme.part import Command, Date, Part

PART = Part(
    name="registration",
    pressed={
        "register": registration.register,
        "answer": registration.answer,
        "back": registration.back,
        "change": registration.change,
        "see_private": registration.see_private,
        "confirm": registration.confirm,
    },
    due={"remind_registration": Date(Registration.remind_due_at, registration.remind)},
    said=(
        Command(r"register|sign up|join", "register"),
        Command(r"(?:go )?back", "back"),
        Command(r"change", "change"),
        Command(r"(?:change|edit) (?:my |the )?(?P<step>.+)", "change", bare=False),
    ),
    codes={rf".*{claiming.CODE}.*": claiming.redeem},
    met=claiming.met,
    standing=seen.standing,
    figures=seen.figures,
)
