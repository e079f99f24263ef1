"""Groups with members in the place of matches, proposals apart from them, series and meetings; accounts of people.

Revision 0006, after 0005. Row numbers stay what they were: of a match in its group or its proposal, of a pair in its
series, of a session in its meeting. Every person has one account, which messages of before went to; the columns that
`open_card` has replaced are dropped. What is sealed is not touched. A program of before does not find its tables any
more, so this revision is taken only where no other process uses the database (`stops_all`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
stops_all = True

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
SESSION = "mentoring_session"

GROUPS = """
    INSERT INTO "group" (id, round_id, stage, state, began_at, book_due_at, book_reminders, reveal_due_at)
    SELECT match.id, match.round_id,
        CASE WHEN match.state = 'going_on' THEN 'series'
            WHEN pair.id IS NOT NULL THEN 'closing'
            WHEN match.state = 'finished' OR match.reveal_due_at IS NOT NULL THEN 'decide'
            ELSE 'session' END,
        CASE WHEN match.state IN ('announced', 'going_on') THEN 'live' ELSE match.state END,
        COALESCE(match.announced_at, round.announced_at, CURRENT_TIMESTAMP),
        match.book_due_at, match.book_reminders, match.reveal_due_at
    FROM match JOIN round ON round.id = match.round_id LEFT JOIN pair ON pair.match_id = match.id
    WHERE match.state <> 'proposed' ORDER BY match.id
"""
MENTORS = """
    INSERT INTO group_member (group_id, registration_id, side, reasons, score, origin, introduce)
    SELECT id, mentor_id, 'mentor', '[]', 0, origin, introduce IN ('mentor', 'both')
    FROM match WHERE state <> 'proposed' ORDER BY id
"""
MENTEES = """
    INSERT INTO group_member (group_id, registration_id, side, reasons, score, origin, introduce)
    SELECT id, mentee_id, 'mentee', reasons, score, origin, introduce IN ('mentee', 'both')
    FROM match WHERE state <> 'proposed' AND mentee_id <> mentor_id ORDER BY id
"""
PROPOSALS = """
    INSERT INTO proposal (id, round_id, mentor_id, mentee_id, origin, score, reasons)
    SELECT id, round_id, mentor_id, mentee_id, origin, score, reasons FROM match WHERE state = 'proposed' ORDER BY id
"""
SERIES = """
    INSERT INTO series (id, group_id, state, weeks, silent, number, guidance, started_at, ended_at,
        check_in_due_at, silence_due_at, guidance_due_at, end_due_at)
    SELECT id, match_id, state, weeks, silent, number, guidance, started_at, ended_at,
        check_in_due_at, silence_due_at, guidance_due_at, end_due_at
    FROM pair ORDER BY id
"""
MEETINGS = """
    INSERT INTO meeting (id, group_id, state, starts_at, moves_to, minutes, place, suggested_by, awaited, uid, sequence,
        told, answer_due_at, day_due_at, soon_due_at, ask_due_at)
    SELECT held.id, held.match_id, held.state, held.starts_at, held.moves_to, held.minutes, '', held.suggested_by,
        <json>CASE WHEN held.waiting_for IS NULL THEN '[]' ELSE '[' || held.waiting_for || ']' END</json>,
        held.uid, held.sequence,
        <json>'{' ||
            CASE WHEN told_mentor = '' THEN '' ELSE '"' || match.mentor_id || '": "' || told_mentor || '"' END ||
            CASE WHEN told_mentor <> '' AND told_mentee <> '' THEN ', ' ELSE '' END ||
            CASE WHEN told_mentee = '' THEN '' ELSE '"' || match.mentee_id || '": "' || told_mentee || '"' END ||
            '}'</json>,
        held.answer_due_at, held.day_due_at, held.soon_due_at, held.ask_due_at
    FROM mentoring_session AS held JOIN match ON match.id = held.match_id ORDER BY held.id
"""

OF_EVERYBODY = """
    INSERT INTO account (person_id, platform, tenant, "user", route, suggestion, email, reachable, current)
    SELECT id, platform, tenant, "user", route, suggestion, email, reachable, {true} FROM person ORDER BY id
"""
OF_MESSAGES = """
    UPDATE outbox SET account_id = (SELECT account.id FROM account WHERE account.person_id = outbox.person_id)
