"""What comes in by POST /api/messages, over HTTP and signed as Teams signs it."""

import asyncio
import io
import json

import pytest

from bot.chat.cards import Button, Card, File
from bot.chat.events import Event, Lost, Met, Pressed, Said
from bot.people.words import GUIDE_TITLE, WELCOME
from bot.programme.house import House
from scheduling.clock import Clock
from scheduling.running import Bot
from tests.adapters.teams.conftest import ANN, APP, NOW, PERSONAL, TENANT, Json, NewOffice, Office


def press(action: str, value: str = "", *fields: str) -> Json:
    """Return what our button sends."""
    return {"press": {"action": action, "value": value, "fields": list(fields)}}


async def test_what_somebody_types_arrives_with_who_and_where(office: Office) -> None:
    """A message in the personal chat is Said, by the person's Entra id, with the route that answers go by."""
    assert (await office.post(office.activity(text="register")))[0] == 200
    (said,) = [event for event in office.core.events if isinstance(event, Said)]
    assert (said.text, said.who.platform, said.who.tenant, said.who.user) == ("register", "teams", TENANT, ANN)
    assert json.loads(said.who.route) == {"s": office.cloud.service, "c": PERSONAL, "b": f"28:{APP}", "u": "29:ann"}


async def test_a_redelivered_message_has_the_same_id(office: Office) -> None:
    """The id is the conversation's and the activity's, so the core handles it once."""
    for _ in range(2):
        assert (await office.post(office.activity(text="register")))[0] == 200
    assert [event.id for event in office.core.events if isinstance(event, Said)] == [f"{PERSONAL}/1700000000001"]


async def test_the_platform_is_asked_once_who_somebody_is(office: Office) -> None:
    """Name, e-mail address and zone are passed on after somebody's first word, and not asked for again."""
    office.cloud.members["29:ann"] = {"id": "29:ann", "name": "Ann Moss", "email": "ann@example.gov.uk"}
    for number in range(3):
        await office.post(office.activity(text="hello", id=str(number)))
        await office.settled()
    (met,) = [event for event in office.core.events if isinstance(event, Met)]
    assert not met.greet
    assert (met.profile.name, met.profile.email, met.profile.zone) == (
        "Ann Moss",
        "ann@example.gov.uk",
        "Europe/London",
    )


async def test_a_profile_that_cannot_be_had_harms_nobody(office: Office) -> None:
    """Without an answer the word arrives all the same, with what the activity itself says."""
    office.cloud.faults.append("500 Oops")
    assert (await office.post(office.activity(text="hello")))[0] == 200
    await office.settled()
    said, met = office.core.events
    assert isinstance(said, Said)
    assert isinstance(met, Met)
    assert (met.profile.name, met.profile.email) == ("Ann Moss", "")


async def test_a_button_is_pressed_and_the_card_answers_in_place(office: Office) -> None:
    """Action.Execute is Pressed with its fields, and what the card turns into is the answer."""
    office.core.answer = lambda _: Card(text="Thank you *Ann*", buttons=(Button("Go on", "next"),))
    data = press("answer", "7:grade", "one:grade", "many:topics", "day:when", "time:when", "one:note")
    data |= {"one:grade": "heo", "many:topics": "a,b%2Cc", "day:when": "2026-11-04", "time:when": "09:30"}
    status, answer = await office.post(office.press(data))
    assert (status, answer["statusCode"], answer["type"]) == (200, 200, "application/vnd.microsoft.card.adaptive")
    assert answer["value"]["body"][0]["text"] == "Thank you \\*Ann\\*"
    pressed = office.core.events[0]
    assert isinstance(pressed, Pressed)
    assert (pressed.action, pressed.value, pressed.card) == ("answer", "7:grade", "1:0")
    assert pressed.fields == {"grade": "heo", "topics": ("a", "b,c"), "when": "2026-11-04T09:30", "note": ""}


async def test_a_press_without_a_new_card_is_answered_with_a_sentence(office: Office) -> None:
    """Also the second delivery of a press, which does nothing."""
    for _ in range(2):
        status, answer = await office.post(office.press(press("home")))
        assert (status, answer["statusCode"], answer["type"]) == (
            200,
            200,
            "application/vnd.microsoft.activity.message",
        )
    assert len([event for event in office.core.events if isinstance(event, Pressed)]) == 1


