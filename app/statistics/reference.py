"""What is publicly known of the values figures are cut by: labels, order, and what holds what.

An *atom* is a finest value (a place, a procedure, a blocker, an age band) with all that stands
above it; a clause is the set of atoms under its value. Which clause is implied by another, which
pair cannot be, which value is alone in its parent: all follow from those sets.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from hashlib import sha256
from typing import Any, NamedTuple

from app.statistics.periods import Period
from app.statistics.periods import read as read_period
from app.statistics.vocabulary import ACT_TABLES, AGE, DIMENSIONS, ORDER, WHERE, Acts


class Clause(NamedTuple):
    """One dimension held at one value."""

    dimension: str
    value: str


Clauses = tuple[Clause, ...]  # sorted by dimension, one a dimension
PASSAGE, NO_LENGTH = Clause("kind", "passage"), Clause("duration_class", "none")  # one thing
FINISHED = Clause("outcome", "finished")
Extent = frozenset[int]  # atoms, by their place in the list


@dataclass(frozen=True)
class Atom:
    """A finest value and those above it, by dimension; `first` and `last` are months it is open.

    What is held elsewhere than in a place has an atom of its own for each structure: no place, the
    structure, its commune.
    """

    above: Mapping[str, str]
    first: Period | None = None
    last: Period | None = None

    def is_open(self, period: Period) -> bool:
        """Tell whether it is open at some time in the period."""
        since = self.first is None or self.first.end <= period.end
        until = self.last is None or (self.last.year, self.last.number) >= (
            period.year,
            period.first_month,
        )
        return since and until


@dataclass(frozen=True)
class Reference:
    """Reference data of one year, frozen with its figures.

    `labels`: French label of each value of each dimension, in display order. `atoms`: by family.
    `advisers`: how many different advisers each structure had in each period, by its code.
    `editions`: how many times a structure's closed months of the year took in history.
    """

    labels: Mapping[str, Mapping[str, str]]
    atoms: Mapping[str, tuple[Atom, ...]]
    advisers: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    editions: Mapping[str, int] = field(default_factory=dict)

    def codes(self, dimension: str) -> dict[str, int]:
        """Number the values of a dimension, in their order."""
        return self._positions[dimension]

    def position(self, dimension: str, value: str) -> int:
        """Give the place of a value in the order of its dimension."""
        return self._positions[dimension][value]

    @cached_property
    def _positions(self) -> dict[str, dict[str, int]]:
        return {
            dimension: {value: number for number, value in enumerate(values)}
            for dimension, values in self.labels.items()
        }

    def ground(self, organisations: frozenset[str], period: Period) -> "Ground":
        """Give what can be told apart by these structures in this period."""
        key = (organisations, period)
        if key not in self._grounds:
            is_open = {
                family: frozenset(
                    number
                    for number, atom in enumerate(atoms)
                    if atom.is_open(period)
                    and (family != WHERE or atom.above["organisation"] in organisations)
                )
                for family, atoms in self.atoms.items()
            }
            same = (found for found in self._grounds.values() if found.is_open == is_open)
            self._grounds[key] = next(same, None) or Ground(self, is_open)
        return self._grounds[key]

    @cached_property
    def _grounds(self) -> dict[tuple[frozenset[str], Period], "Ground"]:
        return {}

    def has_one_adviser(self, organisation: str, period: Period) -> bool:
        """Tell whether a structure is not known to have had two advisers in the period."""
        return self.advisers.get(organisation, {}).get(period.code, 1) <= 1

    def to_json(self) -> dict[str, Any]:
        """Write it as the fact store keeps it."""
        return {
            "labels": {name: dict(values) for name, values in self.labels.items()},
            "atoms": {
                family: [
                    [
                        dict(atom.above),
                        atom.first.code if atom.first else None,
                        atom.last.code if atom.last else None,
                    ]
                    for atom in atoms
                ]
                for family, atoms in self.atoms.items()
            },
            "advisers": {name: dict(months) for name, months in self.advisers.items()},
            "editions": dict(self.editions),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Reference":
        """Read it back."""
        return cls(
            labels=document["labels"],
            atoms={
                family: tuple(
                    Atom(
                        above,
                        read_period(first) if first else None,
                        read_period(last) if last else None,
                    )
                    for above, first, last in atoms
                )
                for family, atoms in document["atoms"].items()
            },
            advisers=document["advisers"],
            editions=document.get("editions", {}),  # an earlier version wrote none
        )


class Road(NamedTuple):
    """One way to widen a selection: the wider clauses, and the row in which it is one value.

    `split` is the dimension by which the wider selection is cut, `value` the one that leads back.
    """

    wider: Clauses
    split: str
    value: str


class Ground:
    """The reference data as one set of structures sees them while the same atoms are open."""

    def __init__(self, reference: Reference, is_open: Mapping[str, Extent]) -> None:
        self.reference = reference
        self.is_open = is_open
        self._extents: dict[Clause, Extent] = {}
        for family, numbers in is_open.items():
            self._gather(reference.atoms[family], numbers)
        where = reference.atoms[WHERE]
        self._real = frozenset(n for n in is_open[WHERE] if "place" in where[n].above)
        self._by_extent: dict[tuple[str, Extent], Clause] = {}
        for clause, extent in self._extents.items():  # the widest of those that are the same
            self._by_extent[DIMENSIONS[clause.dimension].group, extent] = clause
        self._around: dict[tuple[str, int], list[tuple[Extent, Clause]]] = {}
        for (family, extent), clause in self._by_extent.items():
            for number in extent:
                self._around.setdefault((family, number), []).append((extent, clause))
        self.structures = cache(self._structures)
        self.reduce = cache(self._reduce)
        self.canonical = cache(self._canonical)
        self.roads = cache(self._roads)
        self.row = cache(self._row)

    def _gather(self, atoms: tuple[Atom, ...], numbers: Extent) -> None:
        found: dict[Clause, set[int]] = {}
        for number in sorted(numbers):
            for dimension, value in atoms[number].above.items():
                found.setdefault(Clause(dimension, value), set()).add(number)
        for clause in sorted(found, key=lambda clause: ORDER[clause.dimension]):
            self._extents[clause] = frozenset(found[clause])

    def extent(self, clause: Clause) -> Extent:
        """Give the atoms under a clause; none when its value is closed or outside."""
        return self._extents.get(clause, frozenset())

    def values(self, dimension: str, under: Clauses = ()) -> list[str]:
        """List, in their order, the values a dimension can have under some clauses."""
        group = DIMENSIONS[dimension].group
        if group not in self.is_open:
            return list(self.reference.labels[dimension])
        within = [
            self.extent(clause) for clause in under if DIMENSIONS[clause.dimension].group == group
        ]
        return [
            value
            for value in self.reference.labels[dimension]
            if self.extent(Clause(dimension, value)).intersection(*within)
        ]

    def _reduce(self, clauses: Clauses) -> Clauses | None:
        """Drop each clause that a finer one implies. None when they cannot hold together."""
        said = _said_once(clauses)
        if said is None:
            return None
        kept: list[Clause] = []
        groups: dict[str, list[Clause]] = {}
        for clause in said:
            groups.setdefault(DIMENSIONS[clause.dimension].group, []).append(clause)
        for group, members in groups.items():
            if group not in self.is_open:
                kept += members
                continue
            common = frozenset.intersection(*map(self.extent, members))
            if not common:
                return None
            kept += self._finest(group, members, common)
        return tuple(sorted(kept))

    def _finest(self, group: str, members: list[Clause], common: Extent) -> list[Clause]:
        if len(members) == 1:
            return members
        same = [clause for clause in members if self.extent(clause) == common]
        if same:
            return [min(same, key=lambda clause: ORDER[clause.dimension])]
        if (group, common) in self._by_extent:
            return [self._by_extent[group, common]]
        return [
            clause
            for clause in members
            if not any(self.extent(other) < self.extent(clause) for other in members)
        ]

    def _canonical(self, clauses: Clauses) -> Clauses | None:
        """Reduce, and ask each only child as its parent. None when the clauses cannot be."""
        reduced = self.reduce(clauses)
        if reduced is None:
            return None
        climbed = [self._climb(clause) for clause in reduced]
        return self.reduce(tuple(clause for clause in climbed if clause is not None))

    def _climb(self, clause: Clause) -> Clause | None:
        """Give the widest clause that holds the same atoms; None when that is everything."""
        group = DIMENSIONS[clause.dimension].group
        if group not in self.is_open:
            return clause
        extent = self.extent(clause)
        if group in (WHERE, AGE) and extent == self.is_open[group]:
            return None
        return self._by_extent[group, extent]

    def _structures(self, clauses: Clauses) -> str:
        """Name the structures of the scope that clauses leave, by a digest of their codes.

        And of how often each took in history: else a figure would move exactly when its people
        are among those who came later.
        """
        where = [self.extent(c) for c in clauses if DIMENSIONS[c.dimension].group == WHERE]
        atoms = self.reference.atoms[WHERE]
        left = self.is_open[WHERE].intersection(*where)
        codes = sorted({atoms[number].above["organisation"] for number in left})
        editions = self.reference.editions
        names = [f"{code}~{editions[code]}" if code in editions else code for code in codes]
        return sha256(",".join(names).encode()).hexdigest()[:16]

    def held_alone(self, clause: Clause) -> list[Clause]:
        """Give the structure and the commune in which a place is the only one that is open.

        What they hold elsewhere than in a place is no sibling, but it is not at this place either:
        how many came for that decides whether it is asked as them.
        """
        if clause.dimension != "place" or not self.extent(clause):
            return []
        return [
            parent
            for parent in self._parents(clause, ("organisation", "commune"))
            if self.extent(parent) & self._real == self.extent(clause)
        ]

    def _parents(self, clause: Clause, dimensions: Iterable[str]) -> list[Clause]:
        """Give a clause's parents in some dimensions; a missing level is stepped over."""
        atoms = self.reference.atoms[DIMENSIONS[clause.dimension].group]
        above = atoms[min(self.extent(clause))].above
        found = []
        for dimension in dimensions:
            if dimension in above:
                found.append(Clause(dimension, above[dimension]))
            else:
                found += self._parents(clause, DIMENSIONS[dimension].parents)
        return found

    def _roads(self, clauses: Clauses) -> tuple[Road, ...]:
        """List the ways to widen canonical clauses by one of them."""
        return tuple(
            road
            for clause in clauses
            for road in self._roads_of(clause, tuple(c for c in clauses if c != clause))
        )

    def _row(self, wider: Clauses, split: str) -> tuple[tuple[str, Clauses], ...]:
        """Cut clauses by a dimension: every value that can be, in order, and its clauses."""
        return tuple(
            (value, clauses)
            for value in self.values(split, wider)
            if (clauses := self.reduce((*wider, Clause(split, value)))) is not None
        )

    def _roads_of(self, clause: Clause, others: Clauses) -> list[Road]:
        dimension = DIMENSIONS[clause.dimension]
        if dimension.group not in self.is_open:
            return [Road(others, *clause)]
        steps: list[tuple[Clause | None, Clause]] = []
        parents = self._parents(clause, dimension.parents)
        steps += [(parent, clause) for parent in parents] or [(None, clause)]
        steps += [(holder, clause) for holder in self._holders(clause) if holder not in parents]
        steps += self._steps_of_only_place(clause)
        roads: list[Road] = []
        for parent, child in steps:
            wider = self.canonical((*others, parent) if parent else others)
            if wider is not None and wider != self.canonical((*others, clause)):
                roads.append(Road(wider, *child))
        return list(dict.fromkeys(roads))

    def _holders(self, clause: Clause) -> list[Clause]:
        """Give the narrowest clauses of the family that are known to hold this one and more.

        Beyond its parents: a structure whose places are all in one commune, a provider whose
        procedures are all of one theme. Their difference can be taken by whoever knows it.
        """
        group = DIMENSIONS[clause.dimension].group
        extent = self.extent(clause)
        around = self._around[group, min(extent)] if extent else ()
        wider = [other for other_extent, other in around if extent < other_extent]
        return [
            one
            for one in wider
            if not any(self.extent(other) < self.extent(one) for other in wider)
            and self._climb(one) is not None
        ]

    def _steps_of_only_place(self, clause: Clause) -> list[tuple[Clause | None, Clause]]:
        """Give the roads of the only place under a clause, which is asked under that clause."""
        places = self.extent(clause) & self._real
        if DIMENSIONS[clause.dimension].group != WHERE or len(places) != 1:
            return []
        above = self.reference.atoms[WHERE][min(places)].above
        place = Clause("place", above["place"])
        return [
            (parent, place)
            for parent in self._parents(place, DIMENSIONS["place"].parents)
            if self.extent(parent) & self._real > places
        ]

    def has_one_adviser(self, clauses: Clauses, period: Period) -> bool:
        """Tell whether the clauses name a place or a structure with one adviser."""
        return any(self._names_one_adviser(clause, period) for clause in clauses)

    def _names_one_adviser(self, clause: Clause, period: Period) -> bool:
        """A territory names the structure of its places, when they are all of one."""
        if DIMENSIONS[clause.dimension].group != WHERE:
            return False
        atoms = self.reference.atoms[WHERE]
        extent = self.extent(clause)
        found = {atoms[number].above["organisation"] for number in extent & self._real or extent}
        return len(found) == 1 and self.reference.has_one_adviser(found.pop(), period)


