"""The official archive of fiches (DILA, « vosdroits »): a zip of XML, read without trusting it.

A procedure is a `ServiceEnLigne` cited by a fiche, keyed by its R… identifier. Unknown elements are
skipped. XML goes through defusedxml, which refuses document types, entities and outside references.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from app.core.errors import Invalid
from app.core.text import fold

MOST_ENTRIES = 20_000  # the real one has about 5,500
MOST_UNPACKED_BYTES = 200 * 1024**2
MOST_FICHE_BYTES = 5 * 1024**2
MOST_RATIO = 100
ONLINE = "teleservice"
_FICHE = re.compile(r"[FN]\d{1,9}\.xml", re.IGNORECASE)
_SERVICE = re.compile(r"R\d{1,9}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DUBLIN_CORE_DATE = "{http://purl.org/dc/elements/1.1/}date"
# What a fiche’s sub-theme, folder or theme says, to our theme; the first that matches.
_THEMES = tuple(
    (theme, re.compile(rf"\b({words})\b"))
    for theme, words in (
        ("handicap", "handicap|handicapee?s?"),
        ("retraite", "retraites?|agees?|dependance|perte d autonomie"),
        ("etrangers", "etrangers?|sejour|asile"),
        ("papiers-identite", "papiers|identite|etat civil|passeport"),
        ("citoyennete", "citoyennete|elections?|associations?|service national"),
        ("famille", "famille|mariage|pacs|naissance|divorce|deces|garde d enfants?"),
        ("scolarite", "scolarite|scolaire|ecole|college|lycee|etudes|etudiants?|enseignement"),
        ("sante", "sante|maladie|hopital"),
        ("social", "social|sociale|sociales|rsa"),
        ("emploi", "travail|emploi|formation|chomage|entreprise|salaries?"),
        ("impots", "impots?|taxes?|fiscalite"),
        ("banque-assurance", "banque|assurances?|credit|consommation|surendettement|argent"),
        ("energie", "energie|electricite|gaz|eau"),
        ("logement", "logement|location|urbanisme"),
        ("transport", "transports?|mobilite|vehicules?|permis|circulation|carte grise"),
        ("justice", "justice|litiges?|plainte|proces"),
        ("loisirs", "loisirs|sports?|culture|vacances|chasse|peche"),
        ("numerique", "internet|numerique"),
    )
)


class UnsafeArchive(Invalid):
    """An archive that cannot be trusted or understood: nothing of it is taken."""

    def __init__(self, reason: str) -> None:
        super().__init__("file", reason)


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the archive. `theme` is None when its themes say nothing to us."""

    service_id: str
    title: str
    host: str
    provider: str
    is_online: bool
    fiche_id: str
    theme: str | None
    said_theme: str


@dataclass
class Archive:
    """What the archive holds: services by identifier, as the first fiche that cites them says."""

    services: dict[str, Service] = field(default_factory=dict)
    cited_by: dict[str, set[str]] = field(default_factory=dict)
    modified_on: date | None = None  # of the fiche changed last


def is_archive(path: Path) -> bool:
    """Tell whether a file begins as a zip does."""
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def read_archive(path: Path, *, progress: Callable[[int, int], None]) -> Archive:
    """Read every fiche of the archive. Raises UnsafeArchive."""
    found = Archive()
    try:
        with zipfile.ZipFile(path) as archive:
            fiches = _checked(archive)
            for number, info in enumerate(fiches, start=1):
                _gather(found, info.filename, _content(archive, info))
                progress(number, len(fiches))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnsafeArchive(
            "L’archive est abîmée ou chiffrée\u00a0: téléchargez-la de nouveau."
        ) from error
    if not found.services:
        raise UnsafeArchive(
            "Aucune démarche en ligne dans cette archive\u00a0: est-ce bien celle des fiches "
            "de Service-Public pour les particuliers\u00a0?"
        )
    return found


