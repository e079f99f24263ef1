"""Indexes of dates end in the row's id, and those of waiting messages begin with platform and kind.

Many rows may come due at one moment, and one of them is claimed by the order of both. A busy lane is passed over.

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DATES = {
    "match": ("book_due_at", "reveal_due_at"),
    "mentoring_session": ("answer_due_at", "ask_due_at", "day_due_at", "soon_due_at"),
    "pair": ("check_in_due_at", "end_due_at", "guidance_due_at", "silence_due_at"),
    "person": ("resume_due_at",),
    "registration": ("remind_due_at",),
    "round": ("close_due_at", "end_due_at", "open_due_at", "warn_due_at"),
}
WAITING = "state IN ('pending', 'sending', 'retry', 'unknown')"


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    some = sa.text(where)
    op.create_index(name, table, columns, unique=False, sqlite_where=some, postgresql_where=some)


def upgrade() -> None:
    for table, columns in DATES.items():
        for column in columns:
            op.drop_index(f"ix_{table}_{column}", table)
            _index(f"ix_{table}_{column}_{table}_id", table, [column, "id"], f"{column} IS NOT NULL")
    op.drop_index("ix_outbox_waiting", "outbox")
    _index("ix_outbox_waiting", "outbox", ["platform", "bulk", "next_at", "id"], WAITING)


def downgrade() -> None:
    raise NotImplementedError("there is no way back but a backup")
