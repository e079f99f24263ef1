"""From a Teams activity, as plain data, to what happened. Pure; whatever has the wrong shape counts as absent.

A person is their Entra object id, which is theirs in every conversation and after every reinstallation; where Teams
gives none, the id that it gives them with this bot.
"""

import hashlib
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from bot.chat.events import Address, FieldValue, Lost, Met, Pressed, Profile, Said

PLATFORM = "teams"
PRESS, FILE = "press", "file"  # the names that our own data has in what a button sends
LONGEST_TEXT = 4000  # characters of a message; what is beyond is cut off
LONGEST_NAME = 1000  # characters of an id
MOST_FIELDS = 100
NOT_OF_HERE = frozenset({"guest", "anonymous"})  # roles of a member
EXTERNAL = "#EXT#"  # in the principal name of a guest

Activity = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Route:
    """Where a person is written to: our own conversation reference, kept as text in their Address."""

    service: str
    conversation: str
    bot: str
    user: str

    def __str__(self) -> str:
        parts = {"s": self.service, "c": self.conversation, "b": self.bot, "u": self.user}
        return json.dumps(parts, separators=(",", ":"), ensure_ascii=False)


def read_route(text: str) -> Route | None:
    """Return the route that `str` made `text` from, or None if it is none."""
    try:
        parts = json.loads(text)
    except ValueError:
        return None
    found = [_at(parts, key) for key in ("s", "c", "b", "u")]
    return Route(*found) if all(found[:2]) else None


def tenants(activity: Activity) -> set[str]:
    """Return every tenant that an activity names; the SDK loses one of the two places."""
    named = (_at(activity, "channelData", "tenant", "id"), _at(activity, "conversation", "tenantId"))
    return {tenant.casefold() for tenant in named if tenant}


def route(activity: Activity, conversation: str = "") -> Route:
    """Return where the sender is written to: in the activity's own conversation unless another is named."""
    return Route(
        _at(activity, "serviceUrl"),
        conversation or _at(activity, "conversation", "id"),
        _at(activity, "recipient", "id"),
        _at(activity, "from", "id"),
    )


def sender(activity: Activity, conversation: str = "") -> Address | None:
    """Return who an activity comes from, or None if it names nobody."""
    user = _at(activity, "from", "aadObjectId").casefold() or _at(activity, "from", "id")
    tenant = min(tenants(activity), default="")
    return Address(PLATFORM, tenant, user, str(route(activity, conversation))) if user else None


def private(activity: Activity) -> bool:
    """Tell whether nobody but the sender and the bot reads along."""
    return _at(activity, "conversation", "conversationType") == "personal"


def mentioned(activity: Activity) -> bool:
    """Tell whether the sender called the bot by name."""
    return bool(_mentions(activity))


def words(activity: Activity) -> str:
    """Return what somebody typed, without the bot's name in it and without markup."""
    text = _text(activity.get("text"), 20 * LONGEST_TEXT)
    for mention in _mentions(activity):
        text = text.replace(mention, " ")
    if _at(activity, "textFormat") in {"xml", "html"} or "<at>" in text:
        text = re.sub(r"<br\s*/?>|</p>|</div>|</li>", "\n", text, flags=re.IGNORECASE)
        text = re.sub(r"</?[a-z][^<>]*>", "", text, flags=re.IGNORECASE)
    lines = (" ".join(line.split()) for line in html.unescape(text).splitlines())
    return _text("\n".join(lines).strip(), LONGEST_TEXT)


def said(activity: Activity, who: Address) -> Said:
    """Return what somebody said."""
    return Said(event_id(activity), who, words(activity))


def pressed(activity: Activity, who: Address) -> Pressed | None:
    """Return which of our buttons was pressed (Action.Submit or Action.Execute), or None if it is none of ours."""
    data = data_of(activity)
    press = data.get(PRESS)
    action = _at(press, "action")
    if not isinstance(press, Mapping) or not action:
        return None
    shown = press.get("fields")
    fields = _fields(data, shown if isinstance(shown, list) else [])
    return Pressed(event_id(activity), who, action, _at(press, "value"), fields, _at(activity, "replyToId"))


def data_of(activity: Activity) -> Mapping[str, Any]:
    """Return what a pressed button sends along: its own data and the inputs of its card."""
    value = activity.get("value")
    if isinstance(value, str):
        value = _object(value)
    action = value.get("action") if isinstance(value, Mapping) else None
    data = action.get("data") if isinstance(action, Mapping) else value
    if isinstance(data, str):
        data = _object(data)
    return data if isinstance(data, Mapping) else {}


