"""A coordinator takes somebody out of a round who has left, or who was brought in and never came."""

import pytest

from bot.desk.words import TAKE_OUT_GONE, TAKE_OUT_NOBODY, TAKEN_OUT
from bot.groups.tables import Group
from bot.meetings.tables import Meeting
from bot.parts.registration.words import INVITATION_WRONG
from bot.people.tables import Audit, Person, Registration, SealedAnswer
from tests.scenarios.conftest import MENTOR, Chat
from tests.scenarios.test_importing import bring, codes


@pytest.mark.postgres
def test_somebody_who_has_left_is_taken_out(booked: Chat) -> None:
    """Their match ends, the session is called off, the other is told kindly, and so are they, once."""
    cora, ann, bob = (booked.person(user) for user in ("cora", "ann", "bob"))
    for each in (ann, bob):
        each.news()
    cora.says("admin")
    cora.presses("Follow up")
    cora.presses("Take somebody out")
    cora.says("Nobody of that name")
    cora.sees("I could not find “Nobody of that name” in this round")
    cora.says("ann")
    cora.sees("Take Ann out of Speed mentoring?", "This cannot be undone")
    assert len(cora.presses("Yes, take them out", twice=True)) == 1
    assert [match.state for match in booked.rows(Group)] == ["ended"]
    assert [session.state for session in booked.rows(Meeting)] == ["cancelled"]
    told = [message.card.text for message in bob.news()]
    assert len(told) == 2
    assert "Ann" in told[0]
    assert not any(word in text for text in told for word in ("coordinator", "taken out"))
    booked.wait(days=3)
    assert TAKEN_OUT.format(round="Speed mentoring") in [message.card.text for message in ann.news()]
    mine = next(row for row in booked.rows(Registration) if row.state == "withdrawn")
    assert mine.id not in {row.registration_id for row in booked.rows(SealedAnswer)}
    assert [row.subject for row in booked.rows(Audit) if row.action == "took somebody out"] == [
        f"round {mine.round_id}: registration {mine.id}"
    ]
    bob.says("matches")
    assert "Ann" not in bob.reads()


def test_the_same_person_is_taken_out_once(opened: Chat) -> None:
    """An old button, or a second coordinator who had the same idea, finds that nothing is left to do."""
    cora, dan = opened.person("cora"), opened.coordinator("dan")
    opened.person("ann").registers(**MENTOR)
    for each in (cora, dan):
        each.says("admin")
        each.presses("Who registered")
        each.presses("Take somebody out")
        each.says("Ann")
    cora.presses("Yes, take them out")
    dan.presses("Yes, take them out")
    dan.sees(TAKE_OUT_GONE)
    dan.says("admin")
    dan.presses("Take somebody out")
    dan.sees(TAKE_OUT_NOBODY)


def test_who_was_taken_out_can_register_anew(opened: Chat) -> None:
    """While registration is open, a mistake is mended by registering again."""
    cora, ann = opened.person("cora"), opened.person("ann")
    ann.registers(**MENTOR)
    cora.says("admin")
    cora.presses("Who registered")
    cora.presses("Take somebody out")
    cora.presses("Take somebody out", who=str(opened.rows(Registration)[-1].id))
    cora.presses("Yes, take them out")
    ann.registers(**MENTOR)
    assert [row.state for row in opened.rows(Registration)] == ["registered"]


@pytest.mark.postgres
def test_who_never_came_is_forgotten_and_stays_away(opened: Chat) -> None:
    """Nothing of them is left, their code has ended, and the file that comes again does not bring them back."""
    cora = opened.person("cora")
    bring(opened)
    code = codes(opened)["Ann"]
    cora.says("admin")
    cora.presses("Who registered")
    cora.presses("Take somebody out")
    cora.says("ann.lee@example.gov.uk")
    cora.sees("Take Ann Lee out")
    cora.presses("Yes, take them out")
    assert "Ann Lee" not in str([row.name for row in opened.rows(Person)])
    ann = opened.person("ann")
    ann.says(code)
    ann.sees(INVITATION_WRONG)
    again = bring(opened)
    assert (again.added, again.changed, again.claimed) == (0, 0, 1)
    assert sorted(row.state for row in opened.rows(Registration)) == ["registered", "withdrawn"]