def _checked(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """List the fiches, in the order of their names, once the archive as a whole is safe."""
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise UnsafeArchive(f"L’archive contient plus de {MOST_ENTRIES} fichiers.")
    for info in entries:
        parts = PurePosixPath(info.filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or re.match(r"[A-Za-z]:", info.filename):
            raise UnsafeArchive(f"L’archive mène hors d’elle-même\u00a0: {info.filename[:80]}.")
    unpacked = sum(info.file_size for info in entries)
    packed = sum(info.compress_size for info in entries)
    if unpacked > MOST_UNPACKED_BYTES:
        raise UnsafeArchive("L’archive dépliée dépasse 200\u00a0Mio.")
    if unpacked > MOST_RATIO * max(packed, 1):
        raise UnsafeArchive("L’archive se déplie en plus de 100\u00a0fois sa taille.")
    fiches = [info for info in entries if _FICHE.fullmatch(PurePosixPath(info.filename).name)]
    return sorted(fiches, key=lambda info: info.filename)


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Read one fiche, never more than a fiche can weigh, whatever the archive says of it."""
    with archive.open(info) as file:
        content = file.read(MOST_FICHE_BYTES + 1)
    if len(content) > MOST_FICHE_BYTES:
        raise UnsafeArchive(f"{info.filename}\u00a0: cette fiche dépasse 5\u00a0Mio.")
    return content


def _gather(found: Archive, name: str, content: bytes) -> None:
    try:
        root = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise UnsafeArchive(
            f"{name}\u00a0: cette fiche définit des entités ou un type de document. "
            "Une fiche officielle n’en a pas."
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise UnsafeArchive(f"{name}\u00a0: cette fiche est coupée ou mal formée.") from error
    if root.tag != "Publication":
        return
    found.modified_on = max(filter(None, (found.modified_on, _modified_on(root))), default=None)
    fiche_id = PurePosixPath(name).stem.upper()
    said = list(_said_themes(root))
    for element in root.iter("ServiceEnLigne"):
        service_id = (element.get("ID") or "").strip().upper()
        title = _text(element.find("Titre"))
        if not _SERVICE.fullmatch(service_id) or not title:
            continue
        found.cited_by.setdefault(service_id, set()).add(fiche_id)
        known = found.services.get(service_id)
        if known is None or (known.theme is None and theme_of(said)):
            found.services[service_id] = Service(
                service_id=service_id,
                title=title,
                host=host_of(element.get("URL") or ""),
                provider=_text(element.find("Source")),
                is_online=fold(element.get("type") or "") == ONLINE,
                fiche_id=fiche_id,
                theme=theme_of(said),
                said_theme=said[-1] if said else "",
            )


def theme_of(said: list[str]) -> str | None:
    """Give our theme for what a fiche says of its own, the nearest first; None when unknown."""
    for text in map(fold, said):
        for theme, words in _THEMES:
            if words.search(text):
                return theme
    return None


def host_of(url: str) -> str:
    """Give the host of a web address; nothing when it is not one."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
    except ValueError:
        return ""
    is_web = parts.scheme in ("http", "https") and len(host) <= 253
    return host if is_web and _HOST.fullmatch(host) else ""


def _said_themes(root: Any) -> Iterator[str]:
    """Go through what a fiche says of its subject, from the nearest to the widest."""
    yield from filter(None, map(_text, root.findall("SousThemePere")))
    yield from filter(None, map(_text, root.findall("DossierPere/Titre")))
    yield from filter(None, map(_text, root.findall("Theme/Titre")))


def _modified_on(root: Any) -> date | None:
    day = _DAY.search(_text(root.find(_DUBLIN_CORE_DATE)))
    try:
        return date.fromisoformat(day.group()) if day else None
    except ValueError:
        return None


def _text(element: Any) -> str:
    """Give the text of an element, inner elements included, spaces made single."""
    return "" if element is None else " ".join("".join(element.itertext()).split())[:300]
