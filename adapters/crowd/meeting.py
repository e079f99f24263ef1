"""How made-up people meet: they book, suggest, accept, move and cancel sessions."""

from datetime import datetime, timedelta

from adapters.crowd.humans import Human, Move, find
from bot.chat.cards import Card

REASONS = ("I am on leave for a while", "My diary is full this month", "")


def book(human: Human, card: Card, now: datetime) -> Move | None:
    """Set out to book a session, if they are one who does."""
    del now
    button = find(card, "book")
    if button is None or human.gives_up(f"book {button.value}"):
        return None
    return Move(button=button) if human.does(human.temper.books) else None


def pick(human: Human, card: Card, now: datetime) -> Move | None:
    """Pick one of the offered times, or name another; a time that was typed is confirmed."""
    times = [button for button in card.buttons if button.action == "suggest"]
    if human.gives_up(f"pick {card.buttons[-1].value}"):
        return None
    if len(times) == 1 and times[0].also == () and card.typed is None:
        return Move("yes") if human.types() else Move(button=times[0])
    if not times or human.does(human.temper.other_time):
        return Move(button=find(card, "other_time")) if human.does(0.6) else Move(_some_time(human, now, typed=True))
    button = human.luck.choice(times)
    return Move(button.label) if human.types() else Move(button=button)


def name_a_time(human: Human, card: Card, now: datetime) -> Move | None:
    """Name another time than those offered."""
    if human.gives_up(f"name {card.buttons[0].value}"):
        return None
    if human.types():
        return Move(_some_time(human, now, typed=True))
    when = _some_time(human, now, typed=False)
    return Move(button=find(card, "suggest_typed"), fields={card.fields[0].name: when})


def _some_time(human: Human, now: datetime, *, typed: bool) -> str:
    day = now.astimezone(human.zone) + timedelta(days=human.luck.randrange(3, 15))
    clock = f"{human.luck.randrange(9, 17):02}:{human.luck.choice(('00', '30'))}"
    if not typed:
        return f"{day:%Y-%m-%d}T{clock}"
    return human.luck.choice((f"{day:%d/%m/%Y} {clock}", f"{clock} on {day.day} {day:%B}"))


def consider(human: Human, card: Card, now: datetime) -> Move | None:
    """Accept a suggested time, look for another, or decline."""
    del now
    if human.does(human.temper.accepts):
        return Move("yes") if human.types() else Move(button=find(card, "accept"))
    if human.does(human.temper.counters):
        return Move(button=find(card, "times"))
    return Move(button=find(card, "decline"))


def decline(human: Human, card: Card, now: datetime) -> Move | None:
    """Decline, with a reason or without."""
    del now
    buttons = [button for button in card.buttons if button.action == "decline_surely"]
    if card.fields and human.does(human.temper.reasons):
        return Move(button=buttons[0], fields={card.fields[0].name: human.luck.choice(REASONS)})
    return Move(button=buttons[-1])


def keep(human: Human, card: Card, now: datetime) -> Move | None:
    """Leave a session that is set up as it is, mostly."""
    del now
    for share, action in ((human.temper.moves, "times"), (human.temper.cancels, "cancel")):
        if human.does(share) and (button := find(card, action)) and not human.gives_up(f"{action} {button.value}"):
            return Move(button=button)
    return None


def cancel(human: Human, card: Card, now: datetime) -> Move | None:
    """Cancel after all, or think again."""
    del now
    return Move(button=find(card, human.luck.choice(("cancel_surely", "cancel_surely", "times", "sessions"))))
