"""A resident's assessments (`…/diagnostic`): starting or taking up, and each result."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.accounts.current import CurrentActor, WriteDb, allow
from app.accounts.permissions import Permission
from app.accounts.said import Said
from app.agenda.forms import FollowUpForm
from app.assessments import service
from app.assessments.pages import HOME, ONE, home, where_to_go_on
from app.assessments.service import FINISHED
from app.audit.models import Did
from app.core import clock
from app.reference import vocabularies
from app.residents import service as residents
from app.sessions import assessment_view, logging_page
from app.sessions.assessment_view import Result
from app.web.forms import blank
from app.web.render import done, page

router = APIRouter()
READ = [allow(Permission.READ_RESIDENTS)]


@router.get(HOME, dependencies=READ)
def assessments(request: Request, db: WriteDb, actor: CurrentActor, resident_id: UUID) -> Response:
    """Offer to start or to take up, and list the results."""
    joined = residents.joined_with(db, resident_id)
    if joined is not None:
        return done(request, home(joined))
    now = clock.now()
    person = residents.read_resident(db, actor, resident_id, now=now)
    where = logging_page.here(db, actor, now=now)
    standing = assessment_view.standing(service.of_resident(db, resident_id), where.zone)
    return page(
        request,
        "assessments/home.html",
        person=person,
        standing=standing,
        today=where.today,
    )


@router.get(ONE, dependencies=READ)
def one(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    resident_id: UUID,
    assessment_id: UUID,
    geste: str = "",
) -> Response:
    """Show one result, and what it proposes; one under way is taken up."""
    now = clock.now()
    opened = service.read(db, resident_id, assessment_id)
    if opened.finished_at is None:
        return done(request, where_to_go_on(opened))
    person = residents.read_resident(db, actor, resident_id, now=now)
    residents.note_deed(db, actor, Did.READ_ASSESSMENT, resident_id, now=now)
    where = logging_page.here(db, actor, now=now)
    ended = assessment_view.by_end(service.of_resident(db, resident_id))
    rank = next(i for i, each in enumerate(ended) if each.id == assessment_id)
    result = assessment_view.result(opened, ended[rank + 1 :], where.zone)
    form = blank(FollowUpForm, reason=result.step.sentence)
    return page(
        request,
        "assessments/result.html",
        person=person,
        result=result,
        helps=assessment_view.helps(db, result.step, resident_id, today=where.today),
        told=_in_words(result),
        form=form,
        today=where.today,
        toast=Said(FINISHED) if geste == "deja-fini" else None,
        **logging_page.moment_choices(db, actor, form),
    )


def _in_words(result: Result) -> list[tuple[str, str]]:
    """Say what a note of this assessment would take over."""
    told = result.told
    said = (
        ("Matériel", [vocabularies.label("equipment", code) for code in told.equipment]),
        (
            "Internet chez la personne",
            [vocabularies.label("home_connection", told.home_connection)],
        ),
        (
            "Autonomie",
            [vocabularies.value("autonomy", told.autonomy).short_label] if told.autonomy else [],
        ),
        ("Fractures", [vocabularies.label("divide", code) for code in told.divides] or ["aucune"]),
    )
    return [(label, ", ".join(words)) for label, words in said if words]
