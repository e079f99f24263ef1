"""Private from the first day: what people disclose is read by them and by the match solver, and by nobody else."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from bot.keeping.seal import NotYoursError, Seal, new_key
from bot.keeping.store import transaction
from bot.keeping.tables import Outbox
from bot.parts.decide.tables import Decision
from bot.people.tables import SealedAnswer
from bot.people.words import MOVED_ON
from tests.scenarios.conftest import MENTOR, Chat, Scenes, Talker

IDENTITIES = ("Bisexual or pansexual", "Questioning", "From an ethnic minority")


@pytest.fixture
def disclosed(opened: Chat, scenes: Scenes) -> tuple[Chat, Talker, Talker, Talker]:
    """Ann has said how she identifies, Bob with whom he would like to share it; they are matched."""
    chat = scenes(opened, _disclosed)
    return chat, chat.person("ann"), chat.person("bob"), chat.person("cora")


def _disclosed(chat: Chat) -> None:
    chat.person("ann").registers(**MENTOR, identity=", ".join(IDENTITIES))
    chat.person("bob").registers("mentee", identity_wish="Yes, if possible", identity_wanted="Questioning")
    chat.announced()


def test_no_label_of_an_identity_stands_in_the_database_file(disclosed: tuple[Chat, Talker, Talker, Talker]) -> None:
    """The raw file holds neither an identity nor a wish in clear, also not in messages that were sent."""
    chat = disclosed[0]
    database = Path(str(chat.engine.url.database))
    chat.engine.dispose()
    raw = b"".join(path.read_bytes() for path in database.parent.glob(f"{database.name}*"))
    assert b"ann@example.gov.uk" in raw
    assert [label for label in (*IDENTITIES, "Yes, if possible", "identity_w") if label.encode() in raw] == []


def test_the_length_of_a_token_tells_nothing(opened: Chat) -> None:
    """Who says "prefer not to say" and who names an identity have sealed answers of the same length."""
    for user, identity in (("ann", "Gay"), ("amy", "prefer not to say")):
        opened.person(user).registers(**MENTOR, identity=identity)
    assert len({len(row.token) for row in opened.rows(SealedAnswer)}) == 1


def test_a_match_never_sees_an_identity_or_a_wish(disclosed: tuple[Chat, Talker, Talker, Talker]) -> None:
    """Whatever the other reads, from the match card to the calendar file, names no identity; nor does a reason."""
    _, ann, bob, _ = disclosed
    bob.presses("Suggest a time to Ann")
    bob.presses(bob.buttons()[0])
    ann.presses("Accept")
    for person in (ann, bob):
        for text in ("matches", "sessions", "status"):
            person.says(text)
    of_bob = "".join(message.text for message in bob.log if "Question" not in message.card.title)
    of_ann = "".join(message.text for message in ann.log if "Question" not in message.card.title)
    assert [label for label in IDENTITIES if label in of_bob] == []
    assert [label for label in ("Yes, if possible", "shared", "Shared") if label in of_ann] == []
    assert "Why this may fit" in of_bob


def test_a_coordinator_never_sees_an_identity_or_a_wish(disclosed: tuple[Chat, Talker, Talker, Talker]) -> None:
    """Neither lists nor files nor figures on the coordinator's side hold a private answer."""
    _, _, _, cora = disclosed
    for label in ("Follow up", "Report", "Who registered", "Match the waiting list", "People without a match"):
        cora.says("admin")
        if label == "People without a match":
            cora.presses("Follow up")
        cora.presses(label)
    read = cora.everything()
    assert [label for label in (*IDENTITIES, "Yes, if possible", "Identity") if label in read] == []


def test_a_shared_identity_weighs_where_it_was_asked_for(opened: Chat) -> None:
    """Of two mentors who fit alike, the one who shares the identity is matched with the mentee who wished for it."""
    opened.person("ann").registers(**MENTOR, places="one")
    opened.person("amy").registers(**MENTOR, places="one", identity="Intersex")
    for user in ("bob", "eve"):
        wish = "Yes, if possible" if user == "eve" else "no"
        opened.person(user).registers("mentee", identity_wish=wish, identity_wanted="Intersex")
    cora = opened.proposed()
    for pair in ("Ann with Eve", "Amy with Bob"):
        cora.says(f"forbid {pair}")
    cora.presses("See the pairs")
    cora.sees("• Amy → Eve")


def test_swapped_answers_are_noticed(disclosed: tuple[Chat, Talker, Talker, Talker]) -> None:
    """A sealed answer that is moved to another person's row can be read by nobody."""
    chat, ann, _, _ = disclosed
    with transaction(chat.engine, chat.house) as db:
        first, second = db.exec(select(SealedAnswer)).all()
        first.token, second.token = second.token, first.token
    with pytest.raises(NotYoursError):
        ann.sends("see_private", "1")


def test_a_swapped_decision_is_noticed(met: Chat) -> None:
    """A no that is put in place of a yes, or of somebody else's, is not taken for one."""
    ann, bob = met.person("ann"), met.person("bob")
    ann.presses("No, thank you")
    bob.presses("Yes, I would")
    with transaction(met.engine, met.house) as db:
        first, second = db.exec(select(Decision)).all()
        first.token, second.token = second.token, first.token
    with pytest.raises(AssertionError, match="reveal of row 1 failed: NotYoursError"):
        met.wait(days=10)


def test_another_key_opens_nothing(disclosed: tuple[Chat, Talker, Talker, Talker]) -> None:
    """Without the key the sealed answers are worthless."""
    chat, *_ = disclosed
    (row, *_) = chat.rows(SealedAnswer)
    with pytest.raises(NotYoursError):
        Seal([new_key()]).open("registration:1", "private answers", row.token)


def test_a_new_key_seals_and_the_old_one_still_opens(opened: Chat) -> None:
    """Keys can be rotated: a new key in front, and everything sealed before can still be read."""
    old = new_key()
    opened.house = replace(opened.house, seal=Seal([old]))
    ann = opened.person("amy").registers(**MENTOR, identity="Intersex")
    opened.house = replace(opened.house, seal=Seal([new_key(), old]))
    ann.says("change name")
    ann.says("Amy Lee")
    ann.presses("See private answers")
    assert ann.fact("Identity") == "Intersex"


def test_delivered_messages_leave_nothing_behind(disclosed: tuple[Chat, Talker, Talker, Talker]) -> None:
    """What has been delivered is emptied in the outbox."""
    assert {row.payload for row in disclosed[0].rows(Outbox)} == {""}


def test_only_the_owner_is_shown_private_answers(disclosed: tuple[Chat, Talker, Talker, Talker]) -> None:
    """The partner and the coordinator who press somebody else's button see their own state."""
    _, ann, bob, cora = disclosed
    action, value = "see_private", "1"
    ann.sends(action, value)
    ann.sees("Questioning")
    for person in (bob, cora):
        person.sends(action, value)
        assert "Questioning" not in person.reads()
    bob.sees(MOVED_ON)
