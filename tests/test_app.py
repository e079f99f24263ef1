"""The command line as somebody meets it: settings that are missing, files that are wrong, results that can be used."""

import csv
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.keeping.seal import new_key

GRADES = ("AO", "EO", "HEO", "SEO", "Grade 7", "Grade 6")
HEADER = "first name,last name,email address,both mentor and mentee,job title,grade,organisation,profession"
MENTORS = f"{HEADER},characteristics,biography"
MENTEES = f"{HEADER},match with similar identity,identity to match,biography"


def run(*arguments: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a folder of its own, with these settings and no others."""
    known = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SPEEDMENTOR_", "SLACK_", "MICROSOFT_"))
    }
    program = str(Path(__file__).parent.parent / "app.py")
    return subprocess.run(
        [sys.executable, program, *arguments],
        cwd=folder,
        env={**known, **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def cohort(folder: Path, people: int = 12) -> tuple[str, str]:
    """Write two files of made-up people; return their names."""
    rows: dict[str, list[str]] = {"mentors": [MENTORS], "mentees": [MENTEES]}
    for number in range(people):
        grade, place = GRADES[number % 6], ("Treasury", "Home Office", "Met Office")[number % 3]
        one = f"Ann,{number},mentor{number}@example.gov.uk,no,Role,{grade},{place},Policy,Gay,Hello"
        rows["mentors"].append(one)
        other = f"Bo,{number},mentee{number}@example.gov.uk,no,Role,{grade},{place},Policy,yes,Gay,Hello"
        rows["mentees"].append(other)
    for name, lines in rows.items():
        (folder / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8-sig")
    return "mentors.csv", "mentees.csv"


@pytest.mark.parametrize("command", ["serve", "coordinator"])
def test_a_missing_setting_stops_the_start_with_its_name(command: str, tmp_path: Path) -> None:
    """Without a key nothing private could be kept, so nothing starts."""
    done = run(command, folder=tmp_path, SPEEDMENTOR_DATABASE="sqlite:///bot.sqlite")
    assert done.returncode == 2
    assert "SPEEDMENTOR_KEYS" in done.stderr
    assert "python app.py new-key" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_none_is_named(tmp_path: Path) -> None:
    """A wrong key is refused by the setting's name, and is not repeated."""
    done = run("coordinator", folder=tmp_path, SPEEDMENTOR_DATABASE="sqlite:///bot.sqlite", SPEEDMENTOR_KEYS="hunter2")
    assert done.returncode == 2
    assert "SPEEDMENTOR_KEYS" in done.stderr
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize("url", ["nonsense", "mysql://somebody:hunter2@example/x", "sqlite:////nowhere/at/all.db"])
def test_a_database_that_is_none_is_named(url: str, tmp_path: Path) -> None:
    """What is no database of ours, or cannot be opened, stops the start without showing the password in it."""
    done = run("serve", folder=tmp_path, SPEEDMENTOR_DATABASE=url, SPEEDMENTOR_KEYS=new_key())
    assert done.returncode == 2
    assert "SPEEDMENTOR_DATABASE" in done.stderr or "/nowhere/at/all.db.lock" in done.stderr
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_code_for_the_first_coordinator_is_printed(tmp_path: Path) -> None:
    """The code works once, and is new each time."""
    settings = {"SPEEDMENTOR_DATABASE": "sqlite:///bot.sqlite", "SPEEDMENTOR_KEYS": new_key()}
    first, second = (run("coordinator", folder=tmp_path, **settings).stdout.split("\n")[0] for _ in range(2))
    assert first.startswith("COORD-")
    assert first != second


def test_two_files_become_matches(tmp_path: Path) -> None:
    """The files that programmes have today go in; a table, the people and a summary come out."""
    mentors, mentees = cohort(tmp_path)
    done = run("match", "--mentors", mentors, "--mentees", mentees, "--out", "result", "--json", folder=tmp_path)
    assert done.stderr == ""
    result = json.loads(done.stdout)
    assert result["certified"] is True
    assert result["levels"] == result["bound"]
    rows = list(csv.DictReader(io.StringIO((tmp_path / "result" / "matches.csv").read_text())))
    assert [[row["mentor email address"], row["mentee email address"]] for row in rows] == result["pairs"]
    assert {path.name for path in (tmp_path / "result").iterdir()} == {"matches.csv", "people.csv", "summary.txt"}
    assert "Gay" not in "".join(path.read_text() for path in (tmp_path / "result").iterdir())


def test_the_same_people_in_another_order_give_the_same_matches(tmp_path: Path) -> None:
    """Rows and columns may stand anyhow."""
    mentors, mentees = cohort(tmp_path)
    first = json.loads(run("match", "--mentors", mentors, "--mentees", mentees, "--json", folder=tmp_path).stdout)
    for name in (mentors, mentees):
        rows = list(csv.reader(io.StringIO((tmp_path / name).read_text(encoding="utf-8-sig"))))
        turned = [list(reversed(row)) for row in [rows[0], *reversed(rows[1:])]]
        with (tmp_path / name).open("w", newline="") as file:
            csv.writer(file, delimiter=";").writerows(turned)
    again = json.loads(run("match", "--mentors", mentors, "--mentees", mentees, "--json", folder=tmp_path).stdout)
    assert again["pairs"] == first["pairs"]


def test_a_wrong_file_is_named_with_row_and_column(tmp_path: Path) -> None:
    """Every cell that cannot be read is listed, and nothing is written."""
    mentors, mentees = cohort(tmp_path, 3)
    path = tmp_path / mentees
    path.write_text(path.read_text(encoding="utf-8-sig").replace(",HEO,", ",Grand Vizier,"))
    done = run("match", "--mentors", mentors, "--mentees", mentees, "--out", "result", folder=tmp_path)
    assert done.returncode == 2
    assert "mentees.csv, row 4, column 'grade'" in done.stderr
    assert not (tmp_path / "result").exists()


def test_a_small_programme_is_simulated_and_written_down(tmp_path: Path) -> None:
    """The result has every figure, and nothing was lost or sent twice."""
    arguments = ("--mentors", "4", "--mentees", "5", "--weeks", "20", "--seed", "3", "--json", "result.json")
    done = run("simulate", *arguments, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "result.json").read_text())
    wanted = "registered mentees_matched mentors_matched pairs sessions_booked sessions_held going_on"
    more = "check_ins_answered messages lost duplicates events seconds"
    assert {*wanted.split(), *more.split()} <= set(result)
    assert (result["lost"], result["duplicates"]) == (0, 0)
    assert result["registered"] > 0
    assert "registered" in done.stdout


