"""A made-up programme whose groups are of three: one who guides and two who are guided live a year together in chat."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import Session, select

from bot.front.parts import PARTS, build, load_all
from bot.groups import stages, views
from bot.groups.tables import Group, Series
from bot.keeping.store import transaction
from bot.keeping.tables import SetAside
from bot.meetings.tables import Meeting
from bot.parts.closing.tables import SurveyTaken
from bot.programme import file
from bot.programme.file import FORMATS, WrongProgrammeError, load
from bot.programme.part import Part
from tests.scenarios.conftest import MENTOR, Chat, Message, Talker

SPEED = (FORMATS / "speed.toml").read_text(encoding="utf-8")
CIRCLES = (
    SPEED.replace(', "both"] }', "] }")
    .replace("both = true ", 'around = "mentor"\nboth = false ')
    .replace('name = "mentor"\nplural = "mentors"', 'name = "guide"\nplural = "guides"')
    .replace('name = "mentee"\nplural = "mentees"', 'name = "fellow"\nplural = "fellows"')
)


@pytest.fixture
def circles(chat: Chat, tmp_path: Path) -> Chat:
    """A chat whose only programme makes one group of a guide and of all fellows who are matched with them."""
    (tmp_path / "circles.toml").write_text(CIRCLES, encoding="utf-8")
    chat.house = build(load_all(tmp_path), chat.house.seal, groups=frozenset({"web"}))
    chat.open_round(name="Circles")
    return chat


@pytest.fixture
def three(circles: Chat) -> Chat:
    """Ann guides, Bob and Cid are her fellows; all three have just been told, and Dora that there is no place."""
    circles.person("ann").registers(**{**MENTOR, "role": "guide", "places": "two"})
    for user in ("bob", "cid"):
        circles.person(user).registers("fellow")
    circles.person("dora").registers("fellow", wanted_profession="Tax")
    circles.announced()
    return circles


def _people(chat: Chat) -> tuple[Talker, Talker, Talker]:
    ann, bob, cid = map(chat.person, ("ann", "bob", "cid"))
    return ann, bob, cid


def _texts(messages: list[Message]) -> str:
    return "\n".join(message.text for message in messages)


def _suggest(bob: Talker, which: int = 0) -> None:
    """Let Bob suggest one of the times that he is offered: the first, or with -2 the last."""
    bob.presses("Suggest a time to Ann and Cid")
    bob.presses(bob.buttons()[which])


def _book(chat: Chat) -> None:
    ann, bob, cid = _people(chat)
    _suggest(bob)
    ann.presses("Accept")
    cid.presses("Accept")


def _go_on(chat: Chat) -> None:
    _book(chat)
    chat.wait(days=8)
    for who in _people(chat):
        who.presses("Yes, we met")
        who.presses("Yes, I would")
        if "How many people" in who.reads():
            who.presses("2 fellows")
    chat.wait(days=9)


@pytest.mark.postgres
def test_they_are_told_of_each_other(three: Chat) -> None:
    """Everybody reads who the two others are, in the words of the file, and who leads."""
    ann, bob, cid = _people(three)
    told = _texts(bob.news())
    assert "you are in a group with one guide and one fellow. You lead" in told
    assert [shown.card.title for shown in bob.screen[-2:]] == ["Ann", "Cid"]
    assert bob.buttons()[0] == "Suggest a time to Ann and Cid"
    assert "you are in a group with 2 fellows. A time" in _texts(ann.news())
    assert "Two grades" not in cid.screen[-1].text  # of two fellows, no rule says why they would fit
    assert "One grade above you" in cid.screen[-2].text
    ann.says("status")
    assert ann.fact("Bob and Cid") == "will suggest a time to you"
    assert [row.state for row in three.rows(Group)] == ["live"]


@pytest.mark.postgres
def test_a_meeting_of_three_waits_for_two_answers(three: Chat) -> None:
    """It is booked with the last yes; all three have the same entry in their calendars."""
    ann, bob, cid = _people(three)
    _suggest(bob)
    ann.sees("Bob would like to meet you")
    ann.presses("Accept")
    ann.sees("You said yes to", "The answer of Cid is still open")
    assert bob.news()[-1].text.startswith("You suggested")
    cid.presses("Accept")
    entries = {who.user: who.screen[-1].calendar for who in (ann, bob, cid)}
    assert len({(uid, start) for _, uid, _, start in entries.values()}) == 1
    ann.sees("Booked", "with Bob and Cid")
    three.until(three.rows(Meeting)[0].starts_at)
    assert all("In ten minutes" in _texts(who.news()) for who in (ann, bob, cid))


def test_one_no_is_enough(three: Chat) -> None:
    """Whoever declines, the two others hear it, and whoever leads can suggest another time."""
    ann, bob, cid = _people(three)
    _suggest(bob)
    ann.presses("Accept")
    cid.presses("Decline")
    cid.presses("Decline with this reason", reason="I am on a course")
    assert all("Cid says: I am on a course" in who.reads() for who in (ann, bob))
    assert (bob.buttons(), ann.buttons()) == (["Suggest another time"], [])
    assert cid.buttons() == ["Suggest another time"]  # a fellow leads as well


def test_a_silent_third_is_reminded_and_the_time_lapses(three: Chat) -> None:
    """Only who has not answered is reminded; when the time is there, the two others hear whose answer was missing."""
    ann, bob, cid = _people(three)
    _suggest(bob, -2)
    ann.presses("Accept")
    for who in (ann, bob, cid):
        who.news()
    (meeting,) = three.rows(Meeting)
    assert meeting.answer_due_at is not None
    three.until(meeting.answer_due_at)
    assert ("Bob is waiting for your answer" in _texts(cid.news())) == (three.now < meeting.starts_at)
    three.until(meeting.starts_at)
    three.wait(days=3)
    assert all("Cid did not get round to answering" in _texts(who.news()) for who in (ann, bob))
    assert "did not get round" not in cid.everything()


@pytest.mark.postgres
def test_they_live_a_year(three: Chat) -> None:
    """They meet, go on, are asked how it goes, one leaves and two stay, and after a year it closes for those two."""
    ann, bob, cid = _people(three)
    _go_on(three)
    assert "You and Ann and Cid all said yes." in bob.everything()
    assert "as suits you all; the fellow sets up the sessions." in bob.everything()
    bob.sees("A thought for you all")
    cid.presses("Every 4 weeks")
    assert all("Cid would like to be asked every 4 weeks" in who.reads() for who in (ann, bob))
    three.wait(weeks=5)
    for who, others in ((ann, "Bob and Cid"), (bob, "Ann and Cid"), (cid, "Ann and Bob")):
        who.sees(f"Have you and {others} met since we last spoke?")
    cid.presses("We met")
    cid.presses("Add a private note")
    cid.presses("Keep it", note="Bob is a good listener")
    ann.presses("Not yet")
    ann.presses("Suggest a time")  # everybody may; for a group that goes on it is offered
    ann.presses(ann.buttons()[0])
    bob.presses("Accept")
    cid.says("stop")
    cid.says("matches")
    cid.sends("stop", str(three.rows(Group)[0].id))
    cid.sees("leave this group with Ann and Bob")
    cid.news(), ann.news(), bob.news()
    cid.presses("Yes, end it")
    assert "How worthwhile was mentoring for you?" in _texts(cid.news())
    assert all("Cid has left your group" in _texts(who.news()) for who in (ann, bob))
    assert "You go on with Bob." in ann.everything()
    assert [row.state for row in three.rows(Meeting)] == ["held", "booked"]  # the others had said yes
    three.wait(weeks=60)
    assert "How is it going?" not in _texts(cid.news())
    assert "Have you and Bob met since we last spoke?" in ann.everything()
    for who, other in ((ann, "Bob"), (bob, "Ann")):
        assert f"You and {other} have come to the end of your mentoring time. Thank you both." in who.everything()
    assert [row.state for row in three.rows(Group)] == ["ended"]
    assert len(three.rows(SurveyTaken)) == 3
    assert three.rows(SetAside) == []
    cid.says("notes")
    cid.sees("Bob is a good listener")
    assert "good listener" not in ann.everything() + bob.everything()


@pytest.mark.postgres
def test_a_lonely_no_is_not_told(three: Chat) -> None:
    """All three say yes, or all three read the same kind words."""
    _book(three)
    three.wait(days=8)
    for who, wish in zip(_people(three), ("Yes, I would", "Yes, I would", "No, thank you"), strict=True):
        who.presses("Yes, we met")
        who.presses(wish)
        if "How many people" in who.reads():
            who.presses("2 fellows")
    for who in _people(three):
        who.news()
    three.wait(days=9)
    texts = {re.sub("Ann|Bob|Cid", "·", _texts(who.news())) for who in _people(three)}
    assert len(texts) == 1
    assert "no longer-term pair came of it" in texts.pop()
    assert [row.state for row in three.rows(Group)] == ["finished"]


@pytest.mark.parametrize(
    ("leaves", "becomes"),
    [("bob", "cancelled"), ("cid", "booked")],
    ids=["who had asked for it", "whose answer was missing"],
)
def test_who_leaves_is_not_waited_for(three: Chat, leaves: str, becomes: str) -> None:
    """A suggestion of somebody who leaves is off; one that only they had not answered is booked."""
    ann, bob, _ = _people(three)
    _suggest(bob)
    ann.presses("Accept")
    goes = three.person(leaves)
    goes.says("withdraw")
    goes.presses("Yes, withdraw")
    assert [row.state for row in three.rows(Meeting)] == [becomes]
    assert [row.state for row in three.rows(Group)] == ["live"]
    ann.says("status")
    assert "Bob and Cid" not in ann.reads()


def test_who_has_left_has_no_say_in_what_the_others_set_up(three: Chat) -> None:
    """Neither an old card nor a number shows, moves or calls off a meeting of those who stayed."""
    ann, _, cid = _people(three)
    _book(three)
    number = str(three.rows(Meeting)[0].id)
    cid.sends("stop_surely", str(three.rows(Group)[0].id))
    ann.news()
    for action, value in (("cancel", number), ("cancel_surely", number), ("accept", number), ("held", f"{number}:yes")):
        cid.sends(action, value)
        cid.sees("Where you stand")
    assert [row.state for row in three.rows(Meeting)] == ["booked"]
    assert ann.news() == []
    cid.says("my data")
    assert '"sessions": []' in cid.screen[-1].card.files[0].content


def test_those_who_stay_are_reminded_to_suggest_another_time(three: Chat) -> None:
    """When the one who had suggested a time has left, whoever leads is reminded as before."""
    _, bob, cid = _people(three)
    _suggest(bob)
    bob.sends("stop_surely", str(three.rows(Group)[0].id))
    cid.news()
    three.wait(days=20)
    assert "You have not set up a session with Ann yet" in _texts(cid.news())


def test_a_finished_group_is_left_without_a_word_to_the_others(three: Chat) -> None:
    """They have been told that it is complete; nothing ends for them."""
    _book(three)
    three.wait(days=8)
    for who in _people(three):
        who.presses("Yes, we met")
        who.presses("No, thank you")
    three.wait(days=9)
    ann, bob, cid = _people(three)
    for who in (ann, bob):
        who.news()
    cid.says("withdraw")
    cid.presses("Yes, withdraw")
    assert [ann.news(), bob.news()] == [[], []]
    assert [row.state for row in three.rows(Group)] == ["finished"]


def test_what_waits_for_the_morning_names_nobody_who_is_gone(three: Chat) -> None:
    """A nudge that was written before somebody was forgotten is withdrawn."""
    ann, _, cid = _people(three)
    _go_on(three)
    ann.says("change zone")
    ann.says("Sydney")
    three.until_due(Series.check_in_due_at)
    three.wait(minutes=1)
    cid.says("erase me")
    cid.presses("Yes, erase everything")
    ann.news()
    three.wait(days=2)
    assert "Cid" not in _texts(ann.news())


@pytest.mark.postgres
def test_the_last_two_part(three: Chat) -> None:
    """One leaves and two stay; with the next one it is over for both, and nobody is left in a group alone."""
    ann, bob, cid = _people(three)
    for who in (cid, bob):
        who.says("erase me")
        who.presses("Yes, erase everything")
    assert [row.state for row in three.rows(Group)] == ["ended"]
    ann.sees("has come to an end")
    assert "Cid" not in ann.reads()


@pytest.mark.postgres
def test_somebody_joins_a_group_that_is_there(three: Chat) -> None:
    """Who comes from the waiting list is told of all, all are told of them, and they meet as the others do."""
    ann, bob, cid = _people(three)
    cora, dora = three.person("cora"), three.person("dora")
    assert "on the waiting list" in dora.everything()
    cid.says("withdraw")
    cid.presses("Yes, withdraw")
    for who in (ann, bob):
        who.news()
    cora.says("admin")
    cora.presses("Match the waiting list")
    cora.presses("Announce")
    cora.presses("Yes, announce it")
    assert [shown.card.title for shown in dora.screen[-2:]] == ["Ann", "Bob"]
    assert all("Dora has joined your group. You are three now." in _texts(who.news()) for who in (ann, bob))
    dora.presses("Suggest a time to Ann and Bob")
    dora.presses(dora.buttons()[0])
    ann.presses("Accept")
    bob.presses("Accept")
    dora.sees("Booked", "with Ann and Bob")
    assert [row.stage for row in three.rows(Group)] == ["session"]


def _dora_joins(chat: Chat) -> Talker:
    cid, cora = chat.person("cid"), chat.person("cora")
    cid.says("withdraw")
    cid.presses("Yes, withdraw")
    cora.says("admin")
    for press in ("Match the waiting list", "Announce", "Yes, announce it"):
        cora.presses(press)
    return chat.person("dora")


def test_who_joins_is_asked_what_the_others_are_asked(three: Chat) -> None:
    """A suggestion waits for the newcomer's answer too; what is booked already is shown to them."""
    ann, bob, _ = _people(three)
    _suggest(bob, -2)
    dora = _dora_joins(three)
    dora.sees("Bob would like to meet you")
    ann.presses("Accept")
    assert "The answer of Dora is still open" in _texts(ann.screen)
    dora.presses("Accept")
    assert all("Booked" in _texts(who.screen) for who in (ann, bob, dora))


