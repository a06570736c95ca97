"""Workshops, follow-ups and assessments stand in the ledger of closed months."""

import sqlalchemy as sa
from alembic import op

from app.core.scope import row_policy

revision = "20261129_statistics_acts"
down_revision = "20261129_policies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add. Months closed so far have none: the next refresh gives them theirs."""
    op.create_table(
        "statistics_act",
        sa.Column("act_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=True),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_statistics_act")),
    )
    op.create_index("ix_statistics_act_month", "statistics_act", ["month"])
    with op.batch_alter_table("statistics_closing") as batch:
        batch.add_column(
            sa.Column("with_acts", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    if op.get_bind().dialect.name == "postgresql":
        for statement in row_policy("statistics_act", "false"):
            op.execute(statement)


def downgrade() -> None:
    """Take away."""
    with op.batch_alter_table("statistics_closing") as batch:
        batch.drop_column("with_acts")
    op.drop_table("statistics_act")
