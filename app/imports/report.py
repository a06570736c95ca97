"""What an import did, line by line where it refused, and in sentences for the rest."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from app.core.text import plural
from app.imports.cells import MONTH_FIRST
from app.imports.mending import ToMend
from app.imports.models import Shape

MOST_BAD_ROWS = 1_000  # cells kept one by one; all are counted
SHOWN_BAD_ROWS = 20
HIDDEN = "texte non répété ici"  # stands for what a person wrote, of which nothing is shown
MOST_UNKNOWN = 100  # different labels; a file with more is not one of the national tool


@dataclass(frozen=True)
class BadRow:
    """A row that did not go in: where, what was read, and why."""

    line: int
    column: str
    value: str
    reason: str

    def sentence(self) -> str:
        """Say it in one line."""
        value = f"«\u00a0{self.value}\u00a0»" if self.value else "vide"
        if self.value == HIDDEN:
            value = HIDDEN
        where = f"Ligne {self.line}, colonne «\u00a0{self.column}\u00a0» ({value})"
        return f"{where}\u00a0: {self.reason}."


class Remark(StrEnum):
    """Something that the file held and that was kept otherwise than it stood there."""

    NAMES = "names"
    NAMESAKES = "namesakes"
    REPEATED_NAMES = "repeated_names"
    OLD_REFERRALS = "old_referrals"
    RANDOM_PROFILES = "random_profiles"
    REDACTED = "redacted"
    UNKNOWN_COMMUNES = "unknown_communes"
    PLACES_WITHOUT_COMMUNE = "places_without_commune"
    MISSING_ROWS = "missing_rows"
    REPEATED_ROWS = "repeated_rows"
    REMOVED = "removed"
    OLDER = "older"
    TWICE = "twice"
    CUT_CHANGED = "cut_changed"
    OLD_SHAPE = "old_shape"
    MISCOUNTED = "miscounted"
    MONTH_FIRST = "month_first"
    UNKNOWN_MOMENTS = "unknown_moments"
    CONTRADICTED = "contradicted"
    CONTACTS = "contacts"
    KEPT = "kept"
    SAME_NAME = "same_name"
    TO_TELL = "to_tell"


# What is counted, one and several, and the sentence around the count.
_SAID = {
    Remark.NAMES: (
        ("ligne", "lignes"),
        "Noms laissés de côté sur {}\u00a0: rien ne dit que ces personnes ont été informées. "
        "Elles comptent comme anonymes.",
    ),
    Remark.NAMESAKES: (
        ("ligne", "lignes"),
        "Noms que portent plusieurs fiches, sur {}\u00a0: rien ne dit de laquelle il s’agit. "
        "Ces personnes comptent comme anonymes.",
    ),
    Remark.REPEATED_NAMES: (
        ("fois", "fois"),
        "Une même personne nommée plusieurs fois dans un atelier\u00a0: elle y compte une fois, et "
        "{} comme anonyme.",
    ),
    Remark.OLD_REFERRALS: (
        ("accompagnement", "accompagnements"),
        "«\u00a0Bénéficiaire réorienté\u00a0» n’est pas compté comme une orientation sur {} "
        "d’avant mai 2025 avec «\u00a0Aide aux démarches administratives\u00a0»\u00a0: "
        "La Coop y écrivait autre chose.",
    ),
    Remark.RANDOM_PROFILES: (
        ("accompagnement", "accompagnements"),
        "Profils tirés au sort par La Coop sur {} (ateliers, Espace Coop V1)\u00a0: "
        "ils ne sont jamais croisés dans les statistiques.",
    ),
    Remark.MISCOUNTED: (
        ("atelier", "ateliers"),
        "Autant de réponses que de participants étaient attendues\u00a0: celles d’un autre nombre "
        "sont laissées à «\u00a0non communiqué\u00a0» dans {}.",
    ),
    Remark.MONTH_FIRST: (
        ("date refusée", "dates refusées"),
        "Mois écrit avant le jour\u00a0: {}. Les autres dates de ce fichier sont peut-être lues à "
        "l’envers (3/10/2026 est le 3 octobre)\u00a0: mettez-les toutes en jj/mm/aaaa.",
    ),
    Remark.UNKNOWN_MOMENTS: (
        ("ligne", "lignes"),
        "«\u00a0Enregistré le\u00a0» illisible sur {}\u00a0: l’heure de cette reprise le remplace.",
    ),
    Remark.REDACTED: (
        ("texte", "textes"),
        "Numéros ou mots de passe remplacés par «\u00a0[retiré]\u00a0» dans {}.",
    ),
    Remark.UNKNOWN_COMMUNES: (
        ("ligne", "lignes"),
        "Commune non reconnue sur {}\u00a0: elle reste vide.",
    ),
    Remark.CONTRADICTED: (
        ("ligne", "lignes"),
        "Code Insee d’une autre commune que le nom et le code postal, sur {}\u00a0: "
        "celle du code Insee est retenue. Vérifiez-la.",
    ),
    Remark.PLACES_WITHOUT_COMMUNE: (
        ("lieu", "lieux"),
        "Commune non reconnue pour {}\u00a0: celle de la structure est retenue. Vérifiez-la.",
    ),
    Remark.MISSING_ROWS: (
        ("atelier", "ateliers"),
        "Il manque des participants à {}\u00a0: le fichier est filtré ou coupé.",
    ),
    Remark.REPEATED_ROWS: (
        ("ligne", "lignes"),
        "Lignes déjà lues plus haut dans le fichier, comptées une seule fois\u00a0: {}.",
    ),
    Remark.REMOVED: (
        ("activité", "activités"),
        "Supprimées dans Escale et changées dans La Coop, non remises\u00a0: {}.",
    ),
    Remark.OLDER: (
        ("activité", "activités"),
        "Plus récentes dans Escale que dans ce fichier, laissées comme elles y sont\u00a0: {}.",
    ),
    Remark.TWICE: (
        ("ligne", "lignes"),
        "Même activité écrite deux fois, autrement, sur {}\u00a0: la plus récemment modifiée est "
        "reprise.",
    ),
    Remark.CUT_CHANGED: (
        ("participant", "participants"),
        "Profils changés dans des ateliers dont il manque des lignes, laissés comme ils sont dans "
        "Escale\u00a0: {}.",
    ),
    Remark.CONTACTS: (
        ("numéro ou adresse", "numéros ou adresses"),
        "Téléphone ou e-mail qui n’en sont pas, laissés de côté\u00a0: {}.",
    ),
    Remark.KEPT: (
        ("ligne", "lignes"),
        "Renseignements que la fiche dit autrement, laissés comme ils sont dans Escale\u00a0: {}.",
    ),
    Remark.SAME_NAME: (
        ("fiche", "fiches"),
        "Ouvertes à côté d’une fiche du même nom, dont un renseignement est contraire\u00a0: {}. "
        "Si c’est la même personne, réunissez-les.",
    ),
    Remark.TO_TELL: (
        ("fiche", "fiches"),
        "À leur prochaine visite, dites à ces personnes que leur fiche est dans Escale\u00a0: {}. "
        "Leur liste est à la page Bénéficiaires, «\u00a0À informer\u00a0».",
    ),
    Remark.OLD_SHAPE: (
        ("fichier", "fichiers"),
        "Fichier d’avant août 2025, sans identifiant\u00a0: n’importez pas aussi un fichier plus "
        "récent de la même période, les activités y compteraient deux fois.",
    ),
}

_WHAT = {Shape.ACTIVITIES: "Activités", Shape.RESIDENTS: "Fiches"}


@dataclass
class ImportReport:
    """Counts of activities, and what a person should know or correct."""

    is_dry_run: bool
    shape: Shape = Shape.ACTIVITIES
    run: str | None = None  # number of the import, to take it back
    is_taken_up: bool = False  # it had stopped half way
    rows: int = 0  # of the table, empty ones aside
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0  # activities or people that stayed out
    bad_cells: int = 0  # to mend for them to go in
    attendances: int = 0  # of the activities created and updated
    places_created: list[str] = field(default_factory=list)
    bad_rows: list[BadRow] = field(default_factory=list)
    to_mend: ToMend = field(default_factory=ToMend)  # their rows, as they stood
    columns: list[str] = field(default_factory=list)  # said of the titles and sheets of the file
    remarks: Counter[Remark] = field(default_factory=Counter)
    lines: dict[Remark, list[int]] = field(default_factory=dict)  # where the first ones stand
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)  # (vocabulary, label)

    def miss(self, vocabulary: str, *labels: str) -> None:
        """Count labels that nothing gives a meaning."""
        for asked in ((vocabulary, label) for label in labels):
            if asked in self.unknown or len(self.unknown) < MOST_UNKNOWN:
                self.unknown[asked] += 1

    def remark_at(self, remark: Remark, line: int) -> None:
        """Count a remark, and say on which line it is."""
        self.remarks[remark] += 1
        lines = self.lines.setdefault(remark, [])
        if len(lines) < SHOWN_BAD_ROWS:
            lines.append(line)

    def name(self, bad: BadRow) -> None:
        """Count a cell that keeps its row out."""
        self.bad_cells += 1
        self.remarks[Remark.MONTH_FIRST] += bad.reason == MONTH_FIRST
        if len(self.bad_rows) < MOST_BAD_ROWS:
            self.bad_rows.append(bad)

    @property
    def notices(self) -> list[str]:
        """Say, in the order of importance, what was kept otherwise than in the file."""
        said = list(self.columns)
        for remark, (counted, sentence) in _SAID.items():
            if self.remarks[remark]:
                said.append(sentence.format(plural(self.remarks[remark], *counted)))
                said[-1] += self._where(remark)
        return said

    def _where(self, remark: Remark) -> str:
        lines = sorted(self.lines.get(remark, ()))
        if not lines:
            return ""
        named = "ligne" if len(lines) == 1 else "lignes"
        cut = "…" if self.remarks[remark] > len(lines) else ""
        return f" Dans le fichier\u00a0: {named}\u00a0{', '.join(map(str, lines))}{cut}."

    def to_json(self) -> dict[str, Any]:
        """Give the document that `--json` prints."""
        return {
            "dry_run": self.is_dry_run,
            "run": self.run,
            "taken_up": self.is_taken_up,
            "shape": self.shape.value,
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "refused": self.refused,
            "attendances": self.attendances,
            "places_created": self.places_created,
            "unknown_labels": [
                {"list": vocabulary, "label": label, "rows": rows}
                for (vocabulary, label), rows in self.unknown.items()
            ],
            "bad_cells": self.bad_cells,
            "bad_rows": [asdict(bad) for bad in self.bad_rows],
            "rows_to_mend": {"kept": len(self.to_mend.rows), "total": self.to_mend.total},
            "notices": self.notices,
        }

    def summary(self) -> str:
        """Tell a person, in French, what was done and what remains to correct."""
        done = "À blanc, rien n’est écrit\u00a0: " if self.is_dry_run else ""
        is_of_activities = self.shape is Shape.ACTIVITIES
        helped = f" ({plural(self.attendances, 'accompagnement')})" if is_of_activities else ""
        told = ["Cette reprise s’était arrêtée en chemin\u00a0: elle est finie."] * self.is_taken_up
        told += [
            f"{done}{plural(self.rows, 'ligne lue', 'lignes lues')}.",
            f"{_WHAT[self.shape]}\u00a0: {plural(self.created, 'nouvelle')}, "
            f"{plural(self.updated, 'mise à jour', 'mises à jour')}, "
            f"{plural(self.unchanged, 'inchangée')}, "
            f"{plural(self.refused, 'refusée')}{helped}.",
        ]
        if self.places_created:
            many = len(self.places_created)
            named = ", ".join(self.places_created)
            created = plural(many, "lieu inconnu créé, fermé", "lieux inconnus créés, fermés")
            told.append(f"{created}\u00a0: {named}. Rouvrez ceux qui servent encore.")
        told += self.notices
        told += [bad.sentence() for bad in self.bad_rows[:SHOWN_BAD_ROWS]]
        more = self.bad_cells - SHOWN_BAD_ROWS
        if more > 0:
            told.append(f"Et {plural(more, 'autre case', 'autres cases')} à corriger.")
        if not self.rows:
            told.append("Ce fichier est vide\u00a0: des titres, et aucune ligne.")
        if self.run:
            told.append(f"Pour l’annuler en entier\u00a0: --undo {self.run}")
        return "\n".join(told)
