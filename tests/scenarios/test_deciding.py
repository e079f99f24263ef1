"""After the session: would you like to go on? Both are asked in private, and only two times yes is ever told."""

from datetime import UTC, datetime

import pytest

from bot.groups.tables import Group, Series
from bot.meetings.words import MISSED, NOT_YET_HELD
from bot.parts.decide.tables import Decision
from bot.parts.decide.words import ASK_LONGER_TERM, NOT_GOING_ON, PLACES_TAKEN
from bot.people.words import MOVED_ON
from tests.scenarios.conftest import MENTOR, Chat, Talker

REVEAL = datetime(2026, 11, 11, 9, 0, tzinfo=UTC)  # a week after the session


def _wishes(chat: Chat, ann: str, bob: str) -> None:
    """Let the two answer, or say nothing ("")."""
    for user, wish in (("ann", ann), ("bob", bob)):
        if wish:
            talker = chat.person(user)
            talker.presses({"yes": "Yes, I would", "no": "No, thank you"}[wish])
            if wish == "yes" and user == "ann":
                talker.presses("One mentee")
    chat.person("ann").news(), chat.person("bob").news()


@pytest.mark.postgres
def test_two_times_yes_is_a_pair_at_the_fixed_moment(met: Chat) -> None:
    """Both hear it at the same moment, a week after the session, and nothing before."""
    ann, bob = met.person("ann"), met.person("bob")
    _wishes(met, "yes", "yes")
    met.wait(days=20)
    told = {user: [(m.at, m.card.title) for m in met.person(user).log[-2:]] for user in ("ann", "bob")}
    assert told["ann"][-2:][0] == told["bob"][-2:][0] == (REVEAL, "You are going on together")
    ann_first, bob_first = ann.news()[0], bob.news()[0]
    assert ann_first.card.text.startswith("You and Bob both said yes.")
    assert bob_first.card.text.startswith("You and Ann both said yes.")
    assert [pair.state for pair in met.rows(Series)] == ["active"]


@pytest.mark.parametrize(
    ("ann", "bob"),
    [("yes", "no"), ("no", "yes"), ("no", "no"), ("yes", ""), ("", "yes"), ("no", ""), ("", "no"), ("", "")],
)
def test_anything_else_gives_both_the_same_words_at_the_same_moment(met: Chat, ann: str, bob: str) -> None:
    """A no, or silence, cannot be told from anything: not from the words, not from the moment, not from the buttons."""
    _wishes(met, ann, bob)
    met.until(datetime(2026, 11, 27, 17, 0, tzinfo=UTC))
    for user, other in (("ann", "Bob"), ("bob", "Ann")):
        (told,) = met.person(user).news()
        assert told.at == REVEAL
        assert told.card.text == NOT_GOING_ON.format(name=other)
        assert [button.label for button in told.card.buttons] == ["Where I stand"]
    assert met.rows(Series) == []


@pytest.mark.postgres
def test_nothing_of_the_answers_is_left_afterwards(met: Chat) -> None:
    """Once the outcome is told, no row says who answered what."""
    _wishes(met, "yes", "no")
    assert len(met.rows(Decision)) == 2
    met.wait(days=10)
    assert met.rows(Decision) == []


def test_the_answer_of_one_changes_nothing_that_the_other_sees(met: Chat) -> None:
    """Whatever Ann answers, Bob's status, matches and sessions read the same as if she had said nothing."""
    bob = met.person("bob")

    def looks() -> list[str]:
        return [message.text for words_ in ("status", "matches", "sessions") for message in bob.says(words_)]

    before = looks()
    met.person("ann").presses("No, thank you")
    after_no = looks()
    met.person("ann").presses("Change to yes")
    met.person("ann").presses("One mentee")
    assert [after_no, looks()] == [before, before]


def test_a_mind_can_be_changed_until_then(met: Chat) -> None:
    """A yes becomes a no, and a no a yes, as often as somebody likes; what counts is the last word."""
    ann, bob = met.person("ann"), met.person("bob")
    ann.presses("Yes, I would")
    ann.presses("One mentee")
    bob.presses("No, thank you")
    bob.presses("Change to yes")
    bob.presses("Change to no")
    bob.presses("Change to yes")
    met.wait(days=10)
    bob.sees("You and Ann both said yes.")


def test_after_the_moment_a_mind_cannot_be_changed(met: Chat) -> None:
    """An old button changes nothing once both have been told; it leads to how things stand."""
    _wishes(met, "yes", "no")
    action, value = met.person("bob").find("Change to yes")[1:]
    met.wait(days=10)
    met.person("bob").sends(action, value)
    met.person("bob").sees(MOVED_ON)
    assert [met.rows(Series), [match.state for match in met.rows(Group)]] == [[], ["finished"]]


def test_both_know_when_they_will_hear(met: Chat) -> None:
    """The moment is said beforehand, and it is the same for both."""
    for user in ("ann", "bob"):
        met.person(user).sees("You both hear on Wed 11 Nov, 09:00")


def test_the_question_comes_only_after_a_session_that_took_place(booked: Chat) -> None:
    """Whoever says that it did not take place is not asked to decide."""
    bob = booked.person("bob")
    booked.until(datetime(2026, 11, 4, 11, 0, tzinfo=UTC))
    bob.presses("No, it did not")
    assert [button for button in bob.buttons() if button.startswith("Yes")] == []
    bob.sees(MISSED)


