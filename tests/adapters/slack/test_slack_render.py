"""Cards become Slack's blocks: within every limit, nothing in them markup, and as the reviewed pictures of them say."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from adapters.slack.render import (
    LONGEST_FALLBACK,
    NOT_ALL,
    clean,
    escape,
    fallback,
    to_home,
    to_message,
)
from bot.chat.cards import Button, Card, Choice, Fact, Field, File, Kind, Meet
from tests.adapters.slack.surfaces import Surface, misplaced

GOLDEN = Path(__file__).parent / "golden"

GRADES = tuple(Choice(code, code) for code in ("AO", "EO", "HEO", "SEO", "Grade 7", "Grade 6", "SCS"))
CARDS = {
    "welcome": Card(
        title="Welcome to mentoring",
        text="Speed mentoring, first round is open until Mon 7 Dec, 17:00.\n\nThree short meetings, one each.",
        buttons=(Button("Register", "register", "1"), Button("What can I say?", "help")),
    ),
    "question": Card(
        title="3 of 9",
        text="What is your current grade?",
        fields=(Field("grade", "Grade", "choice", GRADES, "HEO", hint="Your substantive grade"),),
        buttons=(Button("Next", "answer", "1:grade"), Button("Back", "back", "1:grade")),
    ),
    "summary": Card(
        title="Is this right?",
        text="Please look through your answers.",
        facts=(
            Fact("Name", "Ines <b>Rossi</b> & co"),
            Fact("E-mail", "ines@example.gov.uk"),
            Fact("Biography", "I like <!channel> and <https://x|y>"),
        ),
        buttons=(Button("Confirm", "confirm", "7"), Button("Change something", "change", "7")),
    ),
    "another_time": Card(
        text="When would suit you? Your times are in Europe/London.",
        fields=(
            Field("when", "Day and time", "datetime", value="2026-12-01T15:30", hint="Within the next fortnight"),
            Field("reason", "A word to Bob", "long", optional=True),
        ),
        buttons=(Button("Suggest it", "suggest_typed", "4"),),
    ),
    "booked": Card(
        title="Booked",
        text="Tue 1 Dec, 15:30–16:00, with Bob.",
        buttons=(
            Button("Add to Google Calendar", url="https://calendar.google.com/calendar/render?action=TEMPLATE&text=x"),
            Button("Cancel it", "cancel", "4"),
        ),
        meet=(
            Meet("Chat with Bob", "slack", "T1", "U2"),
            Meet("Invite Bob", "slack", "T1", "U2", "bob@example.gov.uk", "Mentoring", "2026-12-01T15:30:00Z", 30),
            Meet("Chat with Tea", "teams", "T1", "29:x"),
            Meet("Chat with Far", "slack", "T2", "U9"),
        ),
        files=(File("session.ics", "text/calendar", "BEGIN:VCALENDAR"),),
    ),
    "form": Card(
        text="All kinds of inputs",
        fields=(
            Field("days", "Days", "choices", tuple(Choice(d, d.title()) for d in ("mon", "tue", "wed")), ("tue",)),
            Field("areas", "Areas", "choices", tuple(Choice(f"a{n}", f"Area {n}") for n in range(30)), ("a1", "a29")),
            Field(
                "place", "Department", "choice", tuple(Choice(f"d{n}", f"Department {n}") for n in range(230)), "d200"
            ),
            Field("email", "E-mail", "email", value="ines@example.gov.uk"),
            Field("places", "Places", "number", value="3"),
            Field("until", "Until", "date", value="2026-12-24", optional=True),
            Field("name", "Name", "text", value="Ines"),
        ),
        buttons=(Button("Save", "save", "1"),),
    ),
}


@pytest.mark.parametrize("name", CARDS)
def test_cards_look_as_reviewed(name: str) -> None:
    """A handful of real cards are drawn exactly as in the files that somebody has looked at."""
    drawn = to_message(CARDS[name], "T1", f"key-{name}")
    found = json.dumps({"blocks": drawn.blocks, "text": drawn.text}, indent=1, ensure_ascii=False) + "\n"
    assert found == (GOLDEN / f"{name}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_what_was_reviewed_may_stand_in_a_message(path: Path) -> None:
    """No file that somebody has looked at holds what Slack takes in modals only."""
    check_blocks(json.loads(path.read_text(encoding="utf-8"))["blocks"], "message")


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("email", " ines@example.gov.uk ", "ines@example.gov.uk"),
        ("email", "not yet an address", "not yet an address"),
        ("number", "3", "3"),
        ("number", "two or three", "two or three"),
        ("number", "", None),
    ],
)
def test_addresses_and_numbers_are_typed_into_a_line(kind: Kind, value: str, shown: str | None) -> None:
    """In a message and on the Home tab they are plain text with what is known, as Slack's own inputs are for modals."""
    card = Card("", fields=(Field("asked", "Asked", kind, value=value),), buttons=(Button("Save", "save"),))
    for blocks in (to_message(card, "T1", "k").blocks, to_home(card, "T1", "k")["blocks"]):
        element = next(block["element"] for block in blocks if block["type"] == "input")
        assert (element["type"], element["multiline"]) == ("plain_text_input", False)
        assert element["action_id"] == "field:asked"
        assert element.get("initial_value") == shown


