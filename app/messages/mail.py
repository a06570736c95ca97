"""E-mail by SMTP: text only, with a stable Message-ID and a way to stop (RFC 2369, 8058).

The steps are taken one by one, to know whether the server had the text when something broke.
"""

import re
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from app.core.settings import Settings
from app.messages.delivery import TIMEOUT_S, Letter, Outcome, logger

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"(?=.{{1,64}}$)(?!.*=\?){_ATOM}(\.{_ATOM})*")  # no encoded word (RFC 2047)
_DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
REPLIES = {True: Outcome.REFUSED, False: Outcome.LATER}  # is it 5xx? (RFC 5321 § 4.2.1)


class MailServer:
    """The mail server of `ESCALE_SMTP_URL`."""

    def __init__(self, settings: Settings) -> None:
        url = urlsplit(settings.smtp_url.get_secret_value() if settings.smtp_url else "")
        self._is_tls = url.scheme == "smtps"
        self._host = url.hostname or ""
        self._port = url.port or (465 if self._is_tls else 587)
        self._user, self._password = unquote(url.username or ""), unquote(url.password or "")
        self._own_host = urlsplit(settings.base_url).hostname or "localhost"
        self._sender = settings.mail_from or f"ne-pas-repondre@{self._own_host}"

    def carry(self, letter: Letter) -> Outcome:
        """Hand an e-mail over. UNKNOWN when the link broke while the server had the text."""
        address = deliverable(letter.to)
        if address is None:
            return Outcome.REFUSED
        message = self._written(letter, address)
        try:
            smtp = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            return _logged(Outcome.LATER, type(error).__name__)
        try:
            return self._handed_over(smtp, address, message.as_bytes())
        except (OSError, smtplib.SMTPException) as error:
            return _logged(Outcome.LATER, type(error).__name__)
        finally:
            smtp.close()  # no QUIT: what the server accepted is its own, whatever it answers now

    def _connected(self) -> smtplib.SMTP:
        safe = ssl.create_default_context()
        if self._is_tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=TIMEOUT_S, context=safe
            )
        else:
            smtp = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_S)
        try:
            if not self._is_tls and not is_loopback(self._host):
                smtp.starttls(context=safe)
            if self._user:
                smtp.login(self._user, self._password)
            smtp.ehlo_or_helo_if_needed()
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _handed_over(self, smtp: smtplib.SMTP, address: str, content: bytes) -> Outcome:
        for step, argument in ((smtp.mail, self._sender), (smtp.rcpt, address)):
            code, _ = step(argument)
            if code >= 400:
                return _logged(REPLIES[code >= 500], step.__name__, code)
        try:
            code, _ = smtp.data(content)
        except smtplib.SMTPDataError as error:
            code = error.smtp_code  # refused before the text
        except (OSError, smtplib.SMTPException) as error:
            return _logged(Outcome.UNKNOWN, type(error).__name__)
        return Outcome.ACCEPTED if code < 400 else _logged(REPLIES[code >= 500], "DATA", code)

    def _written(self, letter: Letter, address: str) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        # A name written as an encoded word (RFC 2047) would be decoded, line breaks and all.
        sender = letter.sender.replace("=?", "= ?")
        message["From"] = Address(display_name=sender, addr_spec=self._sender)
        message["To"] = Address(addr_spec=address)
        message["Subject"] = letter.subject
        message["Date"] = letter.written_at
        message["Message-ID"] = f"<{letter.key}@{self._own_host}>"
        message["Auto-Submitted"] = "auto-generated"  # no answering machine answers (RFC 3834)
        message["List-Unsubscribe"] = f"<{letter.stop_link}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(letter.text, charset="utf-8", cte="quoted-printable")
        message["Content-Language"] = letter.language
        return message


def deliverable(address: str) -> str | None:
    """Give an address as SMTP takes it, its domain in ASCII; None for what is no single address."""
    local, _, domain = address.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    is_good = _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain)
    return f"{local}@{domain}" if is_good else None


def is_loopback(host: str) -> bool:
    """Tell whether a server is this machine: the only one spoken to without TLS."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _logged(outcome: Outcome, said: str, code: int | None = None) -> Outcome:
    logger.warning("mail", extra={"facts": {"outcome": outcome, "at": said, "code": code}})
    return outcome
