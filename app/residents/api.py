"""Resident files for other software: `/api/v1/residents`. A name never stands in an address."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.accounts.current import CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.core import clock
from app.core.errors import Invalid
from app.residents import finding, service
from app.residents.service import NamedResident

router = APIRouter(prefix="/api/v1")
MOST = 50
SHOWN = (
    "given_name", "family_name", "birth_year", "commune", "phone", "email", "age_band", "gender",
    "status",
)  # fmt: skip


class Query(BaseModel):
    """What is searched: a name as one types it, a phone number, an e-mail or a birth year."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(max_length=80)
    limit: int = Field(default=10, ge=1, le=MOST, strict=True)


async def query(request: Request) -> Query:
    """Read the question. Raises Invalid, naming what is wrong without repeating what was typed."""
    try:
        return Query.model_validate_json(await request.body())
    except ValidationError as error:
        field = str(next(iter(error.errors()[0]["loc"]), ""))
        raise Invalid(
            field,
            'Envoyez {"q": "…", "limit": 10} : un texte de 80 caractères au plus, et un nombre '
            f"entre 1 et {MOST}.",
        ) from None


def _item(person: NamedResident) -> dict[str, Any]:
    return {"id": str(person.id)} | {name: getattr(person, name) for name in SHOWN}


@router.post("/residents/search", dependencies=[allow(Permission.READ_RESIDENTS)])
def search(
    db: WriteDb, actor: CurrentActor, asked: Annotated[Query, Depends(query)]
) -> dict[str, Any]:
    """Find residents of the current structure, the best first."""
    typed = asked.q.strip()
    found = (
        finding.search_residents(db, actor, typed, now=clock.now(), limit=asked.limit)
        if typed
        else []
    )
    return {"items": [_item(person) for person in found], "next": None}


@router.get("/residents/{resident_id}", dependencies=[allow(Permission.READ_RESIDENTS)])
def read(db: WriteDb, actor: CurrentActor, resident_id: UUID) -> dict[str, Any]:
    """Give one file; the reading is in the access record. Raises NotFound."""
    return _item(service.read_resident(db, actor, resident_id, now=clock.now()))
