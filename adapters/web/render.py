"""From a card to the page's JSON. Pure; the page sets every text as text, so nothing in it is ever markup."""

from typing import Any
from urllib.parse import urlsplit

from bot.chat.cards import Button, Card, Field

SAFE_SCHEMES = ("http", "https", "mailto")


def to_json(card: Card) -> dict[str, Any]:
    """Return the card as the page draws it; files go by name, their content stays in the store.

    A button to anything but a web or mail address (`javascript:`, say) is a ValueError.
    """
    return {
        "title": card.title,
        "text": card.text,
        "facts": [{"label": fact.label, "value": fact.value} for fact in card.facts],
        "fields": [_field(field) for field in card.fields],
        "buttons": [_button(button) for button in card.buttons],
        "files": [{"name": file.name} for file in card.files],
    }


def _field(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "label": field.label,
        "kind": field.kind,
        "choices": [{"code": choice.code, "label": choice.label} for choice in field.choices],
        "value": field.value if isinstance(field.value, str) else list(field.value),
        "optional": field.optional,
        "hint": field.hint,
    }


def _button(button: Button) -> dict[str, str]:
    if not button.url:
        return {"label": button.label, "action": button.action, "value": button.value}
    if urlsplit(button.url).scheme not in SAFE_SCHEMES:
        raise ValueError("A button's url should be a web or mail address.")
    return {"label": button.label, "url": button.url}
