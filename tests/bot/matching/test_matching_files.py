"""Spreadsheets: the columns of today, as people really save them, and back again."""

import csv
import io

import pytest

from bot.matching import solve
from bot.matching.files import Cohort, Problem, read, write
from tests.bot.matching.cohorts import GRADES, QUESTIONS, SPEED

TABLE = {
    "email": "email address",
    "name": ["first name", "last name"],
    "mentors": {
        "grade": "grade",
        "organisation": "department",
        "profession": "profession",
        "characteristics": {"question": "identity", "split": ","},
        "biography": {"question": "biography", "optional": True},
    },
    "mentees": {
        "grade": "grade",
        "organisation": "department",
        "profession": "wanted_profession",
        "match with similar identity": "identity_wish",
        "identity to match": "identity_wanted",
    },
    "codes": {"grade": {"Grade 7": "G7", "Grade 6": "G6"}},
}
WORDS = {"grade": dict(zip(GRADES, GRADES, strict=True)), "identity_wish": {"Yes": "yes", "No": "no"}}

FIRST = "first name,last name,email address,both mentor and mentee,job title,grade,organisation,profession,"
MENTORS = (
    FIRST
    + """characteristics,biography
Ada,Ash,Ada@example.org,no,Lead,Grade 7,Joy,Policy,"one, two",Hello
Bo,Birch,bo@example.org,no,Head,SEO,"Love, Northern",Security,,
"""
)
MENTEES = (
    FIRST
    + """match with similar identity,identity to match,biography
Cy,Cedar,cy@example.org,no,Officer,HEO,Fun,policy,yes,two,"A ""quoted"" word, and more"
Di,Date,di@example.org,no,Officer,HEO,Fun,Security,no,one,
"""
)


def take(mentors: bytes, mentees: bytes) -> Cohort | list[Problem]:
    """Read two files of the speed programme."""
    return read(mentors, mentees, TABLE, words=WORDS, private=["identity_wish"])


def rows(text: str) -> list[list[str]]:
    """Return the cells of a file."""
    return list(csv.reader(io.StringIO(text)))


