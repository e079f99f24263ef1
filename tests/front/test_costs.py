"""What each kind of event costs the database: `costs.toml` is the table, and this is what holds it.

Every kind is lived once, in a story. What counts is the transaction of the event alone: the statements in it (many rows
sent as one count as one, and what begins and ends it does not count) and how often it is committed. The numbers are the
same on every machine. To write what is true now into the table, and read the difference before it is committed:

    SPEEDMENTOR_COSTS=note .venv/bin/pytest -n0 tests/front/test_costs.py
"""

import asyncio
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlmodel import select

from bot.chat.cards import HOME
from bot.chat.events import Event, Lost, Met, Pressed, Profile, Said
from bot.chat.typed import ASIDE
from bot.front import routes
from bot.front.parts import PARTS
from bot.front.respond import respond
from bot.keeping.store import transaction
from bot.keeping.tables import Outbox
from scheduling.due import dates_of, handle_one, next_due
from scheduling.outbox import deliver, hand_over, take
from tests.scenarios.conftest import MENTOR, Chat
from tests.scenarios.test_importing import bring, codes
from tests.scheduling.platforms import Platform

PRESSED, DUE, DATES = routes.of(PARTS).pressed, routes.of(PARTS).due, dates_of(PARTS).columns
TABLE = Path(__file__).with_name("costs.toml")
COLUMNS = {"sqlite": 0, "postgresql": 1}
HEADER = """\
# What each kind of event costs, told in the stories of test_costs.py: statements on SQLite, on PostgreSQL, and commits.
# A number that rises needs a reason; one that falls is lowered here.
"""
FRAME = {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA"}  # what is around the statements
WITHOUT = {  # actions that have no line of their own, and why
    ASIDE: "stands for the action of another button, which has a line",
}

Story = Callable[["Told"], None]
Line = tuple[int, int, int]


@dataclass
class Count:
    """Statements and commits."""

    statements: int = 0
    commits: int = 0


@contextmanager
def counting(engine: Engine) -> Iterator[Count]:
    """Lend what statements and commits are counted in."""
    count = Count()

    def stated(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        count.statements += statement.split(maxsplit=1)[0].upper() not in FRAME

    def committed(_connection: object) -> None:
        count.commits += 1

    event.listen(engine, "before_cursor_execute", stated)
    event.listen(engine, "commit", committed)
    try:
        yield count
    finally:
        event.remove(engine, "before_cursor_execute", stated)
        event.remove(engine, "commit", committed)


@dataclass
class Told:
    """A story as it is told: what happens in `chat` the usual way costs nothing; what happens here is noted.

    The name of a kind begins with its action; what comes after a comma says which case of it this is.
    """

    chat: Chat
    found: dict[str, Count] = field(default_factory=dict)

    def says(self, kind: str, user: str, text: str) -> None:
        """Let somebody type something."""
        self.happens(kind, Said(self.chat.new_id(), self.chat.person(user).address, text))

    def presses(self, kind: str, user: str, label: str, **fields: str) -> None:
        """Let somebody press the newest button whose label begins so."""
        ref, action, value = self.chat.person(user).find(label)
        assert action == kind.partition(",")[0], f"{label!r} is {action}"
        self.happens(kind, Pressed(self.chat.new_id(), self.chat.person(user).address, action, value, fields, ref))

    def sends(self, kind: str, user: str, value: str = "", card: str = "") -> None:
        """Let a platform send a press that has no button on the screen."""
        action = kind.partition(",")[0]
        self.happens(kind, Pressed(self.chat.new_id(), self.chat.person(user).address, action, value, {}, card))

    def happens(self, kind: str, what: Event) -> None:
        """Let the bot handle an event."""
        with self.noted(kind), transaction(self.chat.engine, self.chat.house) as db:
            respond(what, db, self.chat.now)
        self.chat.deliver()

    def due(self, action: str) -> None:
        """Let time go by until a date of this kind was handled."""
        assert action in DATES
        for _ in range(100):
            with self.chat.db() as db:
                self.chat.now = max(self.chat.now, next_due(db) or self.chat.now)
            self.chat.deliver()
            with counting(self.chat.engine) as count:
                done = handle_one(self.chat.engine, self.chat.house, self.chat.now)
            assert done, f"{action} never comes"
            assert not done.failed, f"{done.action} failed: {done.failed}"
            self.chat.deliver()
            if done.action == action:
                self.found[action] = count
                return
        raise AssertionError(f"{action} does not come")

    @contextmanager
    def noted(self, kind: str) -> Iterator[None]:
        """Note what is done meanwhile under this kind."""
        assert kind not in self.found, f"{kind} happens twice"
        with counting(self.chat.engine) as count:
            yield
        self.found[kind] = count


# ---- the stories, each from a scene on ------------------------------------------------------------------------------


def setting_up(told: Told) -> None:
    """Somebody becomes a coordinator and plans a round; people come too early, and it opens."""
    told.says("(a one-time code)", "cora", told.chat.code())
    told.says("desk, no round yet", "cora", "admin")
    told.says("new_round", "cora", "new round")
    told.says("set_up, the name", "cora", "Speed mentoring")
    told.chat.person("cora").says("9 November")
    told.says("set_up, the last day", "cora", "30 November")
    told.says("home, of a newcomer", "bob", "hello")
    told.presses("register, to be told", "bob", "Tell me when it opens")
    told.due("open_round")
    told.happens("(met)", Met("met", told.chat.person("amy").address, Profile("Amy", "amy@example.gov.uk")))
    told.happens("(lost)", Lost("lost", told.chat.person("amy").address))


def registering(told: Told) -> None:
    """Bob registers, Eve stops half-way, and registration closes by itself."""
    chat, bob = told.chat, told.chat.person("bob")
    said = Said("said", bob.address, "register")
    told.happens("register", said)
    told.happens("(delivered again)", said)
    told.presses("answer, pressed", "bob", "I agree")
    bob.says("yes")
    told.says("answer, typed", "bob", "mentee")
    told.says("back", "bob", "back")
    told.says("answer, not understood", "bob", "a pony")
    bob.fills_in()
    told.presses("see_private", "bob", "See private answers")
    told.presses("confirm", "bob", "Confirm")
    told.says("home, registered", "bob", "status")
    told.sends("home_tab", "bob", card=HOME)
    told.says("help", "bob", "help")
    told.says("resources", "bob", "guidance")
    told.says("(not understood)", "bob", "a pony")
    told.says("change, which", "bob", "change")
    told.says("change, one", "bob", "change grade")
    bob.says("SEO")
    told.says("call_me", "bob", "call me Robert")
    told.says("my_data, registered", "bob", "my data")
    chat.person("eve").fills_in(until="grade")
    told.due("remind_registration")
    told.due("warn_round")
    told.due("close_round")


def running_a_round(told: Told) -> None:
    """Cora does what there is to do for a round of two mentors and three mentees while it is open."""
    chat, cora = told.chat, told.chat.person("cora")
    for user, answers in {"ann": MENTOR, "amy": {**MENTOR, "department": "Met Office"}}.items():
        chat.person(user).registers(**answers)
    for user in ("bob", "dina", "zoe"):
        chat.person(user).registers("mentee")
    chat.person("eve").fills_in(until="department")
    told.says("desk", "cora", "admin")
    told.presses("invitation", "cora", "Invitation")
    told.sends("round", "cora", "1")
    told.presses("who", "cora", "Who registered")
    told.presses("take_out", "cora", "Take somebody out")
    cora.says("Zoe")
    told.presses("take_out_surely", "cora", "Yes, take them out")
    told.sends("unfinished", "cora", "1")
    told.presses("remind_unfinished", "cora", "Remind them")
    told.sends("shortage", "cora", "1")
    told.sends("extend", "cora", "1")
    told.says("extend_to", "cora", "20 november")
    told.sends("close", "cora", "1")
    told.presses("close_surely", "cora", "Yes, close it now")
    told.presses("preview, the first", "cora", "Preview the matches")
    told.sends("preview, again", "cora", "1")
    told.presses("pairs", "cora", "See the pairs")
    told.says("pair_rule", "cora", "forbid Ann with Bob")
    told.sends("add_pair, which", "cora", "1")
    told.presses("add_pair, these", "cora", "Add a pair", mentor="Ann", mentee="Bob")
    told.sends("unmatched", "cora", "1")
    told.sends("announce", "cora", "1")
    told.presses("announce_surely", "cora", "Yes, announce it")
    told.says("coordinators", "cora", "coordinators")
    told.presses("invite_coordinator", "cora", "Invite a coordinator")
    chat.coordinator("dan")
    cora.says("coordinators")
    told.presses("dismiss", "cora", "Step down")
    told.presses("dismiss_surely", "cora", "Yes, I step down")


def bringing_in(told: Told) -> None:
    """Somebody comes for what was brought in from a file."""
    bring(told.chat)
    told.says("(an invitation code)", "ann", codes(told.chat)["Ann"])


def booking(told: Told) -> None:
    """Ann and Bob find a time, and the day before and shortly before they are reminded."""
    bob, ann = told.chat.person("bob"), told.chat.person("ann")
    told.chat.house = replace(told.chat.house, groups=frozenset({"web"}))
    told.says("matches", "bob", "matches")
    told.presses("introduce, the first", "bob", "Introduce us in a group")
    ann.says("matches")
    told.presses("introduce, the second", "ann", "Introduce us in a group")
    told.due("remind_booking")
    told.presses("book", "bob", "Suggest a time to Ann")
    told.presses("other_time", "bob", "Another time")
    told.presses("times", "bob", "Show me times")
    told.presses("suggest", "bob", bob.buttons()[0])
    ann.presses("Decline")
    ann.presses("Decline without a reason")
    bob.says("book")
    told.says("suggest_typed", "bob", "30 november at 3pm")
    bob.presses("Yes, suggest it")
    told.due("remind_answer")
    told.presses("accept", "ann", "Accept")
    told.says("sessions", "bob", "sessions")
    told.due("session_tomorrow")
    told.due("session_soon")
    told.due("ask_session")


def calling_off(told: Told) -> None:
    """A session is cancelled, and the next suggestion declined; Bob takes a break and comes back."""
    bob = told.chat.person("bob")
    bob.says("sessions")
    told.presses("cancel", "bob", "Cancel")
    told.presses("cancel_surely", "bob", "Call it off")
    bob.says("book")
    bob.presses(bob.buttons()[0])
    told.presses("decline", "ann", "Decline")
    told.presses("decline_surely", "ann", "Decline without a reason")
    told.says("pause", "bob", "pause until 10 november")
    told.says("resume", "bob", "resume")
    bob.says("pause until 10 november")
    told.due("end_pause")


def leaving(told: Told) -> None:
    """Bob, who has a session, withdraws, and Ann is erased."""
    told.says("withdraw", "bob", "withdraw")
    told.presses("withdraw_surely", "bob", "Yes, withdraw")
    told.says("erase", "ann", "erase me")
    told.presses("erase_surely", "ann", "Yes, erase everything")


def deciding(told: Told) -> None:
    """Both say that they met and would like to go on, and both hear it; another round of news follows."""
    told.chat.wait(days=4)
    told.presses("held", "ann", "Yes, we met")
    told.chat.person("bob").presses("Yes, we met")
    told.presses("go_on, a mentor's first", "ann", "Yes, I would")
    told.presses("longer_term", "ann", "2 mentees")
    told.presses("go_on", "bob", "Yes, I would")
    told.due("reveal")


def going_on_together(told: Told) -> None:
    """A year of a pair: its rhythm, a check-in, a note, silence, advice, and the end of it and of the round."""
    told.presses("rhythm", "ann", "Every 4 weeks")
    told.due("guidance")
    told.due("check_in")
    told.presses("check_in, we met", "bob", "We met")
    told.presses("note", "bob", "Add a private note")
    told.presses("keep_note", "bob", "Keep it", note="She suggested a book.")
    told.says("notes", "bob", "notes")
    told.presses("check_in, to talk", "ann", "I need somebody to talk to")
    told.presses("talk_surely", "ann", "Yes, please")
    told.says("my_data, of a pair", "bob", "my data")
    told.chat.person("cora").says("admin")
    told.presses("follow_up", "cora", "Follow up")
    told.presses("report", "cora", "Report")
    told.sends("totals", "cora", "1")
    told.due("check_in_silence")
    told.due("end_pair")
    told.presses("survey", "bob", "Very")
    told.due("end_round")


def parting(told: Told) -> None:
    """A pair ends early, Bob looks for somebody else, and the round is ended by hand."""
    told.sends("stop", "bob", "1")
    told.presses("stop_surely", "bob", "Yes, end it")
    told.sends("another_match", "bob", "1")
    told.sends("end_round, by hand", "cora", "1")
    told.presses("end_round_surely", "cora", "Yes, end it")


def delivering(told: Told) -> None:
    """A reply goes out at once and another message in bulk; and the clock looks when nothing is there."""
    chat, platform = told.chat, {"web": Platform()}
    with told.noted("(one reply, handled, taken and delivered)"):
        with transaction(chat.engine, chat.house) as db:
            rows = respond(Said("status", chat.person("bob").address, "status"), db, chat.now)
            jobs = take(rows, db, chat.now)
        assert asyncio.run(hand_over(chat.engine, platform, lambda: chat.now, jobs)).sent == 1
    with transaction(chat.engine, chat.house) as db:
        respond(Said("again", chat.person("bob").address, "status"), db, chat.now)
        db.exec(select(Outbox).where(Outbox.state == "pending")).one().bulk = True
    with told.noted("(one message delivered in bulk)"):
        assert asyncio.run(deliver(chat.engine, chat.house, platform, lambda: chat.now)).sent == 1
    with told.noted("(nothing to deliver)"):
        assert asyncio.run(deliver(chat.engine, chat.house, platform, lambda: chat.now)).touched == 0
    with told.noted("(nothing due)"):
        assert handle_one(chat.engine, chat.house, chat.now) is None


STORIES: Mapping[str, tuple[str, Story]] = {  # from which scene on each is told
    "setting_up": ("chat", setting_up),
    "registering": ("opened", registering),
    "running_a_round": ("opened", running_a_round),
    "bringing_in": ("opened", bringing_in),
    "booking": ("matched", booking),
    "calling_off": ("booked", calling_off),
    "leaving": ("booked", leaving),
    "deciding": ("booked", deciding),
    "going_on_together": ("going_on", going_on_together),
    "parting": ("going_on", parting),
    "delivering": ("matched", delivering),
}


# ---- the table ------------------------------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.parametrize("story", STORIES)
def test_an_event_costs_what_the_table_says(story: str, chat: Chat, request: pytest.FixtureRequest) -> None:
    """No kind of event costs a statement or a commit more than it did; where it costs less, the table says so too."""
    scene, live = STORIES[story]
    told = Told(request.getfixturevalue(scene))
    live(told)
    column = COLUMNS[chat.engine.dialect.name]
    if os.environ.get("SPEEDMENTOR_COSTS") == "note":
        _note(story, told.found, column)
    said = _table().get(story, {})
    assert not [kind for kind in told.found if kind not in said], "these kinds have no line in costs.toml"
    assert not [kind for kind in said if kind not in told.found], "these lines of costs.toml are in no story"
    wrong = [_difference(kind, said[kind], count, column) for kind, count in told.found.items()]
    if any(wrong):
        pytest.fail("\n".join(filter(None, wrong)), pytrace=False)


def test_every_action_and_every_date_is_in_the_table() -> None:
    """Whatever has a handler has a line, or a reason why it has none."""
    lines = {kind.partition(",")[0] for story in _table().values() for kind in story}
    missing = sorted({*PRESSED, *DUE, *DATES} - lines - {*WITHOUT})
    assert not missing, f"Nothing says what these cost; tell them in a story of {Path(__file__).name}: {missing}"


def _table() -> dict[str, dict[str, Line]]:
    """Return the table by story and kind: statements on SQLite, on PostgreSQL, and commits."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}


def _difference(kind: str, said: Line, count: Count, column: int) -> str:
    """Return a sentence about what is not as the table says, or "" if all is."""
    name, (before, commits) = [*COLUMNS][column], (said[column], said[2])
    if (count.statements, count.commits) == (before, commits):
        return ""
    now = f"{kind!r} takes {count.statements} statements and {count.commits} commits on {name}, "
    if count.statements > before or count.commits > commits:
        return f"{now}more than the {before} and {commits} of costs.toml: what asks the database once more than before?"
    return f"{now}less than the {before} and {commits} of costs.toml: lower the table, so that it stays true."


def _note(story: str, found: Mapping[str, Count], column: int) -> None:
    """Write what was found into the table."""
    table = _table()
    lines: dict[str, list[int]] = {kind: [*table.get(story, {}).get(kind, (0, 0, 0))] for kind in found}
    for kind, count in found.items():
        lines[kind][column], lines[kind][2] = count.statements, count.commits
    told = {name: lines if name == story else table.get(name, {}) for name in STORIES}
    sections = [f"[{name}]\n" + "".join(_row(*row) for row in rows.items()) for name, rows in told.items()]
    TABLE.write_text("\n".join([HEADER, *sections]), encoding="utf-8")


def _row(kind: str, line: Sequence[int]) -> str:
    name = f'"{kind}"'
    return f"{name:<46} = [{', '.join(f'{number:>3}' for number in line)}]\n"
