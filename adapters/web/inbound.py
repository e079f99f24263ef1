"""From the page's JSON to what happened. Pure; a ValueError's sentence is for the person at the page."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from bot.chat.events import Address, FieldValue, Pressed, Said

PLATFORM = "web"
LONGEST_TEXT = 4000  # characters; the page's own limit too
LONGEST_NAME = 200  # a user's id, an action, a field's name, a button's label
MOST_FIELDS = 50
MOST_CHOICES = 500
_LONGEST_NUMBER = 15  # digits: far beyond any row, far below what SQLite and JavaScript can count to


def to_event(payload: Mapping[str, Any], tenant: str) -> Said | Pressed:
    """Return what somebody did at the page.

    The event's id is the page's own: a UUID made before the first attempt and repeated on every further one, so that
    what was sent twice happens once.
    """
    who = Address(PLATFORM, tenant, a_person(payload.get("person")))
    match payload.get("kind"):
        case "said":
            return Said(_id(payload), who, a_text(payload.get("text"), "The message"))
        case "pressed":
            return Pressed(
                id=_id(payload),
                who=who,
                action=_text(payload.get("action"), "The button's action", LONGEST_NAME, least=1),
                value=_text(payload.get("value", ""), "The button's value", LONGEST_TEXT),
                fields=_fields(payload.get("fields", {})),
                card=_card(payload.get("card", "")),
            )
        case _:
            raise ValueError("The bot understands what was said or pressed, and this was neither.")


def to_history(payload: Mapping[str, Any]) -> dict[str, str]:
    """Return how the same thing reads in the person's own history: their words, or the label that they pressed."""
    if payload.get("kind") == "said":
        return {"text": a_text(payload.get("text"), "The message")}
    return {"pressed": _text(payload.get("label"), "The button's label", LONGEST_NAME, least=1)}


def a_person(value: object) -> str:
    """Return the user id that `value` is, or raise."""
    return _text(value, "The person", LONGEST_NAME, least=1)


def a_text(value: object, what: str, most: int = LONGEST_TEXT) -> str:
    """Return the words that `value` is, without space around them, or raise; blank words are none."""
    return _text(_text(value, what, most).strip(), what, most, least=1)


def a_number(value: object, what: str) -> int:
    """Return the whole number, zero or more, that `value` says in digits, or raise."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise ValueError(f"{what} should be a number.")
    return int(text)


def _id(payload: Mapping[str, Any]) -> str:
    try:
        return str(UUID(_text(payload.get("id"), "The id", LONGEST_NAME)))
    except ValueError:
        raise ValueError("The event's id should be a UUID.") from None


def _card(value: object) -> str:
    return "" if value == "" else str(a_number(value, "The card"))


def _fields(value: object) -> dict[str, FieldValue]:
    if not isinstance(value, Mapping):
        raise ValueError("The card's fields should be given by name.")  # noqa: TRY004  one kind of error for the page
    if len(value) > MOST_FIELDS:
        raise ValueError(f"A card has at most {MOST_FIELDS} fields.")
    return {_text(name, "A field's name", LONGEST_NAME, least=1): _field(answer) for name, answer in value.items()}


def _field(value: object) -> FieldValue:
    if not isinstance(value, list):
        return _text(value, "An answer", LONGEST_TEXT)
    if len(value) > MOST_CHOICES:
        raise ValueError(f"At most {MOST_CHOICES} choices can be made at once.")
    return tuple(_text(code, "A choice", LONGEST_NAME) for code in value)


def _text(value: object, what: str, most: int, least: int = 0) -> str:
    """Return `value` if it is text of `least` to `most` characters that every database can hold, or raise."""
    if not isinstance(value, str):
        raise ValueError(f"{what} should be text.")  # noqa: TRY004  one kind of error for the page
    if len(value) < least:
        raise ValueError(f"{what} is empty.")
    if len(value) > most:
        raise ValueError(f"{what} is too long: at most {most} characters, and this has {len(value)}.")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError(f"{what} has a character that cannot be kept.")
    return value
