"""A programme in full swing is upgraded, and goes on living where everybody was.

`tests/bot/of_before/0005.json` is a database of revision 0005 with people in every state, what stood on their screens,
and messages that waited. Here it is migrated, and everybody goes on through the front door: they press the buttons that
they had before, type what answers the questions that they had before, and the clock runs on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, DateTime, Engine, MetaData, Table, func, insert, select

from bot.chat.cards import Button, from_data
from bot.chat.events import Address, Met, Pressed, Profile
from bot.front.parts import build, load_all
from bot.keeping.seal import Seal
from bot.keeping.store import migrate, migration_config
from bot.keeping.tables import SetAside
from bot.programme.house import House
from scheduling.due import next_due
from tests.scenarios.conftest import DEFAULTS, Chat, Message, Scenes, Talker

STORY = Path(__file__).parents[1] / "bot" / "of_before" / "0005.json"
REVISION = "0005"
ASKING = {"times", "book", "other_time", "stop", "cancel", "decline", "note"}  # buttons that change nothing yet
A_DAY = re.compile(r"\w{3} \d{1,2} \w{3}(?:, \d\d:\d\d–\d\d:\d\d)?")
CHECK_IN, GUIDANCE = "How is it going?", "A thought for you both"


# ---- the database of before, and what everybody saw -----------------------------------------------------------------


@cache
def _story() -> dict[str, Any]:
    """Return what was recorded."""
    found: dict[str, Any] = json.loads(STORY.read_text(encoding="utf-8"))
    return found


def _back(engine: Engine) -> None:
    """Make the database empty, and bring it to the revision of the story."""
    with engine.begin() as connection:
        here = MetaData()
        here.reflect(connection)
        here.drop_all(connection)
        config = migration_config()
        config.attributes["connection"] = connection
        command.upgrade(config, REVISION)


def _load(connection: Connection) -> None:
    """Put every recorded row where it was, and let numbers go on after the last."""
    here = MetaData()
    here.reflect(connection)
    recorded: dict[str, Any] = _story()["tables"]
    assert set(recorded) == set(here.tables) - {"alembic_version"}
    for table in here.sorted_tables:
        if table.name not in recorded or not recorded[table.name]["rows"]:
            continue
        columns, rows = recorded[table.name]["columns"], recorded[table.name]["rows"]
        read = [_reader(table, name) for name in columns]
        values = [{name: take(row) for name, take, row in zip(columns, read, each, strict=True)} for each in rows]
        connection.execute(insert(table), values)
        if connection.dialect.name == "postgresql" and "id" in table.columns:
            last = select(func.max(table.columns["id"])).scalar_subquery()
            connection.execute(select(func.setval(func.pg_get_serial_sequence(f'"{table.name}"', "id"), last)))


def _reader(table: Table, name: str) -> Callable[[Any], Any]:
    """Return what makes a column's value of what stands in JSON."""
    if isinstance(table.columns[name].type, DateTime):
        return lambda value: value and datetime.fromisoformat(value)
    return lambda value: value


def _upgraded(chat: Chat) -> None:
    """Load the story, migrate it, and let its people sit before the screens that they had; nothing has come since."""
    _back(chat.engine)
    with chat.engine.begin() as connection:
        _load(connection)
    migrate(chat.engine)
    chat.now = datetime.fromisoformat(_story()["now"])
    for each in _story()["people"]:
        talker = chat.person(each["user"], each["platform"])
        for shown in each["screen"]:
            card = from_data(shown["card"])
            talker.screen.append(Message(shown["ref"], card, datetime.fromisoformat(shown["at"])))


@cache
def _house() -> House:
    """Return the house of the story, with its key; on "web" it can bring two people into a conversation."""
    return replace(build(load_all(), Seal([_story()["key"]])), groups=frozenset({"web"}))


@pytest.fixture
def later(chat: Chat, scenes: Scenes) -> Chat:
    """The bot right after the upgrade, on Wednesday 2 December 2026 at three."""
    found = scenes(chat, _upgraded)
    found.house = _house()
    return found


def _everybody(chat: Chat) -> list[tuple[Talker, dict[str, str]]]:
    """Return everybody who writes to the bot, with how each of their matches stood before."""
    listed = [(chat.person(each["user"], each["platform"]), each["knows"]) for each in _story()["people"]]
    return [(talker, knows) for talker, knows in listed if "+" not in talker.user]


