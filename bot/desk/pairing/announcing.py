"""Telling people their matches, on a coordinator's word; and kindly those who have none, with what would change it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from bot.chat import grammar
from bot.chat.cards import Button, Card, Send
from bot.chat.events import Pressed
from bot.desk import endings, importing, reports, words
from bot.desk.pairing import pairs, proposals
from bot.desk.pairing.tables import Proposal
from bot.groups import forming, matches, stages, views
from bot.groups.tables import Group, GroupMember
from bot.groups.views import View
from bot.matching import Impossible, Relax, Solution, why_not
from bot.meetings import kept
from bot.people import coordinators, persons, rounds
from bot.people.coordinators import TheirRound
from bot.people.tables import Person, Registration, Round
from bot.people.words import CHANGE, WHERE_I_STAND
from bot.programme.house import programme_of
from bot.programme.questions import MENTEE, MENTOR, Role


def unmatched(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Name the people without a match, and say what would change it."""
    del event, now
    round_ = about.round
    desk = proposals.desk_of(round_, db)
    without = proposals.without(desk, pairs.proposed(round_, db))
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
    """A round that somebody coordinates, with what is proposed for it, and its people as the solver sees them."""

    listed: Sequence[Proposal]
    desk: proposals.Desk


def their_proposals(person: Person, event: Pressed, db: Session, now: datetime) -> Proposed | list[Send]:
    """Return the round that this person coordinates with what is proposed for it, or say who does that."""
    about = coordinators.their_round(person, event, db, now)
    if isinstance(about, list):
        return about
    return Proposed(person, about.round, pairs.proposed(about.round, db), proposals.desk_of(about.round, db))


def can_announce(about: Proposed, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Say why nothing can be announced now, or show the proposals anew if those before do not stand any more."""
    if too_early := proposals.can_match(about, event, db, now):
        return too_early
    if not about.listed:
        return proposals.not_now(about)
    if proposals.outdated(about.desk, about.listed):
        return [persons.send(about.person, proposals.solved(about.round, db, words.PROPOSALS_OUTDATED))]
    return None


def announce(event: Pressed, about: Proposed, db: Session, now: datetime) -> list[Send]:
    """Show what announcing would send out, and ask."""
    del event, now
    round_, proposed = about.round, about.listed
    told = {number for each in proposed for number in each.pair}
    without = _to_tell(about.desk, db, proposed) if round_.state == "closed" else []
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
    first_time = round_.state == "closed"
    round_.state, round_.announced_at = "announced", now
    round_.end_due_at = endings.longest(round_, db, now)
    groups, joined = _grouped(round_, about.listed, db, now)
    pairs.drop(round_, db)
    by_person: dict[tuple[int, str], list[View]] = {}
    for view in [*(view for group in groups for view in views.everybody(group, db)), *joined]:
        view.mine.waiting = False
        by_person.setdefault((view.mine.id, view.side), []).append(view)
    sends = [send for listed in by_person.values() for send in matches.announced(listed, db)]
    sends += [send for view in joined for send in forming.joined(view, db, now)]
    sends += [send for group in groups for send in stages.begin(group, db, now)]
    sends += rounds.moment("announced", round_, db, now)
    if first_time:
        sends += _told_without(round_, about.desk.announced(about.listed), db)
    coordinators.note(about.person, "announced matches", f"round {round_.id}", db, now)
    people = len({number for number, _ in by_person})
    text = grammar.say(words.ANNOUNCED, pairs=len(about.listed), people=people)
    buttons = (Button(words.FOLLOW_UP, "follow_up", str(round_.id)),)
    done = persons.send(about.person, Card(title=words.ANNOUNCED_DONE, text=text, buttons=buttons), replaces=event.card)
    return [*sends, done]


def _grouped(round_: Round, listed: Sequence[Proposal], db: Session, now: datetime) -> tuple[list[Group], list[View]]:
    """Make groups of what was proposed; return them, and the views of those who joined a group that was there."""
    around = programme_of(round_, db).around
    circles: dict[int, list[Proposal]] = {}
    for number, each in enumerate(listed):
        circles.setdefault(each.on(around) if around else -number, []).append(each)
    there = _there(round_, around, db, now) if around else {}
    joined = [
        forming.join(there[centre], each, db)
        for centre in sorted(circles.keys() & there.keys())
        for each in _people(circles[centre], around)[1:]
    ]
    new = [_people(found, around) for centre, found in circles.items() if centre not in there]
    return forming.form(round_, new, db, now), joined


def _there(round_: Round, around: Role, db: Session, now: datetime) -> dict[int, Group]:
    """Return the groups of a round that somebody can join, by whom they are around; not while they meet."""
    live = [
        group
        for group in views.of_round(round_, db, "live")
        if stages.can_join(group, db) and all(meeting.starts_at > now for meeting in kept.open_of(group, db))
    ]
    return {view.mine.id: group for group in live for view in views.everybody(group, db) if view.side == around}


def _people(listed: Sequence[Proposal], around: Role | None) -> list[GroupMember]:
    """Return the people of matches who make one group: whom it is around first, or else the mentor."""
    centre = around or MENTOR
    side = views.across(centre)
    others = [
        GroupMember(
            registration_id=each.on(side), side=side, reasons=each.reasons, score=each.score, origin=each.origin
        )
        for each in listed
    ]
    return [GroupMember(registration_id=listed[0].on(centre), side=centre), *others]


def _told_without(round_: Round, desk: proposals.Desk, db: Session) -> list[Send]:
    """Tell those without a match so, with what would change it."""
    solution = _solution(desk)
    sends = []
    for mine in _to_tell(desk, db):
        person = persons.of(mine, db)
        roles = desk.programme.roles_of(mine.answers)
        why = [line for side in roles for line in _would_change(mine, side, desk, solution)] if solution else []
        text = words.NO_MATCH.format(round=round_.name)
        if why:
            text += "\n\n" + words.WOULD_CHANGE + "".join(f"\n• {line}" for line in why)
        buttons = (Button(CHANGE, "change", str(mine.id)), Button(WHERE_I_STAND, "home"))
        sends.append(persons.send(person, Card(title=words.NO_MATCH_TITLE, text=text, buttons=buttons)))
    return sends


def _to_tell(desk: proposals.Desk, db: Session, listed: Sequence[Proposal] = ()) -> list[Registration]:
    """Return those without a match, but for people on a break: nobody was sought for them, and they hear when back."""
    return [mine for mine in proposals.without(desk, listed) if proposals.available(mine, db)]


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
