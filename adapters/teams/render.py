"""From a card to an Adaptive Card 1.5, the newest version that Teams draws for bots. Pure.

Every text is plain: what Teams would read as Markdown is escaped, each line is a text block of its own, and characters
that turn the direction of text are left out. Buttons are `Action.Execute`, which lets Teams redraw the card in place,
with `Action.Submit` as fallback where that is unknown.

The inputs go with the first button and with those of the same action; these ask for the inputs that may not be empty.
All other buttons ("Back") send no inputs, so that an empty one is never in their way.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from adapters.teams.inbound import FILE, PLATFORM, PRESS
from bot.chat.cards import Button, Card, Field, Meet
from bot.chat.events import Address

MOST_BYTES = 27_000  # of a card as JSON; Teams takes 28 KB for the whole message
MOST_ACTIONS = 6  # that Teams draws side by side
LONG_LABEL = 32  # characters; a longer button has a line to itself, where it is not cut
LONGEST_LABEL = 150
LONGEST_HINT = 300
LONGEST_FACT, SHORT_FACT = 1000, 100
SUMMARY = 120  # characters of a notification
EXPANDED = 8  # so many choices are all shown; more are a list
SAFE_SCHEMES = ("http", "https", "mailto")

LEFT_OUT = "The rest is left out here, as it is too long for one message."
TYPE_CHOICE = "Type your choice; there are too many to list here."
EMPTY = "Please fill this in."
CHOOSE = "Please choose."

Element = dict[str, Any]

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_INLINE = re.compile(r"[\\`*_\[\]~<{|]|&(?=#?\w+;)")
_BLOCK = re.compile(r"^(\d*)([#>+=:.)-])")  # what begins a heading, a quotation or a list


def render(card: Card, to: Address, files: Sequence[str] = ()) -> Element:
    """Return the card as its reader sees it; `files` are the names under which its files are kept, in their order.

    Where it would be larger than Teams takes, the text is cut and long lists of choices become an input to type in.
    A ValueError says that it cannot be drawn at all: it links to something other than a web or mail address, or is
    too large even so.
    """
    top = [_heading(card.title)] if plain(card.title) else []
    paragraphs = list(_paragraphs(card.text))
    for lists, longest in ((True, LONGEST_FACT), (False, LONGEST_FACT), (False, SHORT_FACT)):
        inputs = [element for field in card.fields for element in _input(field, card, lists=lists)]
        sets, actions = _buttons(card, to, files, [element["id"] for element in inputs if "id" in element])
        below = [*_facts(card, longest), *inputs, *sets]
        whole = _card([*top, *paragraphs, *below], actions)
        if size(whole) <= MOST_BYTES:
            return whole
        rest = [_line(LEFT_OUT, first=True), *below]
        room = MOST_BYTES - size(_card([*top, *rest], actions))
        if room >= 0:
            return _card([*top, *_cut(paragraphs, room), *rest], actions)
    raise ValueError("The card is too large for Teams.")


def size(element: Element) -> int:
    """Return how many bytes an element is as JSON, as it is sent."""
    return len(json.dumps(element))


def summary(card: Card) -> str:
    """Return what a notification of the card says."""
    lines = [line for line in (card.title, *card.text.splitlines()) if line.strip()]
    return _short(plain(lines[0]), SUMMARY) if lines else ""


def plain(text: str) -> str:
    """Return text on one line without what is invisible or turns its direction."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def escaped(text: str) -> str:
    """Return one line of text so that Teams shows exactly that line."""
    line = _INLINE.sub(lambda found: f"\\{found[0]}", plain(text))
    return _BLOCK.sub(r"\1\\\2", line)


def _card(body: list[Element], actions: list[Element]) -> Element:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": body,
    }
    return card | {"actions": actions} if actions else card


# ---- what is read


def _heading(title: str) -> Element:
    return {"type": "TextBlock", "text": _safe(title), "wrap": True, "style": "heading", "weight": "Bolder"}


