"""Imports that can be taken back, and how a structure reads labels."""

import sqlalchemy as sa
from alembic import op

from app.core.scope import STRUCTURES_SQL, row_policy

revision = "20261125_imports"
down_revision = "20261125_catalogue"
branch_labels = None
depends_on = None

TABLES = ("import_run", "import_label")
TIED = ("assisted_session", "resident")


def upgrade() -> None:
    """Add."""
    op.create_table(
        "import_run",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("file_digest", sa.String(), nullable=False),
        sa.Column("shape", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("rows_known", sa.Integer(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=True),
        sa.Column("refused_rows", sa.LargeBinary(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_import_run_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_import_run_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_table(
        "import_label",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_import_label_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_label")),
        sa.UniqueConstraint(
            "organisation_id",
            "field",
            "label",
            name=op.f("uq_import_label_organisation_id_field_label"),
        ),
    )
    for table in TABLES:
        op.create_index(op.f(f"ix_{table}_organisation_id"), table, ["organisation_id"])
    for table in TIED:  # no foreign key: an import forgotten leaves what it brought
        op.add_column(table, sa.Column("import_run_id", sa.Uuid(), nullable=True))
        op.create_index(op.f(f"ix_{table}_import_run_id"), table, ["import_run_id"])
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            for statement in row_policy(table, STRUCTURES_SQL):
                op.execute(statement)


def downgrade() -> None:
    """Take away."""
    for table in TIED:
        op.drop_index(op.f(f"ix_{table}_import_run_id"), table)
        op.drop_column(table, "import_run_id")
    for table in TABLES:
        op.drop_table(table)
