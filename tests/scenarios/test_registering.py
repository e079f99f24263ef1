"""Registering by chat: one question at a time, with buttons or words; nothing is lost, and nothing happens twice."""

from datetime import UTC, datetime

import pytest

from bot.parts.registration.words import UNFINISHED_CLOSED
from bot.people.tables import Consent, Person, Registration, SealedAnswer
from bot.people.words import MOVED_ON
from bot.programme.words import NOT_AN_ADDRESS
from tests.scenarios.conftest import DEFAULTS, MENTOR, Chat


def test_a_newcomer_is_welcomed_and_told_what_it_is_about(opened: Chat) -> None:
    """Whoever says hello reads what the programme is, until when it is open, and how to begin."""
    bob = opened.person("bob")
    (card,) = bob.says("hello")
    assert card.card.title == "Welcome"
    bob.sees("Speed mentoring is open for registration until Mon 16 Nov, 23:59.", "three 30-minute conversations")
    assert bob.buttons() == ["Register", "What can I say?"]


def test_consent_is_asked_before_anything_else(opened: Chat) -> None:
    """The first two questions are consent and eligibility; nothing sensitive comes before them."""
    bob = opened.person("bob")
    bob.says("register")
    asked = []
    for text in ("I agree", "Yes, it does"):
        asked.append(bob.asked())
        bob.says(text)
    assert [*asked, bob.asked()] == ["consent", "eligible", "role"]


@pytest.mark.postgres
def test_a_mentee_registers_with_buttons(opened: Chat) -> None:
    """Every question can be answered with buttons and lists alone; only what is free text is typed."""
    bob = opened.person("bob")
    bob.says("hello")
    bob.presses("Register")
    bob.presses("I agree")
    bob.presses("Yes, it does")
    bob.presses("Mentee")
    bob.presses("Next", name="Bob Fielding")
    bob.presses("Next", contact="bob@example.gov.uk")
    bob.presses("Next", grade="HEO")
    bob.presses("Next", profession="Policy")
    bob.presses("Next", department="Home Office")
    bob.presses("Next", wanted_profession="Tax")
    bob.presses("Yes, if possible")
    bob.presses("Next", identity_wanted=("Gay", "A carer"))
    bob.presses("Skip")
    bob.presses("Next", availability=("mon-am", "tue-pm"))
    bob.presses("Next", zone="Europe/London")
    assert bob.fact("Usually free") == "Mon morning, Tue afternoon"
    assert bob.fact("Profession to be matched on") == "Tax"
    bob.presses("Confirm registration")
    bob.sees("Thank you, Bob Fielding. You are registered for Speed mentoring.")


@pytest.mark.postgres
def test_a_mentor_and_mentee_registers_by_typing(opened: Chat) -> None:
    """Typed words are as good as buttons: "both", "grade 7", "heo" in any case, numbers of choices, "skip"."""
    dana = opened.person("dana")
    for text in ("register", "i agree", "yes", "both", "Dana Levi", "dana@example.gov.uk", "grade 7", "policy"):
        dana.says(text)
    for text in ("ministry of justice", "1", "2", "prefer not to say", "no", "skip", "tuesday mornings", "edinburgh"):
        dana.says(text)
    found = [dana.fact(label) for label in ("Role", "Grade", "Department", "Speed sessions offered", "Usually free")]
    assert found == ["Both", "Grade 7", "Ministry of Justice", "Two", "Tue morning"]
    assert dana.fact("Profession to be matched on") == "Commercial"
    dana.says("yes")
    dana.sees("As a mentor you promise", "As a mentee you promise")


@pytest.mark.parametrize(
    ("typed", "label"), [("heo", "HEO"), ("Grade 7", "Grade 7"), ("g7", "Grade 7"), ("deputy director", "SCS1")]
)
def test_a_grade_may_be_typed_as_people_say_it(opened: Chat, typed: str, label: str) -> None:
    """Codes, labels and other names of a grade are all understood."""
    bob = opened.person("bob").fills_in(until="grade")
    bob.says(typed)
    assert (bob.asked(), bob.screen[-2].text.split()[-len(label.split()) :]) == ("profession", label.split())


def test_what_is_not_in_the_list_may_be_typed(opened: Chat) -> None:
    """A department or profession that the list does not have is taken as it is written."""
    bob = opened.person("bob").fills_in(department="The Lighthouse Service")
    assert bob.fact("Department") == "The Lighthouse Service"


