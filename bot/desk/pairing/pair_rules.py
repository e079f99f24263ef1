"""A coordinator's word on single pairs: keep one, forbid one, add one; each shows what it does to the result."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from bot.chat import grammar
from bot.chat.cards import Button, Card, Choice, Field, File, Send
from bot.chat.events import Pressed
from bot.chat.flows import read_choice
from bot.desk import follow_up, naming, reports, words
from bot.desk.pairing import proposals
from bot.groups import matches, sides
from bot.groups.tables import Match, PairRule
from bot.people import coordinators, persons
from bot.people.coordinators import round_of
from bot.people.tables import Person, Registration, Round
from bot.people.words import BACK_TO_ROUND
from bot.programme.house import programme_of
from bot.programme.questions import MENTEE, MENTOR

PAGE = 20


def listed(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Show the proposed pairs, a page at a time, to keep or forbid one; the whole list goes with it as a file."""
    person = persons.sender(event.who, db, now)
    number, _, page = event.value.partition(":")
    round_ = round_of(person, number, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    coordinators.note(person, "looked at the proposed pairs", f"round {round_.id}", db, now)
    return [persons.send(person, _pairs_card(round_, int(page) if page.isdecimal() else 0, db))]


def pair_rule(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Keep or forbid the chosen pair, or set it free again, and solve again."""
    person = persons.sender(event.who, db, now)
    number, _, kind = event.value.partition(":")
    round_ = round_of(person, number, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    chosen = event.fields.get("pair", "")
    sides.registered(round_, db)  # all at once, and not pair by pair
    listed = proposals.proposed(round_, db)
    labels = tuple(Choice(str(m.id), _label(m, db)) for m in listed)
    code = read_choice(labels, chosen if isinstance(chosen, str) else "")
    match = next((m for m in listed if str(m.id) == code), None)
    if match is None:
        return [persons.send(person, _pairs_card(round_, 0, db, words.WHICH_PAIR))]
    return _rule(round_, (match.mentor_id, match.mentee_id), kind, person, db, now)


def pair_by_name(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Keep, forbid, free or add a pair that was typed by name: "lock Ada with Grace"."""
    person = persons.sender(event.who, db, now)
    query = select(Round).where(Round.network_id == person.network_id, col(Round.state).not_in(("draft", "ended")))
    to_match = col(Round.state).in_(("closed", "announced"))  # those first: only there can a pair be ruled on
    round_ = db.exec(query.order_by(to_match.desc(), col(Round.id).desc())).first()
    if not person.coordinator or round_ is None:
        return coordinators.denied(person, db, now)
    if round_.state not in {"closed", "announced"}:
        return proposals.not_now(round_, person)
    found = [_by_name(str(event.fields[side]), side, round_, db) for side in (MENTOR, MENTEE)]
    if found[0] is None or found[1] is None:
        missing = str(event.fields[MENTOR if found[0] is None else MENTEE])
        text = words.WHO_IS_THAT.format(text=grammar.cut(missing, 60))
        return [persons.send(person, Card(text=text, buttons=(Button(BACK_TO_ROUND, "round", str(round_.id)),)))]
    kind = {"lock": proposals.LOCK, "add": proposals.LOCK, "forbid": proposals.FORBID, "free": "free"}[
        str(event.fields["kind"]).lower()
    ]
    return _rule(round_, (found[0].id, found[1].id), kind, person, db, now)


def add_pair(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Add the pair of two people chosen from lists, or ask for them."""
    person = persons.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    chosen = [event.fields.get(side, "") for side in (MENTOR, MENTEE)]
    found = [
        _by_name(text, side, round_, db) if isinstance(text, str) and text else None
        for text, side in zip(chosen, (MENTOR, MENTEE), strict=True)
    ]
    if found[0] is None or found[1] is None:
        return [persons.send(person, _add_card(round_, db))]
    return _rule(round_, (found[0].id, found[1].id), proposals.LOCK, person, db, now)


def _rule(round_: Round, pair: tuple[int, int], kind: str, person: Person, db: Session, now: datetime) -> list[Send]:
    mentor_id, mentee_id = pair
    if round_.state not in {"closed", "announced"}:
        return proposals.not_now(round_, person)
    if kind == proposals.LOCK and (note := _cannot_lock(round_, mentor_id, mentee_id, db)):
        buttons = (
            Button(words.ADD_PAIR, "add_pair", str(round_.id)),
            Button(BACK_TO_ROUND, "round", str(round_.id)),
        )
        return [persons.send(person, Card(title=words.PREVIEW, text=note, buttons=buttons))]
    desk = proposals.desk_of(round_, db)
    before = proposals.figures(round_, desk, db)
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
    return [persons.send(person, proposals.solved(round_, db, now, words.RULE_SET[kind], before))]


def _cannot_lock(round_: Round, mentor_id: int, mentee_id: int, db: Session) -> str:
    programme = programme_of(round_, db)
    listed = [mine for mine in sides.registered(round_, db) if mine.id in {mentor_id, mentee_id}]
    mentors, mentees = reports.members(round_, listed, db, private=False)
    mentor = next((m for m in mentors if m.key == str(mentor_id)), None)
    mentee = next((m for m in mentees if m.key == str(mentee_id)), None)
    if mentor is None or mentee is None or mentor_id == mentee_id:
        return words.NOT_THEIR_ROLE
    if not proposals.allowed(programme, mentor, mentee):
        return words.AGAINST_THE_RULES
    before = select(Match.state).where(Match.mentor_id == mentor_id, Match.mentee_id == mentee_id)
    if db.exec(before).first() == "ended":
        return words.ENDED_BEFORE
    for member, column in ((mentor, "mentor_id"), (mentee, "mentee_id")):
        locks = select(PairRule).where(getattr(PairRule, column) == int(member.key), PairRule.kind == proposals.LOCK)
        others = {(rule.mentor_id, rule.mentee_id) for rule in db.exec(locks).all()}
        live = select(Match).where(getattr(Match, column) == int(member.key), col(Match.state).in_(sides.LIVE))
        others |= {(match.mentor_id, match.mentee_id) for match in db.exec(live).all()}
        if len(others - {(mentor_id, mentee_id)}) >= member.capacity:
            return words.NO_PLACE_LEFT
    return ""


def _pairs_card(round_: Round, page: int, db: Session, note: str = "") -> Card:
    sides.registered(round_, db)  # all at once, and not pair by pair
    listed = proposals.proposed(round_, db)
    shown = listed[page * PAGE : (page + 1) * PAGE]
    number = str(round_.id)
    if not shown:
        return Card(title=words.SEE_PAIRS, text=words.NO_PAIRS, buttons=(Button(BACK_TO_ROUND, "round", number),))
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
        Button(words.KEEP_PAIR, "pair_rule", f"{number}:{proposals.LOCK}"),
        Button(words.FORBID_PAIR, "pair_rule", f"{number}:{proposals.FORBID}"),
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
    return follow_up.as_csv(rows)


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
    listed = [mine for mine in sides.registered(round_, db) if side in programme.sides(mine.answers)]
    return naming.choices(listed, programme, db)


def _by_name(text: str, side: str, round_: Round, db: Session) -> Registration | None:
    return naming.meant(text, _choices(side, round_, db), db)


def _rules(round_: Round, db: Session) -> list[PairRule]:
    return list(db.exec(select(PairRule).where(PairRule.round_id == round_.id, PairRule.kind == proposals.LOCK)).all())


def _label(match: Match, db: Session) -> str:
    mentor, mentee = sides.both(match, db)
    return f"{mentor.person.name} → {mentee.person.name}"
