"""A coordinator runs a whole programme in chat, and needs nothing else."""

from datetime import UTC, datetime

import pytest

from bot.desk.pairing.tables import Proposal
from bot.desk.words import (
    CLOSES_BEFORE,
    DAY_PAST,
    EXTEND_LATER,
    EXTENDED,
    NAME_TAKEN,
    NO_PLACE_LEFT,
    NOW_CLOSED,
    NOW_OPEN,
)
from bot.keeping.tables import Outbox
from bot.parts.registration.words import REMIND_REGISTRATION
from bot.people.tables import Audit, Round
from bot.people.words import FOR_COORDINATORS
from tests.scenarios.conftest import MENTOR, Chat, Scenes, Talker


@pytest.mark.postgres
def test_a_one_time_code_makes_a_coordinator_once(chat: Chat) -> None:
    """Whoever types the printed code coordinates from then on; for the next person it is used up."""
    code = chat.code()
    cora, eve = chat.person("cora"), chat.person("eve")
    cora.says(code.lower())
    cora.sees("You are a coordinator")
    eve.says(code)
    eve.sees("That code does not work")
    eve.says("admin")
    eve.sees(FOR_COORDINATORS)
    cora.says("admin")
    cora.sees("There is no round yet.")


def test_a_code_expires_after_a_week(chat: Chat) -> None:
    """A code that nobody has used in seven days works no longer."""
    code = chat.code()
    chat.wait(days=7, minutes=1)
    eve = chat.person("eve")
    eve.says(code)
    eve.sees("That code does not work")


def test_a_mistyped_code_is_no_code(chat: Chat) -> None:
    """A code that was never printed makes nobody a coordinator."""
    chat.code()
    eve = chat.person("eve")
    eve.says("COORD-AAAA-BBBB-CCCC")
    eve.sees("That code does not work")


def test_a_round_opens_at_once_or_on_its_day(chat: Chat) -> None:
    """A round for later waits; on its day it opens by itself, and the coordinator hears it."""
    cora = chat.plan_round("9 November", "20 November")
    cora.sees("Registration opens by itself on the day you chose.")
    cora.news()
    chat.wait(days=8)
    assert [message.card.text for message in cora.news()] == [NOW_OPEN]
    cora.says("admin")
    cora.sees("Registration is open.")


def test_a_round_is_set_up_with_dates_picked_or_typed(chat: Chat) -> None:
    """Dates may be picked (2026-11-09) or typed ("20 nov"); a wrong one is asked for again with the reason."""
    cora = chat.coordinator()
    cora.says("new round")
    cora.says("Autumn")
    cora.says("soon")
    cora.sees("I could not read “soon” as a day.")
    cora.says("1 nov 2026")
    cora.sees(DAY_PAST)
    cora.presses("Next", opens="2026-11-09")
    cora.says("6 nov")
    cora.sees(CLOSES_BEFORE)
    cora.says("20 nov")
    cora.sees("The round is set up.")
    assert [cora.fact("Opens"), cora.fact("Closes")] == ["Mon 9 Nov, 09:00", "Fri 20 Nov, 23:59"]


def test_two_rounds_need_two_names(opened: Chat) -> None:
    """A name that another round has is not taken."""
    cora = opened.person("cora")
    cora.says("new round")
    cora.says("Speed mentoring")
    cora.sees(NAME_TAKEN)


def test_an_invitation_can_be_shared(opened: Chat) -> None:
    """There is a text to share, with dates and with how to begin."""
    cora = opened.person("cora")
    cora.presses("Invitation")
    cora.sees(
        "Registration is open from Mon 2 Nov, 10:00 to Mon 16 Nov, 23:59", "write “register” to the mentoring bot."
    )


@pytest.mark.postgres
def test_a_deadline_can_be_extended(opened: Chat) -> None:
    """A later day is taken, an earlier one is not; registration stays open until then."""
    cora = opened.person("cora")
    cora.presses("Extend the deadline")
    cora.presses("Extend the deadline", day="12 november")
    cora.sees(EXTEND_LATER)
    cora.says("20 november")
    cora.sees(EXTENDED)
    assert cora.fact("Closes") == "Fri 20 Nov, 23:59"
    opened.until(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))
    opened.person("bob").registers()
    opened.until(datetime(2026, 11, 21, 12, 0, tzinfo=UTC))
    cora.says("admin")
    cora.sees("Registration has closed.")