def file_asked(activity: Activity) -> str:
    """Return the name under which the file is kept that somebody asked for, or ""."""
    return _at(data_of(activity), FILE)


@dataclass(frozen=True, slots=True)
class Consent:
    """Somebody's answer to where a file may go: its name in our keeping and, with a yes, Teams' place for it."""

    file: str
    yes: bool
    upload: str = ""
    shown: Mapping[str, str] = field(default_factory=dict)


def consent(activity: Activity) -> Consent:
    """Return what was answered to a file consent card."""
    value = activity.get("value")
    place = value.get("uploadInfo") if isinstance(value, Mapping) else None
    shown = {key: _at(place, key) for key in ("contentUrl", "name", "uniqueId", "fileType")}
    return Consent(_at(value, "context", FILE), _at(value, "action") == "accept", _at(place, "uploadUrl"), shown)


def met(activity: Activity, who: Address, *, greet: bool, member: Activity | None = None) -> Met:
    """Return that somebody can be reached, with what Teams suggests about them: `member` is what it knows."""
    name = _at(member, "name") or _at(activity, "from", "name")
    suffix = "greet" if greet else "seen"
    return Met(f"{event_id(activity)}/{suffix}", who, Profile(name, _email(member, who.tenant), zone(activity)), greet)


def zone(activity: Activity) -> str:
    """Return the name of the sender's time zone; what comes with an installation names none."""
    info = [entity for entity in _entities(activity) if _at(entity, "type") == "clientInfo"]
    return _at(activity, "localTimezone") or next((_at(entity, "timezone") for entity in info), "")


def lost(activity: Activity, who: Address) -> Lost:
    """Return that somebody took the app away."""
    return Lost(event_id(activity), who)


def event_id(activity: Activity) -> str:
    """Return the id of what happened, the same on every redelivery."""
    own = _at(activity, "id")
    if not own:  # not seen in Teams; what was sent is then its own name
        own = hashlib.sha256(json.dumps(activity, sort_keys=True).encode()).hexdigest()
    return f"{_at(activity, 'conversation', 'id')}/{own}"


def newcomers(activity: Activity) -> list[str]:
    """Return the ids of who was added to a conversation."""
    added = activity.get("membersAdded")
    return [_at(member, "id") for member in added if _at(member, "id")] if isinstance(added, list) else []


def _email(member: Activity | None, tenant: str) -> str:
    """Return the address of a member of this organisation; that of a guest, or of another's, claims nothing here."""
    principal = _at(member, "userPrincipalName")
    outside = _at(member, "userRole").casefold() in NOT_OF_HERE or EXTERNAL in principal.upper()
    if outside or _at(member, "tenantId").casefold() not in {"", tenant.casefold()}:
        return ""
    return next((each for each in (_at(member, "email"), principal) if "@" in each), "")


def _fields(data: Mapping[str, Any], shown: list[Any]) -> dict[str, FieldValue]:
    """Return the inputs by field name; an input's id says how it is to be read, and an absent one is empty."""
    ids = [each for each in shown if isinstance(each, str)] + [each for each in data if each not in {PRESS, FILE}]
    fields: dict[str, FieldValue] = {}
    days: dict[str, list[str]] = {}
    for each in ids[:MOST_FIELDS]:
        kind, _, name = _text(each, LONGEST_NAME).partition(":")
        given = _text(data.get(each), LONGEST_TEXT).strip()
        if kind == "many":
            fields[name] = tuple(unquote(code) for code in given.split(",") if code)
        elif kind in {"day", "time"}:
            days.setdefault(name, ["", ""])[kind == "time"] = given
        elif name:
            fields[name] = given
    return fields | {name: "T".join(part for part in parts if part) for name, parts in days.items()}


def _mentions(activity: Activity) -> list[str]:
    bot = _at(activity, "recipient", "id")
    named = [each for each in _entities(activity) if _at(each, "type") == "mention"]
    return [_at(each, "text") for each in named if bot and _at(each, "mentioned", "id") == bot and _at(each, "text")]


def _entities(activity: Activity) -> list[Mapping[str, Any]]:
    found = activity.get("entities")
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _object(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _at(data: object, *keys: str) -> str:
    """Return the text at the end of this way through nested data, or ""."""
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return _text(data, LONGEST_NAME)


def _text(value: object, most: int) -> str:
    """Return a value as text that every database can hold, cut to `most` characters."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, str | int | float):
        return ""
    text = str(value)[:most].replace("\0", "")
    return text.encode("utf-8", "ignore").decode()
