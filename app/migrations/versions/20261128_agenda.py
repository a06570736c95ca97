"""Appointments are follow-ups with an hour; an agenda is read elsewhere by a link."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.core.scope import ACCOUNT_SQL, WORK_SQL, row_policy

revision = "20261128_agenda"
down_revision = "20261128_files"
branch_labels = None
depends_on = None

OWN = ACCOUNT_SQL.format(column="account_id")
NEW_COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "starts_at": sa.Time(),
    "duration_min": sa.Integer(),
    "former_starts_at": sa.Time(),
    "former_duration_min": sa.Integer(),
    "former_place_id": sa.Uuid(),
}
CHECKS = {
    "ck_follow_up_appointment": "(starts_at IS NULL) = (duration_min IS NULL)",
    "ck_follow_up_duration": "duration_min BETWEEN 1 AND 1439",
}


def upgrade() -> None:
    """Add."""
    with op.batch_alter_table("follow_up") as batch:
        for name, kind in NEW_COLUMNS.items():
            batch.add_column(sa.Column(name, kind, nullable=True))
        for name, rule in CHECKS.items():
            batch.create_check_constraint(op.f(name), rule)
    op.create_table(
        "calendar_feed",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("shows_initials", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_calendar_feed_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_calendar_feed_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_calendar_feed_token_digest")),
    )
    for name in ("organisation_id", "account_id"):
        op.create_index(f"ix_calendar_feed_{name}", "calendar_feed", [name])
    if op.get_bind().dialect.name == "postgresql":
        for statement in row_policy("calendar_feed", OWN, f"({OWN}) AND ({WORK_SQL})"):
            op.execute(statement)


def downgrade() -> None:
    """Take away."""
    op.drop_table("calendar_feed")
    with op.batch_alter_table("follow_up") as batch:
        for name in CHECKS:
            batch.drop_constraint(op.f(name), type_="check")
        for name in NEW_COLUMNS:
            batch.drop_column(name)
