"""Pairs that go on: their rhythm, check-ins and what follows from each answer, advice, silence, and the end."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.chat.grammar import say
from bot.desk.words import ROUND_OVER
from bot.groups.tables import Series
from bot.groups.words import ENDED, ON_THE_LIST, TALK_PASSED_ON
from bot.meetings.tables import Meeting
from bot.parts.closing.tables import SurveyTotal
from bot.parts.closing.words import SURVEY_THANKS, SURVEY_TITLE
from bot.parts.guidance.words import GUIDANCE_TITLE as FOR_ALL
from bot.parts.series.tables import CheckInAnswer
from bot.parts.series.words import (
    CHECK_IN_TITLE,
    LATEST_CHECK_IN,
    NO_NOTES,
    SILENT_FOR_COORDINATOR,
    SILENT_PAIR,
    STILL_THERE,
    YEAR_OVER,
)
from bot.people.tables import SealedAnswer
from bot.people.words import HOME
from tests.scenarios.conftest import MENTOR, Chat, Talker

WEEK = timedelta(weeks=1)

GUIDANCE_TITLE = say(FOR_ALL, others=1)


def _asked(chat: Chat) -> tuple[Talker, Talker]:
    """Return Ann and Bob at their first check-in; they have chosen to be asked every four weeks."""
    ann, bob = chat.person("ann"), chat.person("bob")
    chat.until(datetime(2026, 11, 16, 10, 0, tzinfo=UTC))
    ann.presses("Every 4 weeks")
    chat.until_due(Series.check_in_due_at)
    ann.news(), bob.news()
    bob.sees("Have you and Ann met since we last spoke?")
    return ann, bob


def _next(chat: Chat) -> datetime | None:
    """Return when the only pair is asked next."""
    (pair,) = chat.rows(Series)
    return pair.check_in_due_at


@pytest.mark.postgres
def test_the_pair_picks_its_rhythm(going_on: Chat) -> None:
    """One of the two picks, the other is told and may pick something else; a first date at Christmas moves on."""
    ann, bob = going_on.person("ann"), going_on.person("bob")
    ann.news(), bob.news()
    ann.presses("Every 6 weeks")
    ann.sees("I will ask every 6 weeks; the first time on Tue 29 Dec.")
    bob.sees("Ann would like to be asked every 6 weeks. If something else suits you better, choose it here.")
    bob.presses("Every 8 weeks")
    bob.sees("I will ask every 8 weeks; the first time on Mon 11 Jan.")
    ann.sees("Bob would like to be asked every 8 weeks.")


def test_picking_the_same_again_tells_nobody(going_on: Chat) -> None:
    """Pressing the same rhythm twice does not trouble the other a second time."""
    ann, bob = going_on.person("ann"), going_on.person("bob")
    action, value = ann.find("Every 6 weeks")[1:]
    ann.presses("Every 6 weeks")
    bob.news()
    ann.sends(action, value)
    assert bob.news() == []


@pytest.mark.postgres
def test_check_ins_come_every_four_to_eight_weeks_in_working_hours(going_on: Chat) -> None:
    """Without a choice, a year of check-ins stays inside the window, on working days, between nine and five."""
    bob, ann = going_on.person("bob"), going_on.person("ann")
    began = going_on.rows(Series)[0].started_at
    moments = [began]
    while (due := _next(going_on)) is not None:
        if going_on.rows(Series)[0].end_due_at is None or due > began + 50 * WEEK:
            break
        going_on.until(due)
        moments.append(due)
        assert [person.news()[-1].at for person in (ann, bob)] == [due, due]
        bob.presses("We met")
    gaps = [(after - before) / WEEK for before, after in pairwise(moments)]
    assert [gap for gap in gaps if not 4 <= gap <= 8] == []
    assert [f"{m:%a %H:%M}" for m in moments[1:] if m.weekday() > 4 or not 8 <= m.hour < 17] == []
    assert len(moments) > 6


@pytest.mark.parametrize(
    ("label", "says", "weeks"),
    [
        ("We met", "Good to hear. I will ask again on Mon 11 Jan.", 4),
        (
            "Not yet",
            "That is fine. A short message to Ann is often enough to find a time. I will ask again on Tue 29 Dec.",
            2,
        ),
        ("Ask me later", "Of course. I will ask again on Mon 11 Jan.", 4),
    ],
)
def test_the_next_date_follows_the_answer(going_on: Chat, label: str, says: str, weeks: int) -> None:
    """Met and later: in the pair's rhythm; not yet: two weeks on. The date is said, and kept."""
    ann, bob = _asked(going_on)
    bob.presses(label)
    bob.sees(says)
    due = _next(going_on)
    assert due is not None
    assert timedelta(weeks=weeks) <= due - going_on.now <= timedelta(weeks=weeks, days=5)
    going_on.until(due)
    assert [message.at for message in ann.news()][-1:] == [due]


