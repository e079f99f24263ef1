"""Moving a programme over: its files become registrations, and each becomes its person's once they come."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from sqlmodel import select

from bot.chat.events import Met, Pressed, Profile
from bot.desk import importing
from bot.desk.importing import Brought
from bot.desk.words import DAY_PAST, NAME_TAKEN, ROUND_NOT_FOR_IMPORT
from bot.groups.tables import Group, GroupMember
from bot.keeping.store import transaction
from bot.keeping.tables import Outbox, Secret
from bot.matching import files
from bot.meetings.tables import Meeting
from bot.people.answers import all_of
from bot.people.tables import Consent, Person, Registration, Round, SealedAnswer
from tests.scenarios.conftest import MENTOR, Chat, Message, Talker

HEADER = "first name,last name,email address,both mentor and mentee,job title,grade,organisation,profession"
MENTORS = f"{HEADER},characteristics,biography"
MENTEES = f"{HEADER},match with similar identity,identity to match,biography"
ANN = "Ann,Lee,Ann.Lee@example.gov.uk,no,Role,SEO,HM Treasury,Policy,Intersex,Ask me anything"
BOB = "Bob,Ray,bob@example.gov.uk,no,Role,HEO,Home Office,Policy,yes,Intersex,Hello"


def bring(
    chat: Chat,
    mentors: tuple[str, ...] = (ANN,),
    mentees: tuple[str, ...] = (BOB,),
    *,
    consent: bool = True,
    into: str = "Speed mentoring",
) -> Brought:
    """Bring two files in, as `app.py import` does."""
    with transaction(chat.engine, chat.house) as db:
        round_ = importing.round_named(into, db)
        assert isinstance(round_, Round), round_
        programme = chat.house.programmes[round_.programme]
        assert programme.import_ is not None
        cohort = files.read(
            "\n".join((MENTORS, *mentors)).encode(),
            "\n".join((MENTEES, *mentees)).encode(),
            importing.columns(programme, programme.import_, consent=consent),
            words=programme.choice_words,
            other=[step.name for step in programme.flow.steps if step.other],
            private=[name for name, question in programme.questions.items() if question.private],
        )
        assert not isinstance(cohort, list), cohort
        return importing.bring_in(cohort, round_, db, chat.now, consent=consent)


def codes(chat: Chat, *, again: bool = False) -> dict[str, str]:
    """Make invitations, as `app.py import --invitations` does; return the code for each first name."""
    with transaction(chat.engine, chat.house) as db:
        round_ = importing.round_named("Speed mentoring", db)
        assert isinstance(round_, Round)
        listed = importing.invite(round_, db, chat.now, again=again)
        rows = list(csv.DictReader(io.StringIO(importing.sheet(listed))))
        return {row["name"].split()[0]: row["code"] for row in rows}


def counts(brought: Brought) -> tuple[int, int, int, int]:
    """Return how many were added, changed, unchanged and here already."""
    return brought.added, brought.changed, brought.unchanged, brought.claimed


def comes(talker: Talker, email: str, *, greet: bool = True) -> list[Message]:
    """Let somebody open the bot on a platform that knows their address."""
    event = Met(talker.chat.new_id(), talker.address, Profile("On Platform", email, "Europe/London"), greet)
    return talker.chat.happens(event, talker)


def said(chat: Chat, name: str) -> dict[str, object]:
    """Return all answers of the registration with this name."""
    with chat.db() as db:
        found = [mine for mine in db.exec(select(Registration)).all() if mine.answers.get("name") == name]
        assert len(found) == 1, f"{len(found)} registrations of {name}"
        return dict(all_of(found[0], db))


def snapshot(chat: Chat) -> list[object]:
    """Return every row that bringing in could touch."""
    tables = (Person, Registration, SealedAnswer, Consent, Group, GroupMember, Outbox, Secret)
    return [row.model_dump() for table in tables for row in chat.rows(table)]


# ---- bringing in ----------------------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_people_of_the_files_can_be_matched_and_announced_before_they_come(opened: Chat) -> None:
    """They are registered at once, the coordinator previews and announces as ever, and no message waits for them."""
    assert counts(bring(opened)) == (2, 0, 0, 0)
    cora = opened.person("cora")
    cora.says("admin")
    assert cora.fact("Registered") == "2 (one mentor, one mentee)"
    opened.announced()
    cora.sees("I am telling 2 people of one match now.")
    assert [match.state for match in opened.rows(Group)] == ["live"]
    assert {row.platform for row in opened.rows(Outbox)} == {"web"}
    cora.presses("Follow up")
    cora.sees("not come yet", "Ann Lee", "Bob Ray")
    with opened.db() as db:
        assert importing.unclaimed(db.exec(select(Round)).one(), db) == 2


@pytest.mark.postgres
def test_bringing_the_same_files_in_twice_changes_nothing(opened: Chat) -> None:
    """The second time nothing is added or changed, not even a token in the database."""
    bring(opened)
    codes(opened)
    before = snapshot(opened)
    assert counts(bring(opened)) == (0, 0, 2, 0)
    assert codes(opened) == {}
    assert snapshot(opened) == before


@pytest.mark.postgres
def test_a_row_that_has_changed_is_brought_up_to_date(opened: Chat) -> None:
    """Who has not come yet is as the newest file says, private answers and role included."""
    bring(opened)
    eve = BOB.replace("HEO", "EO").replace("yes,Intersex", "no,Intersex")
    both = ANN.replace("SEO", "EO").replace("Ann,Lee,Ann.Lee", "Bob,Ray,BOB")
    assert counts(bring(opened, (ANN, both), (eve,))) == (0, 1, 1, 0)
    bob = said(opened, "Bob Ray")
    assert (bob["role"], bob["grade"], bob["identity_wish"]) == ("both", "EO", "no")
    assert "identity_wanted" not in bob
    assert bob["identity"] == ("Intersex",)
    assert len(opened.rows(Consent)) == 2


def test_proposals_made_before_are_not_announced_without_those_who_came_in(opened: Chat) -> None:
    """Bringing somebody in takes back the proposals, so that the coordinator solves again."""
    opened.person("amy").registers(**MENTOR)
    opened.person("eve").registers("mentee")
    cora = opened.proposed()
    bring(opened)
    cora.presses("Announce")
    cora.sees("There is nothing to announce yet. Preview the matches first.")


@pytest.mark.postgres
def test_somebody_in_both_files_is_one_person_in_both_roles(opened: Chat) -> None:
    """The two rows are merged by e-mail address; where they differ, the mentors' file counts and the number is told."""
    mentor = ANN.replace("Ann,Lee,Ann.Lee", "Bob,Ray,BOB")
    brought = bring(opened, (mentor,), (BOB,))
    assert (brought.added, brought.differing) == (1, 1)
    bob = said(opened, "Bob Ray")
    assert (bob["role"], bob["grade"], bob["profession"], bob["wanted_profession"]) == (
        "both",
        "SEO",
        "Policy",
        "Policy",
    )
    assert (bob["identity"], bob["identity_wish"], bob["identity_wanted"]) == (("Intersex",), "yes", ("Intersex",))


