"""What a coordinator sees of a round before it is announced: counts, who is unfinished, where partners are missing.

Private answers, wishes and decisions are in none of it.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, func, select

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import Button, Card, Fact, File, Send
from bot.chat.events import Pressed
from bot.desk import words
from bot.desk.follow_up import people_csv
from bot.matching import Member, shortfalls
from bot.parts.registration.words import NOT_SAID
from bot.people import coordinators, persons, rounds
from bot.people.answers import private_of
from bot.people.coordinators import TheirRound
from bot.people.tables import Registration, Round
from bot.people.words import NO_NAME_YET
from bot.programme.file import Programme
from bot.programme.house import house, programme_of
from bot.programme.questions import MENTEE, MENTOR

SHOWN = 8
NAMES = 30


def states(round_: Round, db: Session) -> Counter[str]:
    """Return how many registrations are in each state."""
    query = select(Registration.state, func.count()).where(Registration.round_id == round_.id)
    return Counter(dict(db.exec(query.group_by(Registration.state)).all()))


def by_role(round_: Round, db: Session) -> str:
    """Return in words how many people are registered, by role."""
    programme = programme_of(round_, db)
    counts = Counter(side for mine in rounds.registered(round_, db) for side in programme.roles_of(mine.answers))
    mentor, mentee = programme.roles[MENTOR], programme.roles[MENTEE]
    return words.REGISTERED_BY_ROLE.format(
        total=states(round_, db)["registered"],
        mentors=grammar.count(counts[MENTOR], mentor.name, mentor.plural),
        mentees=grammar.count(counts[MENTEE], mentee.name, mentee.plural),
    )


def members(
    round_: Round, registrations: Iterable[Registration], db: Session, *, private: bool
) -> tuple[list[Member], list[Member]]:
    """Return the mentors and mentees of a round as the solver knows them; with `private`, for the solver alone."""
    programme = programme_of(round_, db)
    listed = list(registrations)
    sealed = private_of([mine.id for mine in listed], db) if private else {}
    found: dict[str, list[Member]] = {MENTOR: [], MENTEE: []}
    for mine in listed:
        answers = {**mine.answers, **sealed.get(mine.id, {})}
        plain = {name: tuple(value) if isinstance(value, list) else value for name, value in answers.items()}
        for side in programme.roles_of(mine.answers):
            found[side].append(Member(str(mine.id), plain, programme.places(side, mine.answers)))
    return found[MENTOR], found[MENTEE]


def who(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Count the registered people by what the programme counts by."""
    del event
    round_ = about.round
    coordinators.note(about.person, "looked at the registered people", f"round {round_.id}", db, now)
    programme = programme_of(round_, db)
    facts = []
    for name in programme.report.by:
        counts = Counter(programme.show(name, mine.answers) or NOT_SAID for mine in rounds.registered(round_, db))
        choices = programme.labels(name)
        order = {label: number for number, label in enumerate(choices)}
        listed = sorted(counts, key=lambda label: (order.get(label, len(order)), label))
        text = ", ".join(f"{label}: {counts[label]}" for label in listed) or "–"
        facts.append(Fact(programme.questions[name].label, text))
    buttons = (
        Button(words.WHO_UNFINISHED, "unfinished", str(round_.id)),
        Button(words.WHERE_MISSING, "shortage", str(round_.id)),
        Button(words.TAKE_OUT, "take_out", str(round_.id)),
        coordinators.back_to(round_),
    )
    file = File("registered.csv", "text/csv", people_csv(round_, db))
    card = Card(title=words.WHO, text=by_role(round_, db), facts=tuple(facts), buttons=buttons, files=(file,))
    return [persons.send(about.person, card)]


def unfinished(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Name the people who have begun to register and not finished."""
    del event, now
    round_ = about.round
    programme = programme_of(round_, db)
    rows = _unfinished(round_, db)
    named = [registration_name(mine, programme, db) for mine in rows]
    text = grammar.say(words.THESE_UNFINISHED, count=len(rows)) if rows else words.NOBODY_UNFINISHED
    text += "".join(f"\n• {name}" for name in named[:NAMES])
    if len(named) > NAMES:
        text += "\n" + words.AND_MORE.format(count=len(named) - NAMES)
    buttons = [coordinators.back_to(round_)]
    if rows and round_.state == "open":
        buttons.insert(0, Button(words.REMIND_THEM, "remind_unfinished", str(round_.id)))
    return [persons.send(about.person, Card(title=words.WHO_UNFINISHED, text=text, buttons=tuple(buttons)))]


def can_remind(about: TheirRound, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Refuse to remind anybody of a registration that is not open."""
    del event
    return None if about.round.state == "open" else coordinators.denied(about.person, db, now)


def remind_unfinished(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Remind everybody who has not finished, once for each coordinator's press a day."""
    round_ = about.round
    zone, calendar = house(db).zone, house(db).calendar
    rows = [mine for mine in _unfinished(round_, db) if mine.state == "unfinished"]
    for mine in rows:
        mine.remind_due_at = times.next_working_moment(now, zone, calendar)
    coordinators.note(about.person, "reminded unfinished registrations", f"round {round_.id}", db, now)
    text = grammar.say(words.REMINDING, count=len(rows))
    buttons = (coordinators.back_to(round_),)
    return [persons.send(about.person, Card(text=text, buttons=buttons), replaces=event.card)]


def shortage(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Say where partners are missing, so that a coordinator knows whom to ask."""
    del event, now
    round_ = about.round
    lines = shortage_lines(round_, db)
    text = shortage_title(round_, db) + "\n" + "\n".join(lines[:SHOWN]) if lines else words.NO_SHORTAGE
    if len(lines) > SHOWN:
        text += "\n" + words.AND_MORE.format(count=len(lines) - SHOWN)
    buttons = (
        Button(words.INVITATION_TITLE, "invitation", str(round_.id)),
        coordinators.back_to(round_),
    )
    return [persons.send(about.person, Card(title=words.WHERE_MISSING, text=text, buttons=buttons))]


def shortage_title(round_: Round, db: Session) -> str:
    """Return the sentence above those lines."""
    return words.SHORTAGE.format(mentors=programme_of(round_, db).roles["mentor"].plural)


def shortage_lines(round_: Round, db: Session) -> list[str]:
    """Return the groups of mentees with few possible mentors, in words, the worst first."""
    programme = programme_of(round_, db)
    mentors, mentees = members(round_, rounds.registered(round_, db), db, private=False)
    mentor, mentee = programme.roles[MENTOR], programme.roles[MENTEE]
    found = shortfalls(programme.match, programme.question_infos, mentors, mentees, programme.report.shortage_by)
    return [
        "• "
        + words.SHORT_LINE.format(
            group=" · ".join(programme.show(name, {name: code}) for name, code in short.group.items()),
            mentees=grammar.count(short.mentees, mentee.name, mentee.plural),
            mentors=grammar.count(short.possible_mentors, mentor.name, mentor.plural),
        )
        for short in found
    ]


def registration_name(mine: Registration, programme: Programme, db: Session) -> str:
    """Return how a coordinator recognises somebody: name, roles, and what the programme counts by."""
    name = persons.of(mine, db).name or NO_NAME_YET
    shown = [programme.show(question, mine.answers) for question in programme.report.by]
    return " · ".join([name, *(text for text in shown if text)])


def _unfinished(round_: Round, db: Session) -> list[Registration]:
    query = select(Registration).where(Registration.round_id == round_.id, Registration.state == "unfinished")
    return list(db.exec(query.order_by(col(Registration.id))).all())
