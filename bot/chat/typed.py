"""What typed words mean: they press a button, or fill the input, of a card on the screen; the lowest one first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.chat import grammar, words
from bot.chat.cards import Button, Card, Choice, Send
from bot.chat.events import Pressed, Said
from bot.chat.flows import plain, read_choice

FREE = ("text", "long", "email")
ASIDE = "meant"  # the action of buttons that ask which open card is meant: it closes none
LONGEST = 75  # characters of a button, as platforms show no more


@dataclass(frozen=True, slots=True)
class Shown:
    """A card on somebody's screen. `ref` is its platform's reference, or "" where there is none yet, or no more."""

    id: int
    card: Card
    ref: str
    reply: bool


@dataclass(frozen=True, slots=True)
class Meaning:
    """A press that words may stand for: of `button` (None where the words fill an input) of the card `shown`."""

    shown: Shown
    press: Pressed
    button: Button | None = None


Reading = Callable[[Said, Shown], Meaning | None]


def understood(said: Said, shown: Sequence[Shown]) -> list[Meaning]:
    """Return the press that `said` stands for; several where two cards could be meant; none where there is none.

    Words answer what stands lowest on the screen, unless they name a button further up by its whole label. An open
    question further up that the same words would answer too is a doubt, and so nothing is decided. What was asked for
    last, a reply, has their attention: only what came with it, or after it, can be meant instead.
    """
    if not shown:
        return []
    *above, lowest = shown
    if wants_free_text(lowest.card):
        return _list(as_press(said, lowest))
    rivals = [each for each in above if each.reply or not lowest.reply]
    if (found := named(said, lowest)) is not None:
        return _different(found, named, said, rivals)
    questions = [each for each in reversed(above) if not each.card.typed]
    for number, each in enumerate(questions):
        if (found := labelled(said, each)) is not None:
            return _different(found, labelled, said, questions[number + 1 :])
    found = as_press(said, lowest)
    return _different(found, as_press, said, rivals) if found is not None and found.button else _list(found)


def below(meaning: Meaning, sends: Sequence[Send], asked: str) -> list[Send]:
    """Let the reply to typed words stand below them, not in the card further up that they answered.

    That card is left with its question and what was answered. Where the bot had to ask which card was meant, the
    reply takes the place of that question, whose reference is `asked`. A reply that comes below anyway stays as it is.
    """
    who, ref = meaning.press.who, meaning.press.card
    mine = [send for send in sends if send.to == who]
    redraws = [send for send in mine if ref and send.replaces == ref]
    moved = list(sends)
    if redraws and all(send.replaces for send in mine):
        moved = [replace(send, replaces=asked) if send in redraws else send for send in sends]
        moved.insert(0, Send(who, _answered(meaning), replaces=ref))
    if asked and not any(send.to == who and send.replaces == asked for send in moved):
        moved.insert(0, Send(who, _answered(meaning), replaces=asked))
    return moved


def _answered(meaning: Meaning) -> Card:
    """Return the card that was answered as it stands from now on: its question, and the answer if that was a button."""
    card, answer = meaning.shown.card, meaning.button.label if meaning.button else words.ANSWERED_BELOW_HERE
    question = "" if card.title else card.text.split("\n\n")[0]
    text = words.ANSWERED.format(question=question, answer=answer).strip()
    return Card(title=card.title, text=text)


def which(said: str, meanings: Sequence[Meaning]) -> Card:
    """Return the card that asks which of several open cards somebody means."""
    buttons = tuple(
        Button(
            grammar.cut(f"{meaning.shown.card.subject or _about(meaning.shown.card)}: {label}", LONGEST),
            ASIDE,
            f"{meaning.shown.id} {meaning.press.action} {meaning.press.value}",
            also=(meaning.shown.card.subject, grammar.first(meaning.shown.card.subject)),
        )
        for meaning in meanings
        if (label := meaning.button.label if meaning.button else said)
    )
    return Card(text=words.WHICH_IS_MEANT.format(text=grammar.cut(said, 60)), buttons=buttons)


def _about(card: Card) -> str:
    return grammar.cut(card.title or card.text, 40)


def meant(press: Pressed, shown: Sequence[Shown]) -> Meaning | None:
    """Return what somebody means who was asked which card it is: the button that they chose, on that card."""
    number, _, rest = press.value.partition(" ")
    action, _, value = rest.partition(" ")
    for each in shown:
        button = next((b for b in each.card.buttons if (b.action, b.value) == (action, value)), None)
        if str(each.id) == number and button is not None:
            return Meaning(each, replace(press, action=action, value=value, fields={}, card=each.ref), button)
    return None


def _different(found: Meaning, reading: Reading, said: Said, others: Sequence[Shown]) -> list[Meaning]:
    """Return what was found, and what the same words mean on other cards if that is something else."""
    same = {(found.press.action, found.press.value)}
    meanings = [found]
    for other in others:
        also = reading(said, other)
        if also is not None and also.button and (key := (also.press.action, also.press.value)) not in same:
            same.add(key)
            meanings.append(also)
    return meanings


def _list(found: Meaning | None) -> list[Meaning]:
    return [found] if found is not None else []


def named(said: Said, shown: Shown) -> Meaning | None:
    """Return the press of the button that `said` names: by its label, its first words, or another word for it."""
    return _named(said, shown, lambda button: (button.label, *button.also, button.label.split(",")[0]))


def labelled(said: Said, shown: Shown) -> Meaning | None:
    """Return the press of the button whose whole label `said` is."""
    return _named(said, shown, lambda button: (button.label,))


def _named(said: Said, shown: Shown, names: Callable[[Button], Sequence[str]]) -> Meaning | None:
    wanted = plain(said.text)
    for button in shown.card.buttons:
        if button.action and wanted in map(plain, names(button)):
            return _press(said, shown, button)
    return None


def _press(said: Said, shown: Shown, button: Button) -> Meaning:
    return Meaning(shown, Pressed(said.id, said.who, button.action, button.value, card=shown.ref), button)


def wants_free_text(card: Card | None) -> bool:
    """Tell whether the card waits for words that could be anything."""
    return card is not None and any(field.kind in FREE for field in card.fields)


def as_press(said: Said, shown: Shown) -> Meaning | None:
    """Return the press that `said` stands for on this card; None if it stands for none.

    A label, its first words ("yes" for "Yes, suggest it") or its number name a button. Words that only resemble a
    label do so too where nothing else on the card takes words.
    """
    card = shown.card
    buttons = [button for button in card.buttons if button.action]
    taker = card.typed or (buttons[0] if len(card.fields) == 1 and buttons else None)
    labels = tuple(
        Choice(f"button {number}", button.label, (*button.also, button.label.split(",")[0]))
        for number, button in enumerate(buttons)
    )
    number = said.text.strip().isdecimal() and bool(card.fields)
    found = None if number else read_choice(labels, said.text, exact=taker is not None)
    if found is not None:
        return _press(said, shown, buttons[int(found.removeprefix("button "))])
    if taker is None:
        return None
    name = card.fields[0].name if card.fields else "words"
    return Meaning(shown, Pressed(said.id, said.who, taker.action, taker.value, {name: said.text}, shown.ref))
