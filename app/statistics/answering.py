"""Answers a page of figures, or says why it has none."""

from typing import Any

from fastapi import Request, Response

from app.core.errors import Invalid
from app.statistics.address import Asked, refusal_of
from app.statistics.asking import table_address
from app.statistics.budget import AskedTooMuch
from app.web.render import page


def answer_page(
    request: Request,
    template: str,
    asked: Asked,
    *,
    refusal: str,
    late: AskedTooMuch | None,
    **context: Any,
) -> Response:
    """Answer a page, or why it has none; too many questions say when to come back."""
    status = AskedTooMuch.status if late else Invalid.status if refusal else 200
    said = refusal_of(refusal, asked, late)
    response = page(
        request,
        template,
        status=status,
        asked=asked,
        refusal=said,
        table_address=table_address,
        **context,
    )
    if late:
        response.headers["Retry-After"] = str(late.retry_after_s)
    return response
