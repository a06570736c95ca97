"""What is asked of the statistics, read from plain strings: one value a dimension, no list.

Lists of values and free ranges are what differences are made of; whoever asks for one is told
what would be possible.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from app.core.errors import Invalid, NotBuilt
from app.core.text import NBSP, number
from app.statistics import periods
from app.statistics.periods import Level, Period
from app.statistics.reference import Clause, Clauses, Ground, Reference, excludes, has_no_length
from app.statistics.vocabulary import (
    DIMENSIONS,
    LATER_MEASURES,
    MEASURES,
    PERIOD_DIMENSIONS,
    Counted,
    Measure,
)

MAX_DIMENSIONS = 4
MAX_CELLS = 10_000
NAMED_VALUES = 12
MOST_QUOTED = 80  # characters of what was typed
_LIST_MARKS = frozenset(",;|[]{}")


@dataclass(frozen=True)
class Question:
    """One table: a measure by some dimensions, some others held at one value, in one period."""

    measure: Measure
    by: tuple[str, ...]
    where: Clauses
    period: Period

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions of the rows, periods apart."""
        return tuple(name for name in self.by if name in DIMENSIONS)

    @property
    def level(self) -> Level | None:
        """The length of the periods of the rows, when there is one."""
        return next((Level(name) for name in self.by if name not in DIMENSIONS), None)


@dataclass(frozen=True)
class Reader:
    """Reads questions against what can be counted by some structures."""

    last_month: Period
    reference_of: Callable[[int], Reference]
    organisations: frozenset[str]
    usual_period: Callable[[], Period]

    def read(
        self, measure: str, by: Sequence[str], where: Sequence[str], period: str | None
    ) -> Question:
        """Read a question. Raises Invalid with a sentence that says what would be possible.

        Raises NotBuilt for a measure or a dimension of a later version.
        """
        asked = period.strip() if period else ""
        when = periods.parse(asked, last_month=self.last_month) if asked else self.usual_period()
        names = _dimensions(by, when)
        held = _clauses(where)
        question = Question(_measure(measure), names, held, when)
        _check_number(question)
        _check_measure(question)
        reference = self.reference_of(when.year)
        year = reference.ground(self.organisations, Period(when.year, Level.YEAR, 1))
        for clause in held:
            _check_value(clause, year)
        _check_together(question, year)
        return question


def cells(question: Question, ground: Ground) -> list[tuple[dict[str, str], Clauses, Period]]:
    """List the cells of a table in the order of the reference data, with what each one selects.

    Values that cannot be under what is held are left out.
    """
    parts = question.period.split(question.level) if question.level else (question.period,)
    values = [
        [part.code for part in parts]
        if name not in DIMENSIONS
        else ground.values(name, question.where)
        for name in question.by
    ]
    count = 1
    for column in values:
        count *= len(column)
    if count > MAX_CELLS:
        raise Invalid(
            "by",
            f"Ce tableau aurait {number(count)} cases, la limite est {number(MAX_CELLS)}. "
            "Retirez une dimension, ou fixez-en une.",
        )
    return [_cell(question, dict(zip(question.by, row, strict=True))) for row in _product(values)]


