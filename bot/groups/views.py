"""A group as one of its members sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any, cast

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from bot.chat import grammar
from bot.chat.cards import Card, Meet, Send
from bot.chat.events import Pressed
from bot.groups import words
from bot.groups.tables import Group, GroupMember, Series
from bot.people import home, persons
from bot.people.tables import Person, Registration, Round
from bot.programme.file import Programme, RoleText
from bot.programme.house import programme_of
from bot.programme.questions import ROLES, Role

KNOWN = ("live", "finished")  # states in which its people know of each other


class View:
    """A group as one of its members sees it."""

    def __init__(self, group: Group, member: GroupMember, db: Session) -> None:
        """Take the group and the member who looks at it."""
        self.group, self.member, self._db = group, member, db
        self.mine = db.get_one(Registration, member.registration_id)
        self.round = round_of(group, db)
        self.person = persons.of(self.mine, db)
        self.programme: Programme = programme_of(self.round, db)

    @property
    def side(self) -> Role:
        """The side on which they are."""
        return cast("Role", self.member.side)

    @property
    def role(self) -> RoleText:
        """What their side is called, and what it promises."""
        return self.programme.roles[self.side]

    @property
    def role_across(self) -> RoleText:
        """What the other side is called."""
        return self.programme.roles[across(self.side)]

    @property
    def leads(self) -> bool:
        """Whether it is for them to set up the meetings: their side leads, or nobody who is there does."""
        return self.role.leads or not any(other.role.leads for other in self.others)

    @property
    def state(self) -> str:
        """How the group stands for them: ended also for somebody who has left it while the others stay."""
        return state_for(self.member, self.group)

    @cached_property
    def others(self) -> tuple[View, ...]:
        """The group as each of the others sees it."""
        there = members(self.group, self._db)
        return tuple(
            View(self.group, each, self._db) for each in there if each.left_at is None and each is not self.member
        )

    @property
    def own_name(self) -> str:
        """Their name, as the others read it."""
        return self.person.name or words.SOMEBODY

    @property
    def name(self) -> str:
        """The names of the others."""
        return grammar.listed([other.own_name for other in self.others]) or words.SOMEBODY

    @property
    def first_name(self) -> str:
        """The first names of the others, for a button."""
        return grammar.cut(grammar.listed([grammar.first(other.own_name) for other in self.others]), 60)

    @property
    def many(self) -> int:
        """How many the others are: for sentences that depend on it."""
        return len(self.others)

    def send(self, card: Card, **options: Any) -> Send:
        """Return the decision to show this member a card about the group."""
        return persons.send(self.person, replace(card, subject=self.name), **{"about": about(self.group), **options})

    def nudge(self, card: Card, now: datetime, **options: Any) -> Send:
        """Return the decision to show it in this member's working hours."""
        card = replace(card, subject=self.name)
        return persons.nudge(self.person, card, self._db, now, **{"about": about(self.group), **options})


def state_for(member: GroupMember, group: Group) -> str:
    """Return how a group stands for one of its members: ended also for somebody who has left it."""
    return group.state if member.left_at is None else "ended"


def across(side: Role) -> Role:
    """Return the other side."""
    return next(each for each in ROLES if each != side)


def round_of(group: Group, db: Session) -> Round:
    """Return the round that a group belongs to."""
    _read([group.id], db)  # and its members, in the same query: whoever asks for one asks for the others
    return db.get_one(Round, group.round_id)


def about(group: Group) -> str:
    """Return the subject of messages about a group (`Send.about`)."""
    return f"group:{group.id}"


def ways_to(view: View, label: str) -> tuple[Meet, ...]:
    """Return the way to each of the others outside the bot, where there is one; `label` takes their `name`."""
    return tuple(
        _meet(label.format(name=grammar.first(other.own_name)), [other.person])
        for other in view.others
        if _there(other.person)
    )


def calendar_entry(view: View, label: str, **plan: Any) -> tuple[Meet, ...]:
    """Return what makes a calendar entry that invites the others, where all are in one place outside the bot."""
    people = [other.person for other in view.others]
    places = {(person.account.platform, person.account.tenant) for person in people}
    if len(places) != 1 or not all(map(_there, people)):
        return ()
    return (_meet(label, people, **plan),)


def _there(person: Person) -> bool:
    return person.state == persons.ACTIVE and person.account.reachable


def _meet(label: str, people: list[Person], **plan: Any) -> Meet:
    first = people[0].account
    addresses = ",".join(person.account.email for person in people if person.account.email)
    return Meet(label, first.platform, first.tenant, first.user, addresses, **plan)


# ---- whose it is ----------------------------------------------------------------------------------------------------


def seen_by(person: Person, number: str, db: Session, *states: str) -> View | None:
    """Return group `number` as `person` sees it, or None if it is not theirs or not in one of these states for them."""
    group = db.get(Group, int(number), with_for_update=True) if number.isdecimal() else None
    if group is None or (group.state not in (states or KNOWN) and "ended" not in states):
        return None
    for member in members(group, db):
        view = View(group, member, db)
        if view.mine.person_id == person.id:
            return view if view.state in (states or KNOWN) else None
    return None


