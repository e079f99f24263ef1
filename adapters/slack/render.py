"""From a Card to Slack's blocks. Pure.

People's texts go into plain_text objects, where nothing is markup; the one exception is a fact, whose label is bold,
and there `& < >` are escaped and `verbatim` is on. Limits are Slack's: what is longer is split, and what cannot be
split says that it is not all there. A card that Slack could never take raises a ValueError, whose text is a code.

Input blocks carry ids made from the message's key, so that a card drawn again begins with the values it was given:
Slack keeps what was typed as long as the ids stay the same.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from adapters.slack.inbound import DATE, FIELD, PLATFORM, PRESS, TIME
from bot.chat.cards import Button, Card, Choice, Fact, Field, Meet, as_text

Block = dict[str, Any]
T = TypeVar("T")

MOST_BLOCKS, MOST_BLOCKS_AT_HOME = 50, 100
LONGEST_TITLE = 150
LONGEST_TEXT = 3000  # characters of one section, and of an input's initial value
LONGEST_FACT, MOST_FACTS = 2000, 10  # of one section
LONGEST_LABEL = 75  # of a button and of an option
LONGEST_ASKED = 2000  # an input's label, and its hint
MOST_BUTTONS, MOST_BUTTON_ROWS = 25, 10
LONGEST_ID, LONGEST_VALUE, LONGEST_CODE, LONGEST_LINK = 255, 2000, 150, 3000
FEW, MANY, MOST_CHOICES = 10, 100, 10_000  # ticked one by one; in one list; in lists of a hundred
LONGEST_FALLBACK = 4000  # characters of what notifications and screen readers say

NOT_ALL = "There is more than fits into one message; the rest is left out here."
NOT_ALL_CHOICES = f"Only the first {MOST_CHOICES:,} are listed."
NOTHING = "…"

SAFE_SCHEMES = {"http", "https", "mailto"}

# Written to be invisible or to turn text around. The two joiners stay: Persian words and many emoji need them.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Message:
    """A card as chat.postMessage and chat.update take it: `text` is for notifications and screen readers."""

    blocks: list[Block]
    text: str


def to_message(card: Card, tenant: str, key: str) -> Message:
    """Return `card` as a message to somebody of `tenant`; `key` is the message's own."""
    return Message(_blocks(card, tenant, key, MOST_BLOCKS), fallback(card))


def to_home(card: Card, tenant: str, key: str) -> dict[str, Any]:
    """Return `card` as the view of somebody's Home tab."""
    return {"type": "home", "blocks": _blocks(card, tenant, key, MOST_BLOCKS_AT_HOME)}


