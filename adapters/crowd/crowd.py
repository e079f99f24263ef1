"""The crowd as a platform: what each of its people sees, and what they do next, in the order of time."""

import heapq
import itertools
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from adapters.crowd import coordinator as coordinating
from adapters.crowd.coordinator import Errand
from adapters.crowd.going_on import PRIVATE_MARK
from adapters.crowd.humans import Human, Move
from adapters.crowd.people import Persona, chance
from adapters.crowd.reading import old_button, react, spontaneous
from bot.chat.cards import Card
from bot.chat.events import Address, Pressed, Said
from bot.chat.ports import Outcome

PLATFORM, TENANT = "crowd", "town"
MORNING, EVENING = 8, 19  # the hours between which most people look at their chat
FRIDAY = 4
NIGHT_OWLS = 0.06  # of what is done is done at any hour
READING = (4.0, 60.0)  # seconds before an answer in the middle of a conversation
BUSY = timedelta(seconds=20)  # that the platform asks for when it does not take a message
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
MOST_A_DAY = 150  # things that one person does; more, and they go round in circles

PAUSE = timedelta(seconds=40)  # between two things that the coordinator does in one visit
LOOKS = 3  # more that the coordinator takes, so far apart, for a button that has not come
BETWEEN_LOOKS = timedelta(minutes=5)


@dataclass
class Visit:
    """What the coordinator does one after the other, and how often they have looked in vain for the first of it."""

    errands: list[Errand]
    looks: int = 0


Doing = str | Visit | tuple[str, int, bool]  # words, a coordinator's visit, or a message to look at


class CircleError(Exception):
    """Somebody and the bot send each other round in circles."""


