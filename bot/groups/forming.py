"""How groups come to be: of people who were matched. How others join them, or take somebody's place."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, insert, select

from bot.chat import grammar
from bot.chat.cards import Button, Card, Send
from bot.groups import stages, views, words
from bot.groups.tables import Group, GroupMember
from bot.groups.views import View
from bot.people.tables import Registration, Round
from bot.people.words import WHERE_I_STAND
from bot.programme.house import house


def form(round_: Round, listed: Sequence[Sequence[GroupMember]], db: Session, now: datetime) -> list[Group]:
    """Return new groups of a round, one for each list of members; nobody is told anything yet."""
    if not listed:
        return []
    db.execute(insert(Group), [Group(round_id=round_.id, began_at=now).model_dump(exclude={"id"}) for _ in listed])
    new = select(Group).where(Group.round_id == round_.id, Group.stage == "", Group.began_at == now)
    groups = list(db.exec(new.order_by(col(Group.id))).all())
    db.execute(
        insert(GroupMember),
        [
            member.model_dump(exclude={"id"}) | {"group_id": group.id}
            for group, members in zip(groups, listed, strict=True)
            for member in members
        ],
    )
    views.read(groups, db)
    return groups


def join(group: Group, member: GroupMember, db: Session) -> View:
    """Let somebody join a group that is there; return how they see it. Nobody is told anything yet."""
    member.group_id = group.id
    views.add(member, db)
    return View(group, member, db)


def joined(view: View, db: Session, now: datetime) -> list[Send]:
    """Tell the others that somebody has joined them, and the newcomer what was set up before they came."""
    text = words.JOINED.format(name=view.own_name, count=grammar.in_words(len(view.others) + 1))
    card = Card(text=text, buttons=(Button(WHERE_I_STAND, "home"),))
    told = [other.send(card) for other in view.others]
    return [*told, *(send for part in house(db).parts for send in part.joined(view, db, now))]


def moved(old: Registration, new: Registration, db: Session, now: datetime) -> list[Send]:
    """Let the places of one registration be another's. A group that would be there twice comes to an end."""
    there = {_people(view.group, db) for view in views.of(new, db, *views.KNOWN, "ended")}
    sends: list[Send] = []
    for view in views.of(old, db, *views.KNOWN, "ended", lock=True):
        others = _people(view.group, db) - {old.id}
        if new.id in others and view.many >= stages.FEWEST:  # the same person twice among others, who stay as they are
            sends += stages.step_out(view, db, now)
        elif new.id in others or others | {new.id} in there:
            sends += stages.finish(view.group, "ended", db, now)
        else:
            view.member.registration_id = new.id
    db.flush()
    return sends


def _people(group: Group, db: Session) -> frozenset[int]:
    return frozenset(member.registration_id for member in views.members(group, db))
