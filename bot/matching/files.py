"""Spreadsheets in and out: read the two files that programmes have today, write who meets whom."""

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.matching.explain import Reasons, Why
from bot.matching.people import Member, Role
from bot.matching.rules import Answer, QuestionInfo, Rules
from bot.matching.solve import Solution
from bot.matching.spelling import spelled
from bot.matching.unknown import Unknown, unknown

LARGEST = 200_000  # characters of one cell
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet may take for the start of a formula
ROLES: tuple[Role, Role] = ("mentor", "mentee")


class Column(BaseModel):
    """A column and the question that it answers. With `split`, a cell holds several answers with that between them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    split: str = ""
    optional: bool = False


Columns = dict[
    str, Annotated[Column, BeforeValidator(lambda value: {"question": value} if isinstance(value, str) else value)]
]


class Import(BaseModel):
    """The [import] table of a programme: which column is what. Column names are compared without case.

    `codes` gives, by question, other words that stand for a code in these files.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    email: str
    name: tuple[str, ...] = ()
    mentors: Columns = Field(default={}, validate_default=True)
    mentees: Columns = Field(default={}, validate_default=True)
    codes: dict[str, dict[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that cannot be read. Rows count from 1, the header; 0 is the file as a whole."""

    file: str
    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        where = [self.file, f"row {self.row}" if self.row else "", f"column {self.column!r}" if self.column else ""]
        return ", ".join(part for part in where if part) + f": {self.reason}"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the files: the address as it stands there, and their name."""

    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Cohort:
    """The people of two files; a member's key is the e-mail address in small letters, and so is that of `people`."""

    mentors: tuple[Member, ...]
    mentees: tuple[Member, ...]
    people: Mapping[str, Person]


def read(
    mentors: bytes,
    mentees: bytes,
    table: Import | Mapping[str, Any],
    *,
    words: Mapping[str, Mapping[str, str]] = {},
    other: Collection[str] = (),
    private: Collection[str] = (),
    most: int = 3,
    places: Callable[[Role, Mapping[str, Answer]], int] | None = None,
    names: tuple[str, str] = ("mentors.csv", "mentees.csv"),
) -> Cohort | list[Problem]:
    """Return the people of the two files, or everything that is wrong with them.

    `table` is the [import] table. `words` maps, by question, what a cell may say to the code it means, without case; a
    question without words takes any text, and so does one in `other` where no word fits. A problem does not repeat what
    a cell says to a question in `private`. `places` says how many matches somebody takes; else everybody takes `most`.
    """
    plan = Import.model_validate(table)
    problems: list[Problem] = []
    people: dict[str, Person] = {}
    meanings = _meanings(words, plan.codes)
    sides = []
    listed = zip(ROLES, names, (mentors, mentees), (plan.mentors, plan.mentees), strict=True)
    for role, file, data, columns in listed:
        sheet = _Sheet(file, plan, columns, meanings, words, frozenset(other), frozenset(private))
        found: dict[str, tuple[int, Member]] = {}
        for row, person, answers in sheet.rows(data):
            key = person.email.casefold()
            people.setdefault(key, person)
            member = Member(key, answers, places(role, answers) if places else most)
            if key in found and found[key][1] != member:
                reason = f"{person.email} stands in row {found[key][0]} too, with other answers; keep one"
                sheet.problems.append(Problem(file, row, plan.email, reason))
            found.setdefault(key, (row, member))
        sides.append(tuple(member for _, member in found.values()))
        problems += sheet.problems
    return problems or Cohort(sides[0], sides[1], people)


def _meanings(
    words: Mapping[str, Mapping[str, str]], codes: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """Return by question what each word means, as it is compared."""
    found: dict[str, dict[str, str]] = {}
    for question in {*words, *codes}:
        known = {spelled(word): code for word, code in words.get(question, {}).items()}
        known |= {spelled(code): code for code in words.get(question, {}).values()}
        extra = codes.get(question, {})
        found[question] = known | {spelled(w): known.get(spelled(c), c) for w, c in extra.items()}
    return found


@dataclass(slots=True)
class _Sheet:
    file: str
    plan: Import
    columns: Mapping[str, Column]
    meanings: Mapping[str, Mapping[str, str]]
    words: Mapping[str, Mapping[str, str]]
    other: frozenset[str]
    private: frozenset[str]
    problems: list[Problem] = field(default_factory=list)

    def rows(self, data: bytes) -> Iterator[tuple[int, Person, dict[str, Answer]]]:
        """Go through the people of the file; what cannot be read is noted and left out."""
        text = _text(data)
        if text is None:
            self.note(0, "", "this is not a text file; save it as CSV (UTF-8)")
            return
        table = _cells(text)
        header = next(table, None)
        if not isinstance(header, list):
            self.note(1, "", header or "the file is empty; the first row names the columns")
            return
        place = self.header(header)
        if place is None:
            return
        for row, cells in enumerate(table, start=2):
            if isinstance(cells, str):
                self.note(row, "", cells)
                return
            if not any(cell.strip() for cell in cells):
                continue
            if any(cell.strip() for cell in cells[len(header) :]):
                self.note(row, "", "there are more cells than columns; put quotes around a text with commas in it")
                continue
            values = {name: cells[at].strip() if at < len(cells) else "" for name, at in place.items()}
            person = Person(
                values[self.plan.email.casefold()],
                " ".join(filter(None, (values.get(name.casefold(), "") for name in self.plan.name))),
            )
            before, _, after = person.email.partition("@")
            if not (before and after) or any(letter.isspace() for letter in person.email):
                said = f"{person.email!r} is not" if person.email else "there is not"
                self.note(row, self.plan.email, f"{said} an e-mail address")
                continue
            yield row, person, self.answers(row, values)

    def header(self, header: Sequence[str]) -> dict[str, int] | None:
        """Return where each column stands; None if one that is needed is missing or stands twice."""
        titles = [title.strip().casefold() for title in header]
        needed = [self.plan.email, *self.plan.name]
        needed += [name for name, column in self.columns.items() if not column.optional]
        good = True
        for name in needed:
            if name.casefold() not in titles:
                self.note(1, name, "the column is missing")
                good = False
        for name in dict.fromkeys([*needed, *self.columns]):
            if titles.count(name.casefold()) > 1:
                self.note(1, name, "there are two columns of this name")
                good = False
        return {title: number for number, title in enumerate(titles) if title} if good else None

    def answers(self, row: int, values: Mapping[str, str]) -> dict[str, Answer]:
        """Return somebody's answers by question."""
        found: dict[str, Answer] = {}
        for name, column in self.columns.items():
            cell = values.get(name.casefold(), "")
            parts = [part.strip() for part in cell.split(column.split)] if column.split else [cell]
            codes = tuple(self.code(row, name, column.question, part) for part in parts if part)
            if codes or column.question not in found:
                found[column.question] = codes if column.split else "".join(codes)
        return found

    def code(self, row: int, name: str, question: str, text: str) -> str:
        """Return the code that a cell's text means."""
        code = self.meanings.get(question, {}).get(spelled(text))
        if code is None and question in self.words and question not in self.other:
            some = ", ".join(dict.fromkeys(self.words[question].values()))
            said = "this" if question in self.private else repr(text)
            self.note(row, name, f"{said} is none of the answers there are: {some}")
        if code is None and question in self.other:
            return " ".join(text.split())
        return text if code is None else code

    def note(self, row: int, column: str, reason: str) -> None:
        """Remember a problem."""
        self.problems.append(Problem(self.file, row, column, reason))


def _text(data: bytes) -> str | None:
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for coding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):  # cp1252 is what older Excel writes
        try:
            text = data.decode(coding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def _cells(text: str) -> Iterator[list[str] | str]:
    """Go through the rows, or end with the reason why no more can be read."""
    first, _, rest = text.partition("\n")
    if first.strip().strip('"').casefold().startswith("sep=") and len(first.strip().strip('"')) == len("sep=;"):
        delimiter, text = first.strip().strip('"')[-1], rest
    else:
        delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(LARGEST)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        yield f"the quotes or the length of a cell are wrong ({error})"


def write(
    rules: Rules,
    questions: Mapping[str, QuestionInfo],
    cohort: Cohort,
    solution: Solution,
    *,
    show: Sequence[str] = (),
) -> dict[str, str]:
    """Return the files to write by name: matches.csv, people.csv, summary.txt.

    `show` names public questions whose answers go into matches.csv for both sides. Scores and reasons are those of
    public rules, so that nothing private can be worked out from the difference; only the total counts everything.
    """
    for name in show:
        if questions[name].private:
            raise ValueError(f"{name!r} is private: it is not written")
    sides = {"mentor": {m.key: m for m in cohort.mentors}, "mentee": {m.key: m for m in cohort.mentees}}
    sentences = {rule.name: rule.to_mentee or _plain(rule.name) for rule in rules.prefer}
    columns = [f"{side} email address" for side in ROLES] + ["score", "reasons"] + [f"{side} name" for side in ROLES]
    matches = [columns + [f"{side} {_plain(name)}" for name in show for side in ROLES]]
    for pair in solution.pairs:
        keys = {"mentor": pair.mentor, "mentee": pair.mentee}
        matches.append(
            [
                *(cohort.people[key].email for key in keys.values()),
                str(pair.public),
                "; ".join(sentences[name] for name in pair.reasons),
                *(cohort.people[key].name for key in keys.values()),
                *(_shown(sides[side][key].answers.get(name, "")) for name in show for side, key in keys.items()),
            ]
        )
    return {
        "matches.csv": as_csv(matches),
        "people.csv": as_csv(_people(rules, questions, cohort, solution)),
        "summary.txt": _summary(rules, cohort, solution, unclear(rules, questions, cohort)),
    }


def _people(
    rules: Rules, questions: Mapping[str, QuestionInfo], cohort: Cohort, solution: Solution
) -> Iterator[list[str]]:
    yield ["email address", "name", "role", "matches", "matched with", "why none"]
    partners: dict[tuple[str, str], list[str]] = {}
    for pair in solution.pairs:
        partners.setdefault(("mentor", pair.mentor), []).append(cohort.people[pair.mentee].email)
        partners.setdefault(("mentee", pair.mentee), []).append(cohort.people[pair.mentor].email)
    reasons = Reasons(rules, questions, cohort.mentors, cohort.mentees, solution)
    for role, members in zip(ROLES, (cohort.mentors, cohort.mentees), strict=True):
        for key in sorted(member.key for member in members):
            found = partners.get((role, key), [])
            why = "" if found else in_words(reasons.why(key, role), rules)
            person = cohort.people[key]
            yield [person.email, person.name, role, str(len(found)), "; ".join(found), why]


def in_words(why: Why, rules: Rules) -> str:
    """Return in one or two sentences why somebody has no match, and what would change it."""
    others = "mentors" if why.role == "mentee" else "mentees"
    if why.places == 0:
        return "They have no places."
    if why.candidates:
        text = f"{why.candidates} {others} would do, and {why.free or 'none'} of them had a place left."
    else:
        kept = ", ".join(_plain(rule.name) for rule in rules.require)
        text = f"No {others} keep the programme's rules" + (f" ({kept})." if kept else ".")
    better = next((item for item in why.relax if item.free or not why.candidates), None)
    if better:
        change = f"Taking out the rule {_plain(better.rule)}"
        if better.least is not None:
            change = f"Widening {_plain(better.rule)} to {better.least} to {better.most}"
        text += f" {change} would give {better.extra} more, {better.free or 'none'} of them with a place left."
    return text


def unclear(rules: Rules, questions: Mapping[str, QuestionInfo], cohort: Cohort) -> list[Unknown]:
    """Return what these people said that no hard rule can compare."""
    return unknown(rules, questions, (*cohort.mentors, *cohort.mentees))


def _summary(rules: Rules, cohort: Cohort, solution: Solution, unclear: Sequence[Unknown]) -> str:
    first, mentors, second, third, total = solution.levels
    proof = (
        "proven: no other result is better" if solution.certified else f"not proven best; the bound is {solution.bound}"
    )
    if unclear:
        proof = "the best there is, if none of these is another one in other words; they are not among the choices"
    lines = [
        f"Mentors: {len(cohort.mentors)}. Mentees: {len(cohort.mentees)}. At most {rules.most} matches for each.",
        f"Matches: {len(solution.pairs)}",
        f"Mentees with at least one match: {first} of {len(cohort.mentees)}",
        f"Mentors with at least one match: {mentors} of {len(cohort.mentors)}",
        f"Mentees with at least two: {second}",
        f"Mentees with at least three: {third}",
        f"Total score: {total}",
        f"The result is {proof}" + (":" if unclear else "."),
        *(f"  {each.question}: {each.said} ({each.people})" for each in unclear),
    ]
    if unclear:
        lines.append("If one of them is another in other words, write it the same way, or under [import.codes].")
    return "\n".join(lines) + "\n"


def as_csv(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV text, safe to open in a spreadsheet."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([_safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def _safe(cell: object) -> object:
    """Return the cell so that no spreadsheet takes a text for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA) else cell


def _shown(answer: Answer) -> str:
    return answer if isinstance(answer, str) else ", ".join(answer)


def _plain(name: str) -> str:
    return name.replace("_", " ")
