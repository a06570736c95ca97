"""Activities and residents say which import last changed them, and how often imports did."""

import sqlalchemy as sa
from alembic import op

revision = "20261130_import_updates"
down_revision = "20261130_help_session"
branch_labels = None
depends_on = None

TABLES = ("assisted_session", "resident")


def upgrade() -> None:
    """Add; what was changed before counts as corrected by somebody."""
    for table in TABLES:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("updated_run_id", sa.Uuid(), nullable=True))
            batch.add_column(
                sa.Column("import_updates", sa.Integer(), nullable=False, server_default="0")
            )
        with op.batch_alter_table(table) as batch:
            batch.alter_column("import_updates", existing_type=sa.Integer(), server_default=None)
            batch.create_index(f"ix_{table}_updated_run_id", ["updated_run_id"])


def downgrade() -> None:
    """Take away."""
    for table in TABLES:
        with op.batch_alter_table(table) as batch:
            batch.drop_index(f"ix_{table}_updated_run_id")
            batch.drop_column("import_updates")
            batch.drop_column("updated_run_id")
