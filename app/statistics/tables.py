"""Protected tables: the only shape in which a count leaves the statistics."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from app.core import text
from app.core.clock import PARIS
from app.core.text import NBSP
from app.statistics import periods, questions
from app.statistics.answers import EMPTY, HIDDEN, Answer
from app.statistics.counts import Counts, TableCache
from app.statistics.disclosure import Rule
from app.statistics.keeping import Kept
from app.statistics.kept_tables import Cells, KeptTables
from app.statistics.periods import Period
from app.statistics.policy import Policy
from app.statistics.questions import Question
from app.statistics.reference import Clause, Clauses, Ground, Reference
from app.statistics.selection import crosses_people
from app.statistics.store import Version
from app.statistics.vocabulary import DIMENSIONS, WHERE, Counted, Measure

MAX_CELLS_KEPT = 300_000
Cell = tuple[dict[str, str], Clauses, Period]  # its values, and what it selects


class PublishedCell(NamedTuple):
    """One figure and where it stands; `labels` are the French names of its values."""

    values: Mapping[str, str]
    labels: Mapping[str, str]
    answer: Answer

    def to_json(self) -> dict[str, Any]:
        """Write it as the interface says.

        A dimension may be called as one of its own keys is (`status`): its value is then in `by`,
        with those of the others.
        """
        own = {"value": self.answer.value, "status": self.answer.status.value}
        return {**self.values, **own, **({"by": self.values} if own.keys() & self.values else {})}


@dataclass(frozen=True)
class PublishedTable:
    """A table after disclosure control, cells in the order of the reference data."""

    measure: Measure
    by: tuple[str, ...]
    where: Clauses
    period: Period
    data_version: str
    policy: str
    cells: tuple[PublishedCell, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Write it as the interface says."""
        return {
            "measure": self.measure.name,
            "unit": self.measure.unit,
            "by": list(self.by),
            "where": dict(self.where),
            "period": self.period.code,
            "data_version": self.data_version,
            "policy": self.policy,
            "cells": [cell.to_json() for cell in self.cells],
            "notes": list(self.notes),
        }

    @property
    def total(self) -> Answer:
        """The figure of a table without rows."""
        if self.by:
            raise LookupError("this table has rows: its total is another question")
        return self.cells[0].answer


class Memory:
    """What one process keeps of an installation's figures: they are frozen, so it stays true."""

    def __init__(self) -> None:
        self.counts = TableCache()
        self.published: Kept[str, PublishedTable] = Kept(
            MAX_CELLS_KEPT, lambda table: 1 + len(table.cells)
        )


@dataclass(frozen=True)
class Viewpoint:
    """What somebody counts: structures, and among them those that are her own."""

    version: Version
    organisations: frozenset[str]
    own: frozenset[str]
    policy: Policy
    memory: Memory

    def name(self, question: Question) -> str:
        """Name the table that answers a question, for these structures and this version."""
        return repr(
            (
                question.measure.name,
                question.by,
                [tuple(clause) for clause in question.where],
                question.period.code,
                self.policy.name,
                self.version.directory.name,
                sorted(self.organisations),
                sorted(self.own),
            )
        )

    def rule(self, period: Period) -> Rule | None:
        """Give the rule for a period; None when its year holds no session at all."""
        facts = self.version.years.get(period.year)
        if facts is None:
            return None
        counts = Counts(facts, self.organisations, self.memory.counts, period.needed)
        return Rule(counts, self.policy, self.own)

    def ground(self, period: Period) -> Ground:
        """Give the reference data as they stand for these structures in a period."""
        return self.reference(period.year).ground(self.organisations, period)

    def reference(self, year: int) -> Reference:
        """Give the reference data of a year, or of the nearest that there is."""
        nearest = min(self.version.years, key=lambda known: (abs(known - year), -known))
        return self.version.years[nearest].reference


def publish(asked: Sequence[Question], view: Viewpoint) -> list[PublishedTable]:
    """Answer questions; those about one period are counted together, and all are kept."""
    kept = view.memory.published
    names = {question: view.name(question) for question in asked}
    found = {
        question: before
        for question, name in names.items()
        if (before := kept.get(name)) is not None
    }
    on_disk = KeptTables(view.version.kept)
    away = {question: names[question] for question in names if question not in found}
    for question, table in _kept_on_disk(away, on_disk, view):
        found[question] = table
    fresh = [question for question in away if question not in found]
    made = dict(zip(fresh, _published(fresh, view), strict=True))
    if made:
        on_disk.put({names[one]: _to_keep(table) for one, table in made.items()})
    found |= made
    for question, name in away.items():
        kept.put(name, found[question])
    return [found[question] for question in asked]


def _kept_on_disk(
    away: Mapping[Question, str], on_disk: KeptTables, view: Viewpoint
) -> Iterable[tuple[Question, PublishedTable]]:
    if not away:
        return
    read = on_disk.get([*away.values()])
    for question, name in away.items():
        if name in read:
            cells, notes = read[name]
            yield question, _assembled(question, map(PublishedCell._make, cells), notes, view)


def _to_keep(table: PublishedTable) -> tuple[Cells, tuple[str, ...]]:
    return [
        (dict(values), dict(labels), answer) for values, labels, answer in table.cells
    ], table.notes


