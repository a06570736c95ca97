"""Where people are helped: a table and a map, and where there is no place at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core import text
from app.core.text import NBSP
from app.reference import geography, outlines
from app.reference.outlines import Outline
from app.statistics.address import FILTERS, Asked, Link
from app.statistics.answers import EMPTY, Answer, Status
from app.statistics.dashboards.asking import Beside, Tables, Wish, answered, answered_beside
from app.statistics.dashboards.charts import by_value, figure, notes_of, question_of
from app.statistics.periods import Period
from app.statistics.questions import Question
from app.statistics.reference import Ground
from app.statistics.service import Counter
from app.statistics.tables import PublishedTable
from app.statistics.vocabulary import WHERE

LEVELS = {
    "region": "Région",
    "departement": "Département",
    "epci": "Intercommunalité",
    "commune": "Commune",
    "place": "Lieu",
}
USUAL = ("departement", "epci", "commune", "place", "region")
STEPS = 5
ROOM = 17  # units around its middle that a figure needs to be written in a territory
NAMED = 15  # the largest communes without a place
SIDE = 600  # units of the longer side of a whole drawing


@dataclass(frozen=True)
class Area:
    """One territory of the map. `state`: step-1 to step-5, hidden, none (no place), outside."""

    label: str
    state: str
    words: str
    outline: Outline
    is_written: bool


@dataclass(frozen=True)
class Map:
    """A drawing of territories, and the size of its words in its own units."""

    view_box: str
    letter: int
    areas: tuple[Area, ...]


@dataclass(frozen=True)
class Line:
    """One row of the list beside the map, the true control: its link filters the page.

    `then`: the accompaniments it is set beside; "" when it is nothing, None when it is hidden.
    """

    label: str
    href: str
    attendances: str | None
    then: str | None
    residents: str | None
    has_place: bool


@dataclass(frozen=True)
class Desert:
    """Where no place of these structures is open in one département."""

    departement: str
    parts: tuple[str, ...]
    parts_in_all: int
    people: int
    communes: tuple[str, ...]


@dataclass(frozen=True)
class Territories:
    """All that the page of territories shows."""

    total: Answer
    level: str
    header: str
    levels: tuple[Link, ...]
    lines: tuple[Line, ...]
    bare: tuple[str, ...]
    map: Map | None
    names: tuple[str, str]
    question: Question | None
    deserts: tuple[Desert, ...]
    notes: tuple[str, ...]


def territories(counter: Counter, asked: Asked, when: Period, other: Beside | None) -> Territories:
    """Answer the page. Raises Invalid with a sentence that says what would be possible."""
    clauses = counter.ask("attendances", (), asked.where, when.code).where
    ground = counter.view.ground(when)
    held = {one.dimension for one in asked.held}
    possible = [one for one in LEVELS if one not in held and len(ground.values(one, clauses)) > 1]
    level = asked.view if asked.view in possible else _usual(possible)
    wishes = {
        "total": Wish("attendances"),
        "attendances": Wish("attendances", (level,)),
        "residents": Wish("residents", (level,)),
    }
    tables = answered(counter, wishes if level else {"total": wishes["total"]}, asked.where, when)
    rows = tables.get("attendances")
    before = answered_beside(counter, {"rows": wishes["attendances"]} if rows else {}, other)
    drawn = _map(level, rows) if rows else None
    return Territories(
        total=tables["total"].total,
        level=level,
        header=LEVELS.get(level, ""),
        levels=tuple(Link(LEVELS[one], asked.link(vue=one), one == level) for one in possible),
        lines=_lines(asked, ground, tables, before.get("rows")),
        bare=tuple(sorted(a.label for a in drawn.areas if a.state == "none")) if drawn else (),
        map=drawn,
        names=other.names if other and "rows" in before else ("", ""),
        question=question_of(rows) if rows else None,
        deserts=deserts(ground),
        notes=notes_of(tables.values()),
    )


def _usual(possible: Sequence[str]) -> str:
    return next((one for one in USUAL if one in possible), "")


def _lines(
    asked: Asked, ground: Ground, tables: Tables, beside: PublishedTable | None
) -> tuple[Line, ...]:
    """List territories by name, each with the address that filters by it."""
    if "attendances" not in tables:
        return ()
    level = tables["attendances"].by[0]
    people = by_value(tables["residents"])
    then = by_value(beside) if beside else {}
    name = next(one.name for one in FILTERS if one.dimension == level)
    served = _served(ground, level)
    lines = [
        Line(
            label=cell.labels[level],
            href=asked.link(**{name: code, "vue": ""}),
            attendances=figure(cell.answer),
            then="" if then.get(code, EMPTY).status is Status.EMPTY else figure(then[code]),
            residents=figure(people[code]),
            has_place=code in served,
        )
        for cell in tables["attendances"].cells
        if cell.answer.status is not Status.EMPTY
        for code in (cell.values[level],)
    ]
    return tuple(sorted(lines, key=lambda line: text.fold(line.label)))


def _served(ground: Ground, level: str) -> set[str]:
    """Give the territories where a place is open in the period."""
    atoms = ground.reference.atoms[WHERE]
    opened = [atoms[number].above for number in ground.is_open[WHERE]]
    return {above[level] for above in opened if "place" in above and level in above}


def _map(level: str, table: PublishedTable) -> Map | None:
    """Draw the territories of the table among their neighbours; None where nothing is drawn."""
    answers = by_value(table)
    drawn = _drawn(level, answers)
    if len(drawn) < 2:
        return None
    shown = sorted({a.value for a in answers.values() if a.value is not None})
    areas = [_area(level, code, one, answers.get(code), shown) for code, one in drawn.items()]
    left, top = (min(one.box[edge] for one in drawn.values()) for edge in (0, 1))
    right, bottom = (max(one.box[edge] for one in drawn.values()) for edge in (2, 3))
    size = max(right - left, bottom - top)
    return Map(
        view_box=f"{left - 2} {top - 2} {right - left + 4} {bottom - top + 4}",
        letter=max(5, round(size * 17 / SIDE)),
        areas=tuple(
            area
            if area.outline.room * SIDE >= ROOM * size
            else Area(area.label, area.state, area.words, area.outline, False)
            for area in areas
        ),
    )


def _drawn(level: str, answers: dict[str, Answer]) -> dict[str, Outline]:
    """Choose the outlines: one département by EPCI, or the régions that the table touches."""
    if level == "epci":
        parts = geography.epci_parts()
        (one, *others) = {parts[code].departement for code in answers} or {""}
        return outlines.epci_parts(one) if one and not others else {}
    if level == "departement":
        near = {geography.departement(code).region for code in answers}
        return {
            code: outline
            for code, outline in outlines.departements().items()
            if geography.departement(code).region in near
        }
    return outlines.regions() if level == "region" else {}


def _area(
    level: str, code: str, outline: Outline, answer: Answer | None, shown: Sequence[int]
) -> Area:
    names = {
        "epci": lambda: geography.epci_parts()[code].label,
        "departement": lambda: geography.departement(code).name,
        "region": lambda: geography.region(code).name,
    }
    label = names[level]() if code else "Sans intercommunalité"
    if answer is None or answer.status is Status.EMPTY:
        return Area(label, "none", "", outline, False)
    if answer.value is None:
        return Area(label, "hidden", "masqué", outline, True)
    step = -(-STEPS * (shown.index(answer.value) + 1) // len(shown))
    return Area(label, f"step-{step}", text.number(answer.value), outline, True)


def deserts(ground: Ground) -> tuple[Desert, ...]:
    """Say where no place is open, for each département of these structures: public facts only."""
    found = []
    served_parts, served = _served(ground, "epci"), _served(ground, "commune")
    for code in ground.values("departement"):
        parts = [p for p in geography.epci_parts().values() if p.departement == code]
        bare = sorted((p for p in parts if p.code not in served_parts), key=lambda p: -p.population)
        largest = sorted(
            (
                one
                for one in geography.communes().values()
                if one.departement == code and one.insee not in served
            ),
            key=lambda one: -(one.population or 0),
        )
        found.append(
            Desert(
                departement=geography.departement(code).name,
                parts=tuple(f"{p.label} ({_people(p.population)})" for p in bare),
                parts_in_all=len(parts),
                people=sum(p.population for p in bare),
                communes=tuple(
                    f"{geography.typeset(one.name)} ({_people(one.population or 0)})"
                    for one in largest[:NAMED]
                ),
            )
        )
    return tuple(found)


def _people(population: int) -> str:
    return f"{text.number(population)}{NBSP}hab."
