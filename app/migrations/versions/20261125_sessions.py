"""Workshops to come, and drafts."""

import sqlalchemy as sa
from alembic import op

from app.core.scope import ACCOUNT_SQL, WORK_SQL, row_policy

revision = "20261125_sessions"
down_revision = "20261125_team"
branch_labels = None
depends_on = None

OWN_DRAFTS = f"({WORK_SQL}) AND ({ACCOUNT_SQL.format(column='account_id')})"
POLICIES = {"workshop": WORK_SQL, "registration": WORK_SQL, "draft": OWN_DRAFTS}


def upgrade() -> None:
    """Add."""
    op.create_table(
        "workshop",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("adviser_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=True),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("duration_min", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("duration_min BETWEEN 1 AND 1439", name=op.f("ck_workshop_duration")),
        sa.CheckConstraint(
            "capacity IS NULL OR capacity BETWEEN 1 AND 200", name=op.f("ck_workshop_capacity")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_workshop_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_workshop_place_id_place")
        ),
        sa.ForeignKeyConstraint(
            ["adviser_id"], ["account.id"], name=op.f("fk_workshop_adviser_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workshop")),
    )
    op.create_table(
        "registration",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workshop_id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_registration_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["workshop_id"], ["workshop.id"], name=op.f("fk_registration_workshop_id_workshop")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_registration_resident_id_resident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint(
            "workshop_id", "resident_id", name=op.f("uq_registration_workshop_id_resident_id")
        ),
    )
    op.create_table(
        "draft",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("typed", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_draft_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_draft_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    for table, column in (
        ("workshop", "organisation_id"),
        ("workshop", "adviser_id"),
        ("workshop", "planned_on"),
        ("workshop", "session_id"),
        ("registration", "organisation_id"),
        ("registration", "workshop_id"),
        ("registration", "resident_id"),
        ("draft", "organisation_id"),
        ("draft", "account_id"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_index("ix_procedure_help_noted", "procedure_help", ["organisation_id", "procedure"])
    if op.get_bind().dialect.name == "postgresql":
        for table, visible in POLICIES.items():
            for statement in row_policy(table, visible):
                op.execute(statement)


def downgrade() -> None:
    """Take away."""
    op.drop_index("ix_procedure_help_noted", "procedure_help")
    for table in ("draft", "registration", "workshop"):
        op.drop_table(table)
