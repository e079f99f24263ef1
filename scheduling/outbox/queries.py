"""The questions to the outbox: which messages wait, and for nothing but their turn. One transaction asks them."""

from typing import Any

from sqlalchemy import and_, bindparam, func, not_, text
from sqlalchemy import select as rows_of
from sqlalchemy.orm import aliased, lazyload
from sqlmodel import col

from bot.keeping.tables import WAITING, Outbox
from bot.people.tables import Account, Person, Workspace

WAITS = text(f"outbox.{WAITING}")  # word for word as in the indexes, or the databases would not use them
BULK = text("outbox.bulk")


def _first_in_line() -> Any:
    """Return the query for messages that wait for nothing but their time: nothing earlier to the same reader waits.

    A message that was decided for later, a nudge for somebody's working hours, holds up none that come after it.
    """
    earlier = aliased(Outbox, name="earlier")
    same, before = col(earlier.person_id) == Outbox.person_id, col(earlier.id) < Outbox.id
    waits = text(f"earlier.{WAITING}")
    blocked = rows_of(col(earlier.id)).where(same, waits, before, not_(_for_later(earlier))).exists()
    to = rows_of(Outbox, Person, Account).join(Person, col(Person.id) == Outbox.person_id)
    to = to.join(Account, col(Account.id) == Outbox.account_id).options(lazyload("*"))
    return to.where(WAITS, ~blocked)


def _for_later(row: Any) -> Any:
    return and_(col(row.state) == "pending", col(row.attempts) == 0, col(row.next_at) > col(row.created_at))


def some(column: Any, name: str) -> Any:
    """Return the condition that a column holds one of the values given under this name."""
    return column.in_(bindparam(name, expanding=True))


_CONNECTED = some(col(Outbox.platform), "platforms")
_ONE_KIND = and_(col(Outbox.platform) == bindparam("platform"), col(Outbox.bulk) == bindparam("bulk"))
BEHIND = (
    rows_of(col(Outbox.person_id))
    .where(WAITS, some(col(Outbox.person_id), "readers"), col(Outbox.id) < bindparam("oldest"))
    .where(not_(_for_later(Outbox)))
)
NEXT_OF_ALL = (
    _first_in_line()
    .where(col(Outbox.next_at) <= bindparam("now"))
    .order_by(Outbox.next_at, Outbox.id)
    .limit(bindparam("room"))
    .with_for_update(skip_locked=True, of=Outbox)
)
NEXT = NEXT_OF_ALL.where(_ONE_KIND)
NEXT_TO_SOME = NEXT_OF_ALL.where(
    _CONNECTED, some(col(Outbox.person_id), "readers"), col(Outbox.id) <= bindparam("newest")
)
SOONEST = (
    _first_in_line().where(_ONE_KIND).with_only_columns(col(Outbox.next_at)).order_by(col(Outbox.next_at)).limit(1)
)
_ELSEWHERE = rows_of(col(Workspace.platform)).where(not_(some(col(Workspace.platform), "platforms")))
STRANDED = rows_of(func.count(col(Outbox.id))).where(
    WAITS, col(Outbox.platform).in_(_ELSEWHERE), col(Outbox.next_at) <= bindparam("now")
)
