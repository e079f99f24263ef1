"""Formats are data: a question is one table in a file, and a wrong file is refused with file, key and reason."""

import re
from pathlib import Path

import pytest

from bot.front.parts import PARTS, build, load_all
from bot.people.tables import SealedAnswer
from bot.programme.file import FORMATS, WrongProgrammeError, load
from tests.scenarios.conftest import DEFAULTS, MENTOR, Chat

SPEED = (FORMATS / "speed.toml").read_text(encoding="utf-8")
ADDED = """
[[question]]
name = "drink"
label = "Drink"
kind = "choice"
ask = "Tea or coffee?"
choices = ["Tea", "Coffee", "Just water"]
shown = true

[[question]]
name = "languages"
label = "Languages"
kind = "choices"
private = true
optional = true
when = { drink = ["Tea"] }
ask = "Which languages do you dream in?"
choices = ["Cornish", "Scots", "Welsh"]

[[question]]
name = "biography"
"""


@pytest.fixture
def with_more(chat: Chat, tmp_path: Path) -> Chat:
    """The chat with two questions more: in the file, and nowhere else."""
    path = tmp_path / "speed.toml"
    changed = SPEED.replace('\n[[question]]\nname = "biography"\n', ADDED).replace(
        '"department", "role"]', '"department", "role", "drink"]'
    )
    path.write_text(changed, encoding="utf-8")
    chat.house = build(load_all(tmp_path), chat.house.seal)
    chat.open_round()
    return chat


