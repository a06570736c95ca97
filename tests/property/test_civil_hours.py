"""Hours of a place, around the nights when its clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import instant_at
from app.sessions.agenda_view import ROWS, Entry, Hours, with_clashes

ZONES = ("Europe/Paris", "Indian/Reunion", "America/Miquelon", "Pacific/Marquesas", "Etc/GMT+8")
NIGHTS = (date(2027, 3, 28), date(2027, 10, 31), date(2027, 3, 14), date(2027, 11, 7))
hours = st.times().map(lambda at: at.replace(microsecond=0))
days = st.one_of(st.sampled_from(NIGHTS), st.dates(date(2026, 1, 1), date(2030, 12, 31)))


@given(day=days, at=hours, zone=st.sampled_from(ZONES))
def test_an_hour_is_read_back_on_the_clocks_of_the_place_or_does_not_exist(
    day: date, at: time, zone: str
) -> None:
    try:
        instant = instant_at(day, at, zone)
    except ValueError:
        around = [
            datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=m)
            for m in range(-24 * 60, 48 * 60, 30)
        ]
        shown = {moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for moment in around}
        half = at.replace(minute=at.minute // 30 * 30, second=0)
        assert datetime.combine(day, half) not in shown
    else:
        assert instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == datetime.combine(day, at)


@given(minute=st.integers(0, 59))
def test_the_hour_skipped_in_spring_and_the_one_said_twice_in_autumn(minute: int) -> None:
    with pytest.raises(ValueError, match="skip"):
        instant_at(date(2027, 3, 28), time(2, minute), "Europe/Paris")

    twice = instant_at(date(2027, 10, 31), time(2, minute), "Europe/Paris")

    assert twice == datetime(2027, 10, 31, 0, minute, tzinfo=UTC)  # the first of the two


def entry(on: date, at: time, length: int, zone: str) -> Entry:
    """Make an appointment."""
    return Entry(
        id=uuid4(), on=on, at=at, duration_min=length, starts=instant_at(on, at, zone), title="x",
        detail="", place="", icon="", look="appointment", said="", is_mine=True,
    )  # fmt: skip


@given(
    one=st.tuples(st.integers(3, 23), st.integers(0, 59), st.integers(5, 480)),
    other=st.tuples(st.integers(3, 23), st.integers(0, 59), st.integers(5, 480)),
    zone=st.sampled_from(ZONES),
)
def test_overlapping_is_mutual_and_true_of_some_minute(
    one: tuple[int, int, int], other: tuple[int, int, int], zone: str
) -> None:
    night = date(2027, 10, 30)
    made = [entry(night, time(h, m), length, zone) for h, m, length in (one, other)]

    first, second = with_clashes(made)

    spans = [set(range(h * 60 + m, h * 60 + m + length)) for h, m, length in (one, other)]
    assert bool(first.clashes) is bool(second.clashes) is bool(spans[0] & spans[1])


@given(at=hours, length=st.integers(1, 1439), first=st.integers(0, 12), span=st.integers(1, 12))
def test_what_is_drawn_stays_within_the_drawing(
    at: time, length: int, first: int, span: int
) -> None:
    shown = Hours(first, first + span)
    one = entry(date(2026, 11, 24), at, length, "Europe/Paris")

    row, rows = shown.row(at), shown.length(one)

    assert 1 <= row <= shown.count <= ROWS
    assert rows >= 1
    assert row + rows - 1 <= shown.count
