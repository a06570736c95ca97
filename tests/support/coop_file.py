"""Files in the shape of the national tool's export of activities, for tests and benchmarks.

A row is a dictionary keyed by column title; what is not named is plausible and the same each time.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import xlsxwriter
from sqlmodel import col, select

from app.core.scope import Scope
from app.imports.report import ImportReport
from app.imports.runs import Target
from app.imports.service import import_file
from app.organisations.keys import organisation_cipher
from app.sessions.models import AssistedSession
from app.sessions.service import WHOLE
from tests.support.build import NOW, Builder

Row = dict[str, Any]

_PLAIN = {"strings_to_formulas": False}  # a text that starts with = is a text
AUTONOMY = "Niveau d’autonomie (ou de l’atelier)"
THEMES = "Thématique(s) d’accompagnement"
V1, V2 = "Espace coop (V1)", "La Coop de la médiation numérique (V2)"

_BEGINNING = ("Date", "Enregistré le", "Dernière modification le")
_ADVISER = ("Prénom du médiateur", "Nom du médiateur", "Rôle", "ID - Conum")
_MIDDLE = (
    "Canaux d’accompagnement",
    "Nom du lieu",
    "Adresse",
    "Commune",
    "Code postal",
    "Code Insee",
    "Durée (min)",
    "Nom de l’atelier",
    "Matériel numérique utilisé",
    THEMES,
    "Tags",
    "Nom de la démarche administrative",
    AUTONOMY,
    "Bénéficiaire réorienté",
    "Structure de redirection",
    "Commune du bénéficiaire",
    "Code postal du bénéficiaire",
    "Code Insee du bénéficiaire",
    "Genre du bénéficiaire",
    "Tranche d’âge du bénéficiaire",
    "Statut du bénéficiaire",
)
OLD_COLUMNS = (
    "Date",
    "Type",
    "Nombre de participants",
    "Bénéficiaire",
    "Canaux d’accompagnement",
    "Lieu",
    "Durée (min)",
    "Nom de l’atelier",
    "Matériel numérique utilisé",
    THEMES,
    "Nom de la démarche administrative",
    "Niveau d’autonomie du bénéficiaire",
    "Niveau de l’atelier",
    "Le bénéficiaire est-il orienté vers une autre structure ?",
    "La démarche est-elle finalisée ?",
    "Structure de redirection",
    "Commune de résidence du bénéficiaire",
    "Genre du bénéficiaire",
    "Tranche d’âge du bénéficiaire",
    "Statut du bénéficiaire",
    "Notes supplémentaires",
)


def columns(variant: str = "S") -> tuple[str, ...]:
    """Titles of an adviser's own export (S) or anybody else's (O), with the source's (+V)."""
    own, with_source = "S" in variant, "V" in variant
    return (
        *_BEGINNING,
        *(() if own else _ADVISER),
        "Type",
        "Participants",
        *(("Bénéficiaire",) if own else ()),
        *_MIDDLE,
        *(("Notes supplémentaires",) if own else ()),
        *(("Source de la donnée",) if with_source else ()),
        "ID CRA",
    )


def cra(number: int) -> str:
    """Give the id of an activity by its number."""
    return str(UUID(int=0x5E0000004000800000000000_00000000 + number))


def individual(number: int = 1, **cells: Any) -> Row:
    """Make the one row of an individual session."""
    return {
        "Date": date(2026, 3, 10),
        "Enregistré le": "10/03/2026 à 14:05",
        "Dernière modification le": "",
        "Prénom du médiateur": "Awa",
        "Nom du médiateur": "Diallo",
        "Rôle": "Conseiller Numérique",
        "ID - Conum": True,
        "Type": "Accompagnement individuel",
        "Participants": 1,
        "Bénéficiaire": "Bénéficiaire anonyme",
        "Canaux d’accompagnement": "Lieu d’activité",
        "Nom du lieu": "Médiathèque des Quais",
        "Adresse": "1 quai Émile Zola",
        "Commune": "Rennes",
        "Code postal": "35000",
        "Code Insee": "35238",
        "Durée (min)": 45,
        "Matériel numérique utilisé": "Ordinateur\nTéléphone",
        THEMES: "E-mail\nNavigation sur internet",
        "Tags": "",
        AUTONOMY: "2/3",
        "Bénéficiaire réorienté": "Non",
        "Commune du bénéficiaire": "Rennes",
        "Code postal du bénéficiaire": "35200",
        "Code Insee du bénéficiaire": "35238",
        "Genre du bénéficiaire": "Féminin",
        "Tranche d’âge du bénéficiaire": "70 ans et plus",
        "Statut du bénéficiaire": "Retraité",
        "Source de la donnée": V2,
        "ID CRA": cra(number),
    } | cells


