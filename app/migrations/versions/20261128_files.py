"""What a person accepts, her language and way of being reached; deadline and number of a procedure."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.core.scope import WORK_SQL, row_policy

revision = "20261128_files"
down_revision = "20261128_doubles"
branch_labels = None
depends_on = None

NEW_COLUMNS: tuple[tuple[str, sa.Column[Any]], ...] = (
    ("resident", sa.Column("language", sa.String(), server_default="fr", nullable=False)),
    ("resident", sa.Column("reached_by", sa.String(), server_default="", nullable=False)),
    ("workshop", sa.Column("former_session_id", sa.Uuid(), nullable=True)),
    ("procedure_case", sa.Column("deadline_on", sa.Date(), nullable=True)),
    ("procedure_case", sa.Column("reference", sa.LargeBinary(), nullable=True)),
    ("procedure_case", sa.Column("version", sa.Integer(), server_default="1", nullable=False)),
)


def upgrade() -> None:
    """Add."""
    for table, column in NEW_COLUMNS:
        op.add_column(table, column)
    op.create_index("ix_workshop_former_session_id", "workshop", ["former_session_id"])
    op.create_table(
        "agreement",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resident_id", sa.Uuid(), nullable=False),
        sa.Column("accepts", sa.String(length=32), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("given_to", sa.Uuid(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        _reference("organisation_id", "organisation"),
        _reference("resident_id", "resident"),
        _reference("given_to", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    for name in ("organisation_id", "resident_id"):
        op.create_index(f"ix_agreement_{name}", "agreement", [name])
    if op.get_bind().dialect.name == "postgresql":
        for statement in row_policy("agreement", WORK_SQL):
            op.execute(statement)


def _reference(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_agreement_{column}_{target}")
    )


def downgrade() -> None:
    """Take away."""
    op.drop_table("agreement")
    op.drop_index("ix_workshop_former_session_id", "workshop")
    for table, column in NEW_COLUMNS:
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column.name)
