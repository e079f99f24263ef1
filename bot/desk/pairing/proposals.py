"""What the solver proposes for a round: who takes part, which pairs stay, and what the result covers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, insert, select

from bot.chat import grammar
from bot.chat.cards import Button, Card, Fact, Send
from bot.chat.events import Pressed
from bot.desk import reports, words
from bot.desk.pairing import pairs
from bot.desk.pairing.pairs import Together
from bot.desk.pairing.tables import PairRule, Proposal
from bot.matching import Impossible, Member, Solution, solve, telling
from bot.matching.rules import holds
from bot.people import coordinators, persons, rounds
from bot.people.coordinators import TheirRound
from bot.people.tables import Registration, Round
from bot.programme.file import Programme
from bot.programme.house import programme_of
from bot.programme.questions import MENTEE, MENTOR

LOCK, FORBID = "lock", "forbid"


@dataclass(frozen=True, slots=True)
class Desk:
    """A round's people as the solver sees them, with the pairs that stay and those that must not be.

    `known` is who was brought together, and `everybody` is registered, also those whom nobody is sought for.
    """

    programme: Programme
    mentors: Sequence[Member]
    mentees: Sequence[Member]
    locked: frozenset[tuple[str, str]]
    forbidden: frozenset[tuple[str, str]]
    known: Together
    everybody: Sequence[Registration]

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

    def announced(self, listed: Sequence[Proposal]) -> Desk:
        """Return this desk with these proposals as pairs that stay."""
        new = [each.pair for each in listed]
        known = replace(self.known, now=self.known.now.union(new), before=self.known.before.difference(new))
        return replace(self, locked=self.locked | _keys(new), known=known)


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
    known = pairs.together(round_, db)
    busy = known.busy
    everybody = rounds.registered(round_, db)
    listed = [mine for mine in everybody if (mine.waiting or mine.id in busy) and available(mine, db)]
    mentors, mentees = reports.members(round_, listed, db, private=True)
    stay, forbidden = set(known.now), set(known.before)
    for rule in db.exec(select(PairRule).where(PairRule.round_id == round_.id)).all():
        (stay if rule.kind == LOCK else forbidden).add(rule.pair)
    forbidden |= pairs.earlier(round_, listed, db)
    return _fit(Desk(programme, mentors, mentees, _keys(stay), _keys(forbidden - stay), known, everybody))


def _keys(listed: Iterable[pairs.Pair]) -> frozenset[tuple[str, str]]:
    return frozenset((str(mentor), str(mentee)) for mentor, mentee in listed)


def _fit(desk: Desk) -> Desk:
    """Take out of the solve what stays but the solver would refuse: it only uses up the places of its people.

    That is a pair somebody has left, or one that no longer keeps the rules because an answer has changed. Who has come
    to offer fewer places than they have matches, which nobody can take back, has as many as that.
    """
    mentors, mentees = ({m.key: m for m in members} for members in (desk.mentors, desk.mentees))
    live = _keys(desk.known.now)
    fits = {
        (mentor, mentee)
        for mentor, mentee in desk.locked
        if mentor in mentors and mentee in mentees and allowed(desk.programme, mentors[mentor], mentees[mentee])
    }

    def left(members: Sequence[Member], side: int) -> list[Member]:
        used = Counter(pair[side] for pair in desk.locked - fits)
        have = Counter(pair[side] for pair in fits & live)
        return [Member(m.key, m.answers, max(m.capacity - used[m.key], have[m.key])) for m in members]

    return replace(
        desk,
        mentors=left(desk.mentors, 0),
        mentees=left(desk.mentees, 1),
        locked=frozenset(fits),
        forbidden=desk.forbidden | (desk.locked - fits),
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
    there = _keep(round_, solution, desk, db)
    facts = []
    for label, number in figures(desk, there).items():
        old = (before or {}).get(label)
        facts.append(
            Fact(
                label,
                str(number) if old in {None, number} else words.CHANGED.format(old=old, new=number),
            )
        )
    if there:
        text = words.PREVIEW_TEXT_PROVEN if solution.certified else words.PREVIEW_TEXT
    else:
        text = words.PREVIEW_NOTHING_PROVEN if solution.certified else words.PREVIEW_NOTHING
    count = telling(desk.programme.match, desk.programme.question_infos, desk.mentors, desk.mentees, solution)
    if count:
        text += "\n\n" + grammar.say(words.TELLING, count=count)
    value = str(round_.id)
    buttons = (
        *((Button(words.ANNOUNCE, "announce", value),) if there else ()),
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


def _keep(round_: Round, solution: Solution, desk: Desk, db: Session) -> list[Proposal]:
    """Store the result as proposals, in place of the ones before, and return them."""
    pairs.drop(round_, db)
    there = _keys(desk.known.now | desk.known.before)
    waiting = {str(mine.id) for mine in desk.everybody if mine.waiting}
    found = [
        Proposal(
            round_id=round_.id,
            mentor_id=int(pair.mentor),
            mentee_id=int(pair.mentee),
            origin="hand" if (pair.mentor, pair.mentee) in desk.locked else "solver",
            score=pair.public,
            reasons=list(pair.reasons),
        )
        for pair in solution.pairs
        if (pair.mentor, pair.mentee) not in there and waiting & {pair.mentor, pair.mentee}
    ]
    if found:
        db.execute(insert(Proposal), [row.model_dump(exclude={"id"}) for row in found])
    return found


def outdated(desk: Desk, listed: Sequence[Proposal]) -> bool:
    """Tell whether one of these proposals no longer stands: an answer has changed, or somebody is on a break."""
    mentors, mentees = ({m.key: m for m in members} for members in (desk.mentors, desk.mentees))
    proposed = _keys(each.pair for each in listed)
    for mentor, mentee in proposed:
        if mentor not in mentors or mentee not in mentees or (mentor, mentee) in desk.forbidden:
            return True
        if not allowed(desk.programme, mentors[mentor], mentees[mentee]):
            return True
    return any(
        number > members[key].capacity
        for side, members in enumerate((mentors, mentees))
        for key, number in Counter(pair[side] for pair in proposed | desk.locked).items()
    )


def figures(desk: Desk, listed: Sequence[Proposal]) -> dict[str, int]:
    """Return the coverage of what stands and of what is proposed, counted from the pairs."""
    stands = [*desk.known.now, *(each.pair for each in listed)]
    have = {side: Counter(pair[at] for pair in stands) for at, side in enumerate((MENTOR, MENTEE))}
    mentors = grammar.begin(desk.programme.roles[MENTOR].plural)
    mentees = grammar.begin(desk.programme.roles[MENTEE].plural)
    counts = have[MENTEE].values()
    figures = {
        words.FIGURE_OF.format(who=mentees): len(desk.mentees),
        words.FIGURE_OF.format(who=mentors): len(desk.mentors),
        words.FIGURE_PROPOSED: len(stands),
    }
    for n in range(1, desk.programme.match.most + 1):
        figures[grammar.say(words.FIGURE_WITH, who=mentees, count=n)] = sum(count >= n for count in counts)
    figures[grammar.say(words.FIGURE_WITH, who=mentors, count=1)] = len(have[MENTOR])
    figures[words.FIGURE_SCORE] = desk.known.score + sum(each.score for each in listed)
    return figures


def without(desk: Desk, listed: Sequence[Proposal] = ()) -> list[Registration]:
    """Return the people of a round who wait for a match and have none, these proposed ones included."""
    have = desk.known.busy | {number for each in listed for number in each.pair}
    return [mine for mine in desk.everybody if mine.waiting and mine.id not in have]


def available(mine: Registration, db: Session) -> bool:
    """Tell whether somebody can be told of a match now: they are here, and not on a break."""
    person = persons.of(mine, db)
    return person.state == persons.ACTIVE and person.resume_due_at is None


def not_now(about: TheirRound) -> list[Send]:
    """Say why nothing can be matched or announced now."""
    round_ = about.round
    text = words.NOT_NOW.get(round_.state, words.ROUND_MOVED_ON)
    buttons = (coordinators.back_to(round_),)
    return [persons.send(about.person, Card(title=round_.name, text=text, buttons=buttons))]
