"""What an operator sees: how late, how much, what failed; the truth, cheaply, and nobody by name."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, bindparam, text
from sqlmodel import Session, select

from bot.chat.cards import Card
from bot.chat.ports import Finding
from bot.front.parts import PARTS
from bot.keeping.keycheck import REFUSAL, keep
from bot.keeping.seal import Seal, new_key
from bot.keeping.store import connect, migrate, migration_config, transaction
from bot.keeping.tables import SetAside, UtcDateTime, sealed_columns
from bot.keeping.vault import DatabaseVault
from bot.people import answers, persons
from bot.people.tables import OpenCard, Person, Registration, Round, SealedAnswer
from bot.programme.house import House
from scheduling import watch
from scheduling.due import dates_of
from scheduling.findings import look_over
from scheduling.watch import Metrics, Ready, look
from tests.scheduling.platforms import MINUTE, NOON, Watch, add_message, add_person

HOUR = timedelta(hours=1)
DATES = dates_of(PARTS).columns
HEAD = ScriptDirectory.from_config(migration_config()).get_current_head()


@pytest.fixture
def clock() -> Watch:
    """Return a clock that shows noon."""
    return Watch()


@pytest.fixture
def now(engine: Engine, clock: Watch) -> Watch:
    """Return the clock that goes with the database: PostgreSQL's own time where it has one."""
    if engine.dialect.name == "postgresql":
        clock.at = datetime.now(UTC)
    return clock


def set_aside(
    db: Session, person: Person, due: datetime, until: datetime, *, reason: str = "LookupError", attempts: int = 1
) -> None:
    """Set somebody's return from a pause aside, as if its handler had failed."""
    row = SetAside(action="end_pause", row_id=person.id, due=due, reason=reason, attempts=attempts, until=until)
    db.add(row)


def page(metrics: Metrics, engine: Engine, house: House, clock: Watch) -> dict[str, dict[tuple[str, ...], float]]:
    """Return the page as a monitoring system reads it: name, label values, value."""
    families = text_string_to_metric_families(metrics.render(engine, house, clock).decode())
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in families:
        for sample in family.samples:
            labels = tuple(value for name, value in sorted(sample.labels.items()) if name != "le")
            found.setdefault(sample.name, {})[labels] = sample.value
    return found


def test_an_empty_database_is_quiet(engine: Engine, house: House, clock: Watch) -> None:
    """Where nobody has written, nothing is late, waits or failed."""
    seen = look(engine, house, clock)
    assert set(seen.overdue.values()) == {0.0}
    assert set(seen.aside.values()) == {0}
    assert (set(seen.overdue), set(seen.aside)) == (set(DATES), set(DATES))
    assert (seen.waiting, seen.ready, seen.ended, seen.unreachable) == (0, {}, {}, {})
    assert seen.revision == HEAD


def test_how_late_the_earliest_date_is(engine: Engine, house: House, clock: Watch) -> None:
    """Of each action the latest one counts; what is to come is not late."""
    with transaction(engine, house) as db:
        for number, minutes in enumerate((-30, -90, 60)):
            add_person(db, f"person {number}", NOON + minutes * MINUTE)
    assert look(engine, house, clock).overdue == {**dict.fromkeys(DATES, 0.0), "end_pause": 5400.0}


def test_a_row_set_aside_is_counted_and_not_late(engine: Engine, house: House, clock: Watch) -> None:
    """It is late from its next try on; once its date has moved it counts no more."""
    with transaction(engine, house) as db:
        for number in range(3):
            person = add_person(db, f"person {number}", NOON - HOUR)
            moved = timedelta(days=number == 2)
            set_aside(db, person, NOON - HOUR - moved, NOON + HOUR, reason="LookupError", attempts=1)
        db.get_one(Person, person.id).resume_due_at = NOON + HOUR
    seen = look(engine, house, clock)
    assert (seen.aside["end_pause"], seen.overdue["end_pause"]) == (2, 0.0)
    clock.later(3 * HOUR)
    assert look(engine, house, clock).overdue["end_pause"] == 7200.0