def workshop(number: int = 1, participants: int = 3, **cells: Any) -> list[Row]:
    """Make the rows of a workshop, one a participant."""
    genders = ("Féminin", "Masculin", "Non communiqué")
    return [
        individual(number)
        | {
            "Type": "Atelier collectif",
            "Participants": f"{rank}/{participants}",
            "Nom de l’atelier": "Premiers clics",
            AUTONOMY: "1/3",
            "Bénéficiaire réorienté": "",
            "Genre du bénéficiaire": genders[rank % 3],
            "Statut du bénéficiaire": "Non communiqué ou hétérogène",
            "Commune du bénéficiaire": "",
            "Code postal du bénéficiaire": "",
            "Code Insee du bénéficiaire": "",
        }
        | cells
        for rank in range(1, participants + 1)
    ]


NO_RESULT = "sans résultat"  # never in a file: taken out once it is written


@dataclass(frozen=True)
class Formula:
    """A cell with a formula, and the result kept beside it; None for none."""

    text: str
    result: Any = None


def write(
    path: Path,
    rows: Iterable[Row],
    *,
    titles: Sequence[str] | None = None,
    head: Sequence[Sequence[Any]] | None = None,
    date_1904: bool = False,
) -> Path:
    """Write rows under the titles of an export, below the head that the national tool puts."""
    titles = columns("S") if titles is None else titles
    book = xlsxwriter.Workbook(
        path, {"default_date_format": "dd/mm/yyyy", "date_1904": date_1904, **_PLAIN}
    )
    sheet = book.add_worksheet("Activités")
    wrapped = book.add_format({"valign": "top", "text_wrap": True})
    day = book.add_format({"valign": "top", "num_format": "dd/mm/yyyy"})
    top = list(_HEAD if head is None else head)
    number = -1
    for number, cells in enumerate([*top, titles]):
        sheet.write_row(number, 0, cells)
    first, has_lost = number, False
    for number, row in enumerate(rows, first + 1):
        for place, title in enumerate(titles):
            value = row.get(title)
            _write_cell(sheet, number, place, value, wrapped, day)
            has_lost |= isinstance(value, Formula) and value.result is None
    if number > first:
        headers = [{"header": title} for title in titles]
        sheet.add_table(
            first, 0, number, len(titles) - 1, {"columns": headers, "name": "Activites"}
        )
    book.close()
    if has_lost:
        _take_results_out(path)
    return path


class Importer:
    """Writes rows in a file and brings it in, in Awa's structure."""

    def __init__(self, build: Builder, folder: Path) -> None:
        build.everybody()
        self.build = build
        self.path = folder / "coop.xlsx"

    def __call__(
        self, rows: Iterable[Row], *, dry_run: bool = False, **options: Any
    ) -> ImportReport:
        """Bring rows in, as one file."""
        return self.file(write(self.path, rows, **options), dry_run=dry_run)

    def file(self, path: Path, *, dry_run: bool = False) -> ImportReport:
        """Bring a file in."""
        organisation = self.build.structure_of("awa").organisation
        target = Target(self.build.database, organisation.id, NOW)
        return import_file(target, path, dry_run=dry_run)

    def session(self, number: int = 1) -> AssistedSession:
        """Load one imported activity, as Awa may, with all that belongs to it."""
        with self.build.database.reading(self.build.actor("awa").scope) as db:
            query = select(AssistedSession).where(col(AssistedSession.source_id) == cra(number))
            return db.exec(query.options(*WHOLE)).one()

    def texts(self, number: int = 1) -> dict[str, str]:
        """Open the sealed texts of one imported activity."""
        session = self.session(number)
        with self.build.database.reading(Scope.system("tests")) as db:
            cipher = organisation_cipher(db, session.organisation_id)
        return {
            column: cipher.open(sealed, table="assisted_session", column=column, row=session.id)
            for column in ("note", "precision")
            if (sealed := getattr(session, column)) is not None
        }


def _write_cell(sheet: Any, row: int, column: int, value: Any, wrapped: Any, day: Any) -> None:
    if value is None or value == "":
        sheet.write_blank(row, column, None, wrapped)
    elif isinstance(value, Formula):
        result = NO_RESULT if value.result is None else value.result
        sheet.write_formula(row, column, value.text, wrapped, result)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, day)
    else:
        sheet.write(row, column, value, wrapped)


