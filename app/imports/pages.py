"""`/administration/import`: try a file, say what its labels mean, bring it in, take it back."""

import io
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartParser

from app.accounts.current import AppDatabase, AppSettings, CurrentActor, Db, allow
from app.accounts.permissions import Permission
from app.accounts.said import Said
from app.audit.models import Did
from app.audit.service import count
from app.core import clock
from app.core.db import ReadSession
from app.core.errors import Conflict, Invalid
from app.core.settings import Settings
from app.imports import mapping, mending, runs, undo, upload
from app.imports.forms import FileForm, LabelsForm
from app.imports.models import ImportRun, RunState, Shape
from app.imports.runs import Target
from app.web.forms import Submitted, blank, submitted
from app.web.render import done, page

router = APIRouter(dependencies=[allow(Permission.ADMINISTER)])
HOME = "/administration/import"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATES = {
    RunState.READING: "lecture en cours",
    RunState.READY: "à confirmer",
    RunState.WRITING: "en cours",
    RunState.DONE: "faite",
    RunState.REFUSED: "refusée",
    RunState.STOPPED: "interrompue",
    RunState.UNDONE: "annulée",
}
SAID = {"annulee": "Reprise annulée", "abandonnee": "Fichier abandonné"}

AGAIN = "Envoyez-le de nouveau\u00a0: rien n’est doublé."


def sending(database: AppDatabase, actor: CurrentActor) -> Target:
    """Say for which structure a file goes, and who sends it."""
    return Target(database, actor.administered_id, clock.now(), actor.account_id)


Sending = Annotated[Target, Depends(sending)]
# Names would lie in clear where the system puts temporary files: what is sent stays in memory until
# our own copy, in the data directory. Only this form takes a file.
MultiPartParser.spool_max_size = upload.MAX_FILE + 1


async def chosen_file(request: Request) -> AsyncIterator[UploadFile | None]:
    """Take the one file of a posted form; it waits in memory, never in a folder of the system."""
    async with request.form(max_fields=5, max_files=1) as form:
        found = form.get("file")
        yield found if isinstance(found, UploadFile) and found.filename else None


@router.get(HOME)
def home(request: Request, db: Db, target: Sending, geste: str = "") -> Response:
    """List past imports, and ask for a file."""
    said = Said(SAID[geste]) if geste in SAID else None
    return _home(request, db, target, blank(FileForm), toast=said)


@router.post(HOME)
def receive(
    request: Request,
    db: Db,
    target: Sending,
    settings: AppSettings,
    file: Annotated[UploadFile | None, Depends(chosen_file)],
) -> Response:
    """Keep a file and begin to try it: nothing of it is written yet."""
    form = blank(FileForm)
    upload.forget_old(settings)
    try:
        run = upload.receive(target, settings, *_content(file))
    except Invalid as error:
        form.errors["file"] = error.message
        return _home(request, db, target, form, status=422)
    return done(request, f"{HOME}/{run.id}")


def _content(file: UploadFile | None) -> tuple[Any, str]:
    if file is None:
        raise Invalid("file", "Choisissez un fichier.")
    if file.size is not None and file.size > upload.MAX_FILE:
        raise Invalid("file", "Ce fichier dépasse 25\u00a0Mio. Exportez une période plus courte.")
    return file.file, file.filename or "fichier"


@router.get(HOME + "/{run_id}")
def one(request: Request, target: Sending, settings: AppSettings, run_id: UUID) -> Response:
    """Show an import: how far it is, what it would do or did."""
    return _one(request, target, settings, run_id)


@router.get(HOME + "/{run_id}/a-corriger.xlsx")
def to_mend(target: Sending, run_id: UUID) -> Response:
    """Give the refused rows as a file to mend and send again; who took it is in the record."""
    with target.database.writing(target.scope) as db:
        run = runs.run_of(db, run_id)
        found = runs.refused_rows(db, run)
        runs.note_taken(db, run, account_id=target.account_id, at=target.now)
    stream = io.BytesIO()
    mending.write(found, run.shape, stream)
    name = 'attachment; filename="lignes-a-corriger.xlsx"'
    return Response(stream.getvalue(), media_type=XLSX, headers={"content-disposition": name})


@router.get(HOME + "/{run_id}/libelles")
@router.get(HOME + "/{run_id}/reprendre")
@router.get(HOME + "/{run_id}/continuer")
@router.get(HOME + "/{run_id}/abandonner")
@router.get(HOME + "/{run_id}/annuler")
def after_a_gesture(request: Request, run_id: UUID) -> Response:
    """Lead on from the address that a refused gesture leaves behind."""
    return done(request, f"{HOME}/{run_id}")


@router.post(HOME + "/{run_id}/libelles")
def labels(
    request: Request,
    target: Sending,
    settings: AppSettings,
    run_id: UUID,
    form: Annotated[Submitted[LabelsForm], Depends(submitted(LabelsForm))],
) -> Response:
    """Remember what labels mean, and try the file again with that."""
    if not form.valid:
        error = Invalid("label", "Choisissez une réponse.")
        return _one(request, target, settings, run_id, error)
    data = form.data
    said = dict(zip(zip(data.lists, data.labels, strict=False), data.codes, strict=False))
    meant = {asked: code for asked, code in said.items() if code}
    try:
        with target.database.writing(target.scope) as writing:
            mapping.remember(
                writing,
                target.organisation_id,
                {asked: "" if code == mapping.LEAVE else code for asked, code in meant.items()},
            )
            run = runs.enter(writing, run_id, RunState.READY, RunState.READING, at=target.now)
    except (Invalid, Conflict) as error:
        return _one(request, target, settings, run_id, error)
    upload.start(target, settings, run)
    return done(request, f"{HOME}/{run_id}")


