"""What becomes of a message, said honestly, whatever Slack does: and nobody ever sees one twice."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

import adapters.slack.installations as line
from adapters.slack.connect import Slack, set_up
from bot.chat.cards import HOME, Button, Card, File
from bot.chat.ports import Outcome
from bot.keeping.vault import DatabaseVault
from tests.adapters.slack.conftest import APP_TOKEN, BOT_TOKEN, NOW, SECRET, FakeSlack, Moving, settings, who

CARD = Card(title="Hello", text="A <b>word</b>", buttons=(Button("Go", "go", "1"),))
ICS = File("session.ics", "text/calendar", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")


async def test_a_card_arrives_as_a_direct_message(slack: Slack, fake: FakeSlack) -> None:
    """The first message opens the conversation; nothing in it unfurls or mentions, and it carries its own key."""
    outcome = await slack.messenger.send(who(), CARD, key="k1")
    assert outcome == Outcome("sent", ref=f"D1:{fake.messages[0]['ts']}")
    said = fake.last("chat.postMessage")
    assert said["channel"] == "D1"
    assert said["metadata"] == {"event_type": "speedmentor_message", "event_payload": {"k": "k1"}}
    assert (said["parse"], said["link_names"], said["unfurl_links"], said["unfurl_media"]) == (
        "none",
        False,
        False,
        False,
    )
    assert said["text"].startswith("Hello\nA &lt;b&gt;word")
    assert said["blocks"][0]["type"] == "header"


async def test_a_conversation_is_opened_once(slack: Slack, fake: FakeSlack) -> None:
    """Where somebody wrote is where they are answered; else the conversation is opened, and remembered."""
    for key in ("k1", "k2"):
        await slack.messenger.send(who("U2"), CARD, key=key)
    await slack.messenger.send(who("U3", "D77"), CARD, key="k3")
    assert fake.counted() == {"conversations.open": 1, "chat.postMessage": 3}
    assert [message["channel"] for message in fake.messages] == ["D2", "D2", "D77"]


async def test_two_who_are_introduced_get_a_conversation_of_their_own(slack: Slack, fake: FakeSlack) -> None:
    """An address of two opens one conversation with both, which the bot writes to and does not read."""
    both = who("U2+U3")
    outcome = await slack.messenger.send(both, CARD, key="k1")
    assert outcome.state == "sent"
    assert fake.last("conversations.open")["users"] == "U2,U3"
    assert await slack.messenger.find(both, "k1", NOW) is None
    assert fake.counted()["conversations.history"] == 0


async def test_a_message_is_redrawn_in_place(slack: Slack, fake: FakeSlack) -> None:
    """With a reference, the earlier message changes, and no new one comes."""
    ref = (await slack.messenger.send(who(), CARD, key="k1")).ref
    outcome = await slack.messenger.send(who(), Card("Done"), key="k2", replaces=ref)
    assert outcome == Outcome("sent", ref=ref)
    assert len(fake.messages) == 1
    assert fake.messages[0]["blocks"][0]["text"]["text"] == "Done"
    assert fake.messages[0]["metadata"]["event_payload"] == {"k": "k2"}


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_what_cannot_be_redrawn_is_said_anew(slack: Slack, fake: FakeSlack, code: str) -> None:
    """A message that is gone, or too old to change, is no reason to say nothing."""
    fake.faults["chat.update"] = [code]
    outcome = await slack.messenger.send(who(), CARD, key="k1", replaces="D1:1.2")
    assert outcome.state == "sent"
    assert len(fake.messages) == 1


async def test_a_reference_of_another_kind_is_no_reason_to_say_nothing(slack: Slack, fake: FakeSlack) -> None:
    """A reference that is not of this platform posts a new message."""
    assert (await slack.messenger.send(who(), CARD, key="k1", replaces="17")).state == "sent"
    assert fake.counted()["chat.update"] == 0


async def test_the_home_tab_is_published(slack: Slack, fake: FakeSlack) -> None:
    """A card for the person's own page is published there, and no message is posted."""
    assert await slack.messenger.send(who(), CARD, key="k1", replaces=HOME) == Outcome("sent")
    assert fake.homes["U1"]["type"] == "home"
    assert fake.messages == []


async def test_a_file_comes_below_its_message(slack: Slack, fake: FakeSlack) -> None:
    """The file is uploaded, and shown in the same conversation."""
    outcome = await slack.messenger.send(who(), Card("Booked", files=(ICS,)), key="k1")
    assert outcome.reason == ""
    assert fake.shown == [("D1", "session.ics")]
    assert list(fake.uploads.values()) == [ICS.content.encode()]
    methods = [method for method, _ in fake.calls]
    assert methods.index("chat.postMessage") < methods.index("files.completeUploadExternal")


