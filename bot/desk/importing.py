"""Bringing a programme in from the files that it has today.

Until they come, its people are Persons without a platform: they can be matched, and nothing is sent to them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from bot.chat import grammar
from bot.chat.events import Address, Met, Profile
from bot.desk import rounds, words
from bot.desk.pairing import pairs
from bot.keeping.tables import Secret
from bot.matching.files import Cohort, Columns, Import, as_csv
from bot.matching.files import Person as Listed
from bot.parts.registration import claiming, forms
from bot.people import accounts, answers, coordinators, persons
from bot.people import rounds as people_rounds
from bot.people.tables import Account, Person, Registration, Round
from bot.programme.file import Programme
from bot.programme.house import house, programme_of
from bot.programme.questions import BOTH, MENTEE, MENTOR

VALID = timedelta(days=90)
OPERATOR = "operator"
FITTING = ("planned", "open", "closed")  # states of a round that people can be brought into


@dataclass
class Brought:
    """What became of the people of two files. `left_out` gives an address and a reason for each.

    `claimed` have come themselves; `absent` stood in earlier files only; `differing` answer one question differently in
    the two files. `known` are those whose platform knows the address: handled, these events hand them what is theirs.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    claimed: int = 0
    absent: int = 0
    differing: int = 0
    coordinated: bool = True
    left_out: list[tuple[str, str]] = field(default_factory=list)
    known: list[Met] = field(default_factory=list)


# ---------------------------------------------------------------------------------------------------- bringing in


def round_named(named: str, db: Session) -> Round | str:
    """Return the round of this name or number that people can be brought into, or in a sentence why there is none."""
    listed = db.exec(select(Round).where(Round.state != "draft").order_by(col(Round.id))).all()
    found = [each for each in listed if named.strip().casefold() in {each.name.casefold(), str(each.id)}]
    if not found:
        shown = ", ".join(f"{each.id} ({each.name})" for each in listed) or "–"
        return words.NO_SUCH_ROUND.format(name=named, rounds=shown)
    if found[-1].state not in FITTING:
        return words.ROUND_NOT_FOR_IMPORT.format(round=found[-1].name, state=words.ROUND_STATES[found[-1].state])
    return found[-1]


def new_round(name: str, programme: Programme, closes: date, db: Session, now: datetime) -> Round | str:
    """Open a round, as a coordinator would in the chat; return it, or in a sentence why that cannot be."""
    network = persons.first_network(db, now)
    first = next(iter(coordinators.all_of(network.id, db)), None) or _operator(network.id, db, now)
    if name in db.exec(select(Round.name).where(Round.network_id == network.id)).all():
        return words.NAME_TAKEN
    until = rounds.evening(closes, programme, db)
    if until <= now:
        return words.DAY_PAST
    round_ = Round(network_id=network.id, programme=programme.key, name=name, state="open", started_by=first.id)
    round_.opens_at, round_.closes_at = now, until
    db.add(round_)
    db.flush()
    rounds.plan_dues(round_, db, now)
    people_rounds.moment("opened", round_, db, now)  # nobody knows of it yet, so nobody has to be told
    coordinators.note(first, "set up a round", f"round {round_.id}", db, now)
    return round_


def _operator(network_id: int, db: Session, now: datetime) -> Person:
    """Return who stands for whoever starts a round from the command line before anybody coordinates."""
    person = persons.sender(Address(persons.NOWHERE, str(network_id), OPERATOR), db, now)
    person.account.reachable = False
    return person


def columns(programme: Programme, plan: Import, *, consent: bool) -> Import:
    """Return the columns to read: those that answer private questions only with consent."""

    def read(listed: Columns) -> Columns:
        return {
            name: each for name, each in listed.items() if consent or not programme.questions[each.question].private
        }

    return plan.model_copy(update={"mentors": read(plan.mentors), "mentees": read(plan.mentees)})


