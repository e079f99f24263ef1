"""The command line as somebody meets it: settings that are missing, files that are wrong, results that can be used."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.seal import new_key

GRADES = ("AO", "EO", "HEO", "SEO", "Grade 7", "Grade 6")
HEADER = "first name,last name,email address,both mentor and mentee,job title,grade,organisation,profession"
MENTORS = f"{HEADER},characteristics,biography"
MENTEES = f"{HEADER},match with similar identity,identity to match,biography"


def run(*arguments: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a folder of its own, with these settings and no others."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("SPEEDMENTOR_")}
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
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_none_is_named(tmp_path: Path) -> None:
    """A wrong key is refused by the setting's name, and is not repeated."""
    done = run("coordinator", folder=tmp_path, SPEEDMENTOR_DATABASE="sqlite:///bot.sqlite", SPEEDMENTOR_KEYS="hunter2")
    assert done.returncode == 2
    assert "SPEEDMENTOR_KEYS" in done.stderr
    assert "hunter2" not in done.stderr


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
            assert "running on data already" in done.stderr
        finally:
            first.terminate()