def test_extending_opens_a_closed_round_again(opened: Chat) -> None:
    """After closing, a later day lets people go on where they stopped."""
    cora, bob = opened.person("cora"), opened.person("bob").fills_in(until="grade")
    cora.presses("Close registration")
    cora.presses("Yes, close it now")
    bob.says("HEO")
    assert bob.asked() == ""
    cora.presses("Extend the deadline")
    cora.says("20 november")
    cora.sees("Registration is open.")
    bob.registers()
    bob.sees("You are registered")


def test_a_coordinator_sees_who_registered(opened: Chat) -> None:
    """Registrations are counted by grade, department and role, and listed in a file, without private answers."""
    cora = opened.person("cora")
    opened.person("ann").registers(**MENTOR, identity="Intersex")
    opened.person("bob").registers("mentee")
    opened.person("eve").registers("mentee", department="Met Office")
    cora.says("admin")
    assert cora.fact("Registered") == "3 (one mentor, 2 mentees)"
    (card,) = cora.presses("Who registered")
    facts = [(fact.label, fact.value) for fact in card.card.facts]
    assert facts == [
        ("Grade", "HEO: 2, SEO: 1"),
        ("Department", "HM Treasury: 1, Home Office: 1, Met Office: 1"),
        ("Role", "Mentor: 1, Mentee: 2"),
    ]
    content = card.card.files[0].content
    assert ("Bob" in content, "Identity" in content, "Intersex" in content) == (True, False, False)


def test_a_coordinator_sees_who_is_unfinished_and_can_remind_them(opened: Chat) -> None:
    """Unfinished registrations are named with how far they came; one press reminds these people, kindly."""
    cora, bob = opened.person("cora"), opened.person("bob").fills_in(until="department")
    cora.says("admin")
    assert cora.fact("Unfinished") == "1"
    cora.presses("Who is unfinished")
    cora.sees("One person has begun and not finished:", "• Bob · HEO · Mentee")
    bob.news()
    cora.presses("Remind them")
    opened.wait(minutes=5)
    assert [REMIND_REGISTRATION[:40] in message.text for message in bob.news()] == [True]


def test_a_coordinator_is_told_where_mentors_are_missing(opened: Chat) -> None:
    """Groups of mentees with few possible mentors are named, the worst first."""
    opened.person("ann").registers(**MENTOR)
    for user in ("bob", "eve", "gil", "hal"):
        opened.person(user).registers("mentee")
    cora = opened.person("cora")
    cora.says("admin")
    cora.presses("Where partners are missing")
    cora.sees("It would help most to find mentors here:", "• HEO · Policy: 4 mentees, one mentor possible")


def test_a_coordinator_is_warned_before_closing(opened: Chat) -> None:
    """Some days before closing they hear how many registered and did not finish, and where mentors are missing."""
    opened.person("bob").registers("mentee")
    opened.person("eve").fills_in(until="grade")
    cora = opened.person("cora")
    cora.news()
    opened.wait(days=14)
    (warning,) = cora.news()
    assert "One person is registered, and one person has begun and not finished." in warning.text
    assert "HEO · Policy: one mentee, no mentors possible" in warning.text


def test_closing_is_asked_before_it_is_done(opened: Chat) -> None:
    """One press shows what closing means; only the second closes."""
    opened.person("bob").registers("mentee")
    cora = opened.person("cora")
    cora.says("admin")
    cora.presses("Close registration")
    cora.sees("One person is registered. Close registration now?")
    assert [round_.state for round_ in opened.rows(Round)] == ["open"]
    cora.says("yes")
    cora.sees("Registration has closed.")


def test_a_round_closes_by_itself(opened: Chat) -> None:
    """At the end of its last day a round closes, and the coordinator is told what comes next."""
    cora = opened.person("cora")
    cora.news()
    opened.wait(days=20)
    assert [message.card.text for message in cora.news()][-1] == NOW_CLOSED


@pytest.mark.postgres
def test_a_preview_tells_nobody(opened: Chat) -> None:
    """The coordinator sees matches and their coverage; the people in them hear nothing yet."""
    ann, bob = opened.person("ann").registers(**MENTOR), opened.person("bob").registers("mentee")
    eve = opened.person("eve").registers("mentee", grade="AA")
    cora = opened.proposed()
    found = [
        cora.fact(label) for label in ("Mentees taking part", "Matches", "Mentees with at least one match", "Score")
    ]
    assert found == ["2", "1", "1", "19"]
    assert [ann.news(), bob.news(), eve.news()] == [[], [], []]
    cora.presses("People without a match")
    cora.sees("• Eve · AA")


@pytest.fixture
def two_mentors(opened: Chat, scenes: Scenes) -> Talker:
    """Ann and Amy have one place each, and Bob and Eve would do for both; the coordinator sees the preview."""
    return scenes(opened, _two_mentors).person("cora")


