"""One resident's procedure beside its visits: its deadline, and the number that it was given."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from app.accounts.actor import Actor
from app.audit.models import Did
from app.core.crypto import Cipher
from app.core.db import WriteSession
from app.core.errors import Conflict, Invalid, NotFound
from app.core.sensitive import no_secret
from app.core.text import clean
from app.procedures import progress
from app.procedures.models import ProcedureCase
from app.procedures.service import catalogue
from app.residents.service import note_deed, subject_ciphers
from app.web.forms import Form

TABLE, COLUMN = "procedure_case", "reference"
FURTHEST_YEARS = 5


class CaseForm(Form):
    """When it must be done, and the number of the file."""

    deadline_on: date | None = Field(default=None, title="À faire avant le")
    reference: Annotated[str, AfterValidator(clean), AfterValidator(no_secret)] | None = Field(
        default=None,
        title="Numéro du dossier",
        max_length=60,
        description="Celui que l’administration a donné. Jamais d’identifiant ni de mot de passe.",
    )
    version: int = Field(title="Version")


def set_details(
    db: WriteSession, actor: Actor, resident_id: UUID, case_id: UUID, data: CaseForm, *,
    today: date, now: datetime,
) -> None:  # fmt: skip
    """Note the deadline and the number of a procedure.

    Raises NotFound, Invalid for a day too far, Conflict when another tab was first.
    """
    case = _held(db, resident_id, case_id)
    if data.version != case.version:
        raise Conflict("Cette démarche a été changée pendant ce temps. Voici où elle en est.")
    if data.deadline_on and data.deadline_on.year > today.year + FURTHEST_YEARS:
        raise Invalid("deadline_on", "Choisissez une date plus proche.")
    case.deadline_on = data.deadline_on
    seal_reference(case, data.reference, subject_ciphers(db, {resident_id})[resident_id])
    case.version += 1
    note_deed(db, actor, Did.CHANGE_CASE, resident_id, now=now)


def mark_paper(
    db: WriteSession, actor: Actor, resident_id: UUID, case_id: UUID, paper: str, *,
    has: bool, now: datetime,
) -> None:  # fmt: skip
    """Tick or untick a paper of a procedure. Raises NotFound, for a paper it does not ask too."""
    case = _held(db, resident_id, case_id)
    if paper not in catalogue(db).find(case.procedure).documents:
        raise NotFound("Cette démarche ne demande pas ce papier.")
    progress.mark_paper(db, case, paper, has=has)
    note_deed(db, actor, Did.CHANGE_CASE, resident_id, now=now)


def _held(db: WriteSession, resident_id: UUID, case_id: UUID) -> ProcedureCase:
    case = db.get(ProcedureCase, case_id, with_for_update=True)
    if case is None or case.resident_id != resident_id:
        raise NotFound("Cette démarche n’existe pas.")
    return case


def reference_of(case: ProcedureCase, cipher: Cipher) -> str:
    """Open the number of a procedure's file; empty when there is none."""
    if case.reference is None:
        return ""
    return cipher.open(case.reference, table=TABLE, column=COLUMN, row=case.id)


def seal_reference(case: ProcedureCase, number: str | None, cipher: Cipher) -> None:
    """Close the number of a procedure's file under the person's key."""
    case.reference = (
        cipher.seal(number, table=TABLE, column=COLUMN, row=case.id) if number else None
    )