def test_not_yet_offers_to_set_up_a_session(going_on: Chat) -> None:
    """Who has not met yet can suggest a time from there, and the pair's sessions are booked like the first."""
    ann, bob = _asked(going_on)
    bob.presses("Not yet")
    bob.presses("Suggest a time")
    bob.presses(bob.buttons()[0])
    ann.presses("Accept")
    assert [row.state for row in going_on.rows(Meeting)] == ["held", "booked"]


@pytest.mark.postgres
def test_a_mentee_who_goes_on_sets_up_sessions_with_a_word(going_on: Chat) -> None:
    """The word "book" offers times for a pair that goes on, at any time."""
    bob = going_on.person("bob")
    bob.says("book")
    bob.sees("These times may suit you and Ann for 30 minutes.")


def test_a_check_in_may_be_answered_by_typing(going_on: Chat) -> None:
    """The words "we met" are as good as the button."""
    _, bob = _asked(going_on)
    bob.says("we met")
    bob.sees("Good to hear.")


def test_an_answer_delivered_twice_counts_once(going_on: Chat) -> None:
    """A redelivered answer moves no date and sends nothing."""
    _, bob = _asked(going_on)
    got = bob.presses("Not yet", twice=True)
    assert [len(got), len(going_on.rows(CheckInAnswer))] == [1, 1]


def test_an_old_check_in_leads_to_the_one_that_is_open(going_on: Chat) -> None:
    """An answer to last month's question is not taken for this month's."""
    _, bob = _asked(going_on)
    action, value = bob.find("Not yet")[1:]
    bob.presses("We met")
    going_on.until_due(Series.check_in_due_at)
    bob.sends(action, value)
    bob.sees(LATEST_CHECK_IN, "Have you and Ann met since we last spoke?")
    assert [row.answer for row in going_on.rows(CheckInAnswer)] == ["met"]


@pytest.mark.postgres
def test_a_private_note_is_for_its_writer_only(going_on: Chat) -> None:
    """A note is read back to its writer, and never reaches the partner, the coordinator or the database in clear."""
    ann, bob = _asked(going_on)
    bob.presses("We met")
    bob.presses("Add a private note")
    bob.presses("Keep it", note="She suggested the Treasury loan. I am quietly thrilled.")
    bob.says("notes")
    bob.sees("On Mon 14 Dec you wrote:", "quietly thrilled")
    for person in (ann, going_on.person("cora")):
        for text in ("status", "notes", "matches", "my data", "admin"):
            person.says(text)
        assert "quietly thrilled" not in person.everything()
    assert "thrilled" not in str(going_on.rows(CheckInAnswer))


def test_a_note_can_be_emptied(going_on: Chat) -> None:
    """Keeping nothing erases the note that was there."""
    _, bob = _asked(going_on)
    bob.presses("We met")
    bob.presses("Add a private note")
    action, value = bob.find("Keep it")[1:]
    bob.presses("Keep it", note="something")
    bob.sends(action, value, note="")
    bob.says("notes")
    bob.sees(NO_NOTES)


@pytest.mark.postgres
def test_who_needs_to_talk_is_asked_before_anything_is_passed_on(going_on: Chat) -> None:
    """Only after a second yes does the coordinator learn the name and address, and the partner never does."""
    ann, bob = _asked(going_on)
    cora = going_on.person("cora")
    cora.news()
    bob.presses("I need somebody to talk to")
    assert [cora.news(), ann.news()] == [[], []]
    bob.presses("Yes, please")
    bob.sees(TALK_PASSED_ON)
    (told,) = cora.news()
    assert told.card.text.startswith("Bob (bob@example.gov.uk) would like to talk to somebody")
    assert ann.news() == []


def test_guidance_comes_in_the_first_three_months(going_on: Chat) -> None:
    """Four thoughts, the same for both at the same time, after 1, 4, 8 and 12 weeks, and none later."""
    ann, bob = going_on.person("ann"), going_on.person("bob")
    ann.news(), bob.news()
    began = going_on.rows(Series)[0].started_at
    going_on.wait(weeks=30)
    sent = {
        person.user: [round((m.at - began) / WEEK) for m in person.news() if m.card.title == GUIDANCE_TITLE]
        for person in (ann, bob)
    }
    assert sent == {"ann": [1, 4, 8, 12], "bob": [1, 4, 8, 12]}


