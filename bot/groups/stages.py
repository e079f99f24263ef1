"""What a group walks through: the stages of its programme (`together`), each of them a part.

`begin`, `advance`, `stay`, `leave` and `end` are the only ways on; `finish` is what comes of each end, where the caller
says the words. What a stage asks is asked one member at a time, by the card of `ask`.
"""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session, col, delete, text

from bot.chat import grammar
from bot.chat.cards import Button, Card, Send
from bot.groups import views, words
from bot.groups.tables import Group
from bot.groups.views import View
from bot.keeping.tables import WAITING, Outbox
from bot.people import persons
from bot.people.words import WHERE_I_STAND
from bot.programme.house import house, programme_of
from bot.programme.part import Part

Said = Callable[[View], str]  # what each member reads

FEWEST = 2  # people in a group: nobody is left alone in one


def begin(group: Group, db: Session, now: datetime) -> list[Send]:
    """Let a new group begin its first stage."""
    return advance(group, now, db, now)


def advance(group: Group, since: datetime, db: Session, now: datetime) -> list[Send]:
    """Let a group begin the stage after the one it is at, or tell everybody why that cannot be yet.

    `since` is when what brought it there took place.
    """
    following = _next(group, db)
    if following is None:
        return []
    if why := grammar.paragraphs(*(part.may_begin(group, following.stage, db) for part in house(db).parts)):
        card = Card(text=f"{words.NOT_YET}\n\n{why}", buttons=(Button(WHERE_I_STAND, "home"),))
        return [view.send(card) for view in views.everybody(group, db)]
    group.stage = following.stage
    return following.begin(group, since, db, now)


def met(group: Group, since: datetime, db: Session, now: datetime, *, surely: bool = True) -> list[Send]:
    """Let a group go on whose people have met, if that is what its stage is for; else it stays where it is.

    As long as nobody has said so, it goes on only to a stage from which it can go back.
    """
    at, following = at_stage(group, db), _next(group, db)
    if at is None or not at.by_meeting or following is None or (following.again and not surely):
        return []
    return advance(group, since, db, now)


def ask(view: View, db: Session, now: datetime) -> Card | None:
    """Return the card by which its stage asks this member, or None if it asks nothing."""
    at = at_stage(view.group, db)
    return at.ask(view, db, now) if at is not None and view.state == "live" else None


def stay(group: Group, db: Session) -> None:
    """Let a group go back to the meeting by which it came to its stage: what was planned since is planned anew then."""
    at, before = at_stage(group, db), _before(group, db)
    if at is not None and before is not None and before.by_meeting and not at.again:
        at.back(group)
        group.stage = before.stage


def meets_again(group: Group, db: Session) -> bool:
    """Tell whether a group is at a stage in which it meets again and again; else one meeting is what it is for."""
    at = at_stage(group, db)
    return at is not None and at.again


def leave(view: View, db: Session, now: datetime) -> list[Send]:
    """Let a member leave, and the others go on; if too few are left, it ends for all."""
    if view.many < FEWEST:
        return end(view.group, db, now)
    sends = step_out(view, db, now)
    _withdraw(view.group, db)  # also what would name them to the others
    if view.person.state == persons.ACTIVE:
        sends += _parting(view, _last(view.group, db), db, now)
    for other in view.others if view.group.state == "live" else ():
        told = words.LEFT.format(name=view.own_name, others=other.name)
        sends.append(other.send(Card(text=told, buttons=(Button(WHERE_I_STAND, "home"),))))
    return sends


def step_out(view: View, db: Session, now: datetime) -> list[Send]:
    """Take a member out of a group in which enough others stay. Returns what comes of it; the caller says why."""
    view.member.left_at = now
    return [send for part in house(db).parts for send in part.parted(view, db, now)]


def end(group: Group, db: Session, now: datetime, said: Said | None = None) -> list[Send]:
    """End a group for everybody in it, in these words if given; ask what is asked of those who have come so far."""
    last = _last(group, db)
    group.stage = last.stage if last is not None else group.stage
    sends = finish(group, "ended", db, now)
    for view in views.everybody(group, db):
        if view.person.state == persons.ACTIVE:
            sends += _parting(view, last, db, now, said)
    return sends


def finish(group: Group, state: str, db: Session, now: datetime) -> list[Send]:
    """End a group and everything that was planned for it. Returns the calendar cancellations; the caller says why."""
    group.state = state
    group.book_due_at = group.reveal_due_at = None
    sends = [send for part in house(db).parts for send in part.end(group, db, now)]
    _withdraw(group, db)
    return sends


def can_join(group: Group, db: Session) -> bool:
    """Tell whether somebody can come into a group now: not while its members are asked what only they can say."""
    at = at_stage(group, db)
    return group.state == "live" and at is not None and (at.by_meeting or at.again)


def called(group: Group, db: Session) -> str:
    """Return how a group stands, as a code: announced, going_on, finished or ended."""
    if group.state != "live":
        return group.state
    return "going_on" if meets_again(group, db) else "announced"


def at_stage(group: Group, db: Session) -> Part | None:
    """Return the stage at which a group is, or None before the first."""
    return _known(db).get(group.stage)


def _parting(view: View, last: Part | None, db: Session, now: datetime, said: Said | None = None) -> list[Send]:
    """Tell a member that it has ended for them; ask what the last stage asks of those who came to it."""
    closing = said(view) if said is not None else words.ENDED.format(name=view.name)
    another = () if said else (Button(words.ANOTHER_MATCH, "another_match", str(view.group.id)),)
    told = view.send(Card(text=closing, buttons=(*another, Button(WHERE_I_STAND, "home"))))
    asked = last.ask(view, db, now) if last is not None else None
    return [told, view.send(asked)] if asked is not None else [told]


def _withdraw(group: Group, db: Session) -> None:
    """Withdraw what waits for a morning, or the end of a break, and is about a group."""
    later = (text(WAITING), col(Outbox.state) == "pending", col(Outbox.next_at) > Outbox.created_at)
    db.exec(delete(Outbox).where(col(Outbox.about) == views.about(group), *later))


def _last(group: Group, db: Session) -> Part | None:
    """Return the closing stage, if it is the one that comes next."""
    following = _next(group, db)
    return following if following is not None and following.closes else None


def _next(group: Group, db: Session) -> Part | None:
    names, known = _together(group, db), _known(db)
    if group.stage:
        names = names[names.index(group.stage) + 1 :] if group.stage in names else ()
    return next((known[name] for name in names if name in known), None)


def _before(group: Group, db: Session) -> Part | None:
    names = _together(group, db)
    return _known(db).get(names[names.index(group.stage) - 1]) if group.stage in names[1:] else None


def _together(group: Group, db: Session) -> tuple[str, ...]:
    return programme_of(views.round_of(group, db), db).together


def _known(db: Session) -> dict[str, Part]:
    return {part.stage: part for part in house(db).parts if part.stage}
