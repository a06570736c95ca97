"""What somebody says before a person is erased."""

from collections.abc import Iterator

from pydantic import Field

from app.core.text import fold
from app.privacy.erasing import Why
from app.web.forms import Form

WORD = "effacer"


class EraseForm(Form):
    """Why, and a word: a click by mistake erases nobody."""

    why: Why = Field(
        title="Pourquoi",
        json_schema_extra={"messages": {"*": "Dites pourquoi cette fiche est effacée."}},
    )
    word: str = Field(
        title=f"Tapez le mot « {WORD} »",
        max_length=40,
        json_schema_extra={"messages": {"*": f"Tapez le mot « {WORD} » pour continuer."}},
    )

    def problems(self) -> Iterator[tuple[str, str]]:
        """Refuse another word."""
        if fold(self.word) != WORD:
            yield "word", f"Tapez le mot « {WORD} » pour continuer."
