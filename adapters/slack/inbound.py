"""From Slack's payloads to what happened. Pure; a payload that means nothing to the bot is no event at all."""

import re
from collections.abc import Mapping
from typing import Any

from bot.chat.events import Address, Event, FieldValue, Lost, Met, Pressed, Profile, Said

PLATFORM = "slack"
PRESS, FIELD, DATE, TIME = "press", "field", "date", "time"  # how action ids begin; see render.py
ANSWERED = "answered"  # what a redrawn Home tab is told after a press on it: the answer is in Messages

NOT_OF_HERE = ("is_stranger", "is_restricted", "is_ultra_restricted", "is_bot", "deleted")  # marks of a user

Payload = Mapping[str, Any]

_LINK = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")  # no database can hold these


def to_events(body: Payload) -> tuple[Event, ...]:
    """Return what a verified payload of Slack says happened, in order; the tenant is the envelope's, never a value's.

    The events' ids are the same on every redelivery.
    """
    if body.get("type") == "event_callback":
        return _from_event(body, body.get("event") or {})
    if body.get("type") == "block_actions":
        return _from_press(body)
    if body.get("command"):
        who = Address(PLATFORM, tenant_of(body), body["user_id"])
        return (Said(f"command:{body['trigger_id']}", who, words(body.get("text", "")) or "help"),)
    return ()


def tenant_of(body: Payload) -> str:
    """Return the workspace that a payload comes from, or the organisation, where the app is installed for all of it."""
    granted = next(iter(body.get("authorizations") or ()), body)
    team = granted.get("team_id") or body.get("team_id") or (body.get("team") or {}).get("id")
    organisation = granted.get("enterprise_id") or body.get("enterprise_id") or (body.get("enterprise") or {}).get("id")
    whole = granted.get("is_enterprise_install") in {True, "true"}
    return str((organisation if whole else team) or team or organisation or "")


def to_profile(user: Payload) -> Profile:
    """Return what Slack's `user` object (users.info) suggests about somebody.

    The display name is the one that they have chosen; the real name can be a legal one, and is nobody's business. An
    address that Slack does not vouch for is left out: it would claim what belongs to somebody else.
    """
    profile = user.get("profile") or {}
    return Profile(
        name=words(profile.get("display_name") or ""),
        email=words(profile.get("email") or "") if _vouched_for(user) else "",
        zone=user.get("tz") or "",
    )


def _vouched_for(user: Payload) -> bool:
    """Tell whether the address is confirmed, and that of a full member of this workspace."""
    return user.get("is_email_confirmed") is True and not any(user.get(mark) for mark in NOT_OF_HERE)


def words(text: str) -> str:
    """Return what somebody typed as they saw it: Slack's markup for links, mentions and `& < >` undone."""
    shown = _LINK.sub(_as_seen, _UNKEEPABLE.sub("", text))
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def _as_seen(link: re.Match[str]) -> str:
    target, label = link[1], link[2] or ""
    if target[0] in "@#!":
        mark = "" if label.startswith(("@", "#")) else "#" if target[0] == "#" else "@"
        return mark + (label or target[1:]) if "^" not in target else label
    target = target.removeprefix("mailto:").removeprefix("tel:")
    return label or target if label in target else f"{label} ({target})"


# Events API


def _from_event(body: Payload, event: Payload) -> tuple[Event, ...]:
    tenant, id_, kind = tenant_of(body), str(body["event_id"]), event.get("type")
    who = Address(PLATFORM, tenant, str(event.get("user") or ""), str(event.get("channel") or ""))
    if kind == "message" and _is_theirs(event):
        return (Said(id_, who, words(event["text"])),)
    if kind == "app_home_opened" and event.get("tab") == "home":
        return (Pressed(id_, who, "home_tab"),)
    if kind == "app_home_opened":
        return (Met(id_, who),)
    if kind == "app_uninstalled" or (kind == "tokens_revoked" and (event.get("tokens") or {}).get("bot")):
        return (Lost(id_, Address(PLATFORM, tenant, "")),)
    return ()


def _is_theirs(event: Payload) -> bool:
    """Tell whether a message is one that a person wrote to the bot, not an edit, a notice or the bot's own."""
    direct = event.get("channel_type") == "im"
    plain = event.get("subtype") in {None, "file_share"} and not event.get("bot_id") and not event.get("hidden")
    return direct and plain and bool(event.get("user")) and bool(words(event.get("text") or ""))


# Interactivity


def _from_press(body: Payload) -> tuple[Event, ...]:
    action: Payload = next(iter(body.get("actions") or ()), {})
    kind, _, rest = str(action.get("action_id", "")).partition(":")
    _, _, name = rest.partition(":")
    if kind != PRESS or not name:  # a link, or an input that was changed
        return ()
    container = body.get("container") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id") or ""
    message = (body.get("message") or {}).get("ts") or container.get("message_ts") or ""
    at_home = (body.get("view") or {}).get("type") == "home" or not (channel and message)
    where = (body.get("view") or {}).get("id") or container.get("view_id") or "" if at_home else message
    who = Address(PLATFORM, tenant_of(body), str(body["user"]["id"]), "" if at_home else channel)
    id_ = f"press:{who.tenant}:{who.user}:{where}:{action.get('action_ts') or body.get('trigger_id', '')}"
    state = body.get("state") or (body.get("view") or {}).get("state") or {}
    card = "" if at_home else f"{channel}:{message}"
    press = Pressed(id_, who, name, str(action.get("value") or ""), to_fields(state.get("values") or {}), card)
    if not at_home:
        return (press,)
    return press, Pressed(f"{id_}:home", who, "home_tab", ANSWERED)


def to_fields(values: Payload) -> dict[str, FieldValue]:
    """Return a card's inputs by field name from Slack's `state.values`; a day and a time of one field are joined."""
    fields: dict[str, FieldValue] = {}
    moments: dict[str, dict[str, str]] = {}
    for inputs in values.values():
        for action_id, state in inputs.items():
            kind, _, name = action_id.partition(":")
            if kind == FIELD:
                fields[name] = _value(state)
            elif kind in {DATE, TIME}:
                moments.setdefault(name, {})[kind] = str(_value(state))
    for name, moment in moments.items():
        fields[name] = "T".join(part for part in (moment.get(DATE), moment.get(TIME)) if part)
    return fields


def _value(state: Payload) -> FieldValue:
    """Return what one input holds: codes for a choice of many, text for the rest."""
    match state.get("type"):
        case "multi_static_select" | "multi_external_select" | "checkboxes":
            return tuple(str(option["value"]) for option in state.get("selected_options") or ())
        case "static_select" | "external_select" | "radio_buttons":
            return str((state.get("selected_option") or {}).get("value") or "")
        case "datepicker":
            return str(state.get("selected_date") or "")
        case "timepicker":
            return str(state.get("selected_time") or "")
        case "datetimepicker":
            return str(state.get("selected_date_time") or "")
        case _:
            return _UNKEEPABLE.sub("", str(state.get("value") or ""))
