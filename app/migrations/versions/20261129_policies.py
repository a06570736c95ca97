"""Row policies read what the transaction sets once a statement, no more for each row."""

import re

from alembic import op

revision = "20261129_policies"
down_revision = "20261128_messages"
branch_labels = None
depends_on = None

SETTING = r"current_setting\('escale\.{}'::text, true\)"
ONCE = (  # as PostgreSQL writes them out; what is in a subquery already does not match
    (
        rf"\({SETTING.format('system')} = 'on'::text\)",
        "((SELECT current_setting('escale.system', true)) = 'on')",
    ),
    (
        rf"ANY \(\(string_to_array\(NULLIF\({SETTING.format('([a-z]+)')}, ''::text\), "
        r"','::text\)\)::uuid\[\]\)",
        r"ANY ((SELECT string_to_array(NULLIF(current_setting('escale.\1', true), ''), ',')"
        r"::uuid[])::uuid[])",
    ),
    (
        rf"= \(NULLIF\({SETTING.format('account')}, ''::text\)\)::uuid",
        "= (SELECT NULLIF(current_setting('escale.account', true), '')::uuid)",
    ),
)


def upgrade() -> None:
    """Write each policy again, the settings in subqueries."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    for table, visible, writable in connection.exec_driver_sql(
        "SELECT tablename, qual, with_check FROM pg_policies"
        " WHERE schemaname = current_schema() AND policyname = 'scope'"
    ).all():
        connection.exec_driver_sql(
            f'ALTER POLICY scope ON "{table}" USING ({_once(visible)})'
            f" WITH CHECK ({_once(writable)})"
        )


def _once(rule: str) -> str:
    for each_row, once in ONCE:
        rule = re.sub(each_row, once, rule)
    return rule


def downgrade() -> None:
    """Leave them: they allow the same rows."""
