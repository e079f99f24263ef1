"""What typed words mean: they press a button, or fill the input, of the card that was shown last."""

from sqlmodel import Session

from bot import people
from bot.cards import Card, Choice
from bot.events import Pressed, Said
from bot.flows import plain, read_choice
from bot.models import Outbox, Person

FREE = ("text", "long", "email")


def asked(person: Person, db: Session) -> Card | None:
    """Return the last card with something to press or fill that this person was shown."""
    return people.open_card(person.id, person.asked, db) if person.asked else None


def understood(said: Said, person: Person, card: Card | None, db: Session) -> Pressed | None:
    """Return the press that `said` stands for: a button of the last card, or of the one before, or the nearest.

    On the card before, a button has to be named by its whole label, and a question that was asked there is over:
    "no" to this one must never answer the one before.
    """
    ref = _shown_as(person.asked_id, db)
    before = people.open_card(person.id, person.asked_before, db) if person.asked_before else None
    if wants_free_text(card) or before is None or before.typed:
        return as_press(said, card, ref)
    return (
        _named(said, card, ref)
        or _named(said, before, _shown_as(person.asked_before_id, db), whole=True)
        or as_press(said, card, ref)
    )


def _named(said: Said, card: Card | None, ref: str, *, whole: bool = False) -> Pressed | None:
    for button in card.buttons if card else ():
        names = (button.label,) if whole else (button.label, *button.also, button.label.split(",")[0])
        if button.action and plain(said.text) in map(plain, names):
            return Pressed(said.id, said.who, button.action, button.value, card=ref)
    return None


def _shown_as(row_id: int | None, db: Session) -> str:
    row = db.get(Outbox, row_id) if row_id else None
    return row.ref if row else ""


def wants_free_text(card: Card | None) -> bool:
    """Tell whether the card waits for words that could be anything."""
    return card is not None and any(field.kind in FREE for field in card.fields)


def as_press(said: Said, card: Card | None, ref: str) -> Pressed | None:
    """Return the press that `said` stands for, given the card that was shown last; None if it stands for none.

    A label, its first words ("yes" for "Yes, suggest it") or its number name a button. Words that only resemble a
    label do so too where nothing else on the card takes words.
    """
    if card is None:
        return None
    buttons = [button for button in card.buttons if button.action]
    taker = card.typed or (buttons[0] if len(card.fields) == 1 and buttons else None)
    labels = tuple(
        Choice(f"button {number}", button.label, (*button.also, button.label.split(",")[0]))
        for number, button in enumerate(buttons)
    )
    number = said.text.strip().isdecimal() and bool(card.fields)
    found = None if number else read_choice(labels, said.text, exact=taker is not None)
    if found is not None:
        button = buttons[int(found.removeprefix("button "))]
        return Pressed(said.id, said.who, button.action, button.value, card=ref)
    if taker is None:
        return None
    name = card.fields[0].name if card.fields else "words"
    return Pressed(said.id, said.who, taker.action, taker.value, {name: said.text}, card=ref)
