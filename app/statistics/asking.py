"""One table asked for in an address: by the JSON API, and by the links that download a table."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from app.core.errors import Invalid
from app.core.text import NBSP
from app.statistics.questions import Question
from app.statistics.service import Counter

DOWNLOAD = "/statistiques/tableau"
USUAL_MEASURE = "attendances"  # as `escale stats` without one
_SHOWN = 40  # characters of what is repeated in a refusal


@dataclass(frozen=True)
class Words:
    """How an address names what is asked; `by` and `where` may be repeated."""

    measure: str
    by: str
    where: str
    period: str


API = Words("measure", "by", "where", "period")
LINK = Words("mesure", "par", "ou", "periode")


def read_table(pairs: Iterable[tuple[str, str]], words: Words, count: Counter) -> Question:
    """Read a question from the parameters of an address.

    Raises Invalid with a sentence that says what would be possible: no parameter is passed over.
    """
    found: dict[str, list[str]] = {
        name: [] for name in (words.measure, words.by, words.where, words.period)
    }
    for name, value in pairs:
        if name not in found:
            raise Invalid(
                name[:_SHOWN],
                f"Le paramètre «{NBSP}{name[:_SHOWN]}{NBSP}» n’existe pas. Il y a{NBSP}: "
                f"{', '.join(found)}. Pour plusieurs lignes ou filtres, répétez {words.by}=… ou "
                f"{words.where}=dimension=valeur.",
            )
        found[name].append(value)
    for name in (words.measure, words.period):
        if len(found[name]) > 1:
            raise Invalid(
                name, f"Un tableau a une seule valeur de {name}{NBSP}: faites deux demandes."
            )
    return count.ask(
        next(iter(found[words.measure]), USUAL_MEASURE),
        found[words.by],
        found[words.where],
        next(iter(found[words.period]), None),
    )


def table_address(question: Question, format: str) -> str:
    """Give the link that downloads a table: csv, xlsx, ods or json."""
    pairs = [
        (LINK.measure, question.measure.name),
        *((LINK.by, name) for name in question.by),
        *((LINK.where, f"{clause.dimension}={clause.value}") for clause in question.where),
        (LINK.period, question.period.code),
    ]
    return f"{DOWNLOAD}.{format}?{urlencode(pairs)}"