@pytest.fixture(autouse=True)
def known_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell the people in these scenarios what to answer to the added questions."""
    monkeypatch.setitem(DEFAULTS, "drink", "coffee")
    monkeypatch.setitem(DEFAULTS, "languages", "scots, welsh")


@pytest.mark.postgres
def test_an_added_question_is_asked_shown_and_counted(with_more: Chat) -> None:
    """One table in the file: people are asked, their match reads it, the coordinator counts by it and reports it."""
    ann = with_more.person("ann").fills_in(**MENTOR, until="drink")
    assert ann.buttons() == ["Tea", "Coffee", "Just water", "Back"]
    ann.registers(drink="just water")
    bob = with_more.person("bob").registers("mentee")
    cora = with_more.person("cora")
    cora.says("admin")
    (card,) = cora.presses("Who registered")
    assert cora.fact("Drink") == "Coffee: 1, Just water: 1"
    assert card.card.files[0].content.splitlines()[0].split(",")[-4] == "Drink"
    with_more.announced()
    bob.sees("Drink: Just water")


def test_an_added_condition_is_kept(with_more: Chat) -> None:
    """A question that depends on another is asked only then."""
    ann = with_more.person("ann").fills_in(**MENTOR, until="languages", drink="tea")
    assert ann.asked() == "languages"
    bob = with_more.person("bob").fills_in("mentee", until="languages")
    assert bob.asked() == ""


def test_an_added_private_question_is_sealed(with_more: Chat) -> None:
    """Private in the file is private everywhere: sealed, and not in summaries or reports."""
    ann = with_more.person("ann").fills_in(**MENTOR, drink="tea")
    assert ann.fact("Languages") == "answered, private"
    ann.presses("Confirm")
    cora = with_more.person("cora")
    cora.says("admin")
    (card,) = cora.presses("Report")
    assert ["Welsh" in file.content or "Languages" in file.content for file in card.card.files] == [False] * 3
    assert "Welsh" not in str(with_more.rows(SealedAnswer))


def _without(start: str, end: str) -> str:
    """Return the file without what stands from `start` up to `end`."""
    before, _, rest = SPEED.partition(start)
    return before + end + rest.partition(end)[2]


MISTAKES = {
    "not TOML": (SPEED + "\n[[question", "speed.toml: this is not valid TOML"),
    "an unknown key": (SPEED.replace("[session]\nminutes", "[session]\nminuets = 3\nminutes"), "session.minuets"),
    "a missing part": (_without("[decide]", "[go_on]"), "speed.toml: decide: Field required"),
    "a stage that is none": (SPEED.replace('"series", "closing"]', '"tea"]'), "together: there is no stage 'tea'"),
    "a number that is none": (SPEED.replace("minutes = 30", 'minutes = "half an hour"'), "session.minutes"),
    "a number too large": (SPEED.replace("minutes = 30", "minutes = 3000"), "session.minutes"),
    "weeks in the wrong order": (
        SPEED.replace("least_weeks = 4", "least_weeks = 9"),
        "least_weeks is more than most_weeks",
    ),
    "two questions of one name": (
        SPEED.replace('name = "profession"\n', 'name = "grade"\n'),
        "question 'grade': there are two questions of this name",
    ),
    "an unknown kind": (SPEED.replace('kind = "zone"', 'kind = "clock"'), ".kind: Input should be"),
    "no choices": (SPEED.replace('choices_of = "profession"\n', ""), "kind 'choice' needs choices"),
    "choices of nothing": (
        SPEED.replace('choices_of = "profession"', 'choices_of = "trade"'),
        "choices_of names 'trade', which is no question with choices of its own",
    ),
    "two choices of one code": (SPEED.replace('code = "AO"', 'code = "AA"'), "two choices have the same code"),
    "a condition on nothing": (
        SPEED.replace('identity_wish = ["yes"]', 'identity_wisch = ["yes"]'),
        "question 'identity_wanted': when names 'identity_wisch', which is not asked before it",
    ),
    "a condition that never holds": (
        SPEED.replace('identity_wish = ["yes"]', 'identity_wish = ["perhaps"]'),
        "when names answers that 'identity_wish' does not have: perhaps",
    ),
    "a private answer that is shown": (
        SPEED.replace('label = "Identity"\n', 'label = "Identity"\nshown = true\n'),
        "a private answer cannot be shown to a match",
    ),
    "a report by something private": (
        SPEED.replace('by = ["grade", "department", "role"]', 'by = ["grade", "identity"]'),
        "report.by: 'identity' is private",
    ),
    "a report by nothing": (
        SPEED.replace('by = ["grade", "department", "role"]', 'by = ["rank"]'),
        "report.by: there is no question 'rank'",
    ),
    "no question for the address": (
        SPEED.replace('kind = "email"', 'kind = "text"'),
        "there must be exactly one question of kind 'email', and there are 0",
    ),
    "a consent without its end": (
        SPEED.replace('version = "2026-11"\n', "", 1),
        "kind 'consent' needs yes, no, stop and version",
    ),
    "a rule on nothing": (SPEED.replace('question = "department"', 'question = "directorate"'), "directorate"),
    "an unknown rule": (SPEED.replace('rule = "different"', 'rule = "unlike"'), "match.require.1.rule"),
    "a missing role": (_without("[roles.mentee]", "# ----"), "roles"),
    "guidance in a week that is no number": (SPEED.replace("week = 12", 'week = "twelve"'), "guidance.3.week"),
    "a survey with one answer": (
        SPEED.replace('choices = ["Yes", "Maybe", "No"]', 'choices = ["Yes"]'),
        "survey.2.choices",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_wrong_file_is_refused(tmp_path: Path, mistake: str) -> None:
    """A wrong file stops the start, with the file, the key and the reason."""
    changed, reason = MISTAKES[mistake]
    assert changed != SPEED
    path = tmp_path / "speed.toml"
    path.write_text(changed, encoding="utf-8")
    with pytest.raises(WrongProgrammeError) as refused:
        load(path, PARTS)
    assert [line for line in refused.value.lines if not line.startswith("speed.toml: ")] == []
    assert [line for line in refused.value.lines if reason in line] != []


def test_a_folder_without_formats_is_refused(tmp_path: Path) -> None:
    """No file at all is a mistake as well, and the sentence says what is missing."""
    with pytest.raises(WrongProgrammeError, match="there is no programme file here"):
        load_all(tmp_path)


@pytest.mark.parametrize("word", ["lgbt", "grade", "civil service", "heo"])
def test_the_core_does_not_know_the_programme(word: str) -> None:
    """What belongs to one programme stands in its file: no code and no sentence of the core says it."""
    files = sorted(Path(FORMATS.parent).rglob("*.py"))
    said = re.compile(rf"\b{word}s?\b", re.IGNORECASE)
    assert [path.name for path in files if said.search(path.read_text(encoding="utf-8"))] == []
