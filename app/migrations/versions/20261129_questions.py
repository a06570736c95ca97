"""What each account asked of the statistics, as digests, for the quarter."""

import sqlalchemy as sa
from alembic import op

from app.core.scope import ACCOUNT_SQL, row_policy

revision = "20261129_questions"
down_revision = "20261129_policies"
branch_labels = None
depends_on = None

TABLE = "statistics_question"


def upgrade() -> None:
    """Add."""
    op.create_table(
        TABLE,
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_question", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_statistics_question_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", "digest", name=op.f("pk_statistics_question")),
    )
    op.create_index("ix_statistics_question_account_id", TABLE, ["account_id", "asked_at"])
    if op.get_bind().dialect.name == "postgresql":
        for statement in row_policy(TABLE, ACCOUNT_SQL.format(column="account_id")):
            op.execute(statement)


def downgrade() -> None:
    """Take away."""
    op.drop_table(TABLE)
