"""What must be true of every programme, whoever takes part: checked while a simulated one runs.

Each check is cheap enough to run on every message, or on every simulated day. What is found wrong is said in one
sentence that names the rows, the simulated time and the seed, so that it can be run again.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, Engine, String, Text, func, or_
from sqlalchemy import select as rows_of
from sqlmodel import Session, SQLModel, col

from bot.chat.cards import Card
from bot.chat.events import Address, Due, Pressed, Said
from bot.chat.ports import Messenger, Outcome
from bot.groups.tables import Match
from bot.keeping.tables import Outbox, SetAside
from bot.meetings.tables import MentoringSession
from bot.parts.series.tables import CheckInAnswer, Pair
from bot.people.tables import Person, Registration
from bot.programme.house import House

LIVE = ("announced", "finished", "going_on")
OPEN = ("suggested", "booked")
GONE = ("blocked", "reader_gone", "unreachable")
NUDGES = frozenset({"remind_registration", "remind_booking", "check_in", "check_in_silence", "guidance"})
UNPAUSED = NUDGES | {"remind_answer"}  # and none of these during a pause
OWN = frozenset({"held", "go_on", "longer_term", "note", "keep_note", "notes", "see_private", "my_data", "survey"})
OWN_VIEW = frozenset({"see_private", "my_data"})
SO_OFTEN = {"remind_booking": 2, "remind_registration": 2, "remind_answer": 3}  # the same words about the same row
FREE = frozenset({"end_pause"})  # the same words may come again
STILL: tuple[tuple[Any, frozenset[str], str], ...] = (  # what a row's state has to be for a date to write to anybody
    (Pair, frozenset({"check_in", "check_in_silence", "guidance"}), "active"),
    (MentoringSession, frozenset({"session_tomorrow", "session_soon"}), "booked"),
    (Match, frozenset({"remind_booking"}), "announced"),
)
GRACE = timedelta(weeks=3)  # that a check-in may come later than its rhythm says
SHORTEST = 3  # letters of a word worth looking for
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
LETTERS = "A-Za-z0-9_=-"  # what encrypted text is made of


class BrokenPromiseError(AssertionError):
    """Something happened in a simulated programme that must never happen."""


class Private(Protocol):
    """What the checks need to know of the people."""

    @property
    def marks(self) -> Collection[str]:
        """Return words that people write in private notes only, followed by a hyphen and their user."""
        ...

    def said_in_private(self, user: str) -> Collection[str]:
        """Return the codes that this person has chosen so far."""
        ...


@dataclass(slots=True)
class Cause:
    """What led to messages: an event of `actor`, or a date."""

    event: Said | Pressed | Due
    again: "Cause | None" = None  # the first press, where this is the second of a double click
    shown: set[tuple[str, int]] = field(default_factory=set)

    @property
    def actor(self) -> str:
        """Who did it; "" for the clock."""
        return "" if isinstance(self.event, Due) else self.event.who.user

    @property
    def action(self) -> str:
        """The button or the date; "" for words."""
        return "" if isinstance(self.event, Said) else self.event.action

    def __str__(self) -> str:
        """Name it."""
        if isinstance(self.event, Due):
            return f"date {self.event.action} of row {self.event.value}"
        if isinstance(self.event, Said):
            return f"words of {self.actor} (event {self.event.id})"
        return f"press of {self.event.action} {self.event.value!r} by {self.actor} (event {self.event.id})"


class Promises:
    """The checks, and what they have to remember."""

    def __init__(self, house: House, people: Private, seed: int) -> None:
        """Take the programmes to learn the private words from, and the people who may have said them."""
        self.house, self.people, self.seed = house, people, seed
        self.now = LONG_AGO
        self.seen = 0
        self.duplicates = 0
        self.failed: BrokenPromiseError | None = None
        self.paused: set[int] = set()
        self.causes: dict[str, Cause] = {}
        self._keys: set[str] = set()
        self._said: Counter[tuple[str, str, str, int]] = Counter()
        self._announced: set[tuple[str, int]] = set()
        self._reveals: dict[str, list[tuple[str, Card]]] = defaultdict(list)
        self._names: dict[str, list[str]] = {}
        self._asked: dict[int, tuple[int, datetime]] = {}  # of a pair: its last check-in, and since when it is the last
        self._private = private_words(house)
        words = sorted({*self._private, *people.marks}, key=len, reverse=True)
        self._leak = re.compile(
            rf"(?<![{LETTERS}])(?:{'|'.join(map(re.escape, words))})(?![A-Za-z0-9_=])", re.IGNORECASE
        )

    # -------------------------------------------------------------------------------------------- as it happens

    def caused(self, cause: Cause, keys: Iterable[str]) -> None:
        """Take note of what led to these messages."""
        self.causes.update(dict.fromkeys(keys, cause))

    def unanswered(self, event: Said | Pressed, messages: Collection[object]) -> None:
        """Check that an event which was handed in twice led to nothing the second time."""
        if messages:
            self.broken(f"event {event.id} was handed in twice and handled twice")

    def dated(self, cause: Cause, readers: Collection[tuple[str, str, datetime | None, datetime]], db: Session) -> None:
        """Check what a date led to: `readers` are users, zones, ends of pauses, and when each is told."""
        assert isinstance(cause.event, Due)  # noqa: S101
        action, number = cause.event.action, int(cause.event.value)
        if not readers:
            return
        for user, zone, back, told in readers:
            if action in UNPAUSED and back is not None and back > max(told, self.now):
                self.broken(f"{user} is on a break until {back:%Y-%m-%d} and is nudged by the {cause}")
            if action in NUDGES and not self._working(zone, told):
                self.broken(f"{user} ({zone}) is nudged outside working hours by the {cause}")
        for table, actions, state in STILL:
            row = db.get(table, number) if action in actions else None
            if row is not None and row.state != state:
                self.broken(f"{table.__tablename__} {number} is {row.state} and not left in peace by the {cause}")
        if action == "reveal":
            query = (
                rows_of(col(Person.user), col(Person.name))
                .join(Registration, col(Registration.person_id) == Person.id)
                .join(Match, or_(col(Match.mentor_id) == Registration.id, col(Match.mentee_id) == Registration.id))
            )
            two = db.execute(query.where(col(Match.id) == number)).all()
            if {user for user, _ in two} != {reader[0] for reader in readers}:
                self.broken(f"not both of match {number} hear something at the reveal")
            self._names[cause.event.value] = [name for _, name in two]

    def saw(self, to: Address, card: Card, key: str) -> None:
        """Check a message that a person is shown for the first time, or once more."""
        self.seen += 1
        if key in self._keys:
            self.duplicates += 1
            self.broken(f"{to.user} is sent message {key} a second time")
        self._keys.add(key)
        cause = self.causes.pop(key, None)
        if cause is None:
            self.broken(f"{to.user} is sent message {key}, which nothing has led to")
            return
        self._look_for_leaks(to.user, card, cause)
        digest = hash(card)
        if isinstance(cause.event, Due):
            self._once(to.user, card, digest, cause.event)
        elif to.user != cause.actor:
            if isinstance(cause.event, Pressed) and cause.action in OWN:
                self.broken(f"{to.user} is told something by the private {cause}: {card.text[:80]!r}")
            if cause.again is not None and (to.user, digest) in cause.again.shown:
                self.duplicates += 1
                self.broken(f"{to.user} is told the same again because of a double click, the {cause}")
            if cause.action == "announce_surely" and card.facts:
                if (to.user, digest) in self._announced:
                    self.duplicates += 1
                    self.broken(f"{to.user} is told of the same match twice, by the {cause}")
                self._announced.add((to.user, digest))
        cause.shown.add((to.user, digest))

    def _once(self, user: str, card: Card, digest: int, event: Due) -> None:
        if event.action in FREE:
            return
        said = (user, event.action, event.value, digest)
        self._said[said] += 1
        coordinators = any(button.action == "round" for button in card.buttons)
        if self._said[said] > SO_OFTEN.get(event.action, 1) and not coordinators:
            self.duplicates += 1
            self.broken(
                f"{user} is told the same again by the date {event.action} of row {event.value}: {card.text[:80]!r}"
            )
        if event.action == "reveal" and not card.files:
            self._revealed(user, card, event.value)

    def _revealed(self, user: str, card: Card, match: str) -> None:
        """Check that both hear the same at the reveal, but for the names."""
        told = self._reveals[match]
        told.append((user, card))
        if len(told) == 1:
            return
        (_, first), (_, second) = self._reveals.pop(match)
        names = self._names.pop(match, [])
        if _nameless(first, names) != _nameless(second, names):
            self.broken(
                f"the two of match {match} hear different words at the reveal: {first.text!r} and {second.text!r}"
            )

    def _look_for_leaks(self, user: str, card: Card, cause: Cause) -> None:
        for found in self._leak.finditer(_readable(card)):
            word = found[0].casefold()
            if any(word == mark.casefold() for mark in self.people.marks):
                if not found.string.startswith(f"-{user}", found.end()):
                    self.broken(f"{user} is shown a private note of somebody else by the {cause}")
                continue
            own = user == cause.actor and (cause.action in OWN_VIEW or isinstance(cause.event, Said))
            mine = {code.casefold() for code in self.people.said_in_private(user)}
            echo = cause.event.text.casefold() if isinstance(cause.event, Said) else ""
            if not own or not (mine & self._private.get(word, frozenset()) or word in echo):
                self.broken(f"{user} is shown the private word {found[0]!r} by the {cause}: {card.text[:80]!r}")

    def _working(self, zone: str, moment: datetime) -> bool:
        here, calendar = moment.astimezone(ZoneInfo(zone)), self.house.calendar
        return calendar.working_day(here.date()) and calendar.opens <= here.time() < calendar.closes

    # -------------------------------------------------------------------------------------------- now and then

    def daily(self, db: Session) -> None:
        """Check what must be true at any time, as far as a day can break it."""
        self._no_overlap(db)
        set_aside = db.execute(rows_of(col(SetAside.action), col(SetAside.row_id), col(SetAside.reason))).first()
        if set_aside:
            self.broken(f"the date {set_aside[0]} of row {set_aside[1]} failed with {set_aside[2]} and is set aside")
        late = (
            col(Outbox.state).in_(("pending", "sending", "retry", "unknown")),
            col(Outbox.next_at) < self.now - timedelta(hours=1),
        )
        if stuck := db.execute(rows_of(col(Outbox.id), col(Outbox.state)).where(*late)).first():
            self.broken(f"outbox row {stuck[0]} has been {stuck[1]} for more than an hour")
        self.paused |= set(db.execute(rows_of(col(Person.id)).where(col(Person.resume_due_at).is_not(None))).scalars())

    def weekly(self, db: Session) -> None:
        """Check the whole state."""
        self._not_too_many(db)
        self._nothing_planned_for_what_ended(db)
        self._pairs_are_asked(db)
        dead = (col(Outbox.state) == "dead", col(Outbox.reason).not_in(GONE))
        if row := db.execute(rows_of(col(Outbox.id), col(Outbox.reason)).where(*dead)).first():
            self.broken(f"outbox row {row[0]} was given up ({row[1]}) though its reader is there")

    def finally_(self, db: Session, engine: Engine) -> None:
        """Check everything once more, and that no private word stands anywhere in the database in clear."""
        self.daily(db)
        self.weekly(db)
        self._nothing_in_clear(db, engine)

    def undelivered(self, db: Session) -> int:
        """Return how many messages came to no end: still waiting though their time has come."""
        waiting = col(Outbox.state).in_(("pending", "sending", "retry", "unknown"))
        query = rows_of(func.count(col(Outbox.id))).where(waiting, col(Outbox.next_at) <= self.now)
        return int(db.execute(query).scalar_one())

    def _no_overlap(self, db: Session) -> None:
        query = (
            rows_of(col(Registration.person_id), MentoringSession)
            .join(Match, col(Match.id) == MentoringSession.match_id)
            .join(Registration, or_(col(Registration.id) == Match.mentor_id, col(Registration.id) == Match.mentee_id))
            .where(
                col(MentoringSession.state).in_(OPEN), col(MentoringSession.starts_at) > self.now - timedelta(days=2)
            )
        )
        calendars: dict[int, list[tuple[datetime, datetime, int]]] = defaultdict(list)
        for person, meeting in db.execute(query):
            for start in (meeting.starts_at, meeting.moves_to):
                if start is not None:
                    calendars[person].append((start, start + timedelta(minutes=meeting.minutes), meeting.id))
        for person, spans in calendars.items():
            for (_, end, one), (start, _, other) in pairwise(sorted(spans)):
                if start < end and one != other:
                    both = f"sessions {one} and {other}"
                    self.broken(f"person {person} has {both} at the same time ({start:%Y-%m-%d %H:%M})")

    def _not_too_many(self, db: Session) -> None:
        most = max(programme.match.most for programme in self.house.programmes.values())
        for side in (col(Match.mentor_id), col(Match.mentee_id)):
            many = rows_of(side, func.count(col(Match.id))).where(col(Match.state).in_(LIVE)).group_by(side)
            if found := db.execute(many.having(func.count(col(Match.id)) > most)).first():
                self.broken(f"registration {found[0]} has {found[1]} matches in one role; {most} is the most")

    def _pairs_are_asked(self, db: Session) -> None:
        """Check that no pair is forgotten: it is asked how it goes in its rhythm, give or take a holiday."""
        longest = max(programme.go_on.most_weeks for programme in self.house.programmes.values())
        latest = rows_of(func.max(col(CheckInAnswer.answered_at))).where(col(CheckInAnswer.pair_id) == Pair.id)
        pairs = rows_of(col(Pair.id), col(Pair.number), latest.scalar_subquery()).where(col(Pair.state) == "active")
        for number, asked, answered in db.execute(pairs):
            before, since = self._asked.setdefault(number, (asked, self.now))
            since = max(since, answered or since)  # the next date follows the answer, however late that comes
            if before != asked:
                self._asked[number] = (asked, self.now)
            elif self.now - since > timedelta(weeks=longest) + GRACE:
                of_pair = (col(Pair.id) == number, col(Match.id) == Pair.match_id)
                query = rows_of(col(Registration.person_id)).where(
                    *of_pair, or_(col(Registration.id) == Match.mentor_id, col(Registration.id) == Match.mentee_id)
                )
                if not set(db.execute(query).scalars()) & self.paused:
                    self.broken(f"pair {number} has not been asked how it goes since {since:%Y-%m-%d}")

    def _nothing_planned_for_what_ended(self, db: Session) -> None:
        ended: tuple[tuple[type[Any], Any], ...] = (
            (Pair, Pair.state == "ended"),
            (Match, col(Match.state).in_(("ended", "finished", "proposed"))),
            (MentoringSession, col(MentoringSession.state).in_(("declined", "cancelled"))),
            (Registration, Registration.state == "withdrawn"),
            (Person, Person.state == "erased"),
        )
        for table, over in ended:
            dates = [column for column in table.__table__.columns if column.name.endswith("_due_at")]
            planned = or_(*(column.is_not(None) for column in dates))
            if found := db.execute(rows_of(table.id, table.state).where(over, planned)).first():
                self.broken(f"{table.__tablename__} {found[0]} is {found[1]} and still has a date")

    def _nothing_in_clear(self, db: Session, engine: Engine) -> None:
        for table in SQLModel.metadata.sorted_tables:
            texts = [column for column in table.columns if isinstance(column.type, (String, Text, JSON))]
            for row in db.execute(rows_of(*texts)) if texts else ():
                for column, value in zip(texts, row, strict=True):
                    if value and (found := self._leak.search(str(value))):
                        self.broken(
                            f"table {table.name}, column {column.name} holds the private word {found[0]!r} in clear"
                        )
        if engine.dialect.name == "sqlite" and engine.url.database:
            for path in Path(engine.url.database).parent.glob(Path(engine.url.database).name + "*"):
                raw = re.compile(self._leak.pattern.encode(), re.IGNORECASE)
                if seen := raw.search(path.read_bytes()):
                    self.broken(f"the file {path.name} holds the private word {seen[0].decode()!r} in clear")

    def broken(self, sentence: str) -> Any:
        """Stop: a promise is broken."""
        raise BrokenPromiseError(f"{sentence} [simulated time {self.now:%Y-%m-%d %H:%M} UTC, seed {self.seed}]")


class Watched:
    """A messenger under watch: every message that it is to show is checked. Fits bot.ports.Messenger."""

    def __init__(self, messenger: Messenger, promises: Promises) -> None:
        """Take the messenger that does the work."""
        self.messenger, self.promises = messenger, promises
        self._unsettled: set[str] = set()

    async def send(self, to: Address, card: Card, *, key: str, replaces: str = "") -> Outcome:
        """Check, and hand on. A message that its platform did not clearly take may be sent again."""
        outcome = await self.messenger.send(to, card, key=key, replaces=replaces)
        if outcome.state in {"sent", "unknown"} and key not in self._unsettled:
            try:
                self.promises.saw(to, card, key)
            except BrokenPromiseError as error:  # whoever delivers takes every exception for the platform's
                self.promises.failed = self.promises.failed or error
        if outcome.state == "unknown":
            self._unsettled.add(key)
        if outcome.state in {"unreachable", "refused"}:
            self.promises.causes.pop(key, None)
        return outcome


def private_words(house: House) -> Mapping[str, frozenset[str]]:
    """Return the words that tell a private answer, each with the codes it stands for, in lower case.

    They are the labels and codes of private questions, except those that some programme says in public anyway.
    """
    words: dict[str, set[str]] = defaultdict(set)
    public: list[str] = []
    for programme in house.programmes.values():
        for question in programme.question:
            step = programme.flow.step(question.name)
            if question.private and question.kind != "consent" and step is not None:
                for choice in step.choices:
                    for word in (choice.label, choice.code):
                        words[word.casefold()].add(choice.code.casefold())
        public += _strings(programme.model_dump(exclude={"question"}))
        for question in programme.question:
            public += _strings(question.model_dump(exclude={"choices"} if question.private else set()))
    everything = "\n".join(public).casefold()
    return {
        word: frozenset(codes)
        for word, codes in words.items()
        if len(word) >= SHORTEST and not re.search(rf"(?<![{LETTERS}]){re.escape(word)}(?![{LETTERS}])", everything)
    }


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _strings(each)


def _readable(card: Card) -> str:
    """Return what a card says, but for the choices of a question and its answers' buttons."""
    parts = [card.title, card.text, *(f"{fact.label}\n{fact.value}" for fact in card.facts)]
    for item in card.fields:
        parts += [item.label, item.hint, *((item.value,) if isinstance(item.value, str) else item.value)]
    parts += [button.label for button in card.buttons if button.action != "answer"]
    parts += [file.content for file in card.files]
    return "\n".join(parts)


def _nameless(card: Card, names: Collection[str]) -> tuple[str, str, tuple[str, ...]]:
    """Return what a card says without the names of the two."""
    text = card.text
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "NAME")
    return card.title, text, tuple(button.label for button in card.buttons)
