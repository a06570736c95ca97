"""Territories add up to the official figures, and a commune is found as people type it."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.core.text import fold
from app.reference import geography
from app.reference.geography import UnknownPlace, commune, communes, search_communes

ROOT = Path(__file__).resolve().parents[2]


def test_there_are_as_many_territories_as_in_the_official_lists() -> None:
    assert len(communes()) == 34_969
    assert len(geography.epcis()) == 1_255
    assert len(geography.departements()) == 109
    assert len(geography.regions()) == 26


def test_populations_add_up_to_the_official_totals() -> None:
    assert sum(place.population or 0 for place in communes().values()) == 68_952_941
    assert sum(epci.population for epci in geography.epcis().values()) == 68_010_643


def test_uninhabited_territories_have_no_population_and_destroyed_villages_have_zero() -> None:
    unknown = [place.insee for place in communes().values() if place.population is None]
    nobody = [place.insee for place in communes().values() if place.population == 0]

    assert unknown == ["98411", "98412", "98413", "98414", "98415", "98901"]
    assert nobody == ["55039", "55050", "55139", "55189", "55239", "55307"]


def test_postal_codes_are_shared_as_in_the_official_base() -> None:
    shared = Counter(code for place in communes().values() for code in place.postcodes)

    assert len(shared) == 6_310
    assert shared["51300"] == max(shared.values()) == 46


def test_all_communes_but_ninety_eight_belong_to_an_epci() -> None:
    alone = [place.insee for place in communes().values() if place.epci is None]

    assert len(alone) == 98
    assert {"22016", "29083", "29155", "85113"} <= set(alone)
    assert {place.epci for place in communes().values()} - {None} == set(geography.epcis())


def test_a_commune_knows_its_departement_region_and_zone() -> None:
    rennes, ajaccio, saint_denis = commune("35238"), commune("2A004"), commune("97411")

    assert (rennes.name, rennes.departement, rennes.region) == ("Rennes", "35", "53")
    assert (ajaccio.departement, ajaccio.region) == ("2A", "94")
    assert (saint_denis.departement, saint_denis.zone) == ("974", "Indian/Reunion")


@pytest.mark.parametrize(
    ("insee", "zone"),
    [
        ("75056", "Europe/Paris"),
        ("97105", "America/Guadeloupe"),
        ("97209", "America/Martinique"),
        ("97302", "America/Cayenne"),
        ("97411", "Indian/Reunion"),
        ("97502", "America/Miquelon"),
        ("97611", "Indian/Mayotte"),
        ("98613", "Pacific/Wallis"),
        ("98735", "Pacific/Tahiti"),
        ("98731", "Pacific/Marquesas"),
        ("98719", "Pacific/Gambier"),
        ("98818", "Pacific/Noumea"),
    ],
)
def test_the_civil_day_of_an_overseas_place_is_its_own(insee: str, zone: str) -> None:
    assert commune(insee).zone == zone


def test_every_zone_is_known_to_the_system() -> None:
    zones = {place.zone for place in communes().values()}

    assert len(zones) > 10
    assert {ZoneInfo(zone).key for zone in zones} == zones


def test_big_cities_carry_all_their_postal_codes() -> None:
    assert "75116" in commune("75056").postcodes
    assert "69009" in commune("69123").postcodes
    assert "13016" in commune("13055").postcodes


@pytest.mark.parametrize(
    ("former", "today"),
    [("75118", "75056"), ("13201", "13055"), ("01340", "01015"), ("01091", "01033")],
)
def test_a_former_code_gives_todays_commune(former: str, today: str) -> None:
    assert commune(former).insee == today


def test_an_unknown_code_is_refused() -> None:
    for lookup in (commune, geography.departement, geography.region, geography.epci):
        with pytest.raises(UnknownPlace):
            lookup("00000")


def test_the_parts_of_epci_cover_their_communes_once() -> None:
    parts = geography.epci_parts().values()
    members = [place.population or 0 for place in communes().values() if place.epci]
    pieces = Counter(part.siren for part in parts)

    assert len(parts) == 1_353
    assert sum(count > 1 for count in pieces.values()) == 89
    assert set(pieces) == set(geography.epcis())
    assert sum(part.population for part in parts) == sum(members)


def test_a_part_is_named_by_its_departement_only_where_the_epci_lies_in_several() -> None:
    whole, part, none = (geography.epci_part(insee) for insee in ("35238", "01033", "85113"))

    assert whole is not None
    assert (whole.code, whole.label) == ("243500139", "Rennes Métropole")
    assert part is not None
    assert part.departement == "01"
    assert none is None
    split = geography.epci_parts()["200070852-01"]
    assert split.label == "CC Usses et Rhône, partie Ain"


@pytest.mark.parametrize(
    ("typed", "insee"),
    [
        ("havre", "76351"),
        ("le havre", "76351"),
        ("LE HAVRE", "76351"),
        ("rennes", "35238"),
        ("renne", "35238"),
        ("35000", "35238"),
        ("rennes cedex 7", "35238"),
        ("35042 rennes cedex", "35238"),
        ("35 rennes", "35238"),
        ("st malo", "35288"),
        ("saint-malo", "35288"),
        ("malo saint", "35288"),
        ("saint denis 93", "93066"),
        ("saint-denis 974", "97411"),
        ("ste colombe 77", "77404"),
        ("chalons en ch", "51108"),
        ("l'hay les roses", "94038"),
        ("L’Haÿ-les-Roses", "94038"),
        ("hay les roses", "94038"),
        ("œuilly 51", "51410"),
        ("oeuilly 51", "51410"),
        ("y", "80829"),
        ("us", "95625"),
        ("marseile", "13055"),
        ("villeurbane", "69266"),
        ("paris 18e", "75056"),
        ("paris 18", "75056"),
        ("75018", "75056"),
        ("ajaccio 2a", "2A004"),
        ("bellegarde sur valserine", "01033"),
    ],
)
def test_a_commune_is_found_as_people_type_it(typed: str, insee: str) -> None:
    assert search_communes(typed)[0].commune.insee == insee


def test_communes_of_one_name_are_told_apart_by_their_departement() -> None:
    labels = [found.label for found in search_communes("sainte-colombe", limit=12)]

    assert len(set(labels)) == 12
    assert all("Sainte-Colombe" in label and label.endswith(")") for label in labels)


def test_a_former_name_is_told_beside_todays_commune() -> None:
    found = search_communes("bellegarde sur valserine")[0]

    assert found.label == "Valserhône (Ain), ancienne commune\u00a0: Bellegarde-sur-Valserine"


def test_a_shared_postal_code_lists_its_communes_the_largest_first() -> None:
    found = search_communes("51300", limit=50)
    people = [one.commune.population or 0 for one in found]

    assert found[0].commune.name == "Vitry-le-François"
    assert len(found) == 46
    assert people == sorted(people, reverse=True)


@pytest.mark.parametrize("typed", ["", "  ", "zzzzzz", "99999", "🚀", "a" * 500])
def test_what_is_no_commune_finds_none(typed: str) -> None:
    assert search_communes(typed) == []


def test_the_number_of_answers_is_bounded() -> None:
    assert len(search_communes("saint", limit=5)) == 5


def test_folding_forgets_case_accents_and_punctuation() -> None:
    assert fold("  L’Haÿ-les-Roses ") == "l hay les roses"
    assert fold("Cœur d'Ægypte n° 3") == "coeur d aegypte n 3"


def test_nothing_is_read_before_the_first_question() -> None:
    code = (
        "import sys; from app.reference import geography as g; before = g.communes.cache_info();"
        "sys.exit(before.currsize)"
    )

    asked = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)

    assert asked.returncode == 0
