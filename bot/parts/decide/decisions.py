"""After a session: would each like to go on? Asked in private; told only if all say yes.

All hear the outcome at one moment that was fixed beforehand, in the same words whoever answered what and when. So a
no is never shown, and neither the time nor the wording of any message gives it away.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete, select, update

from bot.calendar import times
from bot.chat import grammar
from bot.chat.cards import Button, Card, Fact, Send
from bot.chat.events import Due, Pressed
from bot.groups import stages, views
from bot.groups.tables import Group, GroupMember, Series
from bot.groups.views import View
from bot.meetings import kept
from bot.parts.decide import section, words
from bot.parts.decide.tables import Decision
from bot.people import home, persons
from bot.people.tables import Person, Registration
from bot.people.words import WHERE_I_STAND
from bot.programme.house import house

MOST_LONGER_TERM = 5
STAGE = "decide"
DAY = timedelta(days=1)  # however late somebody says that they met, there is a day for deciding


def until_told(
    fits: Callable[[View, str, Session], bool],
) -> Callable[[View, Pressed, Session, datetime], list[Send] | None]:
    """Return the question whether the outcome is still to be told, and what somebody says of it fits."""

    def still(view: View, event: Pressed, db: Session, now: datetime) -> list[Send] | None:
        """Return where they stand now, or None if they can still say so."""
        _, _, said = event.value.partition(":")
        if view.group.reveal_due_at is not None and fits(view, said, db):
            return None
        return home.stale(view.person, db, now)

    return still


def is_wish(view: View, said: str, db: Session) -> bool:
    """Tell whether it is a yes or a no."""
    del view, db
    return said in {"yes", "no"}


def is_offer(view: View, said: str, db: Session) -> bool:
    """Tell whether it is a number of longer-term places, from a side that promises some, that leaves one for these."""
    if not view.role.longer_term or not said.isdecimal():
        return False
    return 0 < int(said) <= MOST_LONGER_TERM and int(said) > _promised(view, db)


def go_on(event: Pressed, view: View, db: Session, now: datetime) -> list[Send]:
    """Keep this member's wish, sealed. It can be changed until the outcome is told."""
    _, _, wish = event.value.partition(":")
    if wish == "yes" and view.role.longer_term:
        if view.mine.longer_term is None:
            return [view.send(_ask_longer_term(view, db), replaces=event.card)]
        if _promised(view, db) >= view.mine.longer_term:
            return [view.send(_ask_longer_term(view, db, words.PLACES_TAKEN), replaces=event.card)]
    return [_keep(view, wish, event.card, db, now)]


def longer_term(event: Pressed, view: View, db: Session, now: datetime) -> list[Send]:
    """Take how many longer-term partners somebody can have, and with it the yes that led here."""
    _, _, count = event.value.partition(":")
    view.mine.longer_term = int(count)
    return [_keep(view, "yes", event.card, db, now)]


def reveal(event: Due, db: Session, now: datetime) -> list[Send]:
    """Tell all what comes next: they go on if all said yes; the same neutral words to everybody otherwise."""
    group = db.get(Group, int(event.value), with_for_update=True)
    if group is None:
        return []
    group.reveal_due_at = None
    if group.state != "live":
        return []
    meeting = kept.current(group, db)
    if meeting is None or meeting.state != "held":  # nobody has said that they met: leave it open, and remind once more
        if meeting is not None and meeting.ask_due_at is None:
            meeting.state = "missed"
        stages.stay(group, db)
        kept.plan_booking(group, db, now)
        return []
    there = views.everybody(group, db)
    if all(wish(view, db) == "yes" for view in there):
        db.exec(delete(Decision).where(col(Decision.group_id) == group.id))
        return stages.advance(group, now, db, now)
    sends = stages.finish(group, "finished", db, now)
    for view in there:
        text = words.NOT_GOING_ON.format(name=view.name)
        sends.append(view.send(Card(text=text, buttons=(Button(WHERE_I_STAND, "home"),))))
    return sends


def begin(group: Group, since: datetime, db: Session, now: datetime) -> list[Send]:
    """Set the moment at which all hear the outcome, once: days after the session, whoever answers when."""
    leader = views.leader(group, db)
    later = since + timedelta(days=section.of(leader.programme).reveal_after_days)
    zone = persons.zone_of(leader.person, db)
    group.reveal_due_at = times.next_working_moment(max(later, now + DAY), zone, house(db).calendar)
    return []


def back(group: Group) -> None:
    """Take back that moment: they have not met after all, or meet again."""
    group.reveal_due_at = None


def ask(view: View, db: Session, now: datetime) -> Card:
    """Return the card that asks this member, in private, whether they would like to go on."""
    assert view.group.reveal_due_at is not None  # noqa: S101
    day = times.show_moment(view.group.reveal_due_at, persons.zone_of(view.person, db), now)
    weeks = view.programme.go_on
    text = grammar.say(
        words.ASK_GO_ON,
        name=view.name,
        day=day,
        least=weeks.least_weeks,
        most=weeks.most_weeks,
        months=round(weeks.last_weeks / 4.345),
        others=view.many,
    )
    buttons = (
        Button(words.GO_ON_YES, "go_on", f"{view.group.id}:yes", also=("yes",)),
        Button(words.GO_ON_NO, "go_on", f"{view.group.id}:no", also=("no",)),
    )
    return Card(text=text, facts=promise(view, db), buttons=buttons)