def test_everything_is_quiet_outside_working_hours(going_on: Chat) -> None:
    """In a whole year nothing reaches the two at a weekend, on a bank holiday, or outside working hours."""
    ann, bob = going_on.person("ann"), going_on.person("bob")
    ann.news(), bob.news()
    going_on.wait(days=400)
    calendar, moments = going_on.house.calendar, [message.at for person in (ann, bob) for message in person.news()]
    assert [m for m in moments if not calendar.working_day(m.date()) or not 8 <= m.hour <= 17] == []
    assert len(moments) > 20


def test_two_who_share_no_working_hours_are_each_asked_in_their_own(going_on: Chat) -> None:
    """Ann works in Singapore and Bob in London; each hears of the check-in in their own working hours."""
    ann, bob = going_on.person("ann"), going_on.person("bob")
    ann.says("change time zone")
    ann.says("Singapore")
    ann.news(), bob.news()
    going_on.wait(weeks=9)
    zones = {"ann": ZoneInfo("Asia/Singapore"), "bob": ZoneInfo("Europe/London")}
    for person in (ann, bob):
        hours = [at.astimezone(zones[person.user]) for at in _times(person, CHECK_IN_TITLE)]
        assert hours
        assert [at for at in hours if not 9 <= at.hour < 17 or at.weekday() > 4] == []


def _times(person: Talker, title: str) -> list[datetime]:
    return [message.at for message in person.news() if message.card.title == title]


def test_a_check_in_waits_for_the_end_of_a_break(going_on: Chat) -> None:
    """While one of the two is on a break neither is asked; afterwards both are, once."""
    ann, bob = going_on.person("ann"), going_on.person("bob")
    going_on.until(datetime(2026, 11, 16, 10, 0, tzinfo=UTC))
    ann.presses("Every 4 weeks")
    bob.says("pause until 1 february")
    ann.news(), bob.news()
    going_on.until(datetime(2027, 2, 1, 7, 0, tzinfo=UTC))
    asked = [message.card.title for person in (ann, bob) for message in person.news()]
    assert [title for title in asked if title != GUIDANCE_TITLE] == []
    going_on.until(datetime(2027, 2, 2, 17, 0, tzinfo=UTC))
    titles = [[message.card.title for message in person.news()] for person in (ann, bob)]
    assert titles == [[CHECK_IN_TITLE], [HOME, CHECK_IN_TITLE]]


@pytest.mark.postgres
def test_a_silent_pair_is_asked_kindly_and_the_coordinator_told(going_on: Chat) -> None:
    """One silence is asked about once more; after the second both are offered a way out, and the coordinator knows."""
    ann, bob = going_on.person("ann"), going_on.person("bob")
    cora = going_on.person("cora")
    ann.news(), bob.news(), cora.news()
    going_on.wait(weeks=22)
    for person, other in ((ann, "Bob"), (bob, "Ann")):
        told = [message for message in person.news() if message.card.title != GUIDANCE_TITLE]
        kinds = [STILL_THERE in m.card.text or ("gone quiet" in m.card.text and "kindly") for m in told]
        assert kinds[:4] == [False, True, False, "kindly"]
        assert told[3].card.text == SILENT_PAIR.format(name=other)
        labels = [button.label for button in told[3].card.buttons]
        assert labels == ["We are fine", "Look for another match", "Stop"]
    assert [message.card.text for message in cora.news()] == [say(SILENT_FOR_COORDINATOR, others=1)]
    cora.says("admin")
    cora.presses("Follow up")
    cora.sees("These pairs have gone quiet.", "• Ann and Bob")
    assert cora.fact("Silent pairs") == "1"


def test_a_pair_that_is_fine_is_not_silent_any_more(going_on: Chat) -> None:
    """One press says that all is well, and check-ins go on."""
    going_on.wait(weeks=15)
    going_on.person("bob").presses("We are fine")
    assert [pair.silent for pair in going_on.rows(Series)] == [0]


@pytest.mark.postgres
def test_a_silent_pair_can_look_for_another_match(going_on: Chat) -> None:
    """One of the two asks for another match: the pair ends without a word of blame, and they are matched again."""
    going_on.wait(weeks=22)
    ann, bob, cora = going_on.person("ann"), going_on.person("bob"), going_on.person("cora")
    ann.news()
    bob.presses("Look for another match")
    assert ON_THE_LIST in [message.card.text for message in bob.screen]
    assert ann.news()[0].card.text == ENDED.format(name="Bob")
    cora.says("admin")
    cora.presses("Match the waiting list")
    assert cora.fact("Mentees taking part") == "1"
    assert cora.fact("Matches") == "0"


