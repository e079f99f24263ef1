"""A part that somebody adds: one folder's worth of code and one line in the list, and it works in chat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import Field as Key
from sqlalchemy import BigInteger, MetaData
from sqlmodel import Field, Session, SQLModel, col, delete, select

from bot.chat.cards import Button, Card, Fact, Send
from bot.chat.events import Due, Pressed
from bot.front import routes
from bot.front.parts import PARTS, load_all
from bot.keeping.tables import UtcDateTime, an_id
from bot.people import persons
from bot.people.home import Standing
from bot.people.tables import Person, Registration, Round
from bot.programme import file
from bot.programme.file import FORMATS, WrongProgrammeError
from bot.programme.house import programme_of
from bot.programme.part import Command, Date, Lines, Part, always, pressed
from bot.programme.questions import Section
from tests.scenarios.conftest import Chat

SPEED = (FORMATS / "speed.toml").read_text(encoding="utf-8")

# ---- the part, as it would stand in a folder of its own --------------------------------------------------------------


class Tea(SQLModel, table=True):
    """Somebody would like tea. Its table is none of the house's."""

    metadata: ClassVar[Any] = MetaData()
    id: int = an_id()
    registration_id: int = Field(sa_type=BigInteger)
    lumps: int = 0
    tea_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class TeaSection(Section):
    """What a programme file says about tea."""

    lumps: int = Key(ge=0, le=5)
    minutes: int = Key(default=5, ge=1)


def _mine(person: Person, event: Pressed, db: Session, now: datetime) -> Registration | list[Send]:
    del event, now
    found = db.exec(select(Registration).where(Registration.person_id == person.id)).first()
    return found or [persons.send(person, Card(text="Register first; then there is tea."))]


def order(event: Pressed, mine: Registration, db: Session, now: datetime) -> list[Send]:
    """Order tea."""
    round_ = db.get_one(Round, mine.round_id)
    section = programme_of(round_, db).section("tea", TeaSection)
    db.add(Tea(registration_id=mine.id, lumps=section.lumps, tea_due_at=now + timedelta(minutes=section.minutes)))
    person = db.get_one(Person, mine.person_id)
    return [persons.send(person, Card(text=f"Tea with {section.lumps} lumps is coming."), replaces=event.card)]


def served(event: Due, db: Session, now: datetime) -> list[Send]:
    """Serve it."""
    del now
    row = db.get_one(Tea, int(event.value))
    row.tea_due_at = None
    mine = db.get_one(Registration, row.registration_id)
    return [persons.send(db.get_one(Person, mine.person_id), Card(text="Here is your tea."))]


def _of(mine: Registration, db: Session) -> list[Tea]:
    return list(db.exec(select(Tea).where(Tea.registration_id == mine.id)).all())


def standing(here: Standing) -> Lines:
    """Say how many cups there were, and offer one."""
    cups = len(_of(here.mine, here.db))
    return Lines("Tea is served here.", (Fact("Cups", str(cups)),), (Button("Tea", "tea"),))


def held_in(mine: Registration, db: Session) -> dict[str, object]:
    """Return the cups of a registration."""
    return {"cups": len(_of(mine, db))}


def erase(numbers: Any, db: Session) -> None:
    """Forget the cups."""
    db.exec(delete(Tea).where(col(Tea.registration_id).in_(numbers)))


def figures(round_: Round, db: Session) -> dict[str, int]:
    """Return the cups of a round."""
    return {
        "cups of tea": len(
            db.exec(
                select(Tea)
                .join_from(Tea, Registration, col(Registration.id) == Tea.registration_id)
                .where(Registration.round_id == round_.id)
            ).all()
        )
    }


def people(round_: Round, db: Session) -> dict[str, dict[int, object]]:
    """Return the cups of each person."""
    del round_
    return {"tea": {row.registration_id: row.lumps for row in db.exec(select(Tea)).all()}}


def needs(round_: Round, db: Session) -> list[str]:
    """Say that the pot is empty."""
    del round_, db
    return ["The pot is empty."]


