"""What the page says is understood exactly, or refused with a sentence."""

from typing import Any

import pytest

from adapters.web.inbound import to_event, to_history
from bot.chat.events import Address, Pressed, Said

ID = "0b0f1d0e-5a3c-4f6e-9a43-0d8a3f6f2b11"
ADA = Address("web", "demo", "ada")
SAID = {"kind": "said", "id": ID, "person": "ada", "text": "hello"}
PRESSED = {"kind": "pressed", "id": ID, "person": "ada", "action": "book", "value": "7", "label": "Book it"}


def test_words_become_what_somebody_said() -> None:
    """A message is its words, without the space around them."""
    expected = Said(ID, ADA, "hello\nthere")

    assert expected == to_event(SAID | {"text": "  hello\nthere \n"}, "demo")


def test_a_press_carries_its_card_and_what_was_filled_in() -> None:
    """One answer is text, a choice of many is a tuple, and empty stays empty."""
    fields = {"role": "mentor", "when": ["mon-am", "tue-pm"], "bio": "", "none": []}
    expected = Pressed(
        ID, ADA, "book", "7", {"role": "mentor", "when": ("mon-am", "tue-pm"), "bio": "", "none": ()}, "12"
    )

    assert expected == to_event(PRESSED | {"fields": fields, "card": "12"}, "demo")


def test_a_press_needs_no_card_and_no_fields() -> None:
    """A bare button is enough."""
    assert Pressed(ID, ADA, "book", "7") == to_event(PRESSED, "demo")


def test_the_history_shows_words_or_the_label_and_never_what_was_filled_in() -> None:
    """Answers may be private; the label is not."""
    assert to_history(SAID) == {"text": "hello"}
    assert to_history(PRESSED | {"fields": {"identity": ["x"]}}) == {"pressed": "Book it"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "shouted"}, "The bot understands what was said or pressed, and this was neither."),
        ({"kind": ["said"]}, "The bot understands what was said or pressed, and this was neither."),
        ({"id": "7"}, "The event's id should be a UUID."),
        ({"id": None}, "The event's id should be a UUID."),
        ({"person": ""}, "The person is empty."),
        ({"person": 7}, "The person should be text."),
        ({"person": "x" * 201}, "The person is too long: at most 200 characters, and this has 201."),
        ({"text": None}, "The message should be text."),
        ({"text": " \n "}, "The message is empty."),
        ({"text": "x" * 4001}, "The message is too long: at most 4000 characters, and this has 4001."),
        ({"text": "a\0b"}, "The message has a character that cannot be kept."),
        ({"text": "a\ud800b"}, "The message has a character that cannot be kept."),
    ],
)
def test_a_wrong_message_is_refused_with_a_sentence(change: dict[str, Any], sentence: str) -> None:
    """Whatever is wrong is named."""
    with pytest.raises(ValueError, match=r".") as problem:
        to_event(SAID | change, "demo")

    assert sentence == str(problem.value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"action": ""}, "The button's action is empty."),
        ({"value": None}, "The button's value should be text."),
        ({"card": "x"}, "The card should be a number."),
        ({"card": "9" * 16}, "The card should be a number."),
        ({"card": True}, "The card should be a number."),
        ({"fields": []}, "The card's fields should be given by name."),
        ({"fields": {"": "x"}}, "A field's name is empty."),
        ({"fields": {"a": 7}}, "An answer should be text."),
        ({"fields": {"a": {"b": "c"}}}, "An answer should be text."),
        ({"fields": {"a": [7]}}, "A choice should be text."),
        ({"fields": {"a": ["b"] * 501}}, "At most 500 choices can be made at once."),
        ({"fields": {str(n): "" for n in range(51)}}, "A card has at most 50 fields."),
    ],
)
def test_a_wrong_press_is_refused_with_a_sentence(change: dict[str, Any], sentence: str) -> None:
    """Whatever is wrong is named."""
    with pytest.raises(ValueError, match=r".") as problem:
        to_event(PRESSED | change, "demo")

    assert sentence == str(problem.value)


def test_a_press_without_a_label_is_refused() -> None:
    """There would be nothing to show in the history."""
    with pytest.raises(ValueError, match=r"The button's label should be text\."):
        to_history({"kind": "pressed"})