def test_a_second_demo_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    """Two programs on one file would be in each other's way; the second says so and leaves."""
    command = [sys.executable, str(Path(__file__).parent.parent / "app.py"), "demo", "--folder", "data", "--port"]
    with subprocess.Popen([*command, "0"], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as first:
        try:
            assert first.stdout is not None
            assert "http://127.0.0.1:" in first.stdout.readline()
            done = run("demo", "--folder", "data", "--port", "0", folder=tmp_path)
            assert done.returncode == 2
            assert "A bot is running on data" in done.stderr
        finally:
            first.terminate()


SERVED = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "not a real one", "SPEEDMENTOR_PORT": "0"}


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the bot for a Slack that nobody calls; lend the process and its address."""
    known = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SPEEDMENTOR_", "SLACK_", "MICROSOFT_"))
    }
    program = [sys.executable, str(Path(__file__).parent.parent / "app.py"), "serve"]
    with subprocess.Popen(
        program,
        cwd=folder,
        env={**known, **SERVED, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            told = process.stdout.readline()
            assert told.startswith("speedmentor serves slack on http://127.0.0.1:"), process.communicate()
            yield process, told.split()[4].rstrip(".")
        finally:
            process.kill()


def asked(address: str, path: str) -> tuple[int, str]:
    """Ask the running bot for a page."""
    with urllib.request.urlopen(f"{address}{path}", timeout=10) as answer:  # noqa: S310 - our own address
        return answer.status, answer.read().decode()


@pytest.fixture
def own(tmp_path: Path) -> dict[str, str]:
    """Settings for a database and a key of one's own."""
    return {"SPEEDMENTOR_DATABASE": f"sqlite:///{tmp_path / 'bot.sqlite'}", "SPEEDMENTOR_KEYS": new_key()}


def test_the_bot_serves_until_it_is_told_to_stop(own: dict[str, str], tmp_path: Path) -> None:
    """It is alive, ready and measured; a second one on the same file is refused; a backup is taken beside it."""
    with served(tmp_path, **own) as (process, address):
        assert asked(address, "/healthz")[0] == 200
        assert asked(address, "/readyz") == (200, '{"ready": true, "parts": {"clock": "ok", "database": "ok"}}')
        assert "speedmentor_" in asked(address, "/metrics")[1]
        second = run("serve", folder=tmp_path, **own, **SERVED)
        assert second.returncode == 2
        assert "A bot is running on" in second.stderr
        done = run("backup", "copy.sqlite", folder=tmp_path, **own)
        assert (done.returncode, done.stderr) == (0, "")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    restored = {**own, "SPEEDMENTOR_DATABASE": f"sqlite:///{tmp_path / 'copy.sqlite'}"}
    looked = run("doctor", folder=tmp_path, **restored)
    assert looked.returncode == 1
    assert "LOOK  coordinators: Nobody coordinates." in looked.stdout
    assert "ok    keys" in looked.stdout


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "No platform is set up."),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_SIGNING_SECRET"),
        ({"MICROSOFT_APP_ID": "1"}, "MICROSOFT_APP_ID should be"),
        ({**SERVED, "SPEEDMENTOR_HOST": "192.0.2.1"}, "SPEEDMENTOR_HOST"),
    ],
)
def test_a_platform_that_is_set_up_by_half_is_named(
    settings: dict[str, str], sentence: str, own: dict[str, str], tmp_path: Path
) -> None:
    """Nothing starts by halves: the sentence names what is missing or wrong."""
    done = run("serve", folder=tmp_path, **own, **settings)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_programme_moves_over_from_its_files(own: dict[str, str], tmp_path: Path) -> None:
    """Today's files become a round; doing it again changes nothing; the codes are for their owner's eyes."""
    mentors, mentees = cohort(tmp_path)
    files = ("--mentors", mentors, "--mentees", mentees, "--consent-given", "--round", "Spring")
    first = run(
        *("import", *files, "--new-round", "--closes", "2099-12-18", "--invitations", "codes.csv"),
        folder=tmp_path,
        **own,
    )
    assert first.stderr == ""
    assert "Spring: 24 added, 0 changed" in first.stdout
    assert (tmp_path / "codes.csv").stat().st_mode & 0o777 == 0o600
    assert len((tmp_path / "codes.csv").read_text().splitlines()) == 25
    again = run("import", *files, folder=tmp_path, **own)
    assert "Spring: 0 added, 0 changed, 24 as they were" in again.stdout
    wrong = run("import", *files[:-1], "Autumn", folder=tmp_path, **own)
    assert wrong.returncode == 2
    assert "1 (Spring)" in wrong.stderr


