"""What can be said: a card is a message and a form in one. Plain data, no styles; the adapter chooses how it looks.

Every text in a card is plain text: adapters escape all of it, so nothing a person typed is ever read as markup.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import fields as parts
from datetime import datetime
from typing import Any, Literal

from bot.chat import words
from bot.chat.events import Address

Kind = Literal["choice", "choices", "text", "long", "email", "number", "date", "datetime"]

HOME = "home"  # in place of a message's reference: the page that a person has with the bot, where a platform has one


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
    """Something to press. `action` is a route, `value` names a row; with `url` it opens a page instead.

    `also` are other words a person may type for it.
    """

    label: str
    action: str = ""
    value: str = ""
    url: str = ""
    also: tuple[str, ...] = ()


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
class Meet:
    """A way to somebody outside the bot: a chat with them or, with `starts_at`, a new calendar entry that invites them.

    `starts_at` is ISO 8601 in UTC. An adapter draws it as a link where its platform has one for people of the same
    tenant, and leaves it out elsewhere.
    """

    label: str
    platform: str
    tenant: str
    user: str
    email: str = ""
    subject: str = ""
    starts_at: str = ""
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class Card:
    """One message: a title, text (paragraphs split by a blank line), facts, inputs, buttons, files, in that order.

    `meet` are ways to somebody outside the bot, drawn after the buttons.

    `typed` is what typed words press when they name none of the buttons; they arrive as the field `words`. `subject`
    says in a word or two whom or what the card is about, for when typed words could answer several. Neither is drawn.
    """

    text: str
    title: str = ""
    facts: tuple[Fact, ...] = ()
    fields: tuple[Field, ...] = ()
    buttons: tuple[Button, ...] = ()
    files: tuple[File, ...] = ()
    meet: tuple[Meet, ...] = ()
    typed: Button | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Send:
    """A decision to show `card` to `to`.

    `replaces` is the platform's reference of a message to redraw instead of posting a new one, or HOME. It is not sent
    before `not_before` (UTC), and after `expires_at` it is not worth sending any more. `key`, where given, is unique:
    a second Send with it is dropped. `about` names what the message is about ("match:7"): typed words answer the newest
    message about a thing, and no older one.
    """

    to: Address
    card: Card
    replaces: str = ""
    not_before: datetime | None = None
    expires_at: datetime | None = None
    key: str = ""
    about: str = ""


def to_data(card: Card) -> dict[str, Any]:
    """Return the card as plain data that JSON can hold. Made for every message, so it does less than `asdict`."""
    return {name: _plain(getattr(card, name)) for name in _NAMES[Card]}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    names = _NAMES.get(type(value))
    return value if names is None else {name: _plain(getattr(value, name)) for name in names}


_NAMES = {part: tuple(each.name for each in parts(part)) for part in (Card, Fact, Field, Choice, Button, File, Meet)}


def from_data(data: Mapping[str, Any]) -> Card:
    """Return the card that `to_data` made `data` from, also after a trip through JSON."""
    return Card(
        text=data["text"],
        title=data["title"],
        facts=tuple(Fact(**fact) for fact in data["facts"]),
        fields=tuple(
            Field(
                **{
                    **field,
                    "choices": tuple(Choice(c["code"], c["label"], tuple(c["also"])) for c in field["choices"]),
                    "value": tuple(field["value"]) if isinstance(field["value"], list) else field["value"],
                }
            )
            for field in data["fields"]
        ),
        buttons=tuple(_button(button) for button in data["buttons"]),
        files=tuple(File(**file) for file in data["files"]),
        meet=tuple(Meet(**meet) for meet in data["meet"]),
        typed=_button(data["typed"]) if data["typed"] else None,
        subject=data.get("subject", ""),  # not in cards that were stored before there was one
    )


def _button(data: Mapping[str, Any]) -> Button:
    return Button(**{**data, "also": tuple(data["also"])})


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
    labels = [button.label + (f" {button.url}" if button.url else "") for button in card.buttons]
    lines += [f"({' / '.join(labels)})"] if card.fields and labels else _numbered(labels)
    lines += [words.FILE.format(name=file.name) for file in card.files]
    return "\n".join(lines)


def _numbered(labels: Sequence[str]) -> list[str]:
    return [f"{number}. {label}" for number, label in enumerate(labels, start=1)]
