"""What every platform's adapter owes to the core: a card arrives whole, and what is pressed comes back as it was sent.

A new platform joins by a `Hand` of its own: how a card is drawn there, what a person reads, and what the platform
sends when somebody fills in the inputs and presses a button.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import adapters.slack.inbound as slack_in
import adapters.slack.render as slack_out
import adapters.teams.inbound as teams_in
import adapters.teams.render as teams_out
import adapters.web.inbound as web_in
import adapters.web.render as web_out
from bot.chat.cards import Button, Card, Choice, Fact, Field, Meet
from bot.chat.events import Address, FieldValue, Pressed
from tests.adapters.slack.surfaces import misplaced

TENANT, USER = "T1", "U1"
Drawn = Any


class Hand(Protocol):
    """A person with one platform's client in their hand."""

    platform: str

    def draw(self, card: Card) -> Drawn:
        """Return what the platform is sent."""
        ...

    def reads(self, drawn: Drawn) -> str:
        """Return every word that a person sees."""
        ...

    def presses(self, drawn: Drawn, label: str, answers: Mapping[str, FieldValue]) -> Pressed:
        """Fill in the inputs, press the button of this label, and return what the core hears."""
        ...


def every(data: Any, key: str) -> Iterator[Any]:
    """Return what stands under `key`, anywhere inside."""
    if isinstance(data, dict):
        for name, value in data.items():
            if name == key:
                yield value
            yield from every(value, key)
    elif isinstance(data, list):
        for value in data:
            yield from every(value, key)


class Web:
    """The chat page."""

    platform = "web"

    def draw(self, card: Card) -> Drawn:
        """Return the page's JSON."""
        return web_out.to_json(card)

    def reads(self, drawn: Drawn) -> str:
        """Return the words; the page sets them as text."""
        return "\n".join(str(text) for key in ("title", "text", "label", "value", "hint") for text in every(drawn, key))

    def presses(self, drawn: Drawn, label: str, answers: Mapping[str, FieldValue]) -> Pressed:
        """Send what the page sends."""
        button = next(each for each in drawn["buttons"] if each["label"] == label)
        fields = {name: list(value) if isinstance(value, tuple) else value for name, value in answers.items()}
        payload = {"id": str(uuid4()), "person": USER, "kind": "pressed", "label": label, "fields": fields, "card": "7"}
        event = web_in.to_event({**payload, "action": button["action"], "value": button["value"]}, TENANT)
        assert isinstance(event, Pressed)
        return event


class Slack:
    """Slack: block_actions with the state of every input."""

    platform = "slack"

    def draw(self, card: Card) -> Drawn:
        """Return the blocks, which may all stand in a message."""
        blocks = slack_out.to_message(card, TENANT, "key").blocks
        assert misplaced(blocks, "message") == []
        return blocks

    def reads(self, drawn: Drawn) -> str:
        """Return the words; only in mrkdwn are there entities."""
        words = []
        for key in ("text", "label", "hint", "fields"):
            for found in every(drawn, key):
                for each in found if isinstance(found, list) else [found]:
                    if isinstance(each, dict) and "text" in each:
                        marked = each["type"] == "mrkdwn"
                        words.append(slack_in.words(each["text"]) if marked else str(each["text"]))
        return "\n".join(words)

    def presses(self, drawn: Drawn, label: str, answers: Mapping[str, FieldValue]) -> Pressed:
        """Send what Slack sends."""
        buttons = [each for block in drawn if block["type"] == "actions" for each in block["elements"]]
        pressed = next(each for each in buttons if each["text"]["text"] == label)
        values: dict[str, Any] = {}
        for block in drawn:
            if block["type"] == "input":
                element = block["element"]
                kind, _, name = element["action_id"].partition(":")
                values[block["block_id"]] = {element["action_id"]: self._state(element, kind, answers.get(name, ""))}
        body = {
            "type": "block_actions",
            "team": {"id": TENANT},
            "user": {"id": USER},
            "channel": {"id": "D1"},
            "message": {"ts": "1.2"},
            "state": {"values": values},
            "actions": [{**pressed, "action_ts": "3.4"}],
        }
        (event,) = slack_in.to_events(body)
        assert isinstance(event, Pressed)
        return event

    def _state(self, element: dict[str, Any], kind: str, answer: FieldValue) -> dict[str, Any]:
        held = element["type"]
        if isinstance(answer, tuple):
            return {"type": held, "selected_options": [{"value": code} for code in answer]}
        day, _, clock = answer.partition("T")
        if held == "datepicker":
            return {"type": held, "selected_date": day or None}
        if held == "timepicker":
            return {"type": held, "selected_time": clock or None}
        if held == "static_select":
            return {"type": held, "selected_option": {"value": answer} if answer else None}
        assert kind == slack_in.FIELD
        return {"type": held, "value": answer or None}


