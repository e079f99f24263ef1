"""What a coordinator's presses cost in a round of a thousand people: python -m bench.presses [mentors] [mentees].

Slack waits three seconds for an answer, and on SQLite nobody else can write meanwhile. The people are made up and put
into an empty SQLite database; each press is handled and committed as a real one is, and its messages are only stored.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, event
from sqlmodel import Session, select

from adapters.crowd.people import people as made_up
from bot.chat.events import Address, Pressed, Said
from bot.front.parts import build, load_all
from bot.front.respond import respond
from bot.groups.tables import Group
from bot.keeping.seal import Seal, new_key
from bot.keeping.store import connect, migrate, run
from bot.people import accounts, coordinators
from bot.people.answers import keep
from bot.people.tables import Person, Registration, Round
from bot.programme.questions import MENTEE, MENTOR

NOW = datetime(2027, 2, 10, 10, 0, tzinfo=UTC)
CORA = Address("web", "bench", "cora")
LOOKING = ("desk", "who", "preview", "pairs", "pair_rule", "unmatched", "announce")
DOING = ("announce_surely", "follow_up", "report", "take_out", "end_round", "end_round_surely")
IDS = count(1)


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Lend the list that the database's statements are noted in."""
    noted: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        noted.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield noted
    event.remove(engine, "before_cursor_execute", note)


def fill(mentors: int, mentees: int, db: Session) -> int:
    """Register people in a round that has closed; return its id."""
    cora = db.exec(select(Person)).one()
    round_ = Round(network_id=cora.network_id, programme="speed", name="Bench", state="closed", started_by=cora.id)
    round_.opens_at, round_.closes_at = NOW - timedelta(days=20), NOW - timedelta(days=1)
    db.add(round_)
    db.flush()
    programme = load_all()["speed"]
    for number, each in enumerate(made_up(mentors, mentees, 1, 60)):
        person = accounts.newcomer(Address("web", "bench", each.user), cora.network_id, db, NOW)
        person.name = each.name
        mine = Registration(round_id=round_.id, person_id=person.id, state="registered", started_at=NOW)
        mine.registered_at = NOW
        db.add(mine)
        db.flush()
        given = {programme.of_kind("role"): MENTOR if number < mentors else MENTEE, **each.answers}
        for question in programme.question:
            if question.kind != "consent" and given.get(question.name):
                keep(mine, question, given[question.name], db, NOW)
    return round_.id


def main() -> None:
    """Press everything once and print the table."""
    mentors, mentees = (int(number) for number in (sys.argv[1:3] or ("425", "550")))
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(f"sqlite:///{Path(folder) / 'bench.db'}")
        migrate(engine)
        house = build({"speed": load_all()["speed"]}, Seal([new_key()]))
        code = run(engine, house, lambda db: coordinators.new_code(db, NOW))
        run(engine, house, lambda db: respond(Said("code", CORA, code), db, NOW))
        round_id = run(engine, house, lambda db: fill(mentors, mentees, db))
        print("| press | processor seconds | statements | messages |\n|---|---:|---:|---:|")
        for action in (*LOOKING, *DOING):
            value, fields = str(round_id), {}
            if action == "pair_rule":
                first = run(engine, house, lambda db: db.exec(select(Group.id)).first())
                value, fields = f"{round_id}:lock", {"pair": str(first)}
            press = Pressed(f"press-{next(IDS)}", CORA, action, value, fields)
            with counted(engine) as statements:
                began = time.process_time()
                sent = run(engine, house, lambda db, press=press: len(respond(press, db, NOW)))  # type: ignore[misc]
                took = time.process_time() - began
            print(f"| {action} | {took:.2f} | {len(statements)} | {sent:,} |")
        engine.dispose()


if __name__ == "__main__":
    main()
