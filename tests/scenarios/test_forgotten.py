"""Some time after a round has ended, names and answers in it are erased by themselves."""

from datetime import timedelta

import pytest

from bot.desk import endings
from bot.desk.words import ROUND_OVER, ROUND_OVER_UNMATCHED
from bot.groups.tables import Group
from bot.parts.series.tables import CheckInAnswer
from bot.people import leaving
from bot.people.tables import Consent, Person, Registration, Round, SealedAnswer
from tests.scenarios.conftest import MENTOR, Chat

FAMILY = "Quillfeather"


def ended(chat: Chat) -> Chat:
    """Live through a small round and end it."""
    cora = chat.open_round()
    chat.person("ann").registers(**MENTOR, name=f"Ann {FAMILY}")
    for user in ("bob", "carl"):
        chat.person(user).registers("mentee", name=f"{user.capitalize()} {FAMILY}")
    cora.registers("mentee", name=f"Cora {FAMILY}")
    chat.announced()
    cora.says("admin")
    cora.presses("End the round")
    told = cora.presses("Yes, end it")[0].text
    assert "Names and open answers are kept until Mon" in told
    assert "The totals stay" in told
    return chat


@pytest.mark.postgres
def test_names_and_answers_are_erased_a_year_later(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's name or answer is left, a few people at a time; nobody is written to; rows without a name stay."""
    monkeypatch.setattr(leaving, "AT_ONCE", 2)
    ended(chat)
    chat.wait(weeks=51)
    assert FAMILY in str(chat.rows(Registration))
    everybody = [chat.person(user) for user in ("ann", "bob", "carl", "cora")]
    for each in everybody:
        each.news()
    chat.wait(weeks=2)
    assert [each.news() for each in everybody] == [[], [], [], []]
    assert FAMILY not in str([chat.rows(table) for table in (Registration, Group)])
    assert [row.answers for row in chat.rows(Registration)] == [{}] * 4
    assert (chat.rows(Consent), chat.rows(CheckInAnswer)) == ([], [])
    named = {row.account.user: row.state for row in chat.rows(Person) if not row.account.user.startswith("erased-")}
    assert named == {"cora": "active"}
    assert [row.state for row in chat.rows(Group)] == ["ended"] * len(chat.rows(Group)) != []
    assert [row.end_due_at for row in chat.rows(Round)] == [None]


@pytest.mark.postgres
def test_a_large_round_ends_in_steps(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody is told once, those without a match too, and the year of keeping begins after the last step."""
    monkeypatch.setattr(endings, "AT_ONCE", 1)
    cora = chat.open_round()
    names = ("ann", "bob", "carl", "dina")
    for user in names[1:]:
        chat.person(user).registers("mentee")
    chat.person("ann").registers(**MENTOR)
    zoe = chat.person("zoe").registers("mentee", grade="AA")
    chat.announced()
    zoe.news()
    cora.says("admin")
    cora.presses("End the round")
    cora.presses("Yes, end it")
    assert [row.state for row in chat.rows(Group)].count("ended") == 1
    assert chat.rows(SealedAnswer) == []
    chat.wait(minutes=1)
    assert [row.state for row in chat.rows(Group)] == ["ended"] * 3
    over = ROUND_OVER[:30]
    told = {user: [over in message.card.text for message in chat.person(user).news()].count(True) for user in names}
    assert told == {"ann": 3, "bob": 1, "carl": 1, "dina": 1}
    assert [message.card.text for message in zoe.news()] == [ROUND_OVER_UNMATCHED.format(round="Speed mentoring")]
    (round_,) = chat.rows(Round)
    assert round_.end_due_at is not None
    assert round_.end_due_at > chat.now + timedelta(weeks=51)


def test_who_takes_part_again_is_not_forgotten(chat: Chat) -> None:
    """Somebody who is in a later round keeps their name, and loses what they answered in the first one."""
    ended(chat)
    chat.wait(weeks=40)
    chat.plan_round("today", chat.now.replace(month=12, day=20).strftime("%d/%m/%Y"), name="Second")
    bob = chat.person("bob").registers("mentee", name=f"Bob {FAMILY}")
    chat.wait(weeks=14)
    named = {row.account.user for row in chat.rows(Person) if not row.account.user.startswith("erased-")}
    assert named == {"bob", "cora"}
    assert [bool(row.answers) for row in chat.rows(Registration)] == [False, False, False, False, True]
    bob.says("status")
    bob.sees("Second")


def test_who_was_forgotten_is_a_stranger_when_they_write(chat: Chat) -> None:
    """They are welcomed as anybody new."""
    ended(chat)
    chat.wait(weeks=53)
    ann = chat.person("ann")
    ann.says("status")
    assert FAMILY not in ann.reads()
    ann.says("my data")
    assert FAMILY not in ann.screen[-1].card.files[0].content
