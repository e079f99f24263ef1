"""What a registration adds elsewhere: to where somebody stands, and to a coordinator's figures and lists."""

from sqlmodel import Session

from bot.calendar import times
from bot.chat.cards import Button
from bot.groups import matches, views
from bot.parts.registration import words
from bot.people import rounds
from bot.people.home import Standing
from bot.people.tables import Round
from bot.people.words import CHANGE, OPEN_AS_PROMISED
from bot.programme.part import Lines


def standing(here: Standing) -> Lines:
    """Say where a registration stands while its round is not announced, and offer what can be done about it."""
    mine, round_ = here.mine, here.round
    change = (Button(CHANGE, "change", str(mine.id)),)
    if mine.state == "interested" and round_.state == "open":
        return Lines(OPEN_AS_PROMISED.format(round=round_.name, closes=_closes(here)))
    if mine.state == "interested":
        opens = times.show_moment(rounds.opening(round_), here.zone, here.now)
        return Lines(words.WAITING_TO_OPEN.format(opens=opens))
    if round_.state in {"planned", "open"}:
        if mine.state == "unfinished":
            go_on = (Button(words.CONTINUE, "register", str(round_.id)),)
            return Lines(words.UNFINISHED.format(closes=_closes(here)), buttons=go_on)
        return Lines(words.REGISTERED_OPEN.format(closes=_closes(here)), buttons=change)
    if mine.state == "unfinished":
        return Lines(words.UNFINISHED_CLOSED)
    if round_.state == "closed":
        return Lines(words.REGISTERED_CLOSED, buttons=change)
    waits = not any(view.mine.id == mine.id for view in matches.live(here))
    over = not mine.waiting and waits and views.of(mine, here.db, "ended")
    return Lines(buttons=change if waits and not over else ())


def _closes(here: Standing) -> str:
    return times.show_moment(rounds.closing(here.round), here.zone, here.now)


def figures(round_: Round, db: Session) -> dict[str, int]:
    """Return how many people have registered in a round."""
    return {words.FIGURE_REGISTERED: len(rounds.registered(round_, db))}
