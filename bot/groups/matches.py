"""Matches as people see them: who the others are, why they may fit, and what comes next."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from bot.chat import grammar
from bot.chat.cards import Button, Card, Fact, Send
from bot.chat.events import Pressed
from bot.groups import stages, views, words
from bot.groups.views import View
from bot.people import home, persons
from bot.people.home import Standing
from bot.people.tables import Person, Registration
from bot.people.words import ROLE, WAITING_LIST, WHERE_I_STAND
from bot.programme.file import Programme
from bot.programme.house import house
from bot.programme.part import Lines
from bot.programme.questions import Role


def theirs(person: Person, event: Pressed, db: Session, now: datetime) -> tuple[View, ...] | list[Send]:
    """Return this person's groups as they see them, or say that there are none yet."""
    del event
    return tuple(views.of_person(person, db)) or home.stale(person, db, now, words.NO_MATCHES_YET)


def mine(event: Pressed, listed: tuple[View, ...], db: Session, now: datetime) -> list[Send]:
    """Show somebody their matches, one card each."""
    del event, now
    return [send for view in listed for send in shown(view, db)]


def announced(listed: Iterable[View], db: Session) -> list[Send]:
    """Tell one person of the groups that are theirs now, on one side: a few words, then a card for each match."""
    there = list(listed)
    first, met = there[0], [other for view in there for other in view.others]
    roles, sides = first.programme.roles, Counter(other.side for other in met)
    counts = [grammar.count(many, roles[side].name, roles[side].plural) for side, many in sides.items()]
    sentences = words.MATCHED_WITH if len(met) == len(there) else words.GROUPED_WITH
    text = sentences[first.leads].format(
        count=grammar.listed(counts), minutes=first.programme.session.minutes, promise=first.role.promise
    )
    opening = Card(title=words.ANNOUNCED_TITLE.format(round=first.round.name), text=text)
    return [persons.send(first.person, opening), *(send for view in there for send in shown(view, db, new=True))]


def shown(view: View, db: Session, *, new: bool = False) -> list[Send]:
    """Show a member of a group the others, a card each: public answers and public reasons only.

    What can be done stands on the last card. Of a `new` group it is known that there is no meeting yet.
    """
    buttons = [button for part in house(db).parts for button in part.on_match(view, new, db)]
    buttons.append(Button(WHERE_I_STAND, "home"))
    ways = views.ways_to(view, words.CHAT_WITH)
    *cards, last = [_card(view, other) for other in view.others]
    whole = Card(title=last.title, text=last.text, facts=last.facts, buttons=tuple(buttons), meet=ways)
    return [view.send(card) for card in (*cards, whole)]


def _card(view: View, other: View) -> Card:
    programme = view.programme
    facts = [Fact(ROLE, words.YOUR_ROLE.format(role=other.role.name))]
    about = ""
    for question in programme.question:
        said = programme.show(question.name, other.mine.answers) if question.shown else ""
        if question.shown and question.kind == "long":
            about = said
        elif said:
            facts.append(Fact(question.label, said))
    contact = str(other.mine.answers.get(programme.of_kind("email"), ""))
    if contact:
        facts.append(Fact(words.CONTACT, contact))
    if why := reasons(programme, view.side, _between(view, other)):
        facts.append(Fact(words.WHY, " · ".join(why)))
    return Card(title=other.own_name, text=about, facts=tuple(facts))


def _between(view: View, other: View) -> list[str]:
    """Return the rules that speak for these two: of a match, they stand with whoever came in by it."""
    return [] if view.side == other.side else view.member.reasons or other.member.reasons


def reasons(programme: Programme, side: Role, rules: Iterable[str]) -> list[str]:
    """Return why a match may fit, as its member on this side may read it: public rules only."""
    named = set(rules)
    said = ((rule.name, rule.told(side)) for rule in programme.match.prefer)
    return [sentence for name, sentence in said if name in named and sentence]


def live(here: Standing) -> list[View]:
    """Return the groups of all rounds of whoever asks where they stand."""
    if "live" not in here.memo:
        here.memo["live"] = views.of_person(here.person, here.db)
    found: list[View] = here.memo["live"]
    return found


def standing(here: Standing) -> Lines:
    """Say how many matches somebody has in this round and how each stands, or that they wait for one."""
    mine, db, listed = here.mine, here.db, live(here)
    facts = tuple(Fact(view.name, _state(view, here)) for view in listed)
    text, buttons = "", [Button(words.MY_MATCHES, "matches")] if listed else []
    if mine.state == "registered" and here.round.state == "announced":
        count = sum(view.many for view in listed if view.mine.id == mine.id)
        had = views.of(mine, db, "ended") if not count and not mine.waiting else []
        if count:
            text = grammar.say(words.MATCHED, count=count)
        elif had:
            text = words.ALL_OVER
            buttons.insert(0, Button(words.ANOTHER_MATCH, "another_match", str(had[-1].group.id)))
        else:
            text = WAITING_LIST
    return Lines(text, facts, tuple(buttons))


def _state(view: View, here: Standing) -> str:
    said = (part.state(view, here.zone, here.db, here.now) for part in house(here.db).parts)
    return next((text for text in said if text), "")


def held_in(mine: Registration, db: Session) -> dict[str, object]:
    """Return the matches of a registration, for its person."""
    listed = [
        {"with": view.name, "state": stages.called(view.group, db), "announced": view.group.began_at}
        for view in views.of(mine, db)
    ]
    return {"matches": listed}
