"""What is publicly known of values: what holds what, who is alone, what cannot be; and freezing."""

import json
from dataclasses import replace

from app.statistics.freezing import merge
from app.statistics.periods import Level, Period, month
from app.statistics.reference import Atom, Clause, Reference, Road
from app.statistics.vocabulary import DIMENSIONS, PROCEDURE, WHERE
from tests.support.population import VALLEY, WHOLE_YEAR, PlaceThere, World, held

REFERENCE = VALLEY.reference
GROUND = REFERENCE.ground(VALLEY.organisations, WHOLE_YEAR)


def test_what_is_written_is_read_back_in_the_same_order() -> None:
    document = json.loads(json.dumps(REFERENCE.to_json()))
    read = Reference.from_json(document)

    assert read.to_json() == REFERENCE.to_json()
    assert {n: list(v) for n, v in read.labels.items()} == {
        n: list(v) for n, v in REFERENCE.labels.items()
    }


def test_values_of_every_dimension_are_known() -> None:
    assert set(REFERENCE.labels) == set(DIMENSIONS)


def test_a_clause_implied_by_a_finer_one_is_dropped() -> None:
    assert GROUND.reduce(held(place="halle", commune="c2", departement="35")) == held(place="halle")
    assert GROUND.reduce(held(age_band="moins_de_douze", age_group="moins_25")) == held(
        age_band="moins_de_douze"
    )
    assert GROUND.reduce(held(procedure="apl", provider="caf", gender="feminin")) == held(
        gender="feminin", procedure="apl"
    )


def test_clauses_that_meet_nowhere_cannot_be() -> None:
    assert GROUND.reduce(held(place="halle", organisation="centre-social")) is None
    assert GROUND.reduce(held(procedure="apl", procedure_theme="transport")) is None


def test_two_clauses_that_meet_in_one_value_are_that_value() -> None:
    procedures = VALLEY.procedures | {"bourse": ("social", "crous")}
    ground = replace(VALLEY, procedures=procedures).reference.ground(
        VALLEY.organisations, WHOLE_YEAR
    )

    assert ground.reduce(held(procedure_theme="social", provider="caf")) == held(
        procedure="prime-activite"
    )


def test_an_only_child_is_asked_as_its_parent_and_the_whole_is_not_asked() -> None:
    assert GROUND.canonical(held(place="moulin")) == held(commune="c5")  # nothing else there
    assert GROUND.canonical(held(place="quais")) == held(place="quais")  # the seat is there too
    assert GROUND.held_alone(Clause("place", "quais")) == [Clause("commune", "c1")]
    assert GROUND.held_alone(Clause("place", "halle")) == []
    assert GROUND.canonical(held(region="53", departement="35")) == ()
    assert GROUND.canonical(held(age_band="non_communique")) == held(age_group="non_communique")
    assert GROUND.canonical(held(procedure="declaration-revenus")) == GROUND.canonical(
        held(provider="dgfip")
    )


def test_a_place_has_two_roads_and_its_only_sibling_matters_on_each() -> None:
    roads = GROUND.roads(held(place="halle"))

    assert set(roads) == {
        Road(held(commune="c2"), "place", "halle"),
        Road(held(organisation="mediatheque"), "place", "halle"),
    }


def test_a_commune_with_one_place_is_compared_with_the_structure_of_that_place() -> None:
    roads = GROUND.roads(held(commune="c1"))

    assert Road(held(epci="e1"), "commune", "c1") in roads
    assert Road(held(organisation="mediatheque"), "place", "quais") in roads


def test_a_provider_within_one_theme_is_compared_with_that_theme() -> None:
    boats = dict.fromkeys(("permis-bateau", "mouillage"), ("transport", "mer"))
    wider = VALLEY.procedures | boats
    world = replace(VALLEY, procedures=wider)
    ground = world.reference.ground(world.organisations, WHOLE_YEAR)

    roads = ground.roads(held(provider="mer"))

    assert Road((), "provider", "mer") in roads
    assert Road(held(procedure_theme="transport"), "provider", "mer") in roads


def test_a_commune_without_epci_is_widened_to_its_departement() -> None:
    island = Atom({"place": "port", "organisation": "s", "commune": "i", "departement": "22",
                   "region": "53"})  # fmt: skip
    inland = [
        Atom({"place": p, "organisation": "t", "commune": c, "epci": "e", "departement": "22",
              "region": "53"})
        for p, c in (("a", "c1"), ("b", "c2"))
    ]  # fmt: skip
    labels = REFERENCE.labels
    reference = Reference(labels, {**REFERENCE.atoms, WHERE: (island, *inland)})
    ground = reference.ground(frozenset({"s", "t"}), WHOLE_YEAR)

    canonical = ground.canonical(held(commune="i"))

    assert canonical == held(organisation="s") or canonical == held(commune="i")
    assert ground.roads(canonical or ())[0].wider == ()


