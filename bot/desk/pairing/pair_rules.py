"""A coordinator's word on single pairs: keep one, forbid one, add one; each shows what it does to the result."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from bot.chat import grammar
from bot.chat.cards import Button, Card, Choice, Field, File, Send
from bot.chat.events import Pressed
from bot.chat.flows import read_choice
from bot.desk import naming, reports, words
from bot.desk.pairing import pairs, proposals
from bot.desk.pairing.tables import PairRule, Proposal
from bot.groups import matches
from bot.matching.files import as_csv
from bot.people import coordinators, persons, rounds
from bot.people.coordinators import TheirRound
from bot.people.tables import Person, Registration, Round
from bot.programme.house import programme_of
from bot.programme.questions import MENTEE, MENTOR

PAGE = 20


@dataclass(frozen=True, slots=True)
class TheirPair(TheirRound):
    """A mentor and a mentee of a round, with the coordinator who says whether they are to be a pair."""

    mentor_id: int
    mentee_id: int


def listed(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Show the proposed pairs, a page at a time, to keep or forbid one; the whole list goes with it as a file."""
    _, _, page = event.value.partition(":")
    coordinators.note(about.person, "looked at the proposed pairs", f"round {about.round.id}", db, now)
    return [persons.send(about.person, _pairs_card(about.round, int(page) if page.isdecimal() else 0, db))]


def chosen(person: Person, event: Pressed, db: Session, now: datetime) -> TheirPair | list[Send]:
    """Return the pair that was chosen from the proposed ones, or ask which."""
    about = coordinators.their_round(person, event, db, now)
    if isinstance(about, list):
        return about
    said = event.fields.get("pair", "")
    rounds.registered(about.round, db)  # all at once, and not pair by pair
    listed = pairs.proposed(about.round, db)
    labels = tuple(Choice(str(m.id), _label(m, db)) for m in listed)
    code = read_choice(labels, said if isinstance(said, str) else "")
    found = next((each for each in listed if str(each.id) == code), None)
    if found is None:
        return [persons.send(person, _pairs_card(about.round, 0, db, words.WHICH_PAIR))]
    return TheirPair(person, about.round, *found.pair)


def put_together(person: Person, event: Pressed, db: Session, now: datetime) -> TheirPair | list[Send]:
    """Return the pair of two people chosen from lists, or ask for them."""
    about = coordinators.their_round(person, event, db, now)
    if isinstance(about, list):
        return about
    said = {side: event.fields.get(side, "") for side in (MENTOR, MENTEE)}
    found = [
        _by_name(text, side, about.round, db) if isinstance(text, str) and text else None for side, text in said.items()
    ]
    if found[0] is None or found[1] is None:
        return [persons.send(person, _add_card(about.round, db))]
    return TheirPair(person, about.round, found[0].id, found[1].id)


def to_match(person: Person, event: Pressed, db: Session, now: datetime) -> TheirRound | list[Send]:
    """Return the round that a coordinator means who names none: the newest to match, or else the newest there is."""
    del event
    query = select(Round).where(Round.network_id == person.network_id, col(Round.state).not_in(("draft", "ended")))
    first = col(Round.state).in_(("closed", "announced"))  # only there can a pair be ruled on
    round_ = db.exec(query.order_by(first.desc(), col(Round.id).desc())).first()
    if not person.coordinator or round_ is None:
        return coordinators.denied(person, db, now)
    return TheirRound(person, round_)


def pair_rule(event: Pressed, about: TheirPair, db: Session, now: datetime) -> list[Send]:
    """Keep or forbid the chosen pair, or set it free again, and solve again."""
    _, _, kind = event.value.partition(":")
    return _rule(about, kind, db, now)


def add_pair(event: Pressed, about: TheirPair, db: Session, now: datetime) -> list[Send]:
    """Add the pair of two people, and solve again."""
    del event
    return _rule(about, proposals.LOCK, db, now)


