"""From the ledger to the fact store: which years are written again, and from which rows."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Text, cast, literal
from sqlmodel import col, func, select

from app.core.db import Database, ReadSession
from app.core.scope import Scope
from app.statistics import freezing, periods
from app.statistics.ledger import FIELD
from app.statistics.models import StatisticsAct, StatisticsClosing, StatisticsLedger
from app.statistics.periods import Period
from app.statistics.store import FactStore, YearOfLedger

BATCH = 2_000  # rows read at a time
Row = TypeVar("Row", StatisticsLedger, StatisticsAct)
_GROUPS = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))  # of an id: first digit, how many


def publish_ledger(database: Database, store: FactStore, *, full: bool) -> bool:
    """Write the years that changed; False when the store is up to date already."""
    with database.reading(Scope.system("closing")) as db:
        closed = last_closed(db)
        if closed is None:
            return False
        final = final_years(db)
        current = store.current_or_none()
        version = _data_version(closed, final)
        if current and current.data_version == version and not full:
            return False
        held = _rows_a_year(db)
        years = sorted(held.keys() | {closed.year})
        known = {} if current is None or full else dict(current.years)
        keep = [
            year
            for year in years
            if year in known
            and year < closed.year
            and known[year].is_final == (year in final)
            and (known[year].attendances, known[year].acts) == held.get(year)  # else history came
        ]
        write = {
            year: YearOfLedger(
                lines=lambda year=year: _attendances(db, year),  # type: ignore[misc]
                reference=freezing.frozen(db, year),
                is_final=year in final,
                acts=lambda year=year: _acts(db, year),  # type: ignore[misc]
            )
            for year in years
            if year not in keep
        }
        store.publish(write, data_version=version, last_month=closed, keep=keep)
    return True


def last_closed(db: ReadSession) -> Period | None:
    """Give the last month that closed."""
    code = db.exec(
        select(func.max(StatisticsClosing.period)).where(col(StatisticsClosing.is_final).is_(False))
    ).one()
    return periods.read(code) if code else None


def final_years(db: ReadSession) -> set[int]:
    """List the years that are final."""
    rows = db.exec(
        select(StatisticsClosing.period).where(col(StatisticsClosing.is_final).is_(True))
    )
    return {int(code) for code in rows}


def _data_version(closed: Period, final: set[int]) -> str:
    """Date the figures: the instant at which what they hold was settled, whatever the clock."""
    instants = [periods.closes_at(closed), *(periods.becomes_final_at(year) for year in final)]
    return max(instants).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rows_a_year(db: ReadSession) -> dict[int, tuple[int, int]]:
    """Count the attendances and the acts of each year that has some."""
    attendances = Counter[int]()
    for month, number in db.exec(
        select(StatisticsLedger.month, func.count()).group_by(StatisticsLedger.month)
    ):
        attendances[periods.read(month).year] += number
    acts = Counter[int]()
    for month, number in db.exec(
        select(StatisticsAct.month, func.count()).group_by(StatisticsAct.month)
    ):
        acts[periods.read(month).year] += number
    return {year: (attendances[year], acts[year]) for year in attendances.keys() | acts.keys()}


def of_year(db: ReadSession, model: type[Row], key: str, year: int) -> Iterator[Sequence[Row]]:
    """Go through the rows that a year has in a ledger, a batch at a time, whatever is done to them.

    `key`: the name of the id by which rows are gone through.
    """
    column = col(getattr(model, key))
    within = select(model).where(_within(model, year))
    following = within
    while rows := db.exec(following.order_by(column).limit(BATCH)).all():
        yield rows
        following = within.where(column > getattr(rows[-1], key))


def _within(model: type[Row], year: int) -> ColumnElement[bool]:
    return col(model.month).between(f"{year}-01", f"{year}-12")


def _attendances(db: ReadSession, year: int) -> Iterator[str]:
    """Read the lines of one year's attendances, in no order."""
    row = StatisticsLedger
    fields = (_id(row.attendance_id), _id(row.subject), row.month, cast(row.codes, Text))
    return _lines(db, fields, _within(row, year))


def _acts(db: ReadSession, year: int) -> Iterator[str]:
    """Read the lines of one year's workshops, follow-ups and assessments, in no order."""
    row = StatisticsAct
    fields = (_id(row.act_id), row.what, _id(row.subject), row.month, cast(row.codes, Text))
    return _lines(db, fields, _within(row, year))


def _lines(db: ReadSession, fields: Sequence[Any], within: ColumnElement[bool]) -> Iterator[str]:
    """Have the database write the lines: ten million rows become no objects here."""
    line = _joined([func.coalesce(field, "") for field in fields], FIELD)
    return iter(db.exec(select(line).where(within).execution_options(yield_per=BATCH)))


def _id(column: Any) -> ColumnElement[str]:
    """Write an id with its dashes (RFC 9562 § 4), which SQLite does not keep."""
    digits = func.replace(cast(column, Text), "-", "")
    return _joined([func.substr(digits, first, length) for first, length in _GROUPS], "-")


def _joined(parts: Sequence[ColumnElement[str]], separator: str) -> ColumnElement[str]:
    joined = parts[0]
    for part in parts[1:]:
        joined = joined.concat(literal(separator)).concat(part)
    return joined
