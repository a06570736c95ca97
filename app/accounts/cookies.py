"""The two cookies of a signed-in browser: her sign-in, and the browser that is known again."""

from fastapi import Request, Response

from app.accounts import lockout, service
from app.accounts.browsers import family
from app.accounts.current import cookie_name
from app.core.settings import Settings

DEVICE_SUFFIX = "-appareil"


def device_of(request: Request, settings: Settings) -> str | None:
    """Give the long-lived cookie by which a browser is known, if it has one."""
    return request.cookies.get(cookie_name(settings) + DEVICE_SUFFIX)


def browser_of(request: Request) -> str:
    """Say which browser asks, coarsely."""
    return family(request.headers.get("user-agent", ""))


def address_of(request: Request) -> str:
    """Say from which address the browser asks; empty when it is not known."""
    return request.client.host if request.client else ""


def give_login(response: Response, settings: Settings, token: str) -> None:
    """Sign the browser in."""
    _give(response, settings, "", token, int(service.COOKIE_LENGTH.total_seconds()))


def with_new_login(response: Response, settings: Settings, token: str | None) -> Response:
    """Give the browser the new token of a sign-in whose rights changed, if they did."""
    if token is not None:
        give_login(response, settings, token)
    return response


def give_device(response: Response, settings: Settings, secret: str) -> None:
    """Let the browser be known again."""
    length = int(lockout.DEVICE_LENGTH.total_seconds())
    _give(response, settings, DEVICE_SUFFIX, secret, length)


def _give(response: Response, settings: Settings, suffix: str, value: str, seconds: int) -> None:
    response.set_cookie(
        cookie_name(settings) + suffix,
        value,
        max_age=seconds,
        path="/",
        secure=settings.is_production,
        httponly=True,
        samesite="lax",
    )
