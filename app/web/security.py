"""Refusals before any route, and the headers of every answer (security-privacy F1–F4, F7)."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import EscaleError, Forbidden, TooLarge
from app.core.settings import Settings

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
MAX_BODY = 1024 * 1024
MAX_BODY_AT = {"/administration/import": 26 * 1024 * 1024}  # a file of 25 MiB and its form
# What other machines post, without a cookie: each of these asks for a secret of its own.
FROM_ELSEWHERE = ("/rappels/arret/", "/rappels/sms")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

# Our own files are no documents that frame or run anything: what a page needs says it for them.
STATIC_HEADERS = {
    name: HEADERS[name] for name in ("x-content-type-options", "cross-origin-resource-policy")
}

Problem = Callable[[Request, EscaleError], Response]
OnDefect = Callable[[Request, Exception], Response]


class Gatekeeper:
    """ASGI middleware: host, origin and body size are checked, safe headers are put on.

    What nobody foresaw is answered here, under the same headers: further out, the server would
    write its text in the log.

    Pure ASGI, so that a streamed file is not held in memory on its way out.
    """

    def __init__(
        self, app: ASGIApp, settings: Settings, problem: Problem, on_defect: OnDefect
    ) -> None:
        self.app = app
        self.problem = problem
        self.on_defect = on_defect
        self.origin = settings.base_url.rstrip("/")
        self.host = urlsplit(self.origin).netloc
        self.is_production = settings.is_production

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"
        if is_head:  # what GET says, without its body: probes and link checkers ask so
            scope = {**scope, "method": "GET"}
        request = Request(scope, receive)
        started = False

        async def tell(message: Message) -> None:
            nonlocal started
            started = True
            if is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        sender = self._with_headers(request, tell)
        refusal = self._refusal(request)
        if refusal is not None:
            await self.problem(request, refusal)(scope, receive, sender)
            return
        try:
            await self.app(scope, _limited(receive, _limit(request.url.path)), sender)
        except _BodyTooLarge:
            await self.problem(request, TooLarge())(scope, receive, sender)
        except ClientDisconnect:
            pass  # a network that drops is no defect; nothing was read whole, nothing is done
        except Exception as error:
            answer = self.on_defect(request, error)
            if not started:
                await answer(scope, receive, sender)

    def _refusal(self, request: Request) -> EscaleError | None:
        if self.is_production and request.headers.get("host", "") != self.host:
            return Forbidden("Cette adresse n’est pas celle d’Escale.")
        is_ours = request.method in SAFE_METHODS or request.url.path.startswith(FROM_ELSEWHERE)
        if not is_ours and not self._is_same_origin(request):
            return Forbidden("Cet envoi vient d’un autre site : il a été refusé.")
        length = request.headers.get("content-length", "0")
        if length.isdigit() and int(length) > _limit(request.url.path):
            return TooLarge()
        return None

    def _is_same_origin(self, request: Request) -> bool:
        """Judge by Sec-Fetch-Site, which a page cannot forge; else by Origin (F3)."""
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        origin = request.headers.get("origin")
        if self.is_production:
            return origin == self.origin
        return origin == f"{request.url.scheme}://{request.headers.get('host', '')}"

    def _with_headers(self, request: Request, send: Send) -> Send:
        async def sender(message: Message) -> None:
            if message["type"] == "http.response.start":
                _complete(message, request.url.path, self.is_production)
            await send(message)

        return sender


def _complete(message: MutableMapping[str, Any], path: str, is_production: bool) -> None:
    present = {name.lower() for name, _ in message["headers"]}
    is_static = path.startswith("/static/")
    wanted = STATIC_HEADERS if is_static else HEADERS | {"cache-control": "no-store"}
    if is_production:
        wanted = wanted | {"strict-transport-security": "max-age=63072000; includeSubDomains"}
    message["headers"] = [
        *message["headers"],
        *(
            (name.encode(), value.encode())
            for name, value in wanted.items()
            if name.encode() not in present
        ),
    ]


class _BodyTooLarge(Exception):
    pass


def _limit(path: str) -> int:
    return MAX_BODY_AT.get(path, MAX_BODY)


def _limited(receive: Receive, limit: int) -> Callable[[], Awaitable[Message]]:
    seen = 0

    async def receiver() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise _BodyTooLarge
        return message

    return receiver


def local_path(target: str | None, default: str = "/") -> str:
    """Keep a redirect inside Escale: only a path that starts with one slash (F7)."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or any(ord(c) < 32 or c == "\\" for c in target):
        return default
    return target
