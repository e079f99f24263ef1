"""A year with a few made-up people, on the real thing; and proof that what is checked meanwhile can fail."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from adapters.crowd.crowd import Crowd
from adapters.crowd.people import people
from bot.chat.cards import Button, Card, Fact, Field
from bot.chat.events import Address, Due, Pressed, Said
from bot.groups.tables import Group, GroupMember, Series
from bot.keeping.store import connect, migrate
from bot.keeping.tables import Outbox, SetAside
from bot.meetings.tables import Meeting
from bot.people import accounts, coordinators
from bot.people.tables import Network, Registration, Round
from bot.programme.house import House
from scheduling.simulation import Progress, Result, funnel, simulate
from scheduling.simulation.privacy import private_words
from scheduling.simulation.promises import BrokenPromiseError, Cause, Promises

MONDAY = datetime(2027, 3, 1, 10, tzinfo=UTC)


def a_year(engine: Engine, house: House, seed: int, mentors: int, mentees: int, weeks: int = 60) -> Result:
    """Run a small programme."""
    crowd = Crowd(people(mentors, mentees, seed, weeks), seed)
    crowd.messenger.fails = 0.01
    return simulate(engine, house, crowd, coordinators.new_code, weeks=weeks, seed=seed)


@pytest.fixture
def speed(house: House) -> House:
    """A house with one programme."""
    return replace(house, programmes={"speed": house.programmes["speed"]})


# ------------------------------------------------------------------------------------------------ whole programmes


@pytest.mark.parametrize(("mentors", "mentees", "seed"), [(12, 16, 1), (6, 8, 2)])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_year_goes_by_and_every_promise_is_kept(
    engine: Engine, speed: House, mentors: int, mentees: int, seed: int
) -> None:
    """People register, are matched, meet, go on, check in and leave; nothing is lost and nothing is sent twice."""
    result = a_year(engine, speed, seed, mentors, mentees)
    assert (result.lost, result.duplicates) == (0, 0)
    assert result.registered > (mentors + mentees) / 2
    assert result.pairs >= result.going_on > 0
    assert result.sessions_booked >= result.sessions_held > 0
    assert result.check_ins_answered > 0
    assert result.messages > result.events > (mentors + mentees) * 10
    assert set(result.seconds_of) == {"people", "dates", "delivery", "checks"}


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_the_same_on_postgresql(engine: Engine, speed: House) -> None:
    """The first months of a programme, on the database of many replicas."""
    result = a_year(engine, speed, seed=3, mentors=6, mentees=8, weeks=14)
    assert (result.lost, result.duplicates) == (0, 0)
    assert result.sessions_held > 0


def test_the_same_seed_has_the_same_result(tmp_path: Path, speed: House) -> None:
    """A run can be replayed from its seed; another seed is another year."""
    results = []
    for number, seed in enumerate((5, 5, 6)):
        engine = connect(f"sqlite:///{tmp_path}/{number}.db")
        migrate(engine)
        results.append(figures(a_year(engine, speed, seed, 3, 4, 9)))
        engine.dispose()
    assert results[0] == results[1]
    assert results[0] != results[2]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_progress_is_told_every_week(engine: Engine, speed: House) -> None:
    """Whoever runs it sees how far it has come, and what came of it as a funnel."""
    told: list[Progress] = []
    crowd = Crowd(people(2, 2, 1, 3), 1)
    result = simulate(engine, speed, crowd, coordinators.new_code, weeks=3, seed=1, watch=told.append)
    assert [each.week for each in told][:2] == [1, 2]
    assert any("registered" in line for line in funnel(result))
    assert '"lost": 0' in result.to_json()


def figures(result: Result) -> dict[str, object]:
    """Return what a result says, without how long it took."""
    return {key: value for key, value in vars(result).items() if not key.startswith(("seconds", "slowest"))}


# ------------------------------------------------------------------------------------------------ checks can fail


class Known:
    """People of whom it is known what they have said in private."""

    marks: Collection[str] = ("between-us",)

    def said_in_private(self, user: str) -> Collection[str]:
        """Ada has said one thing."""
        return {"Lesbian"} if user == "ada" else ()


@pytest.fixture
def promises(speed: House) -> Promises:
    """The checks on a Monday at ten."""
    found = Promises(speed, Known(), seed=7)
    found.now = MONDAY
    return found


def shows(promises: Promises, user: str, card: Card, event: Said | Pressed | Due, key: str = "k") -> Cause:
    """Let somebody see a card because of an event."""
    cause = Cause(event)
    promises.caused(cause, [key])
    promises.saw(at(user), card, key)
    return cause


def at(user: str) -> Address:
    """Return where somebody is reached."""
    return Address("crowd", "town", user)


def pressed(user: str, action: str) -> Pressed:
    """Return a press."""
    return Pressed("e1", at(user), action, "1")


@pytest.mark.parametrize(
    "card",
    [
        Card("She is Lesbian, by the way."),
        Card("", title="A carer"),
        Card("", facts=(Fact("Identity", "From an ethnic minority"),)),
        Card("", fields=(Field("note", "Note", "long", value="non-binary"),)),
        Card("", buttons=(Button("Match with Transgender", "book", "1"),)),
    ],
)
def test_an_identity_in_a_message_is_found(promises: Promises, card: Card) -> None:
    """Wherever in a card it stands; the sentence names the reader, the cause, the time and the seed."""
    with pytest.raises(BrokenPromiseError, match=r"grace is shown the private word .* 2027-03-01 10:00 UTC, seed 7"):
        shows(promises, "grace", card, pressed("ada", "book"))


def test_own_answers_may_be_looked_at(promises: Promises) -> None:
    """Their owner sees them when they ask; nobody else's, and nobody else."""
    own = Card("", facts=(Fact("Identity", "Lesbian"),))
    shows(promises, "ada", own, pressed("ada", "see_private"), "1")
    with pytest.raises(BrokenPromiseError, match="private word"):
        shows(promises, "grace", own, pressed("grace", "see_private"), "2")


