"""A backup is whole, sound and private, and can be taken while a bot is writing."""

import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import func, select

from bot.keeping import backup as module
from bot.keeping.backup import backup
from bot.keeping.store import connect, migrate, transaction
from bot.keeping.tables import Handled
from bot.people.tables import Network, Workspace
from bot.programme.house import House

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROOT = Path(__file__).parent.parent.parent
WRITE = """
import sys
from datetime import UTC, datetime
from itertools import count
from bot.programme.house import House
from bot.keeping.tables import Handled
from bot.keeping.seal import Seal, new_key
from bot.keeping.store import connect, run
engine, house = connect(sys.argv[1]), House(programmes={}, seal=Seal([new_key()]))
for number in count():
    run(engine, house, lambda db: [db.add(Handled(digest=f"{number}:{n}", at=datetime.now(UTC))) for n in range(3)])
    print(number, flush=True)
"""


@pytest.fixture
def url(sqlite_databases: Callable[[], str]) -> str:
    """Return a fresh, migrated SQLite database."""
    return sqlite_databases()


@contextmanager
def writer(url: str) -> Iterator[Callable[[], int]]:
    """Let another process write as fast as it can; lend how to ask which number it has committed so far."""
    with subprocess.Popen([sys.executable, "-c", WRITE, url], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = process.stdout
        try:
            yield lambda: int(lines.readline())
        finally:
            process.kill()


def file_of(url: str) -> Path:
    """Return the file of a SQLite database."""
    return Path(url.removeprefix("sqlite:///"))


def test_a_backup_is_taken_while_the_bot_writes(url: str, house: House, tmp_path: Path) -> None:
    """What was committed before is in it, nothing is in it by half, and the writer is not disturbed."""
    with writer(url) as written:
        for number in range(3):
            before = max(written() for _ in range(20))
            backup(url, tmp_path / f"{number}.sqlite")
            assert written() > 0
            restored = connect(f"sqlite:///{tmp_path / f'{number}.sqlite'}")
            migrate(restored)
            with transaction(restored, house) as db:
                digests = set(db.exec(select(Handled.digest)))
                assert db.connection().exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
                assert db.connection().exec_driver_sql("PRAGMA foreign_key_check").all() == []
                db.add(Network(id=1, name="goes on", created_at=NOON))
            restored.dispose()
            last = len(digests) // 3 - 1
            assert last >= before
            assert digests == {f"{each}:{n}" for each in range(last + 1) for n in range(3)}


def test_a_backup_is_one_private_file(url: str, tmp_path: Path) -> None:
    """It can be read by its owner only, and nothing lies beside it."""
    folder = tmp_path / "backups"
    folder.mkdir()
    backup(url, folder / "bot.backup")
    assert [path.name for path in folder.iterdir()] == ["bot.backup"]
    assert stat.S_IMODE((folder / "bot.backup").stat().st_mode) == 0o600


def test_what_is_in_the_log_beside_the_file_is_copied_too(url: str, house: House, tmp_path: Path) -> None:
    """A database in WAL mode is backed up with what is not in its main file yet, into a single file."""
    raw = sqlite3.connect(file_of(url), isolation_level=None)
    with closing(raw):
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("INSERT INTO network (id, name, created_at) VALUES (1, 'in the log', '2026-11-23 12:00:00')")
        assert file_of(url).with_name(f"{file_of(url).name}-wal").stat().st_size > 0
        backup(url, tmp_path / "copy.sqlite")
    restored = connect(f"sqlite:///{tmp_path / 'copy.sqlite'}")
    with transaction(restored, house, read_only=True) as db:
        assert db.exec(select(Network.name)).one() == "in the log"
    restored.dispose()


def test_what_a_killed_process_left_half_done_is_not_copied(url: str, house: House, tmp_path: Path) -> None:
    """A journal that is left over is rolled back, so that the copy holds commits and nothing else."""
    half = (
        "import sqlite3, os, sys\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "db.execute('PRAGMA cache_size=1'); db.execute('PRAGMA cache_spill=1'); db.execute('BEGIN IMMEDIATE')\n"
        "for n in range(5000):\n"
        "    db.execute(\"INSERT INTO handled (digest, at) VALUES (?, '2026-11-23 12:00:00')\", (str(n),))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", half, str(file_of(url))], check=False, timeout=60)
    assert file_of(url).with_name(f"{file_of(url).name}-journal").stat().st_size > 0
    backup(url, tmp_path / "copy.sqlite")
    restored = connect(f"sqlite:///{tmp_path / 'copy.sqlite'}")
    with transaction(restored, house, read_only=True) as db:
        assert db.exec(select(func.count()).select_from(Handled)).one() == 0
    restored.dispose()


