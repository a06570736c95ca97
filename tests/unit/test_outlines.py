"""Maps: every territory that figures are cut by has an outline, and a drawing stays light."""

import gzip

from app.reference import geography, outlines
from app.reference.geography import departements, epci_parts, regions

OVERSEAS_COLLECTIVITIES = {code for code, one in regions().items() if len(code) == 3}
DRAWN = {c for c, one in departements().items() if one.region not in OVERSEAS_COLLECTIVITIES}


def test_every_departement_and_region_is_drawn() -> None:
    assert set(outlines.departements()) == DRAWN
    assert set(outlines.regions()) == {departements()[code].region for code in DRAWN}


def test_every_part_of_an_epci_is_drawn_in_its_departement() -> None:
    for code in DRAWN:
        expected = {p.code for p in epci_parts().values() if p.departement == code}
        assert set(outlines.epci_parts(code)) - {""} == expected


def test_a_word_stands_inside_its_territory() -> None:
    for code in DRAWN:
        for one in outlines.epci_parts(code).values():
            left, top, right, bottom = one.box
            assert left <= one.x <= right
            assert top <= one.y <= bottom
            assert one.path.startswith("M")


def test_a_drawing_weighs_no_more_than_twelve_kilobytes() -> None:
    drawings = [outlines.departements(), outlines.regions(), *map(outlines.epci_parts, DRAWN)]

    heaviest = max(
        len(gzip.compress("".join(one.path for one in drawing.values()).encode()))
        for drawing in drawings
    )

    assert heaviest <= 12_000


def test_a_collectivity_without_boundaries_has_no_drawing() -> None:
    assert outlines.epci_parts("988") == {}
    assert geography.departement("988").name == "Nouvelle-Calédonie"