def test_nobody_joins_while_the_others_decide(three: Chat) -> None:
    """Whoever has not met them is not asked whether to go on; the match makes a group of its own."""
    _book(three)
    three.wait(days=6)
    for who in _people(three):
        who.presses("Yes, we met")
    dora = _dora_joins(three)
    assert [shown.card.title for shown in dora.screen[-1:]] == ["Ann"]
    assert [row.stage for row in three.rows(Group)] == ["decide", "session"]


def test_all_have_to_ask_before_they_are_introduced(three: Chat) -> None:
    """Two of three are not enough; with the third, one conversation is opened for all."""
    for who in _people(three)[:2]:
        who.says("matches")
        who.presses("Introduce us in a group")
        who.sees("I will open a conversation for all of you.")
    cid = three.person("cid")
    cid.says("matches")
    cid.presses("Introduce us in a group")
    assert all("would all like to be introduced" in who.everything() for who in _people(three))
    (together,) = [who for (_, user), who in three.people.items() if "+" in user or "," in user or " " in user]
    assert "Ann, Bob and Cid, meet each other." in together.everything()


def test_the_report_names_all_of_a_group(three: Chat) -> None:
    """One row for a group, its sides named as in the file."""
    cora = three.person("cora")
    cora.says("admin")
    (card,) = cora.presses("Report")
    pairs = card.card.files[2].content.splitlines()
    assert pairs[0].startswith("guide,fellow,state")
    assert pairs[1].startswith('Ann,"Bob, Cid",announced')


