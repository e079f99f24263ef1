"""What goes out: every fault of Teams' servers has its honest outcome, and holds up nobody else."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientTimeout
from sqlalchemy import text

from adapters.teams import connector
from adapters.teams.connector import Hosts
from adapters.teams.inbound import Route
from bot.chat.cards import HOME, Button, Card, File
from bot.chat.events import Address
from bot.chat.ports import Outcome
from tests.adapters.teams.conftest import APP, NOW, PERSONAL, NewOffice, Office

HELLO = Card(title="Hello", text="Good news", buttons=(Button("Go on", "next"),))
Send = Callable[..., Coroutine[Any, Any, Outcome]]


@pytest.fixture
def send(office: Office, ann: Address) -> Send:
    """Return how a card is sent to Ann."""

    async def send(card: Card = HELLO, *, to: Address = ann, **how: str) -> Outcome:
        return await office.teams.messenger.send(to, card, key="key", **how)

    return send


async def test_a_card_arrives_and_can_be_redrawn(office: Office, send: Send) -> None:
    """It is posted to the personal chat with a line for the notification; its reference redraws it."""
    sent = await send()
    assert sent == Outcome("sent", ref="1:0")
    method, path, body = office.cloud.calls[0]
    assert (method, path) == ("POST", f"/service/v3/conversations/{PERSONAL}/activities")
    assert (body["type"], body["summary"]) == ("message", "Hello")
    assert body["from"]["id"] == f"28:{APP}"
    assert "replyToId" not in body
    assert await send(Card(text="Done"), replaces=sent.ref) == sent
    assert office.cloud.calls[1][0] == "PUT"
    assert [card["body"][0]["text"] for card in office.cloud.cards()] == ["Hello", "Done"]


async def test_home_is_a_message_like_any_other(office: Office, send: Send) -> None:
    """Teams has no page of one's own with a bot, so the card is posted."""
    assert (await send(replaces=HOME)).state == "sent"
    assert office.cloud.calls[0][0] == "POST"


async def test_what_cannot_be_redrawn_is_posted(office: Office, send: Send) -> None:
    """A message that its reader has deleted comes anew."""
    assert await send(replaces="gone") == Outcome("sent", ref="1:0")
    assert [method for method, _, _ in office.cloud.calls] == ["PUT", "POST"]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (
            "429 TooManyRequests 17",
            Outcome("retry", not_before=NOW + timedelta(seconds=17), lane=True, reason="TooManyRequests"),
        ),
        ("429 TooManyRequests", Outcome("retry", lane=True, reason="TooManyRequests")),
        ("412 PreconditionFailed", Outcome("retry", reason="PreconditionFailed")),
        ("502 BadGateway", Outcome("retry", reason="BadGateway")),
        ("504 GatewayTimeout 3", Outcome("retry", not_before=NOW + timedelta(seconds=3), reason="GatewayTimeout")),
        ("500 ServiceError", Outcome("unknown", reason="ServiceError")),
        ("503 ServiceUnavailable", Outcome("unknown", reason="ServiceUnavailable")),
        ("403 MessageWritesBlocked", Outcome("unreachable", reason="MessageWritesBlocked")),
        ("403 <b>", Outcome("unreachable", reason="status_403")),
        ("404 ConversationNotFound", Outcome("unreachable", reason="ConversationNotFound")),
        ("400 BadSyntax", Outcome("refused", reason="BadSyntax")),
        ("413 MessageSizeTooBig", Outcome("refused", reason="MessageSizeTooBig")),
        ("302 Moved", Outcome("refused", reason="Moved")),
        ("drop before", Outcome("unknown", reason="ServerDisconnectedError")),
        ("html", Outcome("unknown", reason="status_200")),
    ],
)
async def test_each_fault_has_its_outcome(office: Office, send: Send, fault: str, outcome: Outcome) -> None:
    """What was not taken is sent again, what is unclear is called so, and who cannot be reached is named."""
    office.cloud.faults.append(fault)
    assert await send() == outcome
    assert (await send()).state == "sent"


async def test_an_answer_that_is_lost_is_unknown(office: Office, send: Send) -> None:
    """Teams took the message and the connection broke: it may have been shown, and was, once."""
    office.cloud.faults.append("drop after")
    assert (await send()).state == "unknown"
    assert len(office.cloud.cards()) == 1


@pytest.mark.parametrize("fault", ["500 ServiceError", "drop before", "drop after", "html"])
async def test_redrawing_can_always_be_tried_again(office: Office, send: Send, fault: str) -> None:
    """Doing it twice is doing it once, so nothing about it is ever unknown."""
    sent = await send()
    office.cloud.faults.append(fault)
    outcome = await send(Card(text="Done"), replaces=sent.ref)
    assert outcome.state in {"retry", "sent"}


async def test_a_token_that_is_not_accepted_is_renewed_once(office: Office, send: Send) -> None:
    """Then the message waits, as a person has to look at it."""
    office.cloud.faults.append("401 Unauthorized")
    assert (await send()).state == "sent"
    assert office.cloud.authorizations == ["Bearer token-1", "Bearer token-2"]
    office.cloud.faults.extend(["401 Unauthorized", "401 Unauthorized"])
    assert await send() == Outcome("retry", reason="Unauthorized")


async def test_without_a_token_a_message_waits(office: Office, send: Send) -> None:
    """Microsoft's own code says why, nothing is posted, and it is not asked for each message."""
    office.cloud.token_status = 400
    for _ in range(5):
        assert await send() == Outcome("retry", reason="token_AADSTS7000215")
    assert len(office.cloud.token_requests) == 1
    assert office.cloud.calls == []


