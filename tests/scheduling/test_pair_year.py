"""A pair's year, lived in any order: people press, type, dither, leave; time jumps; the bot sleeps and catches up.

Hypothesis chooses what happens next. A plain model remembers what the two have done, and after every step the bot is
held against it.
"""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import JSON, String, Text, make_url
from sqlalchemy import select as rows_of
from sqlmodel import SQLModel, col, func, select

from bot.chat.cards import Field
from bot.chat.events import FieldValue, Pressed, Said
from bot.front.respond import message
from bot.groups.tables import Group, Series
from bot.keeping.store import transaction
from bot.keeping.tables import Outbox, SetAside
from bot.meetings.tables import Meeting
from bot.parts.decide.words import KEPT_NO, KEPT_YES
from bot.people.tables import Account, Person
from bot.programme.house import House
from scheduling.due import handle_one, next_due
from scheduling.simulation.promises import NUDGES, UNPAUSED
from tests.conftest import NewDatabase
from tests.scenarios.conftest import MENTOR, Chat, Message, Talker, _copied, _engine

STARTS = (
    datetime(2026, 11, 2, 10, tzinfo=UTC),
    datetime(2027, 3, 15, 10, tzinfo=UTC),  # two weeks before the clocks go forward
    datetime(2027, 10, 18, 9, tzinfo=UTC),  # two weeks before they go back
)
ZONES = ("London", "New York", "Singapore")
SECRET = "quince-jam"  # what the two write about themselves, each with their name after it
ASKED_FIRST = frozenset({"withdraw_surely", "erase_surely", "stop_surely", "another_match"})  # by rules of their own
SHORTEST, SOON, LONGEST = timedelta(weeks=4), timedelta(weeks=2), timedelta(weeks=8)
AN_HOUR = timedelta(hours=1)  # that a day is shorter when the clocks go forward
HOLIDAYS = timedelta(days=7)  # that a check-in may be put off until people work

people = st.sampled_from(("ann", "bob"))
numbers = st.integers(0, 1000)


