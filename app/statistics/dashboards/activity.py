"""What advisers do: where, how long, how, about what; and workshops."""

from dataclasses import dataclass

from app.core.text import NBSP, number
from app.statistics.address import Asked
from app.statistics.answers import Answer
from app.statistics.dashboards.asking import Beside, Tables, Wish, answered, answered_beside
from app.statistics.dashboards.charts import (
    Chart,
    Tile,
    by_value,
    chart,
    figure,
    in_hours,
    is_exact,
    notes_of,
)
from app.statistics.derived import mean
from app.statistics.periods import Period
from app.statistics.service import Counter

TOTALS = {name: Wish(name) for name in ("attendances", "duration_min", "workshops")}
CHARTS = {
    "kind": (Wish("attendances", ("kind",)), "Type"),
    "mode": (Wish("attendances", ("mode",)), "Canal"),
    "place": (Wish("attendances", ("place",)), "Lieu"),
    "duration_class": (Wish("attendances", ("duration_class",)), "Durée"),
    "theme": (Wish("attendances", ("theme",)), "Thématique"),
    "material": (Wish("attendances", ("material",)), "Matériel utilisé"),
    "autonomy": (Wish("attendances", ("autonomy",)), "Autonomie"),
    "referral": (Wish("attendances", ("referral",)), "Orientation"),
    "workshops_place": (Wish("workshops", ("place",)), "Lieu"),
    "level": (Wish("workshops", ("level",)), "Niveau"),
}
COMPARED = ("kind", "mode", "place", "workshops_place")
LENGTHS = {"kind_minutes": Wish("duration_min", ("kind",))}
NOTES = {"theme": "Un accompagnement peut porter sur plusieurs thématiques."}


@dataclass(frozen=True)
class Activity:
    """All that the page of activity shows."""

    total: Answer
    tiles: tuple[Tile, ...]
    charts: tuple[Chart, ...]
    notes: tuple[str, ...]


def activity(counter: Counter, asked: Asked, when: Period, other: Beside | None) -> Activity:
    """Answer the page. Raises Invalid with a sentence that says what would be possible."""
    counter.ask("attendances", (), asked.where, when.code)
    cuts = {name: wish for name, (wish, _) in CHARTS.items()}
    tables = answered(counter, TOTALS | LENGTHS | cuts, asked.where, when)
    again = TOTALS | {name: cuts[name] for name in COMPARED}
    before = answered_beside(counter, again, other)
    names = other.names if other else ("", "")
    return Activity(
        total=tables["attendances"].total,
        tiles=_tiles(tables, before, other),
        charts=tuple(
            chart(
                tables[name],
                header,
                beside=before.get(name),
                names=names,
                note=NOTES.get(name, ""),
            )
            for name, (_, header) in CHARTS.items()
            if name in tables
        ),
        notes=notes_of(tables.values()),
    )


def _tiles(tables: Tables, before: Tables, other: Beside | None) -> tuple[Tile, ...]:
    tiles = []
    for name, unit in (("attendances", "accompagnements"), ("duration_min", "heures"),
                       ("workshops", "ateliers tenus")):  # fmt: skip
        if name not in tables:
            continue
        now, then = tables[name].total, before[name].total if name in before else None
        if name == "duration_min":
            now, then = in_hours(now), in_hours(then) if then else None
        exact = is_exact(tables[name])
        note = other.note(now, then, exact=exact) if other else ""
        tiles.append(Tile(figure(now, exact=exact), unit, note))
    usual = _usual_length(tables)
    if usual is not None:
        tiles.append(Tile(usual, "en moyenne", "pour un accompagnement individuel"))
    return tuple(tiles)


def _usual_length(tables: Tables) -> str | None:
    """Give the mean length of an individual session, None when it cannot be told."""
    if "kind" not in tables or "kind_minutes" not in tables:
        return None
    minutes = by_value(tables["kind_minutes"]).get("individual")
    times = by_value(tables["kind"]).get("individual")
    found = mean(minutes, times) if minutes and times else None
    return f"{number(round(found))}{NBSP}min" if found is not None else None
