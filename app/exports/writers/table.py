"""What a file of one table holds, whatever its format."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class TableFile:
    """Rows of labels that end with a figure, or a word for it; `method` says how they are made."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]
    method: tuple[tuple[str, str], ...]
    data_version: str
    document: dict[str, Any]

    @property
    def made_at(self) -> datetime:
        """The instant of its figures: files are dated by it, not by a clock."""
        return datetime.fromisoformat(self.data_version)
