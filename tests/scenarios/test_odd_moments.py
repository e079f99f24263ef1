"""Between the steps: answers that change late, rounds that open again, people who are two things at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.front import routes
from bot.front.parts import PARTS
from bot.groups.tables import Group
from bot.meetings.tables import Meeting
from bot.people.tables import Round
from tests.scenarios.conftest import MENTOR, Chat, Scenes, Talker

PRESSED = routes.of(PARTS).pressed


def test_who_asked_to_be_told_can_register_whenever_they_look(chat: Chat) -> None:
    """The button is there also when the message that told them has scrolled away."""
    chat.plan_round("16 November", "30 November")
    bob = chat.person("bob")
    bob.says("hello")
    bob.presses("Tell me when it opens")
    chat.wait(days=15)
    bob.says("status")
    bob.sees("is open for registration now")
    bob.presses("Register for Speed mentoring")
    bob.sees("Question 1")


def test_who_asked_to_be_told_and_let_it_pass_is_not_left_waiting(chat: Chat) -> None:
    """Nobody is promised an opening that is past."""
    chat.plan_round("16 November", "30 November")
    bob = chat.person("bob")
    bob.says("hello")
    bob.presses("Tell me when it opens")
    chat.wait(days=40)
    bob.says("status")
    assert "when registration opens" not in bob.reads()


def test_a_round_that_is_being_set_up_is_no_round_yet(chat: Chat) -> None:
    """Whatever is pressed for a draft gets an answer."""
    cora = chat.coordinator()
    cora.says("new round")
    (draft,) = chat.rows(Round)
    for action in PRESSED:
        if action not in {"erase_surely", "new_round"}:
            assert cora.sends(action, str(draft.id)), action


@pytest.mark.parametrize("value", ["\u0669" * 25, "1:" + "\u0669" * 25])
def test_a_number_in_other_digits_is_a_number_too(matched: Chat, value: str) -> None:
    """One that no row can have is refused however it is written."""
    for user in ("bob", "cora"):
        for action in PRESSED:
            if not action.endswith("_surely"):
                assert matched.person(user).sends(action, value), action


@pytest.mark.parametrize("zone", ["New York", "Auckland"])
def test_the_ends_of_the_calendar_are_no_time_to_meet(matched: Chat, zone: str) -> None:
    """They cannot be shown in every zone."""
    bob, (match,) = matched.person("bob"), matched.rows(Group)
    bob.says("change zone")
    bob.says(zone)
    for text in ("9999-12-31T23:59", "0001-01-01T00:00"):
        bob.sends("suggest_typed", str(match.id), when=text)
        bob.sees("I could not read")
    for code in ("00010101T0000Z", "99991231T2359Z"):
        assert bob.sends("suggest", f"{match.id}:{code}")


def test_a_mentee_who_declines_is_still_reminded(matched: Chat) -> None:
    """A mentor's suggestion that is declined does not leave the match without a next step."""
    bob, ann = matched.person("bob"), matched.person("ann")
    bob.presses("Suggest a time to Ann")
    bob.presses(bob.buttons()[0])
    ann.presses("Suggest another time")
    ann.presses(ann.buttons()[1])
    bob.presses("Decline")
    bob.presses("Decline without a reason")
    assert bob.buttons() == ["Suggest another time"]
    matched.wait(days=16)
    bob.sees("You have not set up a session with Ann yet.")


def test_there_is_a_day_for_deciding_after_a_session_that_was_moved_late(booked: Chat) -> None:
    """The outcome is told a week after the session that took place, not after the one that did not."""
    bob, ann = booked.person("bob"), booked.person("ann")
    booked.until(datetime(2026, 11, 5, 12, tzinfo=UTC))  # the session was to be on the 4th
    bob.says("sessions")
    bob.presses("Move it")
    bob.presses("Another time")
    bob.says("10 November 16:00")
    bob.presses("Yes, suggest it")
    ann.presses("Accept")
    booked.until(datetime(2026, 11, 11, 17, tzinfo=UTC))
    assert booked.rows(Group)[0].state == "live"
    for talker in (bob, ann):
        talker.presses("Yes, we met")
        talker.presses("Yes, I would")
    ann.presses("2 mentees")
    booked.wait(days=8)
    bob.sees("You and Ann both said yes.")


def test_a_session_is_not_in_its_own_way(booked: Chat) -> None:
    """It can be moved by a quarter of an hour."""
    bob, (session,) = booked.person("bob"), booked.rows(Meeting)
    bob.says("sessions")
    bob.presses("Move it")
    bob.presses("Another time")
    bob.says(f"{session.starts_at:%d %B %Y} 09:15")
    bob.sees("Is that right?")
    bob.presses("Yes, suggest it")
    booked.person("ann").sees("would like to move your session")


