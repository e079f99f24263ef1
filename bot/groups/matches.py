"""Matches as the two people see them: who they are, why they may fit, and what comes next."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from bot.chat import grammar
from bot.chat.cards import Button, Card, Fact, Send
from bot.chat.events import Pressed
from bot.groups import sides, words
from bot.groups.sides import Side
from bot.people import home, persons
from bot.people.home import Standing
from bot.people.tables import Person, Registration
from bot.people.words import ROLE, WAITING_LIST, WHERE_I_STAND
from bot.programme.house import house
from bot.programme.part import Lines
from bot.programme.questions import MENTEE, MENTOR


def theirs(person: Person, event: Pressed, db: Session, now: datetime) -> tuple[Side, ...] | list[Send]:
    """Return this person's matches as they see them, or say that there are none yet."""
    del event
    return tuple(sides.of_person(person, db)) or home.stale(person, db, now, words.NO_MATCHES_YET)


def mine(event: Pressed, listed: tuple[Side, ...], db: Session, now: datetime) -> list[Send]:
    """Show somebody their matches, one card each."""
    del event, now
    return [side.send(card(side, db)) for side in listed]


def announced(matched: Iterable[Side], db: Session) -> list[Send]:
    """Tell one person of their new matches: a few words, then a card for each match."""
    listed = list(matched)
    first = listed[0]
    named = first.programme.roles[first.role]
    intro = {MENTEE: words.ANNOUNCED_MENTEE, MENTOR: words.ANNOUNCED_MENTOR}[first.role]
    other = first.programme.roles[MENTEE if first.role == MENTOR else MENTOR]
    text = intro.format(
        count=grammar.count(len(listed), other.name, other.plural),
        minutes=first.programme.session.minutes,
        promise=named.promise,
    )
    opening = Card(title=words.ANNOUNCED_TITLE.format(round=first.round.name), text=text)
    return [persons.send(first.person, opening), *(side.send(card(side, db, new=True)) for side in listed)]


def card(side: Side, db: Session, *, new: bool = False) -> Card:
    """Return the card that shows a match to one of its two: public answers and public reasons only.

    Of a `new` one it is known that there is no session yet.
    """
    programme, other = side.programme, side.other
    roles = programme.roles[MENTEE if side.role == MENTOR else MENTOR]
    facts = [Fact(ROLE, words.YOUR_ROLE.format(role=roles.name))]
    about = ""
    for question in programme.question:
        shown = programme.show(question.name, other.answers) if question.shown else ""
        if question.shown and question.kind == "long":
            about = shown
        elif shown:
            facts.append(Fact(question.label, shown))
    contact = str(other.answers.get(programme.of_kind("email"), ""))
    if contact:
        facts.append(Fact(words.CONTACT, contact))
    if why := reasons(side):
        facts.append(Fact(words.WHY, " · ".join(why)))
    buttons = [button for part in house(db).parts for button in part.on_match(side, new, db)]
    buttons.append(Button(WHERE_I_STAND, "home"))
    meet = side.meet(words.CHAT_WITH.format(name=grammar.first(side.name)))
    return Card(title=side.name, text=about, facts=tuple(facts), buttons=tuple(buttons), meet=meet)


def reasons(side: Side) -> list[str]:
    """Return why this match may fit, as its side may read it: public rules only."""
    found = []
    for rule in side.programme.match.prefer:
        sentence = rule.to_mentee if side.role == MENTEE else rule.to_mentor
        if rule.name in side.match.reasons and sentence:
            found.append(sentence)
    return found


def live(here: Standing) -> list[Side]:
    """Return the matches of all rounds of whoever asks where they stand."""
    if "live" not in here.memo:
        here.memo["live"] = sides.of_person(here.person, here.db)
    found: list[Side] = here.memo["live"]
    return found


def standing(here: Standing) -> Lines:
    """Say how many matches somebody has in this round and how each stands, or that they wait for one."""
    mine, db, listed = here.mine, here.db, live(here)
    facts = tuple(Fact(side.name, _state(side, here)) for side in listed)
    text, buttons = "", [Button(words.MY_MATCHES, "matches")] if listed else []
    if mine.state == "registered" and here.round.state == "announced":
        count = sum(side.mine.id == mine.id for side in listed)
        had = sides.of(mine, db, "ended") if not count and not mine.waiting else []
        if count:
            text = grammar.say(words.MATCHED, count=count)
        elif had:
            text = words.ALL_OVER
            buttons.insert(0, Button(words.ANOTHER_MATCH, "another_match", str(had[-1].id)))
        else:
            text = WAITING_LIST
    return Lines(text, facts, tuple(buttons))


def _state(side: Side, here: Standing) -> str:
    said = (part.state(side, here.zone, here.db, here.now) for part in house(here.db).parts)
    return next((text for text in said if text), "")


def held_in(mine: Registration, db: Session) -> dict[str, object]:
    """Return the matches of a registration, for its person."""
    listed = [
        {"with": Side(match, mine, db).name, "state": match.state, "announced": match.announced_at}
        for match in sides.of(mine, db)
    ]
    return {"matches": listed}
