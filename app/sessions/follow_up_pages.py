"""One follow-up (`/suivis/{id}`): how it ended, another moment, and the undo of each gesture."""

from datetime import date, datetime
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts.actor import Actor
from app.accounts.current import CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.agenda import service as agenda
from app.agenda.forms import EndingForm, MoveForm, Nudge, NudgeForm, When
from app.agenda.models import FollowUp, FollowUpState
from app.agenda.moments import nudged
from app.core import clock
from app.core.clock import civil_day
from app.core.db import ReadSession, WriteSession
from app.core.errors import Conflict
from app.core.text import clock_time, minutes
from app.core.text import day as said_day
from app.organisations import service as organisations
from app.sessions import logging_page, move_warnings
from app.sessions.follow_up_lines import follow_up_lines
from app.sessions.move_warnings import Warned
from app.sessions.notices import JustDone, Notice, SubmittedBack, back_with
from app.web.conflict import NOTHING, Difference
from app.web.forms import Submitted, blank, check, submitted
from app.web.render import done, page
from app.web.security import local_path

router = APIRouter()
PLAN = [allow(Permission.PLAN)]
SubmittedMove = Annotated[Submitted[MoveForm], Depends(submitted(MoveForm))]
SubmittedNudge = Annotated[Submitted[NudgeForm], Depends(submitted(NudgeForm))]
SubmittedEnding = Annotated[Submitted[EndingForm], Depends(submitted(EndingForm))]
NUDGES = (
    (Nudge.EARLIER.value, "30\u00a0min plus tôt"),
    (Nudge.LATER.value, "30\u00a0min plus tard"),
    (Nudge.DAY_BEFORE.value, "Veille"),
    (Nudge.DAY_AFTER.value, "Lendemain"),
)
GESTURES = {
    FollowUpState.DONE: "fait",
    FollowUpState.NO_SHOW: "pas-venu",
    FollowUpState.CALLED_OFF: "annule-par-moi",
    FollowUpState.DECLINED: "annule-par-elle",
}


@router.post("/suivis/{follow_up_id}/fait", dependencies=PLAN)
def settle(
    request: Request, db: WriteDb, actor: CurrentActor, follow_up_id: UUID, form: SubmittedBack
) -> Response:
    """Mark a follow-up done; the next page offers to undo."""
    agenda.close(db, actor, follow_up_id, FollowUpState.DONE, now=clock.now())
    return done(request, back_with(form.value("back"), "/", suivi=follow_up_id, geste="fait"))


@router.post("/suivis/{follow_up_id}/fin", dependencies=PLAN)
def end(
    request: Request, db: WriteDb, actor: CurrentActor, follow_up_id: UUID, form: SubmittedEnding
) -> Response:
    """Say how it ended without a visit; the next page offers to undo."""
    if not form.valid:
        moving = _filled(agenda.follow_up(db, follow_up_id), form.value("back"))
        moving.errors["ending"] = "Dites ce qui s’est passé."
        return _show(request, db, actor, follow_up_id, moving, status=422)
    state = FollowUpState(form.data.ending.value)
    agenda.close(db, actor, follow_up_id, state, now=clock.now())
    said = GESTURES[state]
    return done(request, back_with(form.value("back"), "/", suivi=follow_up_id, geste=said))


@router.post("/suivis/{follow_up_id}/annuler", dependencies=PLAN)
def undo(
    request: Request, db: WriteDb, actor: CurrentActor, follow_up_id: UUID, form: SubmittedBack
) -> Response:
    """Undo « Fait », « Pas venu », a cancellation or « Reporter »."""
    agenda.reopen(db, actor, follow_up_id, now=clock.now())
    return done(request, back_with(form.value("back"), "/", geste="annule"))


@router.post("/suivis/{follow_up_id}/retirer", dependencies=PLAN)
def take_back(
    request: Request, db: WriteDb, actor: CurrentActor, follow_up_id: UUID, form: SubmittedBack
) -> Response:
    """Undo « Prévoir »."""
    agenda.unplan(db, actor, follow_up_id, now=clock.now())
    return done(request, back_with(form.value("back"), "/", geste="annule"))


@router.get("/suivis/{follow_up_id}/reporter", dependencies=PLAN)
def ask_when(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    follow_up_id: UUID,
    just_done: JustDone,
    back: str = "/",
) -> Response:
    """Show one follow-up, to move it or to say how it ended."""
    row = agenda.follow_up(db, follow_up_id)
    toast = None
    if just_done.geste == "deplace" and row.former_due_on is not None:
        fields = {"back": _page_of(follow_up_id, back)}
        toast = Notice(f"Déplacé\u00a0: {_said(row)}", f"/suivis/{follow_up_id}/annuler", fields)
    return _show(request, db, actor, follow_up_id, _filled(row, back), toast=toast)


@router.post("/suivis/{follow_up_id}/reporter", dependencies=PLAN)
def postpone(
    request: Request, db: WriteDb, actor: CurrentActor, follow_up_id: UUID, form: SubmittedMove
) -> Response:
    """Move a follow-up to another moment; what it would overlap is said first."""
    refused = _refused(request, db, actor, follow_up_id, form)
    back = back_with(form.value("back"), "/", suivi=follow_up_id, geste="reporte")
    return refused or done(request, back)