class Teams:
    """Microsoft Teams: the data of an action with the values of the card's inputs."""

    platform = "teams"
    to = Address("teams", TENANT, USER)

    def draw(self, card: Card) -> Drawn:
        """Return the Adaptive Card."""
        return teams_out.render(card, self.to)

    def reads(self, drawn: Drawn) -> str:
        """Return the words, with what Markdown escapes undone."""
        words = [text for key in ("text", "title", "value", "label", "placeholder") for text in every(drawn, key)]
        return "\n".join(self._seen(text) for text in words if isinstance(text, str))

    def _seen(self, text: str) -> str:
        seen, escaped = "", False
        for character in text:
            if character == "\\" and not escaped:
                escaped = True
                continue
            seen, escaped = seen + character, False
        return seen

    def presses(self, drawn: Drawn, label: str, answers: Mapping[str, FieldValue]) -> Pressed:
        """Send what Teams sends."""
        actions = [each for found in every(drawn, "actions") for each in found]
        pressed = next(each for each in actions if each["title"] == label)
        data = dict(pressed["data"])
        if pressed.get("associatedInputs") != "none":
            for each in (found for found in every(drawn, "id") if isinstance(found, str)):
                kind, _, name = each.partition(":")
                answer = answers.get(name, "")
                data[each] = self._value(kind, answer)
        activity = {
            "id": "a1",
            "conversation": {"id": "c1"},
            "replyToId": "m1",
            "value": {"action": {"type": "Action.Execute", "verb": pressed["verb"], "data": data}},
        }
        event = teams_in.pressed(activity, self.to)
        assert event is not None
        return event

    def _value(self, kind: str, answer: FieldValue) -> str:
        if isinstance(answer, tuple):
            return ",".join(answer)
        day, _, clock = answer.partition("T")
        return {"day": day, "time": clock}.get(kind, answer)


HANDS: tuple[Hand, ...] = (Web(), Slack(), Teams())

FORM = Card(
    title="Everything at once",
    text="A first paragraph.\n\nA second one, with\nan empty line before.",
    facts=(Fact("Department", "Home Office"), Fact("When", "Tue 24 Nov, 15:00–15:30")),
    fields=(
        Field("grade", "Grade", "choice", (Choice("heo", "HEO"), Choice("seo", "SEO")), "heo"),
        Field("days", "Days", "choices", tuple(Choice(code, code.title()) for code in ("mon", "tue", "wed"))),
        Field("name", "Name", "text", hint="As your colleagues know you"),
        Field("about", "About you", "long", optional=True),
        Field("contact", "Contact", "email"),
        Field("places", "Places", "number"),
        Field("from", "From", "date"),
        Field("at", "At", "datetime"),
    ),
    buttons=(
        Button("Next", "answer", "12:grade"),
        Button("Back", "back", "12"),
        Button("Read", url="https://a.example"),
    ),
    typed=Button("", "answer", "12:grade"),
)
ANSWERS: dict[str, FieldValue] = {
    "grade": "seo",
    "days": ("mon", "wed"),
    "name": "Ann O'Hara <3",
    "about": "Two\nlines",
    "contact": "ann@example.gov.uk",
    "places": "3",
    "from": "2026-12-01",
    "at": "2026-12-01T15:30",
}
EMPTY: dict[str, FieldValue] = {name: () if isinstance(value, tuple) else "" for name, value in ANSWERS.items()}


@pytest.fixture(params=HANDS, ids=lambda hand: str(hand.platform))
def hand(request: pytest.FixtureRequest) -> Hand:
    """Each platform in turn."""
    found: Hand = request.param
    return found


