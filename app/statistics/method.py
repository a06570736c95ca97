"""What the method page says of the rule: its noise, what attacks gain, what is left to read.

Figures are those of the project's own suite (`benchmarks/disclosure.py`), copied to data/.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from app.core import text
from app.reference import files
from app.statistics.policy import KEY_SPACE, Policy

MEASURED = "disclosure.json"
WORDS = {
    "fratrie": "Une case, moins ses voisines montrées",
    "fratrie, visites": "La même chose, sur le nombre de venues",
    "pisteur": "Un tableau filtré, soustrait du tableau entier",
    "territoires": "Un territoire, moins ses parties montrées",
    "complément": "Un total, moins toutes ses parts montrées : combien ?",
    "complément, existence": "Un total, moins toutes ses parts montrées : quelqu’un ?",
    "groupe d’une seule réponse": "Un groupe où tout le monde répond pareil",
    "reconstruction": "Toutes les cases à la fois, reconstruites par le calcul",
    "temps, mois et trimestre": "Un mois à sa clôture, puis son trimestre",
    "jumeaux, existence": "Deux chemins vers presque les mêmes personnes : quelqu’un de plus ?",
    "jumeaux à 1 près, existence": "La même chose, quand il n’y a qu’une personne d’écart",
    "jumeaux, tous les noms, existence": "La même chose, par toutes les durées et les mesures",
    "ailleurs, existence": "Une structure, moins tous ses lieux : quelqu’un vu ailleurs ?",
    "périodes emboîtées, existence": "Un semestre, moins ce qu’il montre : quelqu’un ce mois-là ?",
    "jumeaux, définitif, existence": "Deux chemins, avant et après que l’année soit définitive",
    "jumeaux, par les parts, existence": "Deux chemins, par toutes les parts qui s’y ajoutent",
    "deux lieux, existence": "Deux lieux, plus que leur structure : quelqu’un venu aux deux ?",
    "partis depuis, existence": "Une année, moins le semestre où reviennent les habitués",
    "suivis parmi des anonymes, existence": "Venues et personnes : quelqu’un de suivi ?",
    "historique repris, existence": "Un historique repris plus tard : de qui est-il ?",
    "autres dimensions": "Une case de durée, de type, d’autonomie…, moins ses voisines",
    "suivis et actes": "Une case de suivis, de diagnostics ou de démarches, moins ses voisines",
    "dominance": "La personne qui vient le plus, à 20 % près",
}
TABLES = {"une dimension": "par une dimension", "deux dimensions": "par deux dimensions"}
PERIODS = {"year": "Année", "semester": "Semestre", "quarter": "Trimestre", "month": "Mois"}


@dataclass(frozen=True)
class Attack:
    """One attack: right answers of a hundred on raw tables, with a plain threshold, with the rule.

    `guess`: what one tells without attacking; `is_won`: no more than that, within the error.
    """

    words: str
    raw: str
    threshold: str
    rule: str
    guess: str
    targets: str
    is_won: bool


@cache
def _measured() -> Mapping[str, list[dict[str, str]]]:
    found: Mapping[str, list[dict[str, str]]] = json.loads(files.text(MEASURED))
    return found


def attacks() -> tuple[Attack, ...]:
    """Say what each attack gains."""
    return tuple(
        Attack(
            words=WORDS.get(row["attack"], row["attack"]),
            raw=row["brut"],
            threshold=row["seuil seul"],
            rule=row["règle"],
            guess=row["bar"],
            targets=text.number(int(row["targets"])),
            is_won=int(row["règle"]) <= int(row["bar"]) + 3 + int(row["±"]),
        )
        for row in _measured()["attack"]
    )


def usefulness() -> list[dict[str, str]]:
    """Say what the rule costs on a large département: errors, and who stands in hidden cells."""
    return [{**row, "words": TABLES[row["tables"]]} for row in _measured()["tables"]]


def alone() -> list[dict[str, str]]:
    """Say what is left to read of one structure alone, the hard case."""
    return [{**row, "words": PERIODS[row["period"]]} for row in _measured()["period"]]


def noise(policy: Policy) -> list[dict[str, str]]:
    """Give the chance of each noise, in per cent."""
    chances = [high - low for low, high in pairwise((0, *policy.bounds))]
    return [
        {
            "step": f"{step:+d}".replace("-", "−") if step else "0",
            "percent": text.number(100 * chance / KEY_SPACE, 1),
        }
        for step, chance in enumerate(chances, start=-policy.spread)
    ]
