"""Codes and labels are those of the national reporting, and ours; every icon named exists."""

import re
from pathlib import Path

import pytest

from app.reference import vocabularies
from app.reference.benchmarks import landmark, landmarks
from app.reference.vocabularies import UnknownValue

ROOT = Path(__file__).resolve().parents[2]

EXPECTED = {
    "kind": "individual workshop passage",
    "mode": "lieu_activite domicile a_distance autre",
    "material": "ordinateur telephone tablette autre aucun",
    "autonomy": "entierement_accompagne partiellement_autonome autonome",
    "level": "debutant intermediaire avance",
    "gender": "masculin feminin non_communique",
    "age_band": "soixante_dix_plus soixante_soixante_neuf quarante_cinquante_neuf"
    " vingt_cinq_trente_neuf dix_huit_vingt_quatre douze_dix_huit moins_de_douze non_communique",
    "age_group": "60_plus 25_59 moins_25 non_communique",
    "status": "retraite sans_emploi en_emploi scolarise non_communique",
    "referral": "administration mediation_numerique operateur_ou_organisme_en_charge aide_sociale"
    " insertion_professionnelle aide_aux_demarches_administratives autre",
    "duration_class": "30 60 120 more none",
    "material_absent": "non_communique",
    "autonomy_absent": "non_communique",
    "level_absent": "non_communique",
    "referral_absent": "unnamed nowhere non_communique",
    "follow_up_kind": "appointment reminder",
    "outcome": "prepared started waiting finished redirected abandoned",
    "divide": "skills equipment connection",
    "blocker_family": "skills equipment connection service other",
    "equipment": "adequate phone_only outdated shared none no_printer unknown",
    "home_connection": "good too_costly poor_coverage cut_off none unknown",
    "clicked_by": "resident together adviser",
}


@pytest.mark.parametrize(("name", "codes"), EXPECTED.items())
def test_a_vocabulary_has_exactly_its_codes_in_display_order(name: str, codes: str) -> None:
    assert vocabularies.codes(name) == tuple(codes.split())


def test_there_is_no_vocabulary_beyond_those_that_are_written_down() -> None:
    assert set(vocabularies.vocabularies()) == {*EXPECTED, "theme", "procedure_theme", "blocker"}


def test_the_national_themes_are_nineteen_digital_ones_and_eleven_administrative_ones() -> None:
    assert len(vocabularies.themes("digital")) == 19
    assert len(vocabularies.themes("administrative")) == 11
    assert len(vocabularies.themes()) == len(vocabularies.codes("theme")) == 30


def test_a_theme_has_the_label_of_the_national_files() -> None:
    assert vocabularies.theme("reseaux_sociaux").label == "Réseaux sociaux communication"
    assert vocabularies.label("theme", "etrangers_europe") == "Étrangers - Europe"


def test_the_national_label_differs_from_ours_where_ours_is_plainer() -> None:
    here = vocabularies.value("mode", "lieu_activite")

    assert (here.label, here.national_label) == ("Sur place", "Lieu d’activité")


def test_national_labels_lead_back_to_their_codes() -> None:
    for name in ("age_band", "gender", "status", "autonomy", "mode", "material", "referral"):
        for value in vocabularies.values(name):
            assert vocabularies.code_of(name, value.national_label) == value.code


def test_an_unknown_name_code_or_label_is_refused() -> None:
    with pytest.raises(UnknownValue):
        vocabularies.values("couleur")
    with pytest.raises(UnknownValue):
        vocabularies.label("gender", "autre")
    with pytest.raises(UnknownValue):
        vocabularies.code_of("gender", "Autre")
    with pytest.raises(UnknownValue):
        vocabularies.theme("jardinage")
    with pytest.raises(UnknownValue):
        vocabularies.blocker("pluie")


def test_a_value_without_national_label_is_not_found_by_an_empty_one() -> None:
    with pytest.raises(UnknownValue):
        vocabularies.code_of("kind", "")


def test_every_blocker_has_a_family_themes_that_exist_and_something_that_helps() -> None:
    families, themes = vocabularies.codes("blocker_family"), vocabularies.codes("procedure_theme")

    assert len(vocabularies.blockers()) == 36
    for blocker in vocabularies.blockers():
        assert blocker.family in families
        assert set(blocker.usual_themes) <= set(themes)
        assert blocker.usual_themes or blocker.usual_everywhere
        assert blocker.what_helps or blocker.code == "autre"
        assert len(blocker.short_label) <= 26


def test_a_blocker_tells_where_it_is_usual_and_what_helps() -> None:
    blocker = vocabularies.blocker("equipement-pas-de-mobile")

    assert blocker.family == "equipment"
    assert blocker.usual_themes == ("impots", "sante", "retraite", "emploi")
    assert not blocker.usual_everywhere
    assert blocker.what_helps == ("Autre moyen d’identification", "courrier")


def test_every_icon_named_is_in_the_sprite() -> None:
    sprite = (ROOT / "static" / "icons.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    named = {value.icon for group in vocabularies.vocabularies().values() for value in group}

    assert len(named) > 40
    assert named - {""} <= drawn


def test_each_theme_has_an_icon_of_its_own_in_its_list() -> None:
    for icons in (
        [theme.icon for theme in vocabularies.themes("digital")],
        [theme.icon for theme in vocabularies.procedure_themes()],
    ):
        assert len(icons) == len(set(icons))


def test_labels_are_typeset_in_french() -> None:
    for group in vocabularies.vocabularies().values():
        for value in group:
            assert "'" not in value.label + value.short_label
            assert not re.search(r" [:;?!]|\d (?:ans|min|h)\b", value.label + value.short_label)


def test_only_figures_that_somebody_read_are_shown_as_landmarks() -> None:
    keys = {landmark.id for landmark in landmarks()}

    assert len(keys) == 77
    assert not keys & {"ddd-13millions-2019", "obs-actuel", "anct-eloignement-2023"}


def test_a_landmark_comes_with_its_period_population_and_source() -> None:
    for one in landmarks():
        assert one.period
        assert one.population
        assert one.source
        assert one.unit


def test_a_landmark_is_found_by_topic_and_by_key() -> None:
    assert str(landmark("insee-illectronisme-2021").value) == "15.4"
    assert landmark("insee-illectronisme-2021").first_hand
    assert {one.topic for one in landmarks("equipement")} == {"equipement"}
    with pytest.raises(LookupError):
        landmark("inconnu")
