"""How a paper to bring is said to a resident: plain words, and what the hard ones mean."""

from dataclasses import dataclass
from functools import cache

from app.reference.files import rows


@dataclass(frozen=True)
class Paper:
    """A paper as the catalogue names it, as one says it, and a sentence that explains it."""

    code: str
    said: str
    explained: str = ""


def paper(code: str) -> Paper:
    """Say a paper of the catalogue in plain words; one that is not known keeps its name."""
    return _known().get(code.lower(), Paper(code, code))


@cache
def _known() -> dict[str, Paper]:
    return {
        row["paper"].lower(): Paper(row["paper"], row["said"], row["explained"])
        for row in rows("paper-words.csv")
    }
