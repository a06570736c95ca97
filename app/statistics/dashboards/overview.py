"""The first page of figures: how much, the three divides, month after month, where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from app.core import text
from app.core.errors import Invalid
from app.statistics.address import Asked
from app.statistics.answers import EMPTY, Answer, Status
from app.statistics.dashboards.asking import (
    Beside,
    Tables,
    Wish,
    a_year_before,
    answered,
    answered_beside,
)
from app.statistics.dashboards.charts import (
    NOTHING,
    Bar,
    Chart,
    Tile,
    bar,
    by_value,
    chart,
    figure,
    in_hours,
    landmark_sentence,
    notes_of,
    question_of,
    short_label,
)
from app.statistics.derived import Share, share
from app.statistics.periods import Level, Period
from app.statistics.questions import Question
from app.statistics.service import Counter
from app.statistics.tables import PublishedTable

HALF = 6  # months of a semester
SHORT_NAMES_FROM = 7  # months side by side, whose whole names would overlap
UNKNOWN = "unknown"

TOTALS = {
    name: Wish(name)
    for name in ("residents", "attendances", "procedures", "completed_procedures", "duration_min")
}
DETAILS = {
    "divide": Wish("residents", ("divide",)),
    "skills": Wish("residents", ("age_band",), ("divide=skills",)),
    "equipment": Wish("residents", ("equipment",)),
    "connection": Wish("residents", ("home_connection",)),
    "organisation": Wish("residents", ("organisation",)),
    "place": Wish("residents", ("place",)),
    "age_band": Wish("residents", ("age_band",)),
}
HEADERS = {"organisation": "Structure", "place": "Lieu", "age_band": "Âge"}


@dataclass(frozen=True)
class _Divide:
    """How one divide is shown: words beside its share, its chart, a national landmark."""

    words: str
    chart: str
    header: str
    landmark: str
    left_out: frozenset[str] = frozenset()  # answers that are no lack


DIVIDES = {
    "skills": _Divide(
        "des bénéficiaires, que les gestes ou les mots arrêtent",
        "Bénéficiaires que les compétences arrêtent, par âge", "Âge",
        "insee-illectronisme-2021",
    ),
    "equipment": _Divide(
        "des bénéficiaires, sans appareil adapté",
        "Bénéficiaires par équipement qui manque", "Ce qui manque",
        "baro-smartphone-2025", frozenset({"adequate", UNKNOWN}),
    ),
    "connection": _Divide(
        "des bénéficiaires, sans bon accès à internet",
        "Bénéficiaires par défaut de connexion", "Ce qui ne va pas",
        "insee-acces-domicile-2019", frozenset({"good", UNKNOWN}),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class DivideCard:
    """One of the three divides: the share of people it stops, who or what, a landmark."""

    code: str
    share: str | None
    words: str
    detail: str
    chart: Chart | None
    landmark: str


@dataclass(frozen=True)
class Months:
    """Figures month by month, and what they are set beside; no words when it is nothing.

    `question`: the table of these months; None for those around a month alone.
    """

    pairs: tuple[Bar, ...]
    before_label: str
    now_label: str
    question: Question | None

    @property
    def is_hidden(self) -> bool:
        """Tell whether nothing of it is shown."""
        return all(pair.value is None for pair in self.pairs)


@dataclass(frozen=True)
class Overview:
    """All that the first page shows."""

    total: Answer
    tiles: tuple[Tile, ...]
    divides: tuple[DivideCard, ...]
    months: Months | None
    charts: tuple[Chart, ...]
    notes: tuple[str, ...]


def overview(counter: Counter, asked: Asked, when: Period, other: Beside | None) -> Overview:
    """Answer the page. Raises Invalid with a sentence that says what would be possible."""
    counter.ask("residents", (), asked.where, when.code)
    tables = answered(counter, TOTALS | DETAILS, asked.where, when)
    before = answered_beside(counter, TOTALS | {"divide": DETAILS["divide"]}, other)
    return Overview(
        total=tables["residents"].total,
        tiles=_tiles(tables, before, other),
        divides=divide_cards(tables),
        months=months(counter, asked.where, when, other),
        charts=tuple(chart(tables[name], HEADERS[name]) for name in HEADERS if name in tables),
        notes=notes_of(tables.values()),
    )


def _tiles(tables: Tables, before: Tables, other: Beside | None) -> tuple[Tile, ...]:
    def note(name: str) -> str:
        then = before[name].total if name in before else None
        return other.note(tables[name].total, then) if other else ""

    done, done_before = _completed(tables), _completed(before)
    tiles = [
        Tile(figure(tables["attendances"].total), "accompagnements", note("attendances")),
        Tile(figure(tables["residents"].total), "bénéficiaires", note("residents")),
        Tile(
            done.label if done else None,
            "démarches terminées",
            other.share_note(done, done_before) if other and done_before else "",
        ),
    ]
    if "duration_min" in tables:
        hours = in_hours(tables["duration_min"].total)
        former = in_hours(before["duration_min"].total) if "duration_min" in before else None
        tiles.append(Tile(figure(hours), "heures", other.note(hours, former) if other else ""))
    return tuple(tiles)


def _completed(tables: Tables) -> Share | None:
    """Share the procedures that are finished: about, when few people or few procedures are."""
    if "completed_procedures" not in tables:
        return None
    procedures, residents = tables["procedures"].total, tables["residents"].total
    people = min(procedures, residents, key=lambda answer: answer.value or 0)
    return share(tables["completed_procedures"].total, procedures, people)


def divide_cards(tables: Tables) -> tuple[DivideCard, ...]:
    """Show the share of people that each divide stops, and what it is made of."""
    if "divide" not in tables:
        return ()
    total, stopped = tables["residents"].total, by_value(tables["divide"])
    cards = []
    for code, shown in DIVIDES.items():
        found, persons = share(stopped[code], total), figure(stopped[code])
        cards.append(
            DivideCard(
                code=code,
                share=found.label if found else None,
                words=shown.words,
                detail=f"{persons} personnes sur {figure(total)}" if persons else "",
                chart=_divide_chart(shown, tables.get(code)),
                landmark=landmark_sentence(shown.landmark),
            )
        )
    return tuple(cards)


def _divide_chart(shown: _Divide, table: PublishedTable | None) -> Chart | None:
    if table is None:
        return None
    name = table.by[0]
    rows = tuple(
        bar(short_label(name, cell.values[name]), cell.answer)
        for cell in table.cells
        if cell.values[name] not in shown.left_out and cell.answer.status is not Status.EMPTY
    )
    unknown = next((figure(c.answer) for c in table.cells if c.values[name] == UNKNOWN), None)
    note = "Une personne peut compter plusieurs fois." if shown.left_out else ""
    if unknown:
        note += f" Non précisé pour {unknown} personnes."
    return Chart(shown.chart, shown.header, "Personnes", rows, question_of(table), note)


def months(
    counter: Counter,
    where: Sequence[str],
    when: Period,
    other: Beside | None,
    measure: str = "attendances",
) -> Months | None:
    """Count month by month, beside another time or territory; for a month, in its semester."""
    shown = months_of(when, counter.last_month)
    now = _by_month(counter, measure, where, shown)
    if not now:
        return None
    then: list[Answer] = []
    if other is not None:
        then = _by_month(counter, measure, other.where, _months_beside(when, shown, other))
    pattern = "MMM" if len(shown) >= SHORT_NAMES_FROM else "MMMM"
    pairs = [
        _month(
            format_date(date(one.year, one.number, 1), pattern, locale=text.LOCALE),
            answer,
            then[rank] if rank < len(then) else EMPTY,
        )
        for rank, (one, answer) in enumerate(zip(shown, now, strict=True))
    ]
    is_beside = any(pair.then != NOTHING for pair in pairs)
    before_label, now_label = _month_labels(when, other) if is_beside and other else ("", "")
    is_one_table = when.level is not Level.MONTH
    question = counter.ask(measure, ("month",), where, when.code) if is_one_table else None
    return Months(tuple(pairs), before_label, now_label, question)


def _months_beside(when: Period, shown: Sequence[Period], other: Beside) -> Sequence[Period]:
    """List the same months of another year or territory, or those of the period before."""
    if not other.is_time:
        return shown
    if other.period == a_year_before(when):
        return [a_year_before(one) for one in shown]
    return other.period.split(Level.MONTH) if when.level is not Level.MONTH else ()


def _month_labels(when: Period, other: Beside) -> tuple[str, str]:
    if not other.is_time:
        return other.then, other.now
    if other.period == a_year_before(when):
        return f"le même mois de {other.period.year}", str(when.year)
    return f"{text.lower_first(other.then)}, dans l’ordre", text.lower_first(other.now)


def _by_month(
    counter: Counter, measure: str, where: Sequence[str], shown: Sequence[Period]
) -> list[Answer]:
    try:
        asked = [counter.ask(measure, (), where, one.code) for one in shown]
    except Invalid:
        return []
    return [table.total for table in counter.answer(asked)]


def months_of(when: Period, last_month: Period) -> list[Period]:
    """List the closed months of a period; of its semester, for a month alone."""
    whole = Period(when.year, Level.SEMESTER, 1 if when.last_month <= HALF else 2)
    shown = whole if when.level is Level.MONTH else when
    return [one for one in shown.split(Level.MONTH) if one <= last_month]


def _month(name: str, now: Answer, then: Answer) -> Bar:
    """Set a month beside another: None hidden, "" when there is none."""
    value, before = (NOTHING if one.status is Status.EMPTY else one.value for one in (now, then))
    return Bar(name, value, figure(now) or "", before, figure(then) or "")
