"""Hands one message over, and says what is known of it; what it says never stands in a log."""

import logging
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.core.settings import Settings
from app.messages.models import Channel

TIMEOUT_S = 10  # for each step of a try: all of them end within half a lease
logger = logging.getLogger("escale")


class Outcome(StrEnum):
    """What is known once a message was handed over, or not."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good
    LATER = "later"  # not taken; it may be next time
    UNKNOWN = "unknown"  # taken or not, nobody can say


@dataclass(frozen=True)
class Letter:
    """A message ready to go. `key` stays the same from one try to the next."""

    key: str
    to: str
    text: str
    written_at: datetime
    subject: str = ""
    sender: str = ""  # as a mailbox shows it
    language: str = "fr"
    stop_link: str = ""


class Carrier(Protocol):
    """A mail server or an SMS provider."""

    def carry(self, letter: Letter) -> Outcome:
        """Hand a message over; nothing is raised for a server that is away or refuses."""


def channels_set(settings: Settings) -> frozenset[Channel]:
    """Tell which ways this installation can send by."""
    found = {Channel.EMAIL: settings.smtp_url, Channel.SMS: settings.sms_url}
    return frozenset(channel for channel, address in found.items() if address)
