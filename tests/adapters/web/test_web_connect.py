"""The page's endpoint: open to the page on this machine, closed to everything else."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from adapters.web.connect import WebMessenger, add_to
from adapters.web.store import Store
from bot.chat.cards import Button, Card, File
from bot.chat.events import Pressed, Said
from bot.chat.ports import Messenger, Outcome
from tests.adapters.web.conftest import BEGINNING, Chat, address

pytestmark = pytest.mark.asyncio(loop_scope="session")

ID = "0b0f1d0e-5a3c-4f6e-9a43-0d8a3f6f2b11"
SAID = {"kind": "said", "id": ID, "person": "ada", "text": "hello"}
PRESSED = {"kind": "pressed", "id": ID, "person": "ada", "action": "book", "label": "Book it", "card": "1"}

Client = TestClient[web.Request, web.Application]


@pytest_asyncio.fixture(loop_scope="session")
async def client(server: TestServer) -> AsyncIterator[Client]:
    """Give what speaks to the served chat as the page does."""
    origin = {"Origin": f"http://127.0.0.1:{server.port}"}
    async with TestClient(server, headers=origin) as client:
        yield client


async def problem(answer: ClientResponse) -> tuple[int, str]:
    """Return an answer's status and its sentence."""
    return answer.status, (await answer.json())["problem"]


async def updates(answer: ClientResponse) -> AsyncIterator[dict[str, Any]]:
    """Read what an event stream says."""
    async for line in answer.content:
        if line.startswith(b"data: "):
            yield json.loads(line[6:])


async def test_the_page_comes_with_a_policy_that_lets_no_foreign_script_in(client: Client) -> None:
    """Page, style and script come from here and only from here."""
    script = "text/javascript"
    for path, mime in (("/", "text/html"), ("/page.css", "text/css"), ("/page.js", script), ("/fields.js", script)):
        answer = await client.get(path)
        assert (200, mime) == (answer.status, answer.content_type)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/page.js", "/api/people", "/api/messages?person=ada", "/api/updates"])
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.:{port}"]
)
async def test_another_host_is_refused(client: Client, path: str, host: str) -> None:
    """A name that somebody points at this machine opens nothing."""
    answer = await client.get(path, headers={"Host": host.format(port=client.port)})

    assert await problem(answer) == (403, "This page is only for the machine that it runs on.")


async def test_localhost_is_this_machine_too(client: Client) -> None:
    """Both names of the loopback address open the page."""
    host = f"localhost:{client.port}"
    assert (await client.get("/", headers={"Host": host})).status == 200
    answer = await client.post("/api/events", json=SAID, headers={"Host": host, "Origin": f"http://{host}"})
    assert answer.status == 200


@pytest.mark.parametrize("path", ["/api/events", "/api/people", "/api/read", "/api/clock"])
@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:{port}", "http://localhost:{port}"],
)
async def test_another_origin_changes_nothing(client: Client, chat: Chat, path: str, origin: str) -> None:
    """What changes something comes from the page itself."""
    answer = await client.post(path, json=SAID, headers={"Origin": origin.format(port=client.port)})

    assert await problem(answer) == (403, "Only the chat page itself may do this.")
    assert chat.events == []
    assert chat.store.messages("ada") == ([], 0)


async def test_without_an_origin_nothing_is_changed(server: TestServer, chat: Chat) -> None:
    """Every browser sends one; who does not is not the page."""
    async with TestClient(server) as client:
        answer = await client.post("/api/events", json=SAID)

        assert await problem(answer) == (403, "Only the chat page itself may do this.")
    assert chat.events == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", (400, "This is not valid JSON.")),
        (b"\xff", (400, "This is not valid JSON.")),
        (b"[" * 60_000, (400, "This is not valid JSON.")),
        (b"[]", (400, "This should be a JSON object.")),
        (b'{"kind": "said"}', (400, "The person should be text.")),
        (b" " * 65_537, (413, "This is too much at once: at most 64 KiB.")),
    ],
)
async def test_wrong_json_is_refused_with_a_sentence(client: Client, body: bytes, expected: tuple[int, str]) -> None:
    """Nothing that is sent makes the server stumble."""
    answer = await client.post("/api/events", data=body, headers={"Content-Type": "application/json"})

    assert expected == await problem(answer)