def test_people_missing_in_a_later_file_stay_and_are_counted(opened: Chat) -> None:
    """A file with fewer rows takes nobody out."""
    bring(opened)
    brought = bring(opened, (ANN,), ())
    assert (brought.unchanged, brought.absent) == (1, 1)
    assert len(opened.rows(Registration)) == 2
    with opened.db() as db:
        assert "left as they are: 1." in importing.told(brought, db.exec(select(Round)).one(), consent=True)


def test_who_cannot_be_taken_is_named_with_the_reason(opened: Chat) -> None:
    """What the chat would refuse is refused here too, for that person only."""
    brought = bring(opened, (ANN.replace("SEO", "AA"),), (BOB,))
    assert brought.added == 1
    ((email, reason),) = brought.left_out
    assert email == "Ann.Lee@example.gov.uk"
    assert "A mentor's grade is AO or above" in reason


def test_without_consent_the_private_columns_are_left_out_and_that_is_said(opened: Chat) -> None:
    """Nothing private is kept unless the coordinator says that consent was given; with it, it comes on a later run."""
    brought = bring(opened, consent=False)
    assert said(opened, "Ann Lee")["identity"] == ()
    assert said(opened, "Bob Ray")["identity_wish"] == ""
    assert opened.rows(Consent) == []
    with opened.db() as db:
        assert "--consent-given" in importing.told(brought, db.exec(select(Round)).one(), consent=False)
    assert counts(bring(opened)) == (0, 2, 0, 0)
    assert said(opened, "Ann Lee")["identity"] == ("Intersex",)
    assert {(row.question, row.version) for row in opened.rows(Consent)} == {("consent", "imported")}
    assert counts(bring(opened, consent=False)) == (0, 0, 2, 0)