class Year(Chat):
    """A chat that remembers which date led to which message."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self.dated: dict[tuple[str, str], tuple[str, int, datetime, datetime]] = {}
        """By reader and message: the action and row of the date, and when it was decided and planned to be shown."""

    def until(self, moment: datetime) -> None:
        """Let time go by until `moment`; note what the dates lead to."""
        while True:
            with transaction(self.engine, self.house) as db:
                waiting = db.exec(select(func.min(Outbox.next_at)).where(Outbox.state == "pending")).one()
                due = min((each for each in (next_due(db), waiting) if each is not None), default=None)
            if due is None or due > moment:
                break
            self.now = max(self.now, due)
            self.deliver()
            while (done := handle_one(self.engine, self.house, self.now)) is not None:
                assert not done.failed, f"{done.action} of row {done.row_id} failed: {done.failed}"
                with transaction(self.engine, self.house, read_only=True) as db:
                    told = select(Outbox, Account.user).join(Account).where(col(Outbox.id).in_(done.messages))
                    for row, user in db.exec(told):
                        self.dated[user, f"m{row.id}"] = (done.action, done.row_id, self.now, row.next_at)
                self.deliver()
        self.now = moment


class World:
    """Where the years begin: Ann and Bob have been told of each other. Lived once for each start, then copied."""

    def __init__(self, new: NewDatabase, house: House) -> None:
        self.house = house
        self.new = new
        self.engine = _engine(new())
        self.begun: dict[datetime, tuple[Path, Year]] = {}

    def begin(self, start: datetime) -> "Year":
        """Return the chat in which they have been matched."""
        if self.engine.dialect.name != "sqlite":
            self.engine.dispose()
            self.engine = _engine(self.new())
            return self._live(start)
        here = Path(str(self.engine.url.database))
        if start not in self.begun:
            self.engine.dispose()
            shutil.copyfile(str(make_url(self.new()).database), here)
            lived = self._live(start)
            self.engine.dispose()
            self.begun[start] = Path(shutil.copyfile(here, here.with_suffix(f".{start:%Y%m%d}"))), lived
        copy, lived = self.begun[start]
        self.engine.dispose()
        shutil.copyfile(copy, here)
        chat = Year(self.engine, self.house)
        _copied(lived, chat)
        return chat

    def _live(self, start: datetime) -> "Year":
        chat = Year(self.engine, self.house, start)
        chat.open_round()
        for user, answers in (("ann", MENTOR), ("bob", {"role": "mentee"})):
            chat.person(user).registers(**{**answers, "biography": f"I like {SECRET} {user}."})
        chat.announced()
        return chat


class PairsYear(RuleBasedStateMachine):
    """Ann, a mentor, and Bob, a mentee, from the day on which they hear of each other to wherever it leads."""

    chat: Year

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.house = world, world.house
        self.wish: dict[str, str] = {}
        self.ended_at: datetime | None = None  # when the first of the two ended it, withdrew or erased everything
        self.erased: set[str] = set()
        self.breaks: dict[str, list[tuple[datetime, datetime]]] = {"ann": [], "bob": []}
        self.asked: datetime | None = None  # when the last check-in came
        self.since: datetime | None = None  # from when on the next one is counted
        self.shortest = SHORTEST
        self.put_off = False  # by a break, or because the bot slept
        self.checked: dict[str, int] = {"ann": 0, "bob": 0}

    @initialize(
        start=st.sampled_from(STARTS),
        ann=st.sampled_from(ZONES[:2]),
        bob=st.sampled_from(ZONES[:2]),
        come=st.sampled_from(("going on", "going on", "going on", "decided", "met", "matched")),
    )
    def they_are_matched(self, start: datetime, ann: str, bob: str, come: str) -> None:
        """They have registered, are matched and told; each lives in a zone; they may have come further than that."""
        self.chat = self.world.begin(start)
        for user, zone in (("ann", ann), ("bob", bob)):
            if zone != ZONES[0]:
                self.somebody_moves(user, zone)
        assert SECRET in self.chat.person("bob").everything()
        if come != "matched":
            self.they_meet(1)
        if come in {"decided", "going on"}:
            self.they_decide(("yes", "yes"))
        if come == "going on":
            self.chat.wait(days=8)

    # ---------------------------------------------------------------------------------------- what they do

    @rule(who=people, which=numbers, twice=st.booleans())
    def somebody_presses_something(self, who: str, which: int, *, twice: bool) -> None:
        """Any button they have ever been shown and still see, however old; perhaps the platform delivers it twice."""
        person = self.chat.person(who)
        seen = [
            (shown, button)
            for shown in person.screen
            for button in shown.card.buttons
            if button.action and button.action not in ASKED_FIRST
        ]
        if seen:
            shown, button = seen[-1 - which % len(seen)]
            self.press(person, button.action, button.value, shown, twice=twice)

    @rule(who=people, which=numbers)
    def somebody_answers_what_came_last(self, who: str, which: int) -> None:
        """One of the buttons of the newest message that has any."""
        person = self.chat.person(who)
        for shown in reversed(person.screen):
            buttons = [each for each in shown.card.buttons if each.action and each.action not in ASKED_FIRST]
            if buttons:
                button = buttons[which % len(buttons)]
                self.press(person, button.action, button.value, shown)
                return

    @rule(
        who=people,
        text=st.sampled_from(("status", "matches", "sessions", "book", "notes", "resume", "yes", "we met", "asdf")),
    )
    def somebody_says_something(self, who: str, text: str) -> None:
        """Words with a meaning, and without."""
        said = Said(self.chat.new_id(), self.chat.person(who).address, text)
        self.learn(who, self.chat.happens(said, self.chat.person(who)))
        assert self.chat.happens(said, self.chat.person(who)) == []
        if text == "resume":
            self.comes_back(who)
        self.take_note()

    @rule(who=people, days=st.integers(2, 40))
    def somebody_takes_a_break(self, who: str, days: int) -> None:
        """A break until some day."""
        until = (self.chat.now + timedelta(days=days)).astimezone(self.zone(who)).date()
        self.comes_back(who)
        self.chat.person(who).says(f"pause until {until:%d/%m/%Y}")
        back = self.row(who).resume_due_at
        if back is not None:
            self.breaks[who].append((self.chat.now, back))
            self.put_off = True

    @rule(who=people, zone=st.sampled_from(ZONES))
    def somebody_moves(self, who: str, zone: str) -> None:
        """Another time zone, perhaps one in which the other sleeps while they work."""
        self.chat.person(who).says("change time zone")
        self.chat.person(who).says(zone)

    @rule(weeks_on=st.integers(1, 3))
    def they_meet(self, weeks_on: int) -> None:
        """The straight way to a session that takes place: suggested, accepted, held, and both say so."""
        ann, bob = self.chat.person("ann"), self.chat.person("bob")
        self.chat.happens(Said(self.chat.new_id(), bob.address, "book"))
        for label, person in (("", bob), ("Accept", ann)):
            found = [button for button in person.screen[-1].card.buttons if button.label.startswith(label)]
            action = "accept" if label else "suggest"
            if not found or found[0].action != action:
                return
            self.press(person, found[0].action, found[0].value, person.screen[-1])
        self.chat.wait(weeks=weeks_on)
        for person in (ann, bob):
            self.press_newest(person, "held", "yes")

    @rule(says=st.sampled_from((("yes", "yes"), ("yes", "no"), ("no", "yes"), ("yes", ""))))
    def they_decide(self, says: tuple[str, str]) -> None:
        """Whether to go on, each for themselves."""
        for user, wish in zip(("ann", "bob"), says, strict=True):
            if wish:
                self.press_newest(self.chat.person(user), "go_on", wish)
                self.press_newest(self.chat.person(user), "longer_term", "") if wish == "yes" else None

    @rule(who=people, answer=st.sampled_from(("met", "not_yet", "later")))
    def somebody_answers_the_check_in(self, who: str, answer: str) -> None:
        """One of the answers, if they have been asked."""
        self.press_newest(self.chat.person(who), "check_in", answer)

    @precondition(lambda self: self.chat.now > STARTS[0] + timedelta(weeks=12))
    @rule(who=people, how=st.sampled_from(("stop", "withdraw", "erase me")))
    def somebody_leaves(self, who: str, how: str) -> None:
        """They end the match, withdraw, or have everything erased."""
        person = self.chat.person(who)
        if who in self.erased or (how == "withdraw" and self.ended_at):
            return
        if how == "stop":
            if self.press_newest(person, "stop", "") and self.press_newest(person, "stop_surely", ""):
                self.over()
            return
        person.says(how)
        action = "withdraw_surely" if how == "withdraw" else "erase_surely"
        if self.press_newest(person, action, ""):
            self.over()
            self.wish.pop(who, None)
            if how == "erase me":
                self.erased.add(who)
                self.forget_who_it_was(person)

    # ---------------------------------------------------------------------------------------- time

    @rule(hours=st.integers(1, 72))
    def hours_go_by(self, hours: int) -> None:
        """Some hours or days, with the bot awake."""
        self.chat.wait(hours=hours)

    @rule(weeks=st.integers(1, 9))
    def weeks_go_by(self, weeks: int) -> None:
        """Weeks, with the bot awake."""
        self.chat.wait(weeks=weeks)

    @rule(hours=st.integers(1, 24 * 21))
    def the_bot_sleeps_and_catches_up(self, hours: int) -> None:
        """The bot is down for up to three weeks; what has come due meanwhile comes once, now."""
        self.chat.now += timedelta(hours=hours)
        self.put_off = True
        self.chat.until(self.chat.now)

    # ---------------------------------------------------------------------------------------- what must be true

    @invariant()
    def what_was_promised_is_kept(self) -> None:
        """All of the following, once the clock has ticked."""
        self.chat.until(self.chat.now)
        self.the_check_ins_keep_their_distance()
        self.nudges_keep_quiet_hours_and_breaks_and_ends()
        self.at_most_one_session_is_planned()
        self.nothing_is_overdue()
        self.no_message_has_the_key_of_another()
        self.a_pair_is_two_who_said_yes()
        self.nothing_that_was_erased_is_anywhere()

    def the_check_ins_keep_their_distance(self) -> None:
        """Four to eight weeks, two after a "not yet"; later only for a break or a holiday."""
        pairs = self.chat.rows(Series)
        if pairs and self.since is None:
            self.since = pairs[0].started_at
        decided = sorted({decided for action, _, decided, _ in self.chat.dated.values() if action == "check_in"})
        for moment in decided:
            if self.asked is not None and moment <= self.asked:
                continue
            assert self.since is not None
            if self.asked is not None:
                assert moment - self.asked >= self.shortest - AN_HOUR, f"asked at {self.asked} and {moment}"
            if not self.put_off:
                assert moment - self.since <= LONGEST + HOLIDAYS, f"not asked between {self.since} and {moment}"
            self.asked = self.since = moment
            self.shortest, self.put_off = SHORTEST, any(self.on_a_break(who) for who in ("ann", "bob"))

    def nudges_keep_quiet_hours_and_breaks_and_ends(self) -> None:
        """A nudge is planned for its reader's working hours; none is decided during a break or after the end."""
        for user, begun in self.checked.items():
            for shown in self.chat.person(user).log[begun:]:
                action, row, decided, planned = self.chat.dated.get((user, shown.ref), ("", 0, shown.at, shown.at))
                if action in NUDGES and user not in self.erased:
                    here, calendar = planned.astimezone(self.zone(user)), self.house.calendar
                    working = calendar.working_day(here.date()) and calendar.opens <= here.time() < calendar.closes
                    assert working, f"{user} is nudged at {here} by {action} of row {row}"
                if action in UNPAUSED:
                    for begins, ends in self.breaks[user]:
                        assert not begins < decided < ends, f"{user} is on a break at {decided}, and asked by {action}"
                if action in UNPAUSED | {"session_tomorrow", "session_soon", "ask_session"} and self.ended_at:
                    assert decided <= self.ended_at, f"{user} is not left in peace: {action} at {decided}"
            self.checked[user] = len(self.chat.person(user).log)

    def at_most_one_session_is_planned(self) -> None:
        """Two people have one session before them, or none."""
        ahead = [
            meeting
            for meeting in self.chat.rows(Meeting)
            if meeting.state in {"suggested", "booked"} and meeting.starts_at > self.chat.now
        ]
        assert len(ahead) <= 1
        assert not (ahead and self.ended_at)

    def nothing_is_overdue(self) -> None:
        """Once the clock has ticked, every date lies ahead, nothing waits and nothing is set aside."""
        with self.chat.db() as db:
            due = next_due(db)
            assert due is None or due > self.chat.now
            assert db.exec(select(SetAside)).all() == []
            waiting = select(Outbox).where(Outbox.state == "pending", Outbox.next_at <= self.chat.now)
            assert db.exec(waiting).all() == []

    def no_message_has_the_key_of_another(self) -> None:
        """Each decision leads to one message."""
        with self.chat.db() as db:
            keys = list(db.exec(select(Outbox.key)))
        assert len(keys) == len(set(keys))

    def a_pair_is_two_who_said_yes(self) -> None:
        """They go on together if both wish so, and only then; nobody learns of a lonely yes."""
        if self.chat.rows(Series):
            assert self.wish == {"ann": "yes", "bob": "yes"} or self.ended_at
        elif {match.state for match in self.chat.rows(Group)} == {"finished"} and not self.ended_at:
            assert self.wish != {"ann": "yes", "bob": "yes"}
            for user in ("ann", "bob"):
                assert "both said yes" not in self.chat.person(user).everything()

    def nothing_that_was_erased_is_anywhere(self) -> None:
        """Neither in a table nor in a message that is still to be sent."""
        if not self.erased:
            return
        marks = [f"{SECRET} {user}" for user in self.erased]
        with self.chat.db() as db:
            for table in SQLModel.metadata.sorted_tables:
                texts = [column for column in table.columns if isinstance(column.type, (String, Text, JSON))]
                for found in db.execute(rows_of(*texts)) if texts else ():
                    assert not [mark for mark in marks if mark in str(found)], f"in {table.name}"
            for row in db.exec(select(Outbox).where(Outbox.payload != "")):
                shown = message(row, db)
                assert shown is None or not [mark for mark in marks if mark in str(shown[1])]
            users = set(db.exec(select(Person.name).where(Person.state == "active")))
        assert not users & {user.capitalize() for user in self.erased}

    # ---------------------------------------------------------------------------------------- how

    def press(self, person: Talker, action: str, value: str, shown: Message, *, twice: bool = False) -> None:
        """Press a button with whatever its card asks for filled in."""
        fields = {item.name: self.filled(item, person.user) for item in shown.card.fields}
        press = Pressed(self.chat.new_id(), person.address, action, value, fields, shown.ref)
        self.learn(person.user, self.chat.happens(press, person))
        if twice:
            assert self.chat.happens(press, person) == []
        if action == "resume":
            self.comes_back(person.user)
        if action == "pause" and (back := self.row(person.user).resume_due_at):
            self.breaks[person.user].append((self.chat.now, back))
            self.put_off = True
        self.take_note(action)

    def press_newest(self, person: Talker, action: str, ending: str) -> bool:
        """Press the newest button that does this; tell whether there was one."""
        for shown in reversed(person.screen):
            for button in shown.card.buttons:
                if button.action == action and button.value.endswith(ending):
                    self.press(person, button.action, button.value, shown)
                    return True
        return False

    def learn(self, user: str, got: list[Message]) -> None:
        """Remember which wish the bot says that it has kept."""
        for shown in got:
            for wish, said in (("yes", KEPT_YES), ("no", KEPT_NO)):
                if shown.card.text.startswith(said.partition("{")[0]):
                    self.wish[user] = wish

    def take_note(self, action: str = "") -> None:
        """Remember from when on the next check-in is counted, and that it may come soon."""
        if action in {"check_in", "rhythm"} or not action:
            self.since = max(self.since, self.chat.now) if self.since else None
            self.shortest = SOON

    def over(self) -> None:
        """Remember when it ended."""
        if {match.state for match in self.chat.rows(Group)} <= {"ended", "finished"}:
            self.ended_at = self.ended_at or self.chat.now

    def comes_back(self, user: str) -> None:
        """End a break early."""
        self.breaks[user] = [(begins, min(ends, self.chat.now)) for begins, ends in self.breaks[user]]

    def on_a_break(self, user: str) -> bool:
        """Whether somebody is on a break now."""
        return any(begins <= self.chat.now < ends for begins, ends in self.breaks[user])

    def forget_who_it_was(self, person: Talker) -> None:
        """Take the screen away from somebody of whom nothing is left."""
        person.screen = person.screen[-1:]

    def filled(self, item: Field, user: str) -> FieldValue:
        """Return something for an input."""
        if item.choices:
            code = item.choices[0].code
            return (code,) if item.kind == "choices" else code
        day = self.chat.now + timedelta(days=9)
        return {"datetime": f"{day:%Y-%m-%d}T11:00", "date": f"{day:%Y-%m-%d}"}.get(item.kind, f"{SECRET} {user}")

    def row(self, user: str) -> Person:
        """Return somebody's row."""
        (found,) = [person for person in self.chat.rows(Person) if person.account.user == user]
        return found

    def zone(self, user: str) -> ZoneInfo:
        """Return the zone that somebody lives in."""
        named = self.row(user).zone or self.house.zone
        return ZoneInfo(named)


