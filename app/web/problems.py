"""Errors made answerable: a page, a fragment for htmx, or RFC 9457 JSON for the API."""

import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.core.errors import EscaleError, Forbidden, NotFound, TooLarge, TooMany
from app.web.render import is_partial, page

logger = logging.getLogger("escale")


class MethodNotAllowed(EscaleError):
    """The address exists, not for this method."""

    status = 405
    title = "Cela ne se fait pas ici"
    advice = "Revenez à la page précédente et recommencez."


class Unexpected(EscaleError):
    """A defect of ours: the person learns its number, never its cause (F9)."""

    status = 500


class Unreadable(EscaleError):
    """What was sent is no form of ours."""

    status = 400
    title = "Cet envoi n’a pas pu être lu"
    advice = "Revenez à la page précédente et recommencez."


KNOWN: dict[int, type[EscaleError]] = {
    400: Unreadable,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    413: TooLarge,
}


def problem(request: Request, error: EscaleError) -> Response:
    """Answer an application error in the shape that was asked for."""
    answer = _problem(request, error)
    if isinstance(error, TooMany) and error.retry_after_s is not None:
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def _problem(request: Request, error: EscaleError) -> Response:
    request_id = request.scope.get("state", {}).get("request_id")
    if request.url.path.startswith("/api/"):
        return JSONResponse(
            {
                "type": "about:blank",
                "title": error.title,
                "status": error.status,
                "detail": error.message,
                "request_id": request_id,
            },
            status_code=error.status,
            media_type="application/problem+json",
        )
    template = "problems/fragment.html" if is_partial(request) else "problems/page.html"
    response = page(
        request,
        template,
        status=error.status,
        title=error.title,
        message=error.message,
        code=error.status,
        request_id=request_id if error.status == Unexpected.status else None,
    )
    if is_partial(request):
        response.headers["HX-Retarget"] = "#alerts"
        response.headers["HX-Reswap"] = "innerHTML"
    return response


def on_application_error(request: Request, error: Exception) -> Response:
    """Answer one of our own errors."""
    if not isinstance(error, EscaleError):
        return on_defect(request, error)
    return problem(request, error)


def on_http_exception(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses (no such route, wrong method, malformed body)."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    response = problem(request, KNOWN.get(status, Unexpected if status >= 500 else NotFound)())
    if status == MethodNotAllowed.status and isinstance(error, HTTPException):
        response.headers.update(error.headers or {})  # RFC 9110: it says which methods there are
    return response


def on_bad_address(request: Request, _: Exception) -> Response:
    """Answer an address whose parts cannot be read: it leads nowhere."""
    return problem(request, NotFound())


def on_defect(request: Request, error: Exception) -> Response:
    """Answer an exception nobody foresaw, and log where it came from."""
    logger.error(
        "defect",
        exc_info=error,
        extra={"facts": {"id": request.scope.get("state", {}).get("request_id")}},
    )
    return problem(request, Unexpected())
