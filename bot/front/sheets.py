"""The two files of mentors and mentees that programmes have today: matched without the bot, or brought into a round."""

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TextIO

from sqlalchemy import Engine
from sqlmodel import Session

from bot.desk import importing
from bot.front.refusals import RefusedError
from bot.front.respond import respond
from bot.keeping import store
from bot.matching import Solution, Unknown, files, solve
from bot.people.tables import Round
from bot.programme.file import Programme
from bot.programme.house import House

Texts = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Sheets:
    """Two CSV files, with one person a row."""

    mentors: Path
    mentees: Path

    def read(self) -> Texts:
        """Return what is in them."""
        try:
            return self.mentors.read_bytes(), self.mentees.read_bytes()
        except OSError as error:
            raise RefusedError(f"{error.filename}: cannot be read: {error.strerror}") from None

    def cohort(self, texts: Texts, programme: Programme, plan: files.Import) -> files.Cohort:
        """Return the people of both; RefusedError lists everything that is wrong with them."""
        cohort = files.read(
            *texts,
            plan,
            words=programme.choice_words,
            other=[step.name for step in programme.flow.steps if step.other],
            private=[name for name, question in programme.questions.items() if question.private],
            places=programme.places,
            names=(self.mentors.name, self.mentees.name),
        )
        if isinstance(cohort, list):
            raise RefusedError("\n".join(str(problem) for problem in cohort))
        return cohort


# ---------------------------------------------------------------------------------------------------- matching them


@dataclass(frozen=True, slots=True)
class Matched:
    """The people of two files, and who goes with whom; `written` are the files to give out, by name."""

    cohort: files.Cohort
    solution: Solution
    unclear: Sequence[Unknown]
    written: Mapping[str, str]
    seconds: float

    @property
    def summary(self) -> str:
        """What came of it, in words."""
        return self.written["summary.txt"]

    def write(self, folder: Path) -> None:
        """Write the files into a folder, which is made if it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in self.written.items():
            (folder / name).write_text(text, encoding="utf-8", newline="")

    def to_json(self) -> str:
        """Return pairs of addresses, and how good they are, as one JSON object."""
        people, solution = self.cohort.people, self.solution
        pairs = [(people[pair.mentor].email, people[pair.mentee].email) for pair in solution.pairs]
        unclear = [[each.question, each.said, each.people] for each in self.unclear]
        result = {"levels": solution.levels, "pairs": pairs, "unclear": unclear, "seconds": round(self.seconds, 4)}
        return json.dumps({**result, "certified": solution.certified, "bound": solution.bound})


def match(sheets: Sheets, key: str, formats: Mapping[str, Programme]) -> Matched:
    """Match the people of two files by the rules of the format with this key."""
    chosen = formats.get(key)
    if chosen is None or chosen.import_ is None:
        raise RefusedError(
            f"--programme {key}: there is no such format, or it has no [import] table that names the columns."
        )
    texts = sheets.read()
    begun = time.perf_counter()
    cohort = sheets.cohort(texts, chosen, chosen.import_)
    solution = solve(chosen.match, chosen.question_infos, cohort.mentors, cohort.mentees)
    seconds = time.perf_counter() - begun
    written = files.write(chosen.match, chosen.question_infos, cohort, solution, show=chosen.report.shortage_by[:1])
    unclear = files.unclear(chosen.match, chosen.question_infos, cohort)
    return Matched(cohort, solution, unclear, written, seconds)


# ---------------------------------------------------------------------------------------------------- bringing them in


@dataclass(frozen=True, slots=True)
class Wanted:
    """The round that people are brought into, by its name or number, and how.

    - `opens`: whether to open it first, in the format `programme`, until the day of `closes`.
    - `consent`: whether they agreed, on the form, to what the private questions are for.
    - `invitations`: a new file for personal codes; `again` gives new ones to all who have not come.
    """

    round: str
    opens: bool = False
    programme: str = ""
    closes: datetime | None = None
    consent: bool = False
    invitations: Path | None = None
    again: bool = False


def bring_in(
    engine: Engine, house: House, sheets: Sheets, wanted: Wanted, now: datetime, *, trial: bool = False
) -> Iterator[str]:
    """Bring the people of two files into a round; yield what has been done, as it is done. A trial keeps nothing."""
    texts, consent = sheets.read(), wanted.consent

    def work(db: Session) -> tuple[Round, importing.Brought]:
        found = _round_to_fill(wanted, house, db, now)
        chosen = house.programmes[found.programme]
        if chosen.import_ is None:
            raise RefusedError(f"The format {chosen.key} has no [import] table that names the columns.")
        plan = importing.columns(chosen, chosen.import_, consent=consent)
        cohort = sheets.cohort(texts, chosen, plan)
        return found, importing.bring_in(cohort, found, db, now, consent=consent)

    if trial:
        with store.transaction(engine, house) as db:
            found, brought = work(db)
            yield importing.told(brought, found, consent=consent, trial=True)
            db.rollback()
        return
    with _private_file(wanted.invitations) as file:
        found, brought = store.run(engine, house, work)
        for event in brought.known:
            store.run(engine, house, partial(respond, event, now=now))
        yield importing.told(brought, found, consent=consent)
        if file is not None:
            listed = store.run(engine, house, lambda db: importing.invite(found, db, now, again=wanted.again))
            if listed:
                file.write(importing.sheet(listed))
            yield importing.invited(len(listed), str(wanted.invitations))


def _round_to_fill(wanted: Wanted, house: House, db: Session, now: datetime) -> Round:
    """Return the round of this name or number, or a new one; RefusedError says why there is none."""
    if wanted.opens:
        programme = house.programmes.get(wanted.programme)
        if programme is None or wanted.closes is None:
            raise RefusedError("--new-round also needs --closes 2026-12-18, and in --programme a format that there is.")
        found = importing.new_round(wanted.round, programme, wanted.closes.date(), db, now)
    else:
        found = importing.round_named(wanted.round, db)
    if isinstance(found, str):
        raise RefusedError(found)
    return found


@contextmanager
def _private_file(path: Path | None) -> Iterator[TextIO | None]:
    """Lend a new file that only this user can read; gone if nothing was written. One that is there is refused."""
    if path is None:
        yield None
        return
    try:
        opened = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        raise RefusedError(
            f"{path}: cannot be written: {error.strerror}. Please name a file that is not there yet."
        ) from None
    try:
        with os.fdopen(opened, "w", encoding="utf-8-sig", newline="") as file:
            yield file
    finally:
        if path.stat().st_size == 0:
            path.unlink()
