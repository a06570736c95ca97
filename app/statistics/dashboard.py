"""The dashboard of the three divides: what it asks for, and how the answers are read.

Everything here is made of published figures: one call for a page, one for the year before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from app.core import text
from app.core.errors import Invalid
from app.core.text import NBSP
from app.reference import vocabularies
from app.reference.benchmarks import landmark
from app.statistics.derived import FEW_PERSONS, ranking, share
from app.statistics.disclosure import EMPTY, Answer, Status
from app.statistics.periods import Level, Period
from app.statistics.questions import Question
from app.statistics.service import Counter
from app.statistics.tables import PublishedTable

HALF = 6  # months of a semester
LISTED = 12  # a longer list of places is cut to the first ones by their figure
SHORT_NAMES_FROM = 7  # months side by side, whose whole names would overlap
TOTALS = ("residents", "attendances", "procedures", "completed_procedures", "duration_min")
DETAILS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "divide": ("residents", ("divide",), ()),
    "skills": ("residents", ("age_band",), ("divide=skills",)),
    "equipment": ("residents", ("equipment",), ()),
    "connection": ("residents", ("home_connection",), ()),
    "age_band": ("residents", ("age_band",), ()),
    "kind": ("attendances", ("kind",), ()),
}
PLACES = {"departement": "Département", "organisation": "Structure", "place": "Lieu"}
OTHERS = {"age_band": "Âge", "kind": "Type"}

UNKNOWN = "unknown"


@dataclass(frozen=True)
class _Divide:
    """How one divide is shown: words beside its share, its chart, a national landmark."""

    words: str
    chart: str
    header: str
    landmark: str
    left_out: frozenset[str] = frozenset()  # answers that are no lack


_DIVIDES = {
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
class Tile:
    """One large figure, None when it is hidden, and how it compares, in words."""

    figure: str | None
    unit: str
    note: str


@dataclass(frozen=True)
class Bar:
    """One row of a chart; no value is a hidden one."""

    label: str
    value: int | None
    text: str


@dataclass(frozen=True)
class Chart:
    """One chart, and the table that says the same."""

    title: str
    header: str
    unit: str
    rows: tuple[Bar, ...]
    note: str = ""


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
class MonthPair:
    """A month beside the same one a year before: None hidden, "" when there is none."""

    label: str
    before: int | str | None
    now: int | str | None


@dataclass(frozen=True)
class Months:
    """Accompaniments month by month, beside those of the year before."""

    pairs: tuple[MonthPair, ...]
    before_label: str
    now_label: str


@dataclass(frozen=True)
class Dashboard:
    """All that the page of figures shows."""

    period: Period
    total: Answer
    tiles: tuple[Tile, ...]
    divides: tuple[DivideCard, ...]
    months: Months
    places: tuple[Chart, ...]
    others: tuple[Chart, ...]
    notes: tuple[str, ...]


def dashboard(counter: Counter, where: Sequence[str], period: str | None) -> Dashboard:
    """Answer the page. Raises Invalid with a sentence that says what would be possible."""
    asked = _questions(counter, where, period)
    tables = _answered(counter, asked)
    when = asked["residents"].period
    before = _before(counter, where, when)
    return Dashboard(
        period=when,
        total=tables["residents"].total,
        tiles=_tiles(tables, before, when, counter.view.policy.spread),
        divides=_divides(tables),
        months=_months(tables, before, when),
        places=_charts(tables, PLACES),
        others=_charts(tables, OTHERS),
        notes=tuple(dict.fromkeys(note for table in tables.values() for note in table.notes)),
    )


def dashboard_questions(counter: Counter, where: Sequence[str], period: str) -> Iterable[Question]:
    """List what the page asks, the year before included."""
    asked = _questions(counter, where, period)
    before = _questions_before(counter, where, asked["residents"].period)
    return [*asked.values(), *before.values()]


def _questions(counter: Counter, where: Sequence[str], period: str | None) -> dict[str, Question]:
    """Ask for what the filters leave to ask: nothing is cut by what is held at one value."""
    first = counter.ask("residents", (), where, period)
    when, held = first.period, {clause.dimension for clause in first.where}
    found = {"residents": first} | _totals(counter, where, when)
    for name, (measure, by, more) in DETAILS.items():
        if held.isdisjoint(by):
            found[name] = counter.ask(measure, by, [*where, *more], when.code)
    ground = counter.view.ground(when)
    for name in PLACES:
        if name not in held and len(ground.values(name, first.where)) > 1:
            found[name] = counter.ask("residents", (name,), where, when.code)
    return found | _monthly(counter, where, months_of(when, counter.last_month))


def _totals(counter: Counter, where: Sequence[str], when: Period) -> dict[str, Question]:
    lasts = "kind=passage" not in where  # a quick passage has no length
    return {
        measure: counter.ask(measure, (), where, when.code)
        for measure in TOTALS
        if lasts or measure != "duration_min"
    }


def _monthly(
    counter: Counter, where: Sequence[str], months: Sequence[Period]
) -> dict[str, Question]:
    return {one.code: counter.ask("attendances", (), where, one.code) for one in months}


def months_of(when: Period, last_month: Period) -> list[Period]:
    """List the closed months of a period; of its semester, for a month alone."""
    whole = Period(when.year, Level.SEMESTER, 1 if when.last_month <= HALF else 2)
    shown = whole if when.level is Level.MONTH else when
    return [one for one in shown.split(Level.MONTH) if one <= last_month]


def a_year_before(when: Period) -> Period:
    """Name the same period of the year before."""
    return Period(when.year - 1, when.level, when.number)


def _answered(counter: Counter, asked: Mapping[str, Question]) -> dict[str, PublishedTable]:
    return dict(zip(asked, counter.answer(list(asked.values())), strict=True))


def _before(counter: Counter, where: Sequence[str], when: Period) -> dict[str, PublishedTable]:
    return _answered(counter, _questions_before(counter, where, when))


def _questions_before(counter: Counter, where: Sequence[str], when: Period) -> dict[str, Question]:
    """Ask for the year before; nothing when it, or a value that is held, was not there yet."""
    former = a_year_before(when)
    if former.year not in counter.view.version.years:
        return {}
    months = [a_year_before(one) for one in months_of(when, counter.last_month)]
    try:
        return _totals(counter, where, former) | _monthly(counter, where, months)
    except Invalid:
        return {}


def figure(answer: Answer) -> str | None:
    """Write a figure: « environ » when few stand behind it, None when it is hidden."""
    if answer.value is None:
        return None
    about = f"environ{NBSP}" if answer.value < FEW_PERSONS else ""
    return f"{about}{text.number(answer.value)}"


def at(when: Period) -> str:
    """Say when, after « que » or a figure: « au 3e trimestre 2025 », « en septembre 2025 »."""
    if when.level is Level.YEAR:
        return f"en {when.year}"
    return f"en {when.label}" if when.level is Level.MONTH else f"au {when.label}"


def compared(now: Answer, then: Answer, former: Period, spread: int) -> str:
    """Say how a figure stands beside that of the year before; what noise can make is no change."""
    if now.value is None or then.status is Status.EMPTY:
        return ""
    if not then.value:
        return f"masqué {at(former)}"
    gap = abs(now.value - then.value)
    percent = (200 * gap + then.value) // (2 * then.value)
    than = f"qu’{at(former)}"
    if gap <= 2 * spread or not percent:
        return f"autant {than}"
    way = "plus" if now.value > then.value else "moins"
    if min(now.value, then.value) < FEW_PERSONS:
        return f"{way} {than} ({figure(then)})"
    return f"{percent}{NBSP}% de {way} {than}"


def _tiles(
    tables: Mapping[str, PublishedTable],
    before: Mapping[str, PublishedTable],
    when: Period,
    spread: int,
) -> tuple[Tile, ...]:
    former = a_year_before(when)

    def note(name: str) -> str:
        then = before[name].total if name in before else EMPTY
        return compared(tables[name].total, then, former, spread)

    done, done_before = _completed(tables), _completed(before)
    tiles = [
        Tile(figure(tables["attendances"].total), "accompagnements", note("attendances")),
        Tile(figure(tables["residents"].total), "bénéficiaires", note("residents")),
        Tile(done, "démarches terminées", f"{done_before} {at(former)}" if done_before else ""),
    ]
    if "duration_min" in tables:
        hours = _in_hours(tables["duration_min"].total)
        tiles.append(Tile(figure(hours), "heures d’accompagnement", note("duration_min")))
    return tuple(tiles)


def _in_hours(minutes: Answer) -> Answer:
    if minutes.value is None:
        return minutes
    return Answer(minutes.status, (minutes.value + 30) // 60)


def _completed(tables: Mapping[str, PublishedTable]) -> str | None:
    """Give the part of procedures that are finished.

    How many people had a procedure is not asked: no more than people, nor than procedures.
    """
    if "procedures" not in tables:
        return None
    procedures, residents = tables["procedures"].total, tables["residents"].total
    people = min(procedures, residents, key=lambda answer: answer.value or 0)
    found = share(tables["completed_procedures"].total, procedures, people)
    return found.label if found else None


def _divides(tables: Mapping[str, PublishedTable]) -> tuple[DivideCard, ...]:
    if "divide" not in tables:
        return ()
    total = tables["residents"].total
    stopped = {cell.values["divide"]: cell.answer for cell in tables["divide"].cells}
    cards = []
    for code, shown in _DIVIDES.items():
        found = share(stopped[code], total)
        persons = figure(stopped[code])
        cards.append(
            DivideCard(
                code=code,
                share=found.label if found else None,
                words=shown.words,
                detail=f"{persons} personnes" if persons else "",
                chart=_divide_chart(shown, tables.get(code)),
                landmark=_landmark(shown.landmark),
            )
        )
    return tuple(cards)


def _divide_chart(shown: _Divide, table: PublishedTable | None) -> Chart | None:
    if table is None:
        return None
    name = table.by[0]
    rows = tuple(
        bar(_short_label(name, cell.values[name]), cell.answer)
        for cell in table.cells
        if cell.values[name] not in shown.left_out and cell.answer.status is not Status.EMPTY
    )
    unknown = next((figure(c.answer) for c in table.cells if c.values[name] == UNKNOWN), None)
    note = "Une personne peut compter plusieurs fois." if shown.left_out else ""
    if unknown:
        note += f" Non précisé pour {unknown} personnes."
    return Chart(shown.chart, shown.header, "Personnes", rows, note)


def bar(label: str, answer: Answer) -> Bar:
    """Make a row of a chart out of a figure."""
    return Bar(label, answer.value, figure(answer) or "")


def _short_label(dimension: str, code: str) -> str:
    return vocabularies.value(dimension, code).short_label or vocabularies.label(dimension, code)


def _landmark(id: str) -> str:
    """Say a national figure, with its year, its population and its source: never as a gap."""
    found = landmark(id)
    decimals = 0 if found.value == found.value.to_integral_value() else 1
    value = text.number(float(found.value), decimals)
    what = found.indicator[0].lower() + found.indicator[1:]
    return (
        f"Repère national{NBSP}: {value}{NBSP}%, {what} ({found.population}, {found.period}). "
        f"{found.source}."
    )


def _months(
    tables: Mapping[str, PublishedTable], before: Mapping[str, PublishedTable], when: Period
) -> Months:
    shown = [table.period for name, table in tables.items() if name == table.period.code]
    pairs = []
    for one in shown:
        first_day = date(one.year, one.number, 1)
        pattern = "MMM" if len(shown) >= SHORT_NAMES_FROM else "MMMM"
        pairs.append(
            MonthPair(
                format_date(first_day, pattern, locale=text.LOCALE),
                _column(before.get(a_year_before(one).code)),
                _column(tables[one.code]),
            )
        )
    beside = "le même mois de" if before else "pas de chiffres en"
    return Months(tuple(pairs), f"{beside} {when.year - 1}", str(when.year))


def _column(table: PublishedTable | None) -> int | str | None:
    if table is None or table.total.status is Status.EMPTY:
        return ""
    return table.total.value


def _charts(tables: Mapping[str, PublishedTable], headers: Mapping[str, str]) -> tuple[Chart, ...]:
    return tuple(_chart(tables[name], headers[name]) for name in headers if name in tables)


def _chart(table: PublishedTable, header: str) -> Chart:
    """Show every value of a short list; of a long one, the first by figure, others without."""
    name, measure = table.by[0], table.measure.title
    note = ""
    shown = [cell for cell in table.cells if cell.answer.status is not Status.EMPTY]
    if len(shown) > LISTED:
        titled = {f"{cell.labels[name]}\n{cell.values[name]}": cell for cell in shown}
        ranked = ranking([(title, cell.answer) for title, cell in titled.items()])
        shown = [titled[title] for title, _ in ranked]
        note = "Les premiers par leur chiffre. D’autres ne sont pas détaillés."
    rows = tuple(bar(cell.labels[name], cell.answer) for cell in shown)
    return Chart(f"{measure} par {header.lower()}", header, measure, rows, note)