async def test_a_dead_service_is_tried_again(office: Office, send: Send, ann: Address) -> None:
    """A connection that is refused, or a name that nobody knows, took nothing."""
    dead = replace(ann, route=str(Route("http://127.0.0.1:9/", PERSONAL, "28:bot", "29:ann")))
    for _ in range(3):
        assert await send(to=dead) == Outcome("retry", reason="ClientConnectorError")
    rests = await send(to=dead)
    assert (rests.state, rests.reason) == ("retry", "service_rests")
    assert rests.not_before is not None
    assert rests.not_before > NOW
    assert (await send()).state == "sent"
    del office


async def test_a_silent_service_is_left_alone_and_holds_up_nobody(
    office: Office, send: Send, ann: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those who hang are given up in time; meanwhile others there wait outside, and other services are not touched."""
    monkeypatch.setattr(connector, "PATIENCE", ClientTimeout(total=1.5, connect=1, sock_connect=1))
    monkeypatch.setattr(connector, "SLOW", 0.3)
    office.cloud.faults.extend(["hang"] * 3)
    hanging = [asyncio.create_task(send()) for _ in range(3)]
    await asyncio.sleep(0.6)
    begun = time.perf_counter()
    assert (await send()).reason == "service_rests"
    elsewhere = replace(ann, route=str(Route(office.cloud.service.rstrip("/"), PERSONAL, "28:bot", "29:ann")))
    assert (await send(to=elsewhere)).state == "sent"
    assert time.perf_counter() - begun < 0.8
    assert {(await each).state for each in hanging} == {"unknown"}
    office.cloud.let_go.set()


@pytest.mark.parametrize("route", ["", "text", "{}", "[]", '{"s": "", "c": ""}', '{"s": 7, "c": {}}'])
async def test_without_a_route_nobody_is_reached(send: Send, ann: Address, route: str) -> None:
    """Somebody who has never written on Teams has none."""
    assert await send(to=replace(ann, route=route)) == Outcome("unreachable", reason="no_route")


async def test_a_route_to_elsewhere_is_refused(new_office: NewOffice, ann: Address) -> None:
    """Messages go to Microsoft only, whatever a route says."""
    office = await new_office(allowed_service_hosts="")
    assert await office.teams.messenger.send(ann, HELLO, key="1") == Outcome("refused", reason="host_not_allowed")
    assert office.cloud.calls == []


async def test_what_cannot_be_drawn_is_refused(send: Send) -> None:
    """A link that is no web or mail address, and a card with more buttons than a message can hold."""
    assert await send(Card(text="", buttons=(Button("x", url="javascript:alert(1)"),))) == Outcome(
        "refused", reason="cannot_be_drawn"
    )
    many = tuple(Button(f"Button {number} {'x' * 100}", "go", str(number)) for number in range(100))
    assert (await send(Card(text="", buttons=many))).reason == "cannot_be_drawn"


async def test_a_file_is_offered_and_without_the_database_the_message_waits(office: Office, send: Send) -> None:
    """Its content is kept by us until somebody wants it, so nothing is sent that could not be kept."""
    card = Card(text="Report", files=(File("report.csv", "text/csv", "a,b"),))
    assert (await send(card)).state == "sent"
    (save,) = office.cloud.cards()[0]["actions"]
    assert (save["title"], list(save["data"])) == ("Save report.csv", ["file"])
    with office.engine.begin() as connection:
        connection.execute(text("DROP TABLE secret"))
    assert await send(card) == Outcome("retry", reason="OperationalError")
    assert len(office.cloud.cards()) == 1


async def test_a_trial_sends_without_a_token(new_office: NewOffice, ann: Address) -> None:
    """And to this machine only."""
    office = await new_office(dangerously=True, allowed_service_hosts="")
    assert (await office.teams.messenger.send(ann, HELLO, key="1")).state == "sent"
    assert office.cloud.authorizations == [""]
    assert office.cloud.token_requests == []


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://smba.trafficmanager.net/uk/", True),
        ("https://smba.trafficmanager.net/uk/aaaa-bbbb/", True),
        ("https://smba.trafficmanager.net:443/uk/", True),
        ("https://europe.api.botframework.com", True),
        ("https://smba.infra.gov.teams.microsoft.us/gov", True),
        ("http://smba.trafficmanager.net/uk/", False),
        ("https://smba.trafficmanager.net:8443/uk/", False),
        ("https://smba.trafficmanager.net@evil.example/", False),
        ("https://smba.trafficmanager.net.evil.example/", False),
        ("https://evilbotframework.com/", False),
        ("https://botframework.com.evil.example/", False),
        ("https://smba.trafficmanager.net\\@evil.example/", False),
        ("https://smba.trafficmanager.net/?x=https://evil.example", False),
        ("https://127.0.0.1/", False),
        ("http://localhost/", False),
        ("http://[::1]/", False),
        ("http://169.254.169.254/metadata", False),
        ("https://[", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_messages_go_to_microsoft_only(url: str, allowed: bool) -> None:  # noqa: FBT001
    """By https, to the hosts that Teams uses and those that the operator names."""
    assert Hosts("smba.infra.gov.teams.microsoft.us").allow(url) is allowed


def test_a_route_is_compact_text() -> None:
    """What is kept of a conversation is four words of our own."""
    route = Route("https://smba.trafficmanager.net/uk/", "a:1", "28:x", "29:ann")
    assert json.loads(str(route)) == {"s": route.service, "c": "a:1", "b": "28:x", "u": "29:ann"}
    assert " " not in str(route)
