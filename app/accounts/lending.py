"""A browser lent to a resident: it opens one assessment and nothing else until a password is typed.

The sign-in's row says what it is lent to, so that no address, no other tab and no way back opens
anything: every route asks (`keep_lent`), and only those marked `opens_while_lent` answer.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from fastapi import Request

from app.accounts import lockout, service
from app.accounts.actor import Actor
from app.accounts.current import OptionalActor
from app.accounts.models import Login
from app.audit.models import Did
from app.audit.service import record
from app.core.db import Database, WriteSession
from app.core.errors import EscaleError, NotFound
from app.core.scope import Scope

E = TypeVar("E", bound=Callable[..., object])
LENT_PAGE = "/tablette-pretee"
WRONG = "Ce n’est pas votre mot de passe."


class Lent(EscaleError):
    """This browser is lent: only the assessment it is lent to opens."""

    status = 403
    title = "Cette tablette est prêtée"
    advice = "Le conseiller la reprend avec son mot de passe."


def opens_while_lent(endpoint: E) -> E:
    """Mark a route that a lent browser may open; one that names an assessment, its own only."""
    endpoint.opens_while_lent = True  # type: ignore[attr-defined]
    return endpoint


async def keep_lent(request: Request, actor: OptionalActor) -> None:
    """Refuse to a lent browser all but what it is lent to. Raises Lent."""
    if actor is None or actor.lent_to is None:
        return
    named = request.path_params.get("assessment_id")
    is_its_own = named is None or named == str(actor.lent_to)
    if not getattr(request.scope["endpoint"], "opens_while_lent", False) or not is_its_own:
        raise Lent


def lend(db: WriteSession, actor: Actor, assessment_id: UUID, *, now: datetime) -> str:
    """Lend this browser to one assessment; give the sign-in's new token (A5). Raises NotFound."""
    return _change(db, actor, assessment_id, Did.LEND_DEVICE, now)


def take_back(
    database: Database,
    actor: Actor,
    password: str,
    *,
    address: str,
    device: str | None,
    now: datetime,
) -> tuple[str | None, str, int]:
    """Take a lent browser back by one's password, slowed like a sign-in (A4).

    Gives the sign-in's new token, or the sentence that refuses and the seconds to wait.
    """
    tried = lockout.try_password(
        database, actor.email, password, address=address, device=device, now=now
    )
    if tried.proof is None:
        return None, lockout.patience(tried.wait), tried.wait
    with database.writing(Scope.system("lent browser")) as db:
        if not tried.proof.is_right:
            _note(db, actor, Did.TAKE_DEVICE_BACK, now, succeeded=False)
            return None, WRONG, 0
        lockout.succeeded(db, tried.attempt)
        return _change(db, actor, None, Did.TAKE_DEVICE_BACK, now), "", 0


def _change(db: WriteSession, actor: Actor, lent_to: UUID | None, did: Did, now: datetime) -> str:
    login = db.get(Login, actor.login_id)
    if login is None:
        raise NotFound
    login.lent_to = lent_to
    _note(db, actor, did, now)
    return service.renew(db, login.id)


def _note(
    db: WriteSession, actor: Actor, did: Did, now: datetime, *, succeeded: bool = True
) -> None:
    record(
        db,
        did,
        at=now,
        account_id=actor.account_id,
        organisation_id=actor.organisation_id,
        subject_id=actor.login_id,
        succeeded=succeeded,
    )
