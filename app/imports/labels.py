"""From what the national tool writes in a cell to a code: its labels of today and of yesterday."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from app.core.text import fold
from app.imports.cells import Unreadable, grade, line
from app.reference import vocabularies

ADMINISTRATIVE_HELP = "aide_aux_demarches_administratives"
PROCEDURE_KIND = "demarche"  # until April 2025: today an individual session with that theme

# Labels that files made at other times carry. Compared without case, accents or punctuation.
FORMER_LABELS = {
    "kind": {
        "Individuel": "individual",
        "Accompagnements individuels": "individual",
        "Collectif": "workshop",
        "Ateliers collectif": "workshop",
        "Ateliers collectifs": "workshop",
        "Démarche": PROCEDURE_KIND,
        "Démarche administrative": PROCEDURE_KIND,
        "Aide aux démarches administratives": PROCEDURE_KIND,
        "Aides aux démarches administratives": PROCEDURE_KIND,
    },
    "theme": {
        "Prise en main du matériel": "prendre_en_main_du_materiel",
        "Réseaux sociaux": "reseaux_sociaux",
        "Réseaux sociaux et communication": "reseaux_sociaux",
        "Entrepreneuriat": "entrepreneuriat",
        "Accompagner un professionnel (entrepreneuriat)": "entrepreneuriat",
        "Sécurité numérique": "securite_numerique",
        "Intelligence artificielle": "intelligence_artificielle",
        "Aide aux démarches": ADMINISTRATIVE_HELP,
        "Travail - Formation": "travail_formation",
    },
    "referral": {
        "Administration (collectivité locale, préfecture…)": "administration",
        "Structure de médiation numérique": "mediation_numerique",
    },
    "autonomy": {
        "L’usager a été entièrement accompagné": "entierement_accompagne",
        "L’usager a participé à l’accompagnement": "partiellement_autonome",
        "L’usager a été plutôt autonome": "autonome",
    },
    "mode": {"Sur place": "lieu_activite"},
    "material": {"Aucun": "aucun"},
    "gender": {"Homme": "masculin", "Femme": "feminin"},
    "age_band": {"12 - 18 ans": "douze_dix_huit"},
    "status": {"Non communiqué": "non_communique"},
}
_YES_NO = {"oui": True, "non": False}
_LINES = re.compile(r"[\r\n]+")
_SEPARATORS = re.compile(r"\s*[,;|]\s*")


@cache
def _table(vocabulary: str) -> dict[str, str]:
    labels = dict(FORMER_LABELS.get(vocabulary, {}))
    for value in vocabularies.values(vocabulary):
        if value.national_label:  # a quick passage is ours alone
            written = (value.code, value.label, value.national_label)
            labels |= dict.fromkeys(written, value.code)
    return {fold(label): code for label, code in labels.items()}


@lru_cache(1_000)
def _cell(vocabulary: str, text: str) -> str:
    """Read one label; cached, since a column repeats a few labels for thousands of rows."""
    code = _table(vocabulary).get(fold(text))
    if code is None:
        raise Unreadable("cette réponse n’est pas dans la liste de La Coop")
    return code


def code_of(vocabulary: str, value: Any) -> str | None:
    """Give the code of a label; None for an empty cell. Raises Unreadable for an unknown one."""
    if type(value) is str and len(value) < 200:
        return _cell(vocabulary, value) if value.strip() else None
    text = line(value)
    return _cell(vocabulary, text[:200]) if text else None


def codes_of(vocabulary: str, value: Any) -> tuple[str, ...]:
    """Give the codes of labels standing one on each line, each once. Raises Unreadable."""
    if value is None or value == "":
        return ()
    if isinstance(value, str):
        return _codes(vocabulary, value[:2_000])
    raise Unreadable("cette réponse n’est pas dans la liste de La Coop")


@lru_cache(4_000)
def _codes(vocabulary: str, text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_each(vocabulary, text)))


def _each(vocabulary: str, text: str) -> Iterator[str]:
    for label in filter(str.strip, _LINES.split(text)):
        if fold(label) in _table(vocabulary):
            yield _cell(vocabulary, label)
        else:  # joined on one line by somebody; no label of these lists holds a comma
            for part in filter(None, _SEPARATORS.split(label.strip())):
                yield _cell(vocabulary, part)


def graded(vocabulary: str, value: Any) -> str | None:
    """Give the code of a level, written 1/3 to 3/3 or by its label; None for an empty cell."""
    if isinstance(value, str) and "/" not in value:
        return code_of(vocabulary, value)
    found = grade(value)
    return vocabularies.codes(vocabulary)[found - 1] if found else None


def yes_or_no(value: Any) -> bool | None:
    """Read Oui or Non; None for an empty cell."""
    return _yes_or_no(value if isinstance(value, str) else line(value))


@lru_cache(100)
def _yes_or_no(text: str) -> bool | None:
    answer = fold(text)
    if answer and answer not in _YES_NO:
        raise Unreadable("la réponse attendue est Oui ou Non")
    return _YES_NO.get(answer)