# Any card at all

NASTY = (
    "<!channel>",
    "<@U1>",
    "<http://x|y>",
    "&lt;!here&gt;",
    "\u202eevil",
    "a\u200bb",
    "\x00",
    "*b* _i_ `c`",
    "\n\n",
    "é👩‍💻",
)
texts = st.lists(st.one_of(st.text(max_size=40), st.sampled_from(NASTY)), max_size=8).map("".join)
long_texts = st.one_of(texts, st.builds(lambda text, times: text * times, texts, st.integers(1, 400)))
names = st.text("abcdefghij_", min_size=1, max_size=40)
codes = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=150)
kinds: list[Kind] = ["choice", "choices", "text", "long", "email", "number", "date", "datetime"]


@st.composite
def fields(draw: st.DrawFn) -> Field:
    """Draw an input, sometimes of a hundred choices and more."""
    kind = draw(st.sampled_from(kinds))
    few = draw(st.lists(st.builds(Choice, codes, texts), max_size=12))
    many = draw(st.sampled_from((0, 0, 90, 130, 260)))
    choices = (*few, *(Choice(f"code {number}", f"{number} {draw(texts)}") for number in range(many)))
    known = [choice.code for choice in choices] or ["x"]
    several = st.lists(st.sampled_from(known), max_size=5).map(tuple)
    value: Any = draw(st.one_of(several, st.sampled_from(known), texts, st.just("2026-12-01T09:00"), st.just("12")))
    return Field(draw(names), draw(long_texts), kind, choices, value, draw(st.booleans()), draw(long_texts))


buttons = st.one_of(
    st.builds(Button, texts, names, st.text("abc:123", max_size=200)),
    st.builds(Button, texts, url=st.just("https://example.org/?a=<b>&c")),
)
cards = st.builds(
    Card,
    text=long_texts,
    title=long_texts,
    facts=st.lists(st.builds(Fact, long_texts, long_texts), max_size=70).map(tuple),
    fields=st.lists(fields(), max_size=4).map(tuple),
    buttons=st.lists(buttons, max_size=60).map(tuple),
    meet=st.lists(st.builds(Meet, texts, st.just("slack"), st.just("T1"), names), max_size=2).map(tuple),
)


def _strings(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _strings(inner, f"{path}.{name}")
        if value.get("type") == "mrkdwn":
            yield "mrkdwn", value["text"]
            assert value["verbatim"] is True
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner, path)
    elif isinstance(value, str):
        yield path, value


