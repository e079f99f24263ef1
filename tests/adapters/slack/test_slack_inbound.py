"""Slack's payloads become what happened: every kind of input, and whoever should not be listened to."""

from typing import Any

import pytest

from adapters.slack.inbound import to_events, to_fields, to_profile, words
from bot.chat.events import Lost, Met, Pressed, Profile, Said
from tests.adapters.slack.conftest import event, message, press, who


def test_a_direct_message_is_said() -> None:
    """Words in the conversation with the bot are said by their writer, under Slack's own event id."""
    (said,) = to_events(event(message("HEO"), "Ev42"))
    assert said == Said("Ev42", who(), "HEO")
    assert isinstance(said, Said)
    assert said.who.route == "D1"


@pytest.mark.parametrize(
    "ignored",
    [
        {"channel_type": "channel"},
        {"channel_type": "mpim"},
        {"channel_type": None},
        {"bot_id": "BBOT"},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "bot_message"},
        {"subtype": "channel_join"},
        {"hidden": True},
        {"user": None},
        {"text": ""},
        {"text": " \n"},
    ],
    ids=str,
)
def test_what_nobody_said_to_the_bot_is_nothing(ignored: dict[str, Any]) -> None:
    """Edits, notices, other channels, bots and empty messages are no events."""
    assert to_events(event({**message(), **ignored})) == ()


def test_words_beside_a_file_are_said() -> None:
    """A message that carries a file has words too, and they count."""
    (said,) = to_events(event(message("my photo", subtype="file_share")))
    assert isinstance(said, Said)
    assert said.text == "my photo"


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("<mailto:ines@example.gov.uk|ines@example.gov.uk>", "ines@example.gov.uk"),
        ("see <https://gov.uk|gov.uk> now", "see gov.uk now"),
        ("<https://gov.uk/a?b=1&amp;c=2>", "https://gov.uk/a?b=1&c=2"),
        ("<https://gov.uk|our page>", "our page (https://gov.uk)"),
        ("R&amp;D &lt;b&gt; &amp;lt;", "R&D <b> &lt;"),
        ("<@U2>", "@U2"),
        ("<@U2|bob>", "@bob"),
        ("<#C1|general>", "#general"),
        ("<!here>", "@here"),
        ("<!subteam^S1|@group>", "@group"),
        ("<!date^1392734382^{date}|18 Feb>", "18 Feb"),
        ("1 < 2", "1 < 2"),
        ("a\x00b\ud800c", "abc"),
        ("  spaces  ", "spaces"),
    ],
)
def test_words_arrive_as_they_were_seen(typed: str, seen: str) -> None:
    """Slack's markup for links, mentions and special characters is undone."""
    assert words(typed) == seen


def test_a_press_carries_the_card_and_its_inputs() -> None:
    """A button on a message arrives with the action, the value, the message and what was filled in."""
    values = {"a": {"field:until": {"type": "datepicker", "selected_date": "2026-12-01"}}}
    (pressed,) = to_events(press("pause", "7", values=values))
    assert pressed == Pressed(
        "press:T1:U1:1763892000.000200:1763892001.1",
        who(),
        "pause",
        "7",
        {"until": "2026-12-01"},
        "D1:1763892000.000200",
    )