def test_the_private_columns_may_be_missing_without_consent(opened: Chat) -> None:
    """Who takes the private columns out of the files can still bring the rest in."""
    programme = opened.house.programmes["speed"]
    assert programme.import_ is not None
    plan = importing.columns(programme, programme.import_, consent=False)
    assert {column.question for column in plan.mentors.values()} == {
        *("grade", "department", "profession", "biography", "places")
    }


def test_private_answers_are_sealed_and_never_shown_to_a_coordinator(opened: Chat) -> None:
    """Neither the tables nor anything a coordinator reads holds what the files say in private."""
    bring(opened)
    codes(opened)
    cora = opened.announced()
    for label in ("Follow up", "Report", "Who registered"):
        cora.says("admin")
        cora.presses(label)
    assert "Ann Lee" in cora.everything()
    assert "Intersex" not in cora.everything()
    assert "Intersex" not in str(snapshot(opened))
    assert len({len(row.token) for row in opened.rows(SealedAnswer)}) == 1
    assert said(opened, "Ann Lee")["identity"] == ("Intersex",)


@pytest.mark.postgres
def test_a_private_wish_from_the_files_weighs_in_the_matching(opened: Chat) -> None:
    """Of two mentors who fit alike, the one who shares the identity is matched where a mentee wished for it."""
    amy = ANN.replace("Ann,Lee,Ann.Lee", "Amy,Fox,amy").replace("Intersex", "Gay")
    zoe = BOB.replace("Bob,Ray,bob", "Zoe,Orr,zoe").replace("Intersex", "Gay")
    bring(opened, (ANN, amy), (BOB, zoe))
    cora = opened.proposed()
    for pair in ("Ann Lee with Zoe Orr", "Amy Fox with Bob Ray"):
        cora.says(f"forbid {pair}")
    assert "Matches: 2" in cora.reads()


def test_only_a_round_that_is_not_announced_can_take_people(matched: Chat) -> None:
    """An unknown round is answered with those there are, an announced one with how it stands."""
    with transaction(matched.engine, matched.house) as db:
        assert importing.round_named("speed MENTORING", db) == ROUND_NOT_FOR_IMPORT.format(
            round="Speed mentoring", state="announced"
        )
        other = importing.round_named("Summer", db)
        assert isinstance(other, str)
        assert "1 (Speed mentoring)" in other


def test_a_round_can_be_opened_on_the_way(chat: Chat) -> None:
    """A programme that moves over opens its round and brings its people in; whoever coordinates later finds it."""
    programme = chat.house.programmes["speed"]
    with transaction(chat.engine, chat.house) as db:
        assert importing.new_round("Winter", programme, date(2026, 11, 1), db, chat.now) == DAY_PAST
        assert isinstance(importing.new_round("Winter", programme, date(2026, 12, 18), db, chat.now), Round)
        assert importing.new_round("Winter", programme, date(2026, 12, 18), db, chat.now) == NAME_TAKEN
    brought = bring(chat, into="Winter")
    assert (brought.added, brought.coordinated) == (2, False)
    cora = chat.coordinator()
    assert bring(chat, into="Winter").coordinated
    cora.says("admin")
    cora.sees("Winter", "Registration is open", "18 Dec")
    chat.until(chat.now.replace(month=12, day=19))
    cora.says("admin")
    cora.sees("Registration has closed")