def test_an_unclear_answer_gets_the_question_again_with_its_choices(opened: Chat) -> None:
    """Nonsense is answered with the same question and all its choices, and nothing is lost."""
    bob = opened.person("bob").fills_in(until="role")
    before = bob.buttons()
    (again,) = bob.says("purple elephant")
    bob.sees("I could not find “purple elephant” among the choices.", "as a mentor, as a mentee, or both?")
    assert [button.label for button in again.card.buttons] == before == ["Mentor", "Mentee", "Both", "Back"]
    bob.says("mentee")
    assert bob.asked() == "name"


def test_a_wrong_address_is_asked_for_again(opened: Chat) -> None:
    """What cannot be an e-mail address is not taken, and why is said in a sentence."""
    bob = opened.person("bob").fills_in(until="contact")
    bob.says("bob at work")
    bob.sees(NOT_AN_ADDRESS, "At which work e-mail address")
    bob.says("bob@example.gov.uk")
    assert bob.asked() == "grade"


def test_a_long_biography_is_sent_back_with_the_room_there_is(opened: Chat) -> None:
    """Too long a text is refused with both numbers; a shorter one is taken."""
    bob = opened.person("bob").fills_in(until="biography")
    bob.says("x" * 801)
    bob.sees("That is 801 characters, and there is room for 800.")
    bob.says("x" * 800)
    assert bob.asked() == "availability"


@pytest.mark.parametrize("role", ["mentor", "both"])
def test_an_aa_cannot_be_a_mentor(opened: Chat, role: str) -> None:
    """A grade below AO is refused for mentors, with the sentence of the programme; the way out is open."""
    bob = opened.person("bob").fills_in(role, until="grade")
    bob.says("AA")
    bob.sees("A mentor's grade is AO or above in this programme.", "What is your current grade?")
    assert bob.asked() == "grade"
    bob.says("change role")
    bob.says("mentee")
    bob.says("AA")
    assert bob.asked() == "profession"


def test_an_aa_mentee_who_becomes_a_mentor_is_asked_for_the_grade_again(opened: Chat) -> None:
    """An answer that no longer fits another one is asked for again before the summary."""
    bob = opened.person("bob").fills_in("mentee", grade="AA")
    bob.says("change role")
    bob.says("mentor")
    assert bob.asked() == "grade"
    bob.sees("A mentor's grade is AO or above")


@pytest.mark.postgres
def test_no_consent_means_that_nothing_is_kept(opened: Chat) -> None:
    """Whoever does not agree is thanked, and no registration, consent or answer of theirs stays behind."""
    bob = opened.person("bob")
    bob.says("register")
    (stop,) = bob.presses("I do not agree")
    assert stop.card.text == opened.house.programmes["speed"].questions["consent"].stop
    assert [len(opened.rows(table)) for table in (Registration, Consent, SealedAnswer)] == [0, 0, 0]


def test_who_is_not_eligible_is_told_so_and_nothing_is_kept(opened: Chat) -> None:
    """A no to eligibility ends it kindly; a wrong press can be put right by registering again."""
    bob = opened.person("bob").fills_in(until="eligible")
    bob.says("no")
    bob.sees("This programme is not open to you", "Nothing has been kept.")
    assert [len(opened.rows(table)) for table in (Registration, Consent, SealedAnswer)] == [0, 0, 0]
    bob.says("register")
    assert bob.asked() == "consent"


def test_consent_is_written_down_with_its_wording(opened: Chat) -> None:
    """What somebody agreed to is kept with the version of the words and the moment."""
    opened.person("bob").fills_in(until="role")
    kept = [(row.question, row.version.split("/")[0], row.given_at) for row in opened.rows(Consent)]
    assert kept == [("consent", "2026-11", opened.now), ("eligible", "2026-11", opened.now)]
    assert len({row.version for row in opened.rows(Consent)}) == 2


def test_back_asks_the_question_before_and_keeps_its_answer(opened: Chat) -> None:
    """Going back changes nothing until there is a new answer; then the open question comes again."""
    bob = opened.person("bob").fills_in(until="profession")
    bob.presses("Back")
    assert bob.asked() == "grade"
    bob.says("back")
    assert bob.asked() == "contact"
    bob.says("bob.fielding@example.gov.uk")
    assert bob.asked() == "profession"
    bob.fills_in(contact="never asked again")
    assert [bob.fact("E-mail"), bob.fact("Grade")] == ["bob.fielding@example.gov.uk", "HEO"]


def test_one_answer_can_be_changed_by_button(opened: Chat) -> None:
    """From the summary one answer is picked and given anew; the others stay, and the summary comes again."""
    bob = opened.person("bob").fills_in()
    bob.presses("Change an answer")
    bob.presses("Change it", step="grade")
    assert bob.asked() == "grade"
    bob.presses("Next", grade="SEO")
    assert [bob.fact("Grade"), bob.fact("Profession")] == ["SEO", "Policy"]


