"""What an import keeps of the file it read goes when somebody in it is erased."""

from uuid import UUID

from sqlmodel import col, or_, select

from app.core.db import WriteSession
from app.core.text import fold
from app.imports.models import ImportRun
from app.imports.runs import TABLE
from app.organisations.keys import organisation_cipher


def forget_person(db: WriteSession, organisation_id: UUID, *names: str) -> None:
    """Drop the report and the rows to mend of every import whose file names somebody.

    `names`: first name and family name, both of which must be there.
    """
    rows = db.exec(
        select(ImportRun).where(
            col(ImportRun.organisation_id) == organisation_id,
            or_(col(ImportRun.refused_rows).is_not(None), col(ImportRun.report).is_not(None)),
        )
    ).all()
    cipher = organisation_cipher(db, organisation_id) if rows else None
    for row in rows:
        for column in ("refused_rows", "report"):
            sealed = getattr(row, column)
            if sealed is None or cipher is None:
                continue
            text = fold(cipher.open(sealed, table=TABLE, column=column, row=row.id))
            if all(fold(name) in text for name in names):
                setattr(row, column, None)
