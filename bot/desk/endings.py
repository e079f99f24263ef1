"""How a round ends: by a coordinator's word, or by itself when its longest pairs are over; then it is forgotten."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import Button, Card, Send
from bot.chat.events import Due, Pressed
from bot.desk import words
from bot.groups import stages, views
from bot.groups.tables import Group, GroupMember
from bot.people import coordinators, home, leaving, persons, rounds
from bot.people.coordinators import TheirRound
from bot.people.tables import Registration, Round
from bot.people.words import COORDINATE, WHERE_I_STAND
from bot.programme.house import house, programme_of

AT_ONCE = 100  # groups that are ended in one transaction
BREATH = timedelta(seconds=1)  # before the next ones


def longest(round_: Round, db: Session, now: datetime) -> datetime:
    """Return when a round that is announced now ends by itself."""
    programme = programme_of(round_, db)  # the longest pair begins at once; then late sessions and the survey
    return now + timedelta(weeks=programme.go_on.last_weeks + programme.grace_weeks)


def can_end(about: TheirRound, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
    """Show where somebody stands if the round cannot be ended: registration goes on, or it has ended."""
    del event
    return None if about.round.state in {"closed", "announced"} else home.stale(about.person, db, now)


def end_round(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """Show what ending a round would mean, and ask."""
    del event, now
    round_ = about.round
    live = db.exec(select(Group).where(Group.round_id == round_.id, col(Group.state).in_(views.KNOWN))).all()
    buttons = (
        Button(words.END_SURELY, "end_round_surely", str(round_.id), also=("yes",)),
        coordinators.back_to(round_, "no"),
    )
    text = grammar.say(words.END_SURE, count=len(live))
    return [persons.send(about.person, Card(title=words.END_ROUND, text=text, buttons=buttons))]


def end_round_surely(event: Pressed, about: TheirRound, db: Session, now: datetime) -> list[Send]:
    """End a round now."""
    round_ = about.round
    coordinators.note(about.person, "ended a round", f"round {round_.id}", db, now)
    buttons = (Button(words.REPORT, "report", str(round_.id)), Button(COORDINATE, "desk"))
    sends = _end(round_, db, now)
    done = Card(title=round_.name, text=_ended(round_, db, now), buttons=buttons)
    return [persons.send(about.person, done, replaces=event.card), *sends]


def over(event: Due, db: Session, now: datetime) -> list[Send]:
    """End a round whose time is over; wind up one that has ended; forget it, when its time has come for that."""
    round_ = db.get(Round, int(event.value), with_for_update=True)
    if round_ is None:
        return []
    round_.end_due_at = None
    if round_.state != "ended":
        sends = _end(round_, db, now)
        return [*coordinators.tell(round_, _ended(round_, db, now), db), *sends]
    if _going(round_, db, 1):
        return _wind_up(round_, db, now)
    leaving.forget_round(round_, db, now)
    return []


def _end(round_: Round, db: Session, now: datetime) -> list[Send]:
    """Let every part answer to it, and begin to end what is still going on."""
    round_.state = "ended"
    round_.open_due_at = round_.warn_due_at = round_.close_due_at = None
    return [*rounds.moment("ended", round_, db, now), *_wind_up(round_, db, now)]


def _wind_up(round_: Round, db: Session, now: datetime) -> list[Send]:
    """End some of what is still going on; with the last of it, tell those who never had a match."""
    sends: list[Send] = []
    going = _going(round_, db, AT_ONCE + 1)
    for group in going[:AT_ONCE]:
        sends += stages.end(group, db, now, lambda view: words.ROUND_OVER.format(name=view.name))
    if len(going) > AT_ONCE:
        round_.end_due_at = now + BREATH
        return sends
    had = set(db.exec(select(GroupMember.registration_id).join(Group).where(Group.round_id == round_.id)))
    for mine in rounds.registered(round_, db):
        person = persons.of(mine, db)
        if mine.waiting and mine.id not in had and person.state == persons.ACTIVE:
            text = words.ROUND_OVER_UNMATCHED.format(round=round_.name)
            sends.append(persons.send(person, Card(text=text, buttons=(Button(WHERE_I_STAND, "home"),))))
    everybody = update(Registration).where(col(Registration.round_id) == round_.id)
    db.exec(everybody.values(waiting=False, remind_due_at=None))
    round_.end_due_at = leaving.forgotten_at(round_, db, now)
    return sends


def _going(round_: Round, db: Session, most: int) -> list[Group]:
    query = select(Group).where(Group.round_id == round_.id, Group.state == "live")
    return list(db.exec(query.order_by(col(Group.id)).limit(most)).all())


def _ended(round_: Round, db: Session, now: datetime) -> str:
    day = times.local(leaving.forgotten_at(round_, db, now), house(db).zone).date()
    return words.ENDED_ROUND.format(day=times.show_day(day, now))