def _two_mentors(chat: Chat) -> None:
    chat.person("ann").registers(**MENTOR, places="one")
    chat.person("amy").registers(**{**MENTOR, "department": "Met Office"}, places="one")
    chat.person("bob").registers("mentee")
    chat.person("eve").registers("mentee")
    chat.proposed()


def _pairs(chat: Chat) -> set[str]:
    """Return who is proposed to whom, as the coordinator sees it."""
    cora = chat.person("cora")
    cora.says("admin")
    cora.presses("Preview the matches")
    cora.presses("See the pairs")
    return {line.removeprefix("• ") for line in cora.reads().splitlines() if line.startswith("• ")}


def test_a_pair_can_be_forbidden_by_typing(opened: Chat, two_mentors: Talker) -> None:
    """A forbidden pair is not proposed again, and the others are matched anew; freeing it allows it again."""
    before = _pairs(opened)
    assert before in ({"Ann → Bob", "Amy → Eve"}, {"Ann → Eve", "Amy → Bob"})
    two_mentors.says("forbid Ann with Bob")
    two_mentors.sees("That pair will not be proposed again.")
    assert _pairs(opened) == {"Ann → Eve", "Amy → Bob"}
    two_mentors.says("free Ann with Bob")
    two_mentors.says("forbid Ann with Eve")
    assert _pairs(opened) == {"Ann → Bob", "Amy → Eve"}


def test_a_pair_can_be_locked_by_typing(opened: Chat, two_mentors: Talker) -> None:
    """A locked pair stays whatever else is solved, and is marked in the list."""
    two_mentors.says("lock ann with eve")
    two_mentors.sees("That pair is kept.")
    assert _pairs(opened) == {"Ann → Eve (kept)", "Amy → Bob"}
    two_mentors.says("free ann with eve")
    two_mentors.says("lock Ann with Bob")
    assert _pairs(opened) == {"Ann → Bob (kept)", "Amy → Eve"}


@pytest.mark.postgres
def test_a_pair_can_be_kept_or_forbidden_from_the_list(opened: Chat, two_mentors: Talker) -> None:
    """A pair picked from the list is kept or forbidden with a button; without a choice it is asked for."""
    two_mentors.says("lock Ann with Bob")
    two_mentors.says("free Ann with Bob")
    _pairs(opened)
    two_mentors.presses("Never this pair")
    two_mentors.sees("Please choose a pair from the list first.")
    two_mentors.presses("Never this pair", pair="Ann → Bob")
    two_mentors.sees("That pair will not be proposed again.")
    assert _pairs(opened) == {"Ann → Eve", "Amy → Bob"}


def test_the_effect_of_a_change_is_shown(opened: Chat, two_mentors: Talker) -> None:
    """After a change every figure that moved shows what it was before."""
    two_mentors.says("forbid Ann with Bob")
    two_mentors.says("forbid Ann with Eve")
    assert two_mentors.fact("Matches") == "1 (was 2)"
    assert two_mentors.fact("Mentors with at least one match") == "1 (was 2)"
    assert two_mentors.fact("Mentees taking part") == "2"
    del opened


def test_a_pair_can_be_added_by_hand(opened: Chat, two_mentors: Talker) -> None:
    """Two people chosen from lists become a pair, and what was solved around them gives way."""
    before = _pairs(opened)
    mentee = "Eve" if "Ann → Bob" in before else "Bob"
    two_mentors.presses("To the preview")
    two_mentors.presses("Add a pair")
    two_mentors.presses("Add a pair", mentor="Ann", mentee=mentee)
    two_mentors.sees("That pair is kept.")
    assert f"Ann → {mentee} (kept)" in _pairs(opened)
    assert sorted(match.origin for match in opened.rows(Proposal)) == ["hand", "solver"]


def test_a_pair_against_the_rules_is_not_added(opened: Chat, two_mentors: Talker) -> None:
    """Not even a coordinator can add what the programme does not allow; a sentence says why."""
    opened.person("cora").presses("To the round")
    two_mentors.says("add Bob with Ann")
    two_mentors.sees("I could not find “Bob” in that role")
    two_mentors.says("lock Ann with Bob")
    two_mentors.says("lock Ann with Eve")
    two_mentors.sees(NO_PLACE_LEFT)


def test_a_name_that_two_people_have_is_asked_for_again(opened: Chat) -> None:
    """Of two people with one name the coordinator has to say which, for example by e-mail address."""
    opened.person("ann").registers(**MENTOR)
    opened.person("bob").registers("mentee", name="Sam Lee")
    opened.person("eve").registers("mentee", name="Sam Lee")
    cora = opened.proposed()
    cora.says("forbid Ann with Sam Lee")
    cora.sees("I could not find “Sam Lee” in that role, or there are several.")
    cora.says("forbid Ann with eve@example.gov.uk")
    cora.sees("That pair will not be proposed again.")