def _product(columns: list[list[str]]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [()]
    for column in columns:
        rows = [(*row, value) for row in rows for value in column]
    return rows


def _cell(question: Question, row: dict[str, str]) -> tuple[dict[str, str], Clauses, Period]:
    when = question.period
    clauses = list(question.where)
    for name, value in row.items():
        if name in DIMENSIONS:
            clauses.append(Clause(name, value))
        else:
            when = periods.read(value)
    return row, tuple(sorted(clauses)), when


def _measure(name: str) -> Measure:
    if name in LATER_MEASURES:
        raise NotBuilt(f"La mesure {_quoted(name)} n’est pas encore proposée.")
    if name not in MEASURES:
        raise Invalid(
            "measure",
            f"La mesure {_quoted(name)} n’existe pas. "
            f"Mesures possibles{NBSP}: {_listed(MEASURES)}.",
        )
    return MEASURES[name]


def _dimensions(names: Sequence[str], period: Period) -> tuple[str, ...]:
    for name in names:
        if name not in PERIOD_DIMENSIONS:
            _check_dimension("by", name)
    if len(set(names)) < len(names):
        raise Invalid("by", "Une dimension est demandée deux fois en lignes. Gardez-la une fois.")
    levels = [Level(name) for name in names if name in PERIOD_DIMENSIONS]
    if len(levels) > 1:
        raise Invalid("by", "Un tableau a une seule durée en lignes : month, quarter ou semester.")
    if levels and not period.split(levels[0]):
        raise Invalid(
            "by",
            f"{_quoted(levels[0])} est plus long que la période demandée ({period.label}). "
            "Choisissez une période plus longue, ou une durée plus courte.",
        )
    return tuple(names)


def _clauses(where: Sequence[str]) -> Clauses:
    found: dict[str, str] = {}
    for held in where:
        name, equals, value = (part.strip() for part in held.partition("="))
        if not equals or not name or not value:
            raise Invalid(
                "where", f"Écrivez dimension=valeur, par exemple gender=feminin (reçu : {held})."
            )
        if name in PERIOD_DIMENSIONS:
            raise Invalid("where", "La période se choisit à part : period=2026-09, par exemple.")
        _check_dimension("where", name)
        if name in found or _LIST_MARKS & set(value):
            raise Invalid("where", _no_list(name))
        found[name] = value
    return tuple(sorted(Clause(name, value) for name, value in found.items()))


def _no_list(name: str) -> str:
    dimension = DIMENSIONS[name]
    wider = [f"{parent}=…" for parent in dimension.parents]
    ways = f"ou un regroupement tout fait ({', '.join(wider)})" if wider else "ou aucune"
    return (
        f"Une seule valeur par dimension{NBSP}: pas de liste pour {_quoted(name)}. "
        f"Demandez une valeur, {ways}, ou mettez {_quoted(name)} en lignes."
    )


def _check_dimension(field: str, name: str) -> None:
    if name not in DIMENSIONS:
        possible = [*DIMENSIONS, *(PERIOD_DIMENSIONS if field == "by" else ())]
        near = get_close_matches(name, possible, n=1)
        hint = f" Vouliez-vous dire {_quoted(near[0])}{NBSP}?" if near else ""
        raise Invalid(
            field,
            f"La dimension {_quoted(name)} n’existe pas.{hint} "
            f"Dimensions possibles{NBSP}: {_listed(possible)}.",
        )


def _check_number(question: Question) -> None:
    held = {clause.dimension for clause in question.where}
    if twice := held & set(question.by):
        raise Invalid(
            "by",
            f"{_quoted(min(twice))} est déjà fixée à une valeur{NBSP}: retirez-la des lignes, "
            "ou ne la fixez pas.",
        )
    if len(held) + len(question.dimensions) > MAX_DIMENSIONS:
        raise Invalid(
            "where",
            f"Quatre dimensions au plus, en plus de la période{NBSP}: "
            f"retirez-en {len(held) + len(question.dimensions) - MAX_DIMENSIONS}.",
        )


def _check_measure(question: Question) -> None:
    """Refuse a dimension that says nothing of what is counted."""
    measure = question.measure
    asked = [("by", name) for name in question.dimensions]
    asked += [("where", clause.dimension) for clause in question.where]
    for field, name in asked:
        if name not in measure.dimensions:
            possible = [*PERIOD_DIMENSIONS, *(n for n in DIMENSIONS if n in measure.dimensions)]
            raise Invalid(
                field,
                f"{_quoted(measure.title)} ne se compte pas par {_quoted(name)}. "
                f"Dimensions possibles{NBSP}: {_listed(possible)}.",
            )


def _check_value(clause: Clause, year: Ground) -> None:
    possible = year.values(clause.dimension)
    if clause.value in possible:
        return
    near = get_close_matches(clause.value, possible, n=NAMED_VALUES, cutoff=0.3)
    named = possible if len(possible) <= NAMED_VALUES else near or possible[:NAMED_VALUES]
    more = "" if len(named) == len(possible) else f" ({number(len(possible))} en tout)"
    raise Invalid(
        "where",
        f"{_quoted(clause.value)} n’est pas une valeur de {_quoted(clause.dimension)}. "
        f"Valeurs possibles{NBSP}: {_listed(named)}{more}.",
    )


def _check_together(question: Question, year: Ground) -> None:
    """Refuse what cannot be by definition; a door that is closed for a time is no mistake."""
    for name in question.dimensions:
        if not year.values(name, question.where):
            raise Invalid("by", f"{_quoted(name)} n’a aucune valeur possible sous ce filtre.")
    if year.reduce(question.where) is None:
        names = " et ".join(f"{clause.dimension}={clause.value}" for clause in question.where)
        raise Invalid(
            "where",
            f"Les filtres {names} ne peuvent aller ensemble. Gardez l’un des deux, "
            "ou mettez l’autre dimension en lignes.",
        )
    if excludes(question.where, question.measure.acts):
        raise Invalid(
            "where",
            f"{question.measure.title} ne peut se croiser avec cette issue. "
            "Demandez la mesure procedures, ou retirez outcome.",
        )
    is_time = question.measure.counted is Counted.MINUTES
    if is_time and has_no_length(question.where):
        raise Invalid(
            "where", "Un passage rapide n’a pas de durée. Demandez la mesure attendances."
        )


def _quoted(name: str) -> str:
    return f"«{NBSP}{name if len(name) <= MOST_QUOTED else name[:MOST_QUOTED] + '…'}{NBSP}»"


def _listed(names: Sequence[str] | dict[str, Measure]) -> str:
    return ", ".join(names)
