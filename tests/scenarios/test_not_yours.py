"""Whatever somebody presses, nothing of anybody else changes, and nothing about anybody else is shown.

One busy world has a row of every kind. Every button that was ever shown in it is pressed by people it was not shown
to: a stranger, another participant, somebody who has been erased, and (for what is not theirs) a coordinator.
"""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel

from bot.front import routes
from bot.front.parts import PARTS
from bot.groups.tables import Series
from bot.keeping.store import transaction
from bot.meetings.tables import Meeting
from bot.people.tables import Person, Registration
from tests.scenarios.conftest import MENTOR, Chat, Scenes, Talker

PRESSED = routes.of(PARTS).pressed
FAMILY = "Quillfeather"  # everybody's name in that world, so that a reply which names anybody is found
OF_ONESELF = {  # these name no row: they are about whoever presses
    *(
        "home",
        "help",
        "resources",
        "pause",
        "resume",
        "withdraw",
        "withdraw_surely",
        "erase",
        "erase_surely",
        "my_data",
    ),
    *("matches", "sessions", "notes", "desk", "coordinators", "invite_coordinator", "new_round", "home_tab"),
}
OF_COORDINATORS = {
    *("desk", "new_round", "set_up", "round", "invitation", "extend", "extend_to", "close", "close_surely", "who"),
    *(
        "unfinished",
        "remind_unfinished",
        "shortage",
        "preview",
        "pairs",
        "pair_rule",
        "add_pair",
        "unmatched",
        "announce",
    ),
    *("coordinators", "invite_coordinator", "dismiss", "dismiss_surely", "take_out", "take_out_surely"),
    *("announce_surely", "follow_up", "report", "totals", "end_round", "end_round_surely"),
}
FIELDS = {
    "answer": {"words": "HEO"},
    "change": {"step": "grade"},
    "pause": {"until": "2027-03-03"},
    "suggest_typed": {"when": "2027-02-17T10:00"},
    "decline_surely": {"reason": "No."},
    "keep_note": {"note": "Not mine."},
    "extend_to": {"day": "2027-06-01"},
    "pair_rule": {"pair": "1"},
    "take_out": {"who": "1"},
    "add_pair": {"mentor": "1", "mentee": "2"},
    "set_up": {"words": "Mine"},
}
OWN = {  # whose row it is, by table
    "person": "id",
    "account": "person_id",
    "registration": "person_id",
    "sealed_answer": "registration_id",
    "consent": "registration_id",
    "open_card": "person_id",
}


def _busy(chat: Chat) -> None:  # noqa: PLR0915 - a whole year
    """Live through everything once, so that there is a row of every kind and in every state."""
    chat.house = replace(chat.house, groups=frozenset({"web"}))
    cora = chat.open_round()
    for user, answers in {"ann": MENTOR, "amy": {**MENTOR, "department": "Met Office"}}.items():
        chat.person(user).registers(**answers, name=f"{user.capitalize()} {FAMILY}")
    for user in ("bob", "carl", "dina", "xan"):
        chat.person(user).registers("mentee", name=f"{user.capitalize()} {FAMILY}")
    chat.person("zoe").registers("mentee", grade="AA", name="Zoe")
    chat.person("xan").says("erase me")
    chat.person("xan").presses("Yes, erase everything")
    for words_ in ("admin", "who registered", "admin", "extend the deadline"):
        cora.says(words_)
    chat.proposed()
    for label in ("See the pairs", "To the preview", "Add a pair", "To the preview", "People without a match"):
        cora.presses(label)
    cora.says("admin")
    for label in ("Preview the matches", "Announce", "Yes, announce it"):
        cora.presses(label)
    ann, bob, carl, dina, amy = (chat.person(user) for user in ("ann", "bob", "carl", "dina", "amy"))
    chat.going_on_with("ann", "bob")
    chat.going_on_with("amy", "carl")
    chat.until_due(Series.check_in_due_at) if len(chat.rows(Series)) == 1 else chat.wait(weeks=8)
    for answer in ("I need somebody to talk to", "We met"):
        bob.presses(answer)
    bob.presses("Add a private note")
    bob.presses("Keep it", note=f"Of {FAMILY}, for me alone.")
    carl.presses("We would like to stop")
    carl.presses("Yes, end it")
    dina.presses("Suggest a time to Ann")
    dina.presses("Another time")
    dina.says("tomorrow at 3pm") if chat.now.weekday() < 4 else dina.says("next tuesday at 3pm")
    dina.says("yes")
    ann.presses("Accept")
    chat.until(chat.rows(Meeting)[-1].ask_due_at or chat.now)
    ann.says("yes")
    dina.presses("Yes, we met")
    ann.presses("Yes, we met")
    ann.presses("Yes, I would")
    dina.presses("Suggest a time to Amy")
    dina.presses(dina.buttons()[0])
    amy.presses("Decline")
    bob.says("book")
    bob.presses("Ann") if "Ann" in str(bob.buttons()) else None
    bob.presses(bob.buttons()[0])
    ann.presses("Accept")
    bob.presses("Cancel it")
    chat.coordinator("dan")
    cora.says("admin")
    for label in (
        "Follow up",
        "Report",
        "To the round",
        "Closing survey",
        "To the round",
        "End the round",
        "To the round",
        "Coordinators",
        "Invite a coordinator",
        "Coordinators",
        "Step down",
        "To the round",
        "Who registered",
        "Take somebody out",
    ):
        cora.presses(label)
    cora.says("Zoe")
    chat.plan_round("today", (chat.now.date().replace(day=28)).strftime("%d/%m/%Y"), name="Second")
    chat.person("fred").fills_in(until="department", name=f"Fred {FAMILY}")
    cora.says("admin")
    cora.presses("Second")
    for label in (
        "Who is unfinished",
        "To the round",
        "Where partners are missing",
        "To the round",
        "Close registration",
    ):
        cora.presses(label)
    cora.says("new round")
    chat.person("stan").says("hello")


