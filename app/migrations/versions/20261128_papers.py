"""Where residents call a place; mandates, and referrals to other services with what came of them."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_papers"
down_revision = "20261128_agenda"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add."""
    op.add_column("place", sa.Column("phone", sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    """Take away."""
    op.drop_column("place", "phone")