async def test_a_press_as_a_message_is_a_press(office: Office) -> None:
    """Action.Submit, which older clients fall back to, is the same press."""
    data = press("answer", "7:grade", "one:grade") | {"one:grade": "heo"}
    assert await office.post(office.activity(value=data, replyToId="1:5")) == (200, "")
    pressed = office.core.events[0]
    assert isinstance(pressed, Pressed)
    assert (pressed.action, pressed.value, pressed.fields, pressed.card) == (
        "answer",
        "7:grade",
        {"grade": "heo"},
        "1:5",
    )


async def test_a_press_while_the_database_is_away_asks_to_press_again(office: Office) -> None:
    """The client shows a sentence, and a message is to be delivered again."""
    office.core.problems = 2
    status, answer = await office.post(office.press(press("home")))
    assert (status, answer["statusCode"], answer["value"]["code"]) == (200, 503, "unavailable")
    assert (await office.post(office.activity(text="hello")))[0] == 503
    assert (await office.post(office.activity(text="hello")))[0] == 200


@pytest.mark.parametrize(
    "name",
    ["task/fetch", "task/submit", "composeExtension/query", "signin/verifyState", "signin/tokenExchange", "", None],
)
async def test_an_invoke_we_do_not_know_is_declined(office: Office, name: str | None) -> None:
    """Not implemented is what Teams wants to hear; nothing reaches the bot."""
    status, _ = await office.post(office.activity("invoke", name=name, value={"data": press("home")}))
    assert status == 501
    assert office.core.events == []


@pytest.mark.parametrize("value", [None, "text", 7, [], {}, {"action": None}, {"action": {"data": {"press": "home"}}}])
async def test_a_strange_press_is_answered_and_does_nothing(office: Office, value: object) -> None:
    """A button that is not ours leads to a sentence."""
    status, answer = await office.post(office.press({}, value=value))
    assert (status, answer["statusCode"]) == (200, 200)
    assert office.core.events == []


async def test_whoever_installs_the_app_is_greeted_and_whoever_removes_it_is_lost(office: Office) -> None:
    """Installing and opening the chat are Met; removing is Lost; an upgrade is neither."""
    added = [{"id": f"28:{APP}"}, {"id": "29:ann"}]
    for number, activity in enumerate(
        (
            office.activity("installationUpdate", action="add"),
            office.activity("conversationUpdate", membersAdded=added),
            office.activity("installationUpdate", action="remove-upgrade"),
            office.activity("installationUpdate", action="add-upgrade"),
            office.activity("installationUpdate", action="remove"),
        )
    ):
        assert (await office.post({**activity, "id": str(number)}))[0] == 200
    await office.settled()
    happened = [event for event in office.core.events if not isinstance(event, Met) or event.greet]
    assert [type(event) for event in happened] == [Met, Met, Lost]
    assert {event.who.user for event in happened if isinstance(event, Met | Lost)} == {ANN}


async def test_a_group_is_answered_in_private(office: Office) -> None:
    """Only when called by name; the answer goes to the personal chat, and the group reads only that it does."""
    group = {"id": "19:group@thread.v2", "conversationType": "groupChat", "tenantId": TENANT}
    assert (await office.post(office.activity(text="status", conversation=group)))[0] == 200
    assert office.core.events == []
    call = {"type": "mention", "mentioned": {"id": f"28:{APP}"}, "text": "<at>speedmentor</at>"}
    activity = office.activity(text="<at>speedmentor</at> status&nbsp;", conversation=group, entities=[call])
    for _ in range(2):
        assert (await office.post(activity))[0] == 200
    await office.settled()
    (said,) = office.core.events
    assert isinstance(said, Said)
    assert said.text == "status"
    assert json.loads(said.who.route)["c"] == PERSONAL
    assert len(office.cloud.texts()) == 1
    assert "personal chat" in office.cloud.texts()[0]
    assert [path for _, path, body in office.cloud.calls if body.get("text")] == [
        "/service/v3/conversations/19:group@thread.v2/activities"
    ]


async def test_a_group_where_no_private_chat_can_be_opened_hears_how_to_begin(office: Office) -> None:
    """Nothing is handled, and the sentence says to open the app."""
    office.cloud.can_create = False
    team = {"id": "19:x@thread.tacv2;messageid=1", "conversationType": "channel"}
    call = {"type": "mention", "mentioned": {"id": f"28:{APP}"}, "text": "<at>speedmentor</at>"}
    assert (await office.post(office.activity(text="<at>speedmentor</at>", conversation=team, entities=[call])))[
        0
    ] == 200
    await office.settled()
    assert office.core.events == []
    assert "open my app" in office.cloud.texts()[0]


