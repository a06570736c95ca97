"""Reference data of a year, frozen month after month with its figures.

What is decided of a closed month must not change because a place closes, a procedure is added or
an adviser leaves later: a year's document only grows, and what is new counts from the first open
month on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.core.db import ReadSession, WriteSession
from app.statistics import grounds
from app.statistics.models import StatisticsReference
from app.statistics.periods import Period, previous_month, read
from app.statistics.reference import Atom, Reference

Name = tuple[str, str]  # a dimension and a value
Seen = Mapping[Name, tuple[Period, Period]]  # first and last month in which there are rows


def frozen(db: ReadSession, year: int) -> Reference:
    """Give the reference data of a year's figures, as they were when its months closed."""
    row = db.get(StatisticsReference, year)
    return _read(row) if row else grounds.reference_of(db, year)


def freeze(
    db: WriteSession,
    year: int,
    *,
    last_month: Period,
    since: Period | None,
    seen: Seen,
    again: Iterable[str] = (),
) -> None:
    """Add what is new to a year's document; `since` is the first month still open before this.

    No `since`: the whole year is decided again, as when it becomes final. `again`: structures of
    which closed months of the year have just taken in history.
    """
    live = grounds.reference_of(db, year)
    row = db.get(StatisticsReference, year)
    before = _read(row) if row else None
    merged = merge(before, live, last_month=last_month, since=since, seen=seen, again=again)
    if row is None:
        db.add(StatisticsReference(year=year, document=merged.to_json()))
    else:
        row.document = merged.to_json()
    db.flush()


def _read(row: StatisticsReference) -> Reference:
    return grounds.completed(Reference.from_json(row.document))


def merge(
    before: Reference | None,
    live: Reference,
    *,
    last_month: Period,
    since: Period | None,
    seen: Seen,
    again: Iterable[str] = (),
) -> Reference:
    """Put the reference data of today beside those already frozen."""
    known = before.labels if before else {}
    labels = {  # names and order as they were; what is new comes after
        name: {**known.get(name, {}), **values, **known.get(name, {})}
        for name, values in live.labels.items()
    }
    atoms = {
        family: tuple(_atoms(before.atoms[family] if before else None, found, since, seen))
        for family, found in live.atoms.items()
    }
    editions = dict(before.editions) if before else {}
    for organisation in again:
        editions[organisation] = editions.get(organisation, 0) + 1
    return Reference(labels, atoms, _advisers(before, live, last_month), editions)


def _atoms(
    before: Iterable[Atom] | None, live: Iterable[Atom], since: Period | None, seen: Seen
) -> Iterable[Atom]:
    today = {_name(atom): atom for atom in live}
    kept = {_name(atom): atom for atom in before or ()}
    for name, atom in kept.items():
        last = today.get(name, atom).last
        if last is not None and since is not None:  # a door does not close in a closed month
            last = max(last, previous_month(since))
        yield _covering(replace(atom, last=last), seen.get(name))
    for name, atom in today.items():
        if name in kept:
            continue
        first = atom.first
        if before is not None and since is not None:  # nor does one open in it
            first = since if first is None else max(first, since)
        yield _covering(replace(atom, first=first), seen.get(name))


def _name(atom: Atom) -> Name:
    """Name an atom by its finest value; what is held elsewhere, by its structure."""
    return next(iter(atom.above.items()))


def _covering(atom: Atom, seen: tuple[Period, Period] | None) -> Atom:
    """Open an atom in every month in which there are rows: imported history may be older."""
    if seen is None:
        return atom
    first, last = seen
    return replace(
        atom,
        first=None if atom.first is None else min(atom.first, first),
        last=None if atom.last is None else max(atom.last, last),
    )


def _advisers(
    before: Reference | None, live: Reference, last_month: Period
) -> dict[str, dict[str, int]]:
    """Count the advisers of the periods that close now; those of closed periods stand."""
    found: dict[str, dict[str, int]] = {}
    for organisation, counts in live.advisers.items():
        closed = {code: count for code, count in counts.items() if read(code).end <= last_month}
        known = before.advisers.get(organisation, {}) if before else {}
        found[organisation] = {**closed, **known}
    return found