class Crowd:
    """Made-up people with screens, and a coordinator. Fits what `scheduling.simulation` asks of a crowd."""

    def __init__(self, personas: Sequence[Persona], seed: int) -> None:
        """Take the people; the coordinator comes by themselves."""
        self.coordinator = Human(coordinating.coordinator(), seed)
        self.people = {each.user: Human(each, seed) for each in personas}
        self.people[self.coordinator.user] = self.coordinator
        self.seed = seed
        self.messenger = CrowdMessenger(self)
        self.now = LONG_AGO
        self.start = LONG_AGO
        self._plans: list[tuple[datetime, int, str, Doing]] = []
        self._numbers = itertools.count()
        self._today: Counter[tuple[str, int]] = Counter()

    platform = PLATFORM

    @property
    def marks(self) -> Collection[str]:
        """Return words that people write in private notes only."""
        return (PRIVATE_MARK,)

    def said_in_private(self, user: str) -> Collection[str]:
        """Return the codes that this person has ever chosen."""
        return self.people[user].said

    def begin(self, start: datetime, weeks: int, code: str) -> None:
        """Plan the beginning of everything; `code` makes the coordinator one."""
        self.start = self.now = start
        for human in self.people.values():
            if human is self.coordinator:
                continue
            persona = human.persona
            arrives = start + coordinating.OPENS_AFTER + persona.arrives
            self._plan(self._awake(human, max(arrives, start + timedelta(hours=2))), human, "hello")
            for after, said in persona.errands:
                if after > persona.arrives + timedelta(days=5):
                    self._plan(self._awake(human, start + after), human, said)
            if persona.leaves:
                leaves = self._awake(human, start + max(persona.leaves_after, persona.arrives + timedelta(days=1)))
                self._plan(leaves, human, f"!{persona.leaves}")
        for after, errands in coordinating.agenda(code, start.date(), weeks):
            when = start + after
            if when.weekday() > FRIDAY:
                when += timedelta(days=7 - when.weekday())
            self._plan(when, self.coordinator, Visit(errands))

    def next_at(self) -> datetime | None:
        """Return when somebody does something next."""
        return self._plans[0][0] if self._plans else None

    def act(self) -> list[Said | Pressed]:
        """Let whoever is next do what they do; nothing, one event, or one that comes twice."""
        self.now, _, user, doing = heapq.heappop(self._plans)
        human = self.people[user]
        if human.deaf:
            return []
        move = self._move(human, doing)
        if move is None or not (move.text or move.button):
            return []
        self._today[user, self.now.toordinal()] += 1
        if self._today[user, self.now.toordinal()] > MOST_A_DAY:
            raise CircleError(f"{user} has done {MOST_A_DAY} things on {self.now:%Y-%m-%d}, the last one being {move}")
        return self._events(human, move)

    def it_is(self, now: datetime) -> None:
        """Take the time, before cards are shown."""
        self.now = now

    def _move(self, human: Human, doing: Doing) -> Move | None:
        if isinstance(doing, Visit):
            return self._go_on(human, doing)
        if isinstance(doing, str):
            if doing.startswith("!"):
                return self._leave(human, doing[1:])
            late_or_gone = human.out or (doing not in {"hello", "help"} and not human.screen)
            return None if late_or_gone else spontaneous(human, doing, self.now)
        ref, version, fresh = doing
        shown = human.screen.get(ref)
        if shown is None or shown.version != version or (fresh and human.does(human.temper.ignores)):
            return None
        if human.out and not any(button.action.endswith("_surely") for button in shown.card.buttons):
            return None
        if human.does(human.temper.presses_old):
            self._plan(self.now + timedelta(seconds=READING[1]), human, (ref, version, False))
            return old_button(human)
        return react(human, ref, shown.card, self.now)

    def _go_on(self, human: Human, visit: Visit) -> Move | None:
        """Do the next of a visit; look again a little later where its button has not come, and then do without."""
        move = visit.errands[0](human)
        if move is None and visit.looks < LOOKS:
            visit.looks += 1
            self._plan(self.now + BETWEEN_LOOKS, human, visit)
            return None
        if len(visit.errands) > 1:
            self._plan(self.now + PAUSE, human, Visit(visit.errands[1:]))
        return move

    def _leave(self, human: Human, how: str) -> Move | None:
        if how == "silent":
            human.deaf = True
        if how == "blocked":
            human.deaf = True
            self.messenger.blocked.add(human.user)
        return Move("erase me" if how == "erase" else "withdraw") if how in {"erase", "withdraw"} else None

    def _events(self, human: Human, move: Move) -> list[Said | Pressed]:
        who = Address(PLATFORM, TENANT, human.user, f"desk of {human.user}")
        human.acted, human.last = human.acted + 1, self.now
        number = f"{human.user}-{human.acted}"
        if move.button is None:
            event: Said | Pressed = Said(number, who, move.text)
            human.said.add(move.text.casefold())
        else:
            event = Pressed(number, who, move.button.action, move.button.value, move.fields, move.ref)
            human.said.add(move.button.value.rpartition(":")[2])  # an old button too may answer a private question
        if human.does(human.temper.redelivered):
            return [event, event]
        if isinstance(event, Pressed) and human.does(human.temper.presses_twice):
            return [event, Pressed(f"{number}-again", who, event.action, event.value, event.fields, event.card)]
        return [event]

    def saw(self, user: str, ref: str) -> None:
        """Plan how somebody answers what has just come, if they do."""
        human = self.people[user]
        if human.deaf or human is self.coordinator:
            return
        shown = human.screen[ref]
        if not any(button.action for button in shown.card.buttons) and shown.card.typed is None:
            return
        self._plan(self._when(human), human, (ref, shown.version, human.last != self.now))

    def _when(self, human: Human) -> datetime:
        """Return when somebody gets round to something: at once in a conversation, in their own time otherwise."""
        if human.last == self.now:
            if human.does(human.temper.dithers / 8):
                return self._awake(human, self.now + timedelta(days=human.luck.expovariate(1 / 3)))
            return self.now + timedelta(seconds=human.luck.uniform(*READING))
        wait = human.temper.pace * human.luck.expovariate(1)
        if human.does(human.temper.dithers):
            wait += timedelta(days=human.luck.uniform(1, 9))
        return self._awake(human, self.now + wait)

    def _awake(self, human: Human, when: datetime) -> datetime:
        """Return `when`, or the next working morning where it is not a time for chatting."""
        here = when.astimezone(human.zone)
        if (here.weekday() <= FRIDAY and MORNING <= here.hour < EVENING) or human.does(NIGHT_OWLS):
            return when
        days = 0 if here.hour < MORNING else 1
        while (here + timedelta(days=days)).weekday() > FRIDAY:
            days += 1
        morning = (here + timedelta(days=days)).replace(hour=MORNING, minute=30)
        return morning.astimezone(when.tzinfo) + timedelta(minutes=human.luck.uniform(0, 400))

    def _plan(self, when: datetime, human: Human, doing: Doing) -> None:
        heapq.heappush(self._plans, (max(when, self.now), next(self._numbers), human.user, doing))


class CrowdMessenger:
    """The crowd's way in: shows each message once, redraws, and now and then fails as platforms do.

    Fits bot.chat.ports.Messenger. `fails` is the share of messages that fail once: not taken, or taken without a word.
    """

    def __init__(self, crowd: Crowd, fails: float = 0.0) -> None:
        """Take the people to show things to."""
        self.crowd, self.fails = crowd, fails
        self.blocked: set[str] = set()
        self.shown: dict[str, str] = {}
        self.again = self.failed = 0
        self._stumbled: set[str] = set()

    async def send(self, to: Address, card: Card, *, key: str, replaces: str = "") -> Outcome:
        """Show `card` to `to`, once for each key."""
        human = self.crowd.people[to.user]
        if to.user in self.blocked:
            return Outcome("unreachable", reason="blocked")
        if key in self.shown:
            self.again += 1
            return Outcome("sent", ref=self.shown[key])
        stumble = ""
        if self.fails and key not in self._stumbled:
            luck = chance(f"{self.crowd.seed}:{key}")
            stumble = luck.choice(("retry", "unknown")) if luck.random() < self.fails else ""
        if stumble:
            self._stumbled.add(key)
            self.failed += 1
        if stumble == "retry":
            return Outcome("retry", not_before=self.crowd.now + BUSY, reason="busy")
        ref = human.show(card, replaces)
        self.shown[key] = ref
        self.crowd.saw(to.user, ref)
        return Outcome("unknown", reason="no_answer") if stumble else Outcome("sent", ref=ref)
