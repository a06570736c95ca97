"""Follow-ups: how many, when, where, of which kind, and how many people did not come."""

from dataclasses import dataclass

from app.core.errors import Invalid
from app.core.text import NBSP
from app.statistics.address import Asked
from app.statistics.answers import Answer
from app.statistics.dashboards.asking import Beside, Tables, Wish, answered, answered_beside
from app.statistics.dashboards.charts import Chart, Tile, chart, figure, notes_of
from app.statistics.dashboards.overview import Months, months
from app.statistics.derived import share
from app.statistics.periods import Period
from app.statistics.service import Counter
from app.statistics.vocabulary import DIMENSIONS, WHERE

TOTALS = {name: Wish(name) for name in ("follow_ups", "no_shows", "assessments")}
UNITS = {
    "follow_ups": "suivis",
    "no_shows": "où personne n’est venu",
    "assessments": "diagnostics terminés",
}
CHARTS = {
    "kind": (Wish("follow_ups", ("follow_up_kind",)), "Type de suivi"),
    "place": (Wish("follow_ups", ("place",)), "Lieu"),
    "missed_kind": (Wish("no_shows", ("follow_up_kind",)), "Type de suivi"),
    "missed_place": (Wish("no_shows", ("place",)), "Lieu"),
    "assessed": (Wish("assessments", ("divide",)), "Fracture repérée"),
}
FILTERED = (
    f"Les suivis se filtrent par territoire, structure et lieu seulement{NBSP}: "
    "enlevez l’autre filtre."
)


@dataclass(frozen=True)
class FollowUps:
    """All that the page of follow-ups shows."""

    total: Answer
    tiles: tuple[Tile, ...]
    months: Months | None
    charts: tuple[Chart, ...]
    notes: tuple[str, ...]


def follow_ups(counter: Counter, asked: Asked, when: Period, other: Beside | None) -> FollowUps:
    """Answer the page. Raises Invalid with a sentence that says what would be possible."""
    if any(DIMENSIONS[one.dimension].group != WHERE for one in asked.held):
        raise Invalid("filter", FILTERED)
    counter.ask("follow_ups", (), asked.where, when.code)
    cuts = {name: wish for name, (wish, _) in CHARTS.items()}
    tables = answered(counter, TOTALS | cuts, asked.where, when)
    before = answered_beside(counter, TOTALS | cuts, other)
    names = other.names if other else ("", "")
    return FollowUps(
        total=tables["follow_ups"].total,
        tiles=_tiles(tables, before, other),
        months=months(counter, asked.where, when, other, "follow_ups"),
        charts=tuple(
            chart(tables[name], header, beside=before.get(name), names=names)
            for name, (_, header) in CHARTS.items()
            if name in tables
        ),
        notes=notes_of(tables.values()),
    )


def _tiles(tables: Tables, before: Tables, other: Beside | None) -> tuple[Tile, ...]:
    tiles = []
    for name, unit in UNITS.items():
        if name in tables:
            now, then = tables[name].total, before[name].total if name in before else None
            tiles.append(Tile(figure(now), unit, other.note(now, then) if other else ""))
    if "no_shows" in tables:
        part = share(tables["no_shows"].total, tables["follow_ups"].total)
        missed = Tile(part.label if part else None, "des suivis, où personne n’est venu")
        tiles.insert(2, missed)
    return tuple(tiles)
