"""From the ledger to the fact store: which years are written again, and from which rows."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any

from sqlmodel import col, func, select

from app.core.db import Database, ReadSession
from app.core.scope import Scope
from app.statistics import freezing, periods
from app.statistics.ledger import NOT_GIVEN, ActRow, HelpedWith, LedgerRow, What
from app.statistics.models import StatisticsAct, StatisticsClosing, StatisticsLedger
from app.statistics.periods import Period
from app.statistics.store import FactStore, YearOfLedger

BATCH = 2_000


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
                rows=lambda year=year: _rows(db, year),  # type: ignore[misc]
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


def _rows(db: ReadSession, year: int) -> Iterator[LedgerRow]:
    """Read one year of the ledger, in an order that does not depend on chance."""
    rows = db.exec(
        select(StatisticsLedger)
        .where(col(StatisticsLedger.month).startswith(f"{year}-"))
        .order_by(col(StatisticsLedger.attendance_id))
        .execution_options(yield_per=BATCH)
    )
    for row in rows:
        codes = row.codes
        yield LedgerRow(
            attendance=str(row.attendance_id),
            subject=str(row.subject) if row.subject else None,
            month=periods.read(row.month),
            organisation=codes["organisation"],
            place=codes["place"],
            age_band=codes["age_band"],
            gender=codes["gender"],
            status=codes["status"],
            kind=codes["kind"],
            mode=codes["mode"],
            home_connection=codes["home_connection"],
            minutes=codes["minutes"],
            dealt=codes["dealt"],
            themes=tuple(codes["themes"]),
            procedures=tuple(
                HelpedWith(h["procedure"], h["outcome"], tuple(h["blockers"]))
                for h in codes["procedures"]
            ),
            divides=tuple(codes["divides"]),
            equipment=tuple(codes["equipment"]),
            **_codes_since(codes),
        )


def _codes_since(codes: Mapping[str, Any]) -> dict[str, Any]:
    """Read the codes that rows closed by an earlier version do not have."""
    level = codes.get("level", NOT_GIVEN if codes["kind"] == "workshop" else None)
    return {
        "autonomy": codes.get("autonomy", NOT_GIVEN),
        "level": level,
        "referral": codes.get("referral", NOT_GIVEN),
        "material": tuple(codes.get("material", (NOT_GIVEN,))),
    }


def _acts(db: ReadSession, year: int) -> Iterator[ActRow]:
    """Read one year of workshops, follow-ups and assessments, in the order of their ids."""
    rows = db.exec(
        select(StatisticsAct)
        .where(col(StatisticsAct.month).startswith(f"{year}-"))
        .order_by(col(StatisticsAct.act_id))
        .execution_options(yield_per=BATCH)
    )
    for row in rows:
        codes = row.codes
        yield ActRow(
            act=str(row.act_id),
            what=What(row.what),
            subject=str(row.subject) if row.subject else None,
            month=periods.read(row.month),
            organisation=codes["organisation"],
            place=codes["place"],
            kind=codes.get("kind"),
            no_show=codes.get("no_show", False),
            themes=tuple(codes.get("themes", ())),
            level=codes.get("level"),
            divides=tuple(codes.get("divides", ())),
        )
