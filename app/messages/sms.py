"""SMS by an HTTP provider: what it is asked is in docs/rappels.md. No redirect is followed.

The key of a message goes with each try, so that a provider sends it once however often it is asked.
"""

import json
import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from app.core.settings import Settings
from app.messages.delivery import TIMEOUT_S, Letter, Outcome, logger

NOT_NOW = frozenset({408, 425, 429, 503})


class SmsProvider:
    """The provider of `ESCALE_SMS_URL`."""

    def __init__(self, settings: Settings) -> None:
        url = urlsplit(settings.sms_url)
        self._host, self._port = url.hostname or "", url.port
        self._is_tls = url.scheme == "https"
        self._path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        self._token = settings.sms_token.get_secret_value() if settings.sms_token else ""

    def carry(self, letter: Letter) -> Outcome:
        """Hand an SMS over. UNKNOWN when the provider was asked and did not answer."""
        connection = self._connection()
        try:
            connection.connect()
        except OSError as error:
            return _logged(Outcome.LATER, type(error).__name__)
        try:
            connection.request(
                "POST",
                self._path,
                body=json.dumps({"to": letter.to, "text": letter.text}),
                headers={
                    "Authorization": f"Bearer {self._token}",
                    "Content-Type": "application/json",
                    "Idempotency-Key": letter.key,
                },
            )
            return _judged(connection.getresponse().status)  # its body is not read
        except (OSError, HTTPException) as error:
            return _logged(Outcome.UNKNOWN, type(error).__name__)
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        if self._is_tls:
            safe = ssl.create_default_context()
            return HTTPSConnection(self._host, self._port, timeout=TIMEOUT_S, context=safe)
        return HTTPConnection(self._host, self._port, timeout=TIMEOUT_S)


def _judged(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome.ACCEPTED
    if status in NOT_NOW or 300 <= status < 400:
        return _logged(Outcome.LATER, "answer", status)
    refused = 400 <= status < 500
    return _logged(Outcome.REFUSED if refused else Outcome.UNKNOWN, "answer", status)


def _logged(outcome: Outcome, said: str, status: int | None = None) -> Outcome:
    logger.warning("sms", extra={"facts": {"outcome": outcome, "at": said, "code": status}})
    return outcome