def _line(text: str, *, first: bool) -> Element:
    return {"type": "TextBlock", "text": _safe(text), "wrap": True, "spacing": "Default" if first else "None"}


def _paragraphs(text: str) -> Iterator[Element]:
    first = True
    for line in text.splitlines():
        if plain(line):
            yield _line(line, first=first)
        first = not plain(line)


def _cut(paragraphs: Iterable[Element], room: int) -> Iterator[Element]:
    for element in paragraphs:
        room -= size(element) + 2  # a comma and a space
        if room < 0:
            return
        yield element


def _facts(card: Card, longest: int) -> list[Element]:
    facts = [{"title": _safe(fact.label, LONGEST_LABEL), "value": _safe(fact.value, longest)} for fact in card.facts]
    return [{"type": "FactSet", "facts": facts}] if facts else []


def _safe(text: str, most: int = 10_000) -> str:
    return escaped(_short(plain(text), most))


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


# ---- what is filled in


def _input(field: Field, card: Card, *, lists: bool) -> Iterator[Element]:
    """Return the input and what stands before it; without `lists`, a long list of choices is something to type."""
    label = _short(plain(field.label), LONGEST_LABEL) or "–"
    hint = _short(plain(field.hint), LONGEST_HINT)
    needed = not field.optional and any(button.action for button in card.buttons)
    shown = {"label": label} | ({"isRequired": True, "errorMessage": EMPTY} if needed else {})
    value = field.value if isinstance(field.value, str) else ""
    match field.kind:
        case "choice" | "choices" if lists or len(field.choices) <= EXPANDED:
            yield from _note(hint)
            yield _choices(field, shown)
        case "date":
            yield from _note(hint)
            yield _filled({"type": "Input.Date", "id": f"one:{field.name}", **shown}, _matching(_DAY, value))
        case "datetime":
            day, _, clock = value.partition("T")
            yield from _note(hint)
            yield _filled({"type": "Input.Date", "id": f"day:{field.name}", **shown}, _matching(_DAY, day))
            shown["label"] = f"{label}: time"
            yield _filled({"type": "Input.Time", "id": f"time:{field.name}", **shown}, _matching(_CLOCK, clock[:5]))
        case "number":
            number = float(value) if _NUMBER.fullmatch(value) else None
            held = int(number) if number is not None and number.is_integer() else number
            yield _filled({"type": "Input.Number", "id": f"one:{field.name}", **shown}, held, hint)
        case "choice" | "choices":
            labels = {choice.code: choice.label for choice in field.choices}
            element = {"type": "Input.Text", "id": f"one:{field.name}", **shown}
            yield _filled(element, plain(labels.get(value, "")), TYPE_CHOICE)
        case _:
            element = {"type": "Input.Text", "id": f"one:{field.name}", **shown}
            element |= {"isMultiline": True} if field.kind == "long" else {}
            element |= {"style": "email"} if field.kind == "email" else {}
            yield _filled(element, _CONTROLS.sub(" ", value), hint)


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?", re.ASCII)


def _choices(field: Field, shown: Mapping[str, Any]) -> Element:
    many = field.kind == "choices"
    expanded = many or len(field.choices) <= EXPANDED
    title = _safe if expanded else _listed  # a list of one line each is never read as Markdown
    choices = [
        {"title": title(choice.label, LONGEST_LABEL) or "–", "value": quote(choice.code) if many else choice.code}
        for choice in field.choices
    ]
    element = {"type": "Input.ChoiceSet", "id": f"{'many' if many else 'one'}:{field.name}", **shown, "wrap": True}
    if shown.get("errorMessage"):
        element["errorMessage"] = CHOOSE
    element |= {"isMultiSelect": True} if many else {}
    element |= {"style": "expanded" if expanded else "compact"}
    codes = {choice.code for choice in field.choices}
    held = [field.value] if isinstance(field.value, str) else list(field.value)
    value = ",".join(quote(code) if many else code for code in held if code in codes)
    return _filled(element | {"choices": choices}, value, "" if expanded else CHOOSE)


