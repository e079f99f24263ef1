"""How made-up people register: each question answered in their own way, and the summary confirmed."""

from datetime import datetime

from adapters.crowd.humans import PATIENCE, Human, Move, find, press_newest
from adapters.crowd.people import HALF_DAYS, LIKELY, weighted
from bot.chat.cards import Card, Choice
from bot.chat.events import FieldValue

STRANGE = ("what do you mean", "asdf", "??", "tea, two sugars", "I will be late", "lorem ipsum dolor")
ELSEWHERE = ("Ordnance Survey", "Historic England", "Forestry and land")


def register(human: Human, card: Card, now: datetime) -> Move | None:
    """Begin to register, unless they have, or have tried often enough."""
    del now
    if human.registered or human.gives_up("register"):
        return None
    return Move(button=find(card, "register"))


def answer(human: Human, card: Card, now: datetime) -> Move | None:
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
    return Move(button=find(card, "answer"), fields={name: text or "something"})


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
    return Move(button=find(card, "answer"), fields={name: codes})


def _choose(human: Human, card: Card, name: str, choice: Choice) -> Move:
    human.said.add(choice.code)
    if human.types():
        return Move(human.luck.choice((choice.label, choice.label.lower(), choice.code, *choice.also)))
    button = next((b for b in card.buttons if b.value.endswith(f":{choice.code}")), None)
    if button is not None and not card.fields:
        return Move(button=button)
    return Move(button=find(card, "answer"), fields={name: choice.code})


def confirm(human: Human, card: Card, now: datetime) -> Move | None:
    """Look at the private answers, change one, or confirm the registration."""
    del now
    if human.does(human.temper.looks) and (look := find(card, "see_private")):
        return Move(button=look)
    if human.does(human.temper.changes) and not human.gives_up("change"):
        return Move(button=find(card, "change")) if human.does(0.7) else Move("change about you")
    human.registered = True
    return Move("yes") if human.types() else Move(button=find(card, "confirm"))


def _back_to_summary(human: Human, card: Card, now: datetime) -> Move | None:
    del card, now
    return None if human.registered or human.gives_up("confirm") else press_newest(human, "confirm")


def change(human: Human, card: Card, now: datetime) -> Move | None:
    """Choose which answer to change, if that is what the card asks; a button to change something is left alone."""
    if not card.fields:
        return _back_to_summary(human, card, now) if card.title.startswith("Your private") else None
    harmless = [c for c in card.fields[0].choices if c.code in {"availability", "biography", "name", "zone"}]
    if not harmless:
        return None
    choice = human.luck.choice(harmless)
    return Move(button=find(card, "change"), fields={card.fields[0].name: choice.code})


def _question(card: Card) -> str:
    held = card.typed or find(card, "answer")
    return held.value.split(":")[1] if held else ""


def _choices(card: Card) -> tuple[Choice, ...]:
    """Return the answers of a question that has a button for each."""
    parts = [(button, button.value.split(":")) for button in card.buttons if button.action == "answer"]
    return tuple(Choice(part[2], button.label, button.also) for button, part in parts if part[2:] not in ([], ["-"]))
