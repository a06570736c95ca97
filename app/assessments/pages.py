"""Filling an assessment in (`/beneficiaires/{id}/diagnostic/…`): one question a screen."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import cookies, lending
from app.accounts.actor import Actor
from app.accounts.current import AppSettings, CurrentActor, WriteDb, allow
from app.accounts.lending import LENT_PAGE, opens_while_lent
from app.accounts.permissions import Permission
from app.assessments import service
from app.assessments.bank import UNKNOWN, Question
from app.assessments.forms import ALONE, AnswerForm, StartForm
from app.assessments.service import Opened
from app.audit.models import Did
from app.core import clock
from app.core.errors import Conflict, NotFound
from app.residents.service import note_deed
from app.web.forms import Submitted, blank, submitted
from app.web.render import done, page

router = APIRouter()
SubmittedStart = Annotated[Submitted[StartForm], Depends(submitted(StartForm))]
SubmittedAnswer = Annotated[Submitted[AnswerForm], Depends(submitted(AnswerForm))]
READ = [allow(Permission.READ_RESIDENTS)]
WRITE = [allow(Permission.WRITE_RESIDENTS)]
HOME = "/beneficiaires/{resident_id}/diagnostic"
ONE = HOME + "/{assessment_id}"


def home(resident_id: UUID) -> str:
    """Give the address of a resident's assessments."""
    return f"/beneficiaires/{resident_id}/diagnostic"


def where_to_go_on(opened: Opened) -> str:
    """Give the address of the first question left, or of the end."""
    return _question_path(opened, opened.to_answer)


def _question_path(opened: Opened, question: Question | None) -> str:
    one = f"{home(opened.resident_id)}/{opened.id}"
    return f"{one}/questions/{question.id}" if question else f"{one}/fin"


@router.post(HOME, dependencies=WRITE)
def start(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    settings: AppSettings,
    resident_id: UUID,
    form: SubmittedStart,
) -> Response:
    """Start one, or take up the one under way; alone, this browser is lent to it."""
    if not form.valid:
        return done(request, home(resident_id))
    now = clock.now()
    row = service.start(db, actor, resident_id, again=form.data.again, now=now)
    answer = done(request, where_to_go_on(service.read(db, resident_id, row.id)))
    if form.data.mode == ALONE:
        cookies.give_login(answer, settings, lending.lend(db, actor, row.id, now=now))
        answer.headers["Clear-Site-Data"] = '"cache"'  # nothing to go back to
    return answer


@router.get(ONE + "/questions/{question_id}", dependencies=READ)
@opens_while_lent
def ask(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    resident_id: UUID,
    assessment_id: UUID,
    question_id: str,
) -> Response:
    """Show one question, with the answer given before."""
    opened = service.read(db, resident_id, assessment_id)
    question = _question(opened, question_id)
    if opened.finished_at is not None:
        return _already(request, actor, opened)
    given = opened.answers.get(question.id)
    if given is not None:
        note_deed(db, actor, Did.READ_ASSESSMENT, resident_id, now=clock.now())
    return _show(request, actor, opened, question, blank(AnswerForm, answer=given))


@router.post(ONE + "/questions/{question_id}", dependencies=WRITE)
@opens_while_lent
def answer(
    request: Request,
    db: WriteDb,
    actor: CurrentActor,
    resident_id: UUID,
    assessment_id: UUID,
    question_id: str,
    form: SubmittedAnswer,
) -> Response:
    """Keep one answer, and go on to the next question."""
    opened = service.read(db, resident_id, assessment_id)
    question = _question(opened, question_id)
    if form.valid:
        try:
            with form.collecting_errors(db):
                opened = service.answer(db, resident_id, assessment_id, question, form.data.answer)
        except Conflict:
            return _already(request, actor, opened)
    if not form.valid:
        return _show(request, actor, opened, question, form, status=422)
    rank = opened.bank.rank(question.id)
    following = opened.bank.questions[rank : rank + 1]
    return done(request, _question_path(opened, next(iter(following), opened.to_answer)))


@router.get(ONE + "/fin", dependencies=READ)
@opens_while_lent
def last(
    request: Request, db: WriteDb, actor: CurrentActor, resident_id: UUID, assessment_id: UUID
) -> Response:
    """Say that every question is answered, and offer to finish."""
    opened = service.read(db, resident_id, assessment_id)
    if opened.finished_at is not None:
        return _already(request, actor, opened)
    if opened.to_answer is not None:
        return done(request, where_to_go_on(opened))
    return page(
        request,
        "assessments/last.html",
        opened=opened,
        path_before=_question_path(opened, opened.bank.questions[-1]),
    )


@router.post(ONE + "/fin", dependencies=WRITE)
@opens_while_lent
def finish(
    request: Request, db: WriteDb, actor: CurrentActor, resident_id: UUID, assessment_id: UUID
) -> Response:
    """Finish; with a question left, go to it."""
    opened = service.read(db, resident_id, assessment_id)
    if opened.finished_at is None and opened.to_answer is not None:
        return done(request, where_to_go_on(opened))
    try:
        service.finish(db, actor, resident_id, assessment_id, now=clock.now())
    except Conflict:
        return _already(request, actor, opened)
    ended = f"{home(resident_id)}/{assessment_id}"
    return done(request, LENT_PAGE if actor.lent_to else ended)


def _question(opened: Opened, question_id: str) -> Question:
    found = next((one for one in opened.bank.questions if one.id == question_id), None)
    if found is None:
        raise NotFound("Cette question n’existe pas.")
    return found


def _already(request: Request, actor: Actor, opened: Opened) -> Response:
    """Lead a late answer, or a second end, to the result: nothing is changed."""
    ended = f"{home(opened.resident_id)}/{opened.id}?geste=deja-fini"
    return done(request, LENT_PAGE if actor.lent_to else ended)


def _show(
    request: Request,
    actor: Actor,
    opened: Opened,
    question: Question,
    form: Submitted[AnswerForm],
    *,
    status: int = 200,
) -> Response:
    rank = opened.bank.rank(question.id)
    before = opened.bank.questions[rank - 2] if rank > 1 else None
    return page(
        request,
        "assessments/question.html",
        status=status,
        form=form,
        question=question,
        theme=opened.bank.theme(question.theme),
        rank=rank,
        count=len(opened.bank.questions),
        unknown=UNKNOWN,
        path_before=_question_path(opened, before) if before else None,
        path_stop=LENT_PAGE if actor.lent_to else f"/beneficiaires/{opened.resident_id}",
    )
