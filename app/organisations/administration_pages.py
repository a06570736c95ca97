"""`/administration`: a structure's places, its name, its usual durations and its tags."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from app.accounts import cookies, team
from app.accounts import service as accounts
from app.accounts.actor import Actor
from app.accounts.current import AppSettings, CurrentActor, Db, WriteDb, allow
from app.accounts.permissions import Permission, Role
from app.core import clock
from app.core.db import ReadSession
from app.core.errors import NotFound
from app.core.phones import spoken_phone
from app.messages.delivery import channels_set
from app.messages.models import Channel
from app.organisations import administration, service
from app.organisations.forms import CloseForm, PlaceForm, StructureForm, TagForm
from app.organisations.models import Place
from app.organisations.said import said
from app.reference.communes import commune_typed, communes_offered
from app.web.forms import Form, Submitted, blank, submitted
from app.web.render import done, page

router = APIRouter()
RUNS = [allow(Permission.ADMINISTER)]
PLACES = "/administration/lieux"
SETTINGS = "/administration/structure"
SubmittedPlace = Annotated[Submitted[PlaceForm], Depends(submitted(PlaceForm))]
SubmittedClose = Annotated[Submitted[CloseForm], Depends(submitted(CloseForm))]
SubmittedStructure = Annotated[Submitted[StructureForm], Depends(submitted(StructureForm))]
SubmittedTag = Annotated[Submitted[TagForm], Depends(submitted(TagForm))]


SENT_BY = {Channel.EMAIL: "par e-mail", Channel.SMS: "par SMS"}


class ChooseForm(Form):
    """Which of several structures to run now."""

    organisation_id: UUID = Field(title="Structure")


@router.get("/administration", dependencies=RUNS)
def home(request: Request, db: Db, actor: CurrentActor, app_settings: AppSettings) -> Response:
    """Lead to places, team and settings; say how many there are of each."""
    here = actor.administered_id
    run = frozenset(s.organisation_id for s in actor.standings if Role.ADMIN in s.roles)
    today = service.today(db, here, now=clock.now())
    return page(
        request,
        "administration/home.html",
        structure=administration.structure(db, here),
        others=[o for o in service.organisations(db, run) if o.id != here],
        open_places=len(service.places(db, here, on=today)),
        people=len(team.members(db, here, now=clock.now())),
        durations=service.usual_durations(db, here),
        tags=len(service.tags(db, here, on=today)),
        reminded_by=[SENT_BY[channel] for channel in sorted(channels_set(app_settings))],
    )


@router.post("/administration", dependencies=RUNS)
def choose(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    app_settings: AppSettings,
    form: Annotated[Submitted[ChooseForm], Depends(submitted(ChooseForm))],
) -> Response:
    """Run another of one's structures."""
    run = {s.organisation_id for s in actor.standings if Role.ADMIN in s.roles}
    if not form.valid or form.data.organisation_id not in run:
        raise NotFound
    token = accounts.switch(db, actor, form.data.organisation_id, None, now=clock.now())
    return cookies.with_new_login(done(request, "/administration"), app_settings, token)


@router.get(PLACES, dependencies=RUNS)
def places(request: Request, db: Db, actor: CurrentActor, geste: str = "") -> Response:
    """List the places, open ones first, and show an empty form."""
    return _places_page(request, db, actor, blank(PlaceForm), toast=said(geste))


@router.post(PLACES, dependencies=RUNS)
def add(request: Request, db: WriteDb, actor: CurrentActor, form: SubmittedPlace) -> Response:
    """Open a place."""
    if form.valid:
        now = clock.now()
        today = service.today(db, actor.administered_id, now=now)
        with form.collecting_errors(db):
            administration.add_place(db, actor, form.data, today=today, now=now)
        if form.valid:
            return done(request, f"{PLACES}?geste=lieu-ajoute#t-places")
    return _places_page(request, db, actor, form, status=422)


@router.get(PLACES + "/{place_id}", dependencies=RUNS)
def one(request: Request, db: Db, actor: CurrentActor, place_id: UUID) -> Response:
    """Show a place to change, close or open again."""
    place = service.place(db, actor.administered_id, place_id)
    return _place_page(request, db, place, _filled(place), blank(CloseForm))


@router.post(PLACES + "/{place_id}", dependencies=RUNS)
def change(
    request: Request, db: WriteDb, actor: CurrentActor, place_id: UUID, form: SubmittedPlace
) -> Response:
    """Save a place."""
    place = service.place(db, actor.administered_id, place_id)
    if form.valid:
        with form.collecting_errors(db):
            administration.change_place(db, actor, place_id, form.data, now=clock.now())
        if form.valid:
            return done(request, f"{PLACES}?geste=enregistre#t-places")
    return _place_page(request, db, place, form, blank(CloseForm), status=422)


