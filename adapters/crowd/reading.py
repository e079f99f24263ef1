"""How made-up people read a card: by what it lets them do, each in their own way. A card leads to one move, or none."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from adapters.crowd.people import HALF_DAYS, LIKELY, Persona, chance, weighted
from bot.chat.cards import Button, Card, Choice
from bot.chat.events import FieldValue

KEPT = 40  # cards on a screen; older ones have scrolled away
PATIENCE = 3  # times that somebody tries the same thing
PRIVATE_MARK = "between-me-and-myself"  # stands in every private note, and should stand nowhere else
DANGEROUS = {
    "erase_surely",
    "withdraw_surely",
    "stop_surely",
    "stop",
    "another_match",
    "cancel_surely",
    "decline_surely",
}
STRANGE = ("what do you mean", "asdf", "??", "tea, two sugars", "I will be late", "lorem ipsum dolor")
ELSEWHERE = ("Ordnance Survey", "Historic England", "Forestry and land")
REASONS = ("I am on leave for a while", "My diary is full this month", "")


@dataclass(slots=True)
class Shown:
    """One message on a screen: the card, and how often it has been redrawn."""

    card: Card
    version: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """What somebody does: they type `text`, or press `button` of the message `ref` with the fields filled."""

    text: str = ""
    button: Button | None = None
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    ref: str = ""


class Human:
    """One of the crowd, with a screen and a memory."""

    def __init__(self, persona: Persona, seed: int) -> None:
        """Take who they are."""
        self.persona, self.user, self.temper = persona, persona.user, persona.temper
        self.luck = chance(f"{seed}:{persona.user}:acts")
        self.zone = ZoneInfo(persona.zone)
        self.screen: OrderedDict[str, Shown] = OrderedDict()
        self.tried: Counter[str] = Counter()
        self.answered: dict[str, FieldValue] = {}
        self.said: set[str] = set()  # every code they have chosen, also those chosen anew since
        self.registered = self.out = self.deaf = False
        self.refuses = persona.refuses
        self.shown = self.acted = 0
        self.last: datetime | None = None
        self.looking_at = ""

    def show(self, card: Card, replaces: str) -> str:
        """Put a card on the screen, or in the place of another, and return its reference."""
        there = self.screen.get(replaces)
        if there is not None:
            there.card, there.version = card, there.version + 1
            return replaces
        self.shown += 1
        ref = f"{self.user}/{self.shown}"
        self.screen[ref] = Shown(card)
        if len(self.screen) > KEPT:
            self.screen.popitem(last=False)
        return ref

    def newest(self, action: str) -> tuple[str, Button] | None:
        """Return the newest button on the screen that does this, and where it is."""
        for ref, shown in reversed(self.screen.items()):
            for button in shown.card.buttons:
                if button.action == action:
                    return ref, button
        return None

    def does(self, share: float) -> bool:
        """Tell, by chance, whether this is one of that share of occasions."""
        return self.luck.random() < share

    def types(self) -> bool:
        """Tell whether they type rather than press; nobody types an answer to a message further up."""
        asking = (ref for ref, shown in reversed(self.screen.items()) if shown.card.buttons or shown.card.typed)
        return self.does(self.temper.types) and next(asking, "") == self.looking_at

    def gives_up(self, what: str) -> bool:
        """Tell whether they have tried this often enough."""
        self.tried[what] += 1
        return self.tried[what] > PATIENCE


Reaction = Callable[[Human, Card, datetime], Move | None]


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
        return _press_newest(human, "stop") or _press_newest(human, "check_in", "stop")
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


def private_note(human: Human) -> str:
    """Return a note that nobody else may ever see."""
    return f"{PRIVATE_MARK}-{human.user}: ask about the panel next time"


# ------------------------------------------------------------------------------------------------ registering


def _register(human: Human, card: Card, now: datetime) -> Move | None:
    del now
    if human.registered or human.gives_up("register"):
        return None
    return Move(button=_button(card, "register"))


def _answer(human: Human, card: Card, now: datetime) -> Move | None:
    """Answer a question: as they would, by pressing or typing; another way if that was not taken."""
    del now
    name, temper, luck = _question(card), human.temper, human.luck
    human.tried[f"ask {name}"] += 1
    tries = human.tried[f"ask {name}"]
    if human.does(temper.stops_midway) or tries > 2 * PATIENCE:
        return None
    field_ = card.fields[0] if card.fields else None
    choices = field_.choices if field_ else _choices(card)
    if choices and tries == 1 and human.does(temper.nonsense):
        return Move(luck.choice(STRANGE))
    skip = next((b for b in card.buttons if b.value.endswith(":-")), None)
    value: FieldValue = human.persona.answers.get(name, "") if tries <= 2 else ""  # noqa: PLR2004 - then another answer
    if skip and not value and human.does(temper.skips):
        return Move(button=skip) if human.does(0.7) else Move("skip")
    if field_ and (field_.kind == "choices" or isinstance(value, tuple)):
        return _many(human, card, name, choices, value)
    if choices:
        return _one(human, card, name, choices, value)
    text = str(value) or (field_.value if field_ and isinstance(field_.value, str) else "")
    if not text and skip:
        return Move(button=skip)
    if human.types() and text:
        return Move(text)
    return Move(button=_button(card, "answer"), fields={name: text or "something"})


def _one(human: Human, card: Card, name: str, choices: tuple[Choice, ...], value: FieldValue) -> Move:
    offered = {choice.code: choice for choice in choices}
    if name == human.refuses and "no" in offered:
        human.refuses = ""
        human.out = human.does(0.7)
        return _choose(human, card, name, offered["no"])
    if set(offered) == {"yes", "no"} and not card.fields and len(card.buttons) < 4:  # noqa: PLR2004 - a consent
        skippable = any(b.value.endswith(":-") for b in card.buttons)
        value = value if skippable else "yes"
    if card.fields and card.fields[0].hint and human.does(0.01):
        return Move(human.luck.choice(ELSEWHERE))
    code = value if isinstance(value, str) and value in offered else ""
    if not code and name.startswith("wanted") and human.does(0.5):
        code = next((str(said) for said in human.answered.values() if said in offered), "")
    code = code or weighted({each: LIKELY.get(each, 1) for each in offered}, human.luck)
    human.answered[name] = code
    return _choose(human, card, name, offered[code])


def _many(human: Human, card: Card, name: str, choices: tuple[Choice, ...], value: FieldValue) -> Move:
    offered = {choice.code: choice for choice in choices}
    codes = tuple(code for code in value if code in offered) if isinstance(value, tuple) else ()
    codes = codes or tuple(human.luck.choice(list(offered)) for _ in range(human.luck.choice((1, 1, 2))))
    codes = tuple(code for code in offered if code in codes)
    human.answered[name] = codes
    human.said.update(codes)
    if human.types():
        everything = codes == tuple(offered) == HALF_DAYS
        return Move("any" if everything else "; ".join(offered[code].label for code in codes))
    return Move(button=_button(card, "answer"), fields={name: codes})


def _choose(human: Human, card: Card, name: str, choice: Choice) -> Move:
    human.said.add(choice.code)
    if human.types():
        return Move(human.luck.choice((choice.label, choice.label.lower(), choice.code, *choice.also)))
    button = next((b for b in card.buttons if b.value.endswith(f":{choice.code}")), None)
    if button is not None and not card.fields:
        return Move(button=button)
    return Move(button=_button(card, "answer"), fields={name: choice.code})


def _confirm(human: Human, card: Card, now: datetime) -> Move | None:
    del now
    if human.does(human.temper.looks) and (look := _button(card, "see_private")):
        return Move(button=look)
    if human.does(human.temper.changes) and not human.gives_up("change"):
        return Move(button=_button(card, "change")) if human.does(0.7) else Move("change about you")
    human.registered = True
    return Move("yes") if human.types() else Move(button=_button(card, "confirm"))


def _back_to_summary(human: Human, card: Card, now: datetime) -> Move | None:
    del card, now
    return None if human.registered or human.gives_up("confirm") else _press_newest(human, "confirm")


def _change(human: Human, card: Card, now: datetime) -> Move | None:
    """Choose which answer to change, if that is what the card asks; a button to change something is left alone."""
    if not card.fields:
        return _back_to_summary(human, card, now) if card.title.startswith("Your private") else None
    harmless = [c for c in card.fields[0].choices if c.code in {"availability", "biography", "name", "zone"}]
    if not harmless:
        return None
    choice = human.luck.choice(harmless)
    return Move(button=_button(card, "change"), fields={card.fields[0].name: choice.code})


# ------------------------------------------------------------------------------------------------ sessions


def _book(human: Human, card: Card, now: datetime) -> Move | None:
    del now
    button = _button(card, "book")
    if button is None or human.gives_up(f"book {button.value}"):
        return None
    return Move(button=button) if human.does(human.temper.books) else None


def _pick(human: Human, card: Card, now: datetime) -> Move | None:
    """Pick one of the offered times, or name another; a time that was typed is confirmed."""
    times = [button for button in card.buttons if button.action == "suggest"]
    if human.gives_up(f"pick {card.buttons[-1].value}"):
        return None
    if len(times) == 1 and times[0].also == () and card.typed is None:
        return Move("yes") if human.types() else Move(button=times[0])
    if not times or human.does(human.temper.other_time):
        return Move(button=_button(card, "other_time")) if human.does(0.6) else Move(_some_time(human, now, typed=True))
    button = human.luck.choice(times)
    return Move(button.label) if human.types() else Move(button=button)


def _name_a_time(human: Human, card: Card, now: datetime) -> Move | None:
    if human.gives_up(f"name {card.buttons[0].value}"):
        return None
    if human.types():
        return Move(_some_time(human, now, typed=True))
    when = _some_time(human, now, typed=False)
    return Move(button=_button(card, "suggest_typed"), fields={card.fields[0].name: when})


def _some_time(human: Human, now: datetime, *, typed: bool) -> str:
    day = now.astimezone(human.zone) + timedelta(days=human.luck.randrange(3, 15))
    clock = f"{human.luck.randrange(9, 17):02}:{human.luck.choice(('00', '30'))}"
    if not typed:
        return f"{day:%Y-%m-%d}T{clock}"
    return human.luck.choice((f"{day:%d/%m/%Y} {clock}", f"{clock} on {day.day} {day:%B}"))


def _suggestion(human: Human, card: Card, now: datetime) -> Move | None:
    del now
    if human.does(human.temper.accepts):
        return Move("yes") if human.types() else Move(button=_button(card, "accept"))
    if human.does(human.temper.counters):
        return Move(button=_button(card, "times"))
    return Move(button=_button(card, "decline"))


def _decline(human: Human, card: Card, now: datetime) -> Move | None:
    del now
    buttons = [button for button in card.buttons if button.action == "decline_surely"]
    if card.fields and human.does(human.temper.reasons):
        return Move(button=buttons[0], fields={card.fields[0].name: human.luck.choice(REASONS)})
    return Move(button=buttons[-1])


def _set_up(human: Human, card: Card, now: datetime) -> Move | None:
    """Leave a session that is set up as it is, mostly."""
    del now
    for share, action in ((human.temper.moves, "times"), (human.temper.cancels, "cancel")):
        if human.does(share) and (button := _button(card, action)) and not human.gives_up(f"{action} {button.value}"):
            return Move(button=button)
    return None


def _cancel(human: Human, card: Card, now: datetime) -> Move | None:
    del now
    return Move(button=_button(card, human.luck.choice(("cancel_surely", "cancel_surely", "times", "sessions"))))


# ------------------------------------------------------------------------------------------------ going on


def _held(human: Human, card: Card, now: datetime) -> Move | None:
    """Say whether they met; the two of a session remember it alike."""
    del now
    button = _button(card, "held")
    happened = button is not None and chance(f"held {button.value.split(':')[0]}").random() < human.temper.meets
    return _yes_or_no(human, card, "held", float(happened))


def _go_on(human: Human, card: Card, now: datetime) -> Move | None:
    """Decide; a card with one way left is the offer to change it, which few take."""
    del now
    ways = [button for button in card.buttons if button.action == "go_on"]
    if len(ways) == 1:
        waver = human.does(human.temper.wavers) and not human.gives_up(f"waver {ways[0].value}")
        return Move(button=ways[0]) if waver else None
    return _yes_or_no(human, card, "go_on", human.temper.goes_on)


def _longer_term(human: Human, card: Card, now: datetime) -> Move | None:
    del now
    ways = [button for button in card.buttons if button.action == "longer_term"]
    if not ways or human.does(0.1):
        return Move(button=_button(card, "go_on"))
    return Move(button=ways[min(human.luck.choice((0, 1, 1)), len(ways) - 1)])


def _rhythm(human: Human, card: Card, now: datetime) -> Move | None:
    del now
    if human.gives_up(f"rhythm {card.buttons[0].value}"):
        return None
    return Move(button=human.luck.choice(card.buttons)) if human.does(0.35) else None


def _check_in(human: Human, card: Card, now: datetime) -> Move | None:
    del now
    temper = human.temper
    ways = {"met": temper.met, "not_yet": temper.not_yet, "later": temper.later, "stop": temper.stops}
    code = weighted({**ways, "talk": max(1 - sum(ways.values()), 0.01)}, human.luck)
    button = next((b for b in card.buttons if b.value.endswith(f":{code}")), None) or _button(card, "check_in")
    return Move(button=button) if button else None


def _quiet(human: Human, card: Card, now: datetime) -> Move | None:
    """Answer the question whether a quiet pair is well."""
    del now
    action = weighted({"check_in": 5, "another_match": 3, "stop": 2}, human.luck)
    return Move(button=_button(card, action))


def _after_check_in(human: Human, card: Card, now: datetime) -> Move | None:
    del now
    return Move(button=_button(card, "note")) if human.does(human.temper.notes) else None


def _note(human: Human, card: Card, now: datetime) -> Move | None:
    del now
    note = private_note(human)
    if human.types():
        return Move(note)
    return Move(button=_button(card, "keep_note"), fields={card.fields[0].name: note})


def _survey(human: Human, card: Card, now: datetime) -> Move | None:
    del now
    return Move(button=human.luck.choice(card.buttons)) if human.does(human.temper.surveyed) else None


# ------------------------------------------------------------------------------------------------ leaving


def _surely(action: str, share: float) -> Reaction:
    def reaction(human: Human, card: Card, now: datetime) -> Move | None:
        del now
        if not human.does(share):
            return None
        return Move("yes") if human.types() else Move(button=_button(card, action))

    return reaction


def _leave(action: str) -> Reaction:
    def reaction(human: Human, card: Card, now: datetime) -> Move | None:
        del now
        human.out = True
        return Move(button=_button(card, action))

    return reaction


def _pause(human: Human, card: Card, now: datetime) -> Move | None:
    if not card.fields or human.gives_up("pause"):
        return None
    day = now + timedelta(days=human.luck.randrange(5, 60))
    return Move(button=_button(card, "pause"), fields={card.fields[0].name: f"{day:%Y-%m-%d}"})


# The most telling thing that a card lets one do comes first.
REACTIONS: Mapping[str, Reaction] = {
    "erase_surely": _leave("erase_surely"),
    "withdraw_surely": _leave("withdraw_surely"),
    "stop_surely": _surely("stop_surely", 0.85),
    "talk_surely": _surely("talk_surely", 0.7),
    "cancel_surely": _cancel,
    "decline_surely": _decline,
    "answer": _answer,
    "confirm": _confirm,
    "survey": _survey,
    "another_match": _quiet,
    "check_in": _check_in,
    "keep_note": _note,
    "note": _after_check_in,
    "longer_term": _longer_term,
    "go_on": _go_on,
    "held": _held,
    "rhythm": _rhythm,
    "accept": _suggestion,
    "other_time": _pick,
    "suggest_typed": _name_a_time,
    "cancel": _set_up,
    "book": _book,
    "register": _register,
    "pause": _pause,
    "change": _change,
}


# ------------------------------------------------------------------------------------------------ finding things


def _button(card: Card, action: str) -> Button | None:
    return next((button for button in card.buttons if button.action == action), None)


def _press_newest(human: Human, action: str, ending: str = "") -> Move | None:
    for ref, shown in reversed(human.screen.items()):
        for button in shown.card.buttons:
            if button.action == action and button.value.endswith(ending):
                return Move(button=button, ref=ref)
    return None


def _question(card: Card) -> str:
    held = card.typed or _button(card, "answer")
    return held.value.split(":")[1] if held else ""


def _choices(card: Card) -> tuple[Choice, ...]:
    """Return the answers of a question that has a button for each."""
    parts = [(button, button.value.split(":")) for button in card.buttons if button.action == "answer"]
    return tuple(Choice(part[2], button.label, button.also) for button, part in parts if part[2:] not in ([], ["-"]))


def _yes_or_no(human: Human, card: Card, action: str, yes: float) -> Move | None:
    code = "yes" if human.does(yes) else "no"
    if human.types():
        return Move(code)
    button = next((b for b in card.buttons if b.action == action and b.value.endswith(f":{code}")), None)
    return Move(button=button) if button else None