def test_people_can_be_brought_into_a_round_that_is_not_open_yet(chat: Chat) -> None:
    """They are registered before it opens, can come meanwhile, and stay registered when it does open."""
    chat.plan_round("9 November 2026", "23 November 2026")
    assert counts(bring(chat)) == (2, 0, 0, 0)
    ann = chat.person("ann")
    ann.says(codes(chat)["Ann"])
    ann.sees("You are registered.")
    chat.wait(days=8)
    ann.says("status")
    ann.sees("You are registered.", "Registration closes")


# ---- coming with a code ---------------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_a_code_makes_the_registration_theirs(opened: Chat) -> None:
    """They see what the form said and what it left open, answer that, and everything counts as before."""
    bring(opened)
    ann = opened.person("ann")
    ann.says(f"Hello, my code is {codes(opened)['Ann'].lower()} thanks")
    ann.sees("What you answered on the form for Speed mentoring is here now", "SEO", "HM Treasury", "Usually free")
    assert ann.buttons()[:4] == ["Eligibility", "Speed sessions offered", "Usually free", "Time zone"]
    ann.presses("See private answers")
    ann.sees("Intersex")
    ann.says("status")
    ann.sees("You are registered.", "mentor")
    (person,) = [person for person in opened.rows(Person) if person.account.user == "ann"]
    assert (person.name, person.account.reachable) == ("Ann Lee", True)
    assert [person.account.user for person in opened.rows(Person) if person.account.platform == "import"] == [
        "bob@example.gov.uk"
    ]


@pytest.mark.parametrize("closed", [False, True])
def test_what_the_form_left_open_can_be_answered_before_and_after_closing(opened: Chat, *, closed: bool) -> None:
    """Each open question is a button; answering one never takes the registration out of the round."""
    bring(opened)
    ann = opened.person("ann")
    code = codes(opened)["Ann"]
    if closed:
        opened.proposed()
    ann.says(code)
    ann.presses("Usually free")
    ann.says("tuesday mornings")
    ann.sees("You are registered.", "Tue")
    ann.presses("Eligibility")
    ann.sees("Does this include you?")
    ann.presses("Yes, it does")
    ann.presses("Time zone")
    ann.says("London")
    ann.presses("Speed sessions offered")
    ann.says("two")
    answers = said(opened, "Ann Lee")
    assert (answers["availability"], answers["eligible"], answers["places"]) == (("tue-am",), "yes", "2")
    assert {mine.state for mine in opened.rows(Registration)} == {"registered"}
    assert ("eligible", 1) in [(row.question, row.registration_id) for row in opened.rows(Consent)]


def test_without_consent_it_is_asked_for_when_they_come(opened: Chat) -> None:
    """The consent question comes last, nothing private is asked for before it, and a yes is written down."""
    bring(opened, consent=False)
    ann = opened.person("ann")
    shown, asked = ann.says(codes(opened)["Ann"])
    assert "Eligibility" not in [button.label for button in shown.card.buttons]
    assert "Do you agree" in asked.text
    ann.says("I agree")
    ann.sees("You are registered.")
    (consent,) = opened.rows(Consent)
    assert consent.version.startswith("2026-11/")


@pytest.mark.postgres
def test_a_code_works_once(opened: Chat) -> None:
    """Typed again, by the same person or by another, it is answered like a wrong one."""
    bring(opened)
    code = codes(opened)["Ann"]
    ann, eve = opened.person("ann"), opened.person("eve")
    ann.says(code)
    for talker in (ann, eve):
        talker.says(code)
        talker.sees("That invitation does not work")
    assert said(opened, "Ann Lee")["grade"] == "SEO"