@router.post(PLACES + "/{place_id}/fermer", dependencies=RUNS)
def close(
    request: Request, db: WriteDb, actor: CurrentActor, place_id: UUID, form: SubmittedClose
) -> Response:
    """Close a place since a day; nothing noted there is lost."""
    place = service.place(db, actor.administered_id, place_id)
    if form.valid:
        now = clock.now()
        today = service.today(db, actor.administered_id, now=now)
        with form.collecting_errors(db):
            administration.close_place(
                db, actor, place_id, form.data.closed_on, today=today, now=now
            )
        if form.valid:
            return done(request, f"{PLACES}?geste=lieu-ferme#t-places")
    return _place_page(request, db, place, _filled(place), form, status=422)


@router.post(PLACES + "/{place_id}/rouvrir", dependencies=RUNS)
def reopen(request: Request, db: WriteDb, actor: CurrentActor, place_id: UUID) -> Response:
    """Open a closed place again."""
    place = service.place(db, actor.administered_id, place_id)
    form = _filled(place)
    with form.collecting_errors(db):
        administration.reopen_place(db, actor, place_id, now=clock.now())
    if form.errors:
        return _place_page(request, db, place, form, blank(CloseForm), status=422)
    return done(request, f"{PLACES}?geste=lieu-rouvert#t-places")


@router.get(SETTINGS, dependencies=RUNS)
def settings(request: Request, db: Db, actor: CurrentActor, geste: str = "") -> Response:
    """Show the structure's name, durations and tags."""
    form = _structure_form(db, actor)
    return _settings_page(request, db, actor, form, blank(TagForm), toast=said(geste))


@router.post(SETTINGS, dependencies=RUNS)
def change_settings(
    request: Request, db: WriteDb, actor: CurrentActor, form: SubmittedStructure
) -> Response:
    """Save the structure's name and durations."""
    if form.valid:
        administration.change_structure(db, actor, form.data, now=clock.now())
        return done(request, f"{SETTINGS}?geste=enregistre")
    return _settings_page(request, db, actor, form, blank(TagForm), status=422)


@router.post(SETTINGS + "/etiquettes", dependencies=RUNS)
def add_tag(request: Request, db: WriteDb, actor: CurrentActor, form: SubmittedTag) -> Response:
    """Offer a tag."""
    if form.valid:
        now = clock.now()
        today = service.today(db, actor.administered_id, now=now)
        with form.collecting_errors(db):
            administration.add_tag(db, actor, form.data.label, today=today, now=now)
        if form.valid:
            return done(request, f"{SETTINGS}?geste=etiquette-ajoutee#t-tags")
    return _settings_page(request, db, actor, _structure_form(db, actor), form, status=422)


@router.post(SETTINGS + "/etiquettes/{tag_id}/retirer", dependencies=RUNS)
def end_tag(request: Request, db: WriteDb, actor: CurrentActor, tag_id: UUID) -> Response:
    """Offer a tag no more."""
    now = clock.now()
    today = service.today(db, actor.administered_id, now=now)
    administration.end_tag(db, actor, tag_id, today=today, now=now)
    return done(request, f"{SETTINGS}?geste=etiquette-retiree#t-tags")


def _places_page(
    request: Request,
    db: ReadSession,
    actor: Actor,
    form: Submitted[PlaceForm],
    *,
    status: int = 200,
    **more: Any,
) -> Response:
    rows = service.places(db, actor.administered_id)
    return page(
        request,
        "administration/places.html",
        status=status,
        form=form,
        offered=_offered(form),
        listed=sorted(rows, key=lambda place: place.closed_on is not None),
        commune=commune_typed,
        **more,
    )


def _place_page(
    request: Request,
    db: ReadSession,
    place: Place,
    form: Submitted[PlaceForm],
    closing: Submitted[CloseForm],
    *,
    status: int = 200,
) -> Response:
    today = service.today(db, place.organisation_id, now=clock.now())
    if not closing.raw:
        closing.raw["closed_on"] = [today.isoformat()]
    return page(
        request,
        "administration/place.html",
        status=status,
        place=place,
        form=form,
        offered=_offered(form),
        closing=closing,
        today=today,
    )


def _offered(form: Submitted[PlaceForm]) -> list[dict[str, str]]:
    """List the communes to choose from when what was typed names several."""
    found = communes_offered(form.value("commune")) if form.error("commune") else []
    if found:
        form.errors["commune"] = "Choisissez une de ces communes, ou écrivez-en une autre."
    return found


def _settings_page(
    request: Request,
    db: ReadSession,
    actor: Actor,
    form: Submitted[StructureForm],
    tag_form: Submitted[TagForm],
    *,
    status: int = 200,
    **more: Any,
) -> Response:
    today = service.today(db, actor.administered_id, now=clock.now())
    return page(
        request,
        "administration/structure.html",
        status=status,
        form=form,
        tag_form=tag_form,
        tags=service.tags(db, actor.administered_id, on=today),
        **more,
    )


def _filled(place: Place) -> Submitted[PlaceForm]:
    return blank(
        PlaceForm,
        name=place.name,
        commune=commune_typed(place.commune),
        address=place.address,
        hours=place.hours,
        phone=spoken_phone(place.phone) or None,
    )


def _structure_form(db: ReadSession, actor: Actor) -> Submitted[StructureForm]:
    own = administration.structure(db, actor.administered_id)
    durations = ", ".join(map(str, own.durations))
    return blank(StructureForm, name=own.name, durations=durations)