def test_what_waits_and_what_could_go(engine: Engine, house: House, clock: Watch) -> None:
    """A message for later, one being sent and those behind one that is tried again wait, and could not go."""
    with transaction(engine, house) as db:
        ann, bo, cy, di = (add_person(db, user) for user in ("ann", "bo", "cy", "di"))
        add_message(db, ann, "ready")
        add_message(db, ann, "ready too", bulk=True)
        add_message(db, bo, "later").next_at = NOON + 9 * HOUR
        add_message(db, bo, "not behind it")
        sending = add_message(db, cy, "being sent")
        sending.state, sending.attempts, sending.next_at = "sending", 1, NOON + 2 * HOUR
        add_message(db, cy, "behind it")
        add_message(db, di, "over", platform="teams").state = "sent"
        add_message(db, di, "elsewhere", platform="teams").next_at = NOON + MINUTE
    clock.later(5 * MINUTE)
    seen = look(engine, house, clock)
    assert seen.waiting == 7
    assert seen.ready == {
        ("web", False): Ready(2, 300.0),
        ("web", True): Ready(1, 300.0),
        ("teams", False): Ready(1, 240.0),
    }


def test_ends_are_counted_by_platform(engine: Engine, house: House, clock: Watch) -> None:
    """Unknown outcomes, what was given up and what came too late are counted; what arrived is not."""
    with transaction(engine, house) as db:
        ann = add_person(db, "ann")
        for number, state in enumerate(("dead", "dead", "unknown", "expired", "sent", "pending")):
            add_message(db, ann, f"{number}").state = state
        add_message(db, ann, "elsewhere", platform="slack").state = "dead"
    expected = {("web", "dead"): 2, ("web", "unknown"): 1, ("web", "expired"): 1, ("slack", "dead"): 1}
    assert look(engine, house, clock).ended == expected


def test_people_who_cannot_be_reached(engine: Engine, house: House, clock: Watch) -> None:
    """They are counted by platform; whoever has been erased is nobody any more."""
    with transaction(engine, house) as db:
        for user, reachable, state in (("ann", True, "active"), ("bo", False, "active"), ("cy", False, "erased")):
            person = add_person(db, user)
            person.account.reachable, person.state = reachable, state
    assert look(engine, house, clock).unreachable == {"web": 1}


