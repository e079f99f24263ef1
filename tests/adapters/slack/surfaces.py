"""Where Slack lets blocks and their elements stand, as its Block Kit reference says, and what stands elsewhere.

Slack answers `invalid_blocks` to a message with one element that is for modals only, so nobody ever sees that message.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

Surface = Literal["message", "home", "modal"]
Table = Mapping[str, tuple[Sequence[Surface], Sequence[str]]]

ALL: Sequence[Surface] = ("message", "home", "modal")
MOST_BLOCKS: Mapping[Surface, int] = {"message": 50, "home": 100, "modal": 100}

# Which block has its elements where, and whether it may do without any
SLOTS = {
    "section": "accessory",
    "actions": "elements",
    "input": "element",
    "context": "elements",
    "context_actions": "elements",
}
MAY_BE_EMPTY = {"section"}

BLOCKS: Mapping[str, Sequence[Surface]] = {
    **dict.fromkeys(
        ("header", "section", "divider", "image", "rich_text", "video", "context", "actions", "input"), ALL
    ),
    **dict.fromkeys(("context_actions", "markdown", "table"), ("message",)),
}

# Which element may stand on which surfaces, and in which blocks
ELEMENTS: Table = {
    "button": (ALL, ("section", "actions")),
    "overflow": (ALL, ("section", "actions")),
    "workflow_button": (("message",), ("section", "actions")),
    "feedback_buttons": (("message",), ("context_actions",)),
    "icon_button": (("message",), ("context_actions",)),
    "image": (ALL, ("section", "context")),
    "checkboxes": (ALL, ("section", "actions", "input")),
    "radio_buttons": (ALL, ("section", "actions", "input")),
    "datepicker": (ALL, ("section", "actions", "input")),
    "timepicker": (ALL, ("section", "actions", "input")),
    "datetimepicker": (("message", "modal"), ("actions", "input")),
    **{
        f"{source}_select": (ALL, ("section", "actions", "input"))
        for source in ("static", "external", "users", "conversations", "channels")
    },
    **{
        f"multi_{source}_select": (ALL, ("section", "input"))
        for source in ("static", "external", "users", "conversations", "channels")
    },
    "plain_text_input": (ALL, ("input",)),
    "rich_text_input": (("home", "modal"), ("input",)),
    "email_text_input": (("modal",), ("input",)),
    "number_input": (("modal",), ("input",)),
    "url_text_input": (("modal",), ("input",)),
    "file_input": (("modal",), ("input",)),
    # Texts are no elements, but stand beside them
    "plain_text": (ALL, ("context",)),
    "mrkdwn": (ALL, ("context",)),
}


def misplaced(blocks: Sequence[Mapping[str, Any]], surface: Surface) -> list[str]:
    """Return a sentence for everything in `blocks` that Slack does not take on this surface."""
    return list(_misplaced(blocks, surface))


def _misplaced(blocks: Sequence[Mapping[str, Any]], surface: Surface) -> Iterator[str]:
    if len(blocks) > MOST_BLOCKS[surface]:
        yield f"{len(blocks)} blocks are more than the {MOST_BLOCKS[surface]} of a {surface}."
    for block in blocks:
        kind = str(block.get("type"))
        if kind not in BLOCKS:
            yield f"Slack knows no {kind} block."
        elif surface not in BLOCKS[kind]:
            yield f"A {kind} block may not stand in a {surface}."
        else:
            yield from _within(block, kind, surface)


def _within(block: Mapping[str, Any], kind: str, surface: Surface) -> Iterator[str]:
    slot = SLOTS.get(kind, "")
    if kind != "rich_text":  # its elements are pieces of text
        yield from (f"A {kind} block has no {name}." for name in {*SLOTS.values()} - {slot} if name in block)
    held = block.get(slot) or ()
    elements: Sequence[Mapping[str, Any]] = (held,) if isinstance(held, Mapping) else held
    if slot and not elements and kind not in MAY_BE_EMPTY:
        yield f"A block of the type {kind} may not be empty."
    for element in elements:
        name = str(element.get("type"))
        surfaces, holders = ELEMENTS.get(name, ((), ()))
        if name not in ELEMENTS:
            yield f"Slack knows no element of the type {name}."
        if surfaces and surface not in surfaces:
            yield f"{name} may not stand in a {surface}."
        if holders and kind not in holders:
            yield f"{name} may not stand in a block of the type {kind}."
