"""A commune typed in a form: by its code, its postal code, its name."""

import pytest

from app.core.errors import Invalid
from app.reference.communes import OFFERED, commune_code, commune_typed, communes_offered


@pytest.mark.parametrize(
    ("typed", "insee"),
    [
        ("Rennes", "35238"),
        ("rennes (ille et vilaine)", "35238"),
        ("35000", "35238"),
        (" 35700 ", "35238"),
        ("35000 Rennes", "35238"),
        ("Rennes 35000", "35238"),
        ("Saint-Denis 93200", "93066"),
        ("75011", "75056"),
        ("35238", "35238"),
        ("2a004", "2A004"),
    ],
)
def test_what_one_commune_has_is_taken_at_once(typed: str, insee: str) -> None:
    assert commune_code(typed, "commune") == insee


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("35500", "Vitré (Ille-et-Vilaine)"),
        ("Saint-Denis", "Saint-Denis (La Réunion)"),
        ("62100", "Calais (Pas-de-Calais)"),  # also the code of Beaurainville
        ("51300", "Vitry-le-François (Marne)"),
    ],
)
def test_what_several_have_is_asked_with_those_it_may_be(typed: str, first: str) -> None:
    with pytest.raises(Invalid, match="Précisez la commune"):
        commune_code(typed, "commune")

    offered = [one["code"] for one in communes_offered(typed)]
    assert offered[0] == first
    assert 1 < len(offered) <= OFFERED
    assert all(commune_typed(commune_code(code, "commune")) == code for code in offered)


@pytest.mark.parametrize("typed", ["99999", "Xyzzyville", "Rennes 75011"])
def test_what_no_commune_has_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        commune_code(typed, "commune")