def bring_in(cohort: Cohort, round_: Round, db: Session, now: datetime, *, consent: bool) -> Brought:
    """Register the people of two files in a round, or bring up to date what an earlier file said of them.

    Whoever has come themselves is left as they are. Private answers are taken with `consent` only. Doing it again
    changes nothing.
    """
    db.exec(select(Round.id).where(Round.id == round_.id).with_for_update()).one()
    programme = programme_of(round_, db)
    brought = Brought(coordinated=bool(coordinators.all_of(round_.network_id, db)))
    waiting = {person.account.user: (person, mine) for person, mine in _unclaimed(round_, db, lock=True)}
    settled, known = _settled(round_, db), _known(round_, db)
    mentors, mentees = ({m.key: forms.said(m.answers) for m in listed} for listed in (cohort.mentors, cohort.mentees))
    for key, listed in cohort.people.items():
        person, mine = waiting.get(key, (None, None))
        brought.differing += _differ(mentors.get(key, {}), mentees.get(key, {}))
        if key in settled or (mine is None and _has_come(key, round_, db, now)):
            brought.claimed += 1
            if person is not None and mine is not None:
                claiming.move(mine, settled[key], db, now)
                claiming.leave(person, db)
            continue
        role = MENTOR if key not in mentees else BOTH if key in mentors else MENTEE
        said = {**mentees.get(key, {}), **mentors.get(key, {}), **_about(programme, listed, role)}
        earlier = answers.all_of(mine, db) if mine is not None else {}
        given = forms.given(programme, said, earlier, consent=consent)
        if isinstance(given, str):
            brought.left_out.append((listed.email, given))
            continue
        done = _register(key, given, mine, round_, db, now)
        setattr(brought, done, getattr(brought, done) + 1)
        if key in known:
            at = persons.address(known[key])
            brought.known.append(Met(f"import:{round_.id}:{at.user}", at, Profile(email=key), greet=False))
    brought.absent = len(waiting.keys() - cohort.people.keys())
    if brought.added or brought.changed:
        pairs.drop(round_, db)  # made without those who come now
    return brought


def invite(round_: Round, db: Session, now: datetime, *, again: bool = False) -> list[tuple[str, str, str]]:
    """Return name, address and a fresh code for everybody who has not come and has no code, or for all of them `again`.

    Only digests of codes are kept; a person's new code replaces the one before.
    """
    found = []
    for person, mine in _unclaimed(round_, db, lock=True):
        row = db.get(Secret, claiming.invitation(person.id)) or Secret(name=claiming.invitation(person.id))
        if row.token and not again and (row.until is None or row.until > now):
            continue
        code = f"INVITE-{person.id}-{coordinators.unguessable()}"
        row.token = house(db).seal.close("vault", row.name, coordinators.digest(code))
        row.until = now + VALID
        db.add(row)
        address = str(mine.answers.get(programme_of(round_, db).of_kind("email"), person.account.user))
        found.append((person.name, address, code))
    return found


def sheet(invitations: Iterable[tuple[str, str, str]]) -> str:
    """Return the invitations as CSV, for a mail merge."""
    return as_csv([("name", "email address", "code"), *invitations])


def told(brought: Brought, round_: Round, *, consent: bool, trial: bool = False) -> str:
    """Return in lines what bringing in has done, or would have done in a trial run, and what comes next."""
    lines = [
        words.IMPORTED.format(
            round=round_.name,
            added=brought.added,
            changed=brought.changed,
            unchanged=brought.unchanged,
            claimed=brought.claimed,
        )
    ]
    if brought.absent:
        lines.append(words.IMPORT_ABSENT.format(count=brought.absent))
    if brought.differing:
        lines.append(words.IMPORT_DIFFERING.format(count=brought.differing))
    if brought.left_out:
        lines.append(words.IMPORT_LEFT_OUT.format(count=len(brought.left_out)))
        lines += [f"  {email}: {reason}" for email, reason in brought.left_out]
    if not consent:
        lines.append(words.IMPORT_WITHOUT_CONSENT)
    lines.append(words.IMPORT_DRY if trial else words.IMPORT_NEXT)
    return "\n".join(lines if brought.coordinated else [*lines, words.NO_COORDINATOR_YET])


