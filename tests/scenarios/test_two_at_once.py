"""Two cards that typed words could answer: the bot asks which, and a private decision is said back with its name."""

import pytest

from bot.groups.tables import Group
from bot.meetings.tables import Meeting
from bot.parts.decide.tables import Decision
from tests.scenarios.conftest import MENTOR, Chat, Scenes, Talker


@pytest.fixture
def asked(opened: Chat, scenes: Scenes) -> Chat:
    """Elif has met Bryn and Dana, and is asked of each whether the session took place: of Bryn first."""
    return scenes(opened, _asked)


def _asked(chat: Chat) -> None:
    chat.person("bryn").registers(**MENTOR)
    chat.person("dana").registers(**{**MENTOR, "department": "Met Office"})
    chat.person("elif").registers("mentee")
    chat.announced()
    elif_ = chat.person("elif")
    for mentor in ("bryn", "dana"):
        elif_.presses(f"Suggest a time to {mentor.capitalize()}")
        elif_.presses(elif_.buttons()[0])
        chat.person(mentor).presses("Accept")
    chat.wait(days=4)
    elif_.sees("You were to meet Dana")


def held(elif_: Talker) -> list[str]:
    """Return the texts on the screen of whoever was asked, of the two questions only."""
    return [shown.text for shown in elif_.screen[-2:]]


@pytest.mark.postgres
@pytest.mark.parametrize("pressed_first", [0, 1])
@pytest.mark.parametrize("typed", ["no thank you", "No, thank you.", "no"])
def test_a_decision_by_typing_is_never_taken_for_another_pair(asked: Chat, pressed_first: int, typed: str) -> None:
    """Both cards ask whether to go on; words under Dana's card are not kept as the answer about Bryn, or about her."""
    elif_ = asked.person("elif")
    for number in (pressed_first, 1 - pressed_first):
        elif_.presses("Yes, we met", card=-1 if number == pressed_first == 1 else 0)
    assert [("going on" in text or "go on with" in text) for text in held(elif_)] == [True, True]
    elif_.says(typed)
    elif_.sees("could be the answer to more than one question here. Which do you mean?")
    assert sorted(elif_.buttons()) == ["Bryn: No, thank you", "Dana: No, thank you"]
    assert asked.rows(Decision) == []


@pytest.mark.postgres
@pytest.mark.parametrize("how", ["says Bryn", "says bryn", "presses"])
def test_the_one_that_is_meant_is_said_back_with_its_name(asked: Chat, how: str) -> None:
    """Whoever says which is told by name what is kept, where they look; the card that asked shows that it is done."""
    elif_ = asked.person("elif")
    elif_.presses("Yes, we met", card=0)
    elif_.presses("Yes, we met")
    elif_.says("no thank you")
    elif_.presses("Bryn") if how == "presses" else elif_.says(how.removeprefix("says "))
    elif_.sees("Your answer about going on with Bryn is kept private.")
    (decision,) = asked.rows(Decision)
    (group,) = [each for each in asked.rows(Group) if each.id == decision.group_id]
    assert group.id == asked.rows(Meeting)[0].group_id
    bryns = next(shown for shown in elif_.screen if "go on with Bryn" in shown.text)
    assert bryns.card.buttons == ()
    assert "✓ No, thank you" in bryns.text
    elif_.says("no thank you")
    elif_.sees("Your answer about going on with Dana is kept private.")
    assert len(asked.rows(Decision)) == 2


def test_words_that_only_one_card_can_mean_need_no_question(asked: Chat) -> None:
    """Bryn's card asks whether to go on, Dana's still whether they met: each has words of its own."""
    elif_ = asked.person("elif")
    elif_.presses("Yes, we met", card=0)
    elif_.says("yes I would")
    elif_.sees("Your yes to going on with Bryn is kept private.")


def test_a_short_yes_between_different_questions_is_asked_about(asked: Chat) -> None:
    """Yes to having met, or yes to going on: that is not for the bot to guess."""
    elif_ = asked.person("elif")
    elif_.presses("Yes, we met", card=0)
    elif_.says("yes")
    assert elif_.buttons() == ["Dana: Yes, we met", "Bryn: Yes, I would"]
    elif_.says("Dana")
    elif_.sees("Would you like to go on with Dana")
    assert asked.rows(Decision) == []


def test_what_was_just_asked_for_has_the_word(asked: Chat) -> None:
    """Somebody who says "withdraw" and then "no" stays; the questions further up are not meant."""
    elif_ = asked.person("elif")
    elif_.says("withdraw")
    elif_.says("no")
    elif_.sees("Where you stand")
    assert [row.told for row in asked.rows(Meeting)] == [{}, {}]


def test_a_question_that_was_settled_is_not_asked_about(asked: Chat) -> None:
    """Once one of the two cards is answered, the same words mean the other."""
    elif_ = asked.person("elif")
    for card in (0, -1):
        elif_.presses("Yes, we met", card=card)
    elif_.presses("No, thank you", card=0)
    elif_.says("no thank you")
    elif_.sees("Your answer about going on with Dana is kept private.")


def test_an_old_question_about_which_is_answered_with_how_things_stand(asked: Chat) -> None:
    """The card that was meant has been answered by a button meanwhile."""
    elif_ = asked.person("elif")
    elif_.says("yes")
    elif_.sees("Which do you mean?")
    action, value = next((button.action, button.value) for button in elif_.screen[-1].card.buttons)
    for card in (0, -1):
        elif_.presses("Yes, we met", card=card)
    elif_.sends(action, value)
    elif_.sees("That question is not open any more.")


def test_two_suggestions_are_not_taken_for_each_other(opened: Chat) -> None:
    """A mentor with two suggestions who types "yes" is asked whose; after a restart too."""
    opened.person("ann").registers(**MENTOR)
    for user in ("bob", "carl"):
        opened.person(user).registers("mentee")
    opened.announced()
    for user in ("bob", "carl"):
        mentee = opened.person(user)
        mentee.presses("Suggest a time to Ann")
        mentee.presses(mentee.buttons()[0 if user == "bob" else 1])
    ann = opened.person("ann")
    ann.says("yes")
    assert ann.buttons() == ["Carl: Accept", "Bob: Accept"]
    opened.restarts()
    ann.says("bob")
    ann.sees("Booked", "with Bob")
    assert [row.state for row in opened.rows(Meeting)] == ["booked", "suggested"]


def test_a_typed_yes_is_answered_below_and_the_question_is_done(matched: Chat) -> None:
    """The suggestion further up shows that it was accepted; the booking stands under the words."""
    bob, ann = matched.person("bob"), matched.person("ann")
    bob.presses("Suggest a time to Ann")
    bob.presses(bob.buttons()[0])
    before = len(ann.screen)
    ann.says("yes")
    assert len(ann.screen) == before + 1
    ann.sees("Booked")
    assert ann.screen[-2].card.buttons == ()
    assert "✓ Accept" in ann.screen[-2].text


def test_how_many_is_answered_by_its_number(met: Chat) -> None:
    """A typed "2" means two mentees, wherever that stands in the list."""
    ann = met.person("ann")
    ann.presses("Yes, I would")
    ann.says("2")
    ann.sees("Your yes to going on with Bob is kept private.")