@pytest.fixture
def busy(chat: Chat, scenes: Scenes) -> Chat:
    """The chat in which everything has happened once."""
    return scenes(chat, _busy)


def _buttons(chat: Chat, action: str, but: Talker) -> list[str]:
    """Return the values of the buttons with this action that others were shown, the newest of each kind last."""
    shown = {
        button.value: None
        for person in chat.people.values()
        if person is not but
        for message in person.log
        for button in (*message.card.buttons, *([message.card.typed] if message.card.typed else []))
        if button.action == action
    }
    return list(shown)[-6:]


def _people(chat: Chat, who: Talker) -> set[int]:
    """Return the ids of this person's rows; somebody who is erased in between has a new one."""
    return {person.id for person in chat.rows(Person) if person.account.user == who.user}


def _others(chat: Chat, own: set[int]) -> dict[str, list[object]]:
    """Return every row of the database but those of the person with these ids, and the traces of events."""
    mine = {row.id for row in chat.rows(Registration) if row.person_id in own}
    ids = {"id": own, "person_id": own, "registration_id": mine}
    kept: dict[str, list[object]] = {}
    with transaction(chat.engine, chat.house) as db:
        for table in sorted(set(SQLModel.metadata.tables) - {"handled", "outbox"}):
            rows = [dict(row) for row in db.execute(text(f'SELECT * FROM "{table}"')).mappings()]  # noqa: S608
            kept[table] = [row for row in rows if table not in OWN or row[OWN[table]] not in ids[OWN[table]]]
    return kept


def test_the_busy_world_has_every_button(busy: Chat) -> None:
    """Every action has been shown as a button to somebody, or names no row."""
    nobody = Talker(busy, "nobody")
    assert [action for action in PRESSED if not _buttons(busy, action, nobody) and action not in OF_ONESELF] == []


@pytest.mark.parametrize(
    ("who", "action"),
    [
        (who, action)
        for who in ("stan", "zoe", "xan", "cora")
        for action in PRESSED
        if who != "cora" or action not in OF_COORDINATORS
    ],
)
def test_nobody_reaches_what_is_not_theirs(busy: Chat, who: str, action: str) -> None:
    """A stranger, another participant, an erased person or a coordinator presses other people's buttons in vain."""
    presser = busy.person(who)
    values = [""] if action in OF_ONESELF else _buttons(busy, action, presser)
    others = [person for person in busy.people.values() if person is not presser]
    own = _people(busy, presser)
    before, sent = _others(busy, own), [len(person.log) for person in others]
    replies = [reply.text for value in values for reply in presser.sends(action, value, **FIELDS.get(action, {}))]
    assert _others(busy, own | _people(busy, presser)) == before
    assert [len(person.log) for person in others] == sent
    assert len(replies) >= len(values)
    assert [reply for reply in replies if FAMILY in reply or "@" in reply.replace("name@example.gov.uk", "")] == []


@pytest.mark.parametrize("value", ["", "0", "999999", "x", "1:", ":1", "1:x:y:z", "-1", "²", "1" * 30])
def test_a_made_up_value_is_met_with_the_current_state(busy: Chat, value: str) -> None:
    """Whatever a forged button says, nothing changes, nothing breaks, and there is an answer."""
    stan = busy.person("stan")
    before = _others(busy, _people(busy, stan))
    answered = {action: stan.sends(action, value) != [] for action in PRESSED if action != "erase_surely"}
    assert answered == dict.fromkeys(answered, True)
    assert _others(busy, _people(busy, stan)) == before


def test_a_made_up_value_does_no_harm_to_its_author(busy: Chat) -> None:
    """Somebody with matches may press nonsense too: every handler answers, and no row changes."""
    ann = busy.person("ann")
    before = _others(busy, _people(busy, ann))
    for action in sorted(set(PRESSED) - OF_ONESELF):
        for value in ("", "999999:yes", "²"):
            assert (action, value, ann.sends(action, value) != []) == (action, value, True)
    assert _others(busy, _people(busy, ann)) == before