def check_blocks(blocks: list[dict[str, Any]], surface: Surface) -> None:
    """Check blocks against Slack's models and against the limits that those do not know."""
    assert blocks
    assert misplaced(blocks, surface) == []
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    assert len(ids) == len(set(ids))
    for block in blocks:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.validate_json()
        for element in [*block.get("elements", []), block.get("element", {})]:
            assert len(element.get("value", "")) <= 2000
            assert len(element.get("action_id", "")) <= 255
            groups = element.get("option_groups", [])
            lists = [group["options"] for group in groups] + ([element["options"]] if "options" in element else [])
            assert all(1 <= len(listed) <= 100 for listed in lists)
            offered = [option["value"] for listed in lists for option in listed]
            assert len(offered) == len(set(offered))
            assert all(0 < len(value) <= 150 for value in offered)
            chosen = element.get("initial_options", []) or (
                [element["initial_option"]] if "initial_option" in element else []
            )
            assert all(option["value"] in offered for option in chosen)
        actions = [element["action_id"] for element in block.get("elements", [])]
        assert len(actions) == len(set(actions))
        assert len(block.get("elements", [])) <= 25
        for field in block.get("fields", []):
            assert 1 <= len(field["text"]) <= 2000
    for path, text in _strings(blocks):
        if path == "mrkdwn":
            assert not re.search(r"<|>|&(?!amp;|lt;|gt;)", text)
        if path.endswith(".text"):
            assert text.strip()
            assert len(text) <= 3000
            assert clean(text) == text


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(cards)
def test_any_card_is_within_slacks_limits(card: Card) -> None:
    """Whatever a card holds, what is drawn is within the limits, nothing in it is markup, and cuts are said."""
    message = to_message(card, "T1", "key")
    check_blocks(message.blocks, "message")
    check_blocks(to_home(card, "T1", "key")["blocks"], "home")
    assert 0 < len(message.text) <= LONGEST_FALLBACK
    assert not re.search(r"<|>|&(?!amp;|lt;|gt;)", message.text)


@given(texts)
def test_no_mention_and_no_link_gets_through(text: str) -> None:
    """What somebody wrote never becomes a mention, a link or an entity, in no place of a card."""
    nasty = f"<!channel> <@U1> <http://x|y> {text}"
    card = Card(nasty, nasty, (Fact(nasty, nasty),), (Field("a", nasty, "text", hint=nasty),), (Button(nasty, "b"),))
    drawn = to_message(card, "T1", "key")
    for path, shown in _strings(drawn.blocks):
        assert path != "mrkdwn" or "<" not in shown
    plain = [text for path, text in _strings(drawn.blocks) if path.endswith("type")]
    assert set(plain) <= {"header", "section", "plain_text", "mrkdwn", "input", "plain_text_input", "actions", "button"}
    assert "<" not in drawn.text


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u200b", "\u200f", "\ufeff", "\x07", "\u2028", "\u00ad"])
def test_what_cannot_be_seen_is_left_out(hidden: str) -> None:
    """Characters that turn text around or hide in it are gone; joiners that words and emoji need are not."""
    assert clean(f"a{hidden}b") == "ab"
    assert clean("می‌خواهم 👩‍💻") == "می‌خواهم 👩‍💻"


def test_long_text_breaks_between_paragraphs() -> None:
    """A long text becomes a few sections and loses nothing but the space between them."""
    paragraphs = [f"{number} " + "word " * 200 for number in range(12)]
    blocks = to_message(Card("\n\n".join(paragraphs)), "T1", "k").blocks
    said = [block["text"]["text"] for block in blocks]
    assert 3 < len(said) < 7
    assert all(re.match(r"\d+ ", text) for text in said)
    assert " ".join(" ".join(said).split()) == " ".join(" ".join(paragraphs).split())


def test_a_word_that_never_ends_is_broken_too() -> None:
    """Text without any space is split at the limit."""
    blocks = to_message(Card("x" * 7000), "T1", "k").blocks
    assert [len(block["text"]["text"]) for block in blocks] == [3000, 3000, 1000]