async def test_no_message_without_its_file(slack: Slack, fake: FakeSlack) -> None:
    """Where the bytes cannot be uploaded, nothing is posted yet; a later attempt shows both once."""
    fake.faults["files.getUploadURLExternal"] = ["500"]
    first = await slack.messenger.send(who(), Card("Booked", files=(ICS,)), key="k1")
    assert (first.state, first.reason, fake.messages) == ("retry", "http_500", [])
    assert (await slack.messenger.send(who(), Card("Booked", files=(ICS,)), key="k1")).state == "sent"
    assert (len(fake.messages), len(fake.shown)) == (1, 1)


@pytest.mark.parametrize(
    ("faults", "shown", "reason"),
    [
        (["429:1"], 1, ""),
        (["429:60"], 0, "files:ratelimited"),
        (["500"], 0, "files:http_500"),
        (["take"], 1, "files:ServerDisconnectedError"),
        (["429:1", "429:1"], 0, "files:ratelimited"),
    ],
)
async def test_a_file_is_never_shown_twice(
    slack: Slack, fake: FakeSlack, faults: list[str], shown: int, reason: str
) -> None:
    """The message counts as sent; its file is tried again only where Slack clearly did not show it."""
    fake.faults["files.completeUploadExternal"] = faults
    outcome = await slack.messenger.send(who(), Card("Booked", files=(ICS,)), key="k1")
    assert (outcome.state, len(fake.shown), outcome.reason) == ("sent", shown, reason)
    assert len(fake.messages) == 1


@pytest.mark.parametrize(
    ("fault", "outcome", "visible"),
    [
        ("429:7", Outcome("retry", not_before=NOW + timedelta(seconds=7), lane=True, reason="ratelimited"), 0),
        ("429:soon", Outcome("retry", not_before=NOW + timedelta(seconds=30), lane=True, reason="ratelimited"), 0),
        ("ratelimited", Outcome("retry", not_before=NOW + timedelta(seconds=30), lane=True, reason="ratelimited"), 0),
        ("500", Outcome("unknown", reason="http_500"), 0),
        ("html", Outcome("unknown", reason="http_200"), 0),
        ("text", Outcome("unknown", reason="AttributeError"), 0),
        ("hang", Outcome("unknown", reason="TimeoutError"), 0),
        ("drop", Outcome("unknown", reason="ServerDisconnectedError"), 0),
        ("take", Outcome("unknown", reason="ServerDisconnectedError"), 1),
        ("fatal_error", Outcome("unknown", reason="fatal_error"), 0),
        ("internal_error", Outcome("unknown", reason="internal_error"), 0),
        ("service_unavailable", Outcome("retry", reason="service_unavailable"), 0),
        ("invalid_blocks", Outcome("refused", reason="invalid_blocks"), 0),
        ("msg_too_long", Outcome("refused", reason="msg_too_long"), 0),
        ("channel_not_found", Outcome("unreachable", reason="channel_not_found"), 0),
        ("is_archived", Outcome("unreachable", reason="is_archived"), 0),
        ("cannot_dm_bot", Outcome("unreachable", reason="cannot_dm_bot"), 0),
        ("messages_tab_disabled", Outcome("unreachable", reason="messages_tab_disabled"), 0),
        *(
            (code, Outcome("retry", not_before=NOW + timedelta(minutes=10), lane=True, reason=code), 0)
            for code in ("token_revoked", "invalid_auth", "account_inactive", "not_authed", "token_expired")
        ),
        (
            "missing_scope",
            Outcome("retry", not_before=NOW + timedelta(minutes=10), lane=True, reason="missing_scope"),
            0,
        ),
    ],
)
async def test_every_answer_of_slack_has_its_meaning(
    slack: Slack, fake: FakeSlack, monkeypatch: pytest.MonkeyPatch, fault: str, outcome: Outcome, visible: int
) -> None:
    """One attempt is one call, and what is said of it is what is known: no more, no less."""
    monkeypatch.setattr(line, "CALL_SECONDS", 1.0 if fault == "hang" else 8.0)
    fake.faults["chat.postMessage"] = [fault]
    assert await slack.messenger.send(who(route="D1"), CARD, key="k1") == outcome
    assert fake.counted() == {"chat.postMessage": 1}
    assert len(fake.messages) == visible


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("500", "retry"),
        ("drop", "retry"),
        ("user_not_found", "unreachable"),
        ("user_disabled", "unreachable"),
        ("429:3", "retry"),
        ("missing_scope", "retry"),
    ],
)
async def test_before_the_message_nothing_is_in_doubt(slack: Slack, fake: FakeSlack, fault: str, state: str) -> None:
    """If the conversation cannot be opened, nobody has seen anything, whatever the reason."""
    fake.faults["conversations.open"] = [fault]
    assert (await slack.messenger.send(who(), CARD, key="k1")).state == state
    assert fake.messages == []


async def test_a_card_that_cannot_be_drawn_is_refused(slack: Slack, fake: FakeSlack) -> None:
    """What Slack would never take is not even tried."""
    bad = Card("", buttons=(Button("x", url="javascript:x"),))
    assert await slack.messenger.send(who(), bad, key="k1") == Outcome("refused", reason="unsafe_link")
    assert fake.calls == []


