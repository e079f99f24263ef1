"""The table of where Slack's elements may stand tells right from wrong, and the made-up Slack goes by it."""

from itertools import product
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.adapters.slack.conftest import BOT_TOKEN, FakeSlack
from tests.adapters.slack.surfaces import ALL, BLOCKS, ELEMENTS, MAY_BE_EMPTY, MOST_BLOCKS, SLOTS, Surface, misplaced

TEXT = {"type": "plain_text", "text": "A word"}
MODALS_ONLY = ("email_text_input", "number_input", "url_text_input", "file_input")


def _block(kind: str, element: str) -> dict[str, Any]:
    """Return a block that holds one element where this kind of block holds its own."""
    held: Any = {"type": element}
    return {"type": kind, SLOTS[kind]: [held] if SLOTS[kind] == "elements" else held}


@pytest.mark.parametrize("element", MODALS_ONLY)
def test_what_is_for_modals_only_is_caught_elsewhere(element: str) -> None:
    """An input that only a modal may have is named on every other surface."""
    blocks = [{"type": "header", "text": TEXT}, _block("input", element)]
    assert misplaced(blocks, "message") == [f"{element} may not stand in a message."]
    assert misplaced(blocks, "home") == [f"{element} may not stand in a home."]
    assert misplaced(blocks, "modal") == []


@pytest.mark.parametrize(
    ("element", "block", "surface"),
    [
        ("rich_text_input", "input", "message"),
        ("datetimepicker", "input", "home"),
        ("workflow_button", "actions", "home"),
        ("button", "input", "message"),
        ("plain_text_input", "actions", "message"),
        ("multi_static_select", "actions", "message"),
        ("datetimepicker", "section", "message"),
        ("button", "context", "message"),
        ("feedback_buttons", "actions", "message"),
        ("mrkdwn", "section", "message"),
    ],
)
def test_what_stands_in_a_wrong_place_is_caught(element: str, block: str, surface: Surface) -> None:
    """An element on a surface or in a block that is not for it is named once."""
    (problem,) = misplaced([_block(block, element)], surface)
    assert problem.startswith(f"{element} may not stand in a ")


@pytest.mark.parametrize("element", ELEMENTS)
def test_each_element_passes_where_the_table_has_it_and_nowhere_else(element: str) -> None:
    """On each surface and in each block, an element passes if both may have it; a block is held to its own surfaces."""
    surfaces, holders = ELEMENTS[element]
    for surface, kind in product(ALL, SLOTS):
        allowed = surface in surfaces and kind in holders and surface in BLOCKS[kind]
        assert (misplaced([_block(kind, element)], surface) == []) == allowed


def test_what_slack_does_not_know_is_caught() -> None:
    """Elements and blocks of no known type are named, and so are an element in a wrong slot and an empty block."""
    assert misplaced([_block("input", "phone_input")], "modal") == ["Slack knows no element of the type phone_input."]
    assert misplaced([{"type": "carousel"}, {}], "home") == [
        "Slack knows no carousel block.",
        "Slack knows no None block.",
    ]
    assert misplaced([{"type": "section", "text": TEXT, "elements": [{}]}], "home") == [
        "A section block has no elements."
    ]
    for kind in {*SLOTS} - MAY_BE_EMPTY:
        assert misplaced([{"type": kind}], "message") == [f"A block of the type {kind} may not be empty."]


@pytest.mark.parametrize("kind", BLOCKS)
def test_blocks_stand_on_their_own_surfaces(kind: str) -> None:
    """A block is taken on the surfaces that may have it, and on no other."""
    inner = {"elements": [{"type": "rich_text_section"}]} if kind == "rich_text" else {}
    for surface in ALL:
        found = [each for each in misplaced([{"type": kind, **inner}], surface) if "empty" not in each]
        assert found == ([] if surface in BLOCKS[kind] else [f"A {kind} block may not stand in a {surface}."])


@pytest.mark.parametrize("surface", ALL)
def test_a_surface_holds_so_many_blocks(surface: Surface) -> None:
    """One block more than a surface holds is one too many."""
    most = [{"type": "divider"}] * MOST_BLOCKS[surface]
    assert misplaced(most, surface) == []
    assert len(misplaced([*most, {"type": "divider"}], surface)) == 1


@pytest.mark.parametrize(
    ("method", "error"),
    [("chat.postMessage", "invalid_blocks"), ("chat.update", "invalid_blocks"), ("views.publish", "invalid_arguments")],
)
async def test_the_made_up_slack_refuses_what_slack_would(fake: FakeSlack, method: str, error: str) -> None:
    """A message or a Home tab with an input for modals is answered as Slack answers it, and nobody sees anything."""
    blocks = [_block("input", "email_text_input")]
    said = {"channel": "D1", "ts": "1.2", "user_id": "U1", "blocks": blocks, "view": {"type": "home", "blocks": blocks}}
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    async with ClientSession(headers=headers) as line, line.post(f"{fake.url}api/{method}", json=said) as response:
        answer = await response.json()
    assert (answer["ok"], answer["error"]) == (False, error)
    assert "email_text_input" in answer["response_metadata"]["messages"][0]
    assert (fake.messages, fake.homes) == ([], {})
