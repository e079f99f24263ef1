"""Cards as Teams draws them: valid, small enough, and nothing a person wrote is ever markup."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from adapters.teams.inbound import pressed
from adapters.teams.render import LEFT_OUT, MOST_ACTIONS, MOST_BYTES, escaped, meet_url, plain, render, size, summary
from bot.chat.cards import Button, Card, Choice, Fact, Field, File, Meet
from bot.chat.events import Address, Pressed
from tests.adapters.teams.cards import CARDS

ANN = Address("teams", "tenant", "ann")
GOLDEN = Path(__file__).parent / "golden"
MARKDOWN = MarkdownIt("commonmark").enable(["strikethrough", "table"])

# What Adaptive Cards 1.5 knows of the elements that we use: which keys they may have, and which they must
COMMON = {"type", "id", "spacing", "isVisible"}
INPUT = COMMON | {"label", "isRequired", "errorMessage", "value", "placeholder"}
ELEMENTS: dict[str, tuple[set[str], set[str]]] = {
    "TextBlock": (COMMON | {"text", "wrap", "style", "weight", "isSubtle"}, {"text"}),
    "FactSet": (COMMON | {"facts"}, {"facts"}),
    "ActionSet": (COMMON | {"actions"}, {"actions"}),
    "Input.Text": (INPUT | {"isMultiline", "style", "maxLength"}, {"id", "label"}),
    "Input.Number": (INPUT, {"id", "label"}),
    "Input.Date": (INPUT, {"id", "label"}),
    "Input.Time": (INPUT, {"id", "label"}),
    "Input.ChoiceSet": (INPUT | {"choices", "isMultiSelect", "style", "wrap"}, {"id", "label", "choices"}),
}
ACTIONS: dict[str, tuple[set[str], set[str]]] = {
    "Action.Execute": ({"type", "title", "verb", "data", "associatedInputs", "fallback"}, {"title", "verb", "data"}),
    "Action.Submit": ({"type", "title", "data", "associatedInputs"}, {"title", "data"}),
    "Action.OpenUrl": ({"type", "title", "url"}, {"title", "url"}),
}


def problems(card: dict[str, Any]) -> Iterator[str]:
    """Say what Teams would not take of a card."""
    if (card["type"], card["version"]) != ("AdaptiveCard", "1.5"):
        yield "not an Adaptive Card 1.5"
    if set(card) - {"$schema", "type", "version", "body", "actions"}:
        yield "keys of the card"
    if size(card) > 28 * 1024:
        yield "too large"
    ids = [element["id"] for element in card["body"] if "id" in element]
    if len(ids) != len(set(ids)):
        yield "two inputs of one name"
    for element in card["body"]:
        known, needed = ELEMENTS[element["type"]]
        if set(element) - known or needed - set(element):
            yield f"keys of {element['type']}"
        yield from _values(element)
    groups = [element["actions"] for element in card["body"] if element["type"] == "ActionSet"]
    for group in [card["actions"]] if "actions" in card else groups:
        if not 0 < len(group) <= MOST_ACTIONS:
            yield "number of actions"
        for action in group:
            yield from _action(action)


def _values(element: dict[str, Any]) -> Iterator[str]:
    if element["type"] == "TextBlock" and not (element["text"] and element["wrap"]):
        yield "an empty text, or one that is cut off"
    if element["type"] == "FactSet" and not element["facts"]:
        yield "no facts"
    if element.get("isRequired") and not element.get("errorMessage"):
        yield "required without a word"
    if "value" in element and not isinstance(element["value"], int | float if "Number" in element["type"] else str):
        yield "a value of the wrong kind"
    if element["type"] == "Input.ChoiceSet":
        if element["style"] not in {"compact", "expanded"}:
            yield "style of choices"
        if any(set(choice) != {"title", "value"} or not choice["title"] for choice in element["choices"]):
            yield "a choice"


def _action(action: dict[str, Any]) -> Iterator[str]:
    known, needed = ACTIONS[action["type"]]
    if set(action) - known or needed - set(action) or not action["title"]:
        yield f"keys of {action['type']}"
    if action.get("associatedInputs", "auto") not in {"auto", "none"}:
        yield "associatedInputs"
    if "fallback" in action:
        yield from _action(action["fallback"])
        if action["fallback"]["data"] != action["data"]:
            yield "another fallback"


TEXT = st.text(st.characters(codec="utf-8"), max_size=80)
SPICY = st.lists(
    st.sampled_from(
        [*list("*_`~[]()#+-.!>|<&{}\\:=1 \t\na/@;"), "&amp;", "<b>", "http://x.y", "{{DATE(2)}}", "\u202e", "é", "1) "]
    ),
    max_size=25,
).map("".join)
WORDS = TEXT | SPICY
NAME = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
CHOICES = st.lists(st.builds(Choice, NAME, WORDS), max_size=30, unique_by=lambda each: each.code).map(tuple)
KINDS = st.sampled_from(["choice", "choices", "text", "long", "email", "number", "date", "datetime"])
FIELDS = st.lists(
    st.builds(Field, NAME, WORDS, KINDS, CHOICES, WORDS | st.just("2026-11-04T09:30"), st.booleans(), WORDS),
    max_size=4,
    unique_by=lambda each: each.name,
).map(tuple)
BUTTONS = st.lists(st.builds(Button, WORDS, NAME, TEXT), max_size=14).map(tuple)
MEETS = st.lists(
    st.builds(Meet, WORDS, st.just("teams"), st.just("tenant"), NAME, st.just("b@x.uk"), WORDS), max_size=2
)
ANY = st.builds(
    Card,
    text=st.lists(WORDS, max_size=40).map("\n".join),
    title=WORDS,
    facts=st.lists(st.builds(Fact, WORDS, WORDS), max_size=12).map(tuple),
    fields=FIELDS,
    buttons=BUTTONS,
    meet=MEETS.map(tuple),
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANY)
def test_any_card_is_one_that_teams_takes(card: Card) -> None:
    """Whatever is in it, it is valid and small enough."""
    drawn = render(card, ANN)
    assert list(problems(drawn)) == []
    json.dumps(drawn).encode()


@settings(max_examples=250, deadline=None)
@given(WORDS)
def test_no_text_is_read_as_markup(text: str) -> None:
    """A reader of Markdown makes one paragraph of it, with exactly the words that somebody wrote."""
    line = escaped(text)
    if not line:
        assert not plain(text)
        return
    opened, inline, closed = MARKDOWN.parse(line)
    assert (opened.type, closed.type) == ("paragraph_open", "paragraph_close")
    assert {child.type for child in inline.children or []} <= {"text", "text_special"}
    assert "".join(child.content for child in inline.children or []) == plain(text)
    assert "{{" not in line


@settings(max_examples=40, deadline=None)
@given(ANY)
def test_every_text_of_a_card_goes_through_the_same_gate(card: Card) -> None:
    """What is drawn as Markdown is one escaped line each."""
    drawn = render(card, ANN)
    texts = [element["text"] for element in drawn["body"] if element["type"] == "TextBlock"]
    facts = [fact for element in drawn["body"] if element["type"] == "FactSet" for fact in element["facts"]]
    texts += [text for fact in facts for text in (fact["title"], fact["value"])]
    shown = [each for each in drawn["body"] if each["type"] == "Input.ChoiceSet" and each["style"] == "expanded"]
    texts += [choice["title"] for each in shown for choice in each["choices"]]
    for text in filter(None, texts):
        assert "\n" not in text
        assert [token.type for token in MARKDOWN.parse(text)] == ["paragraph_open", "inline", "paragraph_close"]


def test_what_turns_the_direction_of_text_is_left_out() -> None:
    """A name cannot make the rest of a line read backwards, nor hide in it."""
    assert plain("Ann\u202egnp.exe\u2066\x00 B\ud800") == "Ann gnp.exe B"


def test_lines_are_blocks_and_paragraphs_stand_apart() -> None:
    """A blank line makes room; the lines of a paragraph stay together."""
    drawn = render(Card(text="one\ntwo\n\nthree\n"), ANN)
    assert [(each["text"], each["spacing"]) for each in drawn["body"]] == [
        ("one", "Default"),
        ("two", "None"),
        ("three", "Default"),
    ]


def test_a_long_text_is_cut_and_says_so() -> None:
    """What can be pressed stays, and a sentence stands where the rest is left out."""
    card = Card(text="\n".join(f"Line {number} é" for number in range(3000)), buttons=(Button("Go on", "next"),))
    drawn = render(card, ANN)
    assert MOST_BYTES - 500 < size(drawn) <= MOST_BYTES
    assert drawn["body"][-1]["text"] == LEFT_OUT
    assert drawn["actions"][0]["title"] == "Go on"


def test_a_list_that_is_too_long_becomes_something_to_type() -> None:
    """Hundreds of choices do not fit a message; typed words are understood as well."""
    choices = tuple(Choice(str(number), f"Somebody with a rather long name, number {number}") for number in range(600))
    card = Card(text="Who?", fields=(Field("who", "Who", "choice", choices, "7"),), buttons=(Button("Next", "go"),))
    drawn = render(card, ANN)
    (element,) = [each for each in drawn["body"] if each["type"].startswith("Input")]
    assert (element["type"], element["value"]) == ("Input.Text", "Somebody with a rather long name, number 7")
    assert list(problems(drawn)) == []


def test_only_the_first_button_and_its_like_take_the_inputs() -> None:
    """Going back needs no answer; an answer that is needed is asked for where it is sent."""
    field = Field("pair", "Pair", "choice", (Choice("1", "Ann and Bob"),))
    buttons = (Button("Keep", "pair_rule", "7:lock"), Button("Free", "pair_rule", "7:free"), Button("Back", "preview"))
    drawn = render(Card(text="Which?", fields=(field,), buttons=buttons), ANN)
    assert [action.get("associatedInputs", "auto") for action in drawn["actions"]] == ["auto", "auto", "none"]
    assert drawn["body"][1]["isRequired"]
    assert not render(Card(text="", fields=(field,)), ANN)["body"][0].get("isRequired")


def test_many_buttons_stand_in_rows_and_long_ones_alone() -> None:
    """Teams draws six side by side, and cuts what is long."""
    buttons = (
        *tuple(Button(f"{number}", "go") for number in range(8)),
        Button("A label that is longer than most are", "go"),
    )
    drawn = render(Card(text="", buttons=buttons), ANN)
    assert "actions" not in drawn
    assert [len(each["actions"]) for each in drawn["body"]] == [6, 2, 1]


def test_a_link_is_a_web_or_mail_address() -> None:
    """Anything else is not drawn at all."""
    drawn = render(
        Card(text="", buttons=(Button("Mail", url="mailto:ann@x.uk"), Button("Web", url="https://x.uk"))), ANN
    )
    assert [action["url"] for action in drawn["actions"]] == ["mailto:ann@x.uk", "https://x.uk"]
    with pytest.raises(ValueError, match="web or mail"):
        render(Card(text="", buttons=(Button("x", url="javascript:alert(1)"),)), ANN)


def test_a_chat_and_a_meeting_are_links_of_teams() -> None:
    """For two people of one tenant, with everything in them encoded."""
    chat = Meet("Chat", "teams", "tenant", "bob", "bob+x&y@example.gov.uk")
    assert meet_url(chat, ANN) == "https://teams.microsoft.com/l/chat/0/0?users=bob%2Bx%26y%40example.gov.uk"
    meeting = Meet("Meet", "teams", "tenant", "bob", "b@x.uk", "Ann & Bob?", "2026-11-04T09:30:00+00:00", 30)
    url = urlsplit(meet_url(meeting, ANN) or "")
    assert (url.netloc, url.path) == ("teams.microsoft.com", "/l/meeting/new")
    assert parse_qs(url.query) == {
        "subject": ["Ann & Bob?"],
        "startTime": ["2026-11-04T09:30:00+00:00"],
        "endTime": ["2026-11-04T10:00:00+00:00"],
        "attendees": ["b@x.uk"],
    }
    for other in (
        Meet("x", "slack", "tenant", "b", "b@x"),
        Meet("x", "teams", "else", "b", "b@x"),
        Meet("x", "teams", "tenant", "b"),
    ):
        assert meet_url(other, ANN) is None


@settings(max_examples=40, deadline=None)
@given(NAME, TEXT, CHOICES, st.data())
def test_what_is_drawn_is_what_comes_back(
    name: str, value: str, choices: tuple[Choice, ...], data: st.DataObject
) -> None:
    """A press of a drawn card is the button's own action and value, and what was filled in, by the field's name."""
    fields = (
        Field(name, "Choose", "choices", choices),
        Field(f"{name}_on", "When", "datetime"),
        Field(f"{name}_n", "N", "number"),
    )
    drawn = render(Card(text="", fields=fields, buttons=(Button("Go", "go", value),)), ANN)
    action = drawn["actions"][0]
    chosen = data.draw(st.lists(st.sampled_from(choices), unique=True)) if choices else []
    filled = {
        f"many:{name}": ",".join(
            choice["value"]
            for choice in drawn["body"][0]["choices"]
            if choice["value"] in {each.code for each in chosen}
        ),
        f"day:{name}_on": "2026-11-04",
        f"time:{name}_on": "09:30",
    }
    sent = {"action": {"type": "Action.Execute", "verb": action["verb"], "data": {**action["data"], **filled}}}
    activity = json.loads(json.dumps({"id": "1", "conversation": {"id": "a"}, "value": sent}))
    back = pressed(activity, ANN)
    assert isinstance(back, Pressed)
    assert (back.action, back.value) == ("go", value.replace("\0", "")[:1000])
    assert set(back.fields[name]) == {choice.code for choice in chosen}
    assert back.fields[f"{name}_on"] == "2026-11-04T09:30"
    assert back.fields[f"{name}_n"] == ""


def test_a_notification_says_what_the_card_is_about() -> None:
    """Its title, or else its first line, on one short line."""
    assert summary(Card(text="a\nb", title="Hello\nthere")) == "Hello there"
    assert summary(Card(text="\n\nfirst\nsecond")) == "first"
    assert summary(Card(text="")) == ""
    assert len(summary(Card(text="x" * 500))) == 120


@pytest.mark.parametrize("name", CARDS)
def test_the_bots_own_cards_look_as_they_did(name: str) -> None:
    """Golden files show in a review what a change does to what people see."""
    card = CARDS[name]
    drawn = render(card, ANN, [f"kept{number}" for number in range(len(card.files))])
    assert list(problems(drawn)) == []
    path = GOLDEN / f"{name}.json"
    text = json.dumps(drawn, indent=2, ensure_ascii=False) + "\n"
    if not path.exists():  # a new card: written once, to be looked at
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        pytest.fail(f"{path.name} was written; please look at it and run again")
    assert text == path.read_text(encoding="utf-8")


def test_files_are_offered_for_saving() -> None:
    """A bot cannot post a file in Teams; the button leads to where it can be saved."""
    card = Card(text="Report", files=(File("pairs.csv", "text/csv", "a"), File("people.csv", "text/csv", "b")))
    drawn = render(card, ANN, ["one", "two"])
    assert [(action["title"], action["data"]) for action in drawn["actions"]] == [
        ("Save pairs.csv", {"file": "one"}),
        ("Save people.csv", {"file": "two"}),
    ]
