"""A database of before comes along: what stands in it is where the new program looks for it."""

from alembic import command
from sqlalchemy import Connection, Engine, text
from sqlmodel import SQLModel, col, select

from bot.keeping.store import migrate, migration_config, transaction
from bot.keeping.tables import Outbox
from bot.people import open_cards, persons
from bot.people.tables import Person
from bot.programme.house import House
from tests.scheduling.platforms import NOON

NOW = {"now": NOON.replace(tzinfo=None).isoformat(sep=" "), "true": True, "false": False}


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
    """Words typed after an upgrade answer what they would have answered before, and the old columns are empty."""
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
        assert (person.asked, person.asked_id, person.asked_before, person.asked_before_id) == ("", None, "", None)
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
        found = db.exec(select(Person.name, Person.suggestion).order_by(col(Person.id))).all()
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
    assert list(about) == ["match:77", "match:77", "match:77", "", ""]