def test_a_partner_who_coordinates_does_not_hear_who_needs_to_talk(going_on: Chat) -> None:
    """The partner is not told, whatever else they are; the other coordinators are."""
    ann, bob, cora = (going_on.person(user) for user in ("ann", "bob", "cora"))
    ann.says(going_on.code())
    going_on.wait(weeks=9)
    ann.news()
    bob.presses("I need somebody to talk to")
    bob.presses("Yes, please")
    assert ann.news() == []
    cora.sees("Bob (bob@example.gov.uk) would like to talk")


@pytest.fixture
def two_mentees(opened: Chat, scenes: Scenes) -> Talker:
    """Ann has places for both Bob and Cat; registration is closed, and the matches are proposed."""
    return scenes(opened, _two_mentees).person("cora")


def _two_mentees(chat: Chat) -> None:
    chat.person("ann").registers(**MENTOR)
    for user in ("bob", "cat"):
        chat.person(user).registers("mentee")
    chat.proposed()


def test_fewer_places_than_matches_do_not_stop_the_waiting_list(opened: Chat, two_mentees: Talker) -> None:
    """Nobody can set announced matches free, so they stand."""
    two_mentees.presses("Announce")
    two_mentees.presses("Yes, announce it")
    opened.person("ann").says("change places")
    opened.person("ann").says("one")
    two_mentees.says("admin")
    two_mentees.presses("Match the waiting list")
    two_mentees.sees("There is nothing new to propose")


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("user", "says"),
    [
        ("ann", ("change places", "one")),
        ("ann", ("pause until 1 March",)),
        ("bob", ("change department", "HM Treasury")),
    ],
)
def test_proposals_that_no_longer_stand_are_made_anew(
    opened: Chat, two_mentees: Talker, user: str, says: tuple[str, ...], *, late: bool
) -> None:
    """Before the coordinator is asked, and after."""
    if late:
        two_mentees.presses("Announce")
    for text in says:
        opened.person(user).says(text)
    two_mentees.presses("Yes, announce it" if late else "Announce")
    two_mentees.sees("Nothing has been announced.")
    assert opened.rows(Group) == []
    assert "Good news" not in opened.person("bob").everything()


def test_who_is_on_a_break_is_not_told_that_nobody_fits(opened: Chat, two_mentees: Talker) -> None:
    """Nobody was sought for them."""
    cat = opened.person("cat")
    cat.says("pause until 1 March")
    two_mentees.says("admin")
    two_mentees.presses("Preview the matches")
    two_mentees.presses("Announce")
    two_mentees.presses("Yes, announce it")
    assert "nobody who fits" not in cat.everything()


def test_a_round_that_opens_again_is_matched_again(opened: Chat, two_mentees: Talker) -> None:
    """What was proposed before does not leave out who came later."""
    two_mentees.presses("To the round")
    two_mentees.presses("Extend the deadline")
    two_mentees.says("1 December")
    opened.person("dan").registers("mentee")
    opened.until(datetime(2026, 12, 2, 10, tzinfo=UTC))
    two_mentees.presses("Announce")
    two_mentees.sees("Preview the matches first.")


def test_a_round_without_any_match_can_be_ended_and_people_hear_it(opened: Chat) -> None:
    """There is nothing to announce, and still a way out."""
    bob = opened.person("bob").registers("mentee")
    cora = opened.proposed()
    assert "Announce" not in cora.buttons()
    cora.presses("To the round")
    cora.presses("End the round")
    cora.presses("Yes, end it")
    bob.sees("there was no match for you in it")


def test_words_that_look_like_a_coordinators_are_an_answer_where_one_is_asked_for(opened: Chat) -> None:
    """A biography is no command."""
    cora = opened.person("cora").fills_in("mentee", until="biography")
    cora.says("Add value and grow")
    assert cora.asked() == "availability"


def test_a_pair_is_ruled_on_where_matches_are_made(opened: Chat, two_mentees: Talker) -> None:
    """A round that has opened since is not the one meant."""
    opened.plan_round("today", "1 December", name="Second")
    two_mentees.says("lock Ann with Bob")
    two_mentees.sees("That pair is kept.")


def test_a_session_long_past_is_not_ended_again(met: Chat) -> None:
    """Both have been told that it is complete; leaving later says nothing new to the other."""
    met.person("ann").presses("No, thank you")
    met.wait(days=8)
    met.person("bob").news()
    met.person("ann").says("erase me")
    met.person("ann").presses("Yes, erase everything")
    assert met.person("bob").news() == []
    met.person("bob").says("status")
    met.person("bob").sees("Look for another match")


def test_a_match_that_has_ended_cannot_be_kept(opened: Chat, two_mentees: Talker) -> None:
    """The coordinator is told so, and no place is taken up."""
    two_mentees.presses("Announce")
    two_mentees.presses("Yes, announce it")
    bob = opened.person("bob")
    bob.sends("stop_surely", str(opened.rows(Group)[0].id))
    two_mentees.says("add Ann with Bob")
    two_mentees.sees("it has come to an end")
