"""Invitations, resets, failures at sign-in, known devices, and a structure's own settings."""

import sqlalchemy as sa
from alembic import op

from app.core.scope import ACCOUNT_SQL, STRUCTURES_SQL, row_policy

revision = "20261125_team"
down_revision = "20261125_imports"
branch_labels = None
depends_on = None

OWN = ACCOUNT_SQL.format(column="account_id")
POLICIES = {
    "tag": STRUCTURES_SQL,
    "known_device": OWN,
    "invitation": "false",
    "password_reset": "false",
    "sign_in_failure": "false",
}
NEW_COLUMNS = (
    ("organisation", sa.Column("durations", sa.JSON(), server_default="[]", nullable=False)),
    ("place", sa.Column("hours", sa.String(), server_default="", nullable=False)),
    ("login", sa.Column("browser", sa.String(), server_default="", nullable=False)),
)
INDEXES = (
    ("tag", "organisation_id"),
    ("invitation", "organisation_id"),
    ("password_reset", "account_id"),
    ("sign_in_failure", "email_digest"),
    ("sign_in_failure", "prefix_digest"),
    ("sign_in_failure", "at"),
    ("known_device", "account_id"),
)


def upgrade() -> None:
    """Add."""
    for table, column in NEW_COLUMNS:
        op.add_column(table, column)
    _add_settings_and_links()
    _add_lock_out()
    for table, name in INDEXES:
        op.create_index(f"ix_{table}_{name}", table, [name])
    if op.get_bind().dialect.name == "postgresql":
        for table, visible in POLICIES.items():
            for statement in row_policy(table, visible):
                op.execute(statement)


def _add_settings_and_links() -> None:
    op.create_table(
        "tag",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        _reference("tag", "organisation_id", "organisation"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        _reference("invitation", "organisation_id", "organisation"),
        _reference("invitation", "invited_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_invitation_token_digest")),
    )
    op.create_table(
        "password_reset",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        _reference("password_reset", "account_id", "account"),
        _reference("password_reset", "made_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_reset")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_password_reset_token_digest")),
    )


def _add_lock_out() -> None:
    op.create_table(
        "sign_in_failure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email_digest", sa.LargeBinary(), nullable=False),
        sa.Column("prefix_digest", sa.LargeBinary(), nullable=False),
        sa.Column("device_digest", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failure")),
    )
    op.create_table(
        "known_device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        _reference("known_device", "account_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_device")),
        sa.UniqueConstraint(
            "account_id", "token_digest", name=op.f("uq_known_device_account_id_token_digest")
        ),
    )


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def downgrade() -> None:
    """Take away."""
    for table in POLICIES:
        op.drop_table(table)
    for table, column in NEW_COLUMNS:
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column.name)