def test_every_kind_of_input_is_read() -> None:
    """Each of Slack's inputs gives text or codes; a day and a time of one field become one moment."""
    option = {"text": {"type": "plain_text", "text": "Policy"}, "value": "policy"}
    states: dict[str, dict[str, Any]] = {
        "field:text": {"type": "plain_text_input", "value": "R&D <b>"},
        "field:none": {"type": "plain_text_input", "value": None},
        "field:email": {"type": "email_text_input", "value": "a@b.org"},
        "field:number": {"type": "number_input", "value": "3"},
        "field:url": {"type": "url_text_input", "value": "https://a.b"},
        "field:one": {"type": "static_select", "selected_option": option},
        "field:no_one": {"type": "static_select", "selected_option": None},
        "field:some": {"type": "multi_static_select", "selected_options": [option, {"value": "x"}]},
        "field:far": {"type": "external_select", "selected_option": option},
        "field:fars": {"type": "multi_external_select", "selected_options": []},
        "field:day": {"type": "datepicker", "selected_date": "2026-11-24"},
        "field:no_day": {"type": "datepicker", "selected_date": None},
        "field:hour": {"type": "timepicker", "selected_time": "15:00"},
        "field:moment": {"type": "datetimepicker", "selected_date_time": 1763892000},
        "field:radio": {"type": "radio_buttons", "selected_option": option},
        "field:boxes": {"type": "checkboxes", "selected_options": [option]},
        "date:when": {"type": "datepicker", "selected_date": "2026-11-24"},
        "time:when": {"type": "timepicker", "selected_time": "15:30"},
        "date:half": {"type": "datepicker", "selected_date": "2026-11-24"},
        "time:half": {"type": "timepicker", "selected_time": None},
        "press:0:x": {"type": "button"},
    }
    assert to_fields({f"b{number}": {name: state} for number, (name, state) in enumerate(states.items())}) == {
        "text": "R&D <b>",
        "none": "",
        "email": "a@b.org",
        "number": "3",
        "url": "https://a.b",
        "one": "policy",
        "no_one": "",
        "some": ("policy", "x"),
        "far": "policy",
        "fars": (),
        "day": "2026-11-24",
        "no_day": "",
        "hour": "15:00",
        "moment": "1763892000",
        "radio": "policy",
        "boxes": ("policy",),
        "when": "2026-11-24T15:30",
        "half": "2026-11-24",
    }


def test_addresses_and_numbers_typed_into_a_line_are_read_as_typed() -> None:
    """A whole payload as Slack sends it: a line's value is text, and is not marked up; an empty line has none."""
    line = {"type": "plain_text_input", "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]}}
    asked = [("0", "email"), ("1", "places"), ("2", "page"), ("3", "note")]
    inputs = [
        {
            "type": "input",
            "block_id": f"8f434346:{number}",
            "label": {"type": "plain_text", "text": name, "emoji": False},
            "optional": False,
            "dispatch_action": False,
            "element": {**line, "action_id": f"field:{name}", "multiline": False},
        }
        for number, name in asked
    ]
    typed: dict[str, str | None] = {
        "email": "Ines+mentoring@example.gov.uk",
        "places": "3",
        "page": "https://example.org/?a=1&b=<2>",
        "note": None,
    }
    values = {
        f"8f434346:{number}": {f"field:{name}": {"type": "plain_text_input", "value": typed[name]}}
        for number, name in asked
    }
    shown = {"type": "message", "ts": "1763892000.000200", "bot_id": "BBOT", "app_id": "A1", "blocks": inputs}
    (pressed,) = to_events(press("answer", "1:contact", values=values, message=shown))
    assert isinstance(pressed, Pressed)
    assert pressed.fields == {**typed, "note": ""}


def _at_home(**more: Any) -> dict[str, Any]:
    view = {"type": "home", "id": "V1", "state": {"values": {"b": {"field:note": {"value": "hi"}}}}}
    shown: dict[str, Any] = {"container": {"type": "view", "view_id": "V1"}, "view": view, "channel": None}
    return {**press("matches"), "message": None, "state": None, **shown, **more}


def test_a_press_on_the_home_tab_is_answered_in_messages_and_noted_there() -> None:
    """There is no message to redraw, so the tab is drawn again with a note that the answer is elsewhere."""
    pressed, redrawn = to_events(_at_home())
    assert pressed == Pressed("press:T1:U1:V1:1763892001.1", who(), "matches", fields={"note": "hi"})
    assert redrawn == Pressed("press:T1:U1:V1:1763892001.1:home", who(), "home_tab", "answered")
    assert isinstance(pressed, Pressed)
    assert pressed.who.route == ""


def test_a_press_from_nowhere_is_from_the_home_tab() -> None:
    """Some programs that play Slack name neither a message nor a view for a press on the Home tab."""
    nowhere = _at_home(view=None, container={"type": "message", "channel_id": ""}, channel={"id": ""})
    first, second = to_events(nowhere)
    assert isinstance(first, Pressed)
    assert isinstance(second, Pressed)
    assert (first.card, second.action) == ("", "home_tab")


@pytest.mark.parametrize("action_id", ["link:0", "field:until", "meet:1", "press:0:", ""])
def test_links_and_changed_inputs_press_nothing(action_id: str) -> None:
    """Slack tells of opened links and picked dates too; only buttons of the bot's own are presses."""
    assert to_events({**press("x"), "actions": [{"action_id": action_id}]}) == ()
    assert to_events({**press("x"), "actions": []}) == ()


@pytest.mark.parametrize(("typed", "said"), [("status", "status"), ("", "help"), (" admin ", "admin")])
def test_a_command_is_said(typed: str, said: str) -> None:
    """What follows /mentoring is what was said; nothing asks for help. The channel is no way to answer."""
    command = {"command": "/mentoring", "text": typed, "user_id": "U1", "team_id": "T1", "trigger_id": "1.2.a"}
    (heard,) = to_events({**command, "channel_id": "C9", "is_enterprise_install": "false"})
    assert heard == Said("command:1.2.a", who(), said)
    assert isinstance(heard, Said)
    assert heard.who.route == ""


def test_opening_the_app_is_meeting_or_looking() -> None:
    """Who opens Messages is met; who opens Home is shown where they stand."""
    opened = {"type": "app_home_opened", "user": "U1", "channel": "D1", "event_ts": "1"}
    assert to_events(event({**opened, "tab": "messages"}, "Ev2")) == (Met("Ev2", who()),)
    assert to_events(event({**opened, "tab": "home"}, "Ev3")) == (Pressed("Ev3", who(), "home_tab"),)


def test_a_removed_app_loses_everybody() -> None:
    """An uninstalled app, or a revoked bot token, loses the whole workspace; a person's own token does not."""
    everybody = who("")
    assert to_events(event({"type": "app_uninstalled"}, "Ev4")) == (Lost("Ev4", everybody),)
    revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["UBOT"]}}
    assert to_events(event(revoked, "Ev5")) == (Lost("Ev5", everybody),)
    assert to_events(event({**revoked, "tokens": {"oauth": ["U1"], "bot": []}})) == ()
    assert to_events(event({"type": "app_uninstalled"}, authorizations=[])) == (Lost("Ev1", everybody),)