def test_nobody_is_both_where_the_file_says_so(circles: Chat) -> None:
    """The question offers the two sides and no third answer."""
    dana = circles.person("dana").fills_in(until="role")
    assert dana.buttons()[:2] == ["Guide", "Fellow"]
    dana.says("both")
    assert dana.asked() == "role"


def test_somebody_has_to_lead(tmp_path: Path) -> None:
    """A file in which nobody would set up a meeting is refused."""
    path = tmp_path / "circles.toml"
    path.write_text(re.sub(r"leads = true.*", "", CIRCLES), encoding="utf-8")
    with pytest.raises(WrongProgrammeError, match="roles: no side leads"):
        load(path, PARTS)


MOMENTS = {"told": "ann", "suggested": "bob", "booked": "cid", "asked": "bob", "deciding": "ann", "going on": "cid"}


@pytest.mark.parametrize(("moment", "user"), MOMENTS.items())
def test_whoever_leaves_whenever_leaves_order_behind(three: Chat, moment: str, user: str) -> None:
    """However far they are: every button that is left on any screen is answered, and no date fails for a year."""
    _up_to(moment, three)
    goes = three.person(user)
    goes.sends("stop_surely", str(three.rows(Group)[0].id))
    for who in _people(three):
        for action, value in [(b.action, b.value) for shown in who.screen for b in shown.card.buttons]:
            if action not in {"", "stop_surely", "another_match"}:
                assert who.sends(action, value), f"{who.user} presses {action} and gets no answer"
        assert all(who.says(words) for words in ("status", "matches", "sessions", "my data", "book"))
    three.wait(weeks=70)
    assert three.rows(SetAside) == []
    assert [row.state for row in three.rows(Group)] in (["ended"], ["finished"], ["live"])