def test_a_question_may_offer_its_answers(promises: Promises) -> None:
    """The choices of a private question are no leak."""
    card = Card("How do you identify?", buttons=(Button("Lesbian", "answer", "1:identity:Lesbian"),))
    shows(promises, "grace", card, pressed("grace", "answer"))


def test_a_private_note_that_gets_about_is_found(promises: Promises) -> None:
    """Notes are marked with who wrote them."""
    note = Card("between-us-ada: ask about the panel")
    shows(promises, "ada", note, pressed("ada", "notes"), "1")
    with pytest.raises(BrokenPromiseError, match="private note of somebody else"):
        shows(promises, "grace", note, pressed("grace", "notes"), "2")


def test_a_message_that_comes_twice_is_found(promises: Promises) -> None:
    """By its key, by the same words for the same date, and after a double click."""
    shows(promises, "ada", Card("Hello"), pressed("ada", "home"), "1")
    with pytest.raises(BrokenPromiseError, match="message 1 a second time"):
        promises.saw(at("ada"), Card("Hello"), "1")
    shows(promises, "ada", Card("How is it going?"), Due("", "check_in", "4"), "2")
    with pytest.raises(BrokenPromiseError, match="the same again by the date check_in of row 4"):
        shows(promises, "ada", Card("How is it going?"), Due("", "check_in", "4"), "3")
    first = shows(promises, "grace", Card("Ada suggests noon"), pressed("ada", "suggest"), "4")
    promises.caused(Cause(pressed("ada", "suggest"), first), ["5"])
    with pytest.raises(BrokenPromiseError, match="double click"):
        promises.saw(at("grace"), Card("Ada suggests noon"), "5")
    with pytest.raises(BrokenPromiseError, match="handled twice"):
        promises.unanswered(Said("e9", at("ada"), "hello"), [1])


def test_a_private_answer_that_reaches_the_partner_is_found(promises: Promises) -> None:
    """Whatever somebody says about going on leads to messages for themselves only."""
    with pytest.raises(BrokenPromiseError, match="grace is told something by the private press of go_on"):
        shows(promises, "grace", Card("Your mentor has answered."), pressed("ada", "go_on"))


def test_a_reveal_in_different_words_is_found(promises: Promises) -> None:
    """A no could be guessed from them."""
    shows(promises, "ada", Card("You are not going on with Grace."), Due("", "reveal", "3"), "1")
    with pytest.raises(BrokenPromiseError, match="different words at the reveal"):
        shows(promises, "grace", Card("Ada said no."), Due("", "reveal", "3"), "2")


def test_nudges_at_night_and_during_a_break_are_found(promises: Promises, engine: Engine) -> None:
    """In the reader's own zone."""
    cause = Cause(Due("", "check_in", "1"))
    with Session(engine) as db:
        promises.dated(cause, [("ada", "Europe/London", None, promises.now)], db)
        with pytest.raises(BrokenPromiseError, match=r"grace \(America/New_York\) is nudged outside working hours"):
            promises.dated(cause, [("grace", "America/New_York", None, promises.now)], db)
        with pytest.raises(BrokenPromiseError, match="ada is on a break until 2027-03-03"):
            promises.dated(cause, [("ada", "Europe/London", MONDAY + timedelta(days=2), promises.now)], db)