def test_a_wrong_code_changes_nothing(opened: Chat) -> None:
    """A mistyped code, one of somebody unknown and one that is too old are answered with what can be done."""
    bring(opened)
    code = codes(opened)["Ann"]
    eve = opened.person("eve")
    for wrong in (code[:-1] + ("A" if code[-1] != "A" else "B"), "INVITE-999999999999999999-AAAA-BBBB-CCCC"):
        eve.says(wrong)
        eve.sees("That invitation does not work", "send you a new one")
    opened.wait(days=91)
    eve.says(code)
    eve.sees("That invitation does not work")
    assert len([person for person in opened.rows(Person) if person.account.platform == "import"]) == 2


def test_somebody_elses_code_takes_nothing_from_either(opened: Chat) -> None:
    """Who takes part under another address cannot use it; it stays good for the one it is for."""
    bring(opened)
    code = codes(opened)
    bob = opened.person("bob")
    bob.says(code["Bob"])
    bob.says(code["Ann"])
    bob.sees("with another e-mail address")
    eve = opened.person("eve").registers("mentee")
    eve.says(code["Ann"])
    eve.sees("with another e-mail address")
    ann = opened.person("ann")
    ann.says(code["Ann"])
    ann.sees("HM Treasury")
    assert said(opened, "Bob Ray")["grade"] == "HEO"


def test_new_codes_replace_the_old_ones(opened: Chat) -> None:
    """Later runs write codes for newcomers only, unless new ones are asked for; then the old ones are worth nothing."""
    bring(opened)
    old = codes(opened)
    eve = BOB.replace("Bob,Ray,bob", "Eve,Ash,eve")
    bring(opened, (ANN,), (BOB, eve))
    assert set(codes(opened)) == {"Eve"}
    new = codes(opened, again=True)
    assert set(new) == {"Ann", "Bob", "Eve"}
    ann = opened.person("ann")
    ann.says(old["Ann"])
    ann.sees("That invitation does not work")
    ann.says(new["Ann"])
    ann.sees("HM Treasury")


def test_no_code_stands_in_the_database(opened: Chat) -> None:
    """Only a sealed digest of each code is kept."""
    bring(opened)
    code = codes(opened)["Ann"]
    assert code.split("-", 2)[2] not in str(snapshot(opened))


# ---- coming from a platform that knows the address ------------------------------------------------------------------


@pytest.mark.postgres
def test_an_address_that_the_platform_knows_needs_no_code(opened: Chat) -> None:
    """At the first contact the registration is theirs, however the address is written."""
    bring(opened)
    ann = opened.person("ann", "slack")
    comes(ann, "ann.lee@Example.gov.uk")
    ann.sees("What you answered on the form for Speed mentoring is here now", "HM Treasury")
    assert "ann.lee@example.gov.uk" not in [person.account.user for person in opened.rows(Person)]
    assert len(comes(ann, "ann.lee@example.gov.uk")) == 0


def test_an_address_that_somebody_types_hands_over_nothing(opened: Chat) -> None:
    """Registering with an address from the file gives no access to what the file says of it."""
    bring(opened)
    eve = opened.person("eve")
    eve.registers("mentee", contact="bob@example.gov.uk")
    eve.says("my data")
    assert "Intersex" not in eve.everything()
    assert waiting(opened) == {"Ann Lee", "Bob Ray"}


def waiting(chat: Chat) -> set[str]:
    """Return the names of those who were brought in and have not come."""
    return {person.name for person in chat.rows(Person) if person.account.platform == "import"}


