"""Periods: what they hold, when they close, how they are said and refused."""

from datetime import UTC, datetime

import pytest

from app.core.errors import Invalid
from app.statistics.periods import (
    Level,
    Period,
    becomes_final_at,
    closes_at,
    last_closed_month,
    month,
    parse,
    read,
)

OCTOBER = month(2026, 10)


@pytest.mark.parametrize(
    ("code", "label", "months"),
    [
        ("2026-09", "septembre 2026", (9, 9)),
        ("2026-T1", "1er trimestre 2026", (1, 3)),
        ("2026-T3", "3e trimestre 2026", (7, 9)),
        ("2026-S2", "2e semestre 2026", (7, 12)),
        ("2026", "année 2026", (1, 12)),
    ],
)
def test_a_code_and_its_label_name_the_same_months(
    code: str, label: str, months: tuple[int, int]
) -> None:
    period = read(code)

    assert period.code == code
    assert period.label == label
    assert (period.first_month, period.last_month) == months
    assert period.bits.bit_count() == months[1] - months[0] + 1


@pytest.mark.parametrize(
    "code", ["2026-13", "2026-00", "2026-T5", "2026-S3", "26-09", "", "2026-9", "1999", "T3"]
)
def test_other_codes_name_no_period(code: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read(code)


def test_a_period_knows_its_parts_its_wider_one_and_its_earlier_siblings() -> None:
    june = month(2026, 6)

    assert june.wider == read("2026-T2")
    assert june.is_last
    assert [p.code for p in june.earlier_siblings] == ["2026-04", "2026-05"]
    assert [p.code for p in read("2026").parts] == ["2026-S1", "2026-S2"]
    assert read("2026").wider is None


def test_what_the_rule_looks_at_never_ends_after_the_period() -> None:
    for period in read("2026").needed:
        assert all(other.end <= period.end for other in period.needed)


@pytest.mark.parametrize(
    ("instant", "closed"),
    [
        (datetime(2026, 11, 5, 2, 59, tzinfo=UTC), "2026-09"),  # 3 h 59 in Paris, winter
        (datetime(2026, 11, 5, 3, 0, tzinfo=UTC), "2026-10"),
        (datetime(2026, 7, 5, 1, 59, tzinfo=UTC), "2026-05"),  # 3 h 59 in Paris, summer
        (datetime(2026, 7, 5, 2, 0, tzinfo=UTC), "2026-06"),
        (datetime(2027, 1, 1, 12, 0, tzinfo=UTC), "2026-11"),
    ],
)
def test_a_month_closes_on_the_fifth_at_four_in_paris(instant: datetime, closed: str) -> None:
    assert last_closed_month(instant).code == closed


def test_a_year_becomes_final_on_31_january() -> None:
    assert closes_at(OCTOBER) == datetime(2026, 11, 5, 3, 0, tzinfo=UTC)
    assert becomes_final_at(2026) == datetime(2027, 1, 31, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ("2026-02..2026-06", ("2026-S1", "2026-T2")),
        ("2026-01-01/2026-02-28", ("2026-T1", "2026-02")),
        ("du 2026-07 au 2026-09", ("2026-T3", "2026-09")),
        ("12 derniers mois", ("2026-10", "2026-09")),
    ],
)
def test_another_range_is_refused_with_the_two_nearest(
    asked: str, nearest: tuple[str, str]
) -> None:
    with pytest.raises(Invalid) as refused:
        parse(asked, last_month=OCTOBER)

    assert refused.value.field == "period"
    assert all(code in refused.value.message for code in nearest), refused.value.message


def test_an_open_period_is_refused_with_the_two_nearest() -> None:
    with pytest.raises(Invalid, match=r"Pas encore de chiffres.*2026-10"):
        parse("2026-11", last_month=OCTOBER)
    with pytest.raises(Invalid, match="Pas encore de chiffres"):
        parse("2026", last_month=OCTOBER)


def test_a_closed_period_is_read() -> None:
    assert parse(" 2026-t3 ", last_month=OCTOBER) == Period(2026, Level.QUARTER, 3)
