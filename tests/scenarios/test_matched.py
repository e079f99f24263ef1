"""Being told the matches: who they are and why they may fit; and, without one, what could change it."""

from datetime import UTC, datetime

import pytest

from bot.desk.pairing.tables import Proposal
from bot.groups.tables import Group, GroupMember
from bot.groups.words import ENDED, NO_MATCHES_YET
from tests.scenarios.conftest import MENTOR, Chat


@pytest.mark.postgres
def test_a_mentee_is_told_the_match_and_leads(matched: Chat) -> None:
    """A mentee reads who the mentor is, how to reach them and why it may fit, and can suggest a time at once."""
    intro, card = matched.person("bob").screen[-2:]
    assert intro.text.startswith("Your matches in Speed mentoring\nGood news: you have one mentor. You lead")
    facts = [(fact.label, fact.value) for fact in card.card.facts]
    assert (card.card.title, facts) == (
        "Ann",
        [
            ("Role", "your mentor"),
            ("Grade", "SEO"),
            ("Profession", "Policy"),
            ("Department", "HM Treasury"),
            ("Contact", "ann@example.gov.uk"),
            ("Why this may fit", "One grade above you · Works in the profession you asked for"),
        ],
    )
    assert matched.person("bob").buttons()[0] == "Suggest a time to Ann"


def test_a_mentor_is_told_the_match_and_waits(matched: Chat) -> None:
    """A mentor reads who will suggest a time and what was promised; there is nothing to press but status."""
    ann = matched.person("ann")
    ann.sees("Bob", "Role: your mentee", "One grade below you · Would like to learn about your profession")
    assert ann.buttons() == ["Where I stand"]
    assert "there is nothing to do until then. You promised up to three speed sessions" in ann.screen[-2].text


def test_a_biography_is_shown_to_the_match(opened: Chat) -> None:
    """What somebody writes about themselves for their matches is on the card."""
    opened.person("ann").registers(**MENTOR, biography="I keep bees, and I like drafts.")
    bob = opened.person("bob").registers("mentee")
    opened.announced()
    bob.sees("I keep bees, and I like drafts.")


@pytest.mark.postgres
def test_nobody_gets_more_than_three_matches(opened: Chat) -> None:
    """With four possible mentors a mentee gets three cards, and a mentor with one place gets one."""
    for number, user in enumerate(("ann", "amy", "abe", "ada")):
        place = "one" if number == 0 else "three"
        opened.person(user).registers(**MENTOR, places=place)
    bob, eve = opened.person("bob").registers("mentee"), opened.person("eve").registers("mentee")
    opened.announced()
    assert [len(bob.news()), len(eve.news())] == [1 + 3, 1 + 3]
    assert len(opened.person("ann").news()) <= 1 + 1


def test_somebody_who_is_both_hears_of_both(opened: Chat) -> None:
    """Who is mentor and mentee is told of mentors and of mentees, each in their own words."""
    dana = opened.person("dana").registers("both", grade="SEO", department="Cabinet Office")
    opened.person("ann").registers("mentor", grade="Grade 7", department="HM Treasury")
    opened.person("bob").registers("mentee")
    opened.announced()
    news = [message.text for message in dana.news() if message.card.title.startswith("Your matches")]
    assert sorted(text.split(".")[0].split(": ")[1] for text in news) == ["you have one mentee", "you have one mentor"]


def test_colleagues_of_one_department_are_never_matched(opened: Chat) -> None:
    """The same department is never a match, and the mentee is told what this rule leaves out."""
    opened.person("ann").registers(**{**MENTOR, "department": "Home Office"})
    bob = opened.person("bob").registers("mentee")
    opened.person("amy").registers(**MENTOR, places="one")
    opened.person("eve").registers("mentee", department="HM Treasury")
    opened.announced()
    assert [member.registration_id for member in opened.rows(GroupMember)] == [3, 2, 1, 4]
    bob.sees("Amy")


@pytest.mark.parametrize(("grade", "matches"), [("HEO", 0), ("SEO", 1), ("Grade 7", 1), ("Grade 6", 0), ("EO", 0)])
def test_a_mentor_is_one_or_two_grades_above(opened: Chat, grade: str, matches: int) -> None:
    """One or two grades between the two is a match; none, three, or the wrong way round is not."""
    opened.person("ann").registers("mentor", grade=grade, department="HM Treasury")
    opened.person("bob").registers("mentee", grade="HEO")
    opened.proposed()
    assert len(opened.rows(Proposal)) == matches


def test_two_grades_and_the_wanted_profession_weigh_more(opened: Chat) -> None:
    """Of two possible mentors with one place wanted, the better fit is chosen: 12 + 10 before 9."""
    opened.person("ann").registers("mentor", grade="SEO", department="HM Treasury", profession="Tax", places="one")
    opened.person("amy").registers(
        "mentor", grade="Grade 7", department="HM Treasury", profession="Policy", places="one"
    )
    opened.person("bob").registers("mentee", grade="HEO")
    opened.proposed()
    assert sorted(match.score for match in opened.rows(Proposal)) == [9, 22]