def test_who_registers_here_by_themselves_is_not_brought_in_again(opened: Chat) -> None:
    """Their own registration counts; what the file says of the same address goes, with the next run at the latest."""
    bring(opened)
    opened.person("bob").registers("mentee", contact="bob@example.gov.uk", grade="EO")
    assert counts(bring(opened)) == (0, 0, 1, 1)
    assert counts(bring(opened)) == (0, 0, 1, 1)
    assert waiting(opened) == {"Ann Lee"}
    assert said(opened, "Bob")["grade"] == "EO"


def test_their_own_registration_stands_above_the_form(opened: Chat) -> None:
    """Who has registered already hears that the form is not needed, and nothing of theirs changes."""
    bring(opened)
    bob = opened.person("bob", "slack").registers("mentee", grade="EO", identity_wish="no")
    comes(bob, "bob@example.gov.uk", greet=False)
    bob.sees("What you told me here counts", "You are registered.")
    assert said(opened, "Bob")["grade"] == "EO"
    assert waiting(opened) == {"Ann Lee"}
    assert len(opened.rows(SealedAnswer)) == 2


def test_a_registration_that_was_begun_is_made_whole_by_the_form(opened: Chat) -> None:
    """What they had answered stays as they answered it; the rest comes from the form, and they are registered."""
    bring(opened)
    bob = opened.person("bob", "slack").fills_in("mentee", until="profession", grade="EO")
    comes(bob, "bob@example.gov.uk", greet=False)
    bob.sees("You are registered.", "EO", "Home Office")
    answers = said(opened, "Bob")
    assert (answers["grade"], answers["department"], answers["identity_wanted"]) == ("EO", "Home Office", ("Intersex",))
    assert {row.question for row in opened.rows(Consent)} == {"consent", "eligible"}


def test_people_whom_the_bot_knows_get_it_with_the_import(opened: Chat) -> None:
    """Who is here already, under the same address, is told at once and needs no code."""
    ann = opened.person("ann", "slack")
    comes(ann, "ann.lee@example.gov.uk")
    brought = bring(opened)
    assert [event.who.user for event in brought.known] == ["ann"]
    for event in brought.known:
        opened.happens(event, ann)
    ann.sees("HM Treasury", "You are registered.")
    assert set(codes(opened)) == {"Bob"}
    assert counts(bring(opened)) == (0, 0, 1, 1)


# ---- once they have come --------------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_what_somebody_changed_here_wins_over_a_later_file(opened: Chat) -> None:
    """A file never overwrites who has come, not even where they changed the very address that it knows them by."""
    bring(opened)
    bob = opened.person("bob")
    bob.says(codes(opened)["Bob"])
    for question, answer in (("grade", "EO"), ("email", "robert@example.gov.uk")):
        bob.says(f"change {question}")
        bob.says(answer)
    assert counts(bring(opened, (ANN,), (BOB.replace("HEO", "SEO"),))) == (0, 0, 1, 1)
    assert said(opened, "Bob Ray")["grade"] == "EO"
    assert waiting(opened) == {"Ann Lee"}


@pytest.mark.postgres
def test_matches_wait_for_those_who_come_late(opened: Chat) -> None:
    """After announcing, who comes sees their matches, and can go on as everybody else."""
    bring(opened)
    code = codes(opened)
    opened.announced()
    opened.wait(days=40)
    bob, ann = opened.person("bob"), opened.person("ann", "teams")
    bob.says(code["Bob"])
    bob.sees("You have one match", "Ann Lee")
    bob.presses("Suggest a time")
    bob.presses(bob.buttons()[0])
    bob.sees("You suggested", "Ann Lee")
    comes(ann, "ann.lee@example.gov.uk")
    ann.sees("You have one match", "Bob Ray", "suggested")
    ann.presses("My sessions")
    ann.presses("Accept")
    assert [row.state for row in opened.rows(Meeting)] == ["booked"]


def test_reminders_that_reached_nobody_do_not_count(opened: Chat) -> None:
    """A mentee who comes late is still reminded to set up the session."""
    bring(opened)
    code = codes(opened)
    opened.announced()
    opened.wait(days=60)
    bob = opened.person("bob")
    bob.says(code["Bob"])
    opened.wait(days=20)
    bob.sees("You have not set up a session with Ann Lee yet.")