@pytest.mark.postgres
def test_a_registered_person_changes_one_answer_by_typing(opened: Chat) -> None:
    """After "change grade" one question is asked, and everything else stands as it was."""
    bob = opened.person("bob").registers()
    bob.says("change grade")
    assert bob.asked() == "grade"
    bob.says("SEO")
    bob.sees("You are registered.")
    assert [bob.fact("Grade"), bob.fact("Name")] == ["SEO", "Bob"]


def test_change_without_saying_what_offers_the_answers(opened: Chat) -> None:
    """The word "change" alone shows what can be changed, to pick from."""
    bob = opened.person("bob").registers()
    bob.says("change")
    bob.sees("Which answer would you like to change?")
    bob.presses("Change it", step="department")
    bob.says("HM Treasury")
    assert bob.fact("Department") == "HM Treasury"


def test_a_question_that_no_longer_applies_is_not_asked(opened: Chat) -> None:
    """A mentor is not asked what only mentees are asked; changing the role opens just what is missing."""
    ann = opened.person("ann").fills_in(**MENTOR)
    assert "Profession to be matched on" not in ann.reads()
    ann.says("change role")
    ann.says("both")
    assert ann.asked() == "wanted_profession"
    ann.fills_in(role="both")
    assert ann.fact("Speed sessions offered") == "Three"


def test_the_summary_names_private_answers_without_showing_them(opened: Chat) -> None:
    """Private answers stand in the summary as "answered, private"; nothing on the screen says what they were."""
    ann = opened.person("ann").fills_in(**MENTOR, identity="Bisexual or pansexual, Disabled")
    assert ann.fact("Identity") == "answered, private"
    assert "Bisexual" not in "".join(shown.text for shown in ann.screen)


def test_private_answers_are_shown_to_their_owner_on_request(opened: Chat) -> None:
    """One button shows them, to this person alone, with a button to change them."""
    ann = opened.person("ann").fills_in(**MENTOR, identity="Bisexual or pansexual, Disabled")
    (card,) = ann.presses("See private answers")
    assert [(fact.label, fact.value) for fact in card.card.facts] == [("Identity", "Bisexual or pansexual, Disabled")]
    ann.sees("Only you can see these.")
    assert ann.buttons() == ["Change an answer", "Where I stand"]


def test_prefer_not_to_say_is_one_press(opened: Chat) -> None:
    """A private question may be passed over with its own button, without another word."""
    ann = opened.person("ann").fills_in("mentor", until="identity")
    assert "Prefer not to say" in ann.buttons()
    ann.presses("Prefer not to say")
    assert ann.asked() == "biography"


def test_a_private_answer_is_never_guessed(opened: Chat) -> None:
    """What only resembles an identity is asked about again and not taken for it."""
    ann = opened.person("ann").fills_in("mentor", until="identity")
    ann.says("Lesbiann")
    assert ann.asked() == "identity"


@pytest.mark.postgres
def test_an_unfinished_registration_is_reminded_once(chat: Chat) -> None:
    """Two days after somebody stopped they are asked once, at that question, within working hours; never again."""
    chat.open_round(days=30)
    bob = chat.person("bob").fills_in(until="grade")
    bob.news()
    chat.wait(days=29)
    (reminder,) = bob.news()
    assert reminder.at == datetime(2026, 11, 4, 10, 0, tzinfo=UTC)
    bob.sees("You began to register and stopped here.", "What is your current grade?")
    bob.says("HEO")
    assert bob.asked() == "profession"


def test_a_reminder_waits_for_the_next_working_day(chat: Chat) -> None:
    """Who stops on a Friday is reminded on Monday morning, not on Sunday."""
    chat.open_round(days=30)
    chat.wait(days=4)
    bob = chat.person("bob").fills_in(until="grade")
    bob.news()
    chat.wait(days=7)
    assert [message.at for message in bob.news()] == [datetime(2026, 11, 9, 9, 0, tzinfo=UTC)]


def test_a_finished_registration_is_not_reminded(chat: Chat) -> None:
    """Who has confirmed hears nothing until there is something to tell."""
    chat.open_round(days=30)
    bob = chat.person("bob").registers()
    chat.wait(days=29)
    assert bob.news() == []


@pytest.mark.postgres
def test_a_registration_is_found_again_after_a_restart(opened: Chat) -> None:
    """The bot may stop in the middle of a registration; afterwards it goes on at the same question."""
    bob = opened.person("bob").fills_in(until="grade")
    opened.restarts()
    bob.says("heo")
    assert bob.asked() == "profession"
    opened.restarts()
    bob.presses("Next", profession="Policy")
    assert bob.asked() == "department"
    opened.restarts()
    bob.says("register")
    assert bob.asked() == "department"
    bob.registers()
    bob.sees("Thank you, Bob.")