def pair_by_name(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Keep, forbid, free or add a pair that was typed by name: "lock Ada with Grace"."""
    person, round_ = about.person, about.round
    found = [_by_name(str(event.fields[side]), side, round_, db) for side in (MENTOR, MENTEE)]
    if found[0] is None or found[1] is None:
        missing = str(event.fields[MENTOR if found[0] is None else MENTEE])
        text = words.WHO_IS_THAT.format(text=grammar.cut(missing, 60))
        return [persons.send(person, Card(text=text, buttons=(coordinators.back_to(round_),)))]
    kind = {"lock": proposals.LOCK, "add": proposals.LOCK, "forbid": proposals.FORBID, "free": "free"}[
        str(event.fields["kind"]).lower()
    ]
    return _rule(TheirPair(person, round_, found[0].id, found[1].id), kind, db, now)


def _rule(about: TheirPair, kind: str, db: Session, now: datetime) -> list[Send]:
    """Do what a coordinator said of a pair, and solve again, unless the pair cannot be kept."""
    person, round_, mentor_id, mentee_id = about.person, about.round, about.mentor_id, about.mentee_id
    if kind == proposals.LOCK and (note := _cannot_lock(round_, mentor_id, mentee_id, db)):
        buttons = (
            Button(words.ADD_PAIR, "add_pair", str(round_.id)),
            coordinators.back_to(round_),
        )
        return [persons.send(person, Card(title=words.PREVIEW, text=note, buttons=buttons))]
    before = proposals.figures(proposals.desk_of(round_, db), pairs.proposed(round_, db))
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
    return [persons.send(person, proposals.solved(round_, db, words.RULE_SET[kind], before))]


def _cannot_lock(round_: Round, mentor_id: int, mentee_id: int, db: Session) -> str:
    programme = programme_of(round_, db)
    listed = [mine for mine in rounds.registered(round_, db) if mine.id in {mentor_id, mentee_id}]
    mentors, mentees = reports.members(round_, listed, db, private=False)
    mentor = next((m for m in mentors if m.key == str(mentor_id)), None)
    mentee = next((m for m in mentees if m.key == str(mentee_id)), None)
    if mentor is None or mentee is None or mentor_id == mentee_id:
        return words.NOT_THEIR_ROLE
    if not proposals.allowed(programme, mentor, mentee):
        return words.AGAINST_THE_RULES
    known = pairs.together(round_, db)
    if (mentor_id, mentee_id) in known.before:
        return words.ENDED_BEFORE
    taken = known.now | {rule.pair for rule in _locks(round_, db)}
    for at, member in enumerate((mentor, mentee)):
        others = {pair for pair in taken - {(mentor_id, mentee_id)} if pair[at] == int(member.key)}
        if len(others) >= member.capacity:
            return words.NO_PLACE_LEFT
    return ""


def _pairs_card(round_: Round, page: int, db: Session, note: str = "") -> Card:
    rounds.registered(round_, db)  # all at once, and not pair by pair
    listed = pairs.proposed(round_, db)
    shown = listed[page * PAGE : (page + 1) * PAGE]
    number = str(round_.id)
    if not shown:
        return Card(title=words.SEE_PAIRS, text=words.NO_PAIRS, buttons=(coordinators.back_to(round_),))
    choices = tuple(Choice(str(each.id), _label(each, db)) for each in shown)
    kept = {rule.pair for rule in _locks(round_, db)}
    names = [(_label(each, db), each.pair in kept) for each in shown]
    lines = [f"• {words.PAIR_KEPT.format(pair=pair) if stays else pair}" for pair, stays in names]
    text = (
        words.PAIRS_TEXT.format(first=page * PAGE + 1, last=page * PAGE + len(shown), count=len(listed))
        + "\n"
        + "\n".join(lines)
    )
    buttons = [
        Button(words.KEEP_PAIR, "pair_rule", f"{number}:{proposals.LOCK}"),
        Button(words.FORBID_PAIR, "pair_rule", f"{number}:{proposals.FORBID}"),
        Button(words.FREE_PAIR, "pair_rule", f"{number}:free"),
    ]
    if len(listed) > (page + 1) * PAGE:
        buttons.append(Button(words.NEXT_PAGE, "pairs", f"{number}:{page + 1}"))
    buttons.append(Button(words.BACK_TO_PREVIEW, "preview", number))
    return Card(
        title=words.SEE_PAIRS,
        text=grammar.paragraphs(note, text),
        fields=(Field("pair", words.PAIR, "choice", choices),),
        buttons=tuple(buttons),
        files=(File("pairs.csv", "text/csv", _csv(listed, round_, db)),) if page == 0 else (),
    )


def _csv(listed: Sequence[Proposal], round_: Round, db: Session) -> str:
    programme = programme_of(round_, db)
    rows: list[Sequence[object]] = [("mentor", "mentee", "score", "why")]
    for proposal in listed:
        names = (reports.registration_name(mine, programme, db) for mine in _two(proposal, db))
        rows.append((*names, proposal.score, "; ".join(matches.reasons(programme, MENTEE, proposal.reasons))))
    return as_csv(rows)


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
    listed = [mine for mine in rounds.registered(round_, db) if side in programme.roles_of(mine.answers)]
    return naming.choices(listed, programme, db)


def _by_name(text: str, side: str, round_: Round, db: Session) -> Registration | None:
    return naming.meant(text, _choices(side, round_, db), db)


def _locks(round_: Round, db: Session) -> list[PairRule]:
    return list(db.exec(select(PairRule).where(PairRule.round_id == round_.id, PairRule.kind == proposals.LOCK)).all())


def _label(proposal: Proposal, db: Session) -> str:
    mentor, mentee = (persons.of(mine, db) for mine in _two(proposal, db))
    return f"{mentor.name} → {mentee.name}"


def _two(proposal: Proposal, db: Session) -> tuple[Registration, Registration]:
    mentor, mentee = (db.get_one(Registration, number) for number in proposal.pair)
    return mentor, mentee
