"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "20261124_tables"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add."""
    op.create_table(
        "access_chain",
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_access_chain")),
    )
    op.create_table(
        "access_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("did", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("shown", sa.Integer(), nullable=True),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_record")),
        sa.UniqueConstraint("chain", "position", name=op.f("uq_access_record_chain_position")),
    )
    with op.batch_alter_table("access_record", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_access_record_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key_fingerprint", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("first_day_on", sa.Date(), nullable=False),
        sa.Column("files_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("slug", name=op.f("uq_organisation_slug")),
    )
    op.create_table(
        "procedure",
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("short_title", sa.String(), nullable=False),
        sa.Column("synonyms", sa.JSON(), nullable=False),
        sa.Column("theme", sa.String(), nullable=False),
        sa.Column("national_theme", sa.String(), nullable=False),
        sa.Column("provider_code", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("is_franceconnect", sa.Boolean(), nullable=True),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.Column("fiche_id", sa.String(), nullable=False),
        sa.Column("service_id", sa.String(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_procedure")),
    )
    with op.batch_alter_table("procedure", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_procedure_provider_code"), ["provider_code"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_procedure_theme"), ["theme"], unique=False)

    op.create_table(
        "statistics_closing",
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_statistics_closing")),
    )
    op.create_table(
        "statistics_ledger",
        sa.Column("attendance_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=True),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("attendance_id", name=op.f("pk_statistics_ledger")),
    )
    with op.batch_alter_table("statistics_ledger", schema=None) as batch_op:
        batch_op.create_index("ix_statistics_ledger_month", ["month"], unique=False)

    op.create_table(
        "statistics_reference",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_statistics_reference")),
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_membership_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_membership_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "account_id",
            "organisation_id",
            "role",
            name=op.f("uq_membership_account_id_organisation_id_role"),
        ),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_account_id"), ["account_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_membership_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "organisation_key",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_key_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_key")),
        sa.UniqueConstraint(
            "organisation_id", "version", name=op.f("uq_organisation_key_organisation_id_version")
        ),
    )
    with op.batch_alter_table("organisation_key", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_organisation_key_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "place",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_place_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("slug", name=op.f("uq_place_slug")),
    )
    with op.batch_alter_table("place", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_place_commune"), ["commune"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_place_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "report_share",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("organisations", sa.JSON(), nullable=False),
        sa.Column("funder_id", sa.Uuid(), nullable=False),
        sa.Column("shared_by", sa.Uuid(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["funder_id"], ["account.id"], name=op.f("fk_report_share_funder_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["shared_by"], ["account.id"], name=op.f("fk_report_share_shared_by_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_share")),
    )
    with op.batch_alter_table("report_share", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_share_funder_id"), ["funder_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_share_shared_by"), ["shared_by"], unique=False)

    op.create_table(
        "subject_key",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_key_version", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_subject_key_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_key")),
    )
    with op.batch_alter_table("subject_key", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_subject_key_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "assisted_session",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("duration_min", sa.Integer(), nullable=True),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=True),
        sa.Column("material", sa.JSON(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("precision", sa.LargeBinary(), nullable=True),
        sa.Column("note_key_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("level", sa.String(), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("source_digest", sa.String(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'passage') = (duration_min IS NULL)",
            name=op.f("ck_assisted_session_passage_no_length"),
        ),
        sa.CheckConstraint(
            "duration_min BETWEEN 1 AND 1439", name=op.f("ck_assisted_session_duration")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["account.id"], name=op.f("fk_assisted_session_author_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["note_key_id"],
            ["subject_key.id"],
            name=op.f("fk_assisted_session_note_key_id_subject_key"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_assisted_session_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_assisted_session_place_id_place")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assisted_session")),
        sa.UniqueConstraint(
            "organisation_id",
            "source",
            "source_id",
            name=op.f("uq_assisted_session_organisation_id_source_source_id"),
        ),
    )
    with op.batch_alter_table("assisted_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_assisted_session_author_id"), ["author_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_assisted_session_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_assisted_session_place_id"), ["place_id"], unique=False
        )
        batch_op.create_index(
            "ix_assisted_session_recent", ["organisation_id", "held_on", "id"], unique=False
        )

    op.create_table(
        "login",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_login_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_login_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_login_place_id_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_login_token_digest")),
    )
    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_account_id"), ["account_id"], unique=False)

    op.create_table(
        "resident",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("given_name", sa.LargeBinary(), nullable=False),
        sa.Column("family_name", sa.LargeBinary(), nullable=False),
        sa.Column("birth_year", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("commune", sa.String(), nullable=True),
        sa.Column("age_band", sa.String(), nullable=False),
        sa.Column("gender", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("informed_on", sa.Date(), nullable=False),
        sa.Column("informed_how", sa.String(), nullable=False),
        sa.Column("informed_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_contact_on", sa.Date(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["informed_by"], ["account.id"], name=op.f("fk_resident_informed_by_account")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["subject_key.id"], name=op.f("fk_resident_key_id_subject_key")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_resident_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident")),
    )
    with op.batch_alter_table("resident", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_resident_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "attendance",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=True),
        sa.Column("age_band", sa.String(), nullable=False),
        sa.Column("gender", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=True),
        sa.Column("is_first", sa.Boolean(), nullable=True),
        sa.Column("autonomy_before", sa.String(), nullable=True),
        sa.Column("autonomy", sa.String(), nullable=True),
        sa.Column("clicked_by", sa.String(), nullable=True),
        sa.Column("divides", sa.JSON(), nullable=False),
        sa.Column("equipment", sa.JSON(), nullable=False),
        sa.Column("home_connection", sa.String(), nullable=True),
        sa.Column("is_referred", sa.Boolean(), nullable=True),
        sa.Column("referral", sa.String(), nullable=True),
        sa.Column("has_random_profile", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_attendance_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_attendance_resident_id_resident")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["assisted_session.id"],
            name=op.f("fk_attendance_session_id_assisted_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
        sa.UniqueConstraint(
            "session_id", "resident_id", name=op.f("uq_attendance_session_id_resident_id")
        ),
    )
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_attendance_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_attendance_resident_id"), ["resident_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_attendance_session_id"), ["session_id"], unique=False)

    op.create_table(
        "follow_up",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=True),
        sa.Column("procedure", sa.String(), nullable=True),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("adviser_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("former_due_on", sa.Date(), nullable=True),
        sa.Column("postponed", sa.Integer(), nullable=False),
        sa.Column("done_session_id", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["adviser_id"], ["account.id"], name=op.f("fk_follow_up_adviser_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_follow_up_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_follow_up_place_id_place")
        ),
        sa.ForeignKeyConstraint(
            ["procedure"], ["procedure.slug"], name=op.f("fk_follow_up_procedure_procedure")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_follow_up_resident_id_resident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
    )
    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_follow_up_adviser_id"), ["adviser_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_follow_up_due_on"), ["due_on"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_follow_up_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_follow_up_resident_id"), ["resident_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_follow_up_session_id"), ["session_id"], unique=False)

    op.create_table(
        "procedure_case",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("procedure", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("blockers", sa.JSON(), nullable=False),
        sa.Column("papers", sa.JSON(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_procedure_case_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["procedure"], ["procedure.slug"], name=op.f("fk_procedure_case_procedure_procedure")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_procedure_case_resident_id_resident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure_case")),
    )
    with op.batch_alter_table("procedure_case", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_procedure_case_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_procedure_case_resident_id"), ["resident_id"], unique=False
        )

    op.create_table(
        "session_theme",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("theme", sa.String(), nullable=False),
        sa.Column("autonomy", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_session_theme_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["assisted_session.id"],
            name=op.f("fk_session_theme_session_id_assisted_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_theme")),
        sa.UniqueConstraint("session_id", "theme", name=op.f("uq_session_theme_session_id_theme")),
    )
    with op.batch_alter_table("session_theme", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_session_theme_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_session_theme_session_id"), ["session_id"], unique=False
        )
        batch_op.create_index("ix_session_theme_theme", ["organisation_id", "theme"], unique=False)

    op.create_table(
        "statistics_subject",
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resident_id"],
            ["resident.id"],
            name=op.f("fk_statistics_subject_resident_id_resident"),
        ),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_statistics_subject")),
    )
    with op.batch_alter_table("statistics_subject", schema=None) as batch_op:
        batch_op.create_index(
            "ix_statistics_subject_resident", ["resident_id", "year"], unique=False
        )

    op.create_table(
        "procedure_help",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attendance_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("procedure", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("blockers", sa.JSON(), nullable=False),
        sa.Column("papers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attendance_id"],
            ["attendance.id"],
            name=op.f("fk_procedure_help_attendance_id_attendance"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["procedure_case.id"],
            name=op.f("fk_procedure_help_case_id_procedure_case"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_procedure_help_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["procedure"], ["procedure.slug"], name=op.f("fk_procedure_help_procedure_procedure")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure_help")),
        sa.UniqueConstraint(
            "attendance_id", "procedure", name=op.f("uq_procedure_help_attendance_id_procedure")
        ),
    )
    with op.batch_alter_table("procedure_help", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_procedure_help_attendance_id"), ["attendance_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_procedure_help_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_procedure_help_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_procedure_help_procedure"), ["procedure"], unique=False
        )


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("procedure_help", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_procedure_help_procedure"))
        batch_op.drop_index(batch_op.f("ix_procedure_help_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_procedure_help_case_id"))
        batch_op.drop_index(batch_op.f("ix_procedure_help_attendance_id"))

    op.drop_table("procedure_help")
    with op.batch_alter_table("statistics_subject", schema=None) as batch_op:
        batch_op.drop_index("ix_statistics_subject_resident")

    op.drop_table("statistics_subject")
    with op.batch_alter_table("session_theme", schema=None) as batch_op:
        batch_op.drop_index("ix_session_theme_theme")
        batch_op.drop_index(batch_op.f("ix_session_theme_session_id"))
        batch_op.drop_index(batch_op.f("ix_session_theme_organisation_id"))

    op.drop_table("session_theme")
    with op.batch_alter_table("procedure_case", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_procedure_case_resident_id"))
        batch_op.drop_index(batch_op.f("ix_procedure_case_organisation_id"))

    op.drop_table("procedure_case")
    with op.batch_alter_table("follow_up", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_follow_up_session_id"))
        batch_op.drop_index(batch_op.f("ix_follow_up_resident_id"))
        batch_op.drop_index(batch_op.f("ix_follow_up_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_follow_up_due_on"))
        batch_op.drop_index(batch_op.f("ix_follow_up_adviser_id"))

    op.drop_table("follow_up")
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attendance_session_id"))
        batch_op.drop_index(batch_op.f("ix_attendance_resident_id"))
        batch_op.drop_index(batch_op.f("ix_attendance_organisation_id"))

    op.drop_table("attendance")
    with op.batch_alter_table("resident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_resident_organisation_id"))

    op.drop_table("resident")
    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_account_id"))

    op.drop_table("login")
    with op.batch_alter_table("assisted_session", schema=None) as batch_op:
        batch_op.drop_index("ix_assisted_session_recent")
        batch_op.drop_index(batch_op.f("ix_assisted_session_place_id"))
        batch_op.drop_index(batch_op.f("ix_assisted_session_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_assisted_session_author_id"))

    op.drop_table("assisted_session")
    with op.batch_alter_table("subject_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subject_key_organisation_id"))

    op.drop_table("subject_key")
    with op.batch_alter_table("report_share", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_share_shared_by"))
        batch_op.drop_index(batch_op.f("ix_report_share_funder_id"))

    op.drop_table("report_share")
    with op.batch_alter_table("place", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_place_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_place_commune"))

    op.drop_table("place")
    with op.batch_alter_table("organisation_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_key_organisation_id"))

    op.drop_table("organisation_key")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_membership_account_id"))

    op.drop_table("membership")
    with op.batch_alter_table("statistics_ledger", schema=None) as batch_op:
        batch_op.drop_index("ix_statistics_ledger_month")

    op.drop_table("statistics_ledger")
    op.drop_table("statistics_reference")
    op.drop_table("statistics_closing")
    with op.batch_alter_table("procedure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_procedure_theme"))
        batch_op.drop_index(batch_op.f("ix_procedure_provider_code"))

    op.drop_table("procedure")
    op.drop_table("organisation")
    op.drop_table("lease")
    op.drop_table("installation")
    op.drop_table("account")
    with op.batch_alter_table("access_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_access_record_organisation_id"))

    op.drop_table("access_record")
    op.drop_table("access_chain")
