"""The name that somebody said is the only one that anybody else sees; before, they have none."""

import pytest

from bot.chat.events import Met, Profile
from tests.scenarios.conftest import MENTOR, Chat, Talker
from tests.scenarios.test_importing import bring, codes

LEGAL = "Legally Named"


def met(talker: Talker, name: str = LEGAL, email: str = "") -> None:
    """Let a platform tell what it knows about somebody who comes."""
    talker.chat.happens(Met(talker.chat.new_id(), talker.address, Profile(name, email), greet=False))


@pytest.mark.postgres
def test_what_a_platform_calls_somebody_is_shown_to_nobody_else(opened: Chat) -> None:
    """A coordinator's lists and files say that there is no name yet, until somebody has said one."""
    bob, cora = opened.person("bob"), opened.person("cora")
    met(bob)
    bob.fills_in(until="name")
    assert bob.screen[-1].card.fields[0].value == LEGAL  # a suggestion, for themselves
    cora.says("admin")
    cora.presses("Who is unfinished")
    cora.sees("• somebody who has not said their name yet")
    cora.says("admin")
    cora.presses("Report")
    assert LEGAL not in cora.everything()
    bob.says("Robin")
    cora.says("admin")
    cora.presses("Who is unfinished")
    cora.sees("• Robin")


def test_coordinators_are_known_by_the_name_they_said(chat: Chat) -> None:
    """Neither the platform's name nor its address of a coordinator is shown; what they say is, at once."""
    cora = chat.coordinator()
    cora.sees("say your name")
    met(cora, email="legally.named@example.gov.uk")
    dan = chat.coordinator("dan")
    dan.says("coordinators")
    dan.sees("• somebody who has not said their name yet", "• you")
    cora.says("my name is Cora Lindqvist")
    cora.sees("Others see you as Cora Lindqvist from now on.")
    dan.says("coordinators")
    dan.sees("• Cora Lindqvist")
    assert "egally" not in dan.everything()


@pytest.mark.parametrize("how", ["typed", "form"])
def test_a_name_can_be_said_in_a_card(chat: Chat, how: str) -> None:
    """The coordinators' card asks whoever has no name; too long a one is asked for again."""
    cora = chat.coordinator()
    cora.says("coordinators")
    cora.presses("Say what I am called")
    cora.says("x" * 81)
    cora.sees("That is 81 characters, and there is room for 80.")
    cora.says("Cora") if how == "typed" else cora.presses("Next", name=" Cora\n")
    cora.sees("Others see you as Cora from now on.")


@pytest.mark.postgres
def test_the_name_that_was_typed_stands_above_the_one_in_a_file(opened: Chat) -> None:
    """Who has said a name and then redeems an invitation is shown to matches and coordinators under that name."""
    bring(opened)
    ann, cora = opened.person("ann"), opened.person("cora")
    code = codes(opened)
    ann.says("my name is Annie")
    ann.says(code["Ann"])
    ann.sees("Name: Annie")
    opened.announced()
    opened.person("bob").says(code["Bob"])
    opened.person("bob").says("matches")
    opened.person("bob").sees("Annie")
    cora.says("admin")
    cora.presses("Report")
    assert "Annie" in cora.everything()
    after = cora.screen[-1]
    assert all("Ann Lee" not in file.content for file in after.card.files)


@pytest.mark.postgres
def test_a_new_name_counts_at_once_and_everywhere(matched: Chat) -> None:
    """In the match's cards, in the coordinator's files, in one's own summary."""
    ann, bob, cora = (matched.person(user) for user in ("ann", "bob", "cora"))
    ann.says("call me Anouk.")
    bob.says("matches")
    bob.sees("Anouk")
    cora.says("admin")
    cora.presses("Who registered")
    (file,) = cora.screen[-1].card.files
    assert "Anouk" in file.content
    assert "Ann," not in file.content
    ann.says("change name")
    assert ann.screen[-1].card.fields[0].value == "Anouk"


def test_a_name_said_in_one_round_is_the_name_in_all(matched: Chat) -> None:
    """Somebody who changes it while they register again is called so in the round before, too."""
    matched.plan_round("today", "30 November", name="Second")
    ann, cora = matched.person("ann"), matched.person("cora")
    ann.says("status")
    ann.presses("Register for Second")
    ann.says("I agree")
    ann.says("change name")
    ann.says("Anouk")
    cora.says("admin")
    cora.presses("Speed mentoring")
    cora.presses("Who registered")
    assert "Anouk" in cora.screen[-1].card.files[0].content


def test_a_mentor_is_not_renamed_by_registering_words(opened: Chat) -> None:
    """While the question is what somebody is called, all that they type is the answer."""
    ann = opened.person("ann")
    ann.fills_in(**MENTOR, until="name")
    ann.says("Call Me Maybe")
    assert ann.asked() == "contact"
