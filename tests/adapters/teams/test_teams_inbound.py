"""From an activity to what happened, without any network."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.teams import inbound
from bot.chat.events import Address

BOT = {"id": "28:bot", "name": "speedmentor"}
CALL = {"type": "mention", "mentioned": {"id": "28:bot"}, "text": "<at>speedmentor</at>"}
OTHER = {"type": "mention", "mentioned": {"id": "29:bob"}, "text": "<at>Bob Lee</at>"}
WHO = Address("teams", "t", "u")

JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["from", "recipient", "conversation", "channelData", "entities", "text", "textFormat", "value", "replyToId", "id"]
)


@pytest.mark.parametrize(
    ("activity", "words"),
    [
        ({"text": " register "}, "register"),
        ({"text": "<at>speedmentor</at> status", "entities": [CALL]}, "status"),
        ({"text": "<at>speedmentor</at>&nbsp;lock Ann with Bob\xa0", "entities": [CALL]}, "lock Ann with Bob"),
        ({"text": "lock Ann with <at>Bob Lee</at>", "entities": [OTHER]}, "lock Ann with Bob Lee"),
        ({"text": "R&amp;D &lt;3", "textFormat": "plain"}, "R&D <3"),
        ({"text": "a < b and b > c", "textFormat": "plain"}, "a < b and b > c"),
        ({"text": "<p>one<br>two</p><p>three &amp; four</p>", "textFormat": "xml"}, "one\ntwo\nthree & four"),
        ({"text": "one\r\n\r\ntwo"}, "one\n\ntwo"),
        ({"text": 7}, "7"),
        ({"text": None}, ""),
        ({}, ""),
        ({"text": "a\0b\ud800"}, "ab"),
        ({"text": "x" * 5000}, "x" * 4000),
    ],
)
def test_words_are_what_somebody_typed(activity: dict[str, Any], words: str) -> None:
    """Without the bot's name and without markup; what only looks like markup in plain text stays."""
    assert inbound.words({"recipient": BOT, **activity}) == words


def test_a_person_is_their_object_id_whatever_its_letters() -> None:
    """Capitals make no second person, and without one the id with this bot serves."""
    activity = {"from": {"id": "29:X", "aadObjectId": "ABC"}, "channelData": {"tenant": {"id": "T"}}}
    found = inbound.sender(activity)
    assert found is not None
    assert (found.user, found.tenant) == ("abc", "t")
    bare = inbound.sender({"from": {"id": "29:X"}})
    assert bare is not None
    assert bare.user == "29:X"
    assert inbound.sender({"from": {}}) is None


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({"one:a": " x "}, {"a": "x"}),
        ({"one:n": 5}, {"n": "5"}),
        ({"one:n": 5.0}, {"n": "5"}),
        ({"one:n": 2.5}, {"n": "2.5"}),
        ({"many:c": "a,b%2Cc,d"}, {"c": ("a", "b,c", "d")}),
        ({"many:c": ""}, {"c": ()}),
        ({"day:w": "2026-11-04", "time:w": "09:30"}, {"w": "2026-11-04T09:30"}),
        ({"time:w": "09:30", "day:w": "2026-11-04"}, {"w": "2026-11-04T09:30"}),
        ({"day:w": "2026-11-04", "time:w": ""}, {"w": "2026-11-04"}),
        ({"one:a": {"x": 1}}, {"a": ""}),
        ({"a": "not ours"}, {}),
        ({}, {}),
    ],
)
def test_inputs_come_back_by_the_name_of_their_field(data: dict[str, Any], fields: dict[str, Any]) -> None:
    """The id of an input says how it is read."""
    press = inbound.pressed({"value": {"press": {"action": "go"}, **data}}, WHO)
    assert press is not None
    assert press.fields == fields


@given(st.dictionaries(KEYS, JSON, max_size=8))
def test_no_activity_is_too_strange(activity: dict[str, Any]) -> None:
    """Whatever comes is read, or counts as absent; what is kept can be stored anywhere."""
    who = inbound.sender(activity) or WHO
    assert isinstance(inbound.words(activity), str)
    press = inbound.pressed(activity, who)
    told = [inbound.event_id(activity), who.user, who.tenant, inbound.words(activity), inbound.zone(activity)]
    told += [press.action, press.value, press.card] if press else []
    assert not any("\0" in text or text != text.encode("utf-8", "ignore").decode() for text in told)
    inbound.consent(activity)
    inbound.newcomers(activity)
    inbound.met(activity, who, greet=True, member=activity)
    assert inbound.read_route(str(inbound.route(activity))) is None or inbound.route(activity).conversation


@pytest.mark.parametrize(
    ("member", "address"),
    [
        ({"email": "ann@here.example"}, "ann@here.example"),
        ({"email": "ann@here.example", "userRole": "user", "tenantId": "T"}, "ann@here.example"),
        ({"userPrincipalName": "ann@here.example"}, "ann@here.example"),
        ({"email": "ann@here.example", "userRole": "guest"}, ""),
        ({"email": "ann@here.example", "userRole": "Anonymous"}, ""),
        ({"email": "ann@there.example", "tenantId": "another"}, ""),
        ({"email": "ann@there.example", "userPrincipalName": "ann_there.example#EXT#@here.example"}, ""),
        (None, ""),
    ],
)
def test_the_address_of_somebody_from_outside_claims_nothing(member: dict[str, Any] | None, address: str) -> None:
    """Teams names guests and people of other organisations too; only a member's address is one that they have here."""
    assert inbound.met({"id": "1"}, WHO, greet=False, member=member).profile.email == address
