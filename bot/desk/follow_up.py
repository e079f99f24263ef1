"""How an announced round is going, and its report as files: put together from what every part has to add.

Private answers, wishes and decisions are in none of it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from bot.chat import grammar
from bot.chat.cards import Button, Card, Fact, File, Send
from bot.chat.events import Pressed
from bot.desk import words
from bot.groups import stages, views
from bot.matching.files import as_csv
from bot.people import coordinators, persons
from bot.people.coordinators import TheirRound
from bot.people.tables import Person, Registration, Round
from bot.programme.house import house, programme_of


def follow_up(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Show how an announced round is going."""
    del event, now
    round_ = about.round
    facts = tuple(Fact(grammar.begin(label), str(number)) for label, number in funnel(round_, db).items())
    buttons = (
        Button(words.REPORT, "report", str(round_.id)),
        Button(words.UNMATCHED, "unmatched", str(round_.id)),
        Button(words.FILL_WAITING, "preview", str(round_.id)),
        Button(words.TAKE_OUT, "take_out", str(round_.id)),
        coordinators.back_to(round_),
    )
    text = grammar.paragraphs(
        words.FOLLOW_UP_TEXT, *(need for part in house(db).parts for need in part.needs(round_, db))
    )
    return [persons.send(about.person, Card(title=words.FOLLOW_UP, text=text, facts=facts, buttons=buttons))]


def report(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Give the report of a round as CSV files: totals, people, and pairs."""
    del event
    round_ = about.round
    coordinators.note(about.person, "downloaded the report", f"round {round_.id}", db, now)
    files = (
        File("totals.csv", "text/csv", as_csv([("what", "how many"), *funnel(round_, db).items()])),
        File("people.csv", "text/csv", people_csv(round_, db)),
        File("pairs.csv", "text/csv", _pairs_csv(round_, db)),
    )
    buttons = (coordinators.back_to(round_),)
    return [persons.send(about.person, Card(title=words.REPORT, text=words.REPORT_TEXT, files=files, buttons=buttons))]


def funnel(round_: Round, db: Session) -> dict[str, int]:
    """Return the figures of a round in the order of the journey."""
    return {label: count for part in house(db).parts for label, count in part.figures(round_, db).items()}


def people_csv(round_: Round, db: Session) -> str:
    """Return the people of a round with their open answers, one row each."""
    programme = programme_of(round_, db)
    open_ = [q for q in programme.question if not q.private and q.kind != "consent"]
    named = programme.of_kind("name")
    added = _columns(part.people(round_, db) for part in house(db).parts)
    rows: list[tuple[object, ...]] = [("state", *added, *(question.label for question in open_))]
    query = select(Registration, Person.name).join(Person).where(Registration.round_id == round_.id)
    query = query.where(col(Registration.state).not_in(("interested", "withdrawn")))
    for mine, name in db.exec(query.order_by(col(Registration.id))).all():
        shown = (programme.show(q.name, mine.answers) if q.name != named else name for q in open_)
        rows.append((mine.state, *(values.get(mine.id, 0) for values in added.values()), *shown))
    return as_csv(rows)


def _pairs_csv(round_: Round, db: Session) -> str:
    programme = programme_of(round_, db)
    added = _columns(part.pairs(round_, db) for part in house(db).parts)
    rows: list[tuple[object, ...]] = [(*(role.name for role in programme.roles.values()), "state", *added)]
    for group in views.of_round(round_, db):
        there = views.everybody(group, db)
        names = (", ".join(view.person.name for view in there if view.side == side) for side in programme.roles)
        state = words.MATCH_STATES[stages.called(group, db)]
        rows.append((*names, state, *(values.get(group.id, 0) for values in added.values())))
    return as_csv(rows)


def _columns(told: Iterable[Mapping[str, Mapping[int, object]]]) -> dict[str, Mapping[int, object]]:
    """Return the columns that the parts add, by heading, in the order of the parts."""
    return {heading: values for columns in told for heading, values in columns.items()}