TEA = Part(
    name="tea",
    sections={"tea": TeaSection | None},
    pressed={"tea": pressed(order, who=persons.writer, may=_mine, still=always)},
    due={"serve_tea": Date(Tea.tea_due_at, served)},
    said=(Command(r"tea,? please|tea", "tea"),),
    standing=standing,
    held_in=held_in,
    erase=erase,
    figures=figures,
    people=people,
    needs=needs,
)

# ---- the house with it ----------------------------------------------------------------------------------------------


@pytest.fixture
def tea(chat: Chat, tmp_path: Path) -> Iterator[Chat]:
    """The chat of a house with one line more in its list of parts, and a programme that has its section."""
    parts = (*PARTS, TEA)
    (tmp_path / "speed.toml").write_text(f"{SPEED}\n[tea]\nlumps = 2\n", encoding="utf-8")
    Tea.metadata.create_all(chat.engine)
    chat.house = replace(chat.house, parts=parts, programmes=file.load_all(tmp_path, parts))
    chat.open_round()
    yield chat
    Tea.metadata.drop_all(chat.engine)


@pytest.mark.postgres
def test_a_part_is_added_by_one_line(tea: Chat) -> None:
    """Its words, button, date, lines, my data, figures and columns are there, and it is forgotten like the rest."""
    ann, cora = tea.person("ann"), tea.person("cora")
    ann.says("tea, please")
    ann.sees("Register first")
    ann.registers("mentor", grade="SEO")
    ann.says("tea")
    ann.sees("Tea with 2 lumps is coming.")
    tea.wait(minutes=6)
    ann.sees("Here is your tea.")
    ann.says("status")
    ann.sees("Tea is served here.", "Cups: 1")
    ann.presses("Tea")
    ann.says("my data")
    assert '"cups": 2' in ann.screen[-1].card.files[0].content
    cora.says("admin")
    cora.presses("Report")
    totals, listed, _ = (each.content for each in cora.screen[-1].card.files)
    assert "cups of tea,2" in totals
    assert listed.splitlines()[0].startswith("state,matches,tea,")
    ann.says("erase me")
    ann.presses("Yes, erase everything")
    assert tea.rows(Tea) == []


@pytest.mark.postgres
def test_without_the_line_nothing_of_it_is_reached(opened: Chat) -> None:
    """No button, no word, no date, no line; its table may stay."""
    ann = opened.person("ann")
    ann.registers("mentor", grade="SEO")
    ann.says("tea")
    assert "lumps" not in ann.everything()
    ann.sends("tea")
    ann.sees("Where you stand")
    assert "Cups" not in ann.everything()
    assert "tea" not in routes.of(PARTS).pressed
    assert "serve_tea" not in routes.of(PARTS).due


def test_a_section_is_read_by_its_part(tmp_path: Path) -> None:
    """A wrong section is refused with file, key and reason; one that no part knows too."""
    path = tmp_path / "speed.toml"
    path.write_text(f"{SPEED}\n[tea]\nlumps = 9\n", encoding="utf-8")
    with pytest.raises(WrongProgrammeError, match=r"speed\.toml: tea\.lumps: .*less than or equal to 5"):
        file.load(path, (*PARTS, TEA))
    with pytest.raises(WrongProgrammeError, match=r"speed\.toml: tea: Extra inputs are not permitted"):
        load_all(tmp_path)


def test_two_parts_cannot_have_one_action() -> None:
    """The start says which action it is."""
    with pytest.raises(ValueError, match="two parts have the action serve_tea, tea"):
        routes.of((*PARTS, TEA, TEA))


@pytest.mark.parametrize("left_out", ["who", "may", "still"])
def test_a_handler_without_one_of_its_three_questions_is_none(left_out: str) -> None:
    """Who is it, may they, is it still possible: whoever leaves one out cannot register the handler of a press."""
    asked: dict[str, Callable[..., Any]] = {"who": persons.writer, "may": _mine, "still": always}
    del asked[left_out]
    with pytest.raises(TypeError, match=f"missing 1 required keyword-only argument: '{left_out}'"):
        pressed(order, **asked)  # type: ignore[call-arg,arg-type,unused-ignore]
    with pytest.raises(TypeError, match="tea: tea does not say who may press it"):
        replace(TEA, pressed={"tea": lambda *_: []})
