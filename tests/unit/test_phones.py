"""A phone number that goes out of a structure comes back the same, whatever its zone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.phones import normal_phone, same_phone, spoken_phone

ZONES = st.sampled_from(["0", "+33", "+33 0", "+33 (0)", "0033", "+262", "+590", "+594", "+596"])
BEGINNINGS = st.sampled_from(
    ["1", "2", "262", "263", "269", "4", "590", "594", "596", "6", "639", "691", "693", "7", "9"]
)


@given(ZONES, BEGINNINGS, st.text("0123456789", min_size=8, max_size=8))
def test_a_number_that_is_said_is_read_as_the_same_line(zone: str, start: str, rest: str) -> None:
    typed = zone + (start + rest)[:9]

    kept = normal_phone(typed)

    assert normal_phone(spoken_phone(kept)) == kept


@given(st.from_regex(r"\+(33|262|590|594|596|352|41|1)[0-9]{8,9}", fullmatch=True))
def test_a_number_kept_long_ago_is_still_the_same_line(kept: str) -> None:
    assert same_phone(kept, normal_phone(spoken_phone(kept)))


@pytest.mark.parametrize(
    ("typed", "kept", "spoken"),
    [
        ("+33 6 91 49 04 97", "+590691490497", "06 91 49 04 97"),
        ("+33 2 62 12 34 56", "+262262123456", "02 62 12 34 56"),
        ("+33 (0)6 12 34 56 78", "+33612345678", "06 12 34 56 78"),
        ("+262 6 91 49 04 97", "+262691490497", "+262691490497"),
        ("+352 621 123 456", "+352621123456", "+352621123456"),
    ],
)
def test_a_line_has_one_number(typed: str, kept: str, spoken: str) -> None:
    assert normal_phone(typed) == kept
    assert spoken_phone(kept) == spoken
