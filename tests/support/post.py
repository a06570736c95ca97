"""A real mail server (aiosmtpd) and a local SMS provider: they keep what they are handed."""

import json
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

TOKEN = "jeton-du-fournisseur"


def _nothing(*_: object) -> None:
    return None


@dataclass
class MailHouse:
    """What a mail server took. `answers`: what it says first, instead of taking."""

    port: int = 0
    taken: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    on_taken: Callable[[str], None] = _nothing

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        """Refuse some people for good."""
        if address in self.refused:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take a message, then answer."""
        if self.answers:
            return self.answers.pop(0)
        content = cast(bytes, envelope.original_content)
        message = cast(EmailMessage, message_from_bytes(content, policy=default))
        self.taken.append((list(envelope.rcpt_tos), message))
        self.on_taken(_key(message))
        return "250 OK"

    @property
    def url(self) -> str:
        """Its address, as a setting."""
        return f"smtp://127.0.0.1:{self.port}"

    def keys(self) -> Counter[str]:
        """Count what was taken, by the key in the Message-ID."""
        return Counter(_key(message) for _, message in self.taken)


def _key(message: EmailMessage) -> str:
    return str(message["Message-ID"]).strip("<>").partition("@")[0]


@dataclass
class SmsHouse:
    """What an SMS provider was asked; it sends once for each key. `answers`: as for mail."""

    port: int = 0
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    sent: dict[str, dict[str, str]] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    on_taken: Callable[[str], None] = _nothing

    @property
    def url(self) -> str:
        """Its address, as a setting."""
        return f"http://127.0.0.1:{self.port}/envois"

    def take(self, key: str, said: dict[str, str]) -> int:
        """Take an SMS, and give the status to answer."""
        self.asked.append((key, said))
        if self.answers:
            return self.answers.pop(0)
        if said["to"] in self.refused:
            return 422
        if key not in self.sent:
            self.sent[key] = said
            self.on_taken(key)
        return 202


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mail_house(certificate: ssl.SSLContext | None = None) -> Iterator[MailHouse]:
    """Open a mail server; with a certificate, it speaks TLS from the first byte."""
    house = MailHouse(free_port())
    controller = Controller(
        house, hostname="127.0.0.1", port=house.port, ssl_context=certificate, ready_timeout=10
    )
    controller.start()
    try:
        yield house
    finally:
        controller.stop()


@contextmanager
def sms_house() -> Iterator[SmsHouse]:
    """Open an SMS provider."""
    house = SmsHouse()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            is_known = self.headers["authorization"] == f"Bearer {TOKEN}"
            said = json.loads(body)
            status = house.take(self.headers["idempotency-key"], said) if is_known else 401
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("location", f"{house.url}/ailleurs")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return None

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        house.port = server.server_port
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield house
        finally:
            server.shutdown()
            thread.join()
