"""One line of a person's story."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Event:
    """One thing that happened, or was planned."""

    on: date
    icon: str
    tone: str
    title: str
    details: str
    note: str = ""
