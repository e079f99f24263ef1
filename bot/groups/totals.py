"""What matches add to a coordinator's figures and files."""

from collections import Counter

from sqlmodel import Session, col, select

from bot.groups import sides, words
from bot.groups.tables import Match
from bot.people.tables import Round
from bot.programme.house import programme_of
from bot.programme.questions import MENTEE, MENTOR, ROLES


def figures(round_: Round, db: Session) -> dict[str, int]:
    """Return how many people had a match, how many matches were announced, and how many people have none."""
    programme = programme_of(round_, db)
    rows = db.exec(select(Match).where(Match.round_id == round_.id, Match.state != "proposed")).all()
    matched = {side: {getattr(match, f"{side}_id") for match in rows} for side in ROLES}
    live = [match for match in rows if match.state in sides.LIVE]
    now_matched = {number for match in live for number in (match.mentor_id, match.mentee_id)}
    without = sum(mine.waiting and mine.id not in now_matched for mine in sides.registered(round_, db))
    return {
        words.FIGURE_MATCHED.format(who=programme.roles[MENTEE].plural): len(matched[MENTEE]),
        words.FIGURE_MATCHED.format(who=programme.roles[MENTOR].plural): len(matched[MENTOR]),
        words.FIGURE_PAIRS: len(rows),
        words.FIGURE_UNMATCHED: without,
    }


def people(round_: Round, db: Session) -> dict[str, Counter[int]]:
    """Return how many matches each person has."""
    live = select(Match).where(Match.round_id == round_.id, col(Match.state).in_(sides.LIVE))
    counts = Counter(number for match in db.exec(live) for number in (match.mentor_id, match.mentee_id))
    return {"matches": counts}
