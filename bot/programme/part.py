"""What a part is: one thing that a programme can do with its people, and the doors it opens to the rest of the house.

A part is a folder that can be read alone; one line in the list of `bot/front/parts.py` adds it, and no part imports
another. Every door is a plain function with a default that does nothing. Whoever goes through the doors asks all parts
in the order of the list, by way of `house(db).parts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlmodel import Session

from bot.chat.cards import Button, Card, Fact, Send
from bot.chat.events import Pressed

if TYPE_CHECKING:
    from bot.groups.tables import Group, Series
    from bot.groups.views import View
    from bot.people.home import Standing
    from bot.people.tables import Person, Registration, Round
    from bot.programme.file import Programme

MOMENTS = frozenset({"planned", "opened", "closed", "announced", "ended", "forgotten"})  # in the life of a round

Subject = TypeVar("Subject")
Handler = Callable[[Any, Session, datetime], list[Send]]


@dataclass(frozen=True, slots=True)
class Asked(Generic[Subject]):
    """The handler of a press, with the three questions that come before it does anything.

    `who` returns the person who presses. `may` returns what it is about, looked up as theirs (their match, a round that
    they coordinate), or the messages that say why it is not. `still` returns the messages that show how things stand
    if it is not possible any more, or None. Only then `do` is called, with the event, what it is about, and the two
    arguments of every handler.
    """

    do: Callable[[Pressed, Subject, Session, datetime], list[Send]]
    who: Callable[[Pressed, Session, datetime], Person]
    may: Callable[[Person, Pressed, Session, datetime], Subject | list[Send]]
    still: Callable[[Subject, Pressed, Session, datetime], list[Send] | None]

    def __call__(self, event: Pressed, db: Session, now: datetime) -> list[Send]:
        """Ask the three questions; do it, or say why not."""
        about = self.may(self.who(event, db, now), event, db, now)
        if isinstance(about, list):
            return about
        too_late = self.still(about, event, db, now)
        return self.do(event, about, db, now) if too_late is None else too_late


def pressed(
    do: Callable[[Pressed, Subject, Session, datetime], list[Send]],
    *,
    who: Callable[[Pressed, Session, datetime], Person],
    may: Callable[[Person, Pressed, Session, datetime], Subject | list[Send]],
    still: Callable[[Subject, Pressed, Session, datetime], list[Send] | None],
) -> Asked[Subject]:
    """Return the handler of a press. Without its three questions there is none: who, may they, is it still possible."""
    return Asked(do, who, may, still)


def always(*_: Any) -> None:
    """Return that it is possible at any time."""


@dataclass(frozen=True, slots=True)
class Date:
    """A column that the clock looks at, and who handles a row whose date has come: `Due` with the row's number."""

    column: Any
    handler: Handler


@dataclass(frozen=True, slots=True)
class Command:
    """Words that press a button: the whole of what was said matches `words`; its named groups are the fields.

    It counts also while a question waits for free text if `bare`. Where the text has to be read as it was typed, it is
    `exact`. Some are for `coordinators` only. `handler` is who takes it, if not the one of the action.
    """

    words: str
    action: str
    bare: bool = True
    exact: bool = False
    coordinators: bool = False
    handler: Handler | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """What a part adds to where somebody stands: a text, facts, buttons."""

    text: str = ""
    facts: tuple[Fact, ...] = ()
    buttons: tuple[Button, ...] = ()


def _nothing(*_: Any) -> list[Any]:
    return []


def _no_card(*_: Any) -> Card | None:
    return None


def _no_text(*_: Any) -> str:
    return ""


def _no_lines(*_: Any) -> Lines:
    return Lines()


