"""One server for each SQLite file: a second one is refused, and nothing is left locked when the first is gone."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.keeping.alone import AlreadyRunningError, alone, database_file

HOLD = """
import sys, time
from pathlib import Path
from bot.keeping.alone import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""
ROOT = Path(__file__).parent.parent.parent


def holder(database: Path) -> subprocess.Popen[str]:
    """Start a process that holds the lock, and wait until it does."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(database)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_server_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """Whoever starts a second bot on a file is told which file, and what to do."""
    database = tmp_path / "bot.sqlite"
    with alone(database), pytest.raises(AlreadyRunningError) as refused, alone(database):
        pass
    assert str(refused.value) == (
        f"A bot is running on {database} already. Use that one, or stop it first. Several at a time need PostgreSQL."
    )


def test_the_lock_ends_with_its_block(tmp_path: Path) -> None:
    """After a bot has stopped, or failed, the next one may start."""
    with pytest.raises(LookupError), alone(tmp_path / "bot.sqlite"):
        raise LookupError
    with alone(tmp_path / "bot.sqlite"):
        pass


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_ends_with_its_process(tmp_path: Path, end: signal.Signals) -> None:
    """However a process ends, the operating system lets go of what it held."""
    database = tmp_path / "bot.sqlite"
    with holder(database) as process:
        with pytest.raises(AlreadyRunningError), alone(database):
            pass
        os.kill(process.pid, end)
        process.wait(timeout=10)
    with alone(database):
        pass


def test_another_name_for_the_file_is_the_same_file(tmp_path: Path) -> None:
    """A link to the database does not let a second bot in."""
    database, link = tmp_path / "bot.sqlite", tmp_path / "link.sqlite"
    database.touch()
    link.symlink_to(database)
    with alone(database), pytest.raises(AlreadyRunningError), alone(link):
        pass


def test_two_files_are_two_bots(tmp_path: Path) -> None:
    """Bots on different files do not know of each other."""
    with alone(tmp_path / "one.sqlite"), alone(tmp_path / "two.sqlite"):
        assert sorted(path.name for path in tmp_path.iterdir()) == ["one.sqlite.lock", "two.sqlite.lock"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A folder that is not there, and a name that is taken by something else, are told apart from a running bot."""
    (tmp_path / "taken.lock").mkdir()
    for database in (tmp_path / "nowhere" / "bot.sqlite", tmp_path / "taken"):
        with pytest.raises(ValueError, match="cannot be written"), alone(database):
            pass


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///bot.sqlite", Path("bot.sqlite")),
        ("sqlite:////data/bot.sqlite", Path("/data/bot.sqlite")),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
        ("postgresql://bot:secret@db/bot", None),
    ],
)
def test_which_file_a_database_is(url: str, file: Path | None) -> None:
    """Only a SQLite file can be locked, and copied; PostgreSQL lets many work at once by itself."""
    assert database_file(url) == file
