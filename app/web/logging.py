"""One JSON line a request: route template, status, time; no address, query, body or person (F8)."""

import json
import logging
import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.ids import new_id

logger = logging.getLogger("escale")


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object; an exception gives its type and place, not its text."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the line. Exception messages are left out: they may hold what a person typed."""
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        } | getattr(record, "facts", {})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["where"] = _places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


def _places(trace: Any) -> list[str]:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}:{code.co_name}")
        trace = trace.tb_next
    return places[-8:]


def configure() -> None:
    """Send the application's log to standard error as JSON lines."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False


class RequestLog:
    """ASGI middleware: gives each request an id and writes its line at the end."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, then log."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = new_id().hex[-12:]
        scope.setdefault("state", {})["request_id"] = request_id
        started, status = time.perf_counter(), 500

        async def sender(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    (b"x-escale", b"1"),
                ]
            await send(message)

        try:
            await self.app(scope, receive, sender)
        finally:
            route = getattr(scope.get("route"), "path", "-")
            logger.info(
                "request",
                extra={
                    "facts": {
                        "id": request_id,
                        "method": scope["method"],
                        "route": route,
                        "status": status,
                        "ms": round((time.perf_counter() - started) * 1000, 1),
                    }
                },
            )
