"""How made-up people go on or leave: what they decide, how they answer check-ins, and how they take their leave."""

from datetime import datetime, timedelta

from adapters.crowd.humans import Human, Move, Reaction, find, say_yes_or_no
from adapters.crowd.people import chance, weighted
from bot.chat.cards import Card

PRIVATE_MARK = "between-me-and-myself"  # stands in every private note, and should stand nowhere else


def held(human: Human, card: Card, now: datetime) -> Move | None:
    """Say whether they met; the two of a session remember it alike."""
    del now
    button = find(card, "held")
    happened = button is not None and chance(f"held {button.value.split(':')[0]}").random() < human.temper.meets
    return say_yes_or_no(human, card, "held", float(happened))


def go_on(human: Human, card: Card, now: datetime) -> Move | None:
    """Decide; a card with one way left is the offer to change it, which few take."""
    del now
    ways = [button for button in card.buttons if button.action == "go_on"]
    if len(ways) == 1:
        waver = human.does(human.temper.wavers) and not human.gives_up(f"waver {ways[0].value}")
        return Move(button=ways[0]) if waver else None
    return say_yes_or_no(human, card, "go_on", human.temper.goes_on)


def longer_term(human: Human, card: Card, now: datetime) -> Move | None:
    """Say what going on for longer should look like, or think again."""
    del now
    ways = [button for button in card.buttons if button.action == "longer_term"]
    if not ways or human.does(0.1):
        return Move(button=find(card, "go_on"))
    return Move(button=ways[min(human.luck.choice((0, 1, 1)), len(ways) - 1)])


def rhythm(human: Human, card: Card, now: datetime) -> Move | None:
    """Choose how often they are asked, or leave it as it is."""
    del now
    if human.gives_up(f"rhythm {card.buttons[0].value}"):
        return None
    return Move(button=human.luck.choice(card.buttons)) if human.does(0.35) else None


def check_in(human: Human, card: Card, now: datetime) -> Move | None:
    """Say how it goes."""
    del now
    temper = human.temper
    ways = {"met": temper.met, "not_yet": temper.not_yet, "later": temper.later, "stop": temper.stops}
    code = weighted({**ways, "talk": max(1 - sum(ways.values()), 0.01)}, human.luck)
    button = next((b for b in card.buttons if b.value.endswith(f":{code}")), None) or find(card, "check_in")
    return Move(button=button) if button else None


def quiet(human: Human, card: Card, now: datetime) -> Move | None:
    """Answer the question whether a quiet pair is well."""
    del now
    action = weighted({"check_in": 5, "another_match": 3, "stop": 2}, human.luck)
    return Move(button=find(card, action))


def after_check_in(human: Human, card: Card, now: datetime) -> Move | None:
    """Add a private note to a check-in, if they are one who does."""
    del now
    return Move(button=find(card, "note")) if human.does(human.temper.notes) else None


def note(human: Human, card: Card, now: datetime) -> Move | None:
    """Write a private note."""
    del now
    note = private_note(human)
    if human.types():
        return Move(note)
    return Move(button=find(card, "keep_note"), fields={card.fields[0].name: note})


def survey(human: Human, card: Card, now: datetime) -> Move | None:
    """Answer a question of the survey, if they do."""
    del now
    return Move(button=human.luck.choice(card.buttons)) if human.does(human.temper.surveyed) else None


def private_note(human: Human) -> str:
    """Return a note that nobody else may ever see."""
    return f"{PRIVATE_MARK}-{human.user}: ask about the panel next time"


def surely(action: str, share: float) -> Reaction:
    """Return how this share of people confirm what they set out to do."""

    def reaction(human: Human, card: Card, now: datetime) -> Move | None:
        del now
        if not human.does(share):
            return None
        return Move("yes") if human.types() else Move(button=find(card, action))

    return reaction


def leave(action: str) -> Reaction:
    """Return how people leave for good."""

    def reaction(human: Human, card: Card, now: datetime) -> Move | None:
        del now
        human.out = True
        return Move(button=find(card, action))

    return reaction


def pause(human: Human, card: Card, now: datetime) -> Move | None:
    """Take a break until some day in the next two months."""
    if not card.fields or human.gives_up("pause"):
        return None
    day = now + timedelta(days=human.luck.randrange(5, 60))
    return Move(button=find(card, "pause"), fields={card.fields[0].name: f"{day:%Y-%m-%d}"})
