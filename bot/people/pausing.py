"""What people can do about themselves while they take part: take a break, come back, and say what they are called."""

from datetime import datetime, time, timedelta

from sqlmodel import Session, col, select

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import Button, Card, Field, Send
from bot.chat.events import Due, Pressed
from bot.people import answers, home, persons, rounds, words
from bot.people.home import Standing
from bot.people.tables import Person, Registration
from bot.programme.house import house
from bot.programme.part import Lines
from bot.programme.words import TOO_LONG

LONGEST_PAUSE = timedelta(days=400)
LONGEST_NAME = 80  # characters


def pause(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """Pause until a day; without one, ask until when."""
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
        ways = (Button(words.PAUSE, "pause"), Button(words.WHERE_I_STAND, "home"))
        text = grammar.paragraphs(note, words.PAUSE_ASK)
        return [persons.send(person, Card(text=text, fields=(field,), buttons=ways))]
    person.resume_due_at = back
    stays = [part.paused(person, db) for part in house(db).parts]
    text = grammar.paragraphs(words.PAUSED.format(day=_day(back, zone, now)), *(lines.text for lines in stays))
    buttons = (Button(words.RESUME, "resume"), *(button for lines in stays for button in lines.buttons))
    return [persons.send(person, Card(text=text, buttons=buttons), replaces=event.card)]


def resume(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """End a pause early."""
    del event
    note = words.RESUMED if person.resume_due_at else ""
    person.resume_due_at = None
    return [persons.send(person, home.home_card(person, db, now, note))]


def pause_over(event: Due, db: Session, now: datetime) -> list[Send]:
    """Welcome somebody back on the day that they named."""
    person = db.get(Person, int(event.value), with_for_update={"of": Person})
    if person is None:
        return []
    person.resume_due_at = None
    if person.state != persons.ACTIVE:
        return []
    return [persons.send(person, home.home_card(person, db, now, words.PAUSE_OVER), expires_at=now + timedelta(days=3))]


def call_me(event: Pressed, person: Person, db: Session, now: datetime) -> list[Send]:
    """Take the name that somebody wants to be seen under, or ask for it."""
    del now
    name = " ".join(str(event.fields.get("name", "")).split())
    if not name or len(name) > LONGEST_NAME:
        note = TOO_LONG.format(most=LONGEST_NAME, length=len(name)) if name else ""
        field = Field("name", words.CALLED, "text", value=person.name or person.account.suggestion)
        buttons = (Button(words.NEXT, "call_me"), Button(words.WHERE_I_STAND, "home"))
        text = grammar.paragraphs(note, words.CALL_ASK)
        return [persons.send(person, Card(text=text, fields=(field,), buttons=buttons))]
    answers.rename(person, name, db)
    card = Card(text=words.CALL_ME.format(name=name), buttons=(Button(words.WHERE_I_STAND, "home"),))
    return [persons.send(person, card, replaces=event.card)]


def standing(here: Standing) -> Lines:
    """Say until when somebody is on a break, and offer the other rounds that are open."""
    person, db, back = here.person, here.db, here.person.resume_due_at
    away = back is not None and back > here.now
    text = words.PAUSED.format(day=_day(back, here.zone, here.now)) if away and back else ""
    joined = select(Registration.round_id).where(Registration.person_id == person.id)
    known = set(db.exec(joined.where(col(Registration.state).not_in(("withdrawn", "interested")))).all())
    others = [
        Button(words.REGISTER_FOR.format(round=grammar.cut(each.name, 50)), "register", str(each.id))
        for each in rounds.open_rounds(person.network_id, db)
        if each.id not in known
    ]
    return Lines(text, buttons=(*((Button(words.RESUME, "resume"),) if away else ()), *others))


def _day(moment: datetime, zone: str, now: datetime) -> str:
    return times.show_day(times.local(moment, zone).date(), now)
