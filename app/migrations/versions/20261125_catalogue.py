"""What a structure adds to the catalogue, and what the catalogue knows of its own age."""

import sqlalchemy as sa
from alembic import op

from app.core.scope import STRUCTURES_SQL, row_policy

revision = "20261125_catalogue"
down_revision = "20261124_walls"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add."""
    with op.batch_alter_table("procedure") as batch_op:
        batch_op.add_column(
            sa.Column("is_local", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.create_table(
        "catalogue_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("gathered_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_state")),
    )
    op.create_table(
        "local_procedure",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("short_title", sa.String(), nullable=False),
        sa.Column("synonyms", sa.JSON(), nullable=False),
        sa.Column("theme", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.Column("is_proposed", sa.Boolean(), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_local_procedure_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["slug"], ["procedure.slug"], name=op.f("fk_local_procedure_slug_procedure")
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_local_procedure")),
    )
    op.create_table(
        "hidden_procedure",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("procedure", sa.String(), nullable=False),
        sa.Column("hidden_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_hidden_procedure_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["procedure"], ["procedure.slug"], name=op.f("fk_hidden_procedure_procedure_procedure")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hidden_procedure")),
        sa.UniqueConstraint(
            "organisation_id",
            "procedure",
            name=op.f("uq_hidden_procedure_organisation_id_procedure"),
        ),
    )
    for table in ("local_procedure", "hidden_procedure"):
        op.create_index(f"ix_{table}_organisation_id", table, ["organisation_id"])
        if op.get_bind().dialect.name == "postgresql":
            for statement in row_policy(table, STRUCTURES_SQL):
                op.execute(statement)


def downgrade() -> None:
    """Take away; what stood for local procedures stays for past activities, out of use."""
    op.execute("UPDATE procedure SET retired_on = CURRENT_DATE WHERE is_local")
    for table in ("hidden_procedure", "local_procedure", "catalogue_state"):
        op.drop_table(table)
    with op.batch_alter_table("procedure") as batch_op:
        batch_op.drop_column("is_local")