@pytest.mark.postgres
def test_either_ends_it_without_a_reason(going_on: Chat) -> None:
    """Asked once more, then both are told in the same words, and both are asked the closing questions."""
    ann, bob = _asked(going_on)
    bob.presses("We would like to stop")
    bob.sees("No reason is needed")
    assert ann.news() == []
    bob.news()
    bob.presses("Yes, end it")
    told = {person.user: [message.card.text for message in person.news()] for person in (ann, bob)}
    assert [told["ann"][0], told["bob"][0]] == [ENDED.format(name="Bob"), ENDED.format(name="Ann")]
    assert [len(texts) for texts in told.values()] == [2, 2]
    assert told["ann"][1] == told["bob"][1]


def test_a_pair_that_ended_is_left_in_peace(going_on: Chat) -> None:
    """After the end nothing more is sent to either: no check-in, no guidance, no reminder, in two years."""
    ann, bob = _asked(going_on)
    bob.presses("We would like to stop")
    bob.presses("Yes, end it")
    ann.news(), bob.news()
    going_on.wait(days=730)
    assert [ann.news(), bob.news()] == [[], []]


@pytest.mark.postgres
def test_after_a_year_it_ends_with_a_survey(going_on: Chat) -> None:
    """A year after it began both are thanked and asked three closing questions, one at a time; then it is quiet."""
    ann, bob = going_on.person("ann"), going_on.person("bob")
    going_on.wait(weeks=53)
    for person, other in ((ann, "Bob"), (bob, "Ann")):
        texts = [message.card.text for message in person.news()]
        assert texts[-2] == say(YEAR_OVER, name=other, others=1)
        person.sees("Closing questions", "How worthwhile was mentoring for you?")
    bob.presses("Very")
    bob.presses("A little more")
    bob.presses("Yes")
    bob.sees(SURVEY_THANKS)
    going_on.wait(days=400)
    assert ann.news() == []


def test_a_survey_answer_counts_once(going_on: Chat) -> None:
    """Pressing an answer again, or an older question, adds nothing to the totals."""
    _, bob = _asked(going_on)
    bob.presses("We would like to stop")
    bob.presses("Yes, end it")
    action, value = bob.find("Very")[1:]
    bob.presses("Very", twice=True)
    bob.sends(action, value)
    bob.sees("Do you feel more confident at work")
    assert [(row.choice, row.count) for row in going_on.rows(SurveyTotal)] == [("Very", 1)]


def test_a_coordinator_sees_totals_from_five_answers_on(opened: Chat) -> None:
    """Four answers show nothing; the fifth shows totals, rounded to fives, and never who said what."""
    ann = opened.person("ann").registers(**MENTOR)
    mentees = [opened.person(user).registers("mentee") for user in ("bob", "eve", "gil")]
    cora = opened.announced()
    opened.going_on_with("ann", "bob", "eve", "gil")
    opened.wait(weeks=54)
    for person, times in ((ann, 3), (mentees[0], 1)):
        for _ in range(times):
            person.presses("Fairly")
    cora.says("admin")
    cora.presses("Closing survey")
    cora.sees("Totals are shown from 5 answers on")
    assert "Fairly" not in cora.reads()
    mentees[1].presses("Fairly")
    cora.says("admin")
    cora.presses("Closing survey")
    assert cora.fact("How worthwhile was mentoring for you?") == "Very: 0, Fairly: 5, A little: 0, Not at all: 0"


def test_my_data_holds_check_ins_and_notes(going_on: Chat) -> None:
    """The export has what somebody answered to check-ins, with their own notes and not the partner's."""
    ann, bob = _asked(going_on)
    for person, note in ((ann, "a note of Ann"), (bob, "a note of Bob")):
        person.presses("We met")
        person.presses("Add a private note")
        person.presses("Keep it", note=note)
    (card,) = bob.says("my data")
    data = json.loads(card.card.files[0].content)
    assert [(row["answer"], row["note"]) for row in data["check_ins"]] == [("met", "a note of Bob")]


@pytest.mark.postgres
def test_a_coordinator_ends_a_round_for_everybody(going_on: Chat) -> None:
    """Asked once more; then people are told kindly and asked the closing questions, and private answers are erased."""
    ann, bob, cora = going_on.person("ann"), going_on.person("bob"), going_on.person("cora")
    ann.news(), bob.news()
    cora.says("admin")
    cora.presses("End the round")
    assert [ann.news(), bob.news(), len(going_on.rows(SealedAnswer)) > 0] == [[], [], True]
    cora.presses("Yes, end it")
    for person, other in ((ann, "Bob"), (bob, "Ann")):
        told, survey = person.news()
        assert [told.card.text, survey.card.title] == [ROUND_OVER.format(name=other), SURVEY_TITLE]
    assert going_on.rows(SealedAnswer) == []
    going_on.wait(days=400)
    assert [ann.news(), bob.news()] == [[], []]
