"""What the solver proposes for a round: who takes part, which pairs stay, and what the result covers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, insert, select

from bot.chat import grammar
from bot.chat.cards import Button, Card, Fact, Send
from bot.chat.events import Pressed
from bot.desk import reports, words
from bot.groups import sides
from bot.groups.tables import Match, PairRule
from bot.matching import Impossible, Member, Solution, solve, telling
from bot.matching.rules import holds
from bot.people import coordinators, persons
from bot.people.coordinators import TheirRound
from bot.people.tables import Registration, Round
from bot.programme.file import Programme
from bot.programme.house import programme_of
from bot.programme.questions import MENTEE, MENTOR

LOCK, FORBID = "lock", "forbid"


@dataclass(frozen=True, slots=True)
class Desk:
    """A round's people as the solver sees them, with the pairs that stay and those that must not be."""

    programme: Programme
    mentors: Sequence[Member]
    mentees: Sequence[Member]
    locked: frozenset[tuple[str, str]]
    forbidden: frozenset[tuple[str, str]]

    def solve(self) -> Solution:
        """Return the best matches for the people at this desk."""
        return solve(
            self.programme.match,
            self.programme.question_infos,
            self.mentors,
            self.mentees,
            locked=self.locked,
            forbidden=self.forbidden,
        )


