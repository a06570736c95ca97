"""`/beneficiaires/{id}/orientations`: sending somebody on, and noting what came of it."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts.actor import Actor
from app.accounts.current import AppDatabase, CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.agenda import service as agenda
from app.agenda.moments import Moment
from app.core import clock
from app.core.db import Database, WriteSession
from app.core.errors import Conflict, NotFound
from app.core.scope import Scope
from app.organisations import service as organisations
from app.residents import referrals
from app.residents import service as residents
from app.residents.referrals import ANSWERS, AnswerForm, ReferralForm
from app.sessions import logging_page
from app.web.forms import Submitted, blank, submitted
from app.web.render import done, page

router = APIRouter()
PATH = "/beneficiaires/{resident_id}/orientations"
LATER = timedelta(weeks=2)
ASK = "Prendre des nouvelles de l’orientation"
SubmittedReferral = Annotated[Submitted[ReferralForm], Depends(submitted(ReferralForm))]
SubmittedAnswer = Annotated[Submitted[AnswerForm], Depends(submitted(AnswerForm))]


@router.get(PATH, dependencies=[allow(Permission.WRITE_RESIDENTS)])
def ask(
    request: Request, db: WriteDb, database: AppDatabase, actor: CurrentActor, resident_id: UUID
) -> Response:
    """Ask where the person is sent."""
    form = blank(ReferralForm, ask_later="true")
    return _new(request, db, database, actor, resident_id, form)


@router.post(PATH, dependencies=[allow(Permission.WRITE_RESIDENTS)])
def refer(
    request: Request,
    db: WriteDb,
    database: AppDatabase,
    actor: CurrentActor,
    resident_id: UUID,
    form: SubmittedReferral,
) -> Response:
    """Send the person on; when asked, plan to take news in two weeks."""
    if form.valid:
        now = clock.now()
        with form.collecting_errors(db):
            where = logging_page.here(db, actor, now=now)
            is_new = referrals.refer(db, actor, resident_id, form.data, today=where.today, now=now)
            if is_new and form.data.ask_later and where.place:
                moment = Moment(due_on=where.today + LATER, place_id=where.place.id)
                agenda.plan(db, actor, moment, reason=ASK, resident_id=resident_id, now=now)
    if form.valid:
        return done(request, f"/beneficiaires/{resident_id}?geste=enregistre")
    return _new(request, db, database, actor, resident_id, form, status=422)


@router.get(PATH + "/{referral_id}", dependencies=[allow(Permission.WRITE_RESIDENTS)])
def news(
    request: Request, db: WriteDb, actor: CurrentActor, resident_id: UUID, referral_id: UUID
) -> Response:
    """Ask what came of it."""
    return _answer(request, db, actor, resident_id, referral_id, None)


@router.post(PATH + "/{referral_id}", dependencies=[allow(Permission.WRITE_RESIDENTS)])
def note(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    resident_id: UUID,
    referral_id: UUID,
    form: SubmittedAnswer,
) -> Response:
    """Keep what came of it."""
    now, status = clock.now(), 422
    if form.valid:
        today = organisations.today(db, actor.organisation_id, now=now)
        try:
            referrals.note_answer(
                db, actor, resident_id, referral_id, form.data, today=today, now=now
            )
            return done(request, f"/beneficiaires/{resident_id}?geste=enregistre")
        except Conflict as error:
            form.errors[""], status = error.message, 409
    return _answer(request, db, actor, resident_id, referral_id, form, status=status)


def _new(
    request: Request,
    db: WriteSession,
    database: Database,
    actor: Actor,
    resident_id: UUID,
    form: Submitted[ReferralForm],
    *,
    status: int = 200,
) -> Response:
    person = residents.read_resident(db, actor, resident_id, now=clock.now())
    with database.reading(Scope.system("names of places to send people to")) as every:
        known = organisations.names_of_open_places(every)
    return page(
        request, "residents/referral.html", status=status, person=person, form=form, known=known
    )


def _answer(
    request: Request,
    db: WriteSession,
    actor: Actor,
    resident_id: UUID,
    referral_id: UUID,
    form: Submitted[AnswerForm] | None,
    *,
    status: int = 200,
) -> Response:
    person = residents.read_resident(db, actor, resident_id, now=clock.now())
    cipher = residents.subject_ciphers(db, {resident_id})[resident_id]
    found = (one for one in referrals.referrals_of(db, resident_id, cipher))
    told = next((one for one in found if one.id == referral_id), None)
    if told is None:
        raise NotFound("Cette orientation n’existe pas.")
    if form is None:
        came_back = None if told.is_waiting else told.came_back.value
        form = blank(AnswerForm, came_back=came_back, answer=told.answer, version=told.version)
    elif status == 409:
        form.raw["version"] = [str(told.version)]
    return page(
        request,
        "residents/referral_news.html",
        status=status,
        person=person,
        told=told,
        form=form,
        answers=[{"code": code, "label": label} for code, label in ANSWERS.items()],
    )
