"""The catalogue of online procedures as a file: what is shipped, and how such a file is read.

The table that screens use is filled from here; how it is brought up to date belongs to the service.
"""

import csv
import io
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from app.reference import files
from app.reference.vocabularies import codes, themes

SHIPPED = "procedures.csv"
REQUIRED = ("slug", "title", "theme", "coop_theme", "provider_code")
FACTS = (
    *REQUIRED,
    *("short_title", "synonyms", "provider", "host", "franceconnect", "documents"),
    *("fiche_id", "service_id", "weight"),
)
SOURCE, LICENCE = "DILA", "Licence Ouverte 2.0"
MAX_WEIGHT = 100
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class UnreadableRow(ValueError):
    """A row of a catalogue file that cannot be taken; the message is for whoever wrote the file."""

    def __init__(self, line: int, column: str, reason: str) -> None:
        self.line = line
        self.column = column
        self.reason = reason
        self.slug = ""
        super().__init__(f"Ligne {line}, colonne {column}\u00a0: {reason}")


@dataclass(frozen=True, slots=True)
class ProcedureEntry:
    """One online procedure, or one everyday digital gesture (theme `numerique`).

    `coop_theme` is a code of the national themes. `franceconnect` is None where no source says.
    `weight`, 0 to 100, is our guess at how often people come with it: it only settles the order
    of search results. `checked` names the source of the row; `uncertain` the columns that may be
    out of date.
    """

    slug: str
    title: str
    short_title: str
    synonyms: tuple[str, ...]
    theme: str
    coop_theme: str
    provider_code: str
    provider: str
    host: str
    franceconnect: bool | None
    documents: tuple[str, ...]
    fiche_id: str
    service_id: str
    weight: int
    checked: str
    uncertain: tuple[str, ...]

    @property
    def name(self) -> str:
        """The shortest name that is clear: what a chip shows."""
        return self.short_title or self.title


def read_csv(lines: Iterable[str]) -> list[ProcedureEntry]:
    """Read a catalogue in our format; raise UnreadableRow at the first row that is wrong."""
    entries = []
    for row in read_rows(lines, REQUIRED):
        if isinstance(row, UnreadableRow):
            raise row
        entries.append(row)
    return entries


def read_rows(
    lines: Iterable[str], columns: Iterable[str]
) -> Iterator[ProcedureEntry | UnreadableRow]:
    """Read row by row, giving a refused one its turn.

    Raises UnreadableRow for what makes the whole file doubtful: a column missing, a slug twice.
    """
    reader = csv.DictReader(lines)
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        raise UnreadableRow(1, missing[0], "cette colonne manque.")
    slugs: set[str] = set()
    for cells in reader:
        row = {name: value or "" for name, value in cells.items() if name}
        if row["slug"] and row["slug"] in slugs:
            taken = f"«\u00a0{row['slug']}\u00a0» est déjà pris."
            raise UnreadableRow(reader.line_num, "slug", taken)
        slugs.add(row["slug"])
        try:
            yield _entry(row, reader.line_num)
        except UnreadableRow as refused:
            refused.slug = row["slug"]
            yield refused


@cache
def load_csv() -> tuple[ProcedureEntry, ...]:
    """The catalogue shipped with the product, in the order of its file."""
    return tuple(read_csv(io.StringIO(files.text(SHIPPED), newline="")))


@cache
def _about() -> dict[str, date]:
    return tomllib.loads(files.text("procedures.toml"))


def gathered_on() -> date:
    """The day the shipped catalogue was gathered: shown wherever it is consulted."""
    return _about()["gathered_on"]


@cache
def _theme_codes() -> dict[str, str]:
    """National theme by label, and by code for files that already hold codes."""
    return {key: theme.code for theme in themes() for key in (theme.label, theme.code)}


def _entry(row: dict[str, str], line: int) -> ProcedureEntry:
    for name in REQUIRED:
        if not row[name].strip():
            raise UnreadableRow(line, name, "cette case est vide.")
    if not _SLUG.fullmatch(row["slug"]):
        raise UnreadableRow(line, "slug", "seulement des lettres sans accent, chiffres et tirets.")
    if row["theme"] not in codes("procedure_theme"):
        raise UnreadableRow(line, "theme", f"«\u00a0{row['theme']}\u00a0» n’est pas un thème.")
    if row["coop_theme"] not in _theme_codes():
        reason = f"«\u00a0{row['coop_theme']}\u00a0» n’est pas un thème national."
        raise UnreadableRow(line, "coop_theme", reason)
    weight = row.get("weight", "") or "0"
    if not weight.isdecimal() or int(weight) > MAX_WEIGHT:
        raise UnreadableRow(line, "weight", f"un nombre de 0 à {MAX_WEIGHT}.")
    return ProcedureEntry(
        slug=row["slug"],
        title=row["title"],
        short_title=row.get("short_title", ""),
        synonyms=files.listed(row.get("synonyms", "")),
        theme=row["theme"],
        coop_theme=_theme_codes()[row["coop_theme"]],
        provider_code=row["provider_code"],
        provider=row.get("provider", ""),
        host=row.get("host", ""),
        franceconnect={"oui": True, "non": False}.get(row.get("franceconnect", "")),
        documents=files.listed(row.get("documents", "")),
        fiche_id=row.get("fiche_id", ""),
        service_id=row.get("service_id", ""),
        weight=int(weight),
        checked=row.get("checked", ""),
        uncertain=tuple(row.get("uncertain", "").split()),
    )