def test_a_card_is_drawn_whole(hand: Hand) -> None:
    """Title, paragraphs, facts, labels, hints, choices and buttons: a person reads all of it."""
    drawn = hand.draw(FORM)
    read = hand.reads(drawn)
    wanted = [FORM.title, *filter(None, FORM.text.split("\n")), *(field.label for field in FORM.fields)]
    wanted += [text for fact in FORM.facts for text in (fact.label, fact.value)]
    wanted += [choice.label for field in FORM.fields for choice in field.choices]
    wanted += [*(button.label for button in FORM.buttons), "As your colleagues know you"]
    assert [text for text in wanted if text not in read] == []
    assert json.loads(json.dumps(drawn)) == json.loads(json.dumps(hand.draw(FORM)))


def test_what_is_filled_in_comes_back(hand: Hand) -> None:
    """Every kind of input comes back as the core knows it: codes, text, days, moments without a zone."""
    event = hand.presses(hand.draw(FORM), "Next", ANSWERS)
    assert (event.action, event.value, dict(event.fields)) == ("answer", "12:grade", ANSWERS)
    assert (event.who.platform, event.who.tenant, event.who.user) == (hand.platform, TENANT, USER)
    assert event.card


def test_empty_inputs_come_back_empty(hand: Hand) -> None:
    """What nobody filled in is "" or (), and never missing, None or a guess."""
    event = hand.presses(hand.draw(FORM), "Next", EMPTY)
    assert dict(event.fields) == EMPTY


def test_another_button_of_a_form_presses_itself(hand: Hand) -> None:
    """Going back works whatever the inputs hold."""
    event = hand.presses(hand.draw(FORM), "Back", EMPTY)
    assert (event.action, event.value) == ("back", "12")


@pytest.mark.parametrize(
    "text",
    [
        "<!channel> <@U1> <https://evil.example|click>",
        "[click](https://evil.example) **bold** # no",
        "&amp; <b>x</b> \\ `y`",
    ],
)
def test_what_a_person_typed_is_shown_as_they_typed_it(hand: Hand, text: str) -> None:
    """No mention, link or markup gets through, and none of the characters is lost."""
    drawn = hand.draw(Card(text=text, title=text, facts=(Fact("Says", text),)))
    assert hand.reads(drawn).count(text) == 3
    assert not any(url for url in every(drawn, "url"))


def test_a_way_to_somebody_is_drawn_only_where_both_are(hand: Hand) -> None:
    """A chat with a colleague of the same tenant may be a link; one of another place never is."""
    here = Meet("Write to Bo", hand.platform, TENANT, "U2", "bo@example.gov.uk")
    elsewhere = Meet("Write to Bo", hand.platform, "T2", "U2", "bo@example.gov.uk")
    drawn = hand.draw(Card("Hello", meet=(here,)))
    assert ("Write to Bo" in hand.reads(drawn)) == (hand.platform != "web")
    assert "Write to Bo" not in hand.reads(hand.draw(Card("Hello", meet=(elsewhere,))))


def test_an_address_that_is_none_is_refused(hand: Hand) -> None:
    """A button to anything but a web or mail address is never drawn."""
    with pytest.raises(ValueError, match=r"\w"):
        hand.draw(Card("Hello", buttons=(Button("Look", url="javascript:alert(1)"),)))


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=200)
labels = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=30)
names = st.from_regex(r"[a-z][a-z_]{0,20}", fullmatch=True)
buttons = st.lists(st.builds(Button, labels, names, st.from_regex(r"[0-9a-z:-]{0,60}", fullmatch=True)), max_size=12)


@given(
    card=st.builds(
        Card,
        words,
        words,
        st.lists(st.builds(Fact, words, words), max_size=15).map(tuple),
        buttons=buttons.map(lambda listed: tuple({button.label: button for button in listed}.values())),
    )
)
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_button_of_any_card_comes_back(hand: Hand, card: Card) -> None:
    """Whatever a card says, each of its buttons is there and means what it meant."""
    drawn = hand.draw(card)
    for button in card.buttons:
        event = hand.presses(drawn, button.label, {})
        assert (event.action, event.value) == (button.action, button.value)
