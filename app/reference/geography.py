"""Communes, EPCI, départements and régions: by code, and by what people type.

Loaded once, at the first question.
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from app.reference import files
from app.reference.name_search import NameIndex, PlaceName

MAINLAND_ZONE = "Europe/Paris"


class Commune(NamedTuple):
    """A commune of today.

    `epci` is a SIREN, None where there is none; `population` is legal and municipal, None for a
    territory without inhabitants; `zone` is an IANA time zone.
    """

    insee: str
    name: str
    postcodes: tuple[str, ...]
    epci: str | None
    departement: str
    region: str
    population: int | None
    zone: str

    @property
    def label(self) -> str:
        """The name with its département, without which 1,441 names are ambiguous."""
        return f"{typeset(self.name)} ({departement(self.departement).name})"


@dataclass(frozen=True, slots=True)
class Departement:
    """A département, or an overseas collectivity (`zone` is its time zone)."""

    code: str
    name: str
    region: str
    zone: str


@dataclass(frozen=True, slots=True)
class Region:
    """A région, or an overseas collectivity, which is its own."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Epci:
    """An EPCI with its own taxes. `kind`: CC, CA, CU, METRO or MET69.

    `population` comes with the list of EPCI, of another year than that of communes: for a rate,
    use the populations of its parts.
    """

    siren: str
    name: str
    kind: str
    population: int


@dataclass(frozen=True, slots=True)
class EpciPart:
    """The part of an EPCI inside one département: 89 EPCI of 1,255 lie in several.

    `code` is the SIREN, followed by `-` and the département only where the EPCI lies in several.
    """

    code: str
    siren: str
    departement: str
    label: str
    population: int


class UnknownPlace(LookupError):
    """No territory has this code."""


def typeset(name: str) -> str:
    """A name with the apostrophe of print; files and comparisons keep the official straight one."""
    return name.replace("'", "’")


def departement_of(insee: str) -> str:
    """The département in an Insee code: three characters overseas, else two."""
    return insee[:3] if insee.startswith(("97", "98")) else insee[:2]


@cache
def _zones() -> dict[str, str]:
    return {row["code"]: row["zone"] for row in files.rows("time-zones.csv")}


@cache
def departements() -> dict[str, Departement]:
    """Every département by code, in the order of codes."""
    zones = _zones()
    return {
        row["code"]: Departement(
            code=row["code"],
            name=typeset(row["name"]),
            region=row["region"],
            zone=zones.get(row["code"], MAINLAND_ZONE),
        )
        for row in files.rows("departements.csv")
    }


@cache
def regions() -> dict[str, Region]:
    """Every région by code."""
    return {
        row["code"]: Region(row["code"], typeset(row["name"])) for row in files.rows("regions.csv")
    }


@cache
def communes() -> dict[str, Commune]:
    """Every commune of today by Insee code, in the order of codes."""
    zones, places = _zones(), departements()
    found: dict[str, Commune] = {}
    for insee, name, postcodes, epci, population in files.tuples("communes.csv.gz"):
        place = places[departement_of(insee)]
        found[insee] = Commune(
            insee,
            name,
            tuple(postcodes.split()),
            epci or None,
            place.code,
            place.region,
            int(population) if population else None,
            zones.get(insee, place.zone),
        )
    return found


class FormerName(NamedTuple):
    """A code or a name that is no longer a commune's, and today's commune.

    `kind`: `deleguee`, `associee`, `arrondissement` (of Paris, Lyon, Marseille), or `ancienne`,
    which has a code but no name in the source.
    """

    code: str
    name: str
    commune: str
    kind: str


@cache
def former_names() -> tuple[FormerName, ...]:
    """Delegated, associated and merged communes, and municipal arrondissements."""
    return tuple(FormerName(*row) for row in files.tuples("old-communes.csv.gz"))


@cache
def _today() -> dict[str, str]:
    targets: dict[str, set[str]] = {}
    for former in former_names():
        targets.setdefault(former.code, set()).add(former.commune)
    return {code: targets_of.pop() for code, targets_of in targets.items() if len(targets_of) == 1}


