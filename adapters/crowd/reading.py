"""How made-up people read a card: by what it lets them do, each in their own way. A card leads to one move, or none."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from adapters.crowd import going_on, meeting, registering
from adapters.crowd.humans import Human, Move, Reaction, press_newest
from bot.chat.cards import Card

DANGEROUS = {
    "erase_surely",
    "withdraw_surely",
    "stop_surely",
    "stop",
    "another_match",
    "cancel_surely",
    "decline_surely",
}


def react(human: Human, ref: str, card: Card, now: datetime) -> Move | None:
    """Return what this person does about a card that they see at `now`; None if nothing."""
    human.looking_at = ref
    actions = {button.action for button in card.buttons}
    for action, reaction in REACTIONS.items():
        if action in actions or (card.typed and card.typed.action == action):
            move = reaction(human, card, now)
            if move is None or move.ref or move.text:
                return move
            return Move(move.text, move.button, move.fields, ref)
    return None


def spontaneous(human: Human, said: str, now: datetime) -> Move | None:
    """Return what this person does of their own accord."""
    if said == "pause":
        return Move(f"pause until {(now + timedelta(days=human.luck.randrange(5, 60))).strftime('%d/%m/%Y')}")
    if said == "stop":
        return press_newest(human, "stop") or press_newest(human, "check_in", "stop")
    if said == "old button":
        return old_button(human)
    return Move(said)


def old_button(human: Human) -> Move | None:
    """Press something further up on the screen, as people do; nothing that cannot be taken back."""
    found = [
        (ref, button)
        for ref, shown in human.screen.items()
        for button in shown.card.buttons
        if button.action and button.action not in DANGEROUS
    ]
    if not found:
        return None
    ref, button = human.luck.choice(found)
    return Move(button=button, ref=ref)


# The most telling thing that a card lets one do comes first.
REACTIONS: Mapping[str, Reaction] = {
    "erase_surely": going_on.leave("erase_surely"),
    "withdraw_surely": going_on.leave("withdraw_surely"),
    "stop_surely": going_on.surely("stop_surely", 0.85),
    "talk_surely": going_on.surely("talk_surely", 0.7),
    "cancel_surely": meeting.cancel,
    "decline_surely": meeting.decline,
    "answer": registering.answer,
    "confirm": registering.confirm,
    "survey": going_on.survey,
    "another_match": going_on.quiet,
    "check_in": going_on.check_in,
    "keep_note": going_on.note,
    "note": going_on.after_check_in,
    "longer_term": going_on.longer_term,
    "go_on": going_on.go_on,
    "held": going_on.held,
    "rhythm": going_on.rhythm,
    "accept": meeting.consider,
    "other_time": meeting.pick,
    "suggest_typed": meeting.name_a_time,
    "cancel": meeting.keep,
    "book": meeting.book,
    "register": registering.register,
    "pause": going_on.pause,
    "change": registering.change,
}
