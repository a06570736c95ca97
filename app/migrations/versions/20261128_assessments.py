"""Self-assessments of residents, and browsers lent to one of them."""

import sqlalchemy as sa
from alembic import op

from app.core.scope import WORK_SQL, row_policy

revision = "20261128_assessments"
down_revision = "20261128_papers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add."""
    op.add_column("login", sa.Column("lent_to", sa.Uuid(), nullable=True))
    op.create_table(
        "assessment",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("bank_version", sa.Integer(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("scores", sa.LargeBinary(), nullable=True),
        sa.Column("divides", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        _reference("organisation_id", "organisation"),
        _reference("resident_id", "resident"),
        _reference("started_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
    )
    for name in ("organisation_id", "resident_id", "finished_at"):
        op.create_index(f"ix_assessment_{name}", "assessment", [name])
    if op.get_bind().dialect.name == "postgresql":
        for statement in row_policy("assessment", WORK_SQL):
            op.execute(statement)


def _reference(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_assessment_{column}_{target}")
    )


def downgrade() -> None:
    """Take away."""
    op.drop_table("assessment")
    with op.batch_alter_table("login") as batch:
        batch.drop_column("lent_to")
