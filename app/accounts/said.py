"""What a page says once a gesture of an account or a team is done."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Said:
    """A toast without undo."""

    message: str
    undo_action: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