def _button(talker: Talker, about: str, label: str) -> tuple[str, Button]:
    """Return the newest button with this label on a card about somebody, and the reference of its message."""
    found = [
        (shown.ref, button)
        for shown in talker.screen
        for button in shown.card.buttons
        if about in {shown.card.subject, shown.card.title} and button.label.startswith(label)
    ]
    assert found, f"{talker.user} sees no button {label!r} about {about}"
    return found[-1]


def _press(talker: Talker, about: str, label: str) -> list[Message]:
    """Press a button on a card about somebody; return what comes back."""
    ref, button = _button(talker, about, label)
    press = Pressed(talker.chat.new_id(), talker.address, button.action, button.value, {}, ref)
    return talker.chat.happens(press, talker)


def _moment(month: int, day: int, hour: int = 12, minute: int = 0, *, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def _everything_kept(talker: Talker) -> dict[str, Any]:
    """Return what the bot says that it keeps about somebody."""
    talker.says("my data")
    found: dict[str, Any] = json.loads(talker.screen[-1].card.files[0].content)
    return found


# ---- where everybody stands -----------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_everybody_stands_where_they_stood(later: Chat) -> None:
    """Each reads the same names, with the same days and times."""
    for talker, knows in _everybody(later):
        facts = {fact.label: fact.value for fact in talker.says("status")[0].card.facts}
        states = {name: state for name, state in facts.items() if name in knows}
        assert list(states) == list(knows), talker.user
        assert [A_DAY.findall(states[name]) for name in knows] == [A_DAY.findall(knows[name]) for name in knows]


def test_everybody_has_the_matches_that_they_had(later: Chat) -> None:
    """Each is shown a card for each of them, in the same order, also for what is complete."""
    for each in _story()["people"]:
        shown = later.person(each["user"], each["platform"]).says("matches") if each["matches"] else []
        assert [message.card.title for message in shown] == each["matches"], each["user"]


def test_every_old_button_is_about_the_same_person(later: Chat) -> None:
    """Whatever is pressed on a card about somebody leads to that person, or to where things stand; never to another."""
    led = 0
    for talker, _ in _everybody(later):
        for shown in list(talker.screen):
            for button in shown.card.buttons:
                if shown.card.subject and button.action in ASKING:
                    got = talker.sends(button.action, button.value)
                    about = {message.card.subject for message in got} - {""}
                    assert about <= {shown.card.subject}, f"{talker.user}: {button.label}"
                    led += bool(about)
    assert led >= 60


def test_no_old_button_fails(later: Chat) -> None:
    """Whatever else stood on a screen is pressed, one after the other, and answered, whatever became of it by then."""
    pressed = set(ASKING) | {"home"}
    for talker, _ in _everybody(later):
        for shown in list(talker.screen):
            for button in shown.card.buttons:
                key = f"{button.action} {button.value} of {talker.user}"
                if button.action and pressed.isdisjoint({key, button.action}):
                    pressed.add(key)
                    press = Pressed(later.new_id(), talker.address, button.action, button.value, {}, shown.ref)
                    assert later.happens(press, talker), key


@pytest.mark.postgres
def test_what_is_kept_about_somebody_is_still_theirs_to_read(later: Chat) -> None:
    """Private answers, notes and wishes open as before, and are as before."""
    ned, gus, zed = _everything_kept(later.person("ned")), _everything_kept(later.person("gus")), later.person("zed")
    spring, autumn = ned["registrations"]
    assert [spring["round"], autumn["round"]] == ["Spring 2026", "Autumn 2026"]
    assert autumn["answers"]["Wish for a shared identity"] == "Yes, if possible"
    assert autumn["answers"]["Identity to share"] == "Intersex"
    assert "Identity to share" not in spring["answers"]
    assert [match["with"] for match in autumn["matches"]] == ["Lea"]
    assert [(row["answer"], row["note"]) for row in ned["check_ins"]] == [
        ("met", "Lea suggested the Treasury loan."),
        ("not_yet", ""),
        ("met", "Bring the draft next time."),
    ]
    assert gus["wishes_to_go_on"] == [{"with": "Gil", "answer": "yes"}]
    (lea,) = _everything_kept(later.person("lea"))["registrations"]
    assert (lea["answers"]["Identity"], lea["longer_term_places"]) == ("Intersex", 3)
    assert _everything_kept(zed)["registrations"] == []


def test_notes_are_read_by_those_who_wrote_them(later: Chat) -> None:
    """Each reads their own, also of a round that has ended, and nobody else's."""
    later.person("ned").says("notes")
    later.person("ned").sees("Lea suggested the Treasury loan.", "Bring the draft next time.")
    later.person("lea").says("notes")
    later.person("lea").sees("Ned doubts himself, quietly.")
    assert "Treasury" not in later.person("lea").reads()
    later.person("pru").says("notes")
    later.person("pru").sees("Ask Pete about the spring move.")


# ---- sessions -------------------------------------------------------------------------------------------------------


def test_an_old_suggestion_is_accepted_and_remembered(later: Chat) -> None:
    """Of two suggestions that wait for Ann, each button books its own, and both are reminded of it."""
    ann, ben, bob = later.person("ann"), later.person("ben"), later.person("bob")
    _press(ann, "Ben", "Accept")
    ben.sees("Booked", "Thu 10 Dec, 15:00–15:30 with Ann")
    assert bob.news() == []
    _press(ann, "Bob", "Accept")
    bob.sees("Booked", "Tue 15 Dec, 11:00–11:30 with Ann")
    ben.news()
    later.until(_moment(12, 10, 16))
    told = [message.text for message in ben.news()]
    assert ["A reminder" in told[0], "In ten minutes" in told[1], "Did the session take place?" in told[2]] == [
        True
    ] * 3


def test_a_move_that_was_asked_for_takes_place(later: Chat) -> None:
    """It is the same calendar entry that moves, and its reminders with it."""
    cat, dan = later.person("cat", "slack"), later.person("dan")
    (uid,) = {shown.calendar[1] for shown in dan.screen if shown.card.files}
    _press(cat, "Dan", "Accept")
    dan.sees("Booked", "Thu 10 Dec, 11:00–11:30 with Cat")
    assert dan.screen[-1].calendar == ("PUBLISH", uid, 1, "10 Dec 11:00")
    dan.news()
    later.until(_moment(12, 10, 12))
    assert [message.at for message in dan.news()] == [_moment(12, 9, 11), _moment(12, 10, 10, 50), _moment(12, 10, 12)]


def test_nothing_is_booked_over_what_stood_before(later: Chat) -> None:
    """Times that are booked, or that a session may move to, are taken."""
    ivo = later.person("ivo")
    for taken in ("Tue 8 Dec 11:00", "Wed 9 Dec 11:15", "Thu 10 Dec 11:00"):
        ivo.says("book")
        ivo.says(taken)
        ivo.sees("Cat has something else at that time.")


def test_a_session_of_a_pair_is_called_off(later: Chat) -> None:
    """Ned calls off what he had booked with Lea; both calendars are told, and no reminder comes."""
    ned, lea = later.person("ned"), later.person("lea")
    ned.presses("Cancel it")
    ned.presses("Call it off")
    assert [talker.screen[-1].calendar[0] for talker in (ned, lea)] == ["CANCEL", "CANCEL"]
    later.until(_moment(12, 14, 18))
    assert [message for message in ned.news() if "reminder" in message.text] == []


def test_who_could_not_be_reached_answers_when_back(later: Chat) -> None:
    """A suggestion that never reached Una is there when she writes again."""
    una, ulf = later.person("una"), later.person("ulf")
    una.says("sessions")
    una.sees("Ulf would like to meet you: Thu 10 Dec, 10:00–10:30.")
    una.presses("Accept")
    ulf.sees("Booked", "Thu 10 Dec, 10:00–10:30 with Una")


# ---- whether it took place, and whether to go on --------------------------------------------------------------------


def test_both_say_that_they_met_and_hear_that_they_go_on(later: Chat) -> None:
    """Eli has said before that they met; Eve says so now, both would like to go on, and both hear it on the day."""
    eve, eli = later.person("eve"), later.person("eli")
    _press(eve, "Eli", "Yes, we met")
    _press(eve, "Eli", "Yes, I would")
    eve.presses("One mentee")
    eli.presses("Yes, I would")
    eli.sees("is kept private. You both hear on Wed 9 Dec")
    later.until(_moment(12, 9, 18))
    assert "You and Eve both said yes." in eli.news()[-1].text
    assert "You and Eli both said yes." in "".join(message.text for message in eve.news())


def test_a_session_that_did_not_take_place_is_set_up_anew(later: Chat) -> None:
    """Neither had said anything; now both say no, and Fin may suggest another time."""
    eve, fin = later.person("eve"), later.person("fin")
    _press(eve, "Fin", "No, it did not")
    fin.presses("No, it did not")
    fin.presses("Suggest another time")
    fin.sees("These times may suit you and Eve")


@pytest.mark.postgres
def test_an_old_wish_counts(later: Chat) -> None:
    """Gus had said yes before; Gil says it now, and they are a pair on the day that both were told."""
    gil, gus = later.person("gil"), later.person("gus")
    gil.presses("Yes, I would")
    gil.presses("One mentee")
    later.until(_moment(12, 7))
    gus.sees("You and Gil both said yes.")
    gil.presses("Every 6 weeks")
    gus.sees("Gil would like to be asked every 6 weeks.")


def test_an_old_no_stays_secret(later: Chat) -> None:
    """Hal answers the open question how many he could meet; Hoy had said no, and both read the same kind words."""
    hal, hoy = later.person("hal"), later.person("hoy")
    hal.presses("2 mentees")
    later.until(_moment(12, 7))
    hal.sees("Your speed session with Hoy is complete")
    hoy.sees("Your speed session with Hal is complete")


# ---- pairs ----------------------------------------------------------------------------------------------------------


def test_a_fresh_pair_picks_its_rhythm(later: Chat) -> None:
    """The question on Lee's screen is answered, and Lea is told."""
    lee, lea = later.person("lee"), later.person("lea")
    lee.presses("Every 4 weeks")
    lee.sees("I will ask every 4 weeks; the first time on Wed 30 Dec.")
    lea.sees("Lee would like to be asked every 4 weeks.")


@pytest.mark.postgres
def test_an_open_check_in_is_answered_and_noted(later: Chat) -> None:
    """Max answers the one on his screen, writes a note, and reads it again."""
    talker = later.person("max")
    talker.presses("We met")
    talker.sees("Good to hear. I will ask again on Wed 30 Dec.")
    talker.presses("Add a private note")
    talker.presses("Keep it", note="She laughed at the plan.")
    talker.says("notes")
    talker.sees("She laughed at the plan.")
    answered = _everything_kept(talker)["check_ins"]
    assert [(row["answer"], row["note"]) for row in answered] == [("met", ""), ("met", "She laughed at the plan.")]


@pytest.mark.postgres
def test_a_pair_that_ends_takes_back_what_waited(later: Chat) -> None:
    """Max ends it before Mia's morning: she hears that it ended, and is not asked how it goes."""
    mia, max_ = later.person("mia"), later.person("max")
    max_.presses("We would like to stop")
    max_.presses("Yes, end it")
    mia.sees("How worthwhile was mentoring for you?")
    mia.news()
    later.until(_moment(12, 3))
    assert mia.news() == []


def test_an_answer_ends_the_silence(later: Chat) -> None:
    """Ole answers the check-in that was asked twice; Ona and Oda, who were silent twice, are fine."""
    cora, ole, ona = later.person("cora"), later.person("ole"), later.person("ona", "teams")
    ole.presses("We met")
    ole.sees("Good to hear. I will ask again on")
    ona.presses("We are fine")
    _follow_up(cora)
    assert cora.fact("Silent pairs") == "0"


def _follow_up(cora: Talker, name: str = "Autumn 2026") -> None:
    """Let a coordinator look at how a round is going."""
    cora.says("admin")
    cora.presses(name)
    cora.sends("follow_up", cora.find("Report")[2])


@pytest.mark.postgres
def test_the_closing_questions_go_on(later: Chat) -> None:
    """Pat is at the second question and Oda at the first; Pru, whose round has ended, is at the second."""
    pat, oda, pru = later.person("pat"), later.person("oda"), later.person("pru")
    pat.presses("Much more")
    pat.presses("Maybe")
    pat.sees("Thank you.")
    oda.presses("Very")
    assert any("Do you feel more confident at work" in shown.text for shown in oda.screen)
    pru.presses("Less")
    pru.sees("Would you take part again?")


@pytest.mark.postgres
def test_the_other_asks_to_be_introduced_too(later: Chat) -> None:
    """One of the two had asked before, mentor or mentee; those who were introduced are not asked again."""
    roy, vic = later.person("roy"), later.person("vic")
    _press(roy, "Rob", "Introduce us in a group")
    later.person("rob").sees("You and Roy would both like to be introduced")
    later.person("rob+roy").sees("Roy, meet Rob. Rob, meet Roy.")
    vic.says("matches")
    _press(vic, "Gwen", "Introduce us in a group")
    later.person("gwen+vic").sees("Gwen, meet Vic.")
    offered = [shown.card.title for shown in roy.says("matches") if "Introduce us in a group" in shown.text]
    assert offered == ["Tia"]


# ---- registering, breaks and arrivals -------------------------------------------------------------------------------


@pytest.mark.postgres
def test_registering_goes_on_where_it_stopped(later: Chat) -> None:
    """Mid types the answer to the question on the screen, and all that follow; what was said before is kept."""
    mid = later.person("mid")
    assert mid.asked() == "profession"
    while mid.asked():
        mid.says(DEFAULTS[mid.asked()])
    mid.presses("Confirm")
    mid.sees("You are registered")
    (mine,) = _everything_kept(mid)["registrations"]
    answers = mine["answers"]
    assert (mine["round"], answers["Grade"], answers["Eligibility"]) == ("Winter 2027", "HEO", "Yes, it does")


def test_an_old_summary_is_confirmed_and_an_old_change_made(later: Chat) -> None:
    """Sue had only to confirm, and Meg was about to give another grade."""
    sue, meg = later.person("sue"), later.person("meg")
    sue.presses("Confirm registration")
    sue.sees("You are registered")
    assert meg.asked() == "grade"
    meg.says("SEO")
    meg.sees("Grade: SEO")


def test_who_comes_back_early_says_so(later: Chat) -> None:
    """The button on Tia's screen ends the break at once, and she can set up a session."""
    tia = later.person("tia")
    tia.presses("I am back")
    tia.sees("Welcome back. Your break is over.")
    tia.presses("Suggest a time")
    tia.sees("These times may suit you and Roy")


@pytest.mark.postgres
def test_who_was_brought_in_comes_for_it(later: Chat) -> None:
    """Ira's platform knows the address, and his match is his; Iona types the code that she was sent."""
    ira, iona = later.person("ira"), later.person("iona")
    profile = Profile("Ira", "ira.gray@example.gov.uk", "Europe/London")
    later.happens(Met(later.new_id(), Address("web", "here", "ira"), profile, greet=False), ira)
    ira.says("matches")
    ira.presses("Suggest a time to Ivy")
    ira.says("Thu 10 Dec 11:00")
    ira.presses("Yes, suggest it")
    later.person("ivy").sees("Ira Gray would like to meet you")
    iona.says(_story()["codes"]["Iona Hill"])
    assert any("What you answered on the form for Winter 2027 is here now" in shown.text for shown in iona.screen)


def test_who_has_left_may_come_again(later: Chat) -> None:
    """Yan, who withdrew, and Zed, who was erased, register for the round that is open, from the first question on."""
    for user in ("yan", "zed"):
        talker = later.person(user)
        talker.says("register")
        assert talker.asked() == "consent"
        talker.registers()
        talker.sees("You are registered", "Winter 2027")


def test_who_was_only_welcomed_is_known(later: Chat) -> None:
    """Hil presses the button of the welcome, and is offered the name that the platform knows."""
    hil = later.person("hil")
    hil.presses("Register")
    for answer in ("I agree", "yes", "mentee"):
        hil.says(answer)
    (field,) = hil.screen[-1].card.fields
    assert field.value == "Hil From Platform"


@pytest.mark.postgres
def test_sam_leaves_no_trace_in_a_group(later: Chat) -> None:
    """The address of the conversation with Roy names both, so it goes when Sam is erased; the match has ended."""
    sam, roy = later.person("sam"), later.person("roy")
    sam.says("erase me")
    sam.presses("Yes, erase everything")
    roy.sees("has come to an end")
    assert _everything_kept(sam)["registrations"] == []
    with later.engine.connect() as connection:
        here = MetaData()
        here.reflect(connection)
        cells = chain.from_iterable(
            chain.from_iterable(connection.execute(select(t)).all()) for t in here.sorted_tables
        )
        assert "roy+sam" not in set(map(str, cells))


# ---- typed words ----------------------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_typed_words_answer_what_was_open(later: Chat) -> None:
    """The cards that stood open before are still what typed words answer."""
    for user, said, reply in (
        ("vic", "yes", "Fri 11 Dec, 14:00–14:30 with Val"),
        ("max", "we met", "Good to hear."),
        ("lee", "6", "I will ask every 6 weeks"),
        ("hal", "one mentee", "Your yes to going on with Hoy is kept private."),
        ("eli", "no", "Your answer about going on with Eve is kept private."),
        ("fin", "we met", "Would you like to go on with Eve"),
        ("pat", "less", "Would you take part again?"),
        ("tia", "i am back", "Your break is over."),
        ("carl", "1 april", "On which day does registration close?"),
    ):
        talker = later.person(user)
        talker.says(said)
        talker.sees(reply)


@pytest.mark.postgres
def test_of_two_old_cards_it_is_asked_which_is_meant(later: Chat) -> None:
    """Ann says yes below two suggestions, and chooses whose."""
    ann = later.person("ann")
    ann.says("yes")
    ann.presses("Bob: Accept")
    later.person("bob").sees("Booked", "Tue 15 Dec, 11:00–11:30")
    later.person("ben").sees("You suggested")


# ---- coordinators ---------------------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_old_proposals_are_announced(later: Chat) -> None:
    """The button below the preview tells those who were proposed to each other, and nobody else."""
    cora = later.person("cora")
    cora.presses("Announce")
    cora.sees("This tells 6 people of 4 matches.")
    cora.presses("Yes, announce it")
    told = {talker.user: [shown.card.subject for shown in talker.news()] for talker, _ in _everybody(later)}
    assert {user: sorted(names)[1:] for user, names in told.items() if names and user != "cora"} == {
        "xia": ["Oda"],
        "oda": ["Xia"],
        "quy": ["Yul"],
        "sam": ["Yul"],
        "val": ["Yul"],
        "yul": ["Quy", "Sam", "Val"],
    }


@pytest.mark.postgres
def test_a_coordinators_word_on_pairs_still_counts(later: Chat) -> None:
    """A kept pair is kept until it is set free, and one that must not be is not proposed until then."""
    cora = later.person("cora")
    cora.presses("See the pairs")
    cora.sees("Oda → Xia (kept)", "Pairs 1 to 4 of 4")
    cora.says("free yul with pat")
    cora.presses("See the pairs")
    cora.sees("Yul → Pat")
    cora.says("free oda with xia")
    cora.presses("See the pairs")
    assert "(kept)" not in cora.reads()


@pytest.mark.postgres
def test_figures_are_as_before(later: Chat) -> None:
    """What coordinators read about the round that runs, and about the one that has ended."""
    cora = later.person("cora")
    figures = (
        *("Registered", "Matches announced", "People without a match", "Sessions suggested", "Sessions booked"),
        *("Matches that have met", "Sessions missed", "Pairs going on", "Pairs that have ended", "Silent pairs"),
    )
    _follow_up(cora, "Autumn 2026")
    assert [cora.fact(label) for label in figures] == ["41", "29", "5", "4", "5", "10", "1", "5", "1", "1"]
    assert cora.fact("Check-ins answered") == "5"
    assert ["• Una" in cora.reads(), "• Ira Gray" in cora.reads(), "• Oda and Ona" in cora.reads()] == [True] * 3
    _follow_up(cora, "Spring 2026")
    assert [cora.fact(label) for label in figures] == ["5", "3", "0", "0", "0", "2", "0", "0", "1", "0"]


@pytest.mark.postgres
def test_what_was_begun_is_set_up_and_an_old_code_works(later: Chat) -> None:
    """Carl goes on setting up a round, and whoever types the code that nobody has used coordinates."""
    carl, nora = later.person("carl"), later.person("nora")
    carl.says("1 april")
    carl.says("30 april")
    carl.sees("The round is set up.", "Summer 2027")
    nora.says(_story()["codes"]["coordinator"])
    nora.sees("You are a coordinator")
    nora.says("admin")
    facts = {fact.label: fact.value for fact in nora.screen[-1].card.facts}
    assert facts == {
        "Summer 2027": "opens later",
        "Winter 2027": "open",
        "Spring 2027": "opens later",
        "Autumn 2026": "announced",
        "Spring 2026": "ended",
    }


def test_a_round_ends_for_everybody(later: Chat) -> None:
    """All are told once for each match that was not complete, and no match has anything to say afterwards."""
    cora = later.person("cora")
    cora.says("admin")
    cora.presses("Autumn 2026")
    cora.presses("End the round")
    cora.presses("Yes, end it")
    for talker, knows in _everybody(later):
        told = [message.card.subject for message in talker.news() if "This round has come to its end" in message.text]
        assert sorted(told) == sorted(name for name, state in knows.items() if state != "speed session done")
    later.wait(days=14)
    late = [message for talker, _ in _everybody(later) for message in talker.news()]
    assert [message.text for message in late if message.card.subject] == []


# ---- the year after -------------------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_a_whole_year_goes_by(later: Chat) -> None:
    """Nobody does anything, and all that had been planned before the upgrade happens on its day."""
    later.wait(days=366)
    _every_date_found_its_handler(later)
    _what_waited_came_once(later)
    _sessions_were_remembered(later)
    _pairs_were_asked_until_their_year_was_over(later)
    _silence_was_counted_on(later)
    _a_planned_round_opened_and_an_old_one_is_forgotten(later)


def _every_date_found_its_handler(year: Chat) -> None:
    """None fails and none is left, and what had failed before is done half a minute after the upgrade."""
    assert year.rows(SetAside) == []
    with year.db() as db:
        due = next_due(db)
    assert due is None or due > year.now
    first = year.person("abe").log[0]
    assert first.at == datetime(2026, 12, 2, 15, 0, 30, tzinfo=UTC)
    assert "You have not set up a session with Ann yet." in first.text


def _what_waited_came_once(year: Chat) -> None:
    """Mia in Singapore is asked when her day begins; Tia hears nothing during her break, and then what waited."""
    mia, tia = year.person("mia").log, year.person("tia").log
    assert [(m.card.title, m.card.subject) for m in mia if m.at < _moment(12, 4, 0)] == [(CHECK_IN, "Max")]
    assert mia[0].at == _moment(12, 3, 1)
    assert [message.at for message in tia[:2]] == [_moment(1, 11, 9, year=2027), _moment(1, 11, 10, year=2027)]
    assert "Your break is over today" in tia[0].text
    assert "did not get round to answering about Mon 30 Nov, 11:00–11:30" in tia[1].text
    assert sum("did not get round" in message.text for message in tia) == 1


def _sessions_were_remembered(year: Chat) -> None:
    """Both are reminded of the booked one, on the platform where they are; a suggestion without an answer lapses."""
    for talker, name in ((year.person("cat", "slack"), "Cal"), (year.person("cal", "slack"), "Cat")):
        told = [message.at for message in talker.log if message.card.subject == name]
        assert told[:3] == [_moment(12, 8, 11), _moment(12, 9, 10, 50), _moment(12, 9, 12)]
    ann, bob = year.person("ann").log, year.person("bob").log
    assert [message.card.subject for message in ann if message.at <= _moment(12, 15, 11)] == ["Ben"]
    (lapsed,) = [message for message in bob if "did not get round to answering about Tue 15 Dec" in message.text]
    assert lapsed.at == _moment(12, 15, 11)


def _pairs_were_asked_until_their_year_was_over(year: Chat) -> None:
    """Ned and Lea get the last advice, a check-in on the day that both had read, and thanks at the end."""
    ned = [message for message in year.person("ned").log if message.card.subject == "Lea"]
    titles = [message.card.title for message in ned]
    assert (titles.count(GUIDANCE), titles.count("Closing questions")) == (1, 1)
    asked = [message.at.date().isoformat() for message in ned if message.card.title == CHECK_IN]
    assert asked[0] == "2026-12-23"
    (over,) = [message for message in ned if "come to the end of your mentoring time" in message.text]
    assert over.at == _moment(9, 10, 9, year=2027)
    lee = [message for message in year.person("lee").log if message.card.title == CHECK_IN]
    assert lee[0].at.date().isoformat() == "2027-01-22"


def _silence_was_counted_on(year: Chat) -> None:
    """Ole and Lea were silent once: after the next check-in without an answer they are offered a way out."""
    ole = [message.text for message in year.person("ole").log if message.card.title != GUIDANCE]
    assert "Have you and Lea met since we last spoke?" in ole[0]
    assert "I have not heard how things are going with Lea." in ole[1]


def _a_planned_round_opened_and_an_old_one_is_forgotten(year: Chat) -> None:
    """Inge is told on the day, as promised; of Pete, who took part in the round that ended, nothing is left."""
    told = next(message for message in year.person("inge").log if "As promised: Spring 2027" in message.text)
    assert told.at == _moment(3, 1, 9, year=2027)
    pete = _everything_kept(year.person("pete"))
    assert (pete["name"], pete["registrations"]) == ("", [])
