"""Telling people their matches, on a coordinator's word; and kindly those who have none, with what would change it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from bot.chat import grammar
from bot.chat.cards import Button, Card, Send
from bot.chat.events import Pressed
from bot.desk import endings, importing, reports, words
from bot.desk.pairing import proposals
from bot.groups import matches, sides
from bot.groups.sides import Side as Seen
from bot.groups.tables import Match
from bot.matching import Impossible, Relax, Solution, why_not
from bot.people import coordinators, persons
from bot.people.coordinators import TheirRound
from bot.people.tables import Person, Registration, Round
from bot.people.words import CHANGE, WHERE_I_STAND
from bot.programme.house import house
from bot.programme.questions import MENTEE, MENTOR, Role


def unmatched(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Name the people without a match, and say what would change it."""
    del event, now
    round_ = about.round
    without = proposals.without(round_, db)
    desk = proposals.desk_of(round_, db)
    solution = _solution(desk) if without else None
    lines = []
    for mine in without[: reports.NAMES]:
        why = [
            line for side in desk.programme.roles_of(mine.answers) for line in _held_back(mine, side, desk, solution)
        ]
        lines.append(" – ".join([f"• {reports.registration_name(mine, desk.programme, db)}", *why]))
    if len(without) > reports.NAMES:
        lines.append(words.AND_MORE.format(count=len(without) - reports.NAMES))
    text = "\n".join(lines) if lines else words.EVERYBODY_MATCHED
    buttons = (coordinators.back_to(round_),)
    return [persons.send(about.person, Card(title=words.UNMATCHED, text=text, buttons=buttons))]


@dataclass(frozen=True, slots=True)
class Proposed(TheirRound):
    """A round that somebody coordinates, with what is proposed for it."""

    matches: Sequence[Match]


def their_proposals(person: Person, event: Pressed, db: Session, now: datetime) -> Proposed | list[Send]:
    """Return the round that this person coordinates with what is proposed for it, or say who does that."""
    about = coordinators.their_round(person, event, db, now)
    return about if isinstance(about, list) else Proposed(person, about.round, proposals.proposed(about.round, db))


def can_announce(about: Proposed, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Say why nothing can be announced now, or show the proposals anew if those before do not stand any more."""
    if too_early := proposals.can_match(about, event, db, now):
        return too_early
    if not about.matches:
        return proposals.not_now(about)
    if proposals.outdated(about.round, db):
        return [persons.send(about.person, proposals.solved(about.round, db, words.PROPOSALS_OUTDATED))]
    return None


def announce(event: Pressed, about: Proposed, db: Session, now: datetime) -> list[Send]:
    """Show what announcing would send out, and ask."""
    del event, now
    round_, proposed = about.round, about.matches
    told = {number for match in proposed for number in (match.mentor_id, match.mentee_id)}
    without = _to_tell(round_, db) if round_.state == "closed" else []
    text = grammar.say(
        words.ANNOUNCE_SURE_WITHOUT if without else words.ANNOUNCE_SURE,
        pairs=len(proposed),
        people=len(told),
        without=len(without),
    )
    if missing := importing.unclaimed(round_, db):
        text += "\n\n" + grammar.say(words.ANNOUNCE_UNCLAIMED, people=missing)
    buttons = (
        Button(words.ANNOUNCE_SURELY, "announce_surely", str(round_.id), also=("yes",)),
        Button(words.NOT_YET_ANNOUNCE, "round", str(round_.id), also=("no",)),
    )
    return [persons.send(about.person, Card(title=words.ANNOUNCE, text=text, buttons=buttons))]


def announce_surely(event: Pressed, about: Proposed, db: Session, now: datetime) -> list[Send]:
    """Tell everybody their matches, and those without one so, kindly."""
    round_ = about.round
    proposed = about.matches
    first_time = round_.state == "closed"
    round_.state, round_.announced_at = "announced", now
    round_.end_due_at = endings.longest(round_, db, now)
    by_person: dict[tuple[int, str], list[Seen]] = {}
    for match in proposed:
        match.state, match.announced_at = "announced", now
        for side in sides.both(match, db):
            side.mine.waiting = False
            by_person.setdefault((side.mine.id, side.role), []).append(side)
    sends = [send for listed in by_person.values() for send in matches.announced(listed, db)]
    sends += [send for part in house(db).parts for send in part.announced(proposed, db, now)]
    if first_time:
        sends += _told_without(round_, db)
    coordinators.note(about.person, "announced matches", f"round {round_.id}", db, now)
    text = grammar.say(words.ANNOUNCED, pairs=len(proposed), people=len({number for number, _ in by_person}))
    buttons = (Button(words.FOLLOW_UP, "follow_up", str(round_.id)),)
    done = persons.send(about.person, Card(title=words.ANNOUNCED_DONE, text=text, buttons=buttons), replaces=event.card)
    return [*sends, done]


def _told_without(round_: Round, db: Session) -> list[Send]:
    """Tell those without a match so, with what would change it."""
    desk = proposals.desk_of(round_, db)
    solution = _solution(desk)
    sends = []
    for mine in _to_tell(round_, db):
        person = sides.person_of(mine, db)
        roles = desk.programme.roles_of(mine.answers)
        why = [line for side in roles for line in _would_change(mine, side, desk, solution)] if solution else []
        text = words.NO_MATCH.format(round=round_.name)
        if why:
            text += "\n\n" + words.WOULD_CHANGE + "".join(f"\n• {line}" for line in why)
        buttons = (Button(CHANGE, "change", str(mine.id)), Button(WHERE_I_STAND, "home"))
        sends.append(persons.send(person, Card(title=words.NO_MATCH_TITLE, text=text, buttons=buttons)))
    return sends


def _to_tell(round_: Round, db: Session) -> list[Registration]:
    """Return those without a match, but for people on a break: nobody was sought for them, and they hear when back."""
    return [mine for mine in proposals.without(round_, db) if proposals.available(mine, db)]


def _solution(desk: proposals.Desk) -> Solution | None:
    try:
        return desk.solve()
    except Impossible:  # kept pairs that cannot all stand; the preview says so
        return None


def _held_back(mine: Registration, role: Role, desk: proposals.Desk, solution: Solution | None) -> list[str]:
    """Return, for a coordinator, which hard rules hold back people that would do otherwise."""
    name = desk.programme.roles[role].name
    found = _relaxed(mine, role, desk, solution) if solution else []
    return [words.HELD_BACK.format(role=name, rule=relax.rule.replace("_", " "), count=relax.extra) for relax in found]


def _would_change(mine: Registration, own: Role, desk: proposals.Desk, solution: Solution) -> list[str]:
    """Return in sentences, for the person themselves, which hard rules hold back people that would do otherwise."""
    programme = desk.programme
    texts = {rule.name: rule.without for rule in programme.match.require}
    role = programme.roles[MENTEE if own == MENTOR else MENTOR]
    return [
        texts[relax.rule].format(
            least=relax.least, most=relax.most, people=grammar.count(relax.extra, role.name, role.plural)
        )
        for relax in _relaxed(mine, own, desk, solution)
        if texts[relax.rule]
    ]


def _relaxed(mine: Registration, role: Role, desk: proposals.Desk, solution: Solution) -> tuple[Relax, ...]:
    programme, key = desk.programme, str(mine.id)
    if key not in {member.key for member in (desk.mentors if role == MENTOR else desk.mentees)}:
        return ()
    why = why_not(programme.match, programme.question_infos, key, role, desk.mentors, desk.mentees, solution)
    return why.relax