def _up_to(moment: str, chat: Chat) -> None:
    """Let the three come as far as that."""
    if moment == "suggested":
        bob = chat.person("bob")
        _suggest(bob)
        chat.person("ann").presses("Accept")
    elif moment == "going on":
        _go_on(chat)
        chat.wait(weeks=8)
    elif moment != "told":
        _book(chat)
        chat.wait(days={"booked": 0, "asked": 6, "deciding": 6}[moment])
        if moment == "deciding":
            for who in _people(chat):
                who.presses("Yes, we met")


# ---- stages ---------------------------------------------------------------------------------------------------------


def _gate(signed: list[str]) -> Part:
    """Return a part that lets nobody go on before something was signed."""

    def may_begin(group: Group, stage: str, db: Session) -> str:
        del group, db
        return "" if stage != "series" or signed else "the agreement is not signed yet."

    return Part(name="papers", may_begin=may_begin)


@pytest.mark.postgres
def test_a_gate_says_why_and_opens(met: Chat) -> None:
    """Both say yes, but something is missing: both are told what, and go on when it is there."""
    signed: list[str] = []
    met.house = replace(met.house, parts=(*PARTS, _gate(signed)))
    ann, bob = met.person("ann"), met.person("bob")
    ann.presses("Yes, I would")
    ann.presses("2 mentees")
    bob.presses("Yes, I would")
    met.wait(days=8)
    for who in (ann, bob):
        who.sees("Not quite yet:", "the agreement is not signed yet.")
    assert [row.stage for row in met.rows(Group)] == ["decide"]
    signed.append("both")
    with transaction(met.engine, met.house) as db:
        (group,) = views.of_round(views.round_of(db.exec(select(Group)).one(), db), db)
        assert len(stages.advance(group, met.now, db, met.now)) == 2
        assert group.stage == "series"