async def test_what_is_not_sent_as_json_is_refused(client: Client) -> None:
    """A plain form of another site could be sent without asking; JSON could not."""
    answer = await client.post("/api/events", data=json.dumps(SAID).encode(), headers={"Content-Type": "text/plain"})

    assert await problem(answer) == (415, "This should be sent as JSON.")


@pytest.mark.parametrize("query", ["", "?person=", "?person=ada&after=-1", f"?person=ada&after={'9' * 30}"])
async def test_wrong_questions_are_refused(client: Client, query: str) -> None:
    """A number that no row can have is not looked for."""
    assert (await client.get(f"/api/messages{query}")).status == 400


async def test_what_is_said_is_kept_and_reaches_the_bot(client: Client, chat: Chat) -> None:
    """The person's words come first, then the bot's answer, both stamped by the bot's clock."""
    chat.answer = lambda _: Card("Good evening.")
    assert (await client.post("/api/events", json=SAID)).status == 200

    assert [Said(ID, address("ada"), "hello")] == chat.events
    shown = (await (await client.get("/api/messages?person=ada")).json())["messages"]
    assert [(message["body"]["text"], message["mine"], message["event"]) for message in shown] == [
        ("hello", True, ID),
        ("Good evening.", False, ""),
    ]
    assert BEGINNING.isoformat() == shown[0]["at"]


async def test_what_is_sent_twice_happens_once(client: Client, chat: Chat) -> None:
    """The page repeats an event whose answer was lost, under the same id."""
    chat.answer = lambda _: Card("Booked.")
    for _ in range(2):
        assert (await client.post("/api/events", json=PRESSED)).status == 200

    assert [Pressed(ID, address("ada"), "book", card="1")] == chat.events
    assert [message.body if message.mine else message.body["text"] for message in chat.store.messages("ada")[0]] == [
        {"pressed": "Book it"},
        "Booked.",
    ]


async def test_a_failure_is_a_sentence_and_the_log_quotes_nobody(
    client: Client, chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    """The page may send it again; the operator sees which event failed and how, not what was said."""
    chat.problems = 1
    with caplog.at_level(logging.DEBUG):
        answer = await client.post("/api/events", json=SAID)

        assert await problem(answer) == (503, "Something went wrong on the bot's side.")
    assert f"event {ID} failed: RuntimeError" in caplog.text
    assert "hello" not in caplog.text
    assert "made-up" not in caplog.text
    assert (await client.post("/api/events", json=SAID)).status == 200
    assert [Said(ID, address("ada"), "hello")] == chat.events


async def test_updates_arrive_by_themselves(client: Client, chat: Chat) -> None:
    """A tab hears at once where things stand, and again whenever something changed."""
    async with asyncio.timeout(5), client.get("/api/updates") as answer:
        assert answer.content_type == "text/event-stream"
        heard = updates(answer)
        assert {"version": 0, "now": BEGINNING.isoformat(), "zone": "Europe/London"} == await anext(heard)
        await chat.send("ada", Card("News."))
        assert (await anext(heard))["version"] == 1


async def test_open_tabs_do_not_hold_up_a_shutdown(chat: Chat) -> None:
    """Ctrl-C is instant however many tabs are open."""
    server = TestServer(chat.app())
    async with TestClient(server) as client:
        streams = [await client.get("/api/updates") for _ in range(5)]
        for stream in streams:
            await anext(updates(stream))
        begun = time.monotonic()
        await server.close()
        assert time.monotonic() - begun < 2


async def test_unread_marks_are_per_person(client: Client, chat: Chat) -> None:
    """What somebody has seen is their own affair."""
    await chat.send("ada", Card("One."))
    ref = await chat.send("grace", Card("Two."))
    assert (await client.post("/api/read", json={"person": "grace", "upto": int(ref)})).status == 200

    people = (await (await client.get("/api/people")).json())["people"]
    assert {person["id"]: person["unread"] for person in people} == {"morgan": 0, "ada": 1, "grace": 0}


async def test_a_file_comes_with_its_name_and_kind(client: Client, chat: Chat) -> None:
    """It is saved under its own name, whatever that is, and never opened as a page."""
    files = (
        File("session.ics", "text/calendar", "BEGIN:VCALENDAR\r\nSUMMARY:Café\r\n"),
        File('a"\r\nSet-Cookie: b=c; ü.html', "text/html\r\nX-Evil: 1", "<script>alert(1)</script>"),
    )
    ref = await chat.send("ada", Card("Booked.", files=files))
    answer = await client.get(f"/api/file?person=ada&message={ref}&n=0")
    assert files[0].content == (await answer.read()).decode()
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''session.ics"

    answer = await client.get(f"/api/file?person=ada&message={ref}&n=1")
    assert answer.headers["Content-Type"] == "application/octet-stream; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''a%22%0D%0ASet-Cookie")
    assert "Set-Cookie" not in answer.headers

    for query in (f"person=grace&message={ref}&n=0", f"person=ada&message={ref}&n=2"):
        answer = await client.get(f"/api/file?{query}")
        assert await problem(answer) == (404, "This file is no longer part of the conversation.")