def theirs(*states: str) -> Callable[[Person, Pressed, Session, datetime], View | list[Send]]:
    """Return the question whether the group whose number begins the button's value is theirs, in one of these states.

    It is answered with the group as they see it, or with where they stand now.
    """

    def may(person: Person, event: Pressed, db: Session, now: datetime) -> View | list[Send]:
        """Return the group as this person sees it, or where they stand now."""
        number, _, _ = event.value.partition(":")
        return seen_by(person, number, db, *states) or home.stale(person, db, now)

    return may


def of(mine: Registration, db: Session, *states: str, lock: bool = False) -> list[View]:
    """Return the groups of a registration (those that its person knows of, or in these states), oldest first.

    With `lock` they are held for this transaction, and who is in them is read after that.
    """
    return _views(GroupMember.registration_id == mine.id, states or KNOWN, db, lock=lock)


def of_person(person: Person, db: Session, *states: str) -> list[View]:
    """Return somebody's groups of all rounds (in these states, if named) as they see them, oldest first."""
    return _views(Registration.person_id == person.id, states or KNOWN, db)


def _views(whose: Any, states: tuple[str, ...], db: Session, *, lock: bool = False) -> list[View]:
    query = select(GroupMember, Group).join(Group).join(Registration).where(whose)
    if "ended" not in states:
        query = query.where(col(Group.state).in_(states))
    query = query.order_by(col(Group.id))
    found = db.exec(query.with_for_update(of=Group) if lock else query).all()
    _read([group.id for _, group in found], db)
    return [view for member, group in found if (view := View(group, member, db)).state in states]


# ---- who is in it ---------------------------------------------------------------------------------------------------


def everybody(group: Group, db: Session) -> tuple[View, ...]:
    """Return a group as each of its members sees it who has not left, in the order in which they came in."""
    return tuple(View(group, member, db) for member in members(group, db) if member.left_at is None)


def leading(group: Group, db: Session) -> tuple[View, ...]:
    """Return those of its members for whom it is to set up the meetings."""
    return tuple(view for view in everybody(group, db) if view.leads)


def leader(group: Group, db: Session) -> View:
    """Return the first of those: dates of the group are planned on their clock."""
    there = everybody(group, db)
    return next((view for view in there if view.leads), there[0])


def of_round(round_: Round, db: Session, *states: str) -> list[Group]:
    """Return the groups of a round (in these states, if named), oldest first; their members are at hand then."""
    query = select(Group).where(Group.round_id == round_.id)
    if states:
        query = query.where(col(Group.state).in_(states))
    found = list(db.exec(query.order_by(col(Group.id))).all())
    read(found, db)
    return found


def members(group: Group, db: Session) -> list[GroupMember]:
    """Return the members of a group, those who have left included, in the order in which they came in."""
    _read([group.id], db)
    return _known(db)[group.id]


def read(groups: Iterable[Group], db: Session) -> None:
    """Have the members of these groups at hand, with one query."""
    _read([group.id for group in groups], db)


def add(member: GroupMember, db: Session) -> None:
    """Store a new member of a group whose members are at hand."""
    db.add(member)
    _known(db)[member.group_id].append(member)


def _known(db: Session) -> dict[int, list[GroupMember]]:
    known: dict[int, list[GroupMember]] = db.info.setdefault("members", {})
    return known


def _read(numbers: list[int], db: Session) -> None:
    """Read what the members of these groups need, in one query; for the transaction, each is read once."""
    known = _known(db)
    if not (unknown := [number for number in numbers if number not in known]):
        return
    for number in unknown:
        known[number] = []
    for member in db.execute(_EVERYBODY, {"numbers": unknown}).scalars().all():
        known[member.group_id].append(member)


_EVERYBODY = (
    select(GroupMember, Registration, Person, Round)
    .join(Registration, col(Registration.id) == GroupMember.registration_id)
    .join(Person, col(Person.id) == Registration.person_id)
    .join(Round, col(Round.id) == Registration.round_id)
    .where(col(GroupMember.group_id).in_(bindparam("numbers", expanding=True)))
    .order_by(col(GroupMember.id))
)


# ---- going on -------------------------------------------------------------------------------------------------------


def series_of(group: Group, db: Session) -> Series | None:
    """Return what a group goes on with, if it does, held for this transaction, in which it is looked for once."""
    known: dict[int, Series | None] = db.info.setdefault("series", {})
    if group.id not in known:
        known[group.id] = db.exec(select(Series).where(Series.group_id == group.id).with_for_update()).first()
    return known[group.id]


def goes_on(series: Series, db: Session) -> None:
    """Store that a group goes on."""
    db.add(series)
    db.flush()
    db.info.setdefault("series", {})[series.group_id] = series
