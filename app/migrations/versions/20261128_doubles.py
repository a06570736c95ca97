"""Two files of one person joined, and two people known to be two."""

import sqlalchemy as sa
from alembic import op

from app.core.scope import WORK_SQL, row_policy

revision = "20261128_doubles"
down_revision = "20261125_sessions"
branch_labels = None
depends_on = None

TABLES = ("resident_merge", "two_people")


def upgrade() -> None:
    """Add."""
    with op.batch_alter_table("resident") as table:
        table.add_column(sa.Column("merged_into", sa.Uuid(), nullable=True))
        table.create_foreign_key(
            op.f("fk_resident_merged_into_resident"), "resident", ["merged_into"], ["id"]
        )
        table.create_index("ix_resident_merged_into", ["merged_into"])
    op.create_table(
        "resident_merge",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("gone_id", sa.Uuid(), nullable=False),
        sa.Column("former", sa.LargeBinary(), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by", sa.Uuid(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        _reference("resident_merge", "organisation_id", "organisation"),
        _reference("resident_merge", "kept_id", "resident"),
        _reference("resident_merge", "gone_id", "resident"),
        _reference("resident_merge", "merged_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident_merge")),
    )
    op.create_table(
        "two_people",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_by", sa.Uuid(), nullable=True),
        _reference("two_people", "organisation_id", "organisation"),
        _reference("two_people", "first_id", "resident"),
        _reference("two_people", "second_id", "resident"),
        _reference("two_people", "said_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_two_people")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_two_people_first_id_second_id")),
    )
    for table_name, column in (
        ("resident_merge", "organisation_id"),
        ("resident_merge", "kept_id"),
        ("resident_merge", "gone_id"),
        ("two_people", "organisation_id"),
    ):
        op.create_index(f"ix_{table_name}_{column}", table_name, [column])
    if op.get_bind().dialect.name == "postgresql":
        for table_name in TABLES:
            for statement in row_policy(table_name, WORK_SQL):
                op.execute(statement)


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}")
    )


def downgrade() -> None:
    """Take away."""
    for table_name in TABLES:
        op.drop_table(table_name)
    with op.batch_alter_table("resident") as table:
        table.drop_index("ix_resident_merged_into")
        table.drop_constraint(op.f("fk_resident_merged_into_resident"), type_="foreignkey")
        table.drop_column("merged_into")