async def test_a_button_pressed_in_public_is_sent_home(office: Office) -> None:
    """A card that found its way into a group does nothing there."""
    group = {"id": "19:group@thread.v2", "conversationType": "groupChat", "tenantId": TENANT}
    status, answer = await office.post(office.press(press("home"), conversation=group))
    assert (status, office.core.events) == (200, [])
    assert "personal chat" in answer["value"]


async def test_a_picture_is_answered_with_a_sentence(office: Office) -> None:
    """The bot reads words only, and says so."""
    assert (await office.post(office.activity(text="", attachments=[{"contentType": "image/png"}])))[0] == 200
    await office.settled()
    assert office.core.events == []
    assert "I can read words" in office.cloud.texts()[0]


@pytest.mark.parametrize("kind", ["typing", "messageReaction", "messageUpdate", "messageDelete", "event", "trace", "x"])
async def test_other_activities_are_taken_and_do_nothing(office: Office, kind: str) -> None:
    """Teams sends more than the bot has use for."""
    assert (await office.post(office.activity(kind, reactionsAdded=[{"type": "like"}])))[0] == 200
    assert office.core.events == []


KEYS = "from recipient conversation entities membersAdded value id text name action replyToId channelData locale"


@pytest.mark.parametrize("key", KEYS.split())
async def test_a_strange_shape_never_breaks_the_endpoint(office: Office, key: str) -> None:
    """Whatever stands where something else should, there is no error."""
    token = office.token()
    junks: tuple[object, ...] = (
        None,
        7,
        "text",
        [],
        {},
        [7],
        {"id": 7},
        {"id": {"id": "x"}},
        True,
        "\ud800\0",
        1e400,
        {"press": {}},
    )
    for junk in junks:
        for kind in ("message", "invoke", "conversationUpdate", "installationUpdate"):
            given = office.activity(kind, text="hi", name="adaptiveCard/action", action="add")
            assert (await office.post({**given, key: junk}, token))[0] in {200, 403, 501}
    await office.settled()


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"7", "application/json", 400),
        (b"{}", "application/json", 400),
        (b'{"type": 7}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"type": "message"}', None, 400),
        (b'{"type": "message"}', "text/plain", 415),
    ],
)
async def test_what_is_no_activity_is_refused(office: Office, body: bytes, kind: str | None, status: int) -> None:
    """With a good token, a body that is broken, strange or too large is the sender's mistake."""
    headers = {"Authorization": f"Bearer {office.token()}"} | ({"Content-Type": kind} if kind else {})
    skip = () if kind else ("Content-Type",)
    async with office.client.post("/api/messages", data=body, headers=headers, skip_auto_headers=skip) as answer:
        assert answer.status == status
    assert office.core.events == []


async def test_more_than_any_activity_needs_is_refused(office: Office) -> None:
    """At most one mebibyte is read."""
    body = io.BytesIO(b'{"type": "message", "text": "' + b"x" * 1024 * 1024 + b'"}')
    headers = {"Authorization": f"Bearer {office.token()}", "Content-Type": "application/json"}
    async with office.client.post("/api/messages", data=body, headers=headers) as answer:
        assert answer.status == 413
    assert office.core.events == []


async def test_a_file_is_saved_to_its_readers_own_drive(office: Office) -> None:
    """The card offers it, Teams asks, and only its reader can have it."""
    file = File("report.csv", "text/csv", "name,größe\nAnn,1\n")
    office.core.answer = lambda event: Card(text="Here", files=(file,)) if isinstance(event, Pressed) else None
    _, answer = await office.post(office.press(press("report")))
    (save,) = answer["value"]["actions"]
    assert save["title"] == "Save report.csv"

    other = {"id": "29:bob", "aadObjectId": ANN.replace("1", "2")}
    _, told = await office.post(office.press(save["data"], id="f:2", **{"from": other}))
    assert "do not keep" in told["value"]

    _, told = await office.post(office.press(save["data"], id="f:3"))
    assert "OneDrive" in told["value"]
    ref, asked = next(reversed(office.cloud.shown.items()))
    consent = asked["attachments"][0]
    assert (consent["contentType"], consent["name"]) == (
        "application/vnd.microsoft.teams.card.file.consent",
        "report.csv",
    )
    assert consent["content"]["sizeInBytes"] == len(file.content.encode())

    place = {
        "contentUrl": "https://x.sharepoint.com/report.csv",
        "name": "report.csv",
        "uniqueId": "u",
        "fileType": "csv",
    }
    value = {"type": "fileUpload", "action": "accept", "context": consent["content"]["acceptContext"]}
    value["uploadInfo"] = {**place, "uploadUrl": f"{office.cloud.url}/drive/report.csv"}
    accepted = office.activity("invoke", name="fileConsent/invoke", id="f:4", value=value, replyToId=ref)
    assert (await office.post(accepted))[0] == 200
    await office.settled()
    size = len(file.content.encode())
    assert office.cloud.uploads == [(f"bytes 0-{size - 1}/{size}", file.content.encode())]
    saved = office.cloud.shown[ref]["attachments"][0]
    assert saved["contentType"] == "application/vnd.microsoft.teams.card.file.info"
    assert saved["content"] == {"uniqueId": "u", "fileType": "csv"}