"""
MOVED = ("platform", "tenant", "user", "route", "suggestion", "email", "reachable")
REPLACED = ("asked", "asked_id", "asked_before", "asked_before_id")


def upgrade() -> None:
    _groups()
    _accounts()


def _groups() -> None:
    """Let groups, proposals, series and meetings take the place of matches, pairs and sessions."""
    _new_tables()
    postgres = op.get_bind().dialect.name == "postgresql"
    begin, end = ("CAST((", ") AS JSON)") if postgres else ("(", ")")  # SQLite keeps JSON as a text
    for copy in (GROUPS, MENTORS, MENTEES, PROPOSALS, SERIES, MEETINGS):
        op.execute(copy.replace("<json>", begin).replace("</json>", end))
    if postgres:
        for table, before in (("group", "match"), ("proposal", "match"), ("series", "pair"), ("meeting", SESSION)):
            new, old = (f"pg_get_serial_sequence('\"{name}\"', 'id')" for name in (table, before))
            op.execute(f"SELECT setval({new}, nextval({old}), false)")
    for table in ("outbox", "open_card"):
        op.execute(f"UPDATE {table} SET about = 'group:' || substr(about, 7) WHERE about LIKE 'match:%'")  # noqa: S608
    _point_to("decision", "match_id", "group_id", "group")
    _point_to("check_in_answer", "pair_id", "series_id", "series")
    _point_to("survey_taken", "pair_id", "series_id", "series")
    for table in (SESSION, "pair", "match"):
        op.drop_table(table)


def _new_tables() -> None:
    op.create_table(
        "group",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("book_due_at", MOMENT, nullable=True),
        sa.Column("book_reminders", sa.Integer(), nullable=False),
        sa.Column("reveal_due_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_group_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group")),
    )
    op.create_table(
        "group_member",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("introduce", sa.Boolean(), nullable=False),
        sa.Column("left_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name=op.f("fk_group_member_group_id")),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], name=op.f("fk_group_member_registration_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_member")),
        sa.UniqueConstraint("group_id", "registration_id", name=op.f("uq_group_member_group_id_registration_id")),
    )
    op.create_table(
        "proposal",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("mentor_id", sa.BigInteger(), nullable=False),
        sa.Column("mentee_id", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["mentee_id"], ["registration.id"], name=op.f("fk_proposal_mentee_id")),
        sa.ForeignKeyConstraint(["mentor_id"], ["registration.id"], name=op.f("fk_proposal_mentor_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_proposal_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint(
            "round_id", "mentor_id", "mentee_id", name=op.f("uq_proposal_round_id_mentor_id_mentee_id")
        ),
    )
    op.create_table(
        "series",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("silent", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("guidance", sa.Integer(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("check_in_due_at", MOMENT, nullable=True),
        sa.Column("silence_due_at", MOMENT, nullable=True),
        sa.Column("guidance_due_at", MOMENT, nullable=True),
        sa.Column("end_due_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name=op.f("fk_series_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    op.create_table(
        "meeting",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("moves_to", MOMENT, nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("suggested_by", sa.BigInteger(), nullable=False),
        sa.Column("awaited", sa.JSON(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("answer_due_at", MOMENT, nullable=True),
        sa.Column("day_due_at", MOMENT, nullable=True),
        sa.Column("soon_due_at", MOMENT, nullable=True),
        sa.Column("ask_due_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name=op.f("fk_meeting_group_id")),
        sa.ForeignKeyConstraint(["suggested_by"], ["registration.id"], name=op.f("fk_meeting_suggested_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
    )
    dates = {
        "group": ("book_due_at", "reveal_due_at"),
        "series": ("check_in_due_at", "silence_due_at", "guidance_due_at", "end_due_at"),
        "meeting": ("answer_due_at", "day_due_at", "soon_due_at", "ask_due_at"),
    }
    for table, columns in dates.items():
        for column in columns:
            some = sa.text(f"{column} IS NOT NULL")
            name = f"ix_{table}_{column}_{table}_id"
            op.create_index(name, table, [column, "id"], unique=False, sqlite_where=some, postgresql_where=some)
    rows = {
        "group": ("round_id",),
        "group_member": ("group_id", "registration_id"),
        "proposal": ("round_id", "mentor_id", "mentee_id"),
        "meeting": ("group_id", "suggested_by", "starts_at"),
    }
    for table, columns in rows.items():
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
    op.create_index(op.f("ix_series_group_id"), "series", ["group_id"], unique=True)


def _point_to(table: str, before: str, column: str, target: str) -> None:
    """Let a column name the rows of another table, under a new name."""
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.drop_constraint(f"fk_{table}_{before}", type_="foreignkey")
        batch_op.alter_column(before, new_column_name=column, existing_type=sa.BigInteger(), existing_nullable=False)
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.create_foreign_key(f"fk_{table}_{column}", target, [column], ["id"])


def _accounts() -> None:
    """Give every person an account of their own, with what the platform knows of them."""
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("suggestion", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("platform", "tenant", "user", name=op.f("uq_account_platform_tenant_user")),
    )
    true = "true" if op.get_bind().dialect.name == "postgresql" else "1"
    op.execute(OF_EVERYBODY.format(true=true))
    op.create_index(op.f("ix_account_person_id"), "account", ["person_id"], unique=False)
    for name, column, where, unique in (
        ("ix_account_current", "person_id", "current", True),
        ("ix_account_unreachable", "platform", "NOT reachable AND current", False),
    ):
        some = sa.text(where)
        op.create_index(name, "account", [column], unique=unique, sqlite_where=some, postgresql_where=some)
    op.add_column("outbox", sa.Column("account_id", sa.BigInteger(), nullable=True))
    op.execute(OF_MESSAGES)
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.alter_column("account_id", existing_type=sa.BigInteger(), nullable=False)
        batch_op.create_foreign_key(op.f("fk_outbox_account_id"), "account", ["account_id"], ["id"])
    op.drop_index("ix_person_unreachable", "person")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_constraint("uq_person_platform_tenant_user", type_="unique")
        for column in (*MOVED, *REPLACED):
            batch_op.drop_column(column)


def downgrade() -> None:
    raise NotImplementedError("there is no way back but a backup")
