"""Which handler takes an event: put together from the doors of the parts, and nothing listed by hand."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial

from sqlmodel import Session

from bot.chat import typed
from bot.chat.cards import Send
from bot.chat.events import Due, Event, Lost, Met, Pressed, Said
from bot.chat.flows import plain
from bot.people import accounts, home, open_cards, persons
from bot.people.tables import Person
from bot.programme.house import house
from bot.programme.part import Command, Date, Handler, Part


@dataclass(frozen=True, slots=True)
class Routes:
    """Action → handler, action → date, words that always work, and codes that may be typed."""

    pressed: dict[str, Handler]
    due: dict[str, Date]
    said: Sequence[Command]
    codes: Mapping[str, Handler]


@lru_cache(maxsize=8)
def of(parts: tuple[Part, ...]) -> Routes:
    """Return the routes of a list of parts. ValueError if two parts have the same action."""
    pressed: dict[str, Handler] = {typed.ASIDE: home.not_open}  # what it stands for is found in `route`
    due: dict[str, Date] = {}
    for part in parts:
        if twice := (pressed.keys() & part.pressed.keys()) | (due.keys() & part.due.keys()):
            raise ValueError(f"two parts have the action {', '.join(sorted(twice))}")
        pressed.update(part.pressed)
        due.update(part.due)
    in_order = sorted(due.items(), key=lambda each: each[1].column.class_.__tablename__ != "round")  # before its people
    codes = {pattern: handler for part in parts for pattern, handler in part.codes.items()}
    return Routes(pressed, dict(in_order), tuple(command for part in parts for command in part.said), codes)


@dataclass(frozen=True, slots=True)
class Understood:
    """What is to be done: the handler, and the event as it is to be understood, as words become the press they mean.

    `meaning` is what typed words meant, if they answered a card; `asked` refers to the card that asked which was meant.
    """

    handler: Handler
    event: Event
    meaning: typed.Meaning | None = None
    asked: str = ""


def route(event: Event, db: Session, now: datetime) -> Understood:
    """Return who handles `event`, and as what."""
    routes = of(house(db).parts)
    if isinstance(event, Due):
        return Understood(routes.due[event.action].handler, event)
    if isinstance(event, Met):
        return Understood(_met, event)
    if isinstance(event, Lost):
        return Understood(accounts.lost, event)
    person = persons.sender(event.who, db, now)
    if isinstance(event, Pressed):
        return _pressed(event, person, routes, db, now)
    shown = open_cards.shown(person, db, now)
    lowest = shown[-1].card if shown else None
    free = typed.wants_free_text(lowest)
    if (found := _said(event, person, routes, free=free)) is not None:
        return found
    meanings = [each for each in typed.understood(event, shown) if each.press.action in routes.pressed]
    if len(meanings) == 1 and meanings[0].press.action == typed.ASIDE:
        return _pressed(meanings[0].press, person, routes, db, now)
    if len(meanings) == 1:
        return Understood(routes.pressed[meanings[0].press.action], meanings[0].press, meanings[0])
    if meanings:
        card = typed.which(event.text, meanings)
        return Understood(lambda *_: [persons.send(person, card)], event)
    return Understood(partial(home.not_understood, asked=lowest), event)


def _met(event: Met, db: Session, now: datetime) -> list[Send]:
    """Let every part take note of who has come; then welcome them."""
    theirs = [send for part in house(db).parts for send in part.met(event, db, now)]
    return [*home.met(event, db, now), *theirs]


def _said(event: Said, person: Person, routes: Routes, *, free: bool) -> Understood | None:
    """Return what words mean that mean the same whatever is open; fewer do while free text is awaited."""
    said, typed_ = plain(event.text), event.text.strip()
    for command in routes.said:
        if (free and not command.bare) or (command.coordinators and not person.coordinator):
            continue
        flags = re.IGNORECASE if command.exact else 0
        found = re.fullmatch(command.words, typed_ if command.exact else said, flags)
        if found:
            fields = dict(found.groupdict(default=""))
            press = Pressed(event.id, event.who, command.action, fields=fields)
            return Understood(command.handler or routes.pressed[command.action], press)
    for code, handler in routes.codes.items():
        if re.fullmatch(code, event.text.upper(), re.DOTALL):
            return Understood(handler, event)
    return None


def _pressed(event: Pressed, person: Person, routes: Routes, db: Session, now: datetime) -> Understood:
    if re.search(r"\d{19}", event.value):  # no row has such a number, and no database could look for it
        return Understood(home.home, event)
    if event.action == typed.ASIDE:
        found = typed.meant(event, open_cards.shown(person, db, now))
        if found is None or found.press.action not in routes.pressed:
            return Understood(home.not_open, event)
        return Understood(routes.pressed[found.press.action], found.press, found, event.card)
    return Understood(routes.pressed.get(event.action, home.home), event)