@router.post(HOME + "/{run_id}/reprendre")
def confirm(request: Request, target: Sending, settings: AppSettings, run_id: UUID) -> Response:
    """Bring the file in, as it was tried; a second tap leads to what the first one began."""
    try:
        with target.database.writing(target.scope) as writing:
            run = runs.enter(writing, run_id, RunState.READY, RunState.WRITING, at=target.now)
            if not runs.brings_something(run):
                raise Conflict("Rien de ce fichier n’entrerait.")
    except Conflict as error:
        return _one(request, target, settings, run_id, error)
    upload.start(target, settings, run)
    return done(request, f"{HOME}/{run_id}")


@router.post(HOME + "/{run_id}/continuer")
def go_on(request: Request, target: Sending, settings: AppSettings, run_id: UUID) -> Response:
    """Start an interrupted import again, as long as its file is still there."""
    try:
        if not upload.file_of(settings, run_id).exists():
            raise Conflict(f"Le fichier n’est plus là. {AGAIN}")
        with target.database.writing(target.scope) as writing:
            run = runs.go_on(writing, run_id, now=target.now)
    except Conflict as error:
        return _one(request, target, settings, run_id, error)
    upload.start(target, settings, run)
    return done(request, f"{HOME}/{run_id}")


@router.post(HOME + "/{run_id}/abandonner")
def abandon(request: Request, target: Sending, settings: AppSettings, run_id: UUID) -> Response:
    """Forget a file that was only tried."""
    try:
        with target.database.writing(target.scope) as writing:
            runs.drop(writing, run_id, now=target.now)
    except Conflict as error:
        return _one(request, target, settings, run_id, error)
    upload.forget(settings, run_id)
    return done(request, f"{HOME}?geste=abandonnee")


@router.post(HOME + "/{run_id}/annuler")
def take_back(request: Request, target: Sending, settings: AppSettings, run_id: UUID) -> Response:
    """Remove what an import created, all of it or nothing."""
    try:
        undo.undo(target, run_id)
    except Conflict as error:
        return _one(request, target, settings, run_id, error)
    upload.forget(settings, run_id)
    return done(request, f"{HOME}?geste=annulee")


def _home(
    request: Request,
    db: ReadSession,
    target: Target,
    form: Submitted[FileForm],
    *,
    status: int = 200,
    toast: Said | None = None,
) -> Response:
    past = runs.runs(db, target.organisation_id)
    return page(
        request,
        "imports/home.html",
        status=status,
        form=form,
        runs=[(run, _state(run, target.now)) for run in past],
        toast=toast,
    )


def _state(run: ImportRun, now: datetime) -> str:
    return STATES[RunState.STOPPED if runs.has_stopped(run, now=now) else run.state]


def _one(
    request: Request,
    target: Target,
    settings: Settings,
    run_id: UUID,
    error: Invalid | Conflict | None = None,
) -> Response:
    """Show an import, and above it why a gesture was refused."""
    with target.database.reading(target.scope) as db:
        run = runs.run_of(db, run_id)
        said = runs.said(db, run)
        asked = _asked(db, run, said)
        is_over = runs.may_have_written(run, now=target.now)
        built = undo.why_not(db, run) if is_over else ""
        brought = undo.brought(db, run) if is_over else None
        may_return = run.state is RunState.READY and run.shape is Shape.RESIDENTS
        objected = count(db, run.organisation_id, Did.OBJECT_RESIDENT) if may_return else 0
    has_stopped = runs.has_stopped(run, now=target.now)
    answer = page(
        request,
        "imports/one.html",
        status=error.status if error else 200,
        run=run,
        state=_state(run, target.now),
        said=said,
        asked=asked,
        is_over=is_over,
        built=built,
        brought=brought,
        objected=objected,
        problem=error.message if error else "",
        has_stopped=has_stopped,
        may_go_on=has_stopped and upload.file_of(settings, run_id).exists(),
        brings_something=runs.brings_something(run),
        to_mend=said.get("rows_to_mend") if run.refused_rows is not None else None,
    )
    if run.state in runs.GOING and not has_stopped:  # progress, without a script
        answer.headers["refresh"] = f"2; url={HOME}/{run_id}"
    return answer


def _asked(db: ReadSession, run: ImportRun, said: dict[str, Any]) -> Sequence[dict[str, Any]]:
    """List the labels to be given a meaning, with the answers each may have."""
    if run.state is not RunState.READY:
        return []
    unknown = [(u["list"], u["label"], u["rows"]) for u in said.get("unknown_labels", [])]
    unknown += [(mapping.PLACE, name, None) for name in said.get("places_created", [])[:50]]
    return [
        {
            "list": name,
            "title": mapping.LISTS[name],
            "label": label,
            "rows": rows,
            "choices": mapping.choices(db, run.organisation_id, name),
            "first": mapping.first_choice(name),
            "can_leave": mapping.can_leave(name),
        }
        for name, label, rows in unknown
    ]