def _ask_longer_term(view: View, db: Session, note: str = "") -> Card:
    first = _promised(view, db) + 1
    partner = view.role_across
    buttons = tuple(
        Button(
            grammar.count(n, partner.name, partner.plural).capitalize(),
            "longer_term",
            f"{view.group.id}:{n}",
            also=(str(n),),
        )
        for n in range(first, min(first + 3, MOST_LONGER_TERM + 1))
    )
    no = Button(words.GO_ON_NO, "go_on", f"{view.group.id}:no", also=("no",))
    text = grammar.paragraphs(note, words.ASK_LONGER_TERM)
    return Card(text=text, facts=promise(view, db), buttons=(*buttons, no))


def promise(view: View, db: Session) -> tuple[Fact, ...]:
    """Return what this member's side promised and how it stands; nothing if that is no longer-term partner."""
    role = view.role
    if not role.longer_term:
        return ()
    done = sum(
        1
        for each in views.of(view.mine, db)
        if (held := kept.current(each.group, db)) is not None and held.state == "held"
    )
    text = words.PROMISE_STANDS.format(
        promise=role.promise,
        held=done,
        sessions=role.sessions,
        pairs=_going_on(view, db),
        longer_term=view.mine.longer_term or role.longer_term,
    )
    return (Fact(words.YOUR_PROMISE, text),)


def _promised(view: View, db: Session) -> int:
    """Return how many of somebody's longer-term places on this side are taken or offered, not counting this group."""
    elsewhere = [
        each
        for each in views.of(view.mine, db, "live")
        if each.group.id != view.group.id and each.side == view.side and not stages.meets_again(each.group, db)
    ]
    return sum(wish(each, db) == "yes" for each in elsewhere) + _going_on(view, db)


def _going_on(view: View, db: Session) -> int:
    query = select(Series).join(GroupMember, col(GroupMember.group_id) == Series.group_id)
    own = (
        GroupMember.registration_id == view.mine.id,
        GroupMember.side == view.side,
        col(GroupMember.left_at).is_(None),
    )
    return len(db.exec(query.where(*own, Series.state == "active")).all())


def _keep(view: View, wish: str, card: str, db: Session, now: datetime) -> Send:
    token = house(db).seal.close(_owner(view), "go_on", wish)
    row = db.get(Decision, (view.group.id, view.mine.id))
    if row is None:
        row = Decision(group_id=view.group.id, registration_id=view.mine.id, token=token)
        db.add(row)
    row.token = token
    assert view.group.reveal_due_at is not None  # noqa: S101
    day = times.show_moment(view.group.reveal_due_at, persons.zone_of(view.person, db), now)
    other = "no" if wish == "yes" else "yes"
    button = Button(words.CHANGE_TO_NO if wish == "yes" else words.CHANGE_TO_YES, "go_on", f"{view.group.id}:{other}")
    text = grammar.say(words.KEPT_YES if wish == "yes" else words.KEPT_NO, name=view.name, day=day, others=view.many)
    return view.send(Card(text=text, buttons=(button,)), replaces=card)


def wish(view: View, db: Session) -> str:
    """Return whether this member would like to go on: yes, no or "". For its owner, and for the reveal."""
    row = db.get(Decision, (view.group.id, view.mine.id))
    return str(house(db).seal.open(_owner(view), "go_on", row.token)) if row else ""


def _owner(view: View) -> str:
    return f"registration:{view.mine.id}:match:{view.group.id}"  # as the first ones were sealed


def state(view: View, zone: str, db: Session, now: datetime) -> str:
    """Return that a group was left at its first session."""
    del zone, db, now
    return words.STATE_FINISHED if view.state == "finished" else ""


def end(group: Group, db: Session, now: datetime) -> list[Send]:
    """Forget the wishes about a group that ends."""
    del now
    db.exec(delete(Decision).where(col(Decision.group_id) == group.id))
    return []


def parted(view: View, db: Session, now: datetime) -> list[Send]:
    """Forget the wish of somebody who has left; the others decide among themselves."""
    del now
    theirs = (col(Decision.group_id) == view.group.id, col(Decision.registration_id) == view.mine.id)
    db.exec(delete(Decision).where(*theirs))
    return []


def held(person: Person, db: Session) -> dict[str, object]:
    """Return what somebody wishes and has not been told the outcome of."""
    undecided = (view for view in views.of_person(person, db, "live") if not stages.meets_again(view.group, db))
    listed = [(view.name, wish(view, db)) for view in undecided]
    return {"wishes_to_go_on": [{"with": name, "answer": said} for name, said in listed if said]}


def held_in(mine: Registration, db: Session) -> dict[str, object]:
    """Return how many longer-term partners somebody said that they can take."""
    del db
    return {"longer_term_places": mine.longer_term}


def erase(numbers: Any, db: Session) -> None:
    """Forget how many longer-term partners people said that they can take."""
    db.exec(update(Registration).where(col(Registration.id).in_(numbers)).values(longer_term=None))
