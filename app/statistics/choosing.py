"""What every page of figures lets one choose: the page, the period, whose figures these are."""

from dataclasses import dataclass
from datetime import datetime

from app.core import clock, text
from app.core.clock import PARIS
from app.core.errors import Invalid
from app.statistics import periods
from app.statistics.address import TERRITORIES, Asked, Link, capital
from app.statistics.periods import Level, Period
from app.statistics.service import Counter

DASHBOARD, BAROMETER = "/statistiques", "/demarches/barometre"
FOLLOW_UPS_PATH = f"{DASHBOARD}/suivis"
LEVELS = dict(zip(Level, ("Mois", "Trimestre", "Semestre", "Année"), strict=True))


@dataclass(frozen=True)
class PeriodChoice:
    """The closed periods as the page offers them, and when the next month comes."""

    levels: tuple[Link, ...]
    choices: tuple[Link, ...]
    label: str
    next_one: str
    provisional: str


def period_choice(counted: Counter, chosen: Period, asked: Asked) -> PeriodChoice:
    """Offer lengths of a period, and the closed periods of the length that is shown."""
    last, first_year = counted.last_month, min(counted.view.version.years)
    closed = [
        period
        for period in periods.closed_periods(last, last.year - first_year + 1)
        if period.year >= first_year
    ]
    by_level = {
        level: sorted((p for p in closed if p.level is level), reverse=True) for level in LEVELS
    }
    facts = counted.view.version.years.get(chosen.year)
    final = periods.becomes_final_at(chosen.year).astimezone(PARIS).date()
    return PeriodChoice(
        levels=tuple(
            Link(words, asked.link(periode=_nearest(same, chosen).code), level is chosen.level)
            for level, words in LEVELS.items()
            if (same := by_level[level])
        ),
        choices=tuple(
            Link(capital(one.label), asked.link(periode=one.code), one == chosen)
            for one in by_level[chosen.level]
        ),
        label=capital(chosen.label),
        next_one=_next_month(last, clock.now()),
        provisional=(
            f"Provisoire jusqu’au {text.day(final, weekday=False)}"
            if facts is not None and not facts.is_final
            else ""
        ),
    )


def _nearest(same_level: list[Period], chosen: Period) -> Period:
    """Choose among the periods of a length, latest first: the one that ends with what is shown."""
    return next((period for period in same_level if period.end <= chosen.end), same_level[-1])


def _next_month(last: Period, now: datetime) -> str:
    """Say when the next month comes: « Novembre paraîtra le 5 décembre. »"""
    coming = periods.next_month(last)
    closing = periods.closes_at(coming)
    if closing <= now:
        return ""
    day = text.day(closing.astimezone(PARIS).date(), weekday=False)
    return f"{capital(coming.label.split()[0])} paraîtra le {day}."


def period_of(counted: Counter, asked: Asked) -> Period:
    """Read the period of an address, or choose the usual one. Raises Invalid for one not closed."""
    if not asked.period:
        return counted.reader.usual_period()
    return periods.parse(asked.period, last_month=counted.last_month)


def period_shown(counted: Counter, asked: Asked) -> Period:
    """Give the period of a refused page: the one asked for when it is closed."""
    try:
        return period_of(counted, asked)
    except Invalid:
        return counted.reader.usual_period()


def scope_sentence(counted: Counter, when: Period) -> str:
    """Say whose figures these are: a structure by its name, several by their territory."""
    ground = counted.view.ground(when)
    labels = ground.reference.labels
    known = labels["organisation"].items()
    structures = [label for slug, label in known if slug in counted.view.organisations]
    if len(structures) == 1:
        return structures[0]
    places = [labels["departement"][code] for code in ground.values("departement")]
    where = " et ".join(places) if len(places) <= 2 else f"{len(places)} départements"
    return f"{where} · {text.plural(len(structures), 'structure')}"


def accepts(path: str, name: str) -> bool:
    """Tell whether a page can be filtered so: follow-ups by territory, the barometer by theme."""
    if path == BAROMETER:
        return name == "theme"
    return path != FOLLOW_UPS_PATH or name in TERRITORIES


def siblings(asked: Asked, pages: dict[str, str]) -> list[Link]:
    """Lead to the other pages of figures, with the same period, filters and comparison."""
    found = []
    for path, label in pages.items():
        held = {one: value for one, value in asked.held.items() if accepts(path, one.name)}
        # Another territory has no barometer beside this one.
        compare = "" if path == BAROMETER and ":" in asked.compare else asked.compare
        there = Asked(path, asked.period, held, compare=compare)
        found.append(Link(label, there.link(), path == asked.path))
    return found