def live(new: NewDatabase, house: House, examples: int, steps: int) -> None:
    """Let Hypothesis live some years."""
    world = World(new, house)
    found: Callable[[], RuleBasedStateMachine] = partial(PairsYear, world)
    run_state_machine_as_test(
        found,  # type: ignore[arg-type]
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=True,
            phases=(Phase.generate,),  # to look for the shortest way to a failure would take minutes
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
    world.engine.dispose()


@pytest.mark.xdist_group("faults")
def test_a_pairs_year_in_any_order(sqlite_databases: NewDatabase, house: House) -> None:
    """Whatever the two do, and whenever: what was promised to them is kept."""
    live(sqlite_databases, house, examples=15, steps=30)


@pytest.mark.xdist_group("faults")
def test_the_same_on_postgresql(postgres_databases: NewDatabase, house: House) -> None:
    """A few of these years on the database of many replicas."""
    live(postgres_databases, house, examples=3, steps=20)


@pytest.mark.xdist_group("faults")
@pytest.mark.parametrize(("who", "how"), [("ann", "withdraw"), ("bob", "withdraw"), ("bob", "erase me")])
def test_a_nudge_that_waits_does_not_outlive_its_match(
    sqlite_databases: NewDatabase, house: House, who: str, how: str
) -> None:
    """Ann's question of how it goes waits for her morning; if either of the two leaves meanwhile, it is not asked."""
    world = World(sqlite_databases, house)
    try:
        year = PairsYear(world)
        year.they_are_matched(STARTS[0], "London", "London", "going on")
        year.somebody_moves("ann", "Singapore")
        while not (waiting := _planned_for_later(year)):
            year.chat.wait(hours=1)
        year.chat.person(who).says(how)
        assert year.press_newest(year.chat.person(who), "withdraw_surely" if how == "withdraw" else "erase_surely", "")
        year.chat.person("ann").news()
        year.chat.wait(days=5)
        assert not [shown.ref for shown in year.chat.person("ann").news() if shown.ref in waiting]
    finally:
        world.engine.dispose()


def _planned_for_later(year: PairsYear) -> set[str]:
    with year.chat.db() as db:
        rows = db.exec(select(Outbox).where(Outbox.state == "pending", Outbox.next_at > year.chat.now)).all()
    return {f"m{row.id}" for row in rows}
