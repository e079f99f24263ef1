"""One table: action → handler, and words → action. The contents page of the bot."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from bot.chat import typed
from bot.chat.cards import Send
from bot.chat.events import Due, Event, Lost, Met, Pressed, Said
from bot.chat.flows import plain
from bot.desk import endings, handing_over, reports, rounds, setting_up, taking_out
from bot.desk.pairing import announcing, pair_rules, proposals
from bot.groups import matches
from bot.meetings import booking, sessions
from bot.parts.closing import survey
from bot.parts.decide import decisions
from bot.parts.introduce import introductions
from bot.parts.registration import claiming, registration
from bot.parts.series import checkins, pairs
from bot.people import arrivals, coordinators, home, open_cards, persons, standing
from bot.people.tables import Person

Handler = Callable[[Any, Session, datetime], list[Send]]

PRESSED: Mapping[str, Handler] = {
    # everybody
    "home": home.home,
    "home_tab": home.tab,
    "help": home.guide,
    "resources": home.resources,
    "register": registration.register,
    "answer": registration.answer,
    "back": registration.back,
    "change": registration.change,
    "see_private": registration.see_private,
    "confirm": registration.confirm,
    "pause": standing.pause,
    "resume": standing.resume,
    "withdraw": standing.withdraw,
    "withdraw_surely": standing.withdraw_surely,
    "erase": standing.erase,
    "erase_surely": standing.erase_surely,
    "my_data": standing.my_data,
    "call_me": standing.call_me,
    open_cards.ASIDE: home.not_open,  # what it stands for is found in `route`
    # matches and sessions
    "matches": matches.mine,
    "introduce": introductions.introduce,
    "book": booking.book,
    "times": booking.offer_times,
    "other_time": booking.other_time,
    "suggest_typed": booking.suggest_typed,
    "suggest": booking.suggest,
    "accept": sessions.accept,
    "decline": sessions.decline,
    "decline_surely": sessions.decline_surely,
    "cancel": sessions.cancel,
    "cancel_surely": sessions.cancel_surely,
    "sessions": sessions.mine,
    "held": decisions.held,
    "go_on": decisions.go_on,
    "longer_term": decisions.longer_term,
    # pairs that go on
    "rhythm": pairs.rhythm,
    "stop": pairs.stop,
    "stop_surely": pairs.stop_surely,
    "another_match": pairs.another_match,
    "check_in": checkins.answered,
    "talk_surely": checkins.talk_surely,
    "note": checkins.note,
    "keep_note": checkins.keep_note,
    "notes": checkins.notes,
    "survey": survey.answered,
    # coordinators
    "desk": rounds.desk,
    "coordinators": handing_over.listed,
    "invite_coordinator": handing_over.invite,
    "dismiss": handing_over.dismiss,
    "dismiss_surely": handing_over.dismiss_surely,
    "new_round": setting_up.new_round,
    "set_up": setting_up.set_up,
    "round": rounds.show,
    "invitation": rounds.invitation,
    "extend": rounds.extend,
    "extend_to": rounds.extend_to,
    "close": rounds.close,
    "close_surely": rounds.close_surely,
    "who": reports.who,
    "unfinished": reports.unfinished,
    "remind_unfinished": reports.remind_unfinished,
    "take_out": taking_out.take_out,
    "take_out_surely": taking_out.take_out_surely,
    "shortage": reports.shortage,
    "preview": proposals.preview,
    "pairs": pair_rules.listed,
    "pair_rule": pair_rules.pair_rule,
    "add_pair": pair_rules.add_pair,
    "unmatched": announcing.unmatched,
    "announce": announcing.announce,
    "announce_surely": announcing.announce_surely,
    "follow_up": reports.follow_up,
    "report": reports.report,
    "totals": survey.totals,
    "end_round": endings.end_round,
    "end_round_surely": endings.end_round_surely,
}

DUE: Mapping[str, Handler] = {
    "open_round": rounds.opens,
    "warn_round": rounds.warns,
    "close_round": rounds.closes,
    "end_round": endings.over,
    "remind_registration": registration.remind,
    "end_pause": standing.pause_over,
    "remind_booking": matches.remind_booking,
    "remind_answer": sessions.remind_answer,
    "session_tomorrow": sessions.tomorrow,
    "session_soon": sessions.soon,
    "ask_session": decisions.ask,
    "reveal": decisions.reveal,
    "check_in": checkins.check_in,
    "check_in_silence": checkins.silence,
    "guidance": pairs.guidance,
    "end_pair": pairs.year_over,
}


@dataclass(frozen=True, slots=True)
class Command:
    """Words that press a button: the whole of what was said matches `words`; its first group is the value."""

    words: str
    action: str
    field: str = ""
    bare: bool = True  # also while a question waits for free text


COMMANDS = (
    Command(r"help|commands|what can (?:i|you) do", "help"),
    Command(r"status|home|where do i stand", "home"),
    Command(r"hello|hi|hey|good (?:morning|afternoon|evening)|start", "home", bare=False),
    Command(r"register|sign up|join", "register"),
    Command(r"(?:go )?back", "back"),
    Command(r"change", "change"),
    Command(r"(?:change|edit) (?:my |the )?(.+)", "change", "step", bare=False),
    Command(r"pause(?: until (.+))?", "pause", "until"),
    Command(r"resume|unpause|i am back", "resume"),
    Command(r"withdraw", "withdraw"),
    Command(r"erase(?: me| my data| everything)?|delete my data|forget me", "erase"),
    Command(r"my data|export(?: my data)?", "my_data"),
    Command(r"(?:my )?matches", "matches"),
    Command(r"book(?: a session)?", "book"),
    Command(r"(?:my )?sessions", "sessions"),
    Command(r"(?:my )?notes", "notes"),
    Command(r"resources|guidance|code of conduct", "resources"),
    Command(r"admin|coordinate|desk|rounds", "desk"),
    Command(r"(?:new|start a) round", "new_round"),
    Command(r"(?:the )?coordinators?", "coordinators", bare=False),
)
CODES: Mapping[str, Handler] = {
    rf"\s*{coordinators.CODE}\s*": coordinators.redeem,
    rf".*{claiming.CODE}.*": claiming.redeem,
}
NAME_COMMAND = re.compile(r"(?:my name is|call me|i am called) (.+?)[.!]?", re.IGNORECASE)
PAIR_COMMAND = re.compile(r"(lock|forbid|free|add) (.+?) (?:with|and|/) (.+)", re.IGNORECASE)


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
    if isinstance(event, Due):
        return Understood(DUE[event.action], event)
    if isinstance(event, Met):
        return Understood(claiming.met, event)
    if isinstance(event, Lost):
        return Understood(arrivals.lost, event)
    person = persons.sender(event.who, db, now)
    if isinstance(event, Pressed):
        return _pressed(event, person, db, now)
    shown = open_cards.shown(person, db, now)
    free = bool(shown) and typed.wants_free_text(shown[-1].card)
    if (found := _said(event, person, free=free)) is not None:
        return found
    meanings = [each for each in typed.understood(event, shown) if each.press.action in PRESSED]
    if len(meanings) == 1 and meanings[0].press.action == open_cards.ASIDE:
        return _pressed(meanings[0].press, person, db, now)
    if len(meanings) == 1:
        return Understood(PRESSED[meanings[0].press.action], meanings[0].press, meanings[0])
    if meanings:
        card = typed.which(event.text, meanings)
        return Understood(lambda *_: [persons.send(person, card)], event)
    return Understood(home.not_understood, event)


def _said(event: Said, person: Person, *, free: bool) -> Understood | None:
    """Return what words mean that mean the same whatever is open; fewer do while free text is awaited."""
    said = plain(event.text)
    for command in COMMANDS:
        found = re.fullmatch(command.words, said)
        if found and (command.bare or not free):
            value = next((group for group in found.groups() if group), "")
            fields = {command.field: value} if command.field else {}
            press = Pressed(event.id, event.who, command.action, fields=fields)
            return Understood(PRESSED[command.action], press)
    if (handler := _code(event.text)) is not None:
        return Understood(handler, event)
    if not free and (called := NAME_COMMAND.fullmatch(event.text.strip())):
        press = Pressed(event.id, event.who, "call_me", fields={"name": called[1]})
        return Understood(standing.call_me, press)
    if person.coordinator and not free and (pair := PAIR_COMMAND.fullmatch(event.text.strip())):
        kind, mentor, mentee = pair.groups()
        fields = {"kind": kind.lower(), "mentor": mentor, "mentee": mentee}
        press = Pressed(event.id, event.who, "pair_rule", fields=fields)
        return Understood(pair_rules.pair_by_name, press)
    return None


def _pressed(event: Pressed, person: Person, db: Session, now: datetime) -> Understood:
    if re.search(r"\d{19}", event.value):  # no row has such a number, and no database could look for it
        return Understood(home.home, event)
    if event.action == open_cards.ASIDE:
        found = typed.meant(event, open_cards.shown(person, db, now))
        if found is None or found.press.action not in PRESSED:
            return Understood(home.not_open, event)
        return Understood(PRESSED[found.press.action], found.press, found, event.card)
    return Understood(PRESSED.get(event.action, home.home), event)


def _code(text: str) -> Handler | None:
    """Return the handler of the one-time code that was typed, or None if there is none in it."""
    return next((handler for code, handler in CODES.items() if re.fullmatch(code, text.upper(), re.DOTALL)), None)