@pytest.mark.postgres
def test_without_a_match_people_are_told_kindly_with_what_could_change(opened: Chat) -> None:
    """Nobody is left in the dark: no match, why (never whom), what could be changed, and the waiting list."""
    opened.person("ann").registers("mentor", grade="Grade 6", department="HM Treasury")
    opened.person("amy").registers(**MENTOR)
    opened.person("eve").registers("mentee")
    bob = opened.person("bob").registers("mentee", grade="AA")
    opened.announced()
    (told,) = bob.news()
    bob.sees(
        "I am sorry: in Speed mentoring there was nobody who fits for you this time.", "It depends on who signs up"
    )
    bob.sees("You are on the waiting list")
    assert "Ann" not in told.text
    assert "Change an answer" in bob.buttons()


def test_what_could_change_it_is_said(opened: Chat) -> None:
    """A mentee whose only possible mentor is in the same department reads that, as a number."""
    opened.person("ann").registers(**{**MENTOR, "department": "Home Office"})
    opened.person("amy").registers(**MENTOR, places="one")
    opened.person("eve").registers("mentee", department="Met Office", grade="EO", wanted_profession="Tax")
    gil = opened.person("gil").registers("mentee", department="HM Treasury", grade="HEO")
    opened.person("hal").registers("mentee", department="Met Office", grade="HEO")
    bob = opened.person("bob").registers("mentee", grade="AO")
    opened.announced()
    bob.sees("What could change it:", "With 1 to 3 grades between the two of you, there would be one mentor for you.")
    gil.sees("Ann")


def test_the_waiting_list_is_filled_later(opened: Chat) -> None:
    """Somebody without a match who changes an answer is matched from the waiting list, and told; nobody else is."""
    ann = opened.person("ann").registers(**MENTOR)
    bob = opened.person("bob").registers("mentee")
    eve = opened.person("eve").registers("mentee", department="HM Treasury")
    cora = opened.announced()
    eve.sees("No match this time")
    eve.says("status")
    eve.sees("You are on the waiting list")
    eve.says("change department")
    eve.says("Met Office")
    for person in (ann, bob, eve):
        person.news()
    cora.says("admin")
    cora.presses("Match the waiting list")
    cora.presses("Announce")
    cora.presses("Yes, announce it")
    assert [len(ann.news()), len(bob.news()), len(eve.news())] == [2, 0, 2]
    eve.sees("Ann", "Role: your mentor")
    ann.sees("Eve")


def test_a_mentee_who_books_nothing_is_reminded_twice_at_most(matched: Chat) -> None:
    """After two weeks without a session the mentee is reminded, kindly, and once more; then left in peace."""
    bob, ann = matched.person("bob"), matched.person("ann")
    matched.wait(days=200)
    reminders = bob.news()
    assert [message.at for message in reminders] == [
        datetime(2026, 11, 16, 10, 0, tzinfo=UTC),
        datetime(2026, 11, 30, 10, 0, tzinfo=UTC),
    ]
    bob.sees("You have not set up a session with Ann yet.", "If it is not for you, that is fine too.")
    assert ann.news() == []


def test_my_matches_can_be_read_again(matched: Chat) -> None:
    """The word "matches" shows every match as it stands."""
    bob = matched.person("bob")
    (card,) = bob.says("matches")
    assert card.card.title == "Ann"


def test_before_the_announcement_there_are_no_matches(opened: Chat) -> None:
    """Who asks early is told that they will hear."""
    opened.person("ann").registers(**MENTOR)
    bob = opened.person("bob").registers("mentee")
    opened.proposed()
    bob.says("matches")
    bob.sees(NO_MATCHES_YET)


def test_somebody_on_a_break_is_not_matched(opened: Chat) -> None:
    """Whoever has paused when the matches are made is not matched with anybody new."""
    opened.person("ann").registers(**MENTOR)
    bob = opened.person("bob").registers("mentee")
    bob.says("pause until 1 december")
    cora = opened.proposed()
    assert cora.fact("Mentees taking part") == "0"


def test_a_mentee_may_let_a_match_go(matched: Chat) -> None:
    """From the reminder a match can be ended without a reason; both are told, and no survey follows."""
    ann, bob = matched.person("ann"), matched.person("bob")
    matched.wait(days=15)
    ann.news()
    bob.presses("Not this one")
    bob.presses("Yes, end it")
    assert [message.card.text for message in ann.news()] == [ENDED.format(name="Bob")]
    assert [match.state for match in matched.rows(Group)] == ["ended"]
