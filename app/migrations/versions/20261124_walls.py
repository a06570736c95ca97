"""Row security on PostgreSQL, and an access record that nothing can change."""

from alembic import op

from app.core.scope import ACCOUNT_SQL, STRUCTURES_SQL, WORK_SQL, listed, row_policy

revision = "20261124_walls"
down_revision = "20261124_tables"
branch_labels = None
depends_on = None

WORK = (
    "organisation_key",
    "subject_key",
    "procedure_case",
    "resident",
    "follow_up",
    "assisted_session",
    "attendance",
    "procedure_help",
    "session_theme",
)
OWN = ACCOUNT_SQL.format(column="account_id")
MEMBERS = f"id IN (SELECT account_id FROM membership WHERE {STRUCTURES_SQL})"  # noqa: S608
POLICIES = {
    **dict.fromkeys(WORK, (WORK_SQL, WORK_SQL)),
    "place": (STRUCTURES_SQL, STRUCTURES_SQL),
    "organisation": (f"id = {listed('structures')}",) * 2,
    "membership": (f"{OWN} OR {STRUCTURES_SQL}", "false"),
    "account": (f"{ACCOUNT_SQL.format(column='id')} OR {MEMBERS}", ACCOUNT_SQL.format(column="id")),
    "login": (OWN, OWN),
    "access_record": (STRUCTURES_SQL, "true"),
    "report_share": (
        f"{ACCOUNT_SQL.format(column='funder_id')} OR {ACCOUNT_SQL.format(column='shared_by')}",
        ACCOUNT_SQL.format(column="shared_by"),
    ),
    "statistics_ledger": ("false", "false"),
    "statistics_subject": ("false", "false"),
    "statistics_closing": ("false", "false"),
    "statistics_reference": ("false", "false"),
}
SQLITE_TRIGGER = """
CREATE TRIGGER access_record_no_{verb} BEFORE {verb} ON access_record
BEGIN SELECT RAISE(ABORT, 'the access record is append-only'); END
"""
POSTGRESQL_TRIGGER = (
    "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the access record is append-only'; END $$",
    "CREATE TRIGGER access_record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
    "ON access_record FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)


def upgrade() -> None:
    """Put every scoped table behind its policy; close the access record."""
    if op.get_bind().dialect.name != "postgresql":
        for verb in ("UPDATE", "DELETE"):
            op.execute(SQLITE_TRIGGER.format(verb=verb))
        return
    for statement in POSTGRESQL_TRIGGER:
        op.execute(statement)
    for table, (visible, writable) in POLICIES.items():
        for statement in row_policy(table, visible, writable):
            op.execute(statement)


def downgrade() -> None:
    """Take the policies and triggers away."""
    if op.get_bind().dialect.name != "postgresql":
        for verb in ("UPDATE", "DELETE"):
            op.execute(f"DROP TRIGGER access_record_no_{verb}")
        return
    op.execute("DROP TRIGGER access_record_append_only ON access_record")
    op.execute("DROP FUNCTION refuse_change()")
    for table in POLICIES:
        op.execute(f'DROP POLICY scope ON "{table}"')
        op.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
        op.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
