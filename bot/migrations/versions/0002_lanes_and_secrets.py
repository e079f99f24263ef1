"""Lanes, secrets of adapters, and e-mail addresses that a platform suggests.

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
    waiting_in_bulk = sa.text("state IN ('pending', 'sending', 'retry', 'unknown') AND bulk")
    op.create_index(
        "ix_outbox_lane",
        "outbox",
        ["platform", "tenant", "next_at", "id"],
        unique=False,
        sqlite_where=waiting_in_bulk,
        postgresql_where=waiting_in_bulk,
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("email", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    raise NotImplementedError("there is no way back but a backup")
