"""Figures as a page shows them: tiles, charts, shaded tables, and the question behind each."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core import text
from app.core.text import NBSP
from app.reference import vocabularies
from app.reference.benchmarks import landmark
from app.statistics.answers import Answer, Status
from app.statistics.derived import FEW_PERSONS, Share, is_sure, ranking, share
from app.statistics.periods import Level, Period
from app.statistics.questions import Question
from app.statistics.tables import PublishedCell, PublishedTable
from app.statistics.vocabulary import Counted

LISTED = 12  # a longer list is cut to the first ones by their figure
LONG_LABEL = 55  # characters
SHORT_LIST = 8  # rows of which the hidden ones are all drawn; of more, they are only counted
NOTHING = ""  # what is compared with: no figure at all, where None is a hidden one


@dataclass(frozen=True)
class Tile:
    """One large figure, None when it is hidden, and how it compares, in words."""

    figure: str | None
    unit: str
    note: str = ""


@dataclass(frozen=True)
class Bar:
    """One row of a chart; no value is a hidden one. `then` is what it is set beside."""

    label: str
    value: int | str | None
    text: str
    then: int | str | None = NOTHING
    then_text: str = ""


@dataclass(frozen=True)
class Chart:
    """One chart, and the table that says the same; `now` and `then` name what is set beside."""

    title: str
    header: str
    unit: str
    rows: tuple[Bar, ...]
    question: Question
    note: str = ""
    now: str = ""
    then: str = ""
    counts_hidden: bool = False  # rows that are hidden are not drawn, but said in the note

    @property
    def is_hidden(self) -> bool:
        """Tell whether nothing of it is shown."""
        return bool(self.rows or self.counts_hidden) and all(row.value is None for row in self.rows)

    @property
    def hides(self) -> bool:
        """Tell whether some of it is hidden."""
        drawn = any(row.value is None or row.then is None for row in self.rows)
        return drawn or self.counts_hidden


@dataclass(frozen=True)
class HeatRow:
    """One row of shares; `base` says how many stand behind it."""

    code: str
    label: str
    base: str | None
    shares: tuple[Share | None, ...]


@dataclass(frozen=True)
class Heat:
    """A table of shares, shaded by step: `columns` are codes and words."""

    title: str
    header: str
    unit: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[HeatRow, ...]
    question: Question
    note: str = ""

    @property
    def hides(self) -> bool:
        """Tell whether some of it is hidden."""
        return any(part is None for row in self.rows for part in row.shares)


def question_of(table: PublishedTable) -> Question:
    """Give the question that a table answers."""
    return Question(table.measure, table.by, table.where, table.period)


def is_exact(table: PublishedTable) -> bool:
    """Tell whether its figures are exact: workshops are counted, not people."""
    return table.measure.counted is Counted.WORKSHOPS


def figure(answer: Answer, *, exact: bool = False) -> str | None:
    """Write a figure: « environ » when few stand behind it, None when it is hidden."""
    if answer.value is None:
        return None
    about = f"environ{NBSP}" if answer.value < FEW_PERSONS and not exact else ""
    return f"{about}{text.number(answer.value)}"


def in_hours(minutes: Answer) -> Answer:
    """Round minutes to whole hours."""
    if minutes.value is None:
        return minutes
    return Answer(minutes.status, (minutes.value + 30) // 60, -(-minutes.spread // 60))


def at(when: Period) -> str:
    """Say when, after « que » or a figure: « au 3e trimestre 2025 », « en septembre 2025 »."""
    if when.level is Level.YEAR:
        return f"en {when.year}"
    return f"en {when.label}" if when.level is Level.MONTH else f"au {when.label}"


def no_sure_gap(former: Period) -> str:
    """Say that noise alone may set two figures apart, one of them of another time."""
    named = former.label if former.level is Level.MONTH else f"le {former.label}"
    return f"sans écart sûr avec {former.year if former.level is Level.YEAR else named}"


def compared(now: Answer, then: Answer, former: Period, *, exact: bool = False) -> str:
    """Say how a figure stands beside one of another time; what noise can make is no change."""
    if now.value is None or then.status is Status.EMPTY:
        return ""
    if then.value is None:
        return f"masqué {at(former)}"
    if not then.value:
        return f"aucun {at(former)}"
    gap = abs(now.value - then.value)
    percent = (200 * gap + then.value) // (2 * then.value)
    than = f"qu’{at(former)}"
    if gap and not is_sure(now, then):
        return no_sure_gap(former)
    if not percent:
        return f"autant {than}"
    way = "plus" if now.value > then.value else "moins"
    if min(now.value, then.value) < FEW_PERSONS:
        return f"{way} {than} ({figure(then, exact=exact)})"
    return f"{percent}{NBSP}% de {way} {than}"


def bar(label: str, answer: Answer, then: Answer | None = None, *, exact: bool = False) -> Bar:
    """Make a row of a chart out of a figure, and of the one it is set beside."""
    says = figure(answer, exact=exact) or ""
    if then is None or then.status is Status.EMPTY:
        return Bar(label, answer.value, says)
    return Bar(label, answer.value, says, then.value, figure(then, exact=exact) or "")


def short_label(dimension: str, code: str) -> str:
    """Give the short word of a value that has one."""
    return vocabularies.value(dimension, code).short_label or vocabularies.label(dimension, code)


def _row_label(name: str, cell: PublishedCell) -> str:
    """Give the words of a row: the short ones when the others would fill three lines."""
    label = cell.labels[name]
    if len(label) <= LONG_LABEL:
        return label
    values = vocabularies.vocabularies().get(name, ())
    short = (one.short_label for one in values if one.code == cell.values[name])
    return next(short, "") or label


def chart(
    table: PublishedTable,
    header: str,
    *,
    title: str = "",
    beside: PublishedTable | None = None,
    names: tuple[str, str] = ("", ""),
    note: str = "",
) -> Chart:
    """Show every value of a short list; of a long one, the first by figure, others without.

    `beside`: the same table of another time or territory; `names`: how both are called.
    """
    name, measure = table.by[0], table.measure.title
    then = {c.values[name]: c.answer for c in beside.cells} if beside is not None else {}
    shown, cut = longest(table)
    hidden = [cell for cell in shown if cell.answer.value is None]
    counts_hidden = bool(cut and not shown)  # a long list of which nothing is shown
    if counts_hidden:
        cut = ""
    elif hidden and SHORT_LIST < len(shown) > len(hidden):
        counts_hidden = True
        shown = [cell for cell in shown if cell.answer.value is not None]
        cut = f"Masqué{NBSP}: {text.plural(len(hidden), 'autre réponse', 'autres réponses')}."
    rows = tuple(
        bar(_row_label(name, c), c.answer, then.get(c.values[name]), exact=is_exact(table))
        for c in shown
    )
    is_compared = any(row.then not in (NOTHING, None) for row in rows)
    if not is_compared and any(row.then is None for row in rows):
        note = f"{note} {names[1]}{NBSP}: détail masqué.".strip()
    return Chart(
        title=title or f"{measure} par {text.lower_first(header)}",
        header=header,
        unit=measure,
        rows=rows,
        question=question_of(table),
        note=" ".join(filter(None, (note, cut))),
        now=names[0] if is_compared else "",
        then=names[1] if is_compared else "",
        counts_hidden=counts_hidden,
    )


def longest(table: PublishedTable) -> tuple[list[PublishedCell], str]:
    """List the cells that can be; of many, the first by figure, and a sentence that says so."""
    name = table.by[0]
    shown = [cell for cell in table.cells if cell.answer.status is not Status.EMPTY]
    if len(shown) <= LISTED:
        return shown, ""
    titled = {f"{cell.labels[name]}\n{cell.values[name]}": cell for cell in shown}
    ranked = ranking([(title, cell.answer) for title, cell in titled.items()])[:LISTED]
    return (
        [titled[title] for title, _ in ranked],
        "Les premiers par leur chiffre. D’autres ne sont pas détaillés.",
    )


def heat(
    whole: PublishedTable,
    crossed: PublishedTable,
    header: str,
    title: str,
    *,
    persons: PublishedTable | None = None,
    note: str = "",
) -> Heat:
    """Share each row of a table among the values of a second dimension.

    `persons`: how many people stand in each row, when the figures count something else.
    """
    rows_by, columns_by = crossed.by
    shown, cut = longest(whole)
    people = {c.values[rows_by]: c.answer for c in (persons or whole).cells}
    parts = {(c.values[rows_by], c.values[columns_by]): c.answer for c in crossed.cells}
    columns = tuple(dict.fromkeys((c.values[columns_by]) for c in crossed.cells))
    rows = []
    for cell in shown:
        code = cell.values[rows_by]
        shares = tuple(
            share(part, cell.answer, people[code]) if (part := parts.get((code, one))) else None
            for one in columns
        )
        if not cut or any(part is not None for part in shares):
            rows.append(HeatRow(code, cell.labels[rows_by], figure(cell.answer), shares))
    return Heat(
        title=title,
        header=header,
        unit=whole.measure.title,
        columns=tuple((one, short_label(columns_by, one)) for one in columns),
        rows=tuple(rows),
        question=question_of(crossed),
        note=" ".join(filter(None, (note, cut))),
    )


def landmark_sentence(id: str) -> str:
    """Say a national figure, with its year, its population and its source: never as a gap."""
    found = landmark(id)
    decimals = 0 if found.value == found.value.to_integral_value() else 1
    value = text.number(float(found.value), decimals)
    what = text.lower_first(found.indicator)
    return (
        f"Repère national{NBSP}: {value}{NBSP}%, {what} ({found.population}, {found.period}). "
        f"{found.source}."
    )


def notes_of(tables: Iterable[PublishedTable]) -> tuple[str, ...]:
    """Give the notes of tables, each once."""
    return tuple(dict.fromkeys(note for table in tables for note in table.notes))


def by_value(table: PublishedTable) -> dict[str, Answer]:
    """Give the figures of a table of one dimension by their value."""
    (name,) = table.by
    return {cell.values[name]: cell.answer for cell in table.cells}