def fallback(card: Card) -> str:
    """Return the card as one text of at most LONGEST_FALLBACK characters, in which nothing is markup."""
    text = clean(as_text(card)).strip() or NOTHING
    while len(escaped := escape(text)) > LONGEST_FALLBACK:
        text = text[: len(text) - max(1, (len(escaped) - LONGEST_FALLBACK) // 5) - 1].rstrip() + "…"
    return escaped


def clean(text: str) -> str:
    """Return `text` without characters that cannot be seen or that turn it around; lines end in one newline."""
    return _HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def escape(text: str) -> str:
    """Return `text` so that Slack reads none of it as a link, a mention or an entity."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(card: Card, tenant: str, key: str, most: int) -> list[Block]:
    mark = hashlib.sha256(key.encode()).hexdigest()[:8]
    body = [*_title(card), *_sections(card.text), *_facts(card.facts)]
    inputs = [block for number, field in enumerate(card.fields) for block in _inputs(field, f"{mark}:{number}")]
    rows = list(_rows(card, tenant))
    if len(body) + len(inputs) + len(rows) > most:
        inputs = inputs[: most - len(rows) - 1]
        body = [*body[: most - len(rows) - len(inputs) - 1], _plain_section(NOT_ALL)]
    return [*body, *inputs, *rows] or [_plain_section(NOTHING)]


# What is read


def _title(card: Card) -> Iterator[Block]:
    title = " ".join(clean(card.title).split())
    if title:
        yield {"type": "header", "text": _plain(_cut(title, LONGEST_TITLE))}
    if len(title) > LONGEST_TITLE:
        yield from _sections(title)


def _sections(text: str) -> Iterator[Block]:
    """Return `text` as few sections as will hold it, broken between paragraphs, else lines, else words."""
    rest = clean(text).strip()
    while len(rest) > LONGEST_TEXT:
        ends = (rest.rfind(gap, 1, LONGEST_TEXT) for gap in ("\n\n", "\n", " "))
        end = next((end for end in ends if end > 0), LONGEST_TEXT)
        yield _plain_section(rest[:end].rstrip())
        rest = rest[end:].strip()
    if rest:
        yield _plain_section(rest)


def _facts(facts: Sequence[Fact]) -> Iterator[Block]:
    """Return the facts side by side; one that is too long for that gets sections of its own."""
    beside: list[Block] = []
    for fact in facts:
        label = _cut(" ".join(clean(fact.label).split()), LONGEST_LABEL) or NOTHING
        value = clean(fact.value).strip()
        text = f"*{escape(label)}*\n{escape(value)}"
        if len(text) <= LONGEST_FACT:
            beside.append({"type": "mrkdwn", "text": text, "verbatim": True})
            continue
        yield from _side_by_side(beside)
        beside = []
        yield {"type": "section", "text": {"type": "mrkdwn", "text": f"*{escape(label)}*", "verbatim": True}}
        yield from _sections(value)
    yield from _side_by_side(beside)


def _side_by_side(fields: Sequence[Block]) -> Iterator[Block]:
    for group in _by(fields, MOST_FACTS):
        yield {"type": "section", "fields": list(group)}


def _by(things: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    return (things[start : start + most] for start in range(0, len(things), most))


def _plain_section(text: str) -> Block:
    return {"type": "section", "text": _plain(text)}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


# What is filled in


def _inputs(field: Field, block_id: str) -> Iterator[Block]:
    """Return the input of a field; a moment takes two, as Slack's own picker knows no zone but the reader's device."""
    if len(field.name) > LONGEST_ID - len(FIELD) - 1:
        raise ValueError("field_name_too_long")
    label = " ".join(clean(field.label).split()) or field.name
    given = field.value if isinstance(field.value, str) else ""
    if field.kind == "datetime":
        day, _, moment = given.partition("T")
        dated = {"type": "datepicker", "action_id": f"{DATE}:{field.name}", **_initial_date(day)}
        timed = {"type": "timepicker", "action_id": f"{TIME}:{field.name}", **_initial_time(moment)}
        yield _input(replace(field, hint=""), f"{block_id}:{DATE}", f"{label} – day", dated)
        yield _input(field, f"{block_id}:{TIME}", f"{label} – time", timed)
        return
    element: Block = {"action_id": f"{FIELD}:{field.name}"}
    match field.kind:
        case "choice" | "choices" if field.choices:
            element |= _choice(field)
        case "date":
            element |= {"type": "datepicker", **_initial_date(given)}
        case _:  # addresses and numbers too: Slack's own inputs for those are for modals only
            element |= {"type": "plain_text_input", "multiline": field.kind == "long"}
            if text := _cut(clean(given).strip(), LONGEST_TEXT):
                element["initial_value"] = text
    yield _input(field, block_id, label, element)


def _input(field: Field, block_id: str, label: str, element: Block) -> Block:
    hint = " ".join(clean(field.hint).split())
    if len(field.choices) > MOST_CHOICES:
        hint = f"{hint} {NOT_ALL_CHOICES}".strip()
    block = {"type": "input", "block_id": block_id, "label": _plain(_cut(label, LONGEST_ASKED)), "element": element}
    return {**block, "optional": field.optional, **({"hint": _plain(_cut(hint, LONGEST_ASKED))} if hint else {})}


def _choice(field: Field) -> Block:
    """Return the element for a choice: boxes to tick where a few of them apply, else a list that filters as one types.

    Slack lets no list be longer than a hundred, but a list may have a hundred groups, so a long one comes in groups
    named by where they begin and end. It needs no second question to the bot, which may have forgotten the card.
    """
    many = field.kind == "choices"
    chosen = {field.value} if isinstance(field.value, str) else set(field.value)
    options = {choice.code: _option(choice) for choice in field.choices[:MOST_CHOICES]}
    initial = [option for code, option in options.items() if code in chosen]
    listed = list(options.values())
    element: Block
    if many and len(listed) <= FEW:
        element = {"type": "checkboxes", "options": listed}
    elif len(listed) <= MANY:
        element = {"type": "multi_static_select" if many else "static_select", "options": listed}
    else:
        groups = [{"label": _plain(_span(group)), "options": list(group)} for group in _by(listed, MANY)]
        element = {"type": "multi_static_select" if many else "static_select", "option_groups": groups}
    if initial:
        element |= {"initial_options": initial} if many else {"initial_option": initial[0]}
    return element


def _option(choice: Choice) -> Block:
    if not 0 < len(choice.code) <= LONGEST_CODE:
        raise ValueError("choice_code_length")
    return {"text": _plain(_label(choice.label)), "value": choice.code}


def _span(group: Sequence[Block]) -> str:
    half = LONGEST_LABEL // 2 - 1
    return " – ".join(_cut(option["text"]["text"], half) for option in (group[0], group[-1]))


def _initial_date(text: str) -> Block:
    try:
        return {"initial_date": date.fromisoformat(text).isoformat()}
    except ValueError:
        return {}


def _initial_time(text: str) -> Block:
    try:
        return {"initial_time": f"{time.fromisoformat(text):%H:%M}"}
    except ValueError:
        return {}


# What is pressed


def _rows(card: Card, tenant: str) -> Iterator[Block]:
    elements = [_button(number, button) for number, button in enumerate(card.buttons)]
    if card.fields and (first := next((each for each in elements if "url" not in each), None)):
        first["style"] = "primary"
    elements += [
        _link(f"meet:{number}", meet.label, chat)
        for number, meet in enumerate(card.meet)
        if (chat := _chat(meet, tenant))
    ]
    for row in _by(elements[: MOST_BUTTONS * MOST_BUTTON_ROWS], MOST_BUTTONS):
        yield {"type": "actions", "elements": list(row)}


def _button(number: int, button: Button) -> Block:
    if button.url:
        if urlsplit(button.url).scheme not in SAFE_SCHEMES:
            raise ValueError("unsafe_link")
        return _link(f"link:{number}", button.label, button.url)
    action_id = f"{PRESS}:{number}:{button.action}"
    if len(action_id) > LONGEST_ID or len(button.value) > LONGEST_VALUE:
        raise ValueError("button_too_long")
    pressed: Block = {"type": "button", "action_id": action_id, "text": _plain(_label(button.label))}
    return {**pressed, "value": button.value} if button.value else pressed


def _link(action_id: str, label: str, url: str) -> Block:
    if len(url) > LONGEST_LINK:
        raise ValueError("link_too_long")
    return {"type": "button", "action_id": action_id, "text": _plain(_label(label)), "url": url}


def _chat(meet: Meet, tenant: str) -> str:
    """Return the link to a chat with somebody of the same workspace, or "" where Slack has none."""
    if (meet.platform, meet.tenant) != (PLATFORM, tenant) or meet.starts_at or not tenant.startswith("T"):
        return ""
    return f"slack://user?{urlencode({'team': meet.tenant, 'id': meet.user})}"


def _label(label: str) -> str:
    return _cut(" ".join(clean(label).split()), LONGEST_LABEL) or NOTHING
