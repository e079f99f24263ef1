"""Two people at a time, as the solver takes them: brought together here or earlier, proposed, ruled on."""

from collections import defaultdict
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
    rows = db.exec(select(GroupMember, Group).join(Group).where(Group.round_id == round_.id)).all()
    here = [member for member, group in rows if views.state_for(member, group) in views.KNOWN]
    now, ever = (
        _across((member.group_id, member.side, member.registration_id) for member in members)
        for members in (here, [member for member, _ in rows])
    )
    return Together(now, ever - now, sum(member.score for member in here))


def earlier(round_: Round, listed: Iterable[Registration], db: Session) -> frozenset[Pair]:
    """Return the pairs of people here who have met in an earlier round of the same network."""
    here = {mine.person_id: mine.id for mine in listed}
    query = select(GroupMember.group_id, GroupMember.side, Registration.person_id).join(Registration).join(Round)
    query = query.where(Round.network_id == round_.network_id, Round.id != round_.id)
    return _across((group, side, here[person]) for group, side, person in db.exec(query).all() if person in here)


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
        mentor, mentee = (new.id if number == old.id else number for number in row.pair)
        there = select(table).where(table.mentor_id == mentor, table.mentee_id == mentee)
        if mentor == mentee or db.exec(there).first() is not None:
            db.delete(row)
        else:
            row.mentor_id, row.mentee_id = mentor, mentee
            db.flush()


def _across(met: Iterable[tuple[int, str, int]]) -> frozenset[Pair]:
    """Return the pairs among people who met: each with their group, the side that they were on, and their number."""
    groups: defaultdict[int, dict[str, list[int]]] = defaultdict(lambda: {MENTOR: [], MENTEE: []})
    for group, side, number in met:
        groups[group][side].append(number)
    return frozenset(pair for sides in groups.values() for pair in product(sides[MENTOR], sides[MENTEE]))