@pytest.mark.postgres
def test_matches_move_to_the_registration_that_stands(opened: Chat) -> None:
    """A match that was announced for the form's registration becomes that of their own, suggestions included."""
    bring(opened)
    ann = opened.person("ann", "slack").registers(
        **{**MENTOR, "department": "Met Office"}, contact="other@example.gov.uk"
    )
    code = codes(opened)
    cora = opened.proposed()
    cora.says("forbid Ann with Bob Ray")
    cora.presses("Announce")
    cora.presses("Yes, announce it")
    bob = opened.person("bob")
    bob.says(code["Bob"])
    bob.presses("Suggest a time")
    bob.presses(bob.buttons()[0])
    comes(ann, "ann.lee@example.gov.uk", greet=False)
    ann.sees("What you told me here counts", "Bob Ray")
    ann.presses("My sessions")
    ann.presses("Accept")
    mentor, _ = opened.rows(GroupMember)
    with opened.db() as db:
        mine = db.get(Registration, mentor.registration_id)
        assert mine is not None
        assert mine.answers["department"] == "Met Office"
    assert len(opened.rows(Registration)) == 2


def test_the_same_pair_twice_becomes_one(opened: Chat) -> None:
    """Where both registrations of one person were matched with the same other, one match stays."""
    bring(opened)
    ann = opened.person("ann", "slack").registers(**MENTOR, contact="other@example.gov.uk")
    opened.announced()
    assert len(opened.rows(Group)) == 2
    comes(ann, "ann.lee@example.gov.uk", greet=False)
    assert sorted(match.state for match in opened.rows(Group)) == ["ended", "live"]
    assert "Ann.Lee" not in str([row.model_dump() for row in opened.rows(Registration)])
    assert waiting(opened) == {"Bob Ray", ""}


@pytest.mark.postgres
def test_erasing_after_coming_leaves_nothing_and_no_file_brings_it_back(opened: Chat) -> None:
    """No answer, address, name, consent or invitation is left, and the same file does not undo it."""
    bring(opened)
    bob = opened.person("bob")
    bob.says(codes(opened)["Bob"])
    bob.says("erase me")
    bob.presses("Yes, erase everything")
    left = str(snapshot(opened)).casefold()
    assert [word for word in ("bob ray", "bob@example", "home office") if word in left] == []
    assert len(opened.rows(SealedAnswer)) == 1
    assert len(opened.rows(Consent)) == 1
    assert counts(bring(opened)) == (0, 0, 1, 1)
    assert "bob@example" not in str(snapshot(opened)).casefold()


def test_my_data_says_where_the_consent_comes_from(opened: Chat) -> None:
    """The file with everything about somebody names the form's consent as imported."""
    bring(opened)
    bob = opened.person("bob")
    bob.says(codes(opened)["Bob"])
    bob.says("my data")
    assert '"version": "imported"' in bob.everything()


def test_withdrawing_after_coming_stands(opened: Chat) -> None:
    """Who has come and withdrawn is not registered again by the next file."""
    bring(opened)
    bob = opened.person("bob")
    bob.says(codes(opened)["Bob"])
    bob.says("withdraw")
    bob.presses("Yes, withdraw")
    assert counts(bring(opened)) == (0, 0, 1, 1)
    assert sorted(mine.state for mine in opened.rows(Registration)) == ["registered", "withdrawn"]


def test_a_press_on_what_waits_for_somebody_else_is_refused(opened: Chat) -> None:
    """Nobody can look at, or change, a registration that was brought in and is not theirs."""
    bring(opened)
    eve = opened.person("eve")
    for action in ("see_private", "change", "answer"):
        (seen,) = opened.happens(Pressed(opened.new_id(), eve.address, action, "1"), eve)
        assert "Intersex" not in seen.text
        assert "HM Treasury" not in seen.text
