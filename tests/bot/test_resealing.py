"""A new key takes over from an old one without anything being lost."""

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel, col, select

from bot.chat.cards import Card
from bot.keeping.resealing import BATCH, reseal
from bot.keeping.seal import NotYoursError, Seal, new_key
from bot.keeping.store import transaction
from bot.keeping.tables import Outbox, sealed_columns
from bot.people import persons
from bot.people.tables import OpenCard, Person, SealedAnswer
from bot.programme.house import House
from tests.scheduling.platforms import NOON, add_message, add_person

OLD, NEW = new_key(), new_key()


def test_everything_opens_with_the_new_key_alone(engine: Engine) -> None:
    """After resealing, the old key is needed for nothing; doing it again changes nothing that can be read."""
    house = House({}, Seal([OLD]))
    with transaction(engine, house) as db:
        ada = add_person(db, "ada")
        token = persons.close_card(ada.id, Card("asked"), db)
        db.add(OpenCard(person_id=ada.id, outbox_id=1, token=token, shown_at=NOON))
        for number in range(BATCH + 3):
            add_message(db, ada, f"message {number}")
    assert reseal(engine, House({}, Seal([NEW, OLD]))) == BATCH + 4
    for _ in range(2):
        with transaction(engine, House({}, Seal([NEW]))) as db:
            ada = db.exec(select(Person)).one()
            assert persons.open_card(ada.id, db.exec(select(OpenCard.token)).one(), db).text == "asked"
            rows = db.exec(select(Outbox).order_by(col(Outbox.id))).all()
            assert [persons.open_card(ada.id, row.payload, db).text for row in rows] == [
                f"message {number}" for number in range(BATCH + 3)
            ]
        assert reseal(engine, House({}, Seal([NEW]))) == BATCH + 4


def test_a_missing_key_is_noticed(engine: Engine) -> None:
    """Where the old key is not at hand any more, nothing is changed."""
    with transaction(engine, House({}, Seal([OLD]))) as db:
        number = add_message(db, add_person(db, "ada"), "hello").id
    with pytest.raises(NotYoursError):
        reseal(engine, House({}, Seal([NEW])))
    with transaction(engine, House({}, Seal([OLD]))) as db:
        row = db.get_one(Outbox, number)
        assert persons.open_card(row.person_id, row.payload, db).text == "hello"


def test_no_sealed_column_is_forgotten() -> None:
    """Whatever is called a token is listed; a new sealed column has to be."""
    listed = {(column.table.name, column.name) for column in sealed_columns()}
    named = {
        (table.name, column.name)
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if column.name in {"token", "payload", "note", "place"}
    }
    assert named == listed
    assert ("sealed_answer", "token") in listed
    assert SealedAnswer.__tablename__ == "sealed_answer"
