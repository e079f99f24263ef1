"""What can be said: a card is a message and a form in one. Plain data, no styles; the adapter chooses how it looks.

Every text in a card is plain text: adapters escape all of it, so nothing a person typed is ever read as markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.events import Address

Kind = Literal["choice", "choices", "text", "long", "email", "number", "date", "datetime"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose. `code` is stored, `label` is read, `also` are other words a person may type for it."""

    code: str
    label: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """An input of a card.

    `value` is what it holds when shown: a code for `choice`, codes for `choices`, text otherwise. A `date` is
    YYYY-MM-DD; a `datetime` is local time YYYY-MM-DDTHH:MM in the reader's own zone.
    """

    name: str
    label: str
    kind: Kind
    choices: tuple[Choice, ...] = ()
    value: str | tuple[str, ...] = ""
    optional: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press. `action` is a route, `value` names a row; with `url` it opens a page instead."""

    label: str
    action: str = ""
    value: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value in a card, such as Department: Home Office."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class File:
    """A small text file that goes with a card: a calendar entry or a report."""

    name: str
    mime: str
    content: str


@dataclass(frozen=True, slots=True)
class Card:
    """One message: a title, text (paragraphs split by a blank line), facts, inputs, buttons, files, in that order."""

    text: str
    title: str = ""
    facts: tuple[Fact, ...] = ()
    fields: tuple[Field, ...] = ()
    buttons: tuple[Button, ...] = ()
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Send:
    """A decision to show `card` to `to`.

    `replaces` is the platform's reference of a message to redraw instead of posting a new one. After `expires_at`
    (UTC) it is not worth sending any more. `key`, where given, is unique for ever: a second Send with it is dropped.
    """

    to: Address
    card: Card
    replaces: str = ""
    expires_at: datetime | None = None
    key: str = ""


def as_text(card: Card) -> str:
    """Return the card for a channel that shows text only: buttons become numbered lines that can be typed."""
    lines: list[str] = []
    if card.title:
        lines.append(card.title)
    if card.text:
        lines.append(card.text)
    lines += [f"{fact.label}: {fact.value}" for fact in card.facts]
    for item in card.fields:
        lines.append(item.label + (f" ({item.hint})" if item.hint else ""))
        lines += _numbered([choice.label for choice in item.choices])
    if not any(item.choices for item in card.fields):
        lines += _numbered([button.label + (f" {button.url}" if button.url else "") for button in card.buttons])
    lines += [f"File: {file.name}" for file in card.files]
    return "\n".join(lines)


def _numbered(labels: Sequence[str]) -> list[str]:
    return [f"{number}. {label}" for number, label in enumerate(labels, start=1)]
