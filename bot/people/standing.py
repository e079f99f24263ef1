"""What people can do about themselves: pause, come back, withdraw, see what is kept, have everything erased."""

import json
from datetime import datetime, time, timedelta

from sqlmodel import Session, col, delete, or_, select

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import Button, Card, Field, File, Send
from bot.chat.events import Due, Pressed
from bot.groups import matches, sides
from bot.groups.tables import Match, PairRule
from bot.meetings.tables import MentoringSession
from bot.parts.decide import decisions
from bot.parts.decide.tables import Decision
from bot.parts.series import checkins, pairs
from bot.people import answers, erasing, home, persons, words
from bot.people.tables import Audit, Consent, CoordinatorCode, Person, Registration, Round
from bot.programme.house import programme_of
from bot.programme.words import TOO_LONG

LONGEST_PAUSE = timedelta(days=400)
LONGEST_NAME = 80  # characters


def pause(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Pause until a day; without one, ask until when."""
    person = persons.sender(event.who, db, now)
    raw = str(event.fields.get("until", "")).strip()
    zone = persons.zone_of(person, db)
    day = times.read_day(raw, now, zone) if raw else None
    back = times.moment_at(day, time(9), zone) if day else None
    note = ""
    if raw and back is None:
        note = words.DAY_UNCLEAR.format(text=grammar.cut(raw, 60))
    elif back is not None and not now < back < now + LONGEST_PAUSE:
        note = words.PAUSE_WHEN
    if back is None or note:
        field = Field("until", words.UNTIL, "date", hint=words.DAY_HINT)
        buttons = (Button(words.PAUSE, "pause"), Button(words.WHERE_I_STAND, "home"))
        text = f"{note}\n\n{words.PAUSE_ASK}" if note else words.PAUSE_ASK
        return [persons.send(person, Card(text=text, fields=(field,), buttons=buttons))]
    person.resume_due_at = back
    booked = _has_sessions(person, db)
    text = words.PAUSED.format(day=times.show_day(times.local(back, zone).date(), now))
    if booked:
        text += "\n\n" + words.PAUSED_SESSIONS
    buttons = (Button(words.RESUME, "resume"), *((Button(words.MY_SESSIONS, "sessions"),) if booked else ()))
    return [persons.send(person, Card(text=text, buttons=buttons), replaces=event.card)]


def resume(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """End a pause early."""
    person = persons.sender(event.who, db, now)
    note = words.RESUMED if person.resume_due_at else ""
    person.resume_due_at = None
    return [persons.send(person, home.home_card(person, db, now, note))]


def pause_over(event: Due, db: Session, now: datetime) -> list[Send]:
    """Welcome somebody back on the day that they named."""
    person = db.get(Person, int(event.value), with_for_update=True)
    if person is None:
        return []
    person.resume_due_at = None
    if person.state != persons.ACTIVE:
        return []
    return [persons.send(person, home.home_card(person, db, now, words.PAUSE_OVER), expires_at=now + timedelta(days=3))]


def withdraw(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Ask once more before somebody leaves the programme."""
    person = persons.sender(event.who, db, now)
    if home.latest_registration(person, db) is None:
        return home.stale(person, db, now, words.NOTHING_TO_WITHDRAW)
    buttons = (
        Button(words.WITHDRAW_SURELY, "withdraw_surely", also=("yes",)),
        Button(words.PAUSE_INSTEAD, "pause"),
        Button(words.STAY, "home", also=("no",)),
    )
    return [persons.send(person, Card(title=words.WITHDRAW, text=words.WITHDRAW_SURE, buttons=buttons))]


def withdraw_surely(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Leave the programme: matches end, sessions are called off, private answers are erased."""
    person = persons.sender(event.who, db, now)
    if home.latest_registration(person, db) is None:
        return home.stale(person, db, now, words.NOTHING_TO_WITHDRAW)
    sends = _leave(person, db, now)
    card = Card(text=words.WITHDRAWN, buttons=(Button(words.ERASE, "erase"), Button(words.WHERE_I_STAND, "home")))
    return [persons.send(person, card, replaces=event.card), *sends]


def erase(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Ask once more before everything about somebody is erased."""
    person = persons.sender(event.who, db, now)
    buttons = (
        Button(words.ERASE_SURELY, "erase_surely", also=("yes",)),
        Button(words.MY_DATA, "my_data"),
        Button(words.STAY, "home", also=("no",)),
    )
    return [persons.send(person, Card(title=words.ERASE, text=words.ERASE_SURE, buttons=buttons))]


def erase_surely(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Erase everything about somebody. What others did with them stays, without their name.

    The last message, that it is done, goes to a row that keeps nothing but where to send it.
    """
    person = persons.sender(event.who, db, now)
    sends = _leave(person, db, now)
    address = persons.address(person)
    erasing.person(person, db)
    newcomer = persons.sender(address, db, now)
    return [*sends, persons.send(newcomer, Card(text=words.ERASED), replaces=event.card)]


def my_data(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Give somebody a file with everything that is kept about them."""
    person = persons.sender(event.who, db, now)
    file = File("my-data.json", "application/json", json.dumps(_everything(person, db), indent=2, default=str))
    buttons = (Button(words.ERASE, "erase"), Button(words.WHERE_I_STAND, "home"))
    return [persons.send(person, Card(title=words.MY_DATA, text=words.MY_DATA_TEXT, files=(file,), buttons=buttons))]


def call_me(event: Pressed, db: Session, now: datetime) -> list[Send]:
    """Take the name that somebody wants to be seen under, or ask for it."""
    person = persons.sender(event.who, db, now)
    name = " ".join(str(event.fields.get("name", "")).split())
    if not name or len(name) > LONGEST_NAME:
        note = TOO_LONG.format(most=LONGEST_NAME, length=len(name)) if name else ""
        field = Field("name", words.CALLED, "text", value=person.name or person.suggestion)
        buttons = (Button(words.NEXT, "call_me"), Button(words.WHERE_I_STAND, "home"))
        text = f"{note}\n\n{words.CALL_ASK}".strip()
        return [persons.send(person, Card(text=text, fields=(field,), buttons=buttons))]
    person.name = name
    for mine in db.exec(select(Registration).where(Registration.person_id == person.id)).all():
        answers.put_name(mine, name, db)
    card = Card(text=words.CALL_ME.format(name=name), buttons=(Button(words.WHERE_I_STAND, "home"),))
    return [persons.send(person, card, replaces=event.card)]


def _leave(person: Person, db: Session, now: datetime) -> list[Send]:
    """Withdraw every registration of a person; tell those who were matched with them that it has ended."""
    query = select(Registration).where(Registration.person_id == person.id, Registration.state != "withdrawn")
    return [send for mine in db.exec(query).all() for send in leave(mine, person, db, now)]


def leave(mine: Registration, person: Person, db: Session, now: datetime) -> list[Send]:
    """Withdraw a registration; tell those who were matched with its person that it has ended."""
    sends: list[Send] = []
    for match in sides.of(mine, db):
        if match.state == "finished":  # both have been told that it is complete
            sends += matches.finish(match, "ended", db, now)
            continue
        own = persons.address(person)  # of what the other is told, only the calendar's cancellation concerns them
        sends += [send for send in pairs.end(match, db, now) if send.to != own or send.card.files]
    proposed = or_(col(Match.mentor_id) == mine.id, col(Match.mentee_id) == mine.id)
    db.exec(delete(Match).where(proposed, col(Match.state) == "proposed"))
    db.exec(delete(PairRule).where(or_(col(PairRule.mentor_id) == mine.id, col(PairRule.mentee_id) == mine.id)))
    db.exec(delete(Decision).where(col(Decision.registration_id) == mine.id))
    answers.forget_private(mine, db, now)
    mine.state, mine.remind_due_at, mine.changing = "withdrawn", None, ""
    return sends


def _has_sessions(person: Person, db: Session) -> bool:
    query = select(Registration).where(Registration.person_id == person.id)
    return any(sides.open_of(match, db) for mine in db.exec(query).all() for match in sides.of(mine, db))


def _everything(person: Person, db: Session) -> dict[str, object]:
    found: dict[str, object] = {
        "name": person.name,
        "name_known_to_platform": person.suggestion,
        "email_known_to_platform": person.email,
        "platform": person.platform,
        "time_zone": persons.zone_of(person, db),
        "coordinator": person.coordinator,
        "first_seen": person.created_at,
        "paused_until": person.resume_due_at,
    }
    registrations = []
    for mine in db.exec(select(Registration).where(Registration.person_id == person.id)).all():
        round_ = db.get(Round, mine.round_id)
        assert round_ is not None  # noqa: S101
        steps = {step.name: step for step in programme_of(round_, db).flow.steps}
        registrations.append(
            {
                "round": round_.name,
                "state": mine.state,
                "started": mine.started_at,
                "registered": mine.registered_at,
                "answers": {
                    steps[k].label: steps[k].show(v) for k, v in answers.all_of(mine, db).items() if k in steps
                },
                "longer_term_places": mine.longer_term,
                "consents": [
                    {"question": row.question, "version": row.version, "given": row.given_at, "ended": row.withdrawn_at}
                    for row in db.exec(select(Consent).where(Consent.registration_id == mine.id)).all()
                ],
                "matches": [
                    {"with": sides.other_name(match, mine, db), "state": match.state, "announced": match.announced_at}
                    for match in sides.of(mine, db)
                ],
            }
        )
    found["registrations"] = registrations
    found["sessions"] = [
        {"with": side.name, "starts": row.starts_at, "minutes": row.minutes, "state": row.state}
        for side in sides.of_person(person, db, *sides.LIVE, "ended")
        for row in db.exec(select(MentoringSession).where(MentoringSession.match_id == side.match.id)).all()
    ]
    found["wishes_to_go_on"] = [
        {"with": side.name, "answer": decisions.wish(side, db)}
        for side in sides.of_person(person, db, "announced")
        if decisions.wish(side, db)
    ]
    found["check_ins"] = [
        {"answered": row.answered_at, "answer": row.answer, "note": checkins.read_note(row, db)}
        for row in checkins.own_answers(person.id, db)
    ]
    found["coordinator_actions"] = [
        {"at": row.at, "action": row.action, "subject": row.subject}
        for row in db.exec(select(Audit).where(Audit.actor_id == person.id)).all()
    ]
    found["coordinator_codes_used"] = len(
        db.exec(select(CoordinatorCode).where(CoordinatorCode.used_by == person.id)).all()
    )
    return found
