"""The outgoing list, and agreements that a person stops by herself."""

import sqlalchemy as sa
from alembic import op

from app.core.scope import WORK_SQL, row_policy

revision = "20261128_messages"
down_revision = "20261128_workshops"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add."""
    op.create_table(
        "message",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("ahead", sa.String(32), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(32), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("why", sa.String(32), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("in_doubt", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_message_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_message_resident_id_resident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "about_id",
            "resident_id",
            "starts_at",
            "ahead",
            name=op.f("uq_message_about_id_resident_id_starts_at_ahead"),
        ),
    )
    for name in ("organisation_id", "resident_id", "next_at"):
        op.create_index(f"ix_message_{name}", "message", [name])
    with op.batch_alter_table("agreement") as batch:
        batch.add_column(sa.Column("stopped_by", sa.String(32), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        for statement in row_policy("message", WORK_SQL):
            op.execute(statement)


def downgrade() -> None:
    """Take away."""
    with op.batch_alter_table("agreement") as batch:
        batch.drop_column("stopped_by")
    op.drop_table("message")
