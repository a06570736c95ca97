"""Make the compact files of communes, EPCI, départements and régions in data/.

Needs `npm`. What data/README.md says of the package (year, digest) changes with VERSION.
"""

import csv
import gzip
import io
import json
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vendor import fetch

PACKAGE = "@etalab/decoupage-administratif"
VERSION = "6.0.0"
INTEGRITY = (
    "sha512-XavYsFlbcM/prKr8hNHPKER94IHw/dsxNM4nxjWMYk6P"
    "LFACpEedvn/7wK8Baozm0dCYhWWcf+7bcWpA5pmCaQ=="
)
DATA = Path(__file__).resolve().parent.parent / "data"
KINDS = {
    "commune-deleguee": "deleguee",
    "commune-associee": "associee",
    "arrondissement-municipal": "arrondissement",
}

Record = dict[str, Any]  # one object of the package's JSON; never leaves this script
Row = tuple[str | int, ...]


def read_package(tarball: Path) -> dict[str, list[Record]]:
    """Read the JSON files of the package that we use, by name."""
    names = ("communes", "epci", "departements", "regions")
    with tarfile.open(tarball) as archive:
        found: dict[str, list[Record]] = {}
        for name in names:
            member = archive.extractfile(f"package/data/{name}.json")
            if member is None:
                raise FileNotFoundError(name)
            found[name] = json.load(member)
    return found


def commune_rows(communes: list[Record], epcis: list[Record]) -> list[Row]:
    """One row for each current commune; the package gives members by EPCI, not EPCI by commune."""
    epci_of = {member["code"]: epci["code"] for epci in epcis for member in epci["membres"]}
    return [
        (
            commune["code"],
            commune["nom"],
            " ".join(commune.get("codesPostaux", [])),
            epci_of.get(commune["code"], ""),
            commune.get("population", ""),
        )
        for commune in communes
        if commune["type"] == "commune-actuelle"
    ]


def old_rows(communes: list[Record]) -> list[Row]:
    """Codes and names that people and older files still use, with today's commune.

    A merged commune that left no delegated one has a code but no name in the package.
    """
    rows: dict[tuple[str, str], Row] = {}
    for commune in communes:
        kind = KINDS.get(commune["type"])
        if kind is None:
            for code in commune.get("anciensCodes", []):
                rows.setdefault((code, commune["code"]), (code, "", commune["code"], "ancienne"))
        else:
            today = commune.get("chefLieu") or commune["commune"]
            rows[commune["code"], today] = (commune["code"], commune["nom"], today, kind)
    return list(rows.values())


def write(name: str, header: str, rows: Iterable[Row]) -> None:
    """Write sorted rows as CSV, compressed when the name says so; same rows, same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(sorted(rows))
    content = text.getvalue().encode()
    if name.endswith(".gz"):
        content = gzip.compress(content, 9, mtime=0)
    (DATA / name).write_bytes(content)
    print(f"{name}: {len(content)} bytes", file=sys.stderr)


def main() -> int:
    """Download the package and write the five files."""
    with tempfile.TemporaryDirectory() as scratch:
        package = read_package(fetch(PACKAGE, VERSION, INTEGRITY, Path(scratch)))
    communes, epcis = package["communes"], package["epci"]
    write("communes.csv.gz", "insee,name,postcodes,epci,population", commune_rows(communes, epcis))
    write("old-communes.csv.gz", "code,name,commune,kind", old_rows(communes))
    write(
        "epci.csv.gz",
        "siren,name,kind,population",
        ((e["code"], e["nom"], e["type"], e["populationMunicipale"]) for e in epcis),
    )
    write(
        "departements.csv",
        "code,name,region,chief_town,zone",
        (
            (d["code"], d["nom"], d["region"], d["chefLieu"], d["zone"])
            for d in package["departements"]
        ),
    )
    write(
        "regions.csv",
        "code,name,chief_town,zone",
        ((r["code"], r["nom"], r["chefLieu"], r["zone"]) for r in package["regions"]),
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
