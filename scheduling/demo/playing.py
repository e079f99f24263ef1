"""What one person may do in a demo: be anyone, and move the bot's clock."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from sqlmodel import Session, and_, col, select

from bot.chat.events import Address, Said
from bot.keeping import store
from bot.people import persons
from bot.people.tables import Account, Person, Registration, Round
from bot.programme.house import programme_of
from scheduling.clock import DemoClock
from scheduling.running import Bot

P = TypeVar("P")

DAYS = {"day": 1, "week": 7}  # of a step; any other goes to whatever is due next


class Demo(Generic[P]):
    """What the page of a demo may do, and nobody else.

    Everybody is of this platform and tenant. `persona` makes what the page shows of somebody: from their user, their
    name and a word on them ("mentor · HEO").
    """

    def __init__(
        self, bot: Bot, clock: DemoClock, platform: str, tenant: str, persona: Callable[[str, str, str], P]
    ) -> None:
        self.bot, self.clock, self.platform, self.tenant, self.persona = bot, clock, platform, tenant, persona

    @property
    def zone(self) -> str:
        """The zone that the clock is shown in."""
        return self.bot.house.zone

    def at(self, user: str) -> Address:
        """Return where somebody is."""
        return Address(self.platform, self.tenant, user)

    def now(self) -> datetime:
        """Return the time on the bot's clock."""
        return self.clock.now()

    async def people(self) -> Sequence[P]:
        """Return everybody who has spoken to the bot, coordinators first."""
        return [self.persona(*each) for each in await asyncio.to_thread(self._people)]

    async def new_person(self, name: str) -> str:
        """Let somebody new walk in and say hello; they are known by their name."""
        user = "-".join(name.casefold().split())
        if not user or any(each[0] == user for each in await asyncio.to_thread(self._people)):
            raise ValueError("Somebody of that name is here already. Please choose another name.")
        await self.bot.receive(Said(f"hello:{user}", self.at(user), "hello"))
        await self.clock.settled()
        await asyncio.to_thread(self._name, user, name)
        return user

    async def move(self, step: str) -> datetime:
        """Move the bot's clock forward; everything that comes due on the way happens at its own moment."""
        days = DAYS.get(step)
        to = self.clock.now() + timedelta(days=days) if days else await self.clock.next_due()
        return await self.clock.advance(to) if to is not None else self.clock.now()

    def _people(self) -> list[tuple[str, str, str]]:
        with store.transaction(self.bot.engine, self.bot.house, read_only=True) as db:
            query = select(Person).join(Account, and_(col(Account.person_id) == Person.id, col(Account.current)))
            query = query.where(Account.platform == self.platform, Person.state == persons.ACTIVE)
            found = sorted(db.exec(query).all(), key=lambda each: (not each.coordinator, each.id))
            return [(each.account.user, _called(each), _note(each, db)) for each in found]

    def _name(self, user: str, name: str) -> None:
        with store.transaction(self.bot.engine, self.bot.house) as db:
            person = persons.find(self.at(user), db)
            if person is not None:
                person.account.suggestion = name


def _called(person: Person) -> str:
    return person.name or person.account.suggestion or person.account.user


def _note(person: Person, db: Session) -> str:
    """Return a word on somebody: whether they coordinate, and what they are in their latest round."""
    query = select(Registration, Round).join(Round).where(Registration.person_id == person.id)
    latest = db.exec(query.order_by(col(Registration.id).desc())).first()
    note = "coordinator" if person.coordinator else ""
    if latest and latest[1].programme:
        programme = programme_of(latest[1], db)
        named = (programme.of_kind("role"), programme.report.by[0])
        shown = [programme.show(name, latest[0].answers) for name in named]
        note = " · ".join([note, *(text for text in shown if text)]).strip(" ·")
    return note