def _no_words(*_: Any) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One part and its doors. `name` is its folder.

    - `sections`: keys of a programme file and the type of what stands there; `problems`: what is wrong with it
    - `pressed`: action → handler; `due`: action → date; `said`: typed words → action; `codes`: a pattern → handler
    - `met`: somebody came, or was met for the first time
    - `standing`: lines in "where I stand", for one registration; `state`: how a group stands, in a few words
    - `paused`: what stays while somebody is on a break; `guide`: buttons beside what can be said
    - `on_match`: buttons on the cards of a group, which may be a new one
    - `stage`: the name of its stage of a group. One is over `by_meeting`, in one people meet `again` and again, and one
      `closes`: a group comes there by ending. `may_begin`: why a group may not begin a stage yet, or ""; `begin`: a
      group has come there, by what took place at a moment; `ask`: the card that asks one member; `back`: it goes back
      to the stage before; `going_on`: a series has begun; `end`: what is taken back when a group ends; `joined`: a
      member has come into a group that was there; `parted`: one has left, and the others stay
    - `left`: a registration leaves (why: withdrawn, taken out, erased); `moved`: another one takes the place of one
    - `moments`: what happens in the life of a round (planned, opened, closed, announced, ended, forgotten) → handler
    - `held`: "my data" of a person; `held_in`: of one registration; `erase`: forget what registrations (a query of
      their ids) left; `forget`: forget a person
    - `figures`: totals of a round; `needs`: who needs help, in lines; `people` and `pairs`: columns of files by their
      headings, of people by registration and of pairs by group
    """

    name: str
    sections: Mapping[str, Any] = field(default_factory=dict)
    problems: Callable[[Programme], Iterable[str]] = _nothing
    pressed: Mapping[str, Handler] = field(default_factory=dict)
    due: Mapping[str, Date] = field(default_factory=dict)
    said: Sequence[Command] = ()
    codes: Mapping[str, Handler] = field(default_factory=dict)
    met: Handler = _nothing
    standing: Callable[[Standing], Lines] = _no_lines
    state: Callable[[View, str, Session, datetime], str] = _no_text
    paused: Callable[[Person, Session], Lines] = _no_lines
    guide: Callable[[Person, Session], Sequence[Button]] = _nothing
    on_match: Callable[[View, bool, Session], Sequence[Button]] = _nothing
    stage: str = ""
    by_meeting: bool = False
    again: bool = False
    closes: bool = False
    may_begin: Callable[[Group, str, Session], str] = _no_text
    begin: Callable[[Group, datetime, Session, datetime], list[Send]] = _nothing
    ask: Callable[[View, Session, datetime], Card | None] = _no_card
    back: Callable[[Group], object] = _nothing
    going_on: Callable[[Series, View, Session], object] = _nothing
    end: Callable[[Group, Session, datetime], list[Send]] = _nothing
    joined: Callable[[View, Session, datetime], list[Send]] = _nothing
    parted: Callable[[View, Session, datetime], list[Send]] = _nothing
    left: Callable[[Registration, Person, str, Session, datetime], list[Send]] = _nothing
    moved: Callable[[Registration, Registration, Session, datetime], list[Send]] = _nothing
    moments: Mapping[str, Callable[[Round, Session, datetime], list[Send]]] = field(default_factory=dict)
    held: Callable[[Person, Session], Mapping[str, object]] = _no_words
    held_in: Callable[[Registration, Session], Mapping[str, object]] = _no_words
    erase: Callable[[Any, Session], object] = _nothing
    forget: Callable[[Person, Session], object] = _nothing
    figures: Callable[[Round, Session], Mapping[str, int]] = _no_words
    people: Callable[[Round, Session], Mapping[str, Mapping[int, object]]] = _no_words
    pairs: Callable[[Round, Session], Mapping[str, Mapping[int, object]]] = _no_words
    needs: Callable[[Round, Session], Sequence[str]] = _nothing

    def __post_init__(self) -> None:
        """Take no handler of a press without its three questions, and none of a moment that never comes."""
        if unknown := self.moments.keys() - MOMENTS:
            raise TypeError(f"{self.name}: there is no moment {', '.join(sorted(unknown))} in the life of a round")
        for action, handler in self.pressed.items():
            if not isinstance(handler, Asked):
                raise TypeError(f"{self.name}: {action} does not say who may press it, what it is about, and when")
