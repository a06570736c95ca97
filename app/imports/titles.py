"""Finds which column holds what by its title, and says what was not found or not understood."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.text import fold

SEARCHED_LINES = 200  # from the top of a sheet, where the titles are looked for
MOST_SAID = 20
LONGEST_SAID = 80


class Titles:
    """The titles that the columns of one kind of table may have, by what the columns mean."""

    def __init__(self, written: Mapping[str, Sequence[str]]) -> None:
        """Take for each meaning its titles, the one of today first."""
        self.written = written
        self._exact = {fold(title): name for name, titles in written.items() for title in titles}
        near: defaultdict[str, set[str]] = defaultdict(set)
        for title, name in self._exact.items():
            near[_near(title)].add(name)
        self._near = {key: names.pop() for key, names in near.items() if len(names) == 1}

    def meant_by(self, value: Any) -> str | None:
        """Say what a title means, whatever its case, accents and apostrophes."""
        return self._exact.get(fold(value)) if isinstance(value, str) else None

    def place(self, values: Sequence[Any]) -> "Placed":
        """Find each column; one whose title has only a plural more or less is taken if alone."""
        placed = Placed()
        others: dict[int, str] = {}
        for position, value in enumerate(values):
            name = self.meant_by(value)
            if name is not None:
                placed.take(name, position, value)
            elif isinstance(value, str) and value.strip():
                others[position] = value
        nearly: defaultdict[str | None, list[int]] = defaultdict(list)
        for position, value in others.items():
            nearly[self._near.get(_near(fold(value)))].append(position)
        for name, [position, *more] in nearly.items():
            if name is not None and not more and name not in placed.positions:
                placed.take(name, position, others.pop(position))
        placed.unread = list(others.values())
        return placed


@dataclass
class Placed:
    """Where the columns of a line of titles stand (positions from 0)."""

    positions: dict[str, int] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)  # as they stand in the file
    twice: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)  # those that mean nothing to us

    def take(self, name: str, position: int, title: str) -> None:
        """Note a column, or that its title stands there twice."""
        if name in self.positions:
            self.twice.append(title.strip())
            return
        self.positions[name], self.titles[name] = position, title.strip()


def columns_said(titles: Titles, missing: Iterable[str], unread: Collection[str]) -> list[str]:
    """Say which known columns a file does not have, and which of its own are left aside."""
    said = []
    if named := [titles.written[name][0] for name in missing]:
        said.append(
            f"Colonnes attendues, absentes de ce fichier\u00a0: {_listed(named)}. Ce qu’elles "
            "disent n’est pas repris. Si l’une porte un autre titre, renommez-la, puis renvoyez le "
            "fichier."
        )
    if unread:
        said.append(f"Colonnes de ce fichier qu’Escale ne reprend pas\u00a0: {_listed(unread)}.")
    return said


def _listed(titles: Collection[str]) -> str:
    cut = [" ".join(title.split())[:LONGEST_SAID] for title in titles][:MOST_SAID]
    more = len(titles) - len(cut)
    return ", ".join(f"«\u00a0{title}\u00a0»" for title in cut) + (
        f" et {more} de plus" if more else ""
    )


def _near(folded: str) -> str:
    """Reduce a folded title to its words, in the singular; « (s) » and « d’ » are none."""
    return " ".join(word.removesuffix("s") for word in folded.split() if len(word) > 1)


# Titles of today's files, then of those made before August 2025 where they differ.
ACTIVITIES = Titles(
    {
        "source_id": ("ID CRA",),
        "held_on": ("Date",),
        "kind": ("Type",),
        "mode": ("Canaux d’accompagnement", "Canal d’accompagnement"),
        "place": ("Nom du lieu", "Lieu"),
        "address": ("Adresse",),
        "commune": ("Commune",),
        "postcode": ("Code postal",),
        "insee": ("Code Insee",),
        "duration_min": ("Durée (min)", "Durée"),
        "title": ("Nom de l’atelier",),
        "material": ("Matériel numérique utilisé",),
        "themes": ("Thématique(s) d’accompagnement",),
        "tags": ("Tags",),
        "precision": ("Nom de la démarche administrative",),
        "source": ("Source de la donnée",),
        "autonomy_or_level": ("Niveau d’autonomie (ou de l’atelier)",),
        "level": ("Niveau de l’atelier",),
        "recorded_at": ("Enregistré le",),
        "changed_at": ("Dernière modification le",),
        "autonomy": ("Niveau d’autonomie du bénéficiaire",),
        "is_referred": (
            "Bénéficiaire réorienté",
            "Le bénéficiaire est-il orienté vers une autre structure ?",
        ),
        "referral": ("Structure de redirection",),
        "participants": ("Participants",),
        "headcount": ("Nombre de participants",),
        "name": ("Bénéficiaire",),
        "home_commune": ("Commune du bénéficiaire", "Commune de résidence du bénéficiaire"),
        "home_postcode": ("Code postal du bénéficiaire",),
        "home_insee": ("Code Insee du bénéficiaire",),
        "gender": ("Genre du bénéficiaire",),
        "age_band": ("Tranche d’âge du bénéficiaire",),
        "status": ("Statut du bénéficiaire",),
        "note": ("Notes supplémentaires",),
    }
)
RESIDENTS = Titles(
    {
        "family_name": ("Nom",),
        "given_name": ("Prénom",),
        "birth_year": ("Année de naissance",),
        "commune": ("Nom de la commune",),
        "insee": ("Code INSEE",),
        "postcode": ("Code postal",),
        "phone": ("N° de téléphone",),
        "email": ("E-mail",),
        "gender": ("Genre",),
        "age_band": ("Tranche d’âge",),
        "status": ("Statut",),
        "visits": ("Nombre d’accompagnements",),
        "note": ("Notes supplémentaires",),
    }
)
