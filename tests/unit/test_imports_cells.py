"""Cells as spreadsheets leave them: dates, lengths, ranks, levels, codes that lost a zero."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from app.imports import cells
from app.imports.cells import Unreadable
from app.imports.communes import Communes
from app.imports.labels import FORMER_LABELS, Labels, yes_or_no
from app.imports.redaction import redacted
from app.imports.report import HIDDEN, BadRow, ImportReport
from app.reference import vocabularies

_LABELS = Labels()
code_of, codes_of, graded = _LABELS.code_of, _LABELS.codes_of, _LABELS.graded


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 3, 10),
        date(2026, 3, 10),
        "10/03/2026",
        " 10/03/2026 ",
        "10.3.2026",
        "2026-03-10",
        "10/03/26",
        "10/03/2026 00:00",
        "10/03/2026 à 14:30",
        "10 mars 2026",
        "mardi 10\u00a0mars 2026",
        "10-mars-26",
        "46091",
        46091,
        46091.0,
    ],
)
def test_a_day_is_read_in_every_form_a_spreadsheet_gives_it(value: Any) -> None:
    assert cells.day(value, WINDOWS_EPOCH) == date(2026, 3, 10)


def test_the_bare_number_of_a_day_counts_from_the_workbooks_own_day_zero() -> None:
    assert cells.day(44629, MAC_EPOCH) == date(2026, 3, 10)


@pytest.mark.parametrize("value", [None, "", "hier", "31/02/2026", 12, True, float("inf"), "#N/A"])
def test_what_is_not_a_day_is_refused(value: Any) -> None:
    with pytest.raises(Unreadable, match="date"):
        cells.day(value, WINDOWS_EPOCH)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (45, 45),
        (45.0, 45),
        ("45", 45),
        ("45 min", 45),
        ("90,0", 90),
        ("1 h 30", 90),
        ("1h30", 90),
        ("1 h", 60),
        ("2 heures", 120),
        ("01:30", 90),
        ("1:30:00", 90),
        ("45 mn", 45),
        ("1h30mn", 90),
        ("1 h 30 m", 90),
        ("1,5 h", 90),
        ("0.25 h", 15),
        (time(1, 30), 90),
        (timedelta(minutes=90), 90),
        (1439, 1439),
    ],
)
def test_a_length_is_read_in_every_form_a_spreadsheet_gives_it(value: Any, expected: int) -> None:
    assert cells.minutes(value) == expected


@pytest.mark.parametrize("value", [0, "0", 1440, "24 h", -30])
def test_a_length_outside_a_day_is_refused(value: Any) -> None:
    with pytest.raises(Unreadable):
        cells.minutes(value)


@pytest.mark.parametrize("value", [None, "", "longtemps", "1,33 h", 45.5, True, float("nan")])
def test_what_is_not_a_length_is_refused(value: Any) -> None:
    with pytest.raises(Unreadable, match="durée"):
        cells.minutes(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, (1, 1)),
        ("3/8", (3, 8)),
        (" 3 / 8 ", (3, 8)),
        ("1\u00a0", (1, 1)),
        ("1,0", (1, 1)),
        (None, None),
        ("", None),
    ],
)
def test_a_participant_is_a_rank_in_a_total(value: Any, expected: tuple[int, int] | None) -> None:
    assert cells.rank(value) == expected


@pytest.mark.parametrize(
    "value",
    [datetime(2026, 8, 3), "03-août", "1-mars", "3 févr.", "3-Aug", "mars-15", "03/08/2026"],
)
def test_a_participant_turned_into_a_date_has_no_rank_but_is_not_refused(value: Any) -> None:
    assert cells.rank(value) is None


@pytest.mark.parametrize("value", ["9/8", "0/8", "1/20000", "beaucoup", 7])
def test_an_impossible_participant_is_refused(value: Any) -> None:
    with pytest.raises(Unreadable):
        cells.rank(value)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_level_is_read_even_when_a_spreadsheet_made_a_date_of_it(level: int) -> None:
    french, american = datetime(2026, 3, level), datetime(2026, level, 3)

    written = f"{level:02}-mars", f"{level}/03/2026"
    assert {cells.grade(value) for value in (f"{level}/3", french, american, *written)} == {level}
    assert graded("autonomy", written[0]) == graded("autonomy", f"{level}/3")


@pytest.mark.parametrize("value", ["4/3", "2/5", datetime(2026, 3, 10), "10-mars", "mars-15", 2])
def test_what_is_not_a_level_is_refused(value: Any) -> None:
    with pytest.raises(Unreadable):
        cells.grade(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1000, "01000"), ("1053", "01053"), ("2a004", "2A004"), ("2B 033", "2B033"), ("?", "")],
)
def test_a_code_gets_its_zero_back_and_corsica_its_letter(value: Any, expected: str) -> None:
    assert cells.insee(value) == expected


def test_a_moment_is_read_in_the_national_servers_zone() -> None:
    assert cells.moment("10/07/2026 à 14:05") == datetime(2026, 7, 10, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("10/07/2026", datetime(2026, 7, 9, 22, tzinfo=UTC)),
        ("2026-07-10T12:05:00Z", datetime(2026, 7, 10, 12, 5, tzinfo=UTC)),
        ("2026-07-10 14:05", datetime(2026, 7, 10, 12, 5, tzinfo=UTC)),
        ("hier", None),
        ("31/02/2026", None),
        ("2026-02-31", None),
    ],
)
def test_a_moment_is_also_read_as_a_day_or_as_computers_write_it(
    value: str, expected: datetime | None
) -> None:
    assert cells.moment(value) == expected


def test_a_month_before_its_day_is_told_with_what_it_means_for_the_others() -> None:
    report = ImportReport(is_dry_run=True)
    with pytest.raises(Unreadable) as caught:
        cells.day("03/13/2026", WINDOWS_EPOCH)

    report.name(BadRow(23, "Date", "03/13/2026", str(caught.value)))

    assert "mois écrit avant le jour" in str(caught.value)
    assert any("1\u00a0date refusée" in notice for notice in report.notices)


def test_a_text_that_is_not_repeated_is_not_said_to_be_empty() -> None:
    assert "(vide)" in BadRow(3, "Date", "", "la cellule est vide").sentence()
    assert "(texte non répété ici)" in BadRow(3, "Notes", HIDDEN, "il est long").sentence()


def test_a_spreadsheets_error_is_no_text() -> None:
    with pytest.raises(Unreadable, match="erreur"):
        cells.line("#REF!")


@pytest.mark.parametrize(
    "written",
    ["70 ans et plus", "70 ANS ET PLUS", "70\u00a0ans\u00a0et\u00a0plus", " 70 ans et plus "],
)
def test_case_and_spaces_of_a_label_do_not_matter(written: str) -> None:
    assert code_of("age_band", written) == "soixante_dix_plus"


def test_apostrophes_and_dashes_of_a_label_do_not_matter() -> None:
    assert code_of("mode", "Lieu d'activité") == code_of("mode", "Lieu d’activité")
    assert code_of("age_band", "60 – 69 ans") == code_of("age_band", "60 - 69 ans")


@pytest.mark.parametrize("name", ["theme", "mode", "material", "gender", "age_band", "status"])
def test_every_label_of_the_national_tool_is_read(name: str) -> None:
    values = vocabularies.values(name)

    assert values
    assert [code_of(name, value.national_label) for value in values] == list(
        vocabularies.codes(name)
    )


def test_former_labels_lead_to_codes_of_today() -> None:
    known = {name: {*vocabularies.codes(name), "demarche"} for name in FORMER_LABELS}

    assert codes_of("theme", "Prise en main du matériel\nRéseaux sociaux et communication") == (
        "prendre_en_main_du_materiel",
        "reseaux_sociaux",
    )
    assert all(set(table.values()) <= known[name] for name, table in FORMER_LABELS.items())


def test_not_communicated_is_a_status_a_gender_and_an_age_by_different_labels() -> None:
    assert code_of("status", "Non communiqué ou hétérogène") == "non_communique"
    assert code_of("gender", "Non communiqué") == "non_communique"
    with pytest.raises(Unreadable):
        code_of("gender", "Non communiqué ou hétérogène")


def test_a_quick_passage_is_no_kind_of_the_national_tool() -> None:
    with pytest.raises(Unreadable):
        code_of("kind", "Passage rapide")


def test_answers_joined_on_one_line_are_read_as_several() -> None:
    assert codes_of("material", "Ordinateur, Téléphone") == ("ordinateur", "telephone")


def test_a_level_is_also_read_by_its_label() -> None:
    assert graded("autonomy", "L’usager a participé à l’accompagnement") == "partiellement_autonome"
    assert graded("level", "3/3") == "avance"


def test_yes_and_no_are_the_only_answers() -> None:
    assert (yes_or_no("OUI"), yes_or_no("Non"), yes_or_no(None)) == (True, False, None)
    with pytest.raises(Unreadable):
        yes_or_no("Peut-être")


@pytest.mark.parametrize(
    "written",
    [
        ("Rennes", "35000", "35238"),
        ("Rennes", 35000, 35238),
        ("RENNES", "35200", None),
        ("rennes", None, ""),
        ("RENNES CEDEX 7", "35065", None),
    ],
)
def test_a_commune_is_found_by_its_code_else_by_its_name(written: tuple[Any, Any, Any]) -> None:
    assert Communes().find(*written) == "35238"


def test_a_saint_may_be_written_short() -> None:
    assert Communes().find("St Etienne", "42000", None) == "42218"


def test_a_code_of_another_commune_than_the_name_is_known() -> None:
    communes = Communes()

    assert communes.find("Paris", "75001", "69123") == "69123"
    assert communes.contradicts("Paris", "75001", "69123")
    for agrees in (("Lyon", "69003", "69383"), ("Lyon", None, "69123"), ("?", "", "69123")):
        assert not communes.contradicts(*agrees)


def test_an_ambiguous_or_unknown_commune_is_none() -> None:
    communes = Communes()

    assert communes.find("Saint-Denis", None, None) is None
    assert communes.find("Trifouillis", "99999", "99999") is None


def test_numbers_and_passwords_are_taken_out_and_the_rest_stays() -> None:
    body = "2510735238004"
    nir = f"{body}{97 - int(body) % 97:02d}"

    assert redacted(f"Son numéro {nir}, à noter") == "Son numéro [retiré], à noter"
    assert redacted("Carte 4970 1000 0000 0055 vue") == "Carte [retiré] vue"
    assert redacted("IBAN FR76 3000 6000 0112 3456 7890 189 ici") == "IBAN [retiré] ici"
    assert "soleil42" not in redacted("mdp : soleil42")


def test_an_innocent_note_is_kept_as_it_is() -> None:
    note = "A oublié son mot de passe, rappeler le 06 12 34 56 78 le 12/03/2026."

    assert redacted(note) == note