def _listed(text: str, most: int) -> str:
    return _short(plain(text), most)


def _filled(element: Element, value: float | str | None, placeholder: str = "") -> Element:
    element |= {} if value is None or value == "" else {"value": value}
    return element | ({"placeholder": placeholder} if placeholder else {})


def _matching(pattern: re.Pattern[str], value: str) -> str:
    return value if pattern.fullmatch(value) else ""


def _note(hint: str) -> Iterator[Element]:
    if hint:
        yield _line(hint, first=True) | {"isSubtle": True}


# ---- what is pressed


def _buttons(card: Card, to: Address, files: Sequence[str], inputs: list[str]) -> tuple[list[Element], list[Element]]:
    """Return action sets for the body, or the actions of the card where few short ones are all."""
    taker = next((button.action for button in card.buttons if button.action), "")
    actions = [_action(button, inputs if button.action == taker else []) for button in card.buttons]
    for file, kept in zip(card.files, files, strict=False):
        actions.append(_execute(f"Save {plain(file.name)}", "file", {FILE: kept}, takes=False))
    links = ((meet.label, meet_url(meet, to)) for meet in card.meet)
    actions += [{"type": "Action.OpenUrl", "title": _title(label), "url": url} for label, url in links if url]
    if len(actions) <= MOST_ACTIONS and all(len(action["title"]) <= LONG_LABEL for action in actions):
        return [], actions
    return list(_sets(actions)), []


def _sets(actions: Iterable[Element]) -> Iterator[Element]:
    group: list[Element] = []
    for action in actions:
        long = len(action["title"]) > LONG_LABEL
        if group and (long or len(group) == MOST_ACTIONS):
            yield {"type": "ActionSet", "actions": group}
            group = []
        group.append(action)
        if long:
            yield {"type": "ActionSet", "actions": group}
            group = []
    if group:
        yield {"type": "ActionSet", "actions": group}


def _action(button: Button, inputs: list[str]) -> Element:
    if button.url:
        if urlsplit(button.url).scheme not in SAFE_SCHEMES:
            raise ValueError("A button's url should be a web or mail address.")
        return {"type": "Action.OpenUrl", "title": _title(button.label), "url": button.url}
    press: dict[str, Any] = {"action": button.action, "value": button.value}
    press |= {"fields": inputs} if inputs else {}
    return _execute(button.label, button.action, {PRESS: press}, takes=bool(inputs))


def _execute(label: str, verb: str, data: Mapping[str, Any], *, takes: bool) -> Element:
    shared = {"title": _title(label), "data": data} | ({} if takes else {"associatedInputs": "none"})
    return {"type": "Action.Execute", "verb": verb, **shared, "fallback": {"type": "Action.Submit", **shared}}


def _title(label: str) -> str:
    return _short(plain(label), LONGEST_LABEL) or "–"


def meet_url(meet: Meet, to: Address) -> str | None:
    """Return the link to a chat or a new meeting with somebody, or None where Teams has none for these two."""
    if meet.platform != PLATFORM or meet.tenant != to.tenant or "@" not in meet.email:
        return None
    if not meet.starts_at:
        return f"https://teams.microsoft.com/l/chat/0/0?{urlencode({'users': meet.email}, quote_via=quote)}"
    starts = datetime.fromisoformat(meet.starts_at)
    asked = {
        "subject": meet.subject,
        "startTime": starts.isoformat(timespec="seconds"),
        "endTime": (starts + timedelta(minutes=meet.minutes)).isoformat(timespec="seconds"),
        "attendees": meet.email,
    }
    return f"https://teams.microsoft.com/l/meeting/new?{urlencode(asked, quote_via=quote)}"