async def test_a_file_goes_nowhere_else(office: Office) -> None:
    """An address that is not a drive of Microsoft's is never called, and a no is a no."""
    office.core.answer = lambda event: (
        Card(text="Here", files=(File("a", "b", "c"),)) if isinstance(event, Pressed) else None
    )
    _, answer = await office.post(office.press(press("report")))
    context = answer["value"]["actions"][0]["data"]
    for number, (action, url) in enumerate(
        (("accept", "https://evil.example/x"), ("accept", "http://x.sharepoint.com/"), ("decline", ""))
    ):
        value = {"action": action, "context": context, "uploadInfo": {"uploadUrl": url}}
        activity = office.activity("invoke", name="fileConsent/invoke", id=f"f:{number}", value=value)
        assert (await office.post(activity))[0] == 200
        await office.settled()
    assert office.cloud.uploads == []
    assert ["could not be saved" in text for text in office.cloud.texts()] == [True, True, False]


async def test_an_unauthenticated_trial_is_for_this_machine_only(new_office: NewOffice) -> None:
    """Without an app id and with the flag, a request to a loopback address is taken, and no other."""
    office = await new_office(dangerously=True)
    activity = office.activity(
        text="hello",
        channelData={"tenant": {"id": "any"}},
        conversation={"id": PERSONAL, "conversationType": "personal"},
    )
    assert (await office.post(activity, None))[0] == 200
    for headers in ({"Host": "evil.example"}, {"X-Forwarded-For": "10.0.0.1"}, {"Forwarded": "for=10.0.0.1"}):
        assert (await office.post(activity, None, **headers))[0] == 403
    await office.settled()
    assert office.cloud.authorizations == [""]


async def test_a_slow_core_does_not_hold_up_others(office: Office) -> None:
    """Twenty people at once are answered side by side."""

    async def slow(event: Event) -> None:
        await asyncio.sleep(0.2)
        office.core.events.append(event)

    office.core.receive = slow  # type: ignore[method-assign]
    begun = asyncio.get_running_loop().time()
    many = [office.post(office.activity(text="hi", id=str(number))) for number in range(20)]
    assert {status for status, _ in await asyncio.gather(*many)} == {200}
    assert asyncio.get_running_loop().time() - begun < 3


async def test_whatever_is_delivered_twice_happens_once(office: Office, house: House) -> None:
    """With the real bot behind it: one welcome, one answer to a word, and one answer to a press that is in place."""
    clock = Clock(office.engine, house, {"teams": office.teams.messenger}, lambda: NOW)
    office.core.receive = Bot(office.engine, house, clock).receive  # type: ignore[method-assign]
    added = [{"id": f"28:{APP}"}, {"id": "29:ann"}]
    said = office.activity(text="help", id="3")
    for activity in (
        office.activity("installationUpdate", action="add", id="1"),
        office.activity("conversationUpdate", membersAdded=added, id="2"),
        said,
    ):
        for _ in range(2):
            assert (await office.post(activity))[0] == 200
            await clock.settled()
    assert [card["body"][0]["text"] for card in office.cloud.cards()] == [WELCOME, GUIDE_TITLE]
    data = office.cloud.cards()[1]["actions"][0]["data"]
    for _ in range(2):
        _, answer = await office.post(office.press(data))
        assert answer["statusCode"] == 200
        await clock.settled()
    assert len(office.cloud.cards()) == 3
    await office.settled()