def test_counts_have_an_upper_bound(
    engine: Engine, house: House, clock: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of very many messages no more than so many are looked at, the oldest of them among those."""
    for bound in ("MOST_WAITING", "MOST_LOOKED_AT"):
        monkeypatch.setattr(watch, bound, 3)
    with transaction(engine, house) as db:
        ann = add_person(db, "ann")
        for minutes in (5, 3, 1, 2, 4):
            add_message(db, ann, f"{minutes}").next_at = NOON + minutes * MINUTE
    clock.later(HOUR)
    seen = look(engine, house, clock)
    assert (seen.waiting, seen.ready) == (3, {("web", False): Ready(3, 59 * 60.0)})


def test_looking_reads_no_whole_table(engine: Engine, house: House) -> None:
    """Every look goes through an index, so that it costs the same however many rows there are."""
    with transaction(engine, house) as db:
        if engine.dialect.name == "postgresql":
            db.connection().execute(text("SET LOCAL enable_seqscan = off"))
        for query in (watch._WAITING, watch._READY, watch._ENDED, watch._UNREACHABLE, watch._aside(PARTS)):
            explain = "EXPLAIN" if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
            values: list[Any] = [bindparam("now", NOON, UtcDateTime), bindparam("most", 10)]
            asked = text(f"{explain} {query.text}").bindparams(
                *(each for each in values if f":{each.key}" in query.text)
            )
            plan = [str(row[-1]) for row in db.connection().execute(asked)]
            tables = "(outbox|person|account)"
            whole = [line for line in plan if re.search(rf"Seq Scan on {tables}|SCAN {tables}$", line)]
            assert whole == []


def test_looking_changes_nothing_and_waits_for_nobody(engine: Engine, house: House, clock: Watch) -> None:
    """While somebody writes, an operator can look, and sees what was committed."""
    with transaction(engine, house) as db:
        add_person(db, "ann")
        db.flush()
        assert look(engine, house, clock).unreachable == {}


def test_what_this_process_did_is_on_the_page(engine: Engine, house: House, clock: Watch) -> None:
    """Events, dates, deliveries and failed ticks are counted under the names that they were announced with."""
    metrics = Metrics(actions=("home", "book"), platforms=("slack",))
    metrics.handled("said", 0.02)
    metrics.handled("pressed", 0.2, "book")
    metrics.noticed("check_in")
    metrics.noticed("check_in", failed=True)
    metrics.delivered("slack", "sent", waited=3.0)
    metrics.delivered("slack", "dead")
    metrics.tick_failed("dates")
    found = page(metrics, engine, house, clock)
    assert found["speedmentor_handler_seconds_count"] == {("", "said"): 1, ("book", "pressed"): 1}
    assert found["speedmentor_handler_seconds_sum"][("book", "pressed")] == 0.2
    assert found["speedmentor_dates_handled_total"] == {("check_in", "handled"): 1, ("check_in", "set_aside"): 1}
    assert found["speedmentor_deliveries_total"][("slack", "sent")] == 1
    assert found["speedmentor_deliveries_total"][("slack", "retry")] == 0
    assert found["speedmentor_delivery_wait_seconds_sum"] == {("slack",): 3.0}
    assert found["speedmentor_failed_ticks_total"][("dates",)] == 1
    assert not [name for name in found if name.endswith("_created")]


def test_what_the_database_holds_is_on_the_page(engine: Engine, house: House, clock: Watch) -> None:
    """The page agrees with a look, and has a zero for each platform that is connected."""
    with transaction(engine, house) as db:
        ann = add_person(db, "ann", NOON - MINUTE)
        ann.account.reachable = False
        add_message(db, ann, "waits")
    clock.later(MINUTE)
    found = page(Metrics(platforms=("slack", "web")), engine, house, clock)
    assert found["speedmentor_database_up"] == {(): 1}
    assert found["speedmentor_overdue_seconds"][("end_pause",)] == 120
    assert found["speedmentor_messages_waiting"] == {(): 1}
    assert found["speedmentor_message_lag_seconds"][("reply", "web")] == 60
    assert found["speedmentor_message_lag_seconds"][("bulk", "slack")] == 0
    assert found["speedmentor_messages_ended"][("slack", "dead")] == 0
    assert found["speedmentor_unreachable_people"] == {("slack",): 0, ("web",): 1}
    assert found["speedmentor_schema_revision"] == {(HEAD,): 1}
    assert ("speedmentor_clock_ahead_seconds" in found) == (engine.dialect.name == "postgresql")


def test_labels_name_nobody(engine: Engine, house: House, clock: Watch) -> None:
    """Names that nobody announced are counted as one, so that a person or a tenant can never become a label."""
    metrics = Metrics(actions=("home",), platforms=("web",))
    for _ in range(2):
        metrics.handled("pressed", 0.1, "ann@example.org")
        metrics.handled("ann", 0.1)
        metrics.noticed("ann")
        metrics.delivered("ann", "ann", 1.0)
        metrics.tick_failed("ann")
    with transaction(engine, house) as db:
        ann = add_person(db, "ann", NOON, tenant="anns-place")
        add_message(db, ann, "ann waits")
    metrics.render(engine, house, clock)
    text_ = metrics.render(engine, house, clock).decode()
    assert "ann" not in text_.replace("channel", "")
    assert 'speedmentor_deliveries_total{platform="other",state="other"} 2.0' in text_


def test_a_database_that_is_away_is_said_so(house: House, clock: Watch) -> None:
    """The page comes all the same, with what this process counted."""
    away = connect("postgresql://bot:secret@127.0.0.1:1/nothing")
    metrics = Metrics(platforms=("web",))
    metrics.delivered("web", "sent")
    found = page(metrics, away, house, clock)
    assert found["speedmentor_database_up"] == {(): 0}
    assert found["speedmentor_deliveries_total"][("web", "sent")] == 1
    assert "speedmentor_overdue_seconds" not in found
    away.dispose()


def test_two_bots_in_one_process_do_not_mix(engine: Engine, house: House, clock: Watch) -> None:
    """Every bot has counters of its own."""
    one, other = Metrics(platforms=("web",)), Metrics(platforms=("web",))
    one.delivered("web", "sent")
    assert page(other, engine, house, clock)["speedmentor_deliveries_total"][("web", "sent")] == 0


# What the doctor finds


def said(findings: list[Finding]) -> dict[str, tuple[bool, str]]:
    """Return what was said, by what was looked at."""
    return {finding.what: (finding.good, finding.say) for finding in findings}


def bad(findings: list[Finding]) -> Mapping[str, str]:
    """Return what is not as it should be; the tests' own PostgreSQL need not survive a power cut."""
    return {finding.what: finding.say for finding in findings if not finding.good and finding.what != "durability"}


@pytest.fixture
def well(engine: Engine, house: House, now: Watch) -> None:
    """Make a bot that is well: somebody coordinates, and something of each kind is sealed."""
    with transaction(engine, house) as db:
        cora = add_person(db, "cora")
        cora.coordinator, token = True, persons.close_card(cora.id, Card("asked"), db)
        db.add(OpenCard(person_id=cora.id, outbox_id=1, token=token, shown_at=NOON))
        round_ = Round(network_id=1, started_by=cora.id)
        db.add(round_)
        db.flush()
        registration = Registration(round_id=round_.id, person_id=cora.id, started_at=NOON)
        db.add(registration)
        db.flush()
        token = house.seal.close(f"registration:{registration.id}", answers.SEALED, {"identity": "secret"})
        db.add(SealedAnswer(registration_id=registration.id, token=token))
    DatabaseVault(engine, house, now).keep("slack:token", "secret")


@pytest.mark.usefixtures("well")
def test_a_bot_that_is_well(engine: Engine, house: House, now: Watch) -> None:
    """Nothing is wrong, and it says what was looked at."""
    findings = look_over(engine, house, now)
    assert bad(findings) == {}
    found = said(findings)
    assert found["tables"] == (True, f"They are at revision {HEAD}, as this version wants.")
    assert found["keys"] == (True, "They open everything that was tried: 3 sealed values.")
    assert found["coordinators"] == (True, "1 person can coordinate.")
    expected = ["database", "durability", "tables", "keys", "coordinators", "set aside", "dates", "delivery"]
    expected += [
        "given up",
        "people",
        *(("clock",) if engine.dialect.name == "postgresql" else ("foreign keys", "file")),
    ]
    assert sorted(found) == sorted(expected)


@pytest.mark.usefixtures("well")
def test_everything_found_wrong_says_what_to_do(engine: Engine, house: House, now: Watch) -> None:
    """Late, set aside, given up, unclear and unreachable: each is named, with what to do."""
    with transaction(engine, house) as db:
        bo = add_person(db, "bo", now.at - 3 * HOUR)
        cy = add_person(db, "cy", now.at - HOUR)
        set_aside(db, cy, now.at - HOUR, now.at + HOUR, reason="LookupError", attempts=3)
        for words, state, reason in (
            ("one", "dead", "not_in_channel"),
            ("two", "dead", "reader_gone"),
            ("three", "unknown", ""),
        ):
            row = add_message(db, cy, words)
            row.state, row.reason, row.next_at = state, reason, now.at + MINUTE
        for bulk in (False, True):
            add_message(db, bo, f"late {bulk}", bulk=bulk).next_at = now.at - 2 * HOUR
        for person in (bo, cy):
            person.account.reachable = False
    findings = look_over(engine, house, now)
    found = bad(findings)
    assert found["dates"].startswith("end_pause is 3 hours late. Is `app.py serve` running?")
    assert (
        f"end_pause of row {cy.id} failed with LookupError, 3 times. It is tried again in 1 hour." in found["set aside"]
    )
    assert "Given up in the last month: 1 message to web: not_in_channel." in found["given up"]
    assert [each.say for each in findings if each.what == "delivery"] == [
        f"1 message to web, {kind}, could go; the oldest for 2 hours. Is `app.py serve` running with web set up? "
        "If so, look at the platform's status page."
        for kind in ("in reply to somebody", "in bulk")
    ]
    assert said(findings)["unknown outcomes"][0]
    assert "(web: 2 of 3)" in said(findings)["people"][1]
    assert not any(word in str(findings) for word in ("cy'", "bo'", "three"))


@pytest.mark.usefixtures("well")
def test_many_rows_set_aside_are_summed_up(engine: Engine, house: House, now: Watch) -> None:
    """A list that nobody would read to its end is cut, and says how many there are."""
    with transaction(engine, house) as db:
        for number in range(13):
            person = add_person(db, f"person {number}", now.at - HOUR)
            set_aside(db, person, now.at - HOUR, now.at, reason="words of a person", attempts=number)
    lines = [finding.say for finding in look_over(engine, house, now) if finding.what == "set aside"]
    assert (len(lines), lines[-1]) == (11, "3 more rows are set aside.")
    assert "12 times" in lines[0]
    assert "words" not in "".join(lines)


@pytest.mark.usefixtures("well")
def test_a_lost_key_is_noticed(engine: Engine, now: Watch) -> None:
    """Values that were sealed with a key that is not there any more are counted by kind, and nothing is shown."""
    rotated = House(programmes={}, seal=Seal([new_key()]))
    DatabaseVault(engine, rotated, now).keep("slack:newer", "secret")
    found = bad(look_over(engine, rotated, now))
    assert found["keys"] == (
        "They do not open what is stored; of those tried: 1 of 1 private answers, 1 of 1 cards, 1 of 2 platform "
        "secrets. Put the key that sealed them back into SPEEDMENTOR_KEYS, after the newest one. Without it nobody can "
        "read them."
    )


@pytest.mark.usefixtures("well")
def test_another_key_than_the_databases_is_found(engine: Engine, house: House, now: Watch) -> None:
    """Keys that a start would refuse are found with the same sentence, and those that fit are well."""
    migrate(engine, partial(keep, seal=house.seal, sealed=sealed_columns()))
    assert bad(look_over(engine, house, now)) == {}
    strange = House(programmes={}, seal=Seal([new_key()]))
    assert bad(look_over(engine, strange, now)) == {"keys": REFUSAL}


@pytest.mark.usefixtures("well")
def test_a_whole_platform_that_is_lost(engine: Engine, house: House, now: Watch) -> None:
    """Where nobody of a platform can be reached, it is not the people who have left."""
    with transaction(engine, house) as db:
        for person in db.exec(select(Person)):
            person.account.reachable = False
    found = bad(look_over(engine, house, now))
    assert "look whether the app is still installed there" in found["people"]
    assert found["coordinators"].startswith("None of those who coordinate can be reached. Print a code")


def test_nobody_coordinates_at_first(engine: Engine, house: House, now: Watch) -> None:
    """A new bot says how to get a coordinator."""
    assert bad(look_over(engine, house, now)) == {
        "coordinators": "Nobody coordinates. Print a code with `app.py coordinator`; whoever types it to the bot "
        "becomes a coordinator."
    }


@pytest.mark.parametrize(
    ("revision", "say"),
    [("9999", "a newer one has used them"), ("0001", f"this version wants {HEAD}"), (None, "There are none yet")],
)
def test_tables_of_another_version(engine: Engine, house: House, now: Watch, revision: str | None, say: str) -> None:
    """Older, newer or no tables: what to do is said, and nothing further is looked at."""
    with engine.begin() as connection:
        change = "DROP TABLE alembic_version" if revision is None else "UPDATE alembic_version SET version_num = :to"
        connection.execute(text(change), {} if revision is None else {"to": revision})
    findings = look_over(engine, house, now)
    assert findings[-1].what == "tables"
    assert not findings[-1].good
    assert say in findings[-1].say


def test_a_clock_that_is_off(postgres_databases: Callable[[], str], house: House) -> None:
    """A machine whose time is another than the database's is told by how much."""
    engine = connect(postgres_databases())
    clock = Watch(datetime.now(UTC) + timedelta(seconds=90))
    found = bad(look_over(engine, house, clock))
    assert re.match(r"This machine's clock and the database's differ by (89|90)\.\d seconds\. Let both", found["clock"])
    engine.dispose()


def test_a_database_that_may_forget_is_named(postgres_databases: Callable[[], str], house: House, clock: Watch) -> None:
    """A PostgreSQL that does not write to disk at each commit breaks the promise that nothing is lost."""
    engine = connect(postgres_databases())
    with engine.connect() as connection:
        off = [
            name
            for name in ("fsync", "synchronous_commit")
            if connection.execute(text(f"SHOW {name}")).scalar() == "off"
        ]
    good, say = said(look_over(engine, house, clock))["durability"]
    assert good == (not off)
    assert all(name in say for name in off)
    engine.dispose()


def test_a_database_that_cannot_be_reached(house: House, clock: Watch) -> None:
    """Neither the address nor the password is repeated, and no other line follows."""
    away = connect("postgresql://bot:secret@127.0.0.1:1/nothing")
    (finding,) = look_over(away, house, clock)
    assert (finding.what, finding.good) == ("database", False)
    assert "OperationalError" in finding.say
    assert "secret" not in finding.say
    away.dispose()


def test_a_file_that_is_not_there_is_not_made(house: House, clock: Watch, tmp_path: Path) -> None:
    """Looking at a database that does not exist leaves no empty one behind."""
    engine = connect(f"sqlite:///{tmp_path}/none.sqlite")
    (finding,) = look_over(engine, house, clock)
    assert finding.say.startswith(f"There is no file {tmp_path}/none.sqlite yet.")
    assert not (tmp_path / "none.sqlite").exists()