def test_a_place_is_there_only_while_it_is_open() -> None:
    world = World(
        places=(
            PlaceThere("ancien", "s1", "c1", last=month(2026, 3)),
            PlaceThere("nouveau", "s1", "c1", first=month(2026, 5)),
        ),
        communes={"c1": ("e1", "35", "53")},
        seats={"s1": "c1"},
    )

    def places(period: Period) -> list[str]:
        return world.reference.ground(world.organisations, period).values("place")

    assert places(month(2026, 3)) == ["ancien"]
    assert places(month(2026, 4)) == []
    assert places(month(2026, 5)) == ["nouveau"]
    assert places(WHOLE_YEAR) == ["ancien", "nouveau"]


def test_values_under_a_filter_are_those_that_can_be() -> None:
    assert GROUND.values("place", held(organisation="centre-social")) == ["pont", "moulin", "gare"]
    assert GROUND.values("commune", held(epci="e1")) == ["c1", "c2", "c3"]
    assert GROUND.values("gender", held(epci="e1")) == list(REFERENCE.labels["gender"])


OCTOBER, NOVEMBER = month(2026, 10), month(2026, 11)


def merged(before: Reference, live: Reference, **seen: tuple[Period, Period]) -> Reference:
    names = {("place", place): months for place, months in seen.items()}
    return merge(before, live, last_month=NOVEMBER, since=NOVEMBER, seen=names)


def atom(reference: Reference, place: str) -> Atom:
    return next(a for a in reference.atoms[WHERE] if a.above.get("place") == place)


def test_a_place_that_closes_or_opens_later_changes_no_closed_month() -> None:
    places = [p if p.code != "gare" else replace(p, last=month(2026, 6)) for p in VALLEY.places]
    places.append(PlaceThere("kiosque", "mediatheque", "c3", first=month(2026, 1)))
    live = replace(VALLEY, places=tuple(places)).reference

    found = merged(REFERENCE, live)

    assert atom(found, "gare").last == OCTOBER
    assert atom(found, "kiosque").first == NOVEMBER


def test_a_place_that_moves_or_changes_name_stays_where_it_was_for_the_year() -> None:
    places = [p if p.code != "gare" else replace(p, commune="c5") for p in VALLEY.places]
    live = replace(VALLEY, places=tuple(places)).reference
    renamed = {**live.labels, "place": dict.fromkeys(live.labels["place"], "autre nom")}

    found = merged(REFERENCE, Reference(renamed, live.atoms, live.advisers))

    assert atom(found, "gare").above["commune"] == "c4"
    assert found.labels["place"] == REFERENCE.labels["place"]


def test_history_opens_a_place_in_the_months_it_brings() -> None:
    places = (*VALLEY.places, PlaceThere("kiosque", "mediatheque", "c3", first=month(2026, 9)))
    live = replace(VALLEY, places=places).reference

    found = merged(REFERENCE, live, kiosque=(month(2026, 2), month(2026, 3)))

    assert atom(found, "kiosque").first == month(2026, 2)


def test_a_procedure_added_or_taken_away_changes_no_closed_month() -> None:
    procedures = {k: v for k, v in VALLEY.procedures.items() if k != "apl"}
    procedures["cheque-energie"] = ("logement", "asp")
    live = replace(VALLEY, procedures=procedures).reference

    found = merged(REFERENCE, live)
    by_name = {a.above["procedure"]: a for a in found.atoms[PROCEDURE]}

    assert by_name["apl"].first is None
    assert by_name["cheque-energie"].first == NOVEMBER
    assert list(found.labels["procedure"])[-1] == "cheque-energie"


def test_advisers_of_closed_periods_stand_and_open_ones_are_not_counted_yet() -> None:
    before = merge(None, REFERENCE, last_month=OCTOBER, since=None, seen={})
    live = replace(VALLEY, advisers=1).reference

    found = merged(before, live).advisers["mediatheque"]

    assert found["2026-10"] == 4
    assert found["2026-11"] == 1
    assert "2026-12" not in found
    assert Period(2026, Level.QUARTER, 4).code not in found


def test_one_adviser_is_told_by_the_name_of_a_place_a_structure_or_an_only_place() -> None:
    alone = replace(VALLEY, advisers=1).reference.ground(VALLEY.organisations, WHOLE_YEAR)

    for clause in (
        Clause("place", "gare"),
        Clause("organisation", "mediatheque"),
        Clause("commune", "c5"),
    ):
        assert alone.has_one_adviser((clause,), WHOLE_YEAR)
    assert not alone.has_one_adviser(held(commune="c2"), WHOLE_YEAR)
    assert not alone.has_one_adviser(held(gender="feminin"), WHOLE_YEAR)
    assert not GROUND.has_one_adviser(held(place="gare"), WHOLE_YEAR)
