"""Taking a break, withdrawing, seeing what is kept, and having everything erased."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.groups.tables import Group
from bot.groups.words import ENDED, ON_THE_LIST, SOMEBODY
from bot.meetings.words import PAUSED_SESSIONS
from bot.parts.decide.tables import Decision
from bot.people.tables import Consent, Registration, SealedAnswer
from bot.people.words import (
    ERASED,
    NOTHING_TO_WITHDRAW,
    PAUSE_ASK,
    PAUSE_OVER,
    PAUSE_WHEN,
    RESUMED,
    WITHDRAW_SURE,
    WITHDRAWN,
)
from tests.scenarios.conftest import MENTOR, Chat

MARKERS = {
    "name": "Wilhelmina Quillfeather",
    "contact": "wilhelmina@quillfeather.example",
    "biography": "I restore harpsichords in Dumfries.",
}


@pytest.mark.postgres
def test_a_break_until_a_day(matched: Chat) -> None:
    """Until the named day nobody nudges, then there is one welcome; sessions and matches stay."""
    bob = matched.person("bob")
    bob.says("pause until 3 march")
    bob.sees("You are on a break until Wed 3 Mar.")
    bob.news()
    matched.until(datetime(2027, 3, 3, 8, 59, tzinfo=UTC))
    assert bob.news() == []
    matched.until(datetime(2027, 3, 3, 9, 30, tzinfo=UTC))
    assert [PAUSE_OVER in message.text for message in bob.news()] == [True]
    assert [group.state for group in matched.rows(Group)] == ["live"]


def test_a_break_without_a_day_asks_for_one(matched: Chat) -> None:
    """The word "pause" asks until when; a day that is past or unclear is asked for again."""
    bob = matched.person("bob")
    bob.says("pause")
    bob.sees(PAUSE_ASK)
    bob.says("yesterday")
    bob.sees("I could not read “yesterday” as a day.")
    bob.says("1 november 2026")
    bob.sees(PAUSE_WHEN)
    bob.says("next tuesday")
    bob.sees("You are on a break until Tue 10 Nov.")


def test_who_comes_back_early_says_so(matched: Chat) -> None:
    """The word "resume" ends a break at once, and the promised welcome does not come a second time."""
    bob = matched.person("bob")
    bob.says("pause until 5 november")
    bob.says("resume")
    bob.sees(RESUMED)
    bob.news()
    matched.until(datetime(2026, 11, 6, 12, 0, tzinfo=UTC))
    assert bob.news() == []


def test_a_session_stays_during_a_break(booked: Chat) -> None:
    """Whoever pauses with a session set up is told that it stays, and is reminded of it."""
    bob = booked.person("bob")
    bob.says("pause until 1 december")
    bob.sees(PAUSED_SESSIONS)
    bob.news()
    booked.until(datetime(2026, 11, 4, 9, 0, tzinfo=UTC))
    assert len(bob.news()) == 2


@pytest.mark.postgres
def test_withdrawing_tells_the_partner_without_a_reason(booked: Chat) -> None:
    """After asking once more: the partner is told that it ended, the session is called off in both calendars."""
    ann, bob = booked.person("ann"), booked.person("bob")
    ann.news()
    bob.says("withdraw")
    bob.sees(WITHDRAW_SURE)
    assert ann.news() == []
    bob.presses("Yes, withdraw")
    assert WITHDRAWN in [message.card.text for message in bob.screen]
    off, ended = ann.news()
    assert [off.calendar[0], ended.card.text] == ["CANCEL", ENDED.format(name="Bob")]
    assert [row.state for row in booked.rows(Registration)] == ["registered", "withdrawn"]


@pytest.mark.postgres
def test_withdrawing_erases_private_answers_at_once(met: Chat) -> None:
    """Sealed answers and the wish to go on are gone, and the consent is marked as taken back."""
    bob = met.person("bob")
    bob.presses("Yes, I would")
    (mine,) = [row.id for row in met.rows(Registration) if row.answers["name"] == "Bob"]
    bob.says("withdraw")
    bob.presses("Yes, withdraw")
    assert [row for row in met.rows(SealedAnswer) if row.registration_id == mine] == []
    assert met.rows(Decision) == []
    assert {row.withdrawn_at for row in met.rows(Consent) if row.registration_id == mine} == {met.now}


def test_the_calendar_of_who_withdraws_is_told_too(booked: Chat) -> None:
    """Their own session is taken out of their own calendar as well."""
    bob = booked.person("bob")
    bob.says("withdraw")
    bob.news()
    bob.presses("Yes, withdraw")
    files = [message.calendar[0] for message in bob.news() if message.card.files]
    assert files == ["CANCEL"]


def test_nobody_withdraws_by_accident(matched: Chat) -> None:
    """The first word only asks; "no" leaves everything as it was."""
    bob = matched.person("bob")
    bob.says("withdraw")
    bob.says("no")
    bob.sees("You have one match.")
    assert [row.state for row in matched.rows(Registration)] == ["registered", "registered"]


def test_who_withdrew_can_register_again_and_is_asked_for_consent_anew(opened: Chat) -> None:
    """A consent that was taken back is not assumed: a new registration begins with it."""
    bob = opened.person("bob").registers()
    bob.says("withdraw")
    bob.presses("Yes, withdraw")
    bob.says("register")
    assert bob.asked() == "consent"
    bob.registers()
    bob.sees("You are registered")


def test_a_partner_who_was_left_may_look_for_another(matched: Chat) -> None:
    """Whose match has withdrawn is offered the waiting list."""
    bob, ann = matched.person("bob"), matched.person("ann")
    ann.says("withdraw")
    ann.presses("Yes, withdraw")
    bob.presses("Look for another match")
    bob.sees(ON_THE_LIST)


def test_without_a_registration_there_is_nothing_to_withdraw(opened: Chat) -> None:
    """A newcomer who says "withdraw" is told so."""
    bob = opened.person("bob")
    bob.says("withdraw")
    bob.sees(NOTHING_TO_WITHDRAW)


def test_everything_is_erased_from_the_database_file(going_on: Chat) -> None:
    """After "erase me" neither the name nor the address nor a word of the biography is anywhere in the file."""
    database = Path(str(going_on.engine.url.database))
    cora = going_on.plan_round("today", "1 december", name="Winter")
    mina = going_on.person("mina").registers(**MENTOR, **MARKERS)
    going_on.person("eve").registers("mentee", department="Met Office")
    cora.says("admin")
    cora.presses("Winter")
    cora.presses("Close registration")
    cora.presses("Yes, close it now")
    cora.presses("Preview the matches")
    cora.presses("Announce")
    cora.presses("Yes, announce it")
    before = database.read_bytes()
    assert [marker.encode() in before for marker in MARKERS.values()] == [True, True, True]
    mina.says("erase me")
    mina.presses("Yes, erase everything")
    mina.sees(ERASED)
    going_on.engine.dispose()
    after = b"".join(path.read_bytes() for path in database.parent.glob(f"{database.name}*"))
    assert [name for name, marker in MARKERS.items() if marker.encode() in after] == []


@pytest.mark.postgres
def test_after_erasing_somebody_is_a_newcomer(booked: Chat) -> None:
    """The bot knows nothing of them any more; the partner was told that it ended, without a reason."""
    ann, bob = booked.person("ann"), booked.person("bob")
    ann.news()
    bob.says("erase me")
    bob.presses("Yes, erase everything")
    assert ann.news()[-1].card.text in {ENDED.format(name="Bob"), ENDED.format(name=SOMEBODY)}
    bob.says("status")
    bob.sees("Welcome")
    bob.says("my data")
    data = json.loads(bob.screen[-1].card.files[0].content)
    assert [data["name"], data["registrations"], data["check_ins"]] == ["", [], []]


def test_a_partner_can_still_use_the_bot_after_an_erasure(booked: Chat) -> None:
    """Whoever was matched with somebody who is gone reads their own state without any trouble."""
    ann, bob = booked.person("ann"), booked.person("bob")
    bob.says("erase me")
    bob.presses("Yes, erase everything")
    for text in ("status", "matches", "sessions", "book", "notes", "my data", "resources"):
        assert ann.says(text) != []
    booked.wait(days=100)
    assert "Bob" not in "".join(message.text for message in ann.says("status"))


@pytest.mark.postgres
def test_my_data_is_everything_and_mine_alone(opened: Chat) -> None:
    """The file has every answer, private ones too, the consents and the matches; nothing private of anybody else."""
    opened.person("ann").registers(**MENTOR, identity="Intersex", biography="I keep bees.")
    bob = opened.person("bob").registers("mentee", identity_wish="yes, if possible", identity_wanted="A carer")
    opened.announced()
    (card,) = bob.says("my data")
    bob.sees("Keep it somewhere safe.")
    data = json.loads(card.card.files[0].content)
    (mine,) = data["registrations"]
    assert (mine["answers"]["Identity to share"], mine["answers"]["Grade"]) == ("A carer", "HEO")
    assert [match["with"] for match in mine["matches"]] == ["Ann"]
    assert "Intersex" not in card.card.files[0].content
