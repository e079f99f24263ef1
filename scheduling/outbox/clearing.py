"""Deleting what nobody needs any more."""

from datetime import datetime, timedelta

from sqlalchemy import select as rows_of
from sqlmodel import Session, col, delete

from bot.keeping.tables import Handled, Outbox
from bot.people.tables import OpenCard

KEEP_HANDLED = timedelta(days=7)
KEEP_DELIVERED = timedelta(days=30)
KEEP_OPEN = timedelta(weeks=10)  # longer than the longest time between two check-ins


def purge(db: Session, now: datetime) -> None:
    """Delete what nobody needs any more: event ids after a week, delivered messages after a month.

    A message that somebody's typed words may still answer is kept; after ten weeks, they answer it no more.
    """
    db.exec(delete(Handled).where(col(Handled.at) < now - KEEP_HANDLED))
    db.exec(delete(OpenCard).where(col(OpenCard.shown_at) < now - KEEP_OPEN))
    done = (col(Outbox.done_at) < now - KEEP_DELIVERED, col(Outbox.id).not_in(rows_of(col(OpenCard.outbox_id))))
    db.exec(delete(Outbox).where(*done).execution_options(synchronize_session=False))
