"""What a coordinator sees of a round: counts, who is unfinished, where partners are missing, and the report as CSV.

Private answers, wishes and decisions are in none of it.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, func, select

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import Button, Card, Fact, File, Send
from bot.chat.events import Pressed
from bot.desk import words
from bot.groups import sides
from bot.groups.tables import Match
from bot.matching import Member, shortfalls
from bot.meetings.tables import MentoringSession
from bot.parts.registration.words import NOT_SAID
from bot.parts.series.tables import CheckInAnswer, Pair
from bot.people import coordinators, persons
from bot.people.answers import private_of
from bot.people.coordinators import round_of
from bot.people.tables import Person, Registration, Round
from bot.people.words import BACK_TO_ROUND
from bot.programme.file import MENTEE, MENTOR, SIDES, Programme, Side
from bot.programme.house import house, programme_of

SHOWN = 8
NAMES = 30


def states(round_: Round, db: Session) -> dict[str, int]:
    """Return how many registrations are in each state."""
    query = select(Registration.state, func.count()).where(Registration.round_id == round_.id)
    return dict(db.exec(query.group_by(Registration.state)).all())


def counted(round_: Round, db: Session) -> str:
    """Return in a sentence how many people are registered and unfinished."""
    counts = states(round_, db)
    text = words.COUNTS_UNFINISHED if counts.get("unfinished") else words.COUNTS
    sentence = text.format(
        registered=grammar.count(counts.get("registered", 0), "person is", "people are"),
        unfinished=grammar.count(counts.get("unfinished", 0), "person has", "people have"),
    )
    return grammar.begin(sentence)


def registered(round_: Round, db: Session) -> list[Registration]:
    """Return the complete registrations of a round; their people are read with them, in the same query."""
    query = select(Registration, Person).join(Person).where(Registration.round_id == round_.id)
    query = query.where(Registration.state == "registered").order_by(col(Registration.id))
    found = [mine for mine, _ in db.exec(query).all()]
    sides.have_read(found, db)
    return found


def by_role(round_: Round, db: Session) -> str:
    """Return in words how many people are registered, by role."""
    programme = programme_of(round_, db)
    sides = Counter(side for mine in registered(round_, db) for side in programme.sides(mine.answers))
    total = states(round_, db).get("registered", 0)
    parts = [grammar.count(sides[side], *_names(programme, side)) for side in SIDES]
    return f"{total} ({', '.join(parts)})"


def members(
    round_: Round, registrations: Iterable[Registration], db: Session, *, private: bool
) -> tuple[list[Member], list[Member]]:
    """Return the mentors and mentees of a round as the solver knows them; with `private`, for the solver alone."""
    programme = programme_of(round_, db)
    listed = list(registrations)
    sealed = private_of([mine.id for mine in listed], db) if private else {}
    sides: dict[str, list[Member]] = {MENTOR: [], MENTEE: []}
    for mine in listed:
        answers = {**mine.answers, **sealed.get(mine.id, {})}
        plain = {name: tuple(value) if isinstance(value, list) else value for name, value in answers.items()}
        for side in programme.sides(mine.answers):
            sides[side].append(Member(str(mine.id), plain, programme.places(side, mine.answers)))
    return sides[MENTOR], sides[MENTEE]


def who(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Count the registered people by what the programme counts by."""
    person = persons.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    coordinators.note(person, "looked at the registered people", f"round {round_.id}", db, now)
    programme = programme_of(round_, db)
    facts = []
    for name in programme.report.by:
        counts = Counter(programme.show(name, mine.answers) or NOT_SAID for mine in registered(round_, db))
        choices = programme.labels(name)
        order = {label: number for number, label in enumerate(choices)}
        listed = sorted(counts, key=lambda label: (order.get(label, len(order)), label))
        text = ", ".join(f"{label}: {counts[label]}" for label in listed) or "–"
        facts.append(Fact(programme.questions[name].label, text))
    buttons = (
        Button(words.WHO_UNFINISHED, "unfinished", str(round_.id)),
        Button(words.WHERE_MISSING, "shortage", str(round_.id)),
        Button(words.TAKE_OUT, "take_out", str(round_.id)),
        Button(BACK_TO_ROUND, "round", str(round_.id)),
    )
    file = File("registered.csv", "text/csv", _people_csv(round_, db))
    card = Card(title=words.WHO, text=by_role(round_, db), facts=tuple(facts), buttons=buttons, files=(file,))
    return [persons.send(person, card)]


