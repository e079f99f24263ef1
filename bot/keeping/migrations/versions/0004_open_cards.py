"""The cards open at each reader in a table of their own, and what a platform suggests as a name beside the name said.

Revision 0004, after 0003. The last two cards of everybody move to the table. A name that no registration holds was
their platform's suggestion. Columns that are no longer used are emptied; a later release drops them.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LAST_TWO = """
    INSERT INTO open_card (person_id, outbox_id, about, reply, token, shown_at)
    SELECT person.id, outbox.id, '', {true}, person.{card}, outbox.created_at
    FROM person JOIN outbox ON outbox.id = person.{card}_id WHERE person.{card} <> '' ORDER BY outbox.id
"""


def upgrade() -> None:
    op.create_table(
        "open_card",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("outbox_id", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("reply", sa.Boolean(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_open_card_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_card")),
    )
    op.create_index("ix_open_card_reader", "open_card", ["person_id", "shown_at", "id"], unique=False)
    for column in ("outbox_id", "shown_at"):
        op.create_index(op.f(f"ix_open_card_{column}"), "open_card", [column], unique=False)
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("suggestion", sa.String(), nullable=False, server_default=""))
    true = "true" if op.get_bind().dialect.name == "postgresql" else "1"
    for card in ("asked_before", "asked"):
        op.execute(LAST_TWO.format(card=card, true=true))
    op.execute("UPDATE person SET asked = '', asked_id = NULL, asked_before = '', asked_before_id = NULL")
    _names()


def _names() -> None:
    """Keep as names only what their people said; what is in no answer of theirs is a suggestion."""
    db = op.get_bind()
    said: dict[int, set[str]] = {}
    for person, answers in db.execute(sa.text("SELECT person_id, answers FROM registration")):
        listed = json.loads(answers) if isinstance(answers, str) else answers or {}
        said.setdefault(person, set()).update(value for value in listed.values() if isinstance(value, str))
    move = sa.text("UPDATE person SET suggestion = name, name = '' WHERE id = :id")
    for number, name in db.execute(sa.text("SELECT id, name FROM person WHERE name <> ''")).all():
        if name not in said.get(number, ()):
            db.execute(move, {"id": number})


def downgrade() -> None:
    raise NotImplementedError("there is no way back but a backup")