def test_status_in_the_middle_says_how_to_go_on(opened: Chat) -> None:
    """The word "status" shows that something is unfinished, and one press goes on where it stopped."""
    bob = opened.person("bob").fills_in(until="grade")
    bob.says("status")
    bob.sees("You have begun to register and can go on where you stopped.")
    bob.presses("Go on")
    assert bob.asked() == "grade"


def test_before_the_window_people_are_told_when_it_opens(chat: Chat) -> None:
    """Outside the window nobody is asked anything; they read when it opens and may be told."""
    chat.plan_round("9 November", "20 November")
    bob = chat.person("bob")
    bob.says("register")
    bob.sees("registration opens on Mon 9 Nov, 09:00")
    assert bob.asked() == ""


@pytest.mark.postgres
def test_the_opening_is_told_as_promised(chat: Chat) -> None:
    """Who asked to be told is told once, when it opens, and can begin from that message."""
    chat.plan_round("9 November", "20 November")
    bob = chat.person("bob")
    bob.says("hello")
    bob.presses("Tell me when it opens")
    bob.news()
    chat.wait(days=10)
    (told,) = bob.news()
    assert told.at.date() == datetime(2026, 11, 9, tzinfo=UTC).date()
    bob.sees("As promised: Speed mentoring is open for registration now, until Fri 20 Nov, 23:59.")
    bob.presses("Register")
    assert bob.asked() == "consent"


def test_without_any_round_people_are_told_so(chat: Chat) -> None:
    """No round, no questions: a sentence says what to do instead."""
    bob = chat.person("bob")
    bob.says("register")
    bob.sees("No round is open or planned at the moment.")


def test_after_the_window_nobody_can_begin(chat: Chat) -> None:
    """A registration that was not finished in time is kept but does not count, and its owner is told once."""
    chat.open_round(days=3)
    bob = chat.person("bob").fills_in(until="grade")
    bob.news()
    chat.wait(days=10)
    bob.sees(UNFINISHED_CLOSED)
    bob.says("heo")
    assert bob.asked() == ""


@pytest.mark.postgres
def test_a_press_delivered_twice_has_one_effect(opened: Chat) -> None:
    """A platform may deliver an event twice; the second time nothing changes and nothing is sent."""
    bob = opened.person("bob").fills_in(until="role")
    got = bob.presses("Mentee", twice=True)
    assert [bob.asked(), len(got)] == ["name", 2]
    assert len(bob.says("Bob", twice=True)) == 2
    assert bob.asked() == "contact"


def test_pressing_twice_is_as_good_as_once(opened: Chat) -> None:
    """Whoever presses "Confirm" once more is told where they stand; there is one registration."""
    bob = opened.person("bob").fills_in()
    action, value = bob.find("Confirm")[1:]
    bob.presses("Confirm")
    (again,) = bob.sends(action, value)
    assert "You are registered." in again.text
    assert [row.state for row in opened.rows(Registration)] == ["registered"]


def test_an_answer_from_an_old_card_counts_and_the_open_question_comes_again(opened: Chat) -> None:
    """Any question may be answered at any time; nothing depends on which card came last."""
    bob = opened.person("bob").fills_in(until="role")
    action, value = bob.find("Mentee")[1:]
    bob.fills_in("mentor", until="grade")
    bob.sends(action, value)
    assert bob.asked() == "grade"
    bob.fills_in()
    assert bob.fact("Role") == "Mentee"


def test_an_answer_of_a_registration_that_was_dropped_gets_the_current_state(opened: Chat) -> None:
    """A button of something that is gone leads to where things stand."""
    bob = opened.person("bob").fills_in(until="role")
    action, value = bob.find("Mentee")[1:]
    bob.says("withdraw")
    bob.presses("Yes, withdraw")
    (answer,) = bob.sends(action, value)
    assert MOVED_ON in answer.text


def test_two_people_on_two_platforms_are_two_people(opened: Chat) -> None:
    """The same user name on another platform is somebody else."""
    opened.person("bob").registers()
    other = opened.person("bob", "slack")
    other.says("status")
    other.sees("Welcome")
    assert [row.account.platform for row in opened.rows(Person) if row.account.user == "bob"] == ["web", "slack"]


def test_every_question_has_an_answer_in_these_scenarios(chat: Chat) -> None:
    """The people in these scenarios can answer everything that the programme asks."""
    assert {q.name for q in chat.house.programmes["speed"].question} <= {*DEFAULTS, "role", "name", "contact"}