def commune(code: str) -> Commune:
    """The commune of an Insee code, of today or former; raise UnknownPlace.

    The code of a merged commune or of an arrondissement of Paris, Lyon or Marseille gives today's
    commune; one that was split between several gives none.
    """
    known = communes()
    found = known.get(code) or known.get(_today().get(code, ""))
    if found is None:
        raise UnknownPlace(code)
    return found


def departement(code: str) -> Departement:
    """One département; raise UnknownPlace."""
    try:
        return departements()[code]
    except KeyError:
        raise UnknownPlace(code) from None


def region(code: str) -> Region:
    """One région; raise UnknownPlace."""
    try:
        return regions()[code]
    except KeyError:
        raise UnknownPlace(code) from None


@cache
def epcis() -> dict[str, Epci]:
    """Every EPCI by SIREN."""
    return {
        siren: Epci(siren, typeset(name), kind, int(population))
        for siren, name, kind, population in files.tuples("epci.csv.gz")
    }


def epci(siren: str) -> Epci:
    """One EPCI; raise UnknownPlace."""
    try:
        return epcis()[siren]
    except KeyError:
        raise UnknownPlace(siren) from None


@cache
def epci_parts() -> dict[str, EpciPart]:
    """Every part by code, with the population of its communes."""
    people: dict[str, dict[str, int]] = {}
    for one in communes().values():
        if one.epci is not None:
            inside = people.setdefault(one.epci, {})
            inside[one.departement] = inside.get(one.departement, 0) + (one.population or 0)
    parts: dict[str, EpciPart] = {}
    for siren, inside in people.items():
        name = epci(siren).name
        for code, population in inside.items():
            alone = len(inside) == 1
            key = siren if alone else f"{siren}-{code}"
            label = name if alone else f"{name}, partie {departement(code).name}"
            parts[key] = EpciPart(key, siren, code, label, population)
    return parts


@cache
def _split() -> frozenset[str]:
    return frozenset(part.siren for part in epci_parts().values() if part.code != part.siren)


def epci_part(insee: str) -> EpciPart | None:
    """The part of an EPCI that a commune belongs to; None for the communes without EPCI."""
    place = commune(insee)
    if place.epci is None:
        return None
    code = f"{place.epci}-{place.departement}" if place.epci in _split() else place.epci
    return epci_parts()[code]


@dataclass(frozen=True, slots=True)
class FoundCommune:
    """A commune, and the former name it was found by, if it was not found by its own."""

    commune: Commune
    former_name: str | None

    @property
    def label(self) -> str:
        """What a list shows: name, département, and the former name that matched."""
        if self.former_name is None:
            return self.commune.label
        return f"{self.commune.label}, ancienne commune\u00a0: {typeset(self.former_name)}"


@cache
def _searched() -> tuple[list[FoundCommune], NameIndex]:
    today = communes()
    found = [FoundCommune(one, None) for one in today.values()]
    found += [
        FoundCommune(today[former.commune], former.name)
        for former in former_names()
        if former.kind in ("deleguee", "associee") and former.name != today[former.commune].name
    ]
    names = [
        PlaceName(
            one.former_name or one.commune.name,
            one.commune.postcodes,
            one.commune.departement,
            one.commune.population or 0,
            former=one.former_name is not None,
        )
        for one in found
    ]
    return found, NameIndex(names)


def search_communes(text: str, limit: int = 8) -> list[FoundCommune]:
    """Communes that match a name, a postal code or both; exact names first, then the largest.

    Accents, hyphens, « St » for « Saint », a missing article and « cedex » make no difference.
    Digits narrow by postal code or département (« saint-denis 93 »). A name that nothing matches
    is compared with all the others, for slips of the finger.
    """
    found, index = _searched()
    unique: dict[str, FoundCommune] = {}
    for number in index.search(text):
        unique.setdefault(found[number].commune.insee, found[number])
        if len(unique) == limit:
            break
    return list(unique.values())
