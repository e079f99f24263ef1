"""A message says what it is about, so that what still waits can be withdrawn when that is over.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ABOUT = "state IN ('pending', 'sending', 'retry', 'unknown') AND about <> ''"
LAPSED = {
    "sqlite": "'match:' || substr(key, 8, instr(substr(key, 8), ':') - 1)",
    "postgresql": "'match:' || split_part(key, ':', 2)",
}
OF_PAIRS = """
    UPDATE outbox SET about = (
        SELECT 'match:' || pair.match_id FROM pair WHERE outbox.key LIKE '{kind}:' || pair.id || ':%'
    )
    WHERE state IN ('pending', 'sending', 'retry', 'unknown')
    AND EXISTS (SELECT 1 FROM pair WHERE outbox.key LIKE '{kind}:' || pair.id || ':%')
"""


def upgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("about", sa.String(), nullable=False, server_default=""))
    some = sa.text(ABOUT)
    op.create_index("ix_outbox_about", "outbox", ["about"], unique=False, sqlite_where=some, postgresql_where=some)
    op.execute(f"UPDATE outbox SET about = {LAPSED[op.get_bind().dialect.name]} WHERE key LIKE 'lapsed:%'")  # noqa: S608
    for kind in ("check-in", "guidance"):
        op.execute(OF_PAIRS.format(kind=kind))


def downgrade() -> None:
    raise NotImplementedError("there is no way back but a backup")