def _take_results_out(path: Path) -> None:
    """Leave formulas as some tools save them: without their result, which xlsxwriter wants."""
    with zipfile.ZipFile(path) as book:
        parts = {part: book.read(part) for part in book.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for part, content in parts.items():
            book.writestr(part, _LOST.sub(rb"\1", content))


_LOST = re.compile(rf' t="str"(><f>[^<]*</f>)<v>{NO_RESULT}</v>'.encode())
_HEAD = (
    ("Informations export",),
    ("Nom", "Diallo"),
    ("Prénom", "Awa"),
    ("Rôle", "Conseiller Numérique"),
    ("Total", 2),
    ("Date d'export", "24/11/2026"),
    ("Heure d'export", "10:08"),
    (),
    ("Filtres",),
    ("Période", "-"),
    ("Source", "-"),
    ("Lieux d’accompagnement", "-"),
    ("Communes", "-"),
    ("Départements", "-"),
    ("Type d’accompagnement", "-"),
    ("Rôle", "-"),
    ("Thématiques non administratives", "-"),
    ("Thématiques administratives", "-"),
    ("Tags", "-"),
    (),
    (),
)

_PLACES = (
    ("Médiathèque des Quais", "1 quai Émile Zola", "Rennes", "35000", "35238"),
    ("France services du Val", "2 rue du Val", "Bruz", "35170", "35047"),
    ("Maison de quartier", "8 rue des Lilas", "Bourg-en-Bresse", "01000", "01053"),
    ("Mairie d’Ajaccio", "Avenue Serafini", "Ajaccio", "20000", "2A004"),
    ("Centre social", "3 place du Marché", "Saint-Denis", "97400", "97411"),
)
_DIGITAL = ("E-mail", "Navigation sur internet", "Bureautique", "Santé", "Parentalité")
_PROCEDURES = ("Logement", "Argent - Impôts", "Social - Santé", "Justice")
_GENDERS = ("Féminin", "Masculin", "Non communiqué")
_AGES = ("70 ans et plus", "60 - 69 ans", "40 - 59 ans", "25 - 39 ans", "Non communiqué")
_STATUSES = ("Retraité", "Sans emploi", "En emploi", "Non communiqué ou hétérogène")


def history(rows: int, *, seed: int = 1, until: date = date(2026, 10, 31)) -> Iterator[Row]:
    """Make a believable past of about so many rows, by whole activities, the same for a seed."""
    chance, made, number = Random(seed), 0, 0
    while made < rows:
        number += 1
        size = chance.randint(2, 12) if chance.random() < 0.15 else 1
        size = min(size, rows - made)
        made += size
        yield from _some_activity(chance, number, size, until - timedelta(chance.randrange(1500)))


def _some_activity(chance: Random, number: int, size: int, held_on: date) -> Iterator[Row]:
    name, address, commune, postcode, insee = chance.choice(_PLACES)
    themes = [*chance.sample(_DIGITAL, chance.randint(1, 2))]
    if helped := chance.random() < 0.4:
        themes += ["Aide aux démarches administratives", chance.choice(_PROCEDURES)]
    kept_at = datetime(held_on.year, held_on.month, held_on.day, 9 + number % 9, number % 60)
    shared = {
        "Date": held_on,
        "Enregistré le": kept_at.strftime("%d/%m/%Y à %H:%M"),
        "Nom du lieu": name,
        "Adresse": address,
        "Commune": commune,
        "Code postal": postcode,
        "Code Insee": insee,
        "Durée (min)": chance.choice((15, 30, 45, 60, 90, 120)),
        THEMES: "\n".join(themes),
        "Nom de la démarche administrative": "Demande d’aide" if helped else "",
        AUTONOMY: f"{chance.randint(1, 3)}/3",
        "ID CRA": cra(number),
    }
    note = "Revient avec son attestation de la caisse." if chance.random() < 0.3 else ""
    activity = workshop(number, size) if size > 1 else [individual(number)]
    for rank, row in enumerate(activity):
        yield (
            row
            | shared
            | {
                "Genre du bénéficiaire": chance.choice(_GENDERS),
                "Tranche d’âge du bénéficiaire": chance.choice(_AGES),
                "Statut du bénéficiaire": chance.choice(_STATUSES),
                "Notes supplémentaires": note if rank == 0 else "",
            }
        )