def _published(asked: Sequence[Question], view: Viewpoint) -> list[PublishedTable]:
    rules: dict[Period, Rule | None] = {}
    rows = {}
    for question in asked:
        if question.period not in rules:
            rules[question.period] = view.rule(question.period)
        rows[question] = _rows(question, view, rules[question.period])
    for period, rule in rules.items():
        if rule is not None:
            rule.expect(
                (clauses, when, question.measure)
                for question, cells in rows.items()
                if question.period == period
                for _, clauses, when in cells
            )
    return [_table(question, rows[question], view, rules[question.period]) for question in asked]


def unanswered(question: Question, view: Viewpoint) -> PublishedTable:
    """Give the table of a question with no figure in it."""
    labels = view.reference(question.period.year).labels
    cells = [
        PublishedCell(row, _labels(row, labels), HIDDEN) for row, _, _ in rows_of(question, view)
    ]
    return _assembled(question, cells, (), view)


def rows_of(question: Question, view: Viewpoint) -> list[Cell]:
    """List the cells of a question's table, with what each one selects."""
    return questions.cells(question, view.ground(question.period))


def _rows(question: Question, view: Viewpoint, rule: Rule | None) -> list[Cell]:
    found = rows_of(question, view)
    if rule is None or "organisation" not in question.by:
        return found
    named = {
        row["organisation"]: rule.names_structure(row["organisation"], question.period)
        for row, _, _ in found
    }
    return [cell for cell in found if named[cell[0]["organisation"]]]


def _table(
    question: Question, rows: list[Cell], view: Viewpoint, rule: Rule | None
) -> PublishedTable:
    labels = view.reference(question.period.year).labels
    cells = []
    for row, clauses, when in rows:
        answer = rule.answer(clauses, when, question.measure) if rule else EMPTY
        cells.append(PublishedCell(row, _labels(row, labels), answer))
    return _assembled(question, cells, tuple(_notes(question, view)), view)


def _assembled(
    question: Question, cells: Iterable[PublishedCell], notes: tuple[str, ...], view: Viewpoint
) -> PublishedTable:
    return PublishedTable(
        measure=question.measure,
        by=question.by,
        where=question.where,
        period=question.period,
        data_version=view.version.data_version,
        policy=view.policy.name,
        cells=tuple(cells),
        notes=notes,
    )


def _labels(row: Mapping[str, str], labels: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {
        name: labels[name][value] if name in DIMENSIONS else periods.read(value).label
        for name, value in row.items()
    }


def _notes(question: Question, view: Viewpoint) -> Iterable[str]:
    """Say how the figures are made; nothing here depends on what is hidden."""
    is_of_persons = question.measure.counted is Counted.PERSONS
    if question.measure.counted is Counted.WORKSHOPS:
        yield (
            f"Chiffres exacts{NBSP}: on compte ici des ateliers, pas des personnes. Mois clos "
            "seulement."
        )
    else:
        near = f" à {view.policy.spread} près," if is_of_persons else ""
        yield (
            f"Chiffres protégés{NBSP}:{near} les mêmes pour tout le monde"
            f"{NBSP}; mois clos seulement. Les totaux ne sont pas la somme des lignes."
        )
        yield (
            f"Masqué{NBSP}: moins de {view.policy.threshold} personnes, groupe trop petit pour "
            "être détaillé, ou chiffre qui ferait deviner un voisin."
        )
        if not is_of_persons:
            yield (
                f"Venues, démarches et durées bougent davantage{NBSP}: jusqu’à "
                f"{view.policy.spread} fois ce que compte la personne qui en a le plus. Un petit "
                "écart ne se commente pas."
            )
    settled = datetime.fromisoformat(view.version.data_version).astimezone(PARIS).date()
    yield f"Chiffres arrêtés le {text.day(settled, year=True, weekday=False)}."
    year = question.period.year
    if year in view.version.years and not view.version.years[year].is_final:
        final = periods.becomes_final_at(year).date()
        yield (
            f"Chiffres provisoires{NBSP}: l’année {year} devient définitive le "
            f"{text.day(final, year=True, weekday=False)}."
        )
    crossed = (*question.where, *(Clause(name, "") for name in question.dimensions))
    if crosses_people(crossed):
        yield (
            "Les participants d’ateliers dont le profil a été réparti au hasard sont laissés de "
            "côté dès que deux caractéristiques de la personne sont croisées."
        )
    if question.measure.counted is Counted.MINUTES:
        yield "Durées notées par pas de 15\u00a0minutes, total arrondi à 15\u00a0minutes."
    yield from _notes_on_places(question, view)


def _notes_on_places(question: Question, view: Viewpoint) -> Iterable[str]:
    ground = view.ground(question.period)
    labels = ground.reference.labels
    for clause in question.where:
        for parent in ground.held_alone(clause)[:1]:
            whole = labels[parent.dimension][parent.value]
            yield (
                f"«{NBSP}{labels['place'][clause.value]}{NBSP}» est le seul lieu ouvert de "
                f"«{NBSP}{whole}{NBSP}»{NBSP}: si presque tout s’y passe, ses chiffres sont "
                "ceux de l’ensemble."
            )
    if "place" in question.by:
        yield (
            "Un lieu qui est le seul de sa structure ou de sa commune, et où presque tout se "
            "passe, a les chiffres de celle-ci."
        )
    where = tuple(c for c in question.where if DIMENSIONS[c.dimension].group == WHERE)
    many = len(question.where) + len(question.dimensions) > len(where) + 1
    if many and where and ground.has_one_adviser(where, question.period):
        yield (
            "Un lieu ou une structure avec un seul conseiller ne se détaille que par une "
            "dimension à la fois."
        )
