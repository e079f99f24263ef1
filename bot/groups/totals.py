"""What groups add to a coordinator's figures and files."""

from collections import Counter

from sqlmodel import Session, col, select

from bot.groups import views, words
from bot.groups.tables import Group, GroupMember
from bot.people import rounds
from bot.people.tables import Round
from bot.programme.house import programme_of
from bot.programme.questions import MENTEE, MENTOR, Role

SIDES: tuple[Role, ...] = (MENTEE, MENTOR)  # in the order in which coordinators read them


def figures(round_: Round, db: Session) -> dict[str, int]:
    """Return how many people had a match, how many matches were announced, and how many people have none."""
    programme = programme_of(round_, db)
    rows = db.exec(select(GroupMember, Group).join(Group).where(Group.round_id == round_.id)).all()
    matched = {side: {member.registration_id for member, _ in rows if member.side == side} for side in SIDES}
    now_matched = {member.registration_id for member, group in rows if views.state_for(member, group) in views.KNOWN}
    without = sum(mine.waiting and mine.id not in now_matched for mine in rounds.registered(round_, db))
    return {
        **{words.FIGURE_MATCHED.format(who=programme.roles[side].plural): len(had) for side, had in matched.items()},
        words.FIGURE_PAIRS: len({group.id for _, group in rows}),
        words.FIGURE_UNMATCHED: without,
    }


def people(round_: Round, db: Session) -> dict[str, Counter[int]]:
    """Return how many matches each person has."""
    query = select(GroupMember.registration_id).join(Group).where(Group.round_id == round_.id)
    live = db.exec(query.where(col(Group.state).in_(views.KNOWN), col(GroupMember.left_at).is_(None)))
    return {"matches": Counter(live)}