async def test_the_clock_is_shown_and_moved(client: Client, chat: Chat) -> None:
    """By a day, a week, or to the next thing due, one move at a time."""
    assert await (await client.get("/api/clock")).json() == {
        "now": "2026-11-21T18:20:00+00:00",
        "zone": "Europe/London",
    }
    moved = await client.post("/api/clock", json={"step": "week"})
    assert (await moved.json())["now"] == "2026-11-28T18:20:00+00:00"

    for step in ("year", None, ["day"]):
        assert (await client.post("/api/clock", json={"step": step})).status == 400
    both = await asyncio.gather(*(client.post("/api/clock", json={"step": "day"}) for _ in range(2)))
    assert sorted(answer.status for answer in both) == [200, 409]
    assert chat.demo.now().isoformat() == "2026-11-29T18:20:00+00:00"


async def test_somebody_new_is_brought_in(client: Client) -> None:
    """Their name is theirs to choose, and a refusal says why."""
    answer = await client.post("/api/people", json={"name": " Alan Turing "})
    assert await answer.json() == {"person": "person-3"}
    people = (await (await client.get("/api/people")).json())["people"]
    assert people[-1] == {"id": "person-3", "name": "Alan Turing", "note": "", "unread": 0}

    answer = await client.post("/api/people", json={"name": " "})
    assert await problem(answer) == (400, "The name is empty.")
    answer = await client.post("/api/people", json={"name": "Nobody"})
    assert await problem(answer) == (400, "Nobody is nobody's name.")


async def test_outside_the_demo_there_is_no_page(store: Store) -> None:
    """Where people are real nobody can be anyone."""

    async def receive(_: Said | Pressed) -> None:
        pytest.fail("nothing should arrive")

    app = web.Application()
    add_to(app, WebMessenger(store), receive, None)
    client: Client = TestClient(TestServer(app))
    async with client:
        answer = await client.get("/")
        assert answer.status == 404
        assert "part of the demo" in await answer.text()
        for path in ("/page.js", "/fields.js", "/api/people", "/api/messages?person=ada", "/api/updates", "/api/clock"):
            assert (await client.get(path)).status == 404
        assert (await client.post("/api/events", json=SAID)).status == 404


async def test_the_messenger_tells_what_became_of_a_card(store: Store, tmp_path: Path) -> None:
    """Sent once under one key, refused if it holds a link that could run a script, retried if the disk is full."""
    messenger: Messenger = WebMessenger(store)
    sent = await messenger.send(address("ada"), Card("Hello."), key="a")
    assert Outcome("sent", ref="1") == sent == await messenger.send(address("ada"), Card("Hello."), key="a")

    unsafe = Card("Look.", buttons=(Button("Here", url="javascript:alert(1)"),))
    assert Outcome("refused", reason="unsafe_link") == await messenger.send(address("ada"), unsafe, key="b")

    with Store(tmp_path / "full.db", lambda: BEGINNING) as full:
        full._db.execute(f"PRAGMA max_page_count = {full._db.execute('PRAGMA page_count').fetchone()[0]}")
        full_disk = WebMessenger(full)
        outcome = await full_disk.send(address("ada"), Card("x" * 100_000), key="c")
        assert Outcome("retry", reason="SQLITE_FULL") == outcome
        assert Outcome("sent", ref="1") == await full_disk.send(address("ada"), Card("x"), key="d")