def invited(number: int, file: str) -> str:
    """Return in a sentence what became of the invitations that were asked for."""
    if not number:
        return words.IMPORT_NOBODY_TO_INVITE
    return grammar.say(words.IMPORT_INVITED, count=number, file=file)


def unclaimed(round_: Round, db: Session) -> int:
    """Return how many people of a round were brought in and have not come yet."""
    return len(_unclaimed(round_, db))


# ---------------------------------------------------------------------------------------------------- what files say


def _differ(one: forms.Given, other: forms.Given) -> bool:
    return any(one[name] != other[name] for name in one.keys() & other.keys())


def _about(programme: Programme, listed: Listed, role: str) -> forms.Given:
    kinds = {"role": role, "name": " ".join(listed.name.split()), "email": listed.email}
    return {programme.of_kind(kind): value for kind, value in kinds.items()}


def _register(
    key: str, given: forms.Given, mine: Registration | None, round_: Round, db: Session, now: datetime
) -> str:
    """Keep what the files say of one person; return whether that is added, changed or unchanged."""
    if mine is not None and given == answers.all_of(mine, db):
        return "unchanged"
    done = "added" if mine is None else "changed"
    programme, at = programme_of(round_, db), Address(persons.NOWHERE, str(round_.network_id), key)
    person = persons.find(at, db) or accounts.newcomer(at, round_.network_id, db, now, reachable=False)
    if mine is None:
        mine = Registration(round_id=round_.id, person_id=person.id, started_at=now, registered_at=now)
        mine.state = "registered"
        db.add(mine)
        db.flush()
    person.name = str(given[programme.of_kind("name")])
    forms.write(mine, given, programme, db, now)
    return done


# ---------------------------------------------------------------------------------------------------- who has come


def _unclaimed(round_: Round, db: Session, *, lock: bool = False) -> list[tuple[Person, Registration]]:
    query = select(Person, Registration).join(Registration).where(Registration.round_id == round_.id)
    query = query.join(Account, col(Account.person_id) == Person.id).order_by(col(Person.id))
    query = query.where(Account.platform == persons.NOWHERE, Person.state == persons.ACTIVE)
    return list(db.exec(query.with_for_update(of=Person) if lock else query).all())


def _has_come(key: str, round_: Round, db: Session, now: datetime) -> bool:
    row = db.get(Secret, claiming.mark(round_.id, key, db))
    return row is not None and (row.until is None or row.until > now)


def _settled(round_: Round, db: Session) -> dict[str, Person]:
    """Return who has registered here themselves, or withdrawn, by every address that belongs to them."""
    contact = programme_of(round_, db).of_kind("email")
    query = select(Person, Registration, Account.email).join(Registration).where(Registration.round_id == round_.id)
    query = query.join(Account, col(Account.person_id) == Person.id).where(Account.platform != persons.NOWHERE)
    found = {}
    for person, mine, email in db.exec(query.where(col(Registration.state).in_(("registered", "withdrawn")))).all():
        for address in (str(mine.answers.get(contact, "")), email):
            if address:
                found[address.strip().casefold()] = person
    return found


def _known(round_: Round, db: Session) -> dict[str, Person]:
    """Return the people whom the bot can reach, by the address that their platform knows."""
    query = select(Person).join(Account, col(Account.person_id) == Person.id).where(Account.email != "")
    query = query.where(col(Account.current), col(Account.reachable), Account.platform != persons.NOWHERE)
    query = query.where(Person.network_id == round_.network_id, Person.state == persons.ACTIVE)
    return {person.account.email.strip().casefold(): person for person in db.exec(query).all()}