def turned(text: str, delimiter: str = ",") -> str:
    """Return the same file with its columns the other way round and one more."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([*row[::-1], "more"] if number else [*row[::-1], "Notes"] for number, row in enumerate(rows(text)))
    return out.getvalue()


def test_the_columns_of_today_become_answers() -> None:
    """A list in one cell becomes several; other words for a grade become its code; keys are in small letters."""
    cohort = take(MENTORS.encode(), MENTEES.encode())

    assert isinstance(cohort, Cohort)
    assert [member.key for member in cohort.mentors] == ["ada@example.org", "bo@example.org"]
    assert cohort.mentors[0].answers == {
        "grade": "G7",
        "department": "Joy",
        "profession": "Policy",
        "identity": ("one", "two"),
        "biography": "Hello",
    }
    assert cohort.mentees[0].answers["identity_wish"] == "yes"
    assert cohort.people["ada@example.org"].name == "Ada Ash"
    assert cohort.people["ada@example.org"].email == "Ada@example.org"


@pytest.mark.parametrize(
    ("mentors", "mentees"),
    [
        (MENTORS.encode("utf-8-sig"), MENTEES.encode("utf-8-sig")),
        (MENTORS.replace("\n", "\r\n").encode(), MENTEES.encode("utf-16")),
        (turned(MENTORS).encode(), turned(MENTEES).encode()),
        (turned(turned(MENTORS)).encode(), ("sep=;\r\n" + turned(MENTEES, ";")).encode("utf-8-sig")),
        (turned(MENTORS, ";").encode("cp1252"), turned(MENTEES, "\t").encode()),
        (MENTORS.replace("email address", " Email Address ").encode(), (MENTEES + ",,,,\n\n").encode()),
        ((MENTORS + MENTORS.splitlines()[1]).encode(), MENTEES.encode()),
    ],
)
def test_files_are_read_however_they_were_saved(mentors: bytes, mentees: bytes) -> None:
    """Byte order marks, other encodings, delimiters and line ends, other and more columns, blank and doubled rows."""
    assert take(MENTORS.encode(), MENTEES.encode()) == take(mentors, mentees)


@pytest.mark.parametrize(
    ("mentors", "where", "says"),
    [
        ("", ("mentors.csv", 1, ""), "empty"),
        (MENTORS.replace("grade", "level"), ("mentors.csv", 1, "grade"), "missing"),
        (MENTORS.replace("job title", "grade"), ("mentors.csv", 1, "grade"), "two columns"),
        (MENTORS.replace("SEO", "Boss"), ("mentors.csv", 3, "grade"), "'Boss' is none of the answers"),
        (MENTORS.replace("bo@example.org", "bo"), ("mentors.csv", 3, "email address"), "not an e-mail address"),
        (MENTORS.replace("bo@example.org", ""), ("mentors.csv", 3, "email address"), "there is not an e-mail"),
        (MENTORS.replace("bo@", "ada@"), ("mentors.csv", 3, "email address"), "row 2 too"),
        (MENTORS.replace('"one, two",Hello', "one, two,Hello"), ("mentors.csv", 2, ""), "more cells"),
        (MENTORS.replace('"Love, Northern"', '"Love" Northern'), ("mentors.csv", 3, ""), "quotes"),
        (MENTORS.replace("Ada", "A\0a"), ("mentors.csv", 0, ""), "not a text file"),
    ],
)
def test_what_cannot_be_read_is_named(mentors: str, where: tuple[str, int, str], says: str) -> None:
    """File, row, column and reason."""
    found = take(mentors.encode(), MENTEES.encode())

    assert isinstance(found, list)
    assert [where] == [(problem.file, problem.row, problem.column) for problem in found]
    assert says in str(found[0])


def test_a_private_cell_is_not_repeated_in_a_problem() -> None:
    """It is said where, and not what."""
    found = take(MENTORS.encode(), MENTEES.replace("yes,two", "perhaps,two").encode())

    assert isinstance(found, list)
    assert [(problem.file, problem.row) for problem in found] == [("mentees.csv", 2)]
    assert "perhaps" not in str(found[0])


def test_an_identity_beside_a_no_does_not_count() -> None:
    """The mentee who asked gains by it, the other does not."""
    cohort = take(MENTORS.encode(), MENTEES.replace("no,one", "no,two").encode())
    assert isinstance(cohort, Cohort)
    solution = solve(SPEED, QUESTIONS, cohort.mentors, cohort.mentees)

    assert {(pair.mentor, pair.mentee): pair.score for pair in solution.pairs if pair.mentor.startswith("ada")} == {
        ("ada@example.org", "cy@example.org"): 28,
        ("ada@example.org", "di@example.org"): 12,
    }


def test_the_result_is_written_with_public_reasons_only() -> None:
    """One row a pair, one row a person, and a summary; the score is the part that public rules give."""
    cohort = take(MENTORS.encode(), MENTEES.encode())
    assert isinstance(cohort, Cohort)
    solution = solve(SPEED, QUESTIONS, cohort.mentors, cohort.mentees)
    files = write(SPEED, QUESTIONS, cohort, solution, show=["grade"])

    assert files["matches.csv"].splitlines() == [
        "mentor email address,mentee email address,score,reasons,mentor name,mentee name,mentor grade,mentee grade",
        "Ada@example.org,cy@example.org,22,two grades; wanted profession,Ada Ash,Cy Cedar,G7,HEO",
        "Ada@example.org,di@example.org,12,two grades,Ada Ash,Di Date,G7,HEO",
        "bo@example.org,cy@example.org,9,one grade,Bo Birch,Cy Cedar,SEO,HEO",
        "bo@example.org,di@example.org,19,one grade; wanted profession,Bo Birch,Di Date,SEO,HEO",
    ]
    assert ["cy@example.org", "Cy Cedar", "mentee", "2", "Ada@example.org; bo@example.org", ""] in rows(
        files["people.csv"]
    )
    assert "Matches: 4\n" in files["summary.txt"]
    with pytest.raises(ValueError, match="private"):
        write(SPEED, QUESTIONS, cohort, solution, show=["identity"])


def test_people_without_a_match_are_told_why() -> None:
    """In a sentence, with what would change it."""
    cohort = take(MENTORS.encode(), MENTEES.replace("HEO", "SEO", 1).replace("Di,Date", "Di,Date").encode())
    assert isinstance(cohort, Cohort)
    solution = solve(SPEED, QUESTIONS, cohort.mentors[1:], cohort.mentees)
    shorter = Cohort(cohort.mentors[1:], cohort.mentees, cohort.people)
    table = {row[0]: row for row in rows(write(SPEED, QUESTIONS, shorter, solution)["people.csv"])}

    assert table["cy@example.org"][5] == (
        "No mentors keep the programme's rules (grade gap, other department). "
        "Widening grade gap to 0 to 2 would give 1 more, 1 of them with a place left."
    )


def test_no_cell_starts_a_formula() -> None:
    """A name that begins like one gets an apostrophe, as spreadsheets want it."""
    cohort = take(MENTORS.replace("Ada,Ash", "=1+1,@Ash").replace("Bo,", " +1,").encode(), MENTEES.encode())
    assert isinstance(cohort, Cohort)
    files = write(SPEED, QUESTIONS, cohort, solve(SPEED, QUESTIONS, cohort.mentors, cohort.mentees))

    for name in ("matches.csv", "people.csv"):
        assert not [cell for row in rows(files[name]) for cell in row if cell.lstrip().startswith(("=", "+", "-", "@"))]
