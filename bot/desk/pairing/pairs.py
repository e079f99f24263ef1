"""Two people at a time, as the solver takes them: brought together here or earlier, proposed, ruled on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

from sqlmodel import Session, col, delete, or_, select

from bot.chat.cards import Send
from bot.desk.pairing.tables import PairRule, Proposal
from bot.groups import views
from bot.groups.tables import Group, GroupMember
from bot.people.tables import Person, Registration, Round
from bot.programme.questions import MENTEE, MENTOR

Pair = tuple[int, int]  # the registrations of a mentor and of a mentee

_TABLES: tuple[Any, ...] = (Proposal, PairRule)


@dataclass(frozen=True, slots=True)
class Together:
    """Who was brought together in a round: those who are together now, and those for whom it has ended."""

    now: frozenset[Pair]
    before: frozenset[Pair]
    score: int = 0

    @property
    def busy(self) -> set[int]:
        """The registrations that have somebody now."""
        return {number for pair in self.now for number in pair}


def together(round_: Round, db: Session) -> Together:
    """Return who was brought together in a round. Two who are together again count as that only."""
    groups: dict[int, list[tuple[GroupMember, Group]]] = {}
    query = select(GroupMember, Group).join(Group).where(Group.round_id == round_.id)
    for member, group in db.exec(query).all():
        groups.setdefault(group.id, []).append((member, group))
    now, before, score = set(), set(), 0
    for listed in groups.values():
        here = [member for member, group in listed if member.left_at is None and group.state in views.KNOWN]
        now |= _across((member.side, member.registration_id) for member in here)
        before |= _across((member.side, member.registration_id) for member, _ in listed)
        score += sum(member.score for member in here)
    return Together(frozenset(now), frozenset(before - now), score)


def earlier(round_: Round, listed: Iterable[Registration], db: Session) -> set[Pair]:
    """Return the pairs of people here who have met in an earlier round of the same network."""
    here = {mine.person_id: mine.id for mine in listed}
    query = select(GroupMember.group_id, GroupMember.side, Registration.person_id).join(Registration).join(Round)
    query = query.where(Round.network_id == round_.network_id, Round.id != round_.id)
    groups: dict[int, list[tuple[str, int]]] = {}
    for group, side, person in db.exec(query).all():
        if person in here:
            groups.setdefault(group, []).append((side, here[person]))
    return {pair for met in groups.values() for pair in _across(met)}


def proposed(round_: Round, db: Session) -> list[Proposal]:
    """Return what is proposed for a round."""
    query = select(Proposal).where(Proposal.round_id == round_.id)
    return list(db.exec(query.order_by(col(Proposal.mentee_id), col(Proposal.mentor_id))).all())


def drop(round_: Round, db: Session) -> None:
    """Forget what is proposed."""
    db.exec(delete(Proposal).where(col(Proposal.round_id) == round_.id))


def left(mine: Registration, person: Person, why: str, db: Session, now: datetime) -> list[Send]:
    """Forget what is proposed and ruled for a registration that leaves."""
    del person, why, now
    for table in _TABLES:
        db.exec(delete(table).where(or_(col(table.mentor_id) == mine.id, col(table.mentee_id) == mine.id)))
    return []


def moved(old: Registration, new: Registration, db: Session, now: datetime) -> list[Send]:
    """Let what is proposed and ruled for one registration be another's; what would stand there twice goes."""
    del now
    for table in _TABLES:
        _move(table, old, new, db)
    db.flush()
    return []


def _move(table: Any, old: Registration, new: Registration, db: Session) -> None:
    for row in db.exec(select(table).where(or_(table.mentor_id == old.id, table.mentee_id == old.id))).all():
        mentor, mentee = (new.id if number == old.id else number for number in (row.mentor_id, row.mentee_id))
        there = select(table).where(table.mentor_id == mentor, table.mentee_id == mentee)
        if mentor == mentee or db.exec(there).first() is not None:
            db.delete(row)
        else:
            row.mentor_id, row.mentee_id = mentor, mentee
            db.flush()


def _across(met: Iterable[tuple[str, int]]) -> set[Pair]:
    """Return the pairs among people who met, each with the side that they were on."""
    listed = list(met)
    mentors, mentees = ([number for side, number in listed if side == wanted] for wanted in (MENTOR, MENTEE))
    return set(product(mentors, mentees))
