"""The made-up coordinator: a round from its opening to its last report, in the chat, on the days a volunteer would."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from adapters.crowd.humans import Human, Move
from adapters.crowd.people import Persona, Temper
from bot.chat.cards import Card

OPENS_AFTER, CLOSES_AFTER, EXTENDED_TO = timedelta(days=2), timedelta(days=19), timedelta(days=23)
ROUND = "Speed mentoring, made-up people"

Errand = Callable[[Human], Move | None]


def coordinator(user: str = "cora") -> Persona:
    """Return who coordinates: somebody with steady habits."""
    never = Temper(pace=timedelta(minutes=1), presses_twice=0.01, presses_old=0, redelivered=0.01)
    return Persona(user, "Cora Coordinator", "London", "Europe/London", {}, never, timedelta())


def agenda(code: str, start: date, weeks: int) -> Iterator[tuple[timedelta, list[Errand]]]:
    """Yield what is done, and when after the start: each visit is a list of moves, some seconds apart."""
    yield (
        timedelta(),
        [
            _say(code),
            _say("new round"),
            _fill(ROUND),
            _fill(_day(start + OPENS_AFTER)),
            _fill(_day(start + CLOSES_AFTER)),
            _press("invitation"),
        ],
    )
    yield timedelta(days=7), [_say("admin"), _press("who"), _press("unfinished"), _press("remind_unfinished")]
    yield timedelta(days=14), [_say("admin"), _press("shortage"), _press("round")]
    yield timedelta(days=16), [_say("admin"), _press("extend"), _fill(_day(start + EXTENDED_TO))]
    yield (
        EXTENDED_TO + timedelta(days=5),
        [
            _say("admin"),
            _press("preview"),
            _press("pairs"),
            _rule("forbid"),
            _press("pairs"),
            _rule("lock"),
            _press("unmatched"),
            _press("preview"),
            _press("announce"),
            _press("announce_surely"),
        ],
    )
    waiting = EXTENDED_TO + timedelta(days=33)
    yield (
        waiting,
        [
            _say("admin"),
            _press("follow_up"),
            _press("report"),
            _say("admin"),
            _press("follow_up"),
            _press("preview"),
            _press("announce"),
            _press("announce_surely"),
        ],
    )
    for week in range(12, weeks, 8):
        yield (
            timedelta(weeks=week),
            [_say("admin"), _press("follow_up"), _press("report"), _say("admin"), _press("totals")],
        )
    yield timedelta(weeks=weeks) - timedelta(hours=1), [_say("admin"), _press("follow_up"), _press("report")]


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _say(text: str) -> Errand:
    return lambda _: Move(text)


def _press(action: str, fields: Callable[[Card], dict[str, str]] | None = None) -> Errand:
    """Press the newest button that does this, if the last card or the one before has one."""

    def errand(human: Human) -> Move | None:
        for ref, shown in list(reversed(human.screen.items()))[:2]:
            for button in shown.card.buttons:
                if button.action == action:
                    return Move(button=button, fields=fields(shown.card) if fields else {}, ref=ref)
        return None

    return errand


def _fill(text: str) -> Errand:
    """Fill the one field of the last card and press its first button."""

    def errand(human: Human) -> Move | None:
        ref, shown = next(reversed(human.screen.items()))
        button = next((button for button in shown.card.buttons if button.action), None)
        if not shown.card.fields or button is None:
            return Move(text)
        return Move(button=button, fields={shown.card.fields[0].name: text}, ref=ref)

    return errand


def _rule(kind: str) -> Errand:
    """Keep or forbid one of the pairs on the card, by chance."""

    def errand(human: Human) -> Move | None:
        for ref, shown in reversed(human.screen.items()):
            button = next((b for b in shown.card.buttons if b.value.endswith(f":{kind}")), None)
            if button and shown.card.fields and shown.card.fields[0].choices:
                pair = human.luck.choice(shown.card.fields[0].choices).code
                return Move(button=button, fields={shown.card.fields[0].name: pair}, ref=ref)
        return None

    return errand
