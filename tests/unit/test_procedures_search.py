"""What residents say finds the procedure they mean, typed in haste and with faults."""

import csv
import io
from datetime import date

import pytest

from app.procedures.catalogue import (
    ProcedureEntry,
    UnreadableRow,
    gathered_on,
    load_csv,
    read_csv,
)
from app.procedures.search import ProcedureIndex
from app.reference.vocabularies import codes, themes

FIRST = [
    ("carte grise", "carte-grise-occasion"),
    ("carte grize", "carte-grise-occasion"),
    ("grise carte", "carte-grise-occasion"),
    ("cartegrise", "carte-grise-occasion"),
    ("la carte grise", "carte-grise-occasion"),
    ("carte gr", "carte-grise-occasion"),
    ("immatriculation", "carte-grise-occasion"),
    ("vendre ma voiture", "carte-grise-cession"),
    ("j’ai perdu ma carte grise", "carte-grise-duplicata"),
    ("la caf", "caf-espace"),
    ("caf", "caf-espace"),
    ("CAF", "caf-espace"),
    ("attestation caf", "caf-attestation"),
    ("caf attestation", "caf-attestation"),
    ("quotient familial", "caf-attestation"),
    ("permi", "permis-renouvellement"),
    ("permis périmé", "permis-renouvellement"),
    ("points du permis", "permis-points"),
    ("inpots", "impots-espace-particulier"),
    ("impots", "impots-espace-particulier"),
    ("les impôts", "impots-espace-particulier"),
    ("declaration impot", "impots-declaration-revenus"),
    ("déclarer mes revenus", "impots-declaration-revenus"),
    ("avis d'imposition", "impots-avis"),
    ("allocation logement", "aide-logement"),
    ("alocation logement", "aide-logement"),
    ("apl", "aide-logement"),
    ("aide au logement", "aide-logement"),
    ("apl étudiant", "aide-logement-etudiant"),
    ("cpam", "ameli-compte"),
    ("ameli", "ameli-compte"),
    ("amelie", "ameli-compte"),
    ("la sécu", "ameli-compte"),
    ("attestation de droits", "ameli-attestation-droits"),
    ("carte vitale", "carte-vitale-demande"),
    ("carte vital", "carte-vitale-demande"),
    ("pole emploi", "france-travail-espace"),
    ("Pôle-Emploi", "france-travail-espace"),
    ("france travail", "france-travail-espace"),
    ("francetravail", "france-travail-espace"),
    ("actualisation", "france-travail-actualisation"),
    ("m'actualiser", "france-travail-actualisation"),
    ("actualisation pole emploi", "france-travail-actualisation"),
    ("mes mails", "email"),
    ("mail", "email"),
    ("email", "email"),
    ("e-mail", "email"),
    ("courriel", "email"),
    ("clavier", "prendre_en_main_du_materiel"),
    ("smartphone", "prendre_en_main_du_materiel"),
    ("smartfone", "prendre_en_main_du_materiel"),
    ("facebook", "reseaux_sociaux"),
    ("chatgpt", "intelligence_artificielle"),
    ("antivirus", "maintenance_de_materiel"),
    ("mes photos", "gere_ses_contenus_numeriques"),
    ("word", "bureautique"),
    ("retraite carsat", "retraite-demande"),
    ("demande de retraite", "retraite-demande"),
    ("relevé de carrière", "retraite-releve-situation"),
    ("réversion", "pension-reversion"),
    ("rsa", "rsa-demande"),
    ("prime d'activité", "prime-activite"),
    ("prime activite", "prime-activite"),
    ("cheque energie", "cheque-energie"),
    ("titre de sejour", "titre-sejour-anef"),
    ("naturalisation", "naturalisation"),
    ("carte d'identité", "carte-identite-predemande"),
    ("passeport", "passeport-predemande"),
    ("passeporte", "passeport-predemande"),
    ("casier judiciaire", "casier-judiciaire"),
    ("casier judicière", "casier-judiciaire"),
    ("logement social", "logement-social-demande"),
    ("hlm", "logement-social-demande"),
    ("mdph", "mdph-en-ligne"),
    ("c2s", "complementaire-sante-solidaire"),
    ("cmu", "complementaire-sante-solidaire"),
    ("surendettement", "surendettement-dossier"),
    ("crit'air", "critair"),
    ("critair", "critair"),
    ("mon espace sante", "mon-espace-sante"),
    ("fransconnect", "franceconnect"),
    ("parcoursup", "parcoursup"),
    ("pronote", "pronote-ent"),
    ("billet de train", "sncf-billet-train"),
    ("imprimer", "imprimer-document"),
]