def kept(path: Path) -> list[str]:
    """Return all that a SQLite database holds."""
    with closing(sqlite3.connect(path)) as db:
        return list(db.iterdump())


def refused(done: subprocess.CompletedProcess[str], *keys: str) -> bool:
    """Tell whether the program left with a sentence on the key that shows no key."""
    assert "Traceback" not in done.stderr
    assert not any(key in done.stdout + done.stderr for key in keys)
    told = "SPEEDMENTOR_KEYS is not the one that this database was sealed with" in done.stderr
    assert done.returncode == (2 if told else 0), done.stderr
    return told and "nothing was changed. Put the earlier key back." in done.stderr


def test_another_key_than_the_databases_is_refused(own: dict[str, str], tmp_path: Path) -> None:
    """Whatever could seal with a stranger's key leaves with a sentence, and every row is as it was."""
    mentors, mentees = cohort(tmp_path, 3)
    files = ("import", "--mentors", mentors, "--mentees", mentees, "--round", "Spring", "--consent-given")
    new = ("--new-round", "--closes", "2099-12-18")
    assert run(*files, *new, folder=tmp_path, **own).returncode == 0
    before = kept(tmp_path / "bot.sqlite")
    strange = {**own, "SPEEDMENTOR_KEYS": new_key()}
    for command in (("serve",), ("coordinator",), ("reseal",), files, (*files, "--dry-run")):
        done = run(*command, folder=tmp_path, **strange, **SERVED)
        assert refused(done, own["SPEEDMENTOR_KEYS"], strange["SPEEDMENTOR_KEYS"]), command
        assert done.stdout == ""
        assert kept(tmp_path / "bot.sqlite") == before
    looked = run("doctor", folder=tmp_path, **strange)
    assert (looked.returncode, looked.stderr) == (1, "")
    assert "LOOK  keys: The key in SPEEDMENTOR_KEYS is not the one that this database was sealed with" in looked.stdout
    simulated = run("simulate", "--database", own["SPEEDMENTOR_DATABASE"], folder=tmp_path)
    assert (simulated.returncode, simulated.stdout) == (2, "")
    assert "A simulation needs an empty one; nothing was changed." in simulated.stderr
    assert kept(tmp_path / "bot.sqlite") == before


def test_a_demo_without_its_key_is_refused(tmp_path: Path) -> None:
    """A demo whose key was lost says where that was, and how to begin afresh."""
    (tmp_path / "data").mkdir()
    settings = {"SPEEDMENTOR_DATABASE": "sqlite:///data/demo.sqlite", "SPEEDMENTOR_KEYS": new_key()}
    assert run("coordinator", folder=tmp_path, **settings).returncode == 0
    done = run("demo", "--folder", "data", "--port", "0", folder=tmp_path)
    assert refused(done)
    assert done.stderr.endswith("The demo's key is in data/demo.key; delete data to begin afresh.\n")


def test_of_two_first_starts_with_different_keys_one_wins(own: dict[str, str], tmp_path: Path) -> None:
    """Two programs that meet in an empty database do not both seal: the second is told that its key is another."""

    def start(key: str) -> bool:
        return refused(run("coordinator", folder=tmp_path, **{**own, "SPEEDMENTOR_KEYS": key}), key)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(start, [new_key(), new_key()])) == [False, True]


def test_keys_are_changed_with_both_at_hand(own: dict[str, str], tmp_path: Path) -> None:
    """The new key in front of the old one seals everything anew; from then on it starts alone, and the old one not."""
    old, new = own["SPEEDMENTOR_KEYS"], new_key()

    def start(*keys: str, command: str = "coordinator") -> bool:
        return not refused(run(command, folder=tmp_path, **{**own, "SPEEDMENTOR_KEYS": ",".join(keys)}), *keys)

    assert start(old)
    assert start(new, old, command="reseal")
    assert start(new)
    assert not start(old)
