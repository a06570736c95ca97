"""How migrations run: as the tables' owner, in one transaction, giving way rather than freezing."""

from typing import Literal

from alembic import context
from sqlalchemy import text

LOCK_TIMEOUT_MS = 5_000
PLAIN_TYPES = {
    "AutoString": "sa.String()",
    "EncryptedText": "sa.LargeBinary()",
    "UTCDateTime": "sa.DateTime(timezone=True)",
    "Enum": "sa.String(32)",
}


def plain_type(kind: str, item: object, _: object) -> str | Literal[False]:
    """Write our column types as plain ones: a migration must stay true when code changes."""
    return PLAIN_TYPES.get(type(item).__name__, False) if kind == "type" else False


connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    connection.execute(text(f"SET lock_timeout = {LOCK_TIMEOUT_MS}"))
context.configure(
    connection=connection,
    target_metadata=context.config.attributes.get("metadata"),
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    render_item=plain_type,
    include_object=context.config.attributes.get("include_object"),
)
with context.begin_transaction():
    context.run_migrations()