def unfinished(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Name the people who have begun to register and not finished."""
    person = persons.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    programme = programme_of(round_, db)
    rows = _unfinished(round_, db)
    named = [registration_name(mine, programme, db) for mine in rows]
    text = (
        words.NOBODY_UNFINISHED
        if not rows
        else grammar.begin(words.THESE_UNFINISHED.format(count=grammar.count(len(rows), "person has", "people have")))
    )
    text += "".join(f"\n• {name}" for name in named[:NAMES])
    if len(named) > NAMES:
        text += "\n" + words.AND_MORE.format(count=len(named) - NAMES)
    buttons = [Button(BACK_TO_ROUND, "round", str(round_.id))]
    if rows and round_.state == "open":
        buttons.insert(0, Button(words.REMIND_THEM, "remind_unfinished", str(round_.id)))
    return [persons.send(person, Card(title=words.WHO_UNFINISHED, text=text, buttons=tuple(buttons)))]


def remind_unfinished(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Remind everybody who has not finished, once for each coordinator's press a day."""
    person = persons.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None or round_.state != "open":
        return coordinators.denied(person, db, now)
    zone, calendar = house(db).zone, house(db).calendar
    rows = [mine for mine in _unfinished(round_, db) if mine.state == "unfinished"]
    for mine in rows:
        mine.remind_due_at = times.next_working_moment(now, zone, calendar)
    coordinators.note(person, "reminded unfinished registrations", f"round {round_.id}", db, now)
    text = words.REMINDING.format(count=grammar.count(len(rows), "person", "people"))
    buttons = (Button(BACK_TO_ROUND, "round", str(round_.id)),)
    return [persons.send(person, Card(text=text, buttons=buttons), replaces=event.card)]


def shortage(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Say where partners are missing, so that a coordinator knows whom to ask."""
    person = persons.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    lines = shortage_lines(round_, db)
    text = shortage_title(round_, db) + "\n" + "\n".join(lines[:SHOWN]) if lines else words.NO_SHORTAGE
    if len(lines) > SHOWN:
        text += "\n" + words.AND_MORE.format(count=len(lines) - SHOWN)
    buttons = (
        Button(words.INVITATION_TITLE, "invitation", str(round_.id)),
        Button(BACK_TO_ROUND, "round", str(round_.id)),
    )
    return [persons.send(person, Card(title=words.WHERE_MISSING, text=text, buttons=buttons))]


def shortage_title(round_: Round, db: Session) -> str:
    """Return the sentence above those lines."""
    return words.SHORTAGE.format(mentors=programme_of(round_, db).roles["mentor"].plural)


def shortage_lines(round_: Round, db: Session) -> list[str]:
    """Return the groups of mentees with few possible mentors, in words, the worst first."""
    programme = programme_of(round_, db)
    mentors, mentees = members(round_, registered(round_, db), db, private=False)
    found = shortfalls(programme.match, programme.question_infos, mentors, mentees, programme.report.shortage_by)
    return [
        "• "
        + words.SHORT_LINE.format(
            group=" · ".join(programme.show(name, {name: code}) for name, code in short.group.items()),
            mentees=grammar.count(short.mentees, *_names(programme, MENTEE)),
            mentors=grammar.count(short.possible_mentors, *_names(programme, MENTOR)),
        )
        for short in found
    ]


def follow_up(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Show how an announced round is going."""
    person = persons.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    facts = tuple(Fact(grammar.begin(label), str(number)) for label, number in funnel(round_, db).items())
    buttons = (
        Button(words.REPORT, "report", str(round_.id)),
        Button(words.UNMATCHED, "unmatched", str(round_.id)),
        Button(words.FILL_WAITING, "preview", str(round_.id)),
        Button(words.TAKE_OUT, "take_out", str(round_.id)),
        Button(BACK_TO_ROUND, "round", str(round_.id)),
    )
    text = words.FOLLOW_UP_TEXT
    silent = [" and ".join(side.person.name for side in sides.both(match, db)) for match in _silent(round_, db)]
    if silent:
        text += "\n\n" + words.SILENT_PAIRS + "".join(f"\n• {names}" for names in silent[:NAMES])
    unreachable = _unreachable(round_, db)
    if unreachable:
        text += "\n\n" + words.UNREACHABLE + "".join(f"\n• {name}" for name in unreachable[:NAMES])
    return [persons.send(person, Card(title=words.FOLLOW_UP, text=text, facts=facts, buttons=buttons))]


def report(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Give the report of a round as CSV files: totals, people, and pairs."""
    person = persons.sender(event.who, db, now)
    round_ = round_of(person, event.value, db)
    if round_ is None:
        return coordinators.denied(person, db, now)
    coordinators.note(person, "downloaded the report", f"round {round_.id}", db, now)
    files = (
        File("totals.csv", "text/csv", as_csv([("what", "how many"), *funnel(round_, db).items()])),
        File("people.csv", "text/csv", _people_csv(round_, db)),
        File("pairs.csv", "text/csv", _pairs_csv(round_, db)),
    )
    buttons = (Button(BACK_TO_ROUND, "round", str(round_.id)),)
    return [persons.send(person, Card(title=words.REPORT, text=words.REPORT_TEXT, files=files, buttons=buttons))]


def funnel(round_: Round, db: Session) -> dict[str, int]:
    """Return the figures of a round in the order of the journey."""
    programme = programme_of(round_, db)
    rows = db.exec(select(Match).where(Match.round_id == round_.id, Match.state != "proposed")).all()
    live = [match for match in rows if match.state in sides.LIVE]
    everybody = registered(round_, db)
    matched = {side: {getattr(match, f"{side}_id") for match in rows} for side in SIDES}
    held = set(_matches_with(round_, db, "held"))
    pairs = db.exec(select(Pair).join(Match).where(Match.round_id == round_.id)).all()
    now_matched = {number for match in live for number in (match.mentor_id, match.mentee_id)}
    figures = {
        words.FIGURE_REGISTERED: len(everybody),
        words.FIGURE_MATCHED.format(who=programme.roles["mentee"].plural): len(matched[MENTEE]),
        words.FIGURE_MATCHED.format(who=programme.roles["mentor"].plural): len(matched[MENTOR]),
        words.FIGURE_PAIRS: len(rows),
        words.FIGURE_UNMATCHED: sum(mine.waiting and mine.id not in now_matched for mine in everybody),
        words.FIGURE_SUGGESTED: _sessions(round_, db, "suggested"),
        words.FIGURE_BOOKED: _sessions(round_, db, "booked"),
        words.FIGURE_HELD: len(held),
        words.FIGURE_MISSED: _sessions(round_, db, "missed"),
        words.FIGURE_GOING_ON: sum(pair.state == "active" for pair in pairs),
        words.FIGURE_SILENT: len(_silent(round_, db)),
        words.FIGURE_ENDED: sum(pair.state == "ended" for pair in pairs),
    }
    answered = select(func.count()).select_from(CheckInAnswer).join(Pair).join(Match).where(Match.round_id == round_.id)
    figures[words.FIGURE_CHECK_INS] = db.exec(answered).one()
    return figures


def registration_name(mine: Registration, programme: Programme, db: Session) -> str:
    """Return how a coordinator recognises somebody: name, roles, and what the programme counts by."""
    person = db.get(Person, mine.person_id)
    name = (person.name if person else "") or words.NO_NAME_YET
    shown = [programme.show(question, mine.answers) for question in programme.report.by]
    return " · ".join([name, *(text for text in shown if text)])


def _unfinished(round_: Round, db: Session) -> list[Registration]:
    query = select(Registration).where(Registration.round_id == round_.id, Registration.state == "unfinished")
    return list(db.exec(query.order_by(col(Registration.id))).all())


def _names(programme: Programme, side: Side) -> tuple[str, str]:
    role = programme.roles[side]
    return role.name, role.plural


def _sessions(round_: Round, db: Session, state: str) -> int:
    query = select(func.count()).select_from(MentoringSession).join(Match)
    return db.exec(query.where(Match.round_id == round_.id, MentoringSession.state == state)).one()


def _matches_with(round_: Round, db: Session, state: str) -> list[int]:
    query = select(MentoringSession.match_id).join(Match)
    return list(db.exec(query.where(Match.round_id == round_.id, MentoringSession.state == state)).all())


def _silent(round_: Round, db: Session) -> list[Match]:
    query = select(Match).join(Pair).where(Match.round_id == round_.id, Pair.state == "active", Pair.silent >= 2)  # noqa: PLR2004
    return list(db.exec(query).all())


def _unreachable(round_: Round, db: Session) -> list[str]:
    query = select(Person.name).join(Registration).where(Registration.round_id == round_.id, Person.reachable == False)  # noqa: E712
    return [name or words.NO_NAME_YET for name in db.exec(query).all()]


def _people_csv(round_: Round, db: Session) -> str:
    programme = programme_of(round_, db)
    open_ = [q for q in programme.question if not q.private and q.kind != "consent"]
    named = programme.of_kind("name")
    rows: list[tuple[object, ...]] = [("state", "matches", *(question.label for question in open_))]
    live = select(Match).where(Match.round_id == round_.id, col(Match.state).in_(sides.LIVE))
    matches = Counter(number for match in db.exec(live) for number in (match.mentor_id, match.mentee_id))
    query = select(Registration, Person.name).join(Person).where(Registration.round_id == round_.id)
    query = query.where(col(Registration.state).not_in(("interested", "withdrawn")))
    for mine, name in db.exec(query.order_by(col(Registration.id))).all():
        shown = (programme.show(q.name, mine.answers) if q.name != named else name for q in open_)
        rows.append((mine.state, matches[mine.id], *shown))
    return as_csv(rows)


def _pairs_csv(round_: Round, db: Session) -> str:
    people_ = select(Registration, Person).join(Person).where(Registration.round_id == round_.id)
    names = {mine.id: person.name for mine, person in db.exec(people_)}
    held = Counter(_matches_with(round_, db, "held"))
    answers = select(Pair.match_id).join(CheckInAnswer).join(Match).where(Match.round_id == round_.id)
    answered = Counter(db.exec(answers).all())
    query = select(Match).where(Match.round_id == round_.id, Match.state != "proposed").order_by(col(Match.id))
    rows: list[tuple[object, ...]] = [("mentor", "mentee", "state", "sessions held", "check-ins answered")]
    for match in db.exec(query):
        two = (names[match.mentor_id], names[match.mentee_id])
        rows.append((*two, words.MATCH_STATES[match.state], held[match.id], answered[match.id]))
    return as_csv(rows)


def as_csv(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV text, safe to open in a spreadsheet."""
    out = io.StringIO()
    csv.writer(out).writerows([_safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def _safe(cell: object) -> object:
    """Keep a spreadsheet from reading what somebody typed as a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
