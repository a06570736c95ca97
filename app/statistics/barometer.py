"""The barometer: which online procedures need help, and what blocks them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.core.text import NBSP
from app.reference import vocabularies
from app.statistics.answers import EMPTY, Answer, Status
from app.statistics.dashboards.asking import Beside, Tables, Wish, answered_beside
from app.statistics.dashboards.charts import Heat, by_value, figure, heat, question_of
from app.statistics.derived import Share, ranking, share
from app.statistics.periods import Level, Period
from app.statistics.questions import Question
from app.statistics.service import Counter
from app.statistics.tables import PublishedTable
from app.statistics.vocabulary import PROCEDURE

LAST_MONTH = 12
FAMILIES = ("skills", "equipment", "connection", "service")
WHOLE = {
    "helps": Wish("procedures"),
    "done": Wish("completed_procedures"),
    "people": Wish("residents"),
}


class View(StrEnum):
    """What the rows are."""

    THEME = "theme"
    PROCEDURE = "demarche"
    PROVIDER = "organisme"
    BLOCKER = "blocage"

    @property
    def dimension(self) -> str:
        """The dimension of the rows."""
        return _DIMENSIONS[self]


_DIMENSIONS = {
    View.THEME: "procedure_theme",
    View.PROCEDURE: "procedure",
    View.PROVIDER: "provider",
    View.BLOCKER: "blocker",
}


WHO = {View.THEME: "thème", View.PROVIDER: "organisme"}  # rows few enough to be cut once more

TWO_WAYS = (
    f"Un même nombre demandé de deux façons peut différer de quelques unités{NBSP}: c’est ce qui "
    "protège les personnes."
)


@dataclass(frozen=True)
class Line:
    """One row: helps, the part carried through, the part that met each family of blockers.

    `detail` is the body in charge, or the family of a blocker; `first` what comes first in the
    row: its first blocker, or the theme that a blocker stops most. `then`: the helps of another
    time; "" when there were none to count, None when they are hidden.
    """

    code: str
    label: str
    detail: str
    helps: str
    done: Share | None
    families: tuple[Share | None, ...]
    part: Share | None
    first: str
    then: str | None


@dataclass(frozen=True)
class Barometer:
    """All that the page shows; `has_others` when rows are left without a figure.

    `notes_beside` say how helps, and those not carried through, stand beside another time, whose
    name is `then`; "" without one.
    """

    view: View
    period: Period
    helps: str | None
    done: Share | None
    families: Mapping[str, Share | None]
    service_first: int
    lines: tuple[Line, ...]
    outcomes: Heat | None
    question: Question
    has_others: bool
    notes: tuple[str, ...]
    then: str
    notes_beside: tuple[str, str]

    @property
    def hides(self) -> bool:
        """Tell whether some of its rows is hidden."""
        return any(
            not line.first or None in line.families or (line.done is None and line.families)
            for line in self.lines
        )

    @property
    def unfinished(self) -> str | None:
        """The part that is not carried through, as one says it: « 3 sur 10 »."""
        return _unfinished(self.done) if self.done else None

    @property
    def leading(self) -> tuple[str, Share] | None:
        """The family that helps meet most often, of those that are shown."""
        shown = [(family, part) for family, part in self.families.items() if part is not None]
        return max(shown, key=lambda one: one[1].percent) if shown else None


def usual_period(counter: Counter) -> Period:
    """Choose the last closed year, or what the dashboard opens on before there is one."""
    last = counter.last_month
    year = last.year if last.number == LAST_MONTH else last.year - 1
    if year in counter.view.version.years:
        return Period(year, Level.YEAR, 1)
    return counter.reader.usual_period()


def barometer(
    counter: Counter, view: View, theme: str, period: Period, other: Beside | None = None
) -> Barometer:
    """Answer the page: its totals and rows at once, then what comes first in the rows shown.

    `other`: the time that helps are set beside.

    Raises Invalid with a sentence that says what would be possible.
    """
    where = [f"procedure_theme={theme}"] if theme else []
    tables = _answered(counter, view, where, period)
    before = answered_beside(
        counter, WHOLE | {"rows": Wish("procedures", (view.dimension,))}, other
    )
    lines = _lines(
        counter, view, where, tables, by_value(before["rows"]) if "rows" in before else {}
    )
    total, people = tables["helps"].total, tables["people"].total
    done = share(tables["done"].total, total, people)
    families = {
        cell.values["blocker_family"]: share(cell.answer, total, people)
        for cell in tables["families"].cells
    }
    return Barometer(
        view=view,
        period=period,
        helps=figure(total),
        done=done,
        families={family: families[family] for family in FAMILIES},
        service_first=sum(map(_service_is_first, lines)),
        lines=tuple(lines),
        outcomes=_outcomes(view, tables, {line.code: line.done for line in lines}),
        question=question_of(tables["rows"]),
        has_others=len(lines) < len(tables["rows"].cells),
        notes=tuple(dict.fromkeys(note for table in tables.values() for note in table.notes)),
        then=other.then if other and before else "",
        notes_beside=_notes_beside(total, done, before, other),
    )


def _unfinished(done: Share) -> str:
    tenths = (105 - done.percent) // 10
    return f"{tenths} sur 10" if tenths else "moins d’une sur 10"


def _notes_beside(
    helps: Answer, done: Share | None, before: Tables, other: Beside | None
) -> tuple[str, str]:
    if other is None or not WHOLE.keys() <= before.keys():
        return "", ""
    totals = {name: before[name].total for name in WHOLE}
    former = share(totals["done"], totals["helps"], totals["people"])
    return (
        other.note(helps, totals["helps"]),
        other.share_note(done, former, _unfinished) if former else "",
    )


def barometer_questions(
    counter: Counter, view: View, where: Sequence[str], period: str
) -> list[Question]:
    """List what the page asks of its totals and rows."""
    return [counter.ask(*one, where, period) for one in _wanted(view).values()]


def _answered(
    counter: Counter, view: View, where: Sequence[str], period: Period
) -> dict[str, PublishedTable]:
    asked = barometer_questions(counter, view, where, period.code)
    return dict(zip(_wanted(view), counter.answer(asked), strict=True))


def _wanted(view: View) -> dict[str, tuple[str, tuple[str, ...]]]:
    rows = (view.dimension,)
    wanted: dict[str, tuple[str, tuple[str, ...]]] = {
        "helps": ("procedures", ()),
        "done": ("completed_procedures", ()),
        "people": ("residents", ()),
        "families": ("procedures", ("blocker_family",)),
        "rows": ("procedures", rows),
        "rows_people": ("residents", rows),
    }
    if view is not View.BLOCKER:
        wanted["rows_done"] = ("completed_procedures", rows)
    if view in WHO:
        wanted["outcomes"] = ("procedures", (view.dimension, "outcome"))
    return wanted


def _outcomes(
    view: View, tables: Mapping[str, PublishedTable], done: Mapping[str, Share | None]
) -> Heat | None:
    """Say how far procedures get, row by row, where a row is a theme or a body.

    `done`: what the rows above say of those carried through; a page says it once.
    """
    if "outcomes" not in tables:
        return None
    rows, people = tables["rows"], tables["rows_people"]
    title = f"Où en sont les démarches, par {WHO[view]}"
    found = heat(
        rows, tables["outcomes"], WHO[view].capitalize(), title, persons=people, note=TWO_WAYS
    )
    said = []
    for row in found.rows:
        shares = [
            done.get(row.code, part) if outcome == "finished" else part
            for (outcome, _), part in zip(found.columns, row.shares, strict=True)
        ]
        said.append(replace(row, shares=tuple(shares)))
    return replace(found, rows=tuple(said))


def _lines(
    counter: Counter,
    view: View,
    where: Sequence[str],
    tables: Mapping[str, PublishedTable],
    then: Mapping[str, Answer],
) -> list[Line]:
    """Make a row of each value that is shown, largest first."""
    name = view.dimension
    helps, people, done = (
        {cell.values[name]: cell.answer for cell in tables[table].cells} if table in tables else {}
        for table in ("rows", "rows_people", "rows_done")
    )
    titles = {cell.values[name]: cell.labels[name] for cell in tables["rows"].cells}
    ranked = ranking([(f"{titles[code]}\n{code}", answer) for code, answer in helps.items()])
    codes = [title.rpartition("\n")[2] for title, _ in ranked]
    details = _details(counter, view, tables["rows"].period)
    within = _within(counter, view, where, codes, tables["rows"].period)
    total, everybody = tables["helps"].total, tables["people"].total
    return [
        Line(
            code=code,
            label=titles[code],
            detail=details.get(code, ""),
            helps=figure(helps[code]) or "",
            done=share(done[code], helps[code], people[code]) if done else None,
            families=tuple(
                share(answer, helps[code], people[code]) for answer in within[code].families
            ),
            part=share(helps[code], total, everybody),
            first=within[code].first,
            then="" if then.get(code, EMPTY).status is Status.EMPTY else figure(then[code]),
        )
        for code in codes
    ]


@dataclass(frozen=True)
class _Within:
    """What is asked of one row: helps that met each family of blockers, and what comes first."""

    families: tuple[Answer, ...]
    first: str


def _within(
    counter: Counter, view: View, where: Sequence[str], codes: Sequence[str], period: Period
) -> dict[str, _Within]:
    """Ask about the rows shown, and of them only: a catalogue has hundreds more."""
    by = "blocker" if view is not View.BLOCKER else "procedure" if where else "procedure_theme"
    held = [[*where, f"{view.dimension}={code}"] for code in codes]
    asked = [counter.ask("procedures", (by,), one, period.code) for one in held]
    if view is not View.BLOCKER:
        asked += [counter.ask("procedures", ("blocker_family",), one, period.code) for one in held]
    tables = counter.answer(asked)
    found = {}
    for position, code in enumerate(codes):
        named = vocabularies.value if by == "blocker" else None
        cells = [
            (named(by, cell.values[by]).short_label if named else cell.labels[by], cell.answer)
            for cell in tables[position].cells
        ]
        met = tables[position + len(codes)].cells if view is not View.BLOCKER else ()
        families = {cell.values["blocker_family"]: cell.answer for cell in met}
        found[code] = _Within(
            families=tuple(families[family] for family in FAMILIES) if families else (),
            first=next((title for title, _ in ranking(cells)), ""),
        )
    return found


def _details(counter: Counter, view: View, period: Period) -> dict[str, str]:
    """Say under a procedure who is in charge, under a blocker its family."""
    if view is View.BLOCKER:
        return {
            one.code: vocabularies.value("blocker_family", one.family).label
            for one in vocabularies.blockers()
        }
    if view is not View.PROCEDURE:
        return {}
    reference = counter.view.reference(period.year)
    return {
        atom.above["procedure"]: reference.labels["provider"][atom.above["provider"]]
        for atom in reference.atoms[PROCEDURE]
    }


def _service_is_first(line: Line) -> bool:
    """Tell whether the service itself blocks more than what people lack, by what is shown."""
    *lacks, service = line.families or (None,)
    if service is None:
        return False
    shown = [one.percent for one in lacks if one is not None]
    return bool(shown) and service.percent > max(shown)
