"""What must be true of every programme, whoever takes part: checked while a simulated one runs.

Each check is cheap enough to run on every message, or on every simulated day. What is found wrong is said in one
sentence that names the rows, the simulated time and the seed, so that it can be run again.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, and_
from sqlalchemy import select as rows_of
from sqlmodel import Session, col

from bot.chat.cards import Card
from bot.chat.events import Address, Due, Pressed, Said
from bot.chat.ports import Messenger, Outcome
from bot.groups.tables import Group, GroupMember, Series
from bot.meetings.tables import Meeting
from bot.people.tables import Account, Person, Registration
from bot.programme.house import House
from scheduling.simulation import state
from scheduling.simulation.privacy import in_clear, leak_of, private_words, readable

NUDGES = frozenset({"remind_registration", "remind_booking", "check_in", "check_in_silence", "guidance"})
UNPAUSED = NUDGES | {"remind_answer"}  # and none of these during a pause
OWN = frozenset({"held", "go_on", "longer_term", "note", "keep_note", "notes", "see_private", "my_data", "survey"})
OWN_VIEW = frozenset({"see_private", "my_data"})
SO_OFTEN = {"remind_booking": 2, "remind_registration": 2, "remind_answer": 3}  # the same words about the same row
FREE = frozenset({"end_pause"})  # the same words may come again
STILL: tuple[tuple[Any, frozenset[str], str], ...] = (  # what a row's state has to be for a date to write to anybody
    (Series, frozenset({"check_in", "check_in_silence", "guidance"}), "active"),
    (Meeting, frozenset({"session_tomorrow", "session_soon"}), "booked"),
    (Group, frozenset({"remind_booking"}), "live"),
)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


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
        self._asked: state.Asked = {}
        self._private = private_words(house)
        self._leak = leak_of({*self._private, *people.marks})

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
        for table, actions, wanted in STILL:
            row = db.get(table, number) if action in actions else None
            if row is not None and row.state != wanted:
                self.broken(f"{table.__tablename__} {number} is {row.state} and not left in peace by the {cause}")
        if action == "reveal":
            query = (
                rows_of(col(Account.user), col(Person.name))
                .join(Person, and_(col(Person.id) == Account.person_id, col(Account.current)))
                .join(Registration, col(Registration.person_id) == Person.id)
                .join(GroupMember, col(GroupMember.registration_id) == Registration.id)
            )
            two = db.execute(query.where(col(GroupMember.group_id) == number)).all()
            if {user for user, _ in two} != {reader[0] for reader in readers}:
                self.broken(f"not everybody of group {number} hears something at the reveal")
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
        for found in self._leak.finditer(readable(card)):
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
        self._none(chain(state.overlaps(db, self.now), state.stuck(db, self.now)))
        self.paused |= state.on_a_break(db)

    def weekly(self, db: Session) -> None:
        """Check the whole state."""
        self._none(chain(state.too_many(db, self.house), state.planned_for_what_ended(db)))
        self._none(state.forgotten(db, self.now, self.house, self._asked, self.paused))
        self._none(state.given_up(db))

    def finally_(self, db: Session, engine: Engine) -> None:
        """Check everything once more, and that no private word stands anywhere in the database in clear."""
        self.daily(db)
        self.weekly(db)
        self._none(in_clear(db, engine, self._leak))

    def undelivered(self, db: Session) -> int:
        """Return how many messages came to no end: still waiting though their time has come."""
        return state.undelivered(db, self.now)

    def _none(self, wrong: Iterable[str]) -> None:
        for sentence in wrong:
            self.broken(sentence)

    def broken(self, sentence: str) -> Any:
        """Stop: a promise is broken."""
        raise BrokenPromiseError(f"{sentence} [simulated time {self.now:%Y-%m-%d %H:%M} UTC, seed {self.seed}]")


class Watched:
    """A messenger under watch: every message that it is to show is checked. Fits bot.chat.ports.Messenger."""

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


def _nameless(card: Card, names: Collection[str]) -> tuple[str, str, tuple[str, ...]]:
    """Return what a card says without the names of the two."""
    text = card.text
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "NAME")
    return card.title, text, tuple(button.label for button in card.buttons)