def test_a_backup_replaces_nothing(url: str, tmp_path: Path) -> None:
    """A file that is there already, the database itself above all, is left as it is."""
    there = tmp_path / "there"
    there.write_text("yesterday's")
    for taken in (there, file_of(url)):
        before = taken.read_bytes()
        with pytest.raises(ValueError, match="is there already, and a backup never replaces another"):
            backup(url, taken)
        assert taken.read_bytes() == before


def test_what_is_not_there_is_said(url: str, tmp_path: Path) -> None:
    """A missing database is not made, and a missing folder is named."""
    with pytest.raises(ValueError, match=r"gone\.sqlite is not there, so there is nothing to copy"):
        backup(f"sqlite:///{tmp_path / 'gone.sqlite'}", tmp_path / "copy")
    with pytest.raises(ValueError, match=r"The folder .*nowhere is not there"):
        backup(url, tmp_path / "nowhere" / "copy")
    with pytest.raises(ValueError, match="in memory cannot be backed up"):
        backup("sqlite://", tmp_path / "copy")
    assert not (tmp_path / "gone.sqlite").exists()


def test_for_postgresql_its_own_tool_is_named(tmp_path: Path) -> None:
    """Nobody believes that they have a backup when they have none, and no password is printed."""
    with pytest.raises(ValueError, match="pg_dump --format=custom") as refused:
        backup("postgresql://bot:secret@db/bot", tmp_path / "copy")
    assert "secret" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_database_makes_no_backup(url: str, house: House, tmp_path: Path) -> None:
    """A copy that is not sound is thrown away, and the sentence says that the original seems to be damaged."""
    engine = connect(url)
    with transaction(engine, house) as db:
        db.add(Network(id=1, name="ours", created_at=NOON))
        db.flush()
        for number in range(500):
            db.add(Workspace(network_id=1, platform="web", tenant=f"tenant number {number}"))
    engine.dispose()
    path = file_of(url)
    content = bytearray(path.read_bytes())
    middle = content.index(b"tenant number 250")
    content[middle // 4096 * 4096 : middle // 4096 * 4096 + 100] = b"\xff" * 100
    path.write_bytes(content)
    folder = tmp_path / "backups"
    folder.mkdir()
    with pytest.raises(ValueError, match=r"seems to be damaged|cannot be copied"):
        backup(url, folder / "copy")
    assert list(folder.iterdir()) == []


def test_a_database_that_stays_locked_is_given_up(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that holds the file for ever does not hold up the backup for ever."""
    monkeypatch.setattr(module, "PATIENCE", 0.3)
    monkeypatch.setattr(module, "BUSY_TIMEOUT", 0.1)
    begun = time.monotonic()
    with closing(sqlite3.connect(file_of(url), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ValueError, match="locked by something else"):
            backup(url, tmp_path / "copy")
    assert time.monotonic() - begun < 10
    assert not (tmp_path / "copy").exists()


def test_a_full_disk_leaves_nothing_half(url: str, tmp_path: Path) -> None:
    """A copy that cannot be finished is removed, and the sentence says so."""
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from bot.keeping.backup import backup\n"
        "import signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "try:\n"
        "    backup(sys.argv[1], Path(sys.argv[2]))\n"
        "except ValueError as error:\n"
        "    print(error)\n"
    )
    folder = tmp_path / "backups"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", script, url, str(folder / "copy")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "cannot be copied (SQLITE_" in done.stdout
    assert list(folder.iterdir()) == []
