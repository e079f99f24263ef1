"""Lanes, secrets of adapters, introductions, and e-mail addresses that a platform suggests.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lane",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("platform", "tenant", name=op.f("pk_lane")),
    )
    op.create_table(
        "secret",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secret")),
    )
    for name, table, columns, where in (
        ("ix_outbox_ended", "outbox", ["platform", "state"], "state IN ('unknown', 'expired', 'dead')"),
        ("ix_outbox_done", "outbox", ["done_at"], "done_at IS NOT NULL"),
        ("ix_person_unreachable", "person", ["platform"], "NOT reachable AND state = 'active'"),
        (
            "ix_outbox_lane",
            "outbox",
            ["platform", "tenant", "next_at", "id"],
            "state IN ('pending', 'sending', 'retry', 'unknown') AND bulk",
        ),
    ):
        some = sa.text(where)
        op.create_index(name, table, columns, unique=False, sqlite_where=some, postgresql_where=some)
    with op.batch_alter_table("match", schema=None) as batch_op:
        batch_op.add_column(sa.Column("introduce", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("email", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    raise NotImplementedError("there is no way back but a backup")