@pytest.fixture
def rows(engine: Engine) -> Iterator[Session]:
    """A mentor with two mentees."""
    with Session(engine) as db:
        db.add(Network(id=1, name="n", created_at=MONDAY))
        db.flush()
        for number in (1, 2, 3):
            accounts.newcomer(Address("crowd", "t", f"u{number}"), 1, db, MONDAY)
        db.add(Round(id=1, network_id=1, programme="speed", name="r", state="announced", started_by=1))
        db.flush()
        db.add_all(
            Registration(id=n, round_id=1, person_id=n, state="registered", started_at=MONDAY) for n in (1, 2, 3)
        )
        db.flush()
        for number in (1, 2):
            bring_together(number, number + 1, db)
        yield db


def bring_together(number: int, mentee: int, db: Session) -> None:
    """Make group `number` of the first registration, as the mentor, and another."""
    db.add(Group(id=number, round_id=1, stage="session", began_at=MONDAY))
    db.flush()
    for side, registration in (("mentor", 1), ("mentee", mentee)):
        db.add(GroupMember(group_id=number, registration_id=registration, side=side))
    db.flush()


def meeting(number: int, starts: datetime) -> Meeting:
    """Return a booked session of group `number`."""
    return Meeting(id=number, group_id=number, state="booked", starts_at=starts, suggested_by=1)


def test_two_things_at_a_time_are_found(promises: Promises, rows: Session) -> None:
    """One after the other is fine, half an hour into the other is not."""
    rows.add(meeting(1, MONDAY + timedelta(hours=4)))
    rows.add(second := meeting(2, MONDAY + timedelta(hours=4, minutes=30)))
    rows.flush()
    promises.daily(rows)
    second.starts_at -= timedelta(minutes=15)
    rows.flush()
    with pytest.raises(BrokenPromiseError, match="person 1 has sessions 1 and 2 at the same time"):
        promises.daily(rows)


def test_a_fourth_match_is_found(promises: Promises, rows: Session) -> None:
    """Three in a role are the most."""
    for number in (4, 5):
        accounts.newcomer(Address("crowd", "t", f"u{number}"), 1, rows, MONDAY)
        rows.add(Registration(id=number, round_id=1, person_id=number, state="registered", started_at=MONDAY))
        rows.flush()
        promises.weekly(rows)
        bring_together(number - 1, number, rows)
    with pytest.raises(BrokenPromiseError, match="registration 1 has 4 matches in one role; 3 is the most"):
        promises.weekly(rows)


def test_an_ended_pair_that_is_not_left_in_peace_is_found(promises: Promises, rows: Session) -> None:
    """Neither by a date that is still planned, nor by one that has come."""
    rows.add(Series(id=1, group_id=1, state="ended", started_at=MONDAY, check_in_due_at=MONDAY))
    rows.flush()
    with pytest.raises(BrokenPromiseError, match="series 1 is ended and still has a date"):
        promises.weekly(rows)
    with pytest.raises(BrokenPromiseError, match="series 1 is ended and not left in peace"):
        promises.dated(Cause(Due("", "check_in", "1")), [("u1", "Europe/London", None, promises.now)], rows)


def test_what_got_stuck_is_found(promises: Promises, rows: Session) -> None:
    """A date whose handler failed, and a message that waits too long or was given up."""
    aside = SetAside(action="check_in", row_id=1, due=MONDAY, reason="KeyError", until=MONDAY)
    rows.add(aside)
    rows.flush()
    with pytest.raises(BrokenPromiseError, match="check_in of row 1 failed with KeyError"):
        promises.daily(rows)
    rows.delete(aside)
    late = MONDAY - timedelta(hours=2)
    row = Outbox(id=1, person_id=1, account_id=1, platform="crowd", tenant="t", key="k", next_at=late, created_at=late)
    rows.add(row)
    rows.flush()
    with pytest.raises(BrokenPromiseError, match="outbox row 1 has been pending for more than an hour"):
        promises.daily(rows)
    row.state, row.reason = "dead", "unknown"
    rows.flush()
    with pytest.raises(BrokenPromiseError, match="outbox row 1 was given up"):
        promises.weekly(rows)


def test_a_private_word_in_the_database_is_found(promises: Promises, rows: Session, engine: Engine) -> None:
    """In any column of any table; encrypted text that happens to hold its letters is none."""
    mine = rows.get(Registration, 1)
    assert mine is not None
    mine.answers = {"biography": "gAAAAABGay-Queer_x="}
    rows.flush()
    promises.finally_(rows, engine)
    mine.answers = {"identity": ["Queer"]}
    rows.flush()
    with pytest.raises(BrokenPromiseError, match="table registration, column answers holds the private word 'Queer'"):
        promises.finally_(rows, engine)


def test_words_that_the_programme_says_in_public_are_not_looked_for(speed: House) -> None:
    """A word is a trace only if it stands nowhere else; codes like yes and no are none."""
    words = private_words(speed)
    assert words["lesbian"] == {"lesbian"}
    assert words["yes, if possible"] == {"yes"}
    assert "no" not in words
