"""Days that come back, and places in order of arrival."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from uuid import uuid4
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.agenda.busy import Span, span
from app.agenda.office_hours import openings
from app.agenda.office_models import OfficeHours
from app.agenda.registrations import parted
from app.agenda.repeat import Repeat, Rule
from app.organisations.models import Place
from app.reference.days_off import public_holiday

ZONES = ("Europe/Paris", "Indian/Reunion", "America/Miquelon", "Pacific/Marquesas")
firsts = st.dates(date(2026, 1, 1), date(2030, 12, 31))


@given(
    first=firsts,
    repeat=st.sampled_from([Repeat.WEEKLY, Repeat.FORTNIGHTLY, Repeat.MONTHLY]),
    times=st.integers(2, 52),
    at=st.times().map(lambda at: at.replace(hour=4 + at.hour % 20, second=0, microsecond=0)),
    zone=st.sampled_from(ZONES),
)
def test_what_comes_back_keeps_its_weekday_its_gap_and_its_hour_there(
    first: date, repeat: Repeat, times: int, at: time, zone: str
) -> None:
    days = list(Rule(first, repeat, times=times).days())

    gaps = {(later - day).days for day, later in pairwise(days)}
    hours = {span(on, at, 60, zone).starts.astimezone(ZoneInfo(zone)).time() for on in days}
    assert days[0] == first
    assert len(days) == times
    assert {day.weekday() for day in days} == {first.weekday()}
    assert gaps <= {Repeat.WEEKLY: {7}, Repeat.FORTNIGHTLY: {14}}.get(repeat, {28, 35})
    assert hours == {at}
    if repeat is Repeat.MONTHLY:
        assert len({(day.year, day.month) for day in days}) == times


@given(first=firsts, length=st.integers(0, 400), times=st.one_of(st.none(), st.integers(2, 52)))
def test_a_rule_ends_on_the_sooner_of_its_two_ends(
    first: date, length: int, times: int | None
) -> None:
    until = first + timedelta(days=length)

    days = list(Rule(first, Repeat.WEEKLY, until, times).days())

    endless = islice(Rule(first, Repeat.WEEKLY).days(), times or 100)
    assert days == [day for day in endless if day <= until]


@given(
    deeds=st.lists(
        st.tuples(st.sampled_from(["in", "out", "size"]), st.integers(0, 9)), max_size=40
    ),
    capacity=st.integers(1, 5),
)
def test_nobody_is_lost_the_order_is_kept_and_no_place_is_given_twice_or_left_empty(
    deeds: list[tuple[str, int]], capacity: int
) -> None:
    arrived: list[int] = []
    for number, (deed, which) in enumerate(deeds):
        if deed == "in":
            arrived.append(number)
        elif deed == "out" and arrived:
            arrived.pop(which % len(arrived))
        elif deed == "size":
            capacity = max(which, len(parted(arrived, capacity)[0]), 1)

        seated, waiting = parted(arrived, capacity)

        assert [*seated, *waiting] == arrived
        assert len(seated) <= capacity
        assert not waiting or len(seated) == capacity


def test_a_night_of_25_hours_and_one_of_23_move_no_hour() -> None:
    for night in (date(2027, 3, 28), date(2027, 10, 31)):
        rule = Rule(night - timedelta(weeks=1), Repeat.WEEKLY, times=3)
        hours = [span(on, time(9), 60, "Europe/Paris").starts for on in rule.days()]
        assert {at.astimezone(ZoneInfo("Europe/Paris")).hour for at in hours} == {9}
        assert len({at.astimezone(UTC).hour for at in hours}) == 2


WHERE = {"Europe/Paris": "35238", "Indian/Reunion": "97411", "America/Miquelon": "97502"}
nights = st.sampled_from([date(2027, 3, 28), date(2027, 10, 31), date(2027, 3, 14)])


@given(
    first=st.one_of(nights, firsts),
    zone=st.sampled_from(list(WHERE)),
    starts=st.integers(0, 1300),
    length=st.integers(15, 720),
    slot_min=st.sampled_from([15, 20, 30, 45, 60]),
    repeat=st.sampled_from([Repeat.WEEKLY, Repeat.FORTNIGHTLY]),
    keep=st.booleans(),
    taken=st.lists(st.tuples(st.integers(0, 40 * 24 * 60), st.integers(5, 300)), max_size=6),
)
def test_a_free_slot_is_whole_within_its_hours_alone_and_never_on_a_day_left_out(
    first: date, zone: str, starts: int, length: int, slot_min: int, repeat: Repeat, keep: bool,
    taken: list[tuple[int, int]],
) -> None:  # fmt: skip
    ends = min(starts + max(length, slot_min), 1439)
    place = Place(
        organisation_id=uuid4(), slug="p", name="P", commune=WHERE[zone], zone=zone,
        opened_on=date(2020, 1, 1), closed_on=first + timedelta(weeks=5),
    )  # fmt: skip
    row = OfficeHours(
        organisation_id=uuid4(), adviser_id=uuid4(), place_id=place.id, repeat=repeat,
        first_on=first, starts_at=time(*divmod(starts, 60)), ends_at=time(*divmod(ends, 60)),
        slot_min=slot_min, keep_holidays=keep, created_at=datetime(2026, 1, 1, tzinfo=UTC),
        skipped=[(first + timedelta(weeks=2)).isoformat()],
    )  # fmt: skip
    start = datetime.combine(first, time(), UTC)
    busy = [
        Span(start + timedelta(minutes=at), start + timedelta(minutes=at + lasts))
        for at, lasts in taken
    ]

    days = openings([row], {place.id: place}, since=first, until=first + timedelta(weeks=6))

    left_out = {first + timedelta(weeks=2)} | {d.on for d in days if not place.is_open(d.on)}
    if not keep:
        left_out |= {d.on for d in days if public_holiday(d.on, place.commune)}
    assert {d.on for d in days if d.why_not} == left_out & {d.on for d in days}
    there = ZoneInfo(zone)
    for day in days:
        slots, taken_ones = day.parted(busy, now=start - timedelta(days=1))
        assert not (day.why_not and slots)
        assert all(slot.span.meets(busy) for slot in taken_ones)
        for slot, following in pairwise(slots):
            assert slot.span.ends <= following.span.starts
        for slot in slots:
            assert slot.span.starts.astimezone(there).replace(tzinfo=None) == datetime.combine(
                day.on, slot.at
            )
            assert row.starts_at <= slot.at < row.ends_at
            assert slot.span.ends - slot.span.starts == timedelta(minutes=slot_min)
            assert not slot.span.meets(busy)
