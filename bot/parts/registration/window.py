"""What the window of a round means to those who are registering: it opens as promised, and closes with a reminder."""

from datetime import datetime

from sqlmodel import Session, select

from bot.calendar import times
from bot.chat.cards import Button, Card, Send
from bot.people import persons, rounds
from bot.people.tables import Registration, Round
from bot.people.words import OPEN_AS_PROMISED, REGISTER, WELCOME
from bot.programme.house import house


def opened(round_: Round, db: Session, now: datetime) -> list[Send]:
    """Tell those who asked to be told that registration is open."""
    query = select(Registration).where(Registration.round_id == round_.id, Registration.state == "interested")
    sends = []
    for mine in db.exec(query).all():
        person = persons.of(mine, db)
        closes_at = times.show_moment(rounds.closing(round_), persons.zone_of(person, db), now)
        text = OPEN_AS_PROMISED.format(round=round_.name, closes=closes_at)
        card = Card(title=WELCOME, text=text, buttons=(Button(REGISTER, "register", str(round_.id)),))
        sends.append(persons.send(person, card, expires_at=round_.closes_at))
    return sends


def closed(round_: Round, db: Session, now: datetime) -> list[Send]:
    """Let people who have not finished hear of it in working hours."""
    morning = times.next_working_moment(now, house(db).zone, house(db).calendar)
    for mine in db.exec(select(Registration).where(Registration.round_id == round_.id)).all():
        mine.remind_due_at = morning if mine.state == "unfinished" else None
    return []