@router.post("/suivis/{follow_up_id}/deplacer", dependencies=PLAN)
def nudge(
    request: Request, db: WriteDb, actor: CurrentActor, follow_up_id: UUID, form: SubmittedNudge
) -> Response:
    """Move a follow-up a little, as the form would; the same page says where it is now."""
    row, back = agenda.follow_up(db, follow_up_id), form.value("back")
    if not form.valid:
        return _show(request, db, actor, follow_up_id, _filled(row, back), status=422)
    moving = _filled(row, back)
    moment = nudged(agenda.moment_of(row), form.data.by.gap)
    moving.raw |= {
        "when": [When.DATE.value],
        "on": [moment.due_on.isoformat()],
        "starts_at": [f"{moment.starts_at:%H:%M}"] if moment.starts_at else [],
        "version": [str(form.data.version)],
    }
    typed = check(MoveForm, moving.raw)
    refused = _refused(request, db, actor, follow_up_id, typed)
    return refused or done(request, _page_of(follow_up_id, back) + "&geste=deplace#move")


def _refused(
    request: Request, db: WriteSession, actor: Actor, follow_up_id: UUID, form: Submitted[MoveForm]
) -> Response | None:
    """Move a follow-up; give the page that says why not, None when it moved."""
    now, status, differing, warned = clock.now(), 422, None, None
    row = agenda.follow_up(db, follow_up_id)
    today, before = _today(db, actor, row, now), row.due_on
    if form.valid:
        try:
            with form.collecting_errors(db):
                moment = form.data.moment(today, row.place_id)
                agenda.postpone(db, actor, follow_up_id, moment, version=form.data.version, now=now)
        except Conflict as error:
            form.errors[""], status = error.message, 409
            row = agenda.follow_up(db, follow_up_id)
            differing = _differences(db, actor, row, form, today)
            form.raw["version"] = [str(row.version)]
    if form.valid:
        warned = move_warnings.of(db, actor, row, moment, before=before)
        if warned is None or warned.key == form.data.confirmed:
            return None
        db.rollback()
    return _show(
        request, db, actor, follow_up_id, form, status=status, differing=differing, warned=warned
    )


def _page_of(follow_up_id: UUID, back: str) -> str:
    return f"/suivis/{follow_up_id}/reporter?back={quote(local_path(back))}"


def _said(row: FollowUp) -> str:
    at = f", {clock_time(row.starts_at)}" if row.starts_at else ""
    return said_day(row.due_on) + at


def _filled(row: FollowUp, back: str) -> Submitted[MoveForm]:
    """Fill the form: an appointment as it stands, a mere follow-up a week later."""
    known: dict[str, object] = {"version": row.version, "back": local_path(back)}
    if row.starts_at is None:
        return blank(MoveForm, when=When.WEEK, place_id=row.place_id, **known)
    return blank(
        MoveForm,
        when=When.DATE,
        on=row.due_on,
        starts_at=row.starts_at.strftime("%H:%M"),
        duration_min=row.duration_min,
        place_id=row.place_id,
        **known,
    )


def _today(db: ReadSession, actor: Actor, row: FollowUp, now: datetime) -> date:
    return civil_day(now, organisations.place(db, actor.organisation_id, row.place_id).zone)


def _differences(
    db: ReadSession, actor: Actor, row: FollowUp, form: Submitted[MoveForm], today: date
) -> list[Difference]:
    """List what a colleague left otherwise than what was typed, as both would say it."""
    places = {p.id: p.name for p in organisations.places(db, actor.organisation_id)}
    wanted = form.data.moment(today, row.place_id)
    stored = agenda.moment_of(row)
    pairs = (
        ("Date", said_day(stored.due_on), said_day(wanted.due_on)),
        ("Heure", *(clock_time(m.starts_at) if m.starts_at else NOTHING for m in (stored, wanted))),
        ("Durée", *(minutes(m.duration_min or 0) if m.starts_at else "" for m in (stored, wanted))),
        ("Lieu", *(places.get(m.place_id, "") for m in (stored, wanted))),
    )
    return [Difference(*pair) for pair in pairs if pair[1] != pair[2] and all(pair)]


def _show(
    request: Request,
    db: WriteSession,
    actor: Actor,
    follow_up_id: UUID,
    form: Submitted[MoveForm],
    *,
    status: int = 200,
    differing: list[Difference] | None = None,
    warned: Warned | None = None,
    toast: Notice | None = None,
) -> Response:
    row = agenda.follow_up(db, follow_up_id)
    now = clock.now()
    return page(
        request,
        "agenda/move.html",
        status=status,
        line=follow_up_lines(db, actor, agenda.opened(db, actor, [row]))[0],
        is_to_do=row.state is FollowUpState.TO_DO,
        said=agenda.SETTLED.get(row.state, ""),
        place=organisations.place(db, actor.organisation_id, row.place_id),
        form=form,
        differing=differing,
        warned=warned,
        nudges=NUDGES if row.starts_at else NUDGES[2:],
        toast=toast,
        today=_today(db, actor, row, now),
        **logging_page.moment_choices(db, actor, form),
    )
