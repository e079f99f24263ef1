"""A database of before comes along: what stands in it is where the new program looks for it."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlmodel import SQLModel, col, select

from bot.chat.events import Address
from bot.keeping import migrations
from bot.keeping.store import OthersRunError, connect, migrate, migration_config, transaction
from bot.keeping.tables import Outbox
from bot.people import open_cards, persons
from bot.people.tables import Account, Person
from bot.programme.house import House
from tests.bot.test_alone import holder
from tests.scheduling.platforms import NOON

NOW = {"now": NOON.replace(tzinfo=None).isoformat(sep=" "), "true": True, "false": False}


RELEASED = {  # never changed again: databases have been through them
    "0001": "0069e886d9b298e34cad40cc50793f99439187ad39e41c17aea7a2bf04057175",
    "0002": "edc76fe62e29762a472d12c3b53d334baeb464713f049986793afb7b8aca9e6e",
    "0003": "89cdd293ffe9f566f15396693ab8a5852d3575cbadec46db350bd5f24b1a4b33",
    "0004": "34f919e764f42d2afa8a58077a66996c19e4598f30b5cd455087b35070157d4a",
    "0005": "6bf1ca7916717a92bf31508e744ae1d3c6a2f96492bb592ab01b8af37f439ca4",
    "0006": "c1f7b8609c28320b6fa7065ab0eb02e4df2c65925906fc7c3f90d1c38d13f14c",
}
NEEDS_THE_KEY = """
from alembic import context, op

revision = "9000"
down_revision = "{head}"
branch_labels = depends_on = None


def upgrade():
    token = context.config.attributes["seal"].close("network:1", "name", "sealed by a revision")
    op.get_bind().exec_driver_sql(f"UPDATE network SET name = '{{token}}'")