AMONG_THREE = [
    ("ca", "caf-espace"),
    ("imp", "impots-espace-particulier"),
    ("act", "france-travail-actualisation"),
    ("car vit", "carte-vitale-demande"),
    ("pass", "passeport-predemande"),
    ("passport", "passeport-predemande"),
    ("sécurité sociale", "ameli-compte"),
    ("trésor public", "impots-espace-particulier"),
    ("chômage", "france-travail-inscription"),
    ("anpe", "france-travail-espace"),
    ("retraite", "info-retraite-compte"),
    ("retrete", "info-retraite-compte"),
    ("rdv medecin", "doctolib-rdv"),
    ("doctolib", "doctolib-rdv"),
    ("mot de passe", "mot-de-passe"),
    ("mdp oublié", "mot-de-passe"),
    ("mot de passe oublié", "mot-de-passe"),
    ("extrait de naissance", "acte-naissance"),
    ("payer la cantine", "cantine-periscolaire"),
    ("permis de conduire", "permis-renouvellement"),
    ("permis perdu", "permis-perte-vol"),
    ("renouveler hlm", "logement-social-renouvellement"),
    ("faire un CV", "france-travail-cv"),
    ("ordinateure", "prendre_en_main_du_materiel"),
    ("telefone", "telephone-prise-en-main"),
    ("arnaque", "thesee-arnaque"),
    ("msa retraite", "msa-espace-prive"),
    ("prélèvement à la source", "impots-prelevement-source"),
    ("elections", "inscription-listes-electorales"),
    ("amende", "amende-payer"),
    ("carte de sejour", "titre-sejour-anef"),
    ("scanner un document", "scanner-joindre-document"),
    ("whatsap", "reseaux_sociaux"),
    ("compte ameli bloqué", "ameli-compte"),
    ("facture edf", "energie-espace-client"),
    ("j’arrive pas à me connecter à ameli", "ameli-compte"),
    ("accès compte caf bloqué", "caf-espace"),
    ("où en est mon passeport", "passeport-suivi"),
    ("aide pour payer mon loyer", "aide-logement"),
    ("dosier medical", "mon-espace-sante"),
    ("la kaf", "caf-espace"),
    ("pole amploi", "france-travail-espace"),
    ("agirc arco", "retraite-complementaire-espace"),
    ("sauvegarder mes contacts", "gere_ses_contenus_numeriques"),
]


@pytest.fixture(scope="module")
def index() -> ProcedureIndex:
    return ProcedureIndex(load_csv())


@pytest.mark.parametrize(("said", "meant"), FIRST)
def test_plain_words_put_what_is_meant_first(index: ProcedureIndex, said: str, meant: str) -> None:
    found = [match.entry_slug for match in index.search(said)]

    assert found[:1] == [meant]


@pytest.mark.parametrize(("said", "meant"), AMONG_THREE)
def test_vaguer_words_put_what_is_meant_among_the_first_three(
    index: ProcedureIndex, said: str, meant: str
) -> None:
    found = [match.entry_slug for match in index.search(said)]

    assert meant in found[:3]


def test_every_procedure_is_found_by_its_own_title(index: ProcedureIndex) -> None:
    lost = [
        entry.slug
        for entry in load_csv()
        if entry.slug not in [match.entry_slug for match in index.search(entry.title, limit=3)]
    ]

    assert lost == []


def test_every_procedure_is_found_by_each_of_its_synonyms(index: ProcedureIndex) -> None:
    lost = [
        (entry.slug, words)
        for entry in load_csv()
        for words in entry.synonyms
        if entry.slug not in [match.entry_slug for match in index.search(words)]
    ]

    assert lost == []


def test_a_skill_says_that_it_is_one(index: ProcedureIndex) -> None:
    kinds = {match.entry_slug: match.kind for match in index.search("mot de passe")}

    assert kinds["securite_numerique"] == "skill"
    assert kinds["mot-de-passe"] == "procedure"


def test_the_answer_shows_the_words_that_matched(index: ProcedureIndex) -> None:
    best = index.search("pole emploi")[0]

    assert best.matched == "Pôle emploi"


@pytest.mark.parametrize("said", ["", "   ", "’", "zzzz", "xkcd qwrt", "1234567", "🚀"])
def test_what_means_nothing_finds_nothing(index: ProcedureIndex, said: str) -> None:
    assert index.search(said) == []


