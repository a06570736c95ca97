"""Workshops come back in a series, their list has an order and who waits; office hours."""

import sqlalchemy as sa
from alembic import op

from app.core.scope import WORK_SQL, row_policy

revision = "20261128_workshops"
down_revision = "20261128_assessments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add."""
    with op.batch_alter_table("workshop") as batch:
        batch.add_column(sa.Column("series_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_workshop_series_id", "workshop", ["series_id"])
    with op.batch_alter_table("registration") as batch:
        batch.alter_column("resident_id", existing_type=sa.Uuid(), nullable=True)
        batch.add_column(sa.Column("rank", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(
            sa.Column("waited", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    # Those who registered before have the order of their hour: row policies must let them be seen.
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    if is_postgresql:
        op.execute("SELECT set_config('escale.system', 'on', true)")
    op.execute(
        "UPDATE registration SET rank = (SELECT count(*) FROM registration AS before "
        "WHERE before.workshop_id = registration.workshop_id AND ("
        "before.registered_at < registration.registered_at OR "
        "before.registered_at = registration.registered_at AND before.id <= registration.id))"
    )
    if is_postgresql:
        op.execute("SELECT set_config('escale.system', 'off', true)")
    with op.batch_alter_table("registration") as batch:
        batch.alter_column("rank", existing_type=sa.Integer(), server_default=None)
        batch.alter_column("waited", existing_type=sa.Boolean(), server_default=None)
    _add_office_hours()


def _add_office_hours() -> None:
    op.create_table(
        "office_hours",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("adviser_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("repeat", sa.String(32), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("ends_at", sa.Time(), nullable=False),
        sa.Column("slot_min", sa.Integer(), nullable=False),
        sa.Column("keep_holidays", sa.Boolean(), nullable=False),
        sa.Column("skipped", sa.JSON(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_office_hours_hours")),
        sa.CheckConstraint("slot_min BETWEEN 5 AND 480", name=op.f("ck_office_hours_slot")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_office_hours_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["adviser_id"], ["account.id"], name=op.f("fk_office_hours_adviser_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_office_hours_place_id_place")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_hours")),
    )
    for name in ("organisation_id", "adviser_id"):
        op.create_index(f"ix_office_hours_{name}", "office_hours", [name])
    if op.get_bind().dialect.name == "postgresql":
        for statement in row_policy("office_hours", WORK_SQL):
            op.execute(statement)


def downgrade() -> None:
    """Take away; anonymous places have no one to be kept for."""
    op.drop_table("office_hours")
    op.execute("DELETE FROM registration WHERE resident_id IS NULL")
    with op.batch_alter_table("registration") as batch:
        batch.drop_column("waited")
        batch.drop_column("rank")
        batch.alter_column("resident_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_index("ix_workshop_series_id", "workshop")
    with op.batch_alter_table("workshop") as batch:
        batch.drop_column("cancelled_at")
        batch.drop_column("series_id")