def test_an_organisation_is_one_tenant() -> None:
    """Where the app is installed for a whole organisation, its id is the tenant, however the payload says so."""
    whole = {"enterprise_id": "E1", "team_id": "T2", "is_enterprise_install": True}
    (said,) = to_events(event(message(), authorizations=[whole]))
    (pressed,) = to_events({**press("x"), "enterprise": {"id": "E1"}, "is_enterprise_install": True})
    command = {"command": "/mentoring", "text": "", "user_id": "U1", "trigger_id": "1"}
    (asked,) = to_events({**command, **whole, "is_enterprise_install": "true"})
    (alone,) = to_events(event(message(), authorizations=[{**whole, "is_enterprise_install": False}]))
    found = [each.who.tenant for each in (said, pressed, asked, alone) if not isinstance(each, Lost)]  # type: ignore[union-attr]
    assert found == ["E1", "E1", "E1", "T2"]


@pytest.mark.parametrize("body", [{}, {"type": "view_submission"}, event({"type": "reaction_added"}), event({})])
def test_anything_else_is_nothing(body: dict[str, Any]) -> None:
    """What the bot did not ask for does it no harm."""
    assert to_events(body) == ()


def test_a_profile_is_a_suggestion() -> None:
    """Name, e-mail and zone come from Slack's profile where they are there."""
    profile = {"real_name": "Ines Legally", "display_name": "Ines &amp; Co", "email": "i@example.org"}
    confirmed = {"tz": "Europe/Paris", "is_email_confirmed": True, "profile": profile}
    assert to_profile(confirmed) == Profile("Ines & Co", "i@example.org", "Europe/Paris")
    assert to_profile({"profile": {"display_name": "ines"}}) == Profile("ines")
    assert to_profile({}) == Profile()


@pytest.mark.parametrize(
    "user",
    [
        {},
        {"is_email_confirmed": False},
        *(
            {"is_email_confirmed": True, mark: True}
            for mark in ("is_stranger", "is_restricted", "is_ultra_restricted", "is_bot", "deleted")
        ),
    ],
)
def test_an_address_that_slack_does_not_vouch_for_claims_nothing(user: dict[str, Any]) -> None:
    """Unconfirmed, or of a stranger, a guest, a bot or a deleted account: it is no address of theirs."""
    assert to_profile({**user, "profile": {"display_name": "ines", "email": "i@example.org"}}) == Profile("ines")