def test_a_single_letter_and_empty_words_still_answer(index: ProcedureIndex) -> None:
    assert index.search("c")
    assert index.search("la")


def test_a_very_long_text_is_cut_rather_than_refused(index: ProcedureIndex) -> None:
    assert index.search("carte grise " * 1000)[0].entry_slug == "carte-grise-occasion"


def test_the_number_of_answers_is_bounded_and_they_come_best_first(index: ProcedureIndex) -> None:
    found = index.search("carte", limit=4)

    assert len(found) == 4
    assert [match.score for match in found] == sorted((m.score for m in found), reverse=True)


def test_a_structures_own_procedure_is_searched_like_the_others() -> None:
    own = next(iter(read_csv(_file(slug="carte-bus", title="Carte de bus du Val"))))

    found = ProcedureIndex([*load_csv(), own]).search("bus du val")

    assert found[0].entry_slug == "carte-bus"


def test_the_shipped_catalogue_is_whole() -> None:
    entries = load_csv()

    assert len(entries) == 311
    assert len({entry.slug for entry in entries}) == 311
    assert {entry.theme for entry in entries} == set(codes("procedure_theme"))
    assert {entry.coop_theme for entry in entries} <= set(codes("theme"))
    assert {entry.franceconnect for entry in entries} == {True, None}
    assert gathered_on() >= date(2026, 11, 24)


def test_every_day_gestures_count_as_digital_themes_and_the_rest_as_administrative_ones() -> None:
    digital = {theme.code for theme in themes("digital")}

    for entry in load_csv():
        if entry.theme == "numerique":
            assert entry.coop_theme in digital, entry.slug


def test_short_titles_fit_a_chip() -> None:
    short = [entry.short_title for entry in load_csv() if entry.short_title]

    assert len(short) >= 80
    assert [title for title in short if len(title) > 26] == []


def test_french_typography_is_right_in_what_people_read() -> None:
    wrong = [
        text
        for entry in load_csv()
        for text in (entry.title, entry.short_title, entry.provider, *entry.documents)
        if "'" in text or '"' in text or " :" in text or "  " in text
    ]

    assert wrong == []


def test_a_procedure_is_named_by_its_short_title_when_it_has_one() -> None:
    named = {entry.slug: entry.name for entry in load_csv()}

    assert named["aide-logement"] == "Aide au logement (APL)"
    assert named["medaille-travail"] == "Demande de médaille d’honneur du travail"


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"slug": ""}, "slug"),
        ({"slug": "Carte Grise"}, "slug"),
        ({"title": " "}, "title"),
        ({"theme": "jardin"}, "theme"),
        ({"coop_theme": "Jardin"}, "coop_theme"),
        ({"weight": "beaucoup"}, "weight"),
        ({"weight": "101"}, "weight"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line_and_column(
    changes: dict[str, str], column: str
) -> None:
    with pytest.raises(UnreadableRow) as refusal:
        read_csv(_file(**changes))

    assert (refusal.value.line, refusal.value.column) == (2, column)


def test_a_file_without_a_needed_column_is_refused() -> None:
    with pytest.raises(UnreadableRow) as refusal:
        read_csv(["slug,title\n", "a,A\n"])

    assert (refusal.value.line, refusal.value.column) == (1, "theme")


def test_the_same_slug_twice_is_refused() -> None:
    rows = _file()

    with pytest.raises(UnreadableRow) as refusal:
        read_csv([*rows, rows[-1]])

    assert (refusal.value.line, refusal.value.column) == (3, "slug")


def test_a_national_theme_is_taken_by_label_or_by_code() -> None:
    by_label, by_code = read_csv(_file()), read_csv(_file(coop_theme="transports_mobilite"))

    assert by_label[0].coop_theme == by_code[0].coop_theme == "transports_mobilite"


def test_what_is_not_known_of_a_procedure_is_not_made_up() -> None:
    entry: ProcedureEntry = read_csv(_file())[0]

    assert entry.franceconnect is None
    assert (entry.host, entry.documents, entry.weight) == ("", (), 0)


def _file(**changes: str) -> list[str]:
    row = {
        "slug": "carte-de-bus",
        "title": "Carte de bus",
        "theme": "transport",
        "coop_theme": "Transports - Mobilité",
        "provider_code": "region",
        "weight": "",
    } | changes
    text = io.StringIO()
    writer = csv.DictWriter(text, row, lineterminator="\n")
    writer.writeheader()
    writer.writerow(row)
    return text.getvalue().splitlines(keepends=True)
