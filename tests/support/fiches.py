"""Writes small archives that look like the official one of fiches (« vosdroits »)."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

HOST = "https://www.service-public.gouv.fr"


def service(
    service_id: str,
    title: str,
    *,
    url: str = f"{HOST}/particuliers/vosdroits/{{}}",
    kind: str = "Téléservice",
    source: str = "Ministère chargé de l’intérieur",
) -> str:
    """Write the element by which a fiche cites a service."""
    return (
        f"<ServiceEnLigne ID={quoteattr(service_id)} URL={quoteattr(url.format(service_id))} "
        f'type="{kind}"><Titre>{escape(title)}</Titre>'
        f'<Source ID="R30604">{escape(source)}</Source></ServiceEnLigne>'
    )


def fiche(
    fiche_id: str,
    *services: str,
    theme: str = "Logement",
    modified: str = "2026-11-28",
) -> str:
    """Write a fiche that cites services."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Publication xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'ID="{fiche_id}" type="Fiche d\'information pratique">'
        f"<dc:title>Fiche {fiche_id}</dc:title><dc:date>modified {modified}</dc:date>"
        "<Audience>Particuliers</Audience>"
        f'<Theme ID="N19808"><Titre>{escape(theme)}</Titre></Theme>'
        '<Texte><Paragraphe>Voir <LienInterne LienPublication="F1">ici</LienInterne>, '
        "<MiseEnEvidence>vraiment</MiseEnEvidence>.</Paragraphe></Texte>"
        f"{''.join(services)}</Publication>"
    )


def archive(path: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write a zip of files, by name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def of_fiches(path: Path, *fiches: str) -> Path:
    """Write an archive of fiches, with the lists that come beside them."""
    named = {f"F{number}.xml": content for number, content in enumerate(fiches, start=1)}
    return archive(path, {"menu.xml": "<Menu/>", **named})
