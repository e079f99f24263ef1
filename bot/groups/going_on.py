"""A group that goes on, as one of its members sees it."""

from dataclasses import dataclass

from sqlmodel import Session

from bot.groups import views
from bot.groups.tables import Series
from bot.groups.views import View
from bot.people.tables import Person


@dataclass(frozen=True, slots=True)
class GoingOn:
    """A series, and the member who looks at it."""

    view: View
    series: Series


def seen_by(person: Person, number: str, db: Session, *states: str) -> GoingOn | None:
    """Return series `number` as `person` sees it, or None if it is not theirs or not in one of these states."""
    series = db.get(Series, int(number)) if number.isdecimal() else None
    view = views.seen_by(person, str(series.group_id), db, *states) if series else None
    return GoingOn(view, series) if series and view else None
