"""Pages of `/beneficiaires`: finding the right person, opening a file, changing it."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from app.accounts.current import CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.core import clock
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.core.languages import LANGUAGES
from app.core.phones import spoken_phone
from app.organisations import service as organisations
from app.reference import geography, vocabularies
from app.reference.communes import commune_typed
from app.residents import finding, informing, merging, service
from app.residents.doubles import Likeness
from app.residents.forms import (
    INFORMED_HOW,
    REACHED_BY,
    ResidentForm,
    ToldForm,
)
from app.residents.search import Entry
from app.residents.service import NamedResident
from app.web.conflict import Difference, differences
from app.web.forms import Form, Submitted, blank, submitted
from app.web.render import done, is_partial, page

router = APIRouter()
TO_TELL_LIST = "a-informer"
SubmittedResident = Annotated[Submitted[ResidentForm], Depends(submitted(ResidentForm))]


class SearchForm(Form):
    """What is typed to find somebody; posted, so that no name stands in an address."""

    q: str = Field(default="", title="Nom, prénom ou année", max_length=80)


@router.get("/beneficiaires", dependencies=[allow(Permission.READ_RESIDENTS)])
def people(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    liste: str = "",
    apres: UUID | None = None,
) -> Response:
    """Show the search, and the people seen lately or those to be told of their file."""
    now = clock.now()
    more = None
    if liste == TO_TELL_LIST:
        found, more = informing.to_tell(db, actor, after=apres, now=now)
    else:
        found = finding.recent_residents(db, actor, now=now)
    return page(
        request,
        "residents/list.html",
        found=found,
        typed="",
        commune=commune_label,
        is_to_tell=liste == TO_TELL_LIST,
        to_tell=informing.how_many_to_tell(db),
        more=f"/beneficiaires?liste={TO_TELL_LIST}&apres={more}" if more else None,
    )


@router.post("/beneficiaires/recherche", dependencies=[allow(Permission.READ_RESIDENTS)])
def search(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    form: Annotated[Submitted[SearchForm], Depends(submitted(SearchForm))],
) -> Response:
    """Find people as one types."""
    typed = form.data.q.strip() if form.valid else ""
    now = clock.now()
    found = (
        finding.search_residents(db, actor, typed, now=now, limit=12)
        if typed
        else finding.recent_residents(db, actor, now=now)
    )
    return page(
        request,
        "residents/list.html",
        block="results",
        found=found,
        typed=typed,
        commune=commune_label,
        is_to_tell=False,
        to_tell=0 if is_partial(request) else informing.how_many_to_tell(db),
        more=None,
    )


@router.get("/beneficiaires/nouveau", dependencies=[allow(Permission.WRITE_RESIDENTS)])
def new(request: Request) -> Response:
    """Show an empty file."""
    return _form_page(request, blank(ResidentForm), "Nouveau bénéficiaire", "/beneficiaires")


@router.post("/beneficiaires", dependencies=[allow(Permission.WRITE_RESIDENTS)])
def create(request: Request, db: WriteDb, actor: CurrentActor, form: SubmittedResident) -> Response:
    """Open a file; first show who may already be this person."""
    now = clock.now()
    if form.valid and not form.value("not_a_double"):
        alike = merging.alike(db, actor, _entry(form.data), now=now)
        if alike:
            return _form_page(
                request, form, "Nouveau bénéficiaire", "/beneficiaires", alike=alike, status=422
            )
    if form.valid:
        with form.collecting_errors(db):
            today = organisations.today(db, actor.organisation_id, now=now)
            made = service.create_resident(db, actor, form.data, today=today, now=now)
        if form.valid:
            return done(request, f"/beneficiaires/{made.id}")
    return _form_page(request, form, "Nouveau bénéficiaire", "/beneficiaires", status=422)


@router.get(
    "/beneficiaires/{resident_id}/informer", dependencies=[allow(Permission.READ_RESIDENTS)]
)
def after_a_gesture(request: Request, resident_id: UUID) -> Response:
    """Lead on from the address that a refused gesture leaves behind."""
    return done(request, f"/beneficiaires/{resident_id}")


@router.post(
    "/beneficiaires/{resident_id}/informer", dependencies=[allow(Permission.WRITE_RESIDENTS)]
)
def tell(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    resident_id: UUID,
    form: Annotated[Submitted[ToldForm], Depends(submitted(ToldForm))],
) -> Response:
    """Note that a person was told that her file is here."""
    if not form.valid:
        raise Invalid("informed_how", form.error("informed_how") or "")
    now = clock.now()
    today = organisations.today(db, actor.organisation_id, now=now)
    informing.tell(db, actor, resident_id, form.data.informed_how, today=today, now=now)
    return done(request, f"/beneficiaires/{resident_id}?geste=enregistre")


@router.get(
    "/beneficiaires/{resident_id}/modifier", dependencies=[allow(Permission.WRITE_RESIDENTS)]
)
def edit(request: Request, db: WriteDb, actor: CurrentActor, resident_id: UUID) -> Response:
    """Show a file to change it."""
    person = service.read_resident(db, actor, resident_id, now=clock.now())
    return _form_page(
        request, _filled(person), f"Modifier : {person.name}", f"/beneficiaires/{resident_id}"
    )


@router.post("/beneficiaires/{resident_id}", dependencies=[allow(Permission.WRITE_RESIDENTS)])
def change(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    resident_id: UUID,
    form: SubmittedResident,
) -> Response:
    """Save a file; when a colleague was first, both versions are shown."""
    now = clock.now()
    conflict: list[Difference] | None = None
    if form.valid:
        try:
            with form.collecting_errors(db):
                today = organisations.today(db, actor.organisation_id, now=now)
                service.change_resident(db, actor, resident_id, form.data, today=today, now=now)
        except Conflict as error:
            stored = service.read_resident(db, actor, resident_id, now=now)
            conflict = differences(
                _filled(stored), form, COMPARED, label=_field_label, say=_way_to_say
            )
            form.raw["version"] = [str(stored.version)]
            form.errors["version"] = error.message
    if form.valid:
        return done(request, f"/beneficiaires/{resident_id}?geste=enregistre")
    return _form_page(
        request,
        form,
        "Modifier la fiche",
        f"/beneficiaires/{resident_id}",
        status=422 if conflict is None else 409,
        conflict=conflict,
    )


def _filled(person: NamedResident) -> Submitted[ResidentForm]:
    facts = {name: getattr(person, name, None) for name in ResidentForm.model_fields}
    facts["commune"] = commune_typed(person.commune)
    facts["phone"] = spoken_phone(person.phone) if person.phone else None
    return blank(ResidentForm, **facts)


COMPARED = [name for name in ResidentForm.model_fields if name not in ("version", "note_confirmed")]


def _field_label(name: str) -> str:
    return ResidentForm.model_fields[name].title or name


def _way_to_say(name: str) -> Callable[[str], str]:
    if name in ("age_band", "gender", "status"):
        return lambda code: vocabularies.label(name, code)
    if name == "language":
        return lambda code: LANGUAGES.get(code, code)
    if name == "reached_by":
        return lambda code: REACHED_BY.get(code, code)
    if name == "informed_how":
        return lambda code: INFORMED_HOW.get(code, "Pas encore")
    return str


def _entry(data: ResidentForm) -> Entry:
    return Entry.of(
        new_id(),
        data.given_name,
        data.family_name,
        birth_year=data.birth_year,
        phone=data.phone,
        email=data.email,
    )


def _form_page(
    request: Request,
    form: Submitted[ResidentForm],
    heading: str,
    action: str,
    *,
    status: int = 200,
    alike: list[tuple[NamedResident, Likeness]] | None = None,
    conflict: list[Difference] | None = None,
) -> Response:
    context: dict[str, Any] = {
        "form": form,
        "heading": heading,
        "action": action,
        "alike": alike or [],
        "conflict": conflict,
        "informed_how": INFORMED_HOW,
        "language_choices": [{"code": code, "label": label} for code, label in LANGUAGES.items()],
        "reached_by": [{"code": c, "label": w, "short_label": w} for c, w in REACHED_BY.items()],
        "vocabulary": vocabularies.values,
        "commune": commune_label,
    }
    return page(request, "residents/form.html", block="form", status=status, **context)


def commune_label(code: str | None) -> str:
    """Write a commune with its département; empty when it is not known."""
    return geography.typeset(geography.commune(code).label) if code else ""
