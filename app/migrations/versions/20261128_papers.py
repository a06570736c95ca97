"""Where residents call a place; mandates, and referrals to other services with what came of them."""

import sqlalchemy as sa
from alembic import op

from app.core.scope import WORK_SQL, row_policy

revision = "20261128_papers"
down_revision = "20261128_agenda"
branch_labels = None
depends_on = None

TABLES = ("mandate", "referral")


def upgrade() -> None:
    """Add."""
    op.add_column("place", sa.Column("phone", sa.String(), server_default="", nullable=False))
    op.add_column(
        "procedure_case",
        sa.Column("paper_marks", sa.JSON(), server_default="{}", nullable=False),
    )
    op.create_table(
        "mandate",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("noted_by", sa.Uuid(), nullable=True),
        _reference("mandate", "organisation_id", "organisation"),
        _reference("mandate", "resident_id", "resident"),
        _reference("mandate", "noted_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate")),
    )
    op.create_table(
        "referral",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("gave_contact", sa.Boolean(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("came_back", sa.String(length=32), nullable=False),
        sa.Column("came_back_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        _reference("referral", "organisation_id", "organisation"),
        _reference("referral", "resident_id", "resident"),
        _reference("referral", "sent_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
    )
    for table in TABLES:
        for name in ("organisation_id", "resident_id"):
            op.create_index(f"ix_{table}_{name}", table, [name])
        if op.get_bind().dialect.name == "postgresql":
            for statement in row_policy(table, WORK_SQL):
                op.execute(statement)


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}")
    )


def downgrade() -> None:
    """Take away."""
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("procedure_case", "paper_marks")
    op.drop_column("place", "phone")
