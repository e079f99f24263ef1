"""A database knows the keys that it is sealed with, and whoever comes without one of them is refused."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import Engine, event
from sqlmodel import select

from bot.keeping.keycheck import NAME, WrongKeysError, keep
from bot.keeping.resealing import BATCH, reseal
from bot.keeping.seal import Seal, new_key
from bot.keeping.store import connect, migrate, transaction
from bot.keeping.tables import Outbox, Secret, sealed_columns
from bot.programme.house import House
from tests.scheduling.platforms import add_message, add_person

OLD, NEW, NEWEST = new_key(), new_key(), new_key()


def starts(engine: Engine, *keys: str) -> bool:
    """Open the database with these keys, newest first; tell whether they were taken."""
    try:
        migrate(engine, partial(keep, seal=Seal(list(keys)), sealed=sealed_columns()))
    except WrongKeysError:
        return False
    return True


def note(engine: Engine) -> str | None:
    """Return the note of the keys, as it is stored."""
    with transaction(engine, House({}, Seal([OLD])), read_only=True) as db:
        return db.exec(select(Secret.token).where(Secret.name == NAME)).first()


def seal_with(key: str, engine: Engine, *, messages: int = 1) -> None:
    """Leave waiting messages that are sealed with this key."""
    with transaction(engine, House({}, Seal([key]))) as db:
        person = add_person(db, key)
        for number in range(messages):
            add_message(db, person, f"{key} {number}")


def test_the_first_key_stays_the_databases(engine: Engine) -> None:
    """Another key is refused from the first start on, and the right one is let in without anything being written."""
    assert starts(engine, OLD)
    first = note(engine)
    assert first is not None
    assert not starts(engine, NEW)
    assert starts(engine, OLD)
    assert note(engine) == first


def test_of_many_first_keys_one_wins(engine: Engine) -> None:
    """However many come together with different keys, one of them is the database's."""
    url = engine.url.render_as_string(hide_password=False)

    def start(key: str) -> bool:
        own = connect(url)
        try:
            return starts(own, key)
        finally:
            own.dispose()

    keys = [new_key() for _ in range(4)]
    with ThreadPoolExecutor(len(keys)) as pool:
        taken = list(pool.map(start, keys))
    assert sum(taken) == 1
    assert [starts(engine, key) for key in keys] == taken


def test_what_is_sealed_already_tells_the_key(engine: Engine) -> None:
    """In a database of before, a stranger is found by what is stored, and then nothing is noted."""
    seal_with(OLD, engine)
    assert not starts(engine, NEW)
    assert note(engine) is None
    assert starts(engine, OLD)


def test_a_database_of_before_may_need_every_key(engine: Engine) -> None:
    """Which of several keys sealed what is not known there, so each is needed until everything is sealed anew."""
    seal_with(OLD, engine)
    seal_with(NEW, engine)
    for key in (OLD, NEW):
        assert not starts(engine, key)
    assert starts(engine, NEW, OLD)
    assert not starts(engine, NEW)
    reseal(engine, House({}, Seal([NEW, OLD])))
    assert starts(engine, NEW)


def test_an_empty_database_needs_no_key_of_before(engine: Engine) -> None:
    """Where nothing is sealed, an old key that is still listed is not asked for again."""
    assert starts(engine, NEW, OLD)
    assert starts(engine, NEW)


def test_each_key_that_seals_is_needed_until_all_is_sealed_anew(engine: Engine) -> None:
    """A new key in front joins the old one; after resealing, it is the only one that is taken and needed."""
    assert starts(engine, OLD)
    seal_with(OLD, engine)
    assert starts(engine, OLD, NEW)
    assert starts(engine, OLD)
    assert starts(engine, NEW, OLD)
    for keys in ([OLD], [NEW], [NEWEST], [NEWEST, NEW]):
        assert not starts(engine, *keys)
    assert starts(engine, OLD, NEW)
    reseal(engine, House({}, Seal([NEW, OLD])))
    assert starts(engine, NEW)
    assert not starts(engine, OLD)


def test_a_resealing_that_was_cut_off_still_needs_both_keys(engine: Engine) -> None:
    """Half of the messages under the new key are not enough for it to start alone; the other half can be done."""
    assert starts(engine, OLD)
    seal_with(OLD, engine, messages=BATCH + 3)
    assert starts(engine, NEW, OLD)
    updates: list[str] = []

    def cut(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        updates.extend([statement] * statement.startswith("UPDATE outbox"))
        if len(updates) > BATCH:
            raise KeyboardInterrupt

    event.listen(engine, "before_cursor_execute", cut)
    with pytest.raises(KeyboardInterrupt):
        reseal(engine, House({}, Seal([NEW, OLD])))
    event.remove(engine, "before_cursor_execute", cut)
    with transaction(engine, House({}, Seal([NEW])), read_only=True) as db:
        opened = [Seal([NEW]).opens(token) for token in db.exec(select(Outbox.payload))]
    assert (opened.count(True), opened.count(False)) == (BATCH, 3)
    assert not starts(engine, NEW)
    assert not starts(engine, OLD)
    assert starts(engine, NEW, OLD)
    reseal(engine, House({}, Seal([NEW, OLD])))
    assert starts(engine, NEW)


@pytest.mark.parametrize("order", [(OLD, NEW), (NEW, OLD)])
def test_a_key_is_missed_that_sealed_beside_the_note(engine: Engine, order: tuple[str, str]) -> None:
    """What another key has sealed without being noted is found at either end of a table."""
    assert starts(engine, NEW)
    for key in order:
        seal_with(key, engine)
    assert not starts(engine, NEW)
    assert starts(engine, NEW, OLD)
