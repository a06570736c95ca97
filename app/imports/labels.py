"""From what the national tool writes in a cell to a code: its labels of today and of yesterday."""

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from app.core.text import fold
from app.imports.cells import Unreadable, grade, line, lost_rank
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


NOT_IN_LIST = "cette réponse n’est pas dans la liste de La Coop"
IGNORED = ""  # what a structure says of a label to leave out
MOST_CACHED = 4_000


class UnknownLabel(Unreadable):
    """Labels of one cell that neither the national tool nor the structure gave a meaning."""

    def __init__(self, vocabulary: str, *labels: str) -> None:
        self.vocabulary, self.labels = vocabulary, labels
        super().__init__(NOT_IN_LIST)


@cache
def _table(vocabulary: str) -> dict[str, str]:
    labels = dict(FORMER_LABELS.get(vocabulary, {}))
    for value in vocabularies.values(vocabulary):
        if value.national_label:  # a quick passage is ours alone
            written = (value.code, value.label, value.national_label)
            labels |= dict.fromkeys(written, value.code)
    return {fold(label): code for label, code in labels.items()}


class Labels:
    """Reads labels: the national ones, then those that the structure gave a meaning.

    What was read once is kept, since a column repeats a few labels for thousands of rows.
    """

    def __init__(self, own: Mapping[tuple[str, str], str] = MappingProxyType({})) -> None:
        """Take the structure's own meanings, by vocabulary and folded label."""
        self._own = own
        self._read: dict[tuple[str, str], str | None] = {}
        self._lists: dict[tuple[str, str], tuple[str, ...]] = {}

    def code_of(self, vocabulary: str, value: Any) -> str | None:
        """Give the code of a label; None for an empty cell. Raises UnknownLabel."""
        if type(value) is str and len(value) < 200:
            return self._cell(vocabulary, value) if value.strip() else None
        text = line(value)
        return self._cell(vocabulary, text[:200]) if text else None

    def codes_of(self, vocabulary: str, value: Any) -> tuple[str, ...]:
        """Give the codes of labels standing one on each line, each once.

        Raises UnknownLabel with all those that have no meaning, or Unreadable.
        """
        if value is None or value == "":
            return ()
        if not isinstance(value, str):
            raise Unreadable(NOT_IN_LIST)
        asked = (vocabulary, value[:2_000])
        found = self._lists.get(asked)
        if found is None:
            found = tuple(dict.fromkeys(self._each(*asked)))
            if len(self._lists) < MOST_CACHED:
                self._lists[asked] = found
        return found

    def graded(self, vocabulary: str, value: Any) -> str | None:
        """Give the code of a level, written 1/3 to 3/3 or by its label; None for an empty cell."""
        if isinstance(value, str) and "/" not in value and lost_rank(value) is None:
            return self.code_of(vocabulary, value)
        found = grade(value)
        return vocabularies.codes(vocabulary)[found - 1] if found else None

    def _cell(self, vocabulary: str, text: str) -> str | None:
        asked = (vocabulary, text)
        if asked not in self._read:
            code = self._code(vocabulary, text)
            if code is None:
                raise UnknownLabel(vocabulary, line(text)[:200])
            if len(self._read) >= MOST_CACHED:
                return code or None
            self._read[asked] = code or None
        return self._read[asked]

    def _code(self, vocabulary: str, text: str) -> str | None:
        folded = fold(text)
        return _table(vocabulary).get(folded, self._own.get((vocabulary, folded)))

    def _each(self, vocabulary: str, text: str) -> Iterator[str]:
        unknown: list[str] = []
        for label in filter(str.strip, _LINES.split(text)):
            if self._code(vocabulary, label) is not None:
                parts = [label]
            else:  # joined on one line by somebody; no label of these lists holds a comma
                parts = [part for part in _SEPARATORS.split(label.strip()) if part]
            for part in parts:
                try:
                    code = self._cell(vocabulary, part)
                except UnknownLabel as error:
                    unknown += error.labels
                else:
                    if code:
                        yield code
        if unknown:
            raise UnknownLabel(vocabulary, *dict.fromkeys(unknown))


def yes_or_no(value: Any) -> bool | None:
    """Read Oui or Non; None for an empty cell."""
    return _yes_or_no(value if isinstance(value, str) else line(value))


@lru_cache(100)
def _yes_or_no(text: str) -> bool | None:
    answer = fold(text)
    if answer and answer not in _YES_NO:
        raise Unreadable("la réponse attendue est Oui ou Non")
    return _YES_NO.get(answer)