async def test_nobody_at_home_is_tried_again(vault: DatabaseVault, clock: Moving) -> None:
    """Where nothing listens, or the name is unknown, the message surely was not taken."""
    for url in ("http://127.0.0.1:9/api/", "https://nowhere.invalid/api"):
        told = {"bot_token": BOT_TOKEN, "signing_secret": SECRET}
        slack = set_up(settings(FakeSlack(), **told).model_copy(update={"api_url": url}), vault, clock)
        assert slack is not None
        outcome = await slack.messenger.send(who(route="D1"), CARD, key="k1")
        await slack.stop()
        assert outcome == Outcome("retry", reason="not_connected")


async def test_a_message_of_unknown_outcome_is_found(slack: Slack, fake: FakeSlack) -> None:
    """Where the answer was lost, the conversation itself says whether the message is there, however much came since."""
    fake.faults["chat.postMessage"] = ["take", "drop"]
    assert (await slack.messenger.send(who(), CARD, key="lost")).state == "unknown"
    ref = f"D1:{fake.messages[0]['ts']}"
    assert (await slack.messenger.send(who(), CARD, key="dropped")).state == "unknown"
    for number in range(5):
        await slack.messenger.send(who(), CARD, key=f"later {number}")
    assert await slack.messenger.find(who(), "lost", NOW) == ref
    assert await slack.messenger.find(who(), "dropped", NOW) is None
    assert await slack.messenger.find(who(), "lost", NOW + timedelta(hours=1)) is None


async def test_a_file_follows_the_message_that_was_found(slack: Slack, fake: FakeSlack) -> None:
    """If the answer to the message was lost, its file waits until it is found, and is shown once."""
    fake.faults["chat.postMessage"] = ["take"]
    assert (await slack.messenger.send(who(), Card("Booked", files=(ICS,)), key="k1")).state == "unknown"
    assert fake.shown == []
    for _ in range(2):
        assert await slack.messenger.find(who(), "k1", NOW) is not None
    assert fake.shown == [("D1", "session.ics")]


async def test_a_search_that_fails_settles_nothing(slack: Slack, fake: FakeSlack) -> None:
    """If Slack cannot say whether the message is there, that is not the same as its not being there."""
    fake.faults["conversations.history"] = ["429:5"]
    with pytest.raises(Exception, match="ratelimited"):
        await slack.messenger.find(who(), "k1", NOW)


async def test_many_messages_at_once_share_the_line(slack: Slack, fake: FakeSlack) -> None:
    """Fifty people can be written to at the same time."""
    sends = (slack.messenger.send(who(f"U{n}"), CARD, key=f"k{n}") for n in range(50))
    assert {outcome.state for outcome in await asyncio.gather(*sends)} == {"sent"}
    assert len(fake.messages) == 50


async def test_nothing_said_is_logged(slack: Slack, fake: FakeSlack, logged: Callable[[], str]) -> None:
    """Whatever goes wrong, no words, names or tokens reach a log at any level."""
    fake.faults["chat.postMessage"] = ["500", "html", "invalid_blocks", "429:1"]
    for number in range(5):
        await slack.messenger.send(who(), Card("a secret word", files=(ICS,)), key=f"k{number}")
    text = logged()
    assert "secret word" not in text
    assert BOT_TOKEN not in text


# What the doctor says


async def test_the_doctor_is_content(slack: Slack, fake: FakeSlack) -> None:
    """With a good token and exactly the scopes that are needed there is nothing to do."""
    (finding,) = await slack.check()
    assert finding.good
    assert finding.what == "Slack workspace T1"
    fake.scopes += ",channels:read"
    (finding,) = await slack.check()
    assert finding.good
    assert "channels:read" in finding.say


async def test_the_doctor_names_what_is_missing(slack: Slack, fake: FakeSlack) -> None:
    """A scope that is missing, and a token that is not taken, are told with what to do."""
    fake.scopes = "chat:write,commands"
    (finding,) = await slack.check()
    assert not finding.good
    assert "files:write, im:history" in finding.say
    fake.tokens.clear()
    (finding,) = await slack.check()
    assert not finding.good
    assert "invalid_auth" in finding.say
    assert "SLACK_BOT_TOKEN" in finding.say


async def test_the_doctor_looks_at_the_socket_too(fake: FakeSlack, vault: DatabaseVault, clock: Moving) -> None:
    """In Socket Mode the app-level token is tried; where Slack is away, that is said."""
    slack = set_up(settings(fake, bot_token=BOT_TOKEN, app_token=APP_TOKEN), vault, clock)
    assert slack is not None
    assert [finding.good for finding in await slack.check()] == [True, True]
    fake.tokens.discard(APP_TOKEN)
    assert [finding.good for finding in await slack.check()] == [True, False]
    fake.faults["auth.test"] = ["drop"]
    assert "cannot be reached" in (await slack.check())[0].say
