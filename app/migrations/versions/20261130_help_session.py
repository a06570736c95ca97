"""Procedures helped with say which activity they were in: lists filter on them alone."""

import sqlalchemy as sa
from alembic import op

revision = "20261130_help_session"
down_revision = "20261129_statistics_acts"
branch_labels = None
depends_on = None

TABLE, INDEX = "procedure_help", "ix_procedure_help_noted"


def upgrade() -> None:
    """Add, and fill from the attendance of each."""
    with op.batch_alter_table(TABLE) as batch:
        batch.add_column(sa.Column("session_id", sa.Uuid(), nullable=True))
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    if is_postgresql:  # row policies must let the rows be seen
        op.execute("SELECT set_config('escale.system', 'on', true)")
    op.execute(
        f"UPDATE {TABLE} SET session_id = (SELECT attendance.session_id FROM attendance "  # noqa: S608
        f"WHERE attendance.id = {TABLE}.attendance_id)"
    )
    if is_postgresql:
        op.execute("SELECT set_config('escale.system', 'off', true)")
    with op.batch_alter_table(TABLE) as batch:
        batch.alter_column("session_id", existing_type=sa.Uuid(), nullable=False)
        batch.drop_index(INDEX)
        batch.create_index(INDEX, ["organisation_id", "procedure", "session_id"])


def downgrade() -> None:
    """Take away."""
    with op.batch_alter_table(TABLE) as batch:
        batch.drop_index(INDEX)
        batch.create_index(INDEX, ["organisation_id", "procedure"])
        batch.drop_column("session_id")
