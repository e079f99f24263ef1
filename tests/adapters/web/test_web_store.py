"""The page's history keeps what was said: once, in order, and over every restart."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from adapters.web.store import Store
from bot.chat.cards import File
from tests.adapters.web.conftest import BEGINNING

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from adapters.web.store import Store

store = Store(Path(sys.argv[1]), lambda: datetime(2026, 11, 21, tzinfo=UTC))
n = 0
while True:
    n += 1
    store.post("ada", {"text": str(n)}, key=str(n))
    print(n, flush=True)
"""


def bodies(store: Store, person: str, after: int = 0) -> list[object]:
    """Return the texts of somebody's messages."""
    return [message.body["text"] for message in store.messages(person, after)[0]]


def test_a_key_posts_once(store: Store) -> None:
    """A second attempt changes nothing and names the first one's message."""
    first = store.post("ada", {"text": "hello"}, key="a")

    assert first == store.post("ada", {"text": "hello again"}, key="a")
    assert bodies(store, "ada") == ["hello"]


def test_a_redraw_changes_the_message_in_its_place(store: Store) -> None:
    """The message keeps its id and its time, and comes again to whoever asks what is new."""
    first = store.post("ada", {"text": "one"}, key="a")
    store.post("ada", {"text": "two"}, key="b")
    _, version = store.messages("ada")

    assert first == store.post("ada", {"text": "one, redrawn"}, key="c", replaces=str(first))
    assert bodies(store, "ada") == ["one, redrawn", "two"]
    assert bodies(store, "ada", after=version) == ["one, redrawn"]


def test_a_late_second_attempt_does_not_undo_a_newer_redraw(store: Store) -> None:
    """The key of a redraw counts as well."""
    first = store.post("ada", {"text": "one"}, key="a")
    store.post("ada", {"text": "two"}, key="b", replaces=str(first))
    store.post("ada", {"text": "three"}, key="c", replaces=str(first))
    store.post("ada", {"text": "two"}, key="b", replaces=str(first))

    assert bodies(store, "ada") == ["three"]


def test_nobody_elses_message_and_nothing_of_ones_own_is_redrawn(store: Store) -> None:
    """What cannot be redrawn is posted anew, so nothing said is lost."""
    other = store.post("grace", {"text": "for grace"}, key="a")
    own = store.post("ada", {"text": "hello"}, key="b", event="event-1")
    for replaces in (str(other), str(own), "999", "nonsense", "²"):
        store.post("ada", {"text": f"not {replaces}"}, key=replaces, replaces=replaces)

    assert bodies(store, "grace") == ["for grace"]
    assert ["hello", f"not {other}", f"not {own}", "not 999", "not nonsense", "not ²"] == bodies(store, "ada")


def test_versions_grow_over_all_conversations(store: Store) -> None:
    """A tab that asks for what came after the version it was given misses nothing and gets nothing twice."""
    store.post("ada", {"text": "one"}, key="a")
    _, version = store.messages("ada")
    store.post("grace", {"text": "two"}, key="b")
    store.post("ada", {"text": "three"}, key="c")
    news, later = store.messages("ada", version)

    assert [message.body["text"] for message in news] == ["three"]
    assert version < later == store.version()
    assert ([], later) == store.messages("ada", later)


def test_unread_is_what_the_bot_said_since_the_person_last_looked(store: Store) -> None:
    """Own words and redraws are no news, and a mark never goes back."""
    first = store.post("ada", {"text": "one"}, key="a")
    second = store.post("ada", {"text": "two"}, key="b")
    store.post("ada", {"text": "mine"}, key="c", event="event-1")
    store.post("grace", {"text": "one"}, key="d")
    assert store.unread() == {"ada": 2, "grace": 1}

    store.read("ada", second)
    store.read("ada", first)
    assert store.unread() == {"grace": 1}

    store.post("ada", {"text": "one, redrawn"}, key="e", replaces=str(first))
    assert store.unread() == {"grace": 1}


def test_a_file_is_its_readers_only_and_goes_with_a_redraw(store: Store) -> None:
    """A redrawn card has its new files, and no others."""
    file = File("session.ics", "text/calendar", "BEGIN:VCALENDAR\r\n")
    message = store.post("ada", {"text": "one"}, key="a", files=[file])
    assert file == store.file("ada", message, 0)
    assert store.file("grace", message, 0) is None
    assert store.file("ada", message, 1) is None

    store.post("ada", {"text": "two"}, key="b", replaces=str(message))
    assert store.file("ada", message, 0) is None


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    """The file is the memory, and only its owner may read it."""
    path = tmp_path / "chat.db"
    with Store(path, lambda: BEGINNING) as store:
        first = store.post("ada", {"text": "one"}, key="a")
        store.post("ada", {"text": "two"}, key="b")
        store.read("ada", first)
        before = store.messages("ada")
    with Store(path, lambda: BEGINNING) as store:
        assert before == store.messages("ada")
        assert store.unread() == {"ada": 1}
        assert first == store.post("ada", {"text": "one"}, key="a")
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_was_posted_survives_a_kill(tmp_path: Path) -> None:
    """Everything acknowledged before kill -9 is there afterwards, in order, with nothing between."""
    path = tmp_path / "chat.db"
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    acknowledged = [int(process.stdout.readline()) for _ in range(50)]
    os.kill(process.pid, signal.SIGKILL)
    acknowledged += [int(line) for line in process.stdout.read().split()]
    process.stdout.close()
    process.wait()

    with Store(path, lambda: BEGINNING) as store:
        kept = [int(str(text)) for text in bodies(store, "ada")]
    assert list(range(1, len(kept) + 1)) == kept
    assert len(kept) - len(acknowledged) in (0, 1)


def test_many_threads_may_post_at_once(store: Store) -> None:
    """Each message is there once, each with a version of its own."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.post("ada", {"text": str(n)}, key=str(n % 50)), range(200)))
    messages, version = store.messages("ada")

    assert len(messages) == 50
    assert list(range(1, 51)) == sorted(message.version for message in messages)
    assert version == 50