"""


def test_what_was_released_does_not_change() -> None:
    """A revision that databases have been through stays as it is; a mistake in it is mended by the next one."""
    files = Path(migrations.__file__).parent.glob("versions/0*.py")
    found = {path.name[:4]: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert {revision: found.get(revision) for revision in RELEASED} == RELEASED
    assert len(found) - len(RELEASED) <= 1, "name the digests of all revisions but the one that is being written"


@pytest.mark.parametrize("revision", ["0005"])
def test_an_upgrade_that_stops_all_says_so(engine: Engine, revision: str) -> None:
    """While a bot of before runs, its tables are left alone, and whoever starts the new one reads what to do."""
    _at(revision, engine)
    with _running(engine), pytest.raises(OthersRunError, match="Stop every process of speedmentor that uses it"):
        migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == revision
    migrate(engine)


def test_from_then_on_upgrades_are_rolling(engine: Engine) -> None:
    """A database that is past it is taken as it is, whoever else runs."""
    with _running(engine):
        migrate(engine)


def test_a_revision_that_needs_the_key_is_given_it(engine: Engine, house: House, tmp_path: Path) -> None:
    """So that what it seals can be opened, and no revision has to find the key by itself."""
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO network (name, created_at) VALUES ('ours', :now)"), NOW)
    config = migration_config()
    head = ScriptDirectory.from_config(config).get_current_head()
    (tmp_path / "9000_sealing.py").write_text(NEEDS_THE_KEY.format(head=head), encoding="utf-8")
    here = Path(migrations.__file__).parent / "versions"
    config.set_main_option("version_locations", os.pathsep.join(map(str, (here, tmp_path))).replace("%", "%%"))
    migrate(engine, seal=house.seal, config=config)
    with engine.connect() as connection:
        token = connection.execute(text("SELECT name FROM network")).scalar_one()
    assert house.seal.open("network:1", "name", token) == "sealed by a revision"


@contextmanager
def _running(engine: Engine) -> Iterator[None]:
    """Let another bot use the database: on SQLite a process that holds its file, on PostgreSQL a connection."""
    if engine.dialect.name == "sqlite":
        with holder(Path(str(engine.url.database))) as process:
            yield
            process.kill()
        return
    other = connect(engine.url.render_as_string(hide_password=False))
    with other.connect():
        yield
    other.dispose()


def _at(revision: str, engine: Engine) -> None:
    """Make the database empty, and bring it to an older revision."""
    with engine.begin() as connection:
        SQLModel.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        config = migration_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _person(connection: Connection, number: int, name: str, **more: object) -> None:
    values = {"asked": "", "asked_id": None, "asked_before": "", "asked_before_id": None, **more}
    connection.execute(
        text(
            'INSERT INTO person (id, network_id, platform, tenant, "user", route, name, email, zone, state, '
            "coordinator, reachable, asked, asked_id, asked_before, asked_before_id, created_at) "
            "VALUES (:id, 1, 'web', 'here', :user, '', :name, '', '', 'active', :false, :true, :asked, :asked_id, "
            ":asked_before, :asked_before_id, :now)"
        ),
        {**NOW, **values, "id": number, "user": f"user {number}", "name": name},
    )


def _message(connection: Connection, number: int, person: int, key: str, ref: str = "") -> None:
    connection.execute(
        text(
            "INSERT INTO outbox (id, person_id, platform, tenant, state, bulk, payload, replaces, key, next_at, "
            "attempts, ref, reason, created_at) VALUES (:id, :person, 'web', 'here', :state, :false, '', '', :key, "
            ":now, 0, :ref, '', :now)"
        ),
        {**NOW, "id": number, "person": person, "key": key, "ref": ref, "state": "sent" if ref else "pending"},
    )


def test_the_last_two_cards_are_open_cards(engine: Engine, house: House) -> None:
    """Words typed after an upgrade answer what they would have answered before."""
    _at("0003", engine)
    tokens = {
        text_: house.seal.close(
            "person:1",
            "card",
            {
                "text": text_,
                "title": "",
                "facts": [],
                "fields": [],
                "buttons": [{"label": "Yes", "action": "home", "value": "", "url": "", "also": []}],
                "files": [],
                "meet": [],
                "typed": None,
            },
        )
        for text_ in ("first", "last")
    }
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO network (id, name, created_at) VALUES (1, 'ours', :now)"), NOW)
        _person(connection, 1, "", asked=tokens["last"], asked_id=12, asked_before=tokens["first"], asked_before_id=11)
        for number in (11, 12):
            _message(connection, number, 1, f"key {number}", ref=f"message {number}")
    migrate(engine)
    with transaction(engine, house) as db:
        person = db.get_one(Person, 1)
        shown = open_cards.shown(person, db, NOON)
        assert [(each.card.text, each.ref) for each in shown] == [("first", "message 11"), ("last", "message 12")]
        assert persons.open_card(1, tokens["last"], db).text == "last"


def test_only_a_name_that_was_said_stays_a_name(engine: Engine, house: House) -> None:
    """What no registration of somebody's holds was their platform's suggestion."""
    _at("0003", engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO network (id, name, created_at) VALUES (1, 'ours', :now)"), NOW)
        for number, name in enumerate(("Ann", "From Platform"), start=1):
            _person(connection, number, name)
        connection.execute(
            text(
                "INSERT INTO round (id, network_id, programme, name, state, answers, started_by) "
                "VALUES (1, 1, 'speed', 'One', 'open', '{}', 1)"
            )
        )
        for number, answers in ((1, '{"name": "Ann", "days": ["mon"]}'), (2, '{"grade": "HEO"}')):
            connection.execute(
                text(
                    "INSERT INTO registration (id, round_id, person_id, state, answers, changing, waiting, started_at) "
                    "VALUES (:id, 1, :id, 'unfinished', :answers, '', :true, :now)"
                ),
                {**NOW, "id": number, "answers": answers},
            )
    migrate(engine)
    with transaction(engine, house) as db:
        found = db.exec(select(Person.name, Account.suggestion).join(Account).order_by(col(Person.id))).all()
    assert [tuple(each) for each in found] == [("Ann", ""), ("", "From Platform")]


def test_nudges_that_wait_say_what_they_are_about(engine: Engine, house: House) -> None:
    """When their match ends after the upgrade, they are withdrawn as before."""
    _at("0004", engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO network (id, name, created_at) VALUES (1, 'ours', :now)"), NOW)
        connection.execute(
            text(
                'INSERT INTO person (id, network_id, platform, tenant, "user", route, name, suggestion, email, zone, '
                "state, coordinator, reachable, asked, asked_before, created_at) "
                "VALUES (1, 1, 'web', 'here', 'ann', '', '', '', '', '', 'active', :false, :true, '', '', :now)"
            ),
            NOW,
        )
        connection.execute(
            text(
                "INSERT INTO round (id, network_id, programme, name, state, answers, started_by) "
                "VALUES (1, 1, 'speed', 'One', 'announced', '{}', 1)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO registration (id, round_id, person_id, state, answers, changing, waiting, started_at) "
                "VALUES (1, 1, 1, 'registered', '{}', '', :false, :now)"
            ),
            NOW,
        )
        connection.execute(
            text(
                "INSERT INTO match (id, round_id, mentor_id, mentee_id, state, origin, score, reasons, book_reminders, "
                "introduce) VALUES (77, 1, 1, 1, 'going_on', 'solver', 0, '[]', 0, '')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO pair (id, match_id, state, weeks, silent, number, guidance, started_at) "
                "VALUES (5, 77, 'active', 4, 0, 1, 0, :now)"
            ),
            NOW,
        )
        keys = ("check-in:5:1:1:0", "guidance:5:1:mentor", "lapsed:77:3:2026", "welcome:1", "check-in:55:1:1:0")
        for number, key in enumerate(keys, start=1):
            _message(connection, number, 1, key)
    migrate(engine)
    with transaction(engine, house) as db:
        about = db.exec(select(Outbox.about).order_by(col(Outbox.id))).all()
    assert list(about) == ["group:77", "group:77", "group:77", "", ""]


def test_everybody_has_the_account_that_they_wrote_from(engine: Engine, house: House) -> None:
    """Whoever was known is found where they were, with what their platform knows; what waits for them goes there."""
    _at("0005", engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO network (id, name, created_at) VALUES (1, 'ours', :now)"), NOW)
        for number in (3, 9):
            _person(connection, number, f"Name {number}")
            _message(connection, number, number, f"key {number}")
        connection.execute(
            text(
                "UPDATE person SET suggestion = 'Nine', email = 'a@b.example', route = 'way', reachable = :false "
                "WHERE id = 9"
            ),
            NOW,
        )
    migrate(engine)
    with transaction(engine, house) as db:
        for number, known in ((3, ("", "", "", True)), (9, ("Nine", "a@b.example", "way", False))):
            person = persons.find(Address("web", "here", f"user {number}"), db)
            assert person is not None
            account = person.account
            assert (person.id, person.name) == (number, f"Name {number}")
            assert (account.suggestion, account.email, account.route, account.reachable) == known
            assert db.get_one(Outbox, number).account_id == account.id
        assert len(db.exec(select(Account.id)).all()) == 2