def test_one_of_two_who_met_is_enough_for_it_to_count(booked: Chat) -> None:
    """Where one says that they met, it counts, and the other may still decide."""
    ann, bob = booked.person("ann"), booked.person("bob")
    booked.until(datetime(2026, 11, 4, 11, 0, tzinfo=UTC))
    bob.presses("Yes, we met")
    bob.presses("Yes, I would")
    booked.wait(days=2)
    ann.presses("Yes, we met")
    ann.presses("Yes, I would")
    ann.presses("One mentee")
    booked.until(REVEAL)
    ann.sees("You and Bob both said yes.")


def test_a_session_cannot_be_reported_before_it_was(booked: Chat) -> None:
    """A press from the future is answered with a sentence."""
    bob = booked.person("bob")
    bob.sends("held", "1:yes")
    bob.sees(NOT_YET_HELD)


def test_nobody_says_that_they_met_and_nothing_is_revealed(booked: Chat) -> None:
    """Without a word from either, there is no outcome to tell; the mentee is asked again about a session in time."""
    ann, bob = booked.person("ann"), booked.person("bob")
    booked.until(datetime(2026, 11, 4, 11, 0, tzinfo=UTC))
    ann.news(), bob.news()
    booked.wait(days=12)
    assert [ann.news(), bob.news(), booked.rows(Series)] == [[], [], []]


def test_a_mentor_is_asked_how_many_longer_term_mentees(met: Chat) -> None:
    """With the first yes a mentor says a number, and sees the promise as it stands."""
    ann = met.person("ann")
    ann.presses("Yes, I would")
    ann.sees(ASK_LONGER_TERM)
    promise = "up to three speed sessions, and at least one longer-term mentee. So far: 1 of 3 held, 0 of 1 going on."
    assert [ann.buttons(), ann.fact("Your promise")] == [
        ["One mentee", "2 mentees", "3 mentees", "No, thank you"],
        promise,
    ]


@pytest.fixture
def two_to_decide(opened: Chat) -> tuple[Chat, Talker, Talker, Talker]:
    """Ann has met both Bob and Eve and is asked about both."""
    ann = opened.person("ann").registers(**MENTOR)
    bob, eve = opened.person("bob").registers("mentee"), opened.person("eve").registers("mentee")
    opened.announced()
    for mentee in (bob, eve):
        mentee.says("book")
        mentee.presses(mentee.buttons()[0])
        ann.presses("Accept")
    opened.wait(days=4)
    for mentee in (bob, eve):
        mentee.presses("Yes, we met")
    ann.presses("Yes, we met", card=0)
    ann.presses("Yes, we met")
    return opened, ann, bob, eve


@pytest.mark.postgres
def test_a_mentors_number_is_kept_to(two_to_decide: tuple[Chat, Talker, Talker, Talker]) -> None:
    """Who can take one mentee cannot say yes to two; the number can be raised at that moment, or the answer be no."""
    chat, ann, bob, eve = two_to_decide
    ann.presses("Yes, I would", card=0)
    ann.presses("One mentee")
    ann.presses("Yes, I would")
    ann.sees(PLACES_TAKEN)
    assert ann.buttons() == ["2 mentees", "3 mentees", "4 mentees", "No, thank you"]
    ann.presses("2 mentees")
    for mentee in (bob, eve):
        mentee.presses("Yes, I would")
    chat.wait(days=12)
    assert [pair.state for pair in chat.rows(Series)] == ["active", "active"]


def test_changing_to_yes_keeps_to_the_number_too(two_to_decide: tuple[Chat, Talker, Talker, Talker]) -> None:
    """A no that becomes a yes takes a place as well."""
    _, ann, _, _ = two_to_decide
    ann.presses("Yes, I would", card=0)
    ann.presses("One mentee")
    ann.presses("No, thank you")
    ann.presses("Change to yes")
    ann.sees(PLACES_TAKEN)


def test_a_session_that_is_reported_late_still_leaves_a_day_to_decide(booked: Chat) -> None:
    """Who says only after a week that they met has a day to decide, and both hear at one moment."""
    ann, bob = booked.person("ann"), booked.person("bob")
    booked.until(datetime(2026, 11, 10, 9, 0, tzinfo=UTC))
    for person in (ann, bob):
        person.presses("Yes, we met")
        person.presses("Yes, I would")
    ann.presses("One mentee")
    ann.news(), bob.news()
    booked.wait(days=5)
    assert [ann.news()[0].at, bob.news()[0].at] == [REVEAL, REVEAL]


def test_who_stays_behind_keeps_the_name_in_their_data(met: Chat) -> None:
    """Of a match that came to nothing and whose other person has left the round, "my data" still says with whom."""
    ann, bob = met.person("ann"), met.person("bob")
    for who in (ann, bob):
        who.presses("No, thank you")
    met.wait(days=9)
    bob.says("withdraw")
    bob.presses("Yes, withdraw")
    ann.says("my data")
    assert '"with": "Bob"' in ann.screen[-1].card.files[0].content
