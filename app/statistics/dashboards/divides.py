"""The three divides: whom they stop, where, for what, and how it moves."""

from dataclasses import dataclass

from app.reference import vocabularies
from app.statistics.address import Asked
from app.statistics.answers import Answer
from app.statistics.dashboards.asking import Beside, Tables, Wish, answered, answered_beside
from app.statistics.dashboards.charts import (
    Heat,
    Tile,
    by_value,
    heat,
    landmark_sentence,
    notes_of,
)
from app.statistics.dashboards.overview import DIVIDES
from app.statistics.derived import Share, share
from app.statistics.periods import Level, Period
from app.statistics.service import Counter

CUTS = {
    "age_band": ("Âge", "Les trois fractures selon l’âge"),
    "departement": ("Département", "Les trois fractures selon le département"),
    "epci": ("Intercommunalité", "Les trois fractures selon l’intercommunalité"),
    "place": ("Lieu", "Les trois fractures selon le lieu"),
    "procedure_theme": ("Thème de démarche", "Les trois fractures selon le thème de démarche"),
    "month": ("Mois", "Les trois fractures, mois par mois"),
    "quarter": ("Trimestre", "Les trois fractures, trimestre par trimestre"),
}
TERRITORIES = ("departement", "epci", "place")  # the widest that has several values is shown
LANDMARKS = {
    "skills": ("insee-illectronisme-2021", "baro-frein-2025"),
    "equipment": ("baro-smartphone-2025",),
    "connection": ("insee-acces-domicile-2019", "baro-mobile-seul-2025"),
}


@dataclass(frozen=True)
class DivideTile:
    """The share of people that one divide stops, and national figures of the same subject."""

    code: str
    tile: Tile
    words: str
    landmarks: tuple[str, ...]


@dataclass(frozen=True)
class Divides:
    """All that the page of the divides shows."""

    total: Answer
    tiles: tuple[DivideTile, ...]
    heats: tuple[Heat, ...]
    notes: tuple[str, ...]


def divides(counter: Counter, asked: Asked, when: Period, other: Beside | None) -> Divides:
    """Answer the page. Raises Invalid with a sentence that says what would be possible."""
    counter.ask("residents", (), asked.where, when.code)
    overall = {"residents": Wish("residents"), "divide": Wish("residents", ("divide",))}
    cuts = _cuts(counter, asked, when)
    wishes = dict(overall)
    for name in cuts:
        wishes[name] = Wish("residents", (name,))
        wishes[f"{name} divide"] = Wish("residents", (name, "divide"))
    tables = answered(counter, wishes, asked.where, when)
    before = answered_beside(counter, overall, other)
    return Divides(
        total=tables["residents"].total,
        tiles=_tiles(tables, before, other),
        heats=tuple(
            heat(tables[name], tables[f"{name} divide"], header, title)
            for name, (header, title) in CUTS.items()
            if name in cuts and f"{name} divide" in tables
        ),
        notes=notes_of(tables.values()),
    )


def _cuts(counter: Counter, asked: Asked, when: Period) -> list[str]:
    """Choose what the divides are cut by: an age, one kind of territory, a theme, a time."""
    ground = counter.view.ground(when)
    clauses = counter.ask("residents", (), asked.where, when.code).where
    cut = ["age_band", "procedure_theme"]
    cut += [name for name in TERRITORIES if len(ground.values(name, clauses)) > 1][:1]
    if when.level is not Level.MONTH:
        cut.append("quarter" if when.level is Level.YEAR else "month")
    return cut


def _tiles(tables: Tables, before: Tables, other: Beside | None) -> tuple[DivideTile, ...]:
    if "divide" not in tables:
        return ()
    now, then = _shares(tables), _shares(before)
    return tuple(
        DivideTile(
            code,
            Tile(
                found.label if (found := now[code]) else None,
                vocabularies.value("divide", code).label,
                other.share_note(found, then[code]) if other and code in then else "",
            ),
            shown.words,
            tuple(landmark_sentence(one) for one in LANDMARKS[code]),
        )
        for code, shown in DIVIDES.items()
    )


def _shares(tables: Tables) -> dict[str, Share | None]:
    if "divide" not in tables:
        return {}
    total = tables["residents"].total
    return {code: share(part, total) for code, part in by_value(tables["divide"]).items()}