def can_match(about: TheirRound, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Say why nothing can be matched now, if registration is not closed or the round has ended."""
    del event, db, now
    return None if about.round.state in {"closed", "announced"} else not_now(about)


def preview(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Solve, keep the result as proposals, and show what it covers."""
    del event, now
    return [persons.send(about.person, solved(about.round, db))]


def desk_of(round_: Round, db: Session) -> Desk:
    """Return the people of a round with the pairs that stay: announced ones, and those a coordinator keeps."""
    programme = programme_of(round_, db)
    rows = db.exec(select(Match).where(Match.round_id == round_.id, Match.state != "proposed")).all()
    busy = {number for m in rows if m.state in sides.LIVE for number in (m.mentor_id, m.mentee_id)}
    listed = [
        mine for mine in sides.registered(round_, db) if (mine.waiting or mine.id in busy) and available(mine, db)
    ]
    mentors, mentees = reports.members(round_, listed, db, private=True)
    live = {(str(m.mentor_id), str(m.mentee_id)) for m in rows if m.state in sides.LIVE}
    stay = set(live)
    forbidden = {(str(m.mentor_id), str(m.mentee_id)) for m in rows if m.state not in sides.LIVE}
    for rule in db.exec(select(PairRule).where(PairRule.round_id == round_.id)).all():
        (stay if rule.kind == LOCK else forbidden).add((str(rule.mentor_id), str(rule.mentee_id)))
    forbidden |= _earlier(round_, listed, db)
    return _fit(Desk(programme, mentors, mentees, frozenset(stay), frozenset(forbidden - stay)), live)


def _fit(desk: Desk, live: set[tuple[str, str]]) -> Desk:
    """Take out of the solve what stays but the solver would refuse: it only uses up the places of its people.

    That is a pair somebody has left, or one that no longer keeps the rules because an answer has changed. Who has come
    to offer fewer places than they have matches, which nobody can take back, has as many as that.
    """
    mentors, mentees = ({m.key: m for m in members} for members in (desk.mentors, desk.mentees))
    fits = {
        (mentor, mentee)
        for mentor, mentee in desk.locked
        if mentor in mentors and mentee in mentees and allowed(desk.programme, mentors[mentor], mentees[mentee])
    }

    def left(members: Sequence[Member], side: int) -> list[Member]:
        used = Counter(pair[side] for pair in desk.locked - fits)
        have = Counter(pair[side] for pair in fits & live)
        return [Member(m.key, m.answers, max(m.capacity - used[m.key], have[m.key])) for m in members]

    return Desk(
        desk.programme,
        left(desk.mentors, 0),
        left(desk.mentees, 1),
        frozenset(fits),
        desk.forbidden | (desk.locked - fits),
    )


def solved(round_: Round, db: Session, note: str = "", before: dict[str, int] | None = None) -> Card:
    """Solve, keep the result as proposals, and return the card that shows what it covers."""
    desk = desk_of(round_, db)
    try:
        solution = desk.solve()
    except Impossible:
        return Card(
            title=words.PREVIEW,
            text=words.TOO_MANY_LOCKS,
            buttons=(
                Button(words.SEE_PAIRS, "pairs", str(round_.id)),
                coordinators.back_to(round_),
            ),
        )
    _keep(round_, solution, desk, db)
    facts = []
    for label, number in figures(round_, desk, db).items():
        old = (before or {}).get(label)
        facts.append(
            Fact(
                label,
                str(number) if old in {None, number} else words.CHANGED.format(old=old, new=number),
            )
        )
    if proposed(round_, db):
        text = words.PREVIEW_TEXT_PROVEN if solution.certified else words.PREVIEW_TEXT
    else:
        text = words.PREVIEW_NOTHING_PROVEN if solution.certified else words.PREVIEW_NOTHING
    count = telling(desk.programme.match, desk.programme.question_infos, desk.mentors, desk.mentees, solution)
    if count:
        text += "\n\n" + grammar.say(words.TELLING, count=count)
    value = str(round_.id)
    buttons = (
        *((Button(words.ANNOUNCE, "announce", value),) if proposed(round_, db) else ()),
        Button(words.SEE_PAIRS, "pairs", value),
        Button(words.ADD_PAIR, "add_pair", value),
        Button(words.UNMATCHED, "unmatched", value),
        Button(words.SOLVE_AGAIN, "preview", value),
        coordinators.back_to(round_),
    )
    return Card(title=words.PREVIEW, text=grammar.paragraphs(note, text), facts=tuple(facts), buttons=buttons)


def allowed(programme: Programme, mentor: Member, mentee: Member) -> bool:
    """Tell whether these two keep every hard rule."""
    infos = programme.question_infos
    return all(holds(rule, infos, mentor.answers, mentee.answers) for rule in programme.match.require)


def _keep(round_: Round, solution: Solution, desk: Desk, db: Session) -> None:
    """Store the result as proposals, in place of the ones before."""
    drop(round_, db)
    known = select(Match.mentor_id, Match.mentee_id).where(Match.round_id == round_.id)
    there = {(str(mentor), str(mentee)) for mentor, mentee in db.exec(known).all()}
    waiting = {str(mine.id) for mine in sides.registered(round_, db) if mine.waiting}
    rows = [
        {
            "round_id": round_.id,
            "mentor_id": int(pair.mentor),
            "mentee_id": int(pair.mentee),
            "state": "proposed",
            "origin": "hand" if (pair.mentor, pair.mentee) in desk.locked else "solver",
            "score": pair.public,
            "reasons": list(pair.reasons),
            "book_reminders": 0,
            "introduce": "",
        }
        for pair in solution.pairs
        if (pair.mentor, pair.mentee) not in there and waiting & {pair.mentor, pair.mentee}
    ]
    if rows:
        db.execute(insert(Match), rows)


def drop(round_: Round, db: Session) -> None:
    """Forget what is proposed."""
    db.exec(delete(Match).where(col(Match.round_id) == round_.id, col(Match.state) == "proposed"))


def outdated(round_: Round, db: Session) -> bool:
    """Tell whether a proposed match no longer stands: an answer has changed, or somebody is on a break."""
    desk = desk_of(round_, db)
    mentors, mentees = ({m.key: m for m in members} for members in (desk.mentors, desk.mentees))
    pairs = {(str(m.mentor_id), str(m.mentee_id)) for m in proposed(round_, db)}
    for mentor, mentee in pairs:
        if mentor not in mentors or mentee not in mentees or (mentor, mentee) in desk.forbidden:
            return True
        if not allowed(desk.programme, mentors[mentor], mentees[mentee]):
            return True
    return any(
        number > members[key].capacity
        for side, members in enumerate((mentors, mentees))
        for key, number in Counter(pair[side] for pair in pairs | desk.locked).items()
    )


def figures(round_: Round, desk: Desk, db: Session) -> dict[str, int]:
    """Return the coverage of what stands and what is proposed, counted from the stored pairs."""
    states = (*sides.LIVE, "proposed")
    rows = db.exec(select(Match).where(Match.round_id == round_.id, col(Match.state).in_(states))).all()
    have: dict[str, dict[int, int]] = {MENTOR: {}, MENTEE: {}}
    for match in rows:
        have[MENTOR][match.mentor_id] = have[MENTOR].get(match.mentor_id, 0) + 1
        have[MENTEE][match.mentee_id] = have[MENTEE].get(match.mentee_id, 0) + 1
    mentors = grammar.begin(desk.programme.roles["mentor"].plural)
    mentees = grammar.begin(desk.programme.roles["mentee"].plural)
    most = desk.programme.match.most
    counts = list(have[MENTEE].values())
    figures = {
        words.FIGURE_OF.format(who=mentees): len(desk.mentees),
        words.FIGURE_OF.format(who=mentors): len(desk.mentors),
        words.FIGURE_PROPOSED: len(rows),
    }
    for n in range(1, most + 1):
        figures[grammar.say(words.FIGURE_WITH, who=mentees, count=n)] = sum(count >= n for count in counts)
    figures[grammar.say(words.FIGURE_WITH, who=mentors, count=1)] = len(have[MENTOR])
    figures[words.FIGURE_SCORE] = sum(match.score for match in rows)
    return figures


def proposed(round_: Round, db: Session) -> list[Match]:
    """Return the proposed matches of a round."""
    query = select(Match).where(Match.round_id == round_.id, Match.state == "proposed")
    return list(db.exec(query.order_by(col(Match.mentee_id), col(Match.mentor_id))).all())


def without(round_: Round, db: Session) -> list[Registration]:
    """Return the people of a round who wait for a match and have none, proposed ones included."""
    query = select(Match).where(Match.round_id == round_.id, col(Match.state).in_((*sides.LIVE, "proposed")))
    have = {number for match in db.exec(query).all() for number in (match.mentor_id, match.mentee_id)}
    return [mine for mine in sides.registered(round_, db) if mine.waiting and mine.id not in have]


def available(mine: Registration, db: Session) -> bool:
    """Tell whether somebody can be told of a match now: they are here, and not on a break."""
    person = sides.person_of(mine, db)
    return person.state == persons.ACTIVE and person.resume_due_at is None


def _earlier(round_: Round, listed: Sequence[Registration], db: Session) -> set[tuple[str, str]]:
    """Return the pairs of people here who have met in an earlier round of the same network."""
    here = {mine.person_id: mine.id for mine in listed}
    query = select(Match).join(Round).where(Round.network_id == round_.network_id, Match.round_id != round_.id)
    found = set()
    for match in db.exec(query.where(Match.state != "proposed")).all():
        both = [db.get(Registration, number) for number in (match.mentor_id, match.mentee_id)]
        keys = [here.get(mine.person_id) for mine in both if mine is not None]
        if len(keys) == 2 and None not in keys:  # noqa: PLR2004
            found.add((str(keys[0]), str(keys[1])))
    return found


def not_now(about: TheirRound) -> list[Send]:
    """Say why nothing can be matched or announced now."""
    round_ = about.round
    text = words.NOT_NOW.get(round_.state, words.ROUND_MOVED_ON)
    buttons = (coordinators.back_to(round_),)
    return [persons.send(about.person, Card(title=round_.name, text=text, buttons=buttons))]