def test_matches_are_announced_once(opened: Chat) -> None:
    """Announcing tells everybody once; pressing again announces nothing."""
    ann, bob = opened.person("ann").registers(**MENTOR), opened.person("bob").registers("mentee")
    cora = opened.proposed()
    cora.presses("Announce")
    cora.sees("This tells 2 people of one match. Announce it now?")
    action, value = cora.find("Yes, announce it")[1:]
    cora.presses("Yes, announce it", twice=True)
    assert [len(ann.news()), len(bob.news())] == [2, 2]
    cora.sends(action, value)
    cora.sees("There is nothing new to announce.")
    assert [ann.news(), bob.news()] == [[], []]


def test_nothing_can_be_matched_while_registration_is_open(opened: Chat) -> None:
    """A preview before closing is met with what to do first."""
    cora = opened.person("cora")
    number = str(opened.rows(Round)[0].id)
    cora.sends("preview", number)
    cora.sees("Registration is still open. Close it first")
    cora.sends("announce_surely", number)
    cora.sees("Registration is still open.")


@pytest.mark.postgres
def test_the_follow_up_shows_the_journey(going_on: Chat) -> None:
    """Later the coordinator sees how many have matches, have met and go on, in the order of the journey."""
    cora = going_on.person("cora")
    cora.says("admin")
    cora.presses("Follow up")
    labels = (
        "Registered",
        "Matches announced",
        "Sessions booked",
        "Matches that have met",
        "Pairs going on",
        "Silent pairs",
    )
    assert [cora.fact(label) for label in labels] == ["2", "1", "0", "1", "1", "0"]


def test_the_report_is_three_files_without_private_answers(opened: Chat) -> None:
    """Totals, people and pairs come as CSV; identities and wishes are in none of them."""
    opened.person("ann").registers(**MENTOR, identity="Intersex")
    opened.person("bob").registers(
        "mentee", identity_wish="yes, if possible", identity_wanted="Intersex", name="=HYPERLINK(1)"
    )
    cora = opened.announced()
    cora.says("admin")
    (card,) = cora.presses("Report")
    assert [file.name for file in card.card.files] == ["totals.csv", "people.csv", "pairs.csv"]
    together = "".join(file.content for file in card.card.files)
    assert ("Intersex" in together, "Yes, if possible" in together, "'=HYPERLINK(1)" in together) == (
        False,
        False,
        True,
    )


def test_what_a_coordinator_does_is_written_down(going_on: Chat) -> None:
    """Closing, announcing and downloading are kept with who did it; nobody's answers are in it."""
    assert [row.action for row in going_on.rows(Audit)] == [
        "became a coordinator",
        "set up a round",
        "closed registration",
        "announced matches",
    ]


def test_rounds_follow_one_another_and_do_not_repeat_pairs(matched: Chat) -> None:
    """In a later round the same two people are not proposed again, and everybody registers anew."""
    ann, bob = matched.person("ann"), matched.person("bob")
    matched.wait(days=30)
    cora = matched.plan_round("today", "18 December", name="Winter")
    ann.registers(**MENTOR)
    bob.registers("mentee")
    matched.person("eve").registers("mentee")
    cora.says("admin")
    cora.presses("Winter")
    cora.presses("Close registration")
    cora.presses("Yes, close it now")
    cora.presses("Preview the matches")
    cora.presses("See the pairs")
    cora.sees("• Ann → Eve")
    assert "Bob" not in cora.reads()


def test_two_coordinators_see_the_same_round(opened: Chat) -> None:
    """Whoever else has been appointed can run the round too."""
    dora = opened.coordinator("dora")
    dora.says("admin")
    dora.sees("Speed mentoring", "Registration is open.")
    dora.presses("Close registration")
    dora.presses("Yes, close it now")
    cora = opened.person("cora")
    cora.says("admin")
    cora.sees("Registration has closed.")


def test_an_announcement_keeps_to_the_lanes_pace(opened: Chat) -> None:
    """What goes out in bulk is marked, so that a platform is not flooded; a reply to one person is not."""
    opened.person("ann").registers(**MENTOR)
    for user in ("bob", "eve", "gil"):
        opened.person(user).registers("mentee")
    before = len(opened.rows(Outbox))
    opened.announced()
    assert {row.bulk for row in opened.rows(Outbox)[before:]} == {False, True}
