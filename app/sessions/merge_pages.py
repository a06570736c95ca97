"""Likely double files: the list, comparing two, joining them, parting them, or leaving them two."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from app.accounts.actor import Actor
from app.accounts.current import CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.core import clock
from app.core.db import WriteSession
from app.core.errors import Conflict
from app.core.languages import LANGUAGES
from app.core.phones import spoken_phone
from app.reference import vocabularies
from app.residents import merging as files
from app.residents import service as residents
from app.residents.forms import REACHED_BY
from app.residents.pages import commune_label
from app.residents.service import NamedResident
from app.sessions import merging
from app.web.forms import Form, Submitted, blank, submitted
from app.web.render import done, page

router = APIRouter()
GONE, KEPT = "other", "kept"
LABELS = {
    "given_name": "Prénom",
    "family_name": "Nom",
    "birth_year": "Année de naissance",
    "phone": "Téléphone",
    "email": "Adresse e-mail",
    "commune": "Commune",
    "age_band": "Âge",
    "gender": "Genre",
    "status": "Situation",
    "language": "Langue",
    "reached_by": "Contact préféré",
    "note": "Note",
}


class JoinForm(Form):
    """For each thing that differs, whose answer stays: keyed fields `take-phone`."""

    take: dict[str, str] = Field(default_factory=dict, title="Ce qui reste")


SubmittedJoin = Annotated[Submitted[JoinForm], Depends(submitted(JoinForm))]


@dataclass(frozen=True)
class Line:
    """One thing that both files say; `differs` when one has to be chosen."""

    name: str
    label: str
    kept: str
    other: str
    differs: bool


@router.get("/beneficiaires/doublons", dependencies=[allow(Permission.WRITE_RESIDENTS)])
def doubles(request: Request, db: WriteDb, actor: CurrentActor) -> Response:
    """List the files that may be one person's."""
    pairs, total = files.likely_doubles(db, actor, now=clock.now())
    return page(request, "residents/doubles.html", pairs=pairs, total=total, commune=commune_label)


@router.get(
    "/beneficiaires/{kept_id}/reunir/{other_id}",
    dependencies=[allow(Permission.WRITE_RESIDENTS)],
)
def compare(
    request: Request, db: WriteDb, actor: CurrentActor, kept_id: UUID, other_id: UUID
) -> Response:
    """Show two files side by side."""
    return _compare(request, db, actor, kept_id, other_id, blank(JoinForm))


@router.post(
    "/beneficiaires/{kept_id}/reunir/{other_id}",
    dependencies=[allow(Permission.WRITE_RESIDENTS)],
)
def join(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    kept_id: UUID,
    other_id: UUID,
    form: SubmittedJoin,
) -> Response:
    """Join two files."""
    status = 422
    if form.valid:
        taken = frozenset(name for name, whose in form.data.take.items() if whose == GONE)
        try:
            with form.collecting_errors(db):
                merging.merge(db, actor, kept_id, other_id, from_gone=taken, now=clock.now())
        except Conflict as error:
            db.rollback()
            form.errors[""], status = error.message, 409
    if form.valid:
        return done(request, f"/beneficiaires/{kept_id}?geste=reunies")
    return _compare(request, db, actor, kept_id, other_id, form, status=status)


@router.post(
    "/beneficiaires/{kept_id}/deux-personnes/{other_id}",
    dependencies=[allow(Permission.WRITE_RESIDENTS)],
)
def two_people(
    request: Request, db: WriteDb, actor: CurrentActor, kept_id: UUID, other_id: UUID
) -> Response:
    """Remember that two files are two people's."""
    files.say_two(db, actor, kept_id, other_id, now=clock.now())
    return done(request, "/beneficiaires/doublons?geste=enregistre")


@router.post("/beneficiaires/{kept_id}/separer", dependencies=[allow(Permission.WRITE_RESIDENTS)])
def part(request: Request, db: WriteDb, actor: CurrentActor, kept_id: UUID) -> Response:
    """Part the two files that were last joined."""
    merging.unmerge(db, actor, kept_id, now=clock.now())
    return done(request, f"/beneficiaires/{kept_id}?geste=separees")


def _compare(
    request: Request,
    db: WriteSession,
    actor: Actor,
    kept_id: UUID,
    other_id: UUID,
    form: Submitted[JoinForm],
    *,
    status: int = 200,
) -> Response:
    now = clock.now()
    for old in (kept_id, other_id):
        joined = residents.joined_with(db, old)
        if joined is not None:
            return done(request, f"/beneficiaires/{joined}")
    kept, other = (residents.read_resident(db, actor, i, now=now) for i in (kept_id, other_id))
    return page(
        request,
        "residents/join.html",
        block="form",
        status=status,
        form=form,
        kept=kept,
        other=other,
        lines=_lines(kept, other),
        same=kept_id == other_id,
    )


def _lines(kept: NamedResident, other: NamedResident) -> list[Line]:
    words: dict[str, Callable[[Any], str]] = {"phone": spoken_phone, "commune": commune_label}
    words |= {"language": LANGUAGES.__getitem__, "reached_by": REACHED_BY.__getitem__}
    words |= {name: partial(vocabularies.label, name) for name in ("age_band", "gender", "status")}
    lines = []
    for name, label in LABELS.items():
        mine, theirs = getattr(kept, name), getattr(other, name)
        if mine in files.UNSAID and theirs in files.UNSAID:
            continue
        say = words.get(name, str)
        said = ["" if v in files.UNSAID else say(v) for v in (mine, theirs)]
        lines.append(Line(name, label, said[0], said[1], bool(all(said) and mine != theirs)))
    return lines
