"""A coordinator's matching desk: solve, look, keep or forbid or add a pair, solve again, announce.

Nothing reaches a participant before the coordinator announces it. Each change shows what it does to the result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, select

from bot import coordinators, endings, matches, people, reports, sides, words
from bot.cards import Button, Card, Choice, Fact, Field, File, Send
from bot.coordinators import round_of
from bot.events import Pressed
from bot.flows import read_choice
from bot.house import programme_of
from bot.matching import Impossible, Member, Solution, solve, telling, why_not
from bot.matching.rules import holds
from bot.models import Match, PairRule, Person, Registration, Round
from bot.programme import MENTEE, MENTOR, Programme, Side
from bot.sides import Side as Seen

PAGE = 20
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


def preview(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Solve, keep the result as proposals, and show what it covers."""
    person = people.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    if round_.state not in {"closed", "announced"}:
        return _not_now(round_, person)
    return [people.send(person, _solved(round_, db, now))]


def pairs(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Show the proposed pairs, a page at a time, to keep or forbid one; the whole list goes with it as a file."""
    person = people.sender(event.who, db, now)
    number, _, page = event.value.partition(":")
    round_ = round_of(person, number, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    coordinators.note(person, "looked at the proposed pairs", f"round {round_.id}", db, now)
    return [people.send(person, _pairs_card(round_, int(page) if page.isdecimal() else 0, db))]


def pair_rule(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Keep or forbid the chosen pair, or set it free again, and solve again."""
    person = people.sender(event.who, db, now)
    number, _, kind = event.value.partition(":")
    round_ = round_of(person, number, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    chosen = event.fields.get("pair", "")
    listed = _proposed(round_, db)
    labels = tuple(Choice(str(m.id), _label(m, db)) for m in listed)
    code = read_choice(labels, chosen if isinstance(chosen, str) else "")
    match = next((m for m in listed if str(m.id) == code), None)
    if match is None:
        return [people.send(person, _pairs_card(round_, 0, db, words.WHICH_PAIR))]
    return _rule(round_, (match.mentor_id, match.mentee_id), kind, person, db, now)


def pair_by_name(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Keep, forbid, free or add a pair that was typed by name: "lock Ada with Grace"."""
    person = people.sender(event.who, db, now)
    query = select(Round).where(Round.network_id == person.network_id, col(Round.state).not_in(("draft", "ended")))
    round_ = db.exec(query.order_by(col(Round.id).desc())).first()
    if not person.coordinator or round_ is None:
        return coordinators.denied(person, db, now)
    if round_.state not in {"closed", "announced"}:
        return _not_now(round_, person)
    found = [_by_name(str(event.fields[side]), side, round_, db) for side in (MENTOR, MENTEE)]
    if found[0] is None or found[1] is None:
        missing = str(event.fields[MENTOR if found[0] is None else MENTEE])
        text = words.WHO_IS_THAT.format(text=words.cut(missing, 60))
        return [people.send(person, Card(text=text, buttons=(Button(words.BACK_TO_ROUND, "round", str(round_.id)),)))]
    kind = {"lock": LOCK, "add": LOCK, "forbid": FORBID, "free": "free"}[str(event.fields["kind"])]
    return _rule(round_, (found[0].id, found[1].id), kind, person, db, now)


def add_pair(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Add the pair of two people chosen from lists, or ask for them."""
    person = people.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    chosen = [event.fields.get(side, "") for side in (MENTOR, MENTEE)]
    found = [
        _by_name(text, side, round_, db) if isinstance(text, str) and text else None
        for text, side in zip(chosen, (MENTOR, MENTEE), strict=True)
    ]
    if found[0] is None or found[1] is None:
        return [people.send(person, _add_card(round_, db))]
    return _rule(round_, (found[0].id, found[1].id), LOCK, person, db, now)


def unmatched(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Name the people without a match, and say what would change it."""
    person = people.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    programme = programme_of(round_, db)
    without = _without(round_, db)
    lines = [f"• {reports.registration_name(mine, programme, db)}" for mine in without[: reports.NAMES]]
    if len(without) > reports.NAMES:
        lines.append(words.AND_MORE.format(count=len(without) - reports.NAMES))
    text = "\n".join(lines) if lines else words.EVERYBODY_MATCHED
    buttons = (Button(words.BACK_TO_ROUND, "round", str(round_.id)),)
    return [people.send(person, Card(title=words.UNMATCHED, text=text, buttons=buttons))]


def announce(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Show what announcing would send out, and ask."""
    person = people.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    proposed = _proposed(round_, db)
    if round_.state not in {"closed", "announced"} or not proposed:
        return _not_now(round_, person)
    told = {number for match in proposed for number in (match.mentor_id, match.mentee_id)}
    without = _without(round_, db) if round_.state == "closed" else []
    text = (words.ANNOUNCE_SURE_WITHOUT if without else words.ANNOUNCE_SURE).format(
        pairs=words.count(len(proposed), "match", "matches"),
        people=words.count(len(told), "person", "people"),
        without=words.count(len(without), "person", "people"),
    )
    buttons = (
        Button(words.ANNOUNCE_SURELY, "announce_surely", str(round_.id), also=("yes",)),
        Button(words.NOT_YET_ANNOUNCE, "round", str(round_.id), also=("no",)),
    )
    return [people.send(person, Card(title=words.ANNOUNCE, text=text, buttons=buttons))]


def announce_surely(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Tell everybody their matches, and those without one so, kindly."""
    person = people.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    proposed = _proposed(round_, db)
    if round_.state not in {"closed", "announced"} or not proposed:
        return _not_now(round_, person)
    first_time = round_.state == "closed"
    for match in proposed:
        for side in sides.both(match, db):
            side.mine.waiting = False
    round_.state, round_.announced_at = "announced", now
    round_.end_due_at = endings.longest(round_, db, now)
    by_person: dict[tuple[int, str], list[Seen]] = {}
    for match in proposed:
        match.state, match.announced_at = "announced", now
        for side in sides.both(match, db):
            by_person.setdefault((side.mine.id, side.side), []).append(side)
        match.book_due_at = sides.book_by(sides.both(match, db)[1], now, db)
    sends = [send for listed in by_person.values() for send in matches.announced(listed, db, now)]
    if first_time:
        sends += _told_without(round_, db, now)
    coordinators.note(person, "announced matches", f"round {round_.id}", db, now)
    text = words.ANNOUNCED.format(
        pairs=words.count(len(proposed), "match", "matches"),
        people=words.count(len({number for number, _ in by_person}), "person", "people"),
    )
    buttons = (Button(words.FOLLOW_UP, "follow_up", str(round_.id)),)
    done = people.send(person, Card(title=words.ANNOUNCED_DONE, text=text, buttons=buttons), replaces=event.card)
    return [*sends, done]


def desk_of(round_: Round, db: Session) -> Desk:
    """Return the people of a round with the pairs that stay: announced ones, and those a coordinator keeps."""
    programme = programme_of(round_, db)
    rows = db.exec(select(Match).where(Match.round_id == round_.id, Match.state != "proposed")).all()
    busy = {number for m in rows if m.state in sides.LIVE for number in (m.mentor_id, m.mentee_id)}
    listed = [
        mine for mine in reports.registered(round_, db) if (mine.waiting or mine.id in busy) and _available(mine, db)
    ]
    mentors, mentees = reports.members(round_, listed, db, private=True)
    stay = {(str(m.mentor_id), str(m.mentee_id)) for m in rows if m.state in sides.LIVE}
    forbidden = {(str(m.mentor_id), str(m.mentee_id)) for m in rows if m.state not in sides.LIVE}
    for rule in db.exec(select(PairRule).where(PairRule.round_id == round_.id)).all():
        (stay if rule.kind == LOCK else forbidden).add((str(rule.mentor_id), str(rule.mentee_id)))
    forbidden |= _earlier(round_, listed, db)
    return _fit(Desk(programme, mentors, mentees, frozenset(stay), frozenset(forbidden - stay)))


def _fit(desk: Desk) -> Desk:
    """Take out of the solve what stays but the solver would refuse: it only uses up the places of its people.

    That is a pair somebody has left, or one that no longer keeps the rules because an answer has changed.
    """
    mentors, mentees = ({m.key: m for m in members} for members in (desk.mentors, desk.mentees))
    fits = {
        (mentor, mentee)
        for mentor, mentee in desk.locked
        if mentor in mentors and mentee in mentees and _allowed(desk.programme, mentors[mentor], mentees[mentee])
    }
    used = [key for pair in desk.locked - fits for key in pair]

    def left(members: Sequence[Member]) -> list[Member]:
        return [Member(m.key, m.answers, max(m.capacity - used.count(m.key), 0)) for m in members]

    return Desk(
        desk.programme, left(desk.mentors), left(desk.mentees), frozenset(fits), desk.forbidden | (desk.locked - fits)
    )


def _solved(round_: Round, db: Session, now: datetime, note: str = "", before: dict[str, int] | None = None) -> Card:
    desk = desk_of(round_, db)
    try:
        solution = desk.solve()
    except Impossible:
        return Card(
            title=words.PREVIEW,
            text=words.TOO_MANY_LOCKS,
            buttons=(
                Button(words.SEE_PAIRS, "pairs", str(round_.id)),
                Button(words.BACK_TO_ROUND, "round", str(round_.id)),
            ),
        )
    _keep(round_, solution, desk, db)
    figures = _figures(round_, desk, solution, db)
    facts = []
    for label, number in figures.items():
        old = (before or {}).get(label)
        facts.append(
            Fact(
                words.begin(label), str(number) if old in {None, number} else words.CHANGED.format(old=old, new=number)
            )
        )
    text = words.PREVIEW_TEXT if _proposed(round_, db) else words.PREVIEW_NOTHING
    if solution.certified:
        text += " " + words.CERTIFIED
    count = telling(desk.programme.match, desk.programme.question_infos, desk.mentors, desk.mentees, solution)
    if count:
        text += "\n\n" + words.TELLING.format(count=words.count(count, "match", "matches"))
    value = str(round_.id)
    buttons = (
        Button(words.ANNOUNCE, "announce", value),
        Button(words.SEE_PAIRS, "pairs", value),
        Button(words.ADD_PAIR, "add_pair", value),
        Button(words.UNMATCHED, "unmatched", value),
        Button(words.SOLVE_AGAIN, "preview", value),
        Button(words.BACK_TO_ROUND, "round", value),
    )
    del now
    return Card(title=words.PREVIEW, text=f"{note}\n\n{text}" if note else text, facts=tuple(facts), buttons=buttons)


def _rule(round_: Round, pair: tuple[int, int], kind: str, person: Person, db: Session, now: datetime) -> list[Send]:
    mentor_id, mentee_id = pair
    if round_.state not in {"closed", "announced"}:
        return _not_now(round_, person)
    if kind == LOCK and (note := _cannot_lock(round_, mentor_id, mentee_id, db)):
        buttons = (
            Button(words.ADD_PAIR, "add_pair", str(round_.id)),
            Button(words.BACK_TO_ROUND, "round", str(round_.id)),
        )
        return [people.send(person, Card(title=words.PREVIEW, text=note, buttons=buttons))]
    desk = desk_of(round_, db)
    before = _figures(round_, desk, None, db)
    query = select(PairRule).where(PairRule.mentor_id == mentor_id, PairRule.mentee_id == mentee_id)
    rule = db.exec(query).first()
    if kind == "free":
        if rule is not None:
            db.delete(rule)
    elif rule is None:
        db.add(PairRule(round_id=round_.id, mentor_id=mentor_id, mentee_id=mentee_id, kind=kind))
    else:
        rule.kind = kind
    db.flush()
    coordinators.note(person, f"{kind} pair", f"round {round_.id}: {mentor_id}/{mentee_id}", db, now)
    return [people.send(person, _solved(round_, db, now, words.RULE_SET[kind], before))]


def _cannot_lock(round_: Round, mentor_id: int, mentee_id: int, db: Session) -> str:
    programme = programme_of(round_, db)
    listed = [mine for mine in reports.registered(round_, db) if mine.id in {mentor_id, mentee_id}]
    mentors, mentees = reports.members(round_, listed, db, private=False)
    mentor = next((m for m in mentors if m.key == str(mentor_id)), None)
    mentee = next((m for m in mentees if m.key == str(mentee_id)), None)
    if mentor is None or mentee is None or mentor_id == mentee_id:
        return words.NOT_THEIR_ROLE
    if not _allowed(programme, mentor, mentee):
        return words.AGAINST_THE_RULES
    for member, column in ((mentor, "mentor_id"), (mentee, "mentee_id")):
        locks = select(PairRule).where(getattr(PairRule, column) == int(member.key), PairRule.kind == LOCK)
        others = {(rule.mentor_id, rule.mentee_id) for rule in db.exec(locks).all()}
        live = select(Match).where(getattr(Match, column) == int(member.key), col(Match.state).in_(sides.LIVE))
        others |= {(match.mentor_id, match.mentee_id) for match in db.exec(live).all()}
        if len(others - {(mentor_id, mentee_id)}) >= member.capacity:
            return words.NO_PLACE_LEFT
    return ""


def _allowed(programme: Programme, mentor: Member, mentee: Member) -> bool:
    """Tell whether these two keep every hard rule."""
    infos = programme.question_infos
    return all(holds(rule, infos, mentor.answers, mentee.answers) for rule in programme.match.require)


def _keep(round_: Round, solution: Solution, desk: Desk, db: Session) -> None:
    """Store the result as proposals, in place of the ones before."""
    db.exec(delete(Match).where(col(Match.round_id) == round_.id, col(Match.state) == "proposed"))
    known = select(Match.mentor_id, Match.mentee_id).where(Match.round_id == round_.id)
    there = {(str(mentor), str(mentee)) for mentor, mentee in db.exec(known).all()}
    waiting = {str(mine.id) for mine in reports.registered(round_, db) if mine.waiting}
    for pair in solution.pairs:
        if (pair.mentor, pair.mentee) not in there and waiting & {pair.mentor, pair.mentee}:
            by_hand = (pair.mentor, pair.mentee) in desk.locked
            db.add(
                Match(
                    round_id=round_.id,
                    mentor_id=int(pair.mentor),
                    mentee_id=int(pair.mentee),
                    origin="hand" if by_hand else "solver",
                    score=pair.public,
                    reasons=list(pair.reasons),
                )
            )
    db.flush()


def _figures(round_: Round, desk: Desk, solution: Solution | None, db: Session) -> dict[str, int]:
    """Return the coverage of what stands and what is proposed, counted from the stored pairs."""
    states = (*sides.LIVE, "proposed")
    rows = db.exec(select(Match).where(Match.round_id == round_.id, col(Match.state).in_(states))).all()
    have: dict[str, dict[int, int]] = {MENTOR: {}, MENTEE: {}}
    for match in rows:
        have[MENTOR][match.mentor_id] = have[MENTOR].get(match.mentor_id, 0) + 1
        have[MENTEE][match.mentee_id] = have[MENTEE].get(match.mentee_id, 0) + 1
    mentor, mentee = desk.programme.roles["mentor"], desk.programme.roles["mentee"]
    most = desk.programme.match.most
    counts = list(have[MENTEE].values())
    del solution
    figures = {
        words.FIGURE_OF.format(who=mentee.plural): len(desk.mentees),
        words.FIGURE_OF.format(who=mentor.plural): len(desk.mentors),
        words.FIGURE_PROPOSED: len(rows),
    }
    for n in range(1, most + 1):
        label = words.FIGURE_WITH.format(who=mentee.plural, count=words.count(n, "match", "matches"))
        figures[label] = sum(count >= n for count in counts)
    figures[words.FIGURE_WITH.format(who=mentor.plural, count=words.count(1, "match", "matches"))] = len(have[MENTOR])
    figures[words.FIGURE_SCORE] = sum(match.score for match in rows)
    return figures


def _pairs_card(round_: Round, page: int, db: Session, note: str = "") -> Card:
    listed = _proposed(round_, db)
    shown = listed[page * PAGE : (page + 1) * PAGE]
    number = str(round_.id)
    if not shown:
        return Card(title=words.SEE_PAIRS, text=words.NO_PAIRS, buttons=(Button(words.BACK_TO_ROUND, "round", number),))
    choices = tuple(Choice(str(match.id), _label(match, db)) for match in shown)
    rules = {(rule.mentor_id, rule.mentee_id): rule.kind for rule in _rules(round_, db)}
    lines = [
        f"• {_label(match, db)}" + (f" ({words.KEPT})" if (match.mentor_id, match.mentee_id) in rules else "")
        for match in shown
    ]
    text = (
        words.PAIRS_TEXT.format(first=page * PAGE + 1, last=page * PAGE + len(shown), count=len(listed))
        + "\n"
        + "\n".join(lines)
    )
    buttons = [
        Button(words.KEEP_PAIR, "pair_rule", f"{number}:{LOCK}"),
        Button(words.FORBID_PAIR, "pair_rule", f"{number}:{FORBID}"),
        Button(words.FREE_PAIR, "pair_rule", f"{number}:free"),
    ]
    if len(listed) > (page + 1) * PAGE:
        buttons.append(Button(words.NEXT_PAGE, "pairs", f"{number}:{page + 1}"))
    buttons.append(Button(words.BACK_TO_PREVIEW, "preview", number))
    return Card(
        title=words.SEE_PAIRS,
        text=f"{note}\n\n{text}" if note else text,
        fields=(Field("pair", words.PAIR, "choice", choices),),
        buttons=tuple(buttons),
        files=(File("pairs.csv", "text/csv", _csv(listed, round_, db)),) if page == 0 else (),
    )


def _csv(listed: Sequence[Match], round_: Round, db: Session) -> str:
    programme = programme_of(round_, db)
    rows: list[Sequence[object]] = [("mentor", "mentee", "score", "why")]
    for match in listed:
        mentor, mentee = sides.both(match, db)
        rows.append(
            (
                reports.registration_name(mentor.mine, programme, db),
                reports.registration_name(mentee.mine, programme, db),
                match.score,
                "; ".join(matches.reasons(mentee)),
            )
        )
    return reports.as_csv(rows)


def _add_card(round_: Round, db: Session) -> Card:
    fields = tuple(
        Field(side, programme_of(round_, db).roles[side].name.capitalize(), "choice", _choices(side, round_, db))
        for side in (MENTOR, MENTEE)
    )
    buttons = (
        Button(words.ADD_PAIR, "add_pair", str(round_.id)),
        Button(words.BACK_TO_PREVIEW, "preview", str(round_.id)),
    )
    return Card(
        title=words.ADD_PAIR,
        text=words.ADD_PAIR_TEXT.format(mentor=programme_of(round_, db).roles["mentor"].name),
        fields=fields,
        buttons=buttons,
    )


def _choices(side: str, round_: Round, db: Session) -> tuple[Choice, ...]:
    programme = programme_of(round_, db)
    found = []
    for mine in reports.registered(round_, db):
        if side in programme.sides(mine.answers):
            person = sides.person_of(mine, db)
            contact = str(mine.answers.get(programme.of_kind("email"), ""))
            also = (person.name, contact) if contact else (person.name,)
            found.append(Choice(str(mine.id), reports.registration_name(mine, programme, db)[:75], also))
    return tuple(found)


def _by_name(text: str, side: str, round_: Round, db: Session) -> Registration | None:
    """Return whom a coordinator means: an id from a list, a name or an address; None where it is not clear."""
    choices = _choices(side, round_, db)
    code = text if text in {choice.code for choice in choices} else None
    if code is None:
        named = [c.code for c in choices if text.casefold() in {word.casefold() for word in c.also}]
        code = named[0] if len(named) == 1 else None if named else read_choice(choices, text)
    return db.get(Registration, int(code)) if code else None


def _proposed(round_: Round, db: Session) -> list[Match]:
    query = select(Match).where(Match.round_id == round_.id, Match.state == "proposed")
    return list(db.exec(query.order_by(col(Match.mentee_id), col(Match.mentor_id))).all())


def _rules(round_: Round, db: Session) -> list[PairRule]:
    return list(db.exec(select(PairRule).where(PairRule.round_id == round_.id, PairRule.kind == LOCK)).all())


def _without(round_: Round, db: Session) -> list[Registration]:
    query = select(Match).where(Match.round_id == round_.id, col(Match.state).in_((*sides.LIVE, "proposed")))
    have = {number for match in db.exec(query).all() for number in (match.mentor_id, match.mentee_id)}
    return [mine for mine in reports.registered(round_, db) if mine.waiting and mine.id not in have]


def _told_without(round_: Round, db: Session, now: datetime) -> list[Send]:
    """Tell those without a match so, with what would change it."""
    desk = desk_of(round_, db)
    solution = desk.solve()
    sends = []
    for mine in _without(round_, db):
        person = sides.person_of(mine, db)
        if person.state != people.ACTIVE:
            continue
        roles = desk.programme.sides(mine.answers)
        why = [line for side in roles for line in _would_change(mine, side, desk, solution)]
        text = words.NO_MATCH.format(round=round_.name)
        if why:
            text += "\n\n" + words.WOULD_CHANGE + "".join(f"\n• {line}" for line in why)
        buttons = (Button(words.CHANGE, "change", str(mine.id)), Button(words.WHERE_I_STAND, "home"))
        sends.append(people.send(person, Card(title=words.NO_MATCH_TITLE, text=text, buttons=buttons)))
    del now
    return sends


def _label(match: Match, db: Session) -> str:
    mentor, mentee = sides.both(match, db)
    return f"{mentor.person.name} → {mentee.person.name}"


def _available(mine: Registration, db: Session) -> bool:
    person = sides.person_of(mine, db)
    return person.state == people.ACTIVE and person.resume_due_at is None


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


def _would_change(mine: Registration, side: Side, desk: Desk, solution: Solution) -> list[str]:
    """Return in sentences which hard rules hold back people that would do otherwise."""
    programme = desk.programme
    key = str(mine.id)
    if key not in {member.key for member in (desk.mentors if side == MENTOR else desk.mentees)}:
        return []
    why = why_not(programme.match, programme.question_infos, key, side, desk.mentors, desk.mentees, solution)
    texts = {rule.name: rule.without for rule in programme.match.require}
    role = programme.roles[MENTEE if side == MENTOR else MENTOR]
    return [
        texts[relax.rule].format(
            least=relax.least, most=relax.most, people=words.count(relax.extra, role.name, role.plural)
        )
        for relax in why.relax
        if texts[relax.rule]
    ]


def _not_now(round_: Round, person: Person) -> list[Send]:
    text = words.NOT_NOW.get(round_.state, words.ROUND_MOVED_ON)
    buttons = (Button(words.BACK_TO_ROUND, "round", str(round_.id)),)
    return [people.send(person, Card(title=round_.name, text=text, buttons=buttons))]