def _said_once(clauses: Clauses) -> Clauses | None:
    """Write "no length" as the quick passage that it is. None when both cannot hold."""
    held = dict(clauses)
    length, kind = held.get(NO_LENGTH.dimension), held.get(PASSAGE.dimension)
    if length == NO_LENGTH.value:
        if kind not in (None, PASSAGE.value):
            return None
        others = {clause for clause in clauses if clause != NO_LENGTH}
        return tuple(sorted(others | {PASSAGE}))
    return None if length is not None and kind == PASSAGE.value else clauses


def has_no_length(clauses: Clauses) -> bool:
    """Tell whether nothing under the clauses has a length."""
    return PASSAGE in clauses or NO_LENGTH in clauses


def implies(clauses: Clauses, acts: Acts) -> bool:
    """Tell whether every person under the clauses has such acts, by what the clauses say."""
    if acts.world is acts:  # all that there is in its world
        return True
    return acts is Acts.PROCEDURES and any(
        DIMENSIONS[clause.dimension].table in ACT_TABLES for clause in clauses
    )


def excludes(clauses: Clauses, acts: Acts | None) -> bool:
    """Tell whether nobody under the clauses can have such acts."""
    outcome = next((c.value for c in clauses if c.dimension == "outcome"), None)
    if acts is Acts.COMPLETED:
        return outcome not in (None, "finished")
    return acts is Acts.BLOCKED and outcome == "finished"
