"""Every card of a whole programme, from the first hello to a pair that goes on, drawn for Slack and checked."""

import json
from collections.abc import Callable

from adapters.slack.inbound import to_events
from adapters.slack.render import NOT_ALL, to_home, to_message
from bot.chat.events import Pressed
from bot.keeping.store import connect
from bot.programme.house import House
from tests.adapters.slack.conftest import press
from tests.adapters.slack.test_slack_render import check_blocks
from tests.scenarios.conftest import MENTOR, Chat


def _lived(chat: Chat) -> None:
    """Live a round with a mentor, two mentees and a coordinator, and look at what there is to see on the way."""
    cora = chat.open_round()
    ann, bob, bea = (chat.person(name) for name in ("ann", "bob", "bea"))
    ann.registers(**MENTOR, places="two")
    for mentee in (bob, bea):
        mentee.registers()
    for text in ("help", "status", "guidance", "change", "pause", "resume", "withdraw", "my data", "erase", "nonsense"):
        bob.says(text)
    for text in ("admin", "help", "add Ann with Bob"):
        cora.says(text)
    for label in ("Who registered", "Invitation", "Extend the deadline"):
        cora.says("admin")
        cora.presses(label)
    chat.announced()
    chat.person("bob").presses("Suggest a time to Ann")
    chat.person("bob").presses("Another time")
    for text in ("matches", "sessions", "book"):
        bob.says(text)
    chat.going_on_with("ann", "bob")
    chat.wait(weeks=8)
    for text in ("matches", "notes", "status"):
        ann.says(text)
    cora.says("admin")
    cora.presses("Follow up")
    chat.wait(weeks=52)


def test_every_card_of_a_programme_is_drawn_and_every_button_comes_back(
    sqlite_databases: Callable[[], str], house: House
) -> None:
    """What the bot really says is within all limits, nothing is left out, and a press gives what the card had."""
    engine = connect(sqlite_databases())
    chat = Chat(engine, house)
    _lived(chat)
    engine.dispose()
    cards = [shown.card for talker in chat.people.values() for shown in talker.log]
    assert len(cards) > 100
    assert {field.kind for card in cards for field in card.fields} >= {"choice", "choices", "text", "long", "datetime"}
    assert any(card.files for card in cards)
    pressed = 0
    for number, card in enumerate(cards):
        message = to_message(card, "T1", str(number))
        check_blocks(message.blocks, "message")
        check_blocks(to_home(card, "T1", str(number))["blocks"], "home")
        assert NOT_ALL not in json.dumps(message.blocks)
        elements = [each for block in message.blocks for each in block.get("elements", []) if "url" not in each]
        buttons = [button for button in card.buttons if not button.url]
        for element, button in zip(elements, buttons, strict=True):
            (event,) = to_events({**press("x"), "actions": [{**element, "action_ts": "1.2"}]})
            assert isinstance(event, Pressed)
            assert (event.action, event.value) == (button.action, button.value)
            pressed += 1
    assert pressed > 200
