"""One of the crowd: a screen, a memory, and what they can do about what they see."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from adapters.crowd.people import Persona, chance
from bot.chat.cards import Button, Card
from bot.chat.events import FieldValue

KEPT = 40  # cards on a screen; older ones have scrolled away
PATIENCE = 3  # times that somebody tries the same thing


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


def find(card: Card, action: str) -> Button | None:
    """Return the button of a card that does this, or None."""
    return next((button for button in card.buttons if button.action == action), None)


def press_newest(human: Human, action: str, ending: str = "") -> Move | None:
    """Press the newest button on the screen that does this, and whose value ends so."""
    for ref, shown in reversed(human.screen.items()):
        for button in shown.card.buttons:
            if button.action == action and button.value.endswith(ending):
                return Move(button=button, ref=ref)
    return None


def say_yes_or_no(human: Human, card: Card, action: str, yes: float) -> Move | None:
    """Say yes, in that share of cases, or no."""
    code = "yes" if human.does(yes) else "no"
    if human.types():
        return Move(code)
    button = next((b for b in card.buttons if b.action == action and b.value.endswith(f":{code}")), None)
    return Move(button=button) if button else None