def test_nothing_is_left_out_in_silence() -> None:
    """A message of too many blocks keeps its buttons, and says that the rest is left out."""
    facts = tuple(Fact(f"Person {number}", "x" * 2500) for number in range(40))
    blocks = to_message(Card("All of them", facts=facts, buttons=(Button("Go", "go"),)), "T1", "k").blocks
    assert len(blocks) == 50
    assert blocks[-1]["type"] == "actions"
    assert blocks[-2]["text"]["text"] == NOT_ALL


def test_a_long_value_is_shown_in_full() -> None:
    """A fact that is too long for its place gets sections of its own, in its turn."""
    facts = (Fact("A", "1"), Fact("Biography", "y" * 3500), Fact("C", "3"))
    blocks = to_message(Card("", facts=facts), "T1", "k").blocks
    kinds_of = [("fields" if "fields" in block else block["text"]["text"][:12]) for block in blocks]
    assert kinds_of == ["fields", "*Biography*", "y" * 12, "y" * 12, "fields"]


def test_a_card_drawn_again_begins_afresh() -> None:
    """Another message has other ids for its inputs, so Slack does not keep what was typed; buttons say the same."""
    first, again = (to_message(CARDS["form"], "T1", key).blocks for key in ("k1", "k2"))
    ids = [{block["block_id"] for block in blocks if block["type"] == "input"} for blocks in (first, again)]
    assert not ids[0] & ids[1]
    assert first == to_message(CARDS["form"], "T1", "k1").blocks
    assert first[-1] == again[-1]


def test_the_fallback_is_cut_between_characters() -> None:
    """What notifications say is short, and no half of an entity is left."""
    text = fallback(Card("a & b <c> " * 900))
    assert 3900 < len(text) <= LONGEST_FALLBACK
    assert not re.search(r"&(?!amp;|lt;|gt;)", text)
    assert escape("<&>") == "&lt;&amp;&gt;"


def test_a_chat_is_offered_inside_the_workspace_only() -> None:
    """A way to somebody is drawn where Slack has one; the calendar entry and the other platform are left out."""
    row = to_message(CARDS["booked"], "T1", "k").blocks[-1]["elements"]
    assert [element["text"]["text"] for element in row] == ["Add to Google Calendar", "Cancel it", "Chat with Bob"]
    assert row[-1]["url"] == "slack://user?team=T1&id=U2"
    elsewhere = to_message(CARDS["booked"], "E1", "k").blocks[-1]["elements"]
    assert len(elsewhere) == 2


@pytest.mark.parametrize(
    ("card", "why"),
    [
        (Card("", buttons=(Button("x", url="javascript:alert(1)"),)), "unsafe_link"),
        (Card("", buttons=(Button("x", url="https://x/" + "y" * 3000),)), "link_too_long"),
        (Card("", buttons=(Button("x", "go", "v" * 2001),)), "button_too_long"),
        (Card("", fields=(Field("n" * 250, "x", "text"),)), "field_name_too_long"),
        (Card("", fields=(Field("n", "x", "choice", (Choice("c" * 151, "x"),)),)), "choice_code_length"),
        (Card("", fields=(Field("n", "x", "choice", (Choice("", "x"),)),)), "choice_code_length"),
    ],
)
def test_what_slack_would_never_take_is_refused_by_a_code(card: Card, why: str) -> None:
    """A card that cannot be drawn honestly says so by a code that quotes nobody."""
    with pytest.raises(ValueError, match=f"^{why}$"):
        to_message(card, "T1", "k")


def test_the_home_tab_holds_twice_as_much() -> None:
    """The Home tab is the same card as a view, with room for a hundred blocks."""
    view = to_home(Card("x" * 3000 * 60), "T1", "k")
    assert view["type"] == "home"
    assert len(view["blocks"]) == 60
