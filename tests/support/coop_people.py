"""Files of residents as the national tool writes them (dictionary § 10.3)."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import xlsxwriter

from app.imports.people_file import COLUMNS


def person(**cells: Any) -> dict[str, Any]:
    """Make a row of the residents' file, by field."""
    return {
        "family_name": "Morel",
        "given_name": "Nicole",
        "birth_year": 1951,
        "commune": "Rennes",
        "insee": "35238",
        "postcode": "35000",
        "phone": "06 12 34 56 78",
        "email": "Nicole@Exemple.fr",
        "gender": "Femme",
        "age_band": "70 ans et plus",
        "status": "Retraité",
        "visits": 3,
        "note": "Préfère le matin",
    } | cells


def write_people(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """Write a residents' file as the national tool does."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Bénéficiaires")
        sheet.write_row(0, 0, ["Informations export"])
        sheet.write_row(8, 0, ["Filtres"])
        sheet.write_row(9, 0, ["Recherche", "-"])
        sheet.write_row(12, 0, list(COLUMNS.values()))
        for line, row in enumerate(rows, 13):
            sheet.write_row(line, 0, [row[name] for name in COLUMNS])
    return path