@pytest.fixture
def straight(chat: Chat, tmp_path: Path) -> Chat:
    """A chat whose programme has no session and no decision: people who are matched go on at once."""
    text = SPEED.replace('["session", "decide", "series", "closing"]', '["series", "closing"]')
    (tmp_path / "straight.toml").write_text(text, encoding="utf-8")
    chat.house = build(file.load_all(tmp_path, PARTS), chat.house.seal)
    chat.open_round()
    return chat


@pytest.mark.postgres
def test_stages_are_what_the_file_says(straight: Chat) -> None:
    """They are matched for the whole time, book whenever they like, and are never asked for a decision."""
    ann = straight.person("ann").registers(**MENTOR)
    bob = straight.person("bob").registers("mentee")
    straight.announced()
    assert [row.stage for row in straight.rows(Group)] == ["series"]
    bob.says("book")
    bob.presses(bob.buttons()[0])
    ann.presses("Accept")
    straight.wait(weeks=54)
    assert "Would you like to go on with" not in ann.everything() + bob.everything()
    assert "Have you and Bob met since we last spoke?" in ann.everything()
    assert [(row.stage, row.state) for row in straight.rows(Group)] == [("closing", "ended")]


def test_no_moment_is_registered_that_never_comes() -> None:
    """A part that waits for a moment of a round which does not exist is refused at once."""
    nothing: Callable[..., list[object]] = lambda *_: []  # noqa: E731
    with pytest.raises(TypeError, match="tea: there is no moment brewed in the life of a round"):
        Part(name="tea", moments={"brewed": nothing})  # type: ignore[dict-item]
