"""First tables.

Revision 0001, after nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915 - all the first tables
    op.create_table(
        "handled",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_handled")),
    )
    op.create_index(op.f("ix_handled_at"), "handled", ["at"], unique=False)
    op.create_table(
        "network",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network")),
    )
    op.create_table(
        "set_aside",
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("action", "row_id", name=op.f("pk_set_aside")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("coordinator", sa.Boolean(), nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("resume_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("asked_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_before", sa.Text(), nullable=False),
        sa.Column("asked_before_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_person_network_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("platform", "tenant", "user", name=op.f("uq_person_platform_tenant_user")),
    )
    op.create_index(op.f("ix_person_network_id"), "person", ["network_id"], unique=False)
    op.create_index(
        op.f("ix_person_resume_due_at"),
        "person",
        ["resume_due_at"],
        unique=False,
        sqlite_where=sa.text("resume_due_at IS NOT NULL"),
        postgresql_where=sa.text("resume_due_at IS NOT NULL"),
    )
    op.create_table(
        "workspace",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_workspace_network_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace")),
        sa.UniqueConstraint("platform", "tenant", name=op.f("uq_workspace_platform_tenant")),
    )
    op.create_index(op.f("ix_workspace_network_id"), "workspace", ["network_id"], unique=False)
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_audit_actor_id")),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_audit_network_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_actor_id"), "audit", ["actor_id"], unique=False)
    op.create_index(op.f("ix_audit_network_id"), "audit", ["network_id"], unique=False)
    op.create_table(
        "coordinatorcode",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_coordinatorcode_network_id")),
        sa.ForeignKeyConstraint(["used_by"], ["person.id"], name=op.f("fk_coordinatorcode_used_by")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_coordinatorcode")),
    )
    op.create_index(op.f("ix_coordinatorcode_network_id"), "coordinatorcode", ["network_id"], unique=False)
    op.create_index(op.f("ix_coordinatorcode_used_by"), "coordinatorcode", ["used_by"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("bulk", sa.Boolean(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("replaces", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_outbox_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index(
        "ix_outbox_turn",
        "outbox",
        ["person_id", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('pending', 'sending', 'retry', 'unknown')"),
        postgresql_where=sa.text("state IN ('pending', 'sending', 'retry', 'unknown')"),
    )
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["next_at", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('pending', 'sending', 'retry', 'unknown')"),
        postgresql_where=sa.text("state IN ('pending', 'sending', 'retry', 'unknown')"),
    )
    op.create_table(
        "round",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("started_by", sa.BigInteger(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("open_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warn_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("close_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["network_id"], ["network.id"], name=op.f("fk_round_network_id")),
        sa.ForeignKeyConstraint(["started_by"], ["person.id"], name=op.f("fk_round_started_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
    )
    op.create_index(
        op.f("ix_round_close_due_at"),
        "round",
        ["close_due_at"],
        unique=False,
        sqlite_where=sa.text("close_due_at IS NOT NULL"),
        postgresql_where=sa.text("close_due_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_round_end_due_at"),
        "round",
        ["end_due_at"],
        unique=False,
        sqlite_where=sa.text("end_due_at IS NOT NULL"),
        postgresql_where=sa.text("end_due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_round_network_id"), "round", ["network_id"], unique=False)
    op.create_index(
        op.f("ix_round_open_due_at"),
        "round",
        ["open_due_at"],
        unique=False,
        sqlite_where=sa.text("open_due_at IS NOT NULL"),
        postgresql_where=sa.text("open_due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_round_started_by"), "round", ["started_by"], unique=False)
    op.create_index(
        op.f("ix_round_warn_due_at"),
        "round",
        ["warn_due_at"],
        unique=False,
        sqlite_where=sa.text("warn_due_at IS NOT NULL"),
        postgresql_where=sa.text("warn_due_at IS NOT NULL"),
    )
    op.create_table(
        "registration",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("changing", sa.String(), nullable=False),
        sa.Column("longer_term", sa.Integer(), nullable=True),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remind_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_registration_person_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_registration_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint("round_id", "person_id", name=op.f("uq_registration_round_id_person_id")),
    )
    op.create_index(op.f("ix_registration_person_id"), "registration", ["person_id"], unique=False)
    op.create_index(
        op.f("ix_registration_remind_due_at"),
        "registration",
        ["remind_due_at"],
        unique=False,
        sqlite_where=sa.text("remind_due_at IS NOT NULL"),
        postgresql_where=sa.text("remind_due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_registration_round_id"), "registration", ["round_id"], unique=False)
    op.create_table(
        "survey_total",
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("choice", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_survey_total_round_id")),
        sa.PrimaryKeyConstraint("round_id", "role", "question", "choice", name=op.f("pk_survey_total")),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], name=op.f("fk_consent_registration_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_registration_id"), "consent", ["registration_id"], unique=False)
    op.create_table(
        "match",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("mentor_id", sa.BigInteger(), nullable=False),
        sa.Column("mentee_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("book_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("book_reminders", sa.Integer(), nullable=False),
        sa.Column("reveal_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["mentee_id"], ["registration.id"], name=op.f("fk_match_mentee_id")),
        sa.ForeignKeyConstraint(["mentor_id"], ["registration.id"], name=op.f("fk_match_mentor_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_match_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match")),
        sa.UniqueConstraint("round_id", "mentor_id", "mentee_id", name=op.f("uq_match_round_id_mentor_id_mentee_id")),
    )
    op.create_index(
        op.f("ix_match_book_due_at"),
        "match",
        ["book_due_at"],
        unique=False,
        sqlite_where=sa.text("book_due_at IS NOT NULL"),
        postgresql_where=sa.text("book_due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_match_mentee_id"), "match", ["mentee_id"], unique=False)
    op.create_index(op.f("ix_match_mentor_id"), "match", ["mentor_id"], unique=False)
    op.create_index(
        op.f("ix_match_reveal_due_at"),
        "match",
        ["reveal_due_at"],
        unique=False,
        sqlite_where=sa.text("reveal_due_at IS NOT NULL"),
        postgresql_where=sa.text("reveal_due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_match_round_id"), "match", ["round_id"], unique=False)
    op.create_table(
        "pairrule",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("mentor_id", sa.BigInteger(), nullable=False),
        sa.Column("mentee_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["mentee_id"], ["registration.id"], name=op.f("fk_pairrule_mentee_id")),
        sa.ForeignKeyConstraint(["mentor_id"], ["registration.id"], name=op.f("fk_pairrule_mentor_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_pairrule_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairrule")),
        sa.UniqueConstraint(
            "round_id", "mentor_id", "mentee_id", name=op.f("uq_pairrule_round_id_mentor_id_mentee_id")
        ),
    )
    op.create_index(op.f("ix_pairrule_mentee_id"), "pairrule", ["mentee_id"], unique=False)
    op.create_index(op.f("ix_pairrule_mentor_id"), "pairrule", ["mentor_id"], unique=False)
    op.create_index(op.f("ix_pairrule_round_id"), "pairrule", ["round_id"], unique=False)
    op.create_table(
        "sealed_answer",
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_sealed_answer_registration_id")
        ),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_sealed_answer")),
    )
    op.create_table(
        "decision",
        sa.Column("match_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"], name=op.f("fk_decision_match_id")),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], name=op.f("fk_decision_registration_id")),
        sa.PrimaryKeyConstraint("match_id", "registration_id", name=op.f("pk_decision")),
    )
    op.create_table(
        "mentoring_session",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("match_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moves_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("suggested_by", sa.BigInteger(), nullable=False),
        sa.Column("waiting_for", sa.BigInteger(), nullable=True),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("told_mentor", sa.String(), nullable=False),
        sa.Column("told_mentee", sa.String(), nullable=False),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("day_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("soon_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ask_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"], name=op.f("fk_mentoring_session_match_id")),
        sa.ForeignKeyConstraint(["suggested_by"], ["registration.id"], name=op.f("fk_mentoring_session_suggested_by")),
        sa.ForeignKeyConstraint(["waiting_for"], ["registration.id"], name=op.f("fk_mentoring_session_waiting_for")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentoring_session")),
    )
    op.create_index(
        op.f("ix_mentoring_session_answer_due_at"),
        "mentoring_session",
        ["answer_due_at"],
        unique=False,
        sqlite_where=sa.text("answer_due_at IS NOT NULL"),
        postgresql_where=sa.text("answer_due_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_mentoring_session_ask_due_at"),
        "mentoring_session",
        ["ask_due_at"],
        unique=False,
        sqlite_where=sa.text("ask_due_at IS NOT NULL"),
        postgresql_where=sa.text("ask_due_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_mentoring_session_day_due_at"),
        "mentoring_session",
        ["day_due_at"],
        unique=False,
        sqlite_where=sa.text("day_due_at IS NOT NULL"),
        postgresql_where=sa.text("day_due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_mentoring_session_match_id"), "mentoring_session", ["match_id"], unique=False)
    op.create_index(
        op.f("ix_mentoring_session_soon_due_at"),
        "mentoring_session",
        ["soon_due_at"],
        unique=False,
        sqlite_where=sa.text("soon_due_at IS NOT NULL"),
        postgresql_where=sa.text("soon_due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_mentoring_session_starts_at"), "mentoring_session", ["starts_at"], unique=False)
    op.create_index(op.f("ix_mentoring_session_suggested_by"), "mentoring_session", ["suggested_by"], unique=False)
    op.create_index(op.f("ix_mentoring_session_waiting_for"), "mentoring_session", ["waiting_for"], unique=False)
    op.create_table(
        "pair",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("match_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("silent", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("guidance", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("check_in_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("silence_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("guidance_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["match_id"], ["match.id"], name=op.f("fk_pair_match_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pair")),
    )
    op.create_index(
        op.f("ix_pair_check_in_due_at"),
        "pair",
        ["check_in_due_at"],
        unique=False,
        sqlite_where=sa.text("check_in_due_at IS NOT NULL"),
        postgresql_where=sa.text("check_in_due_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_pair_end_due_at"),
        "pair",
        ["end_due_at"],
        unique=False,
        sqlite_where=sa.text("end_due_at IS NOT NULL"),
        postgresql_where=sa.text("end_due_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_pair_guidance_due_at"),
        "pair",
        ["guidance_due_at"],
        unique=False,
        sqlite_where=sa.text("guidance_due_at IS NOT NULL"),
        postgresql_where=sa.text("guidance_due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_pair_match_id"), "pair", ["match_id"], unique=True)
    op.create_index(
        op.f("ix_pair_silence_due_at"),
        "pair",
        ["silence_due_at"],
        unique=False,
        sqlite_where=sa.text("silence_due_at IS NOT NULL"),
        postgresql_where=sa.text("silence_due_at IS NOT NULL"),
    )
    op.create_table(
        "check_in_answer",
        sa.Column("pair_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["pair_id"], ["pair.id"], name=op.f("fk_check_in_answer_pair_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_check_in_answer_registration_id")
        ),
        sa.PrimaryKeyConstraint("pair_id", "number", "registration_id", name=op.f("pk_check_in_answer")),
    )
    op.create_table(
        "survey_taken",
        sa.Column("pair_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["pair_id"], ["pair.id"], name=op.f("fk_survey_taken_pair_id")),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], name=op.f("fk_survey_taken_registration_id")),
        sa.PrimaryKeyConstraint("pair_id", "registration_id", name=op.f("pk_survey_taken")),
    )


def downgrade() -> None:
    raise NotImplementedError("there is no way back but a backup")
