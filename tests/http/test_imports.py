"""The national tool's export goes in whole, once, and says what it could not read."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlmodel import col, select

from app.audit.models import AccessRecord, Did
from app.core.db import Database
from app.core.errors import Invalid
from app.core.scope import Scope
from app.imports.report import BadRow, ImportReport
from app.residents.models import Resident
from app.sessions.models import AssistedSession, SessionKind, Source
from tests.support.build import Builder
from tests.support.coop_file import (
    AUTONOMY,
    THEMES,
    V1,
    Formula,
    Importer,
    columns,
    cra,
    individual,
    workshop,
)


def bad(report: ImportReport) -> BadRow:
    """Give the one row that was refused."""
    [found] = report.bad_rows
    return found


def test_an_individual_session_goes_in_with_every_field(bring: Importer, build: Builder) -> None:
    row = individual(
        Tags="Été 2026\nQuartier nord",
        **{
            THEMES: "E-mail\nAide aux démarches administratives\nLogement",
            "Nom de la démarche administrative": "Demande d’APL",
            "Bénéficiaire réorienté": "Oui",
            "Structure de redirection": "Administration (mairie, préfecture…)",
            "Notes supplémentaires": "Revient mardi.\nA son dossier.",
            "Dernière modification le": "11/03/2026 à 09:00",
        },
    )

    report = bring([row])

    assert (report.created, report.attendances, report.refused) == (1, 1, 0)
    session = bring.session()
    assert session.author_id is None
    assert session.kind is SessionKind.INDIVIDUAL
    assert (session.held_on, session.duration_min) == (date(2026, 3, 10), 45)
    assert (session.mode, session.commune) == ("lieu_activite", None)
    assert session.place_id == build.structure_of("awa").place.id
    assert session.material == ["ordinateur", "telephone"]
    assert session.tags == ["Été 2026", "Quartier nord"]
    assert {theme.theme for theme in session.themes} == {
        "email",
        "aide_aux_demarches_administratives",
        "logement",
    }
    assert (session.source, session.title, session.level) == (Source.COOP, None, None)
    assert session.recorded_at == datetime(2026, 3, 10, 13, 5, tzinfo=UTC)
    assert session.changed_at == datetime(2026, 3, 11, 8, 0, tzinfo=UTC)
    [attendance] = session.attendances
    assert attendance.resident_id is None
    assert attendance.is_first is None
    assert attendance.has_random_profile is False
    profile = (attendance.age_band, attendance.gender, attendance.status, attendance.commune)
    assert profile == ("soixante_dix_plus", "feminin", "retraite", "35238")
    assert attendance.autonomy == "partiellement_autonome"
    assert (attendance.is_referred, attendance.referral) == (True, "administration")


def test_free_text_is_sealed_for_its_field_and_its_row(bring: Importer) -> None:
    bring(
        [
            individual(
                **{
                    THEMES: "Logement",
                    "Nom de la démarche administrative": "Demande d’APL",
                    "Notes supplémentaires": "Revient mardi.",
                }
            )
        ]
    )

    assert bring.texts() == {"note": "Revient mardi.", "precision": "Demande d’APL"}


def test_a_workshop_is_one_activity_with_an_attendance_a_row(bring: Importer) -> None:
    report = bring([*workshop(1, 8), individual(2)])

    assert (report.rows, report.created, report.attendances) == (9, 2, 9)
    session = bring.session()
    assert (session.kind, session.title) == (SessionKind.WORKSHOP, "Premiers clics")
    assert session.level == "debutant"  # the column of the autonomy, for a workshop
    assert len(session.attendances) == 8
    assert {a.autonomy for a in session.attendances} == {None}
    assert {a.has_random_profile for a in session.attendances} == {True}
    assert {a.status for a in session.attendances} == {"non_communique"}


def test_rows_of_a_workshop_may_stand_anywhere_in_the_file(bring: Importer) -> None:
    mixed = [row for pair in zip(workshop(1, 6), workshop(2, 6), strict=True) for row in pair]

    first, again = bring(mixed), bring(mixed)

    assert (first.created, first.attendances) == (2, 12)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)


def test_a_participant_turned_into_a_date_is_still_a_participant(bring: Importer) -> None:
    rows = workshop(1, 8)
    for number, row in enumerate(rows, 1):
        row["Participants"] = date(2026, 8, number)
        row[AUTONOMY] = date(2026, 3, 2)

    report = bring(rows)

    assert (report.created, report.attendances, report.refused) == (1, 8, 0)
    assert bring.session().level == "intermediaire"


@pytest.mark.parametrize("variant", ["S", "O", "SV", "OV"])
def test_every_variant_of_the_export_goes_in(bring: Importer, variant: str) -> None:
    report = bring([individual(1), *workshop(2, 3)], titles=columns(variant))

    assert (report.created, report.attendances, report.refused) == (2, 4, 0)


def test_optional_columns_may_be_missing(bring: Importer) -> None:
    titles = ("ID CRA", "Type", "Durée (min)", "Canaux d’accompagnement", "Date")

    report = bring([individual()], titles=titles)

    assert (report.created, report.refused) == (1, 0)


def test_dates_as_text_and_workbooks_of_1904_give_the_same_day(bring: Importer) -> None:
    bring([individual(1, Date="10/03/2026"), individual(2)], date_1904=True)

    assert {bring.session(n).held_on for n in (1, 2)} == {date(2026, 3, 10)}


def test_profiles_of_the_tool_before_are_flagged(bring: Importer) -> None:
    rows = [individual(1, **{"Source de la donnée": V1, THEMES: "", AUTONOMY: ""}), individual(2)]

    bring(rows, titles=columns("SV"))

    flags = [bring.session(n).attendances[0].has_random_profile for n in (1, 2)]
    assert flags == [True, False]


def test_an_old_procedure_tells_nothing_of_a_referral(bring: Importer) -> None:
    helped = {THEMES: "Aide aux démarches administratives", "Bénéficiaire réorienté": "Oui"}
    rows = [
        individual(1, Date=date(2025, 4, 30), **helped),
        individual(2, Date=date(2025, 5, 1), **helped),
        individual(3, Date=date(2025, 4, 30), **{"Bénéficiaire réorienté": "Oui"}),
    ]

    report = bring(rows)

    told = [bring.session(n).attendances[0].is_referred for n in (1, 2, 3)]
    assert told == [None, True, True]
    assert any("réorienté" in n and "1\u00a0accompagnement d" in n for n in report.notices)


def test_a_theme_of_procedures_brings_the_general_one(bring: Importer) -> None:
    rows = [
        individual(1, **{THEMES: "Logement"}),
        individual(2, Type="Aide aux démarches administratives", **{THEMES: ""}),
    ]

    bring(rows)

    themes = [{t.theme for t in bring.session(n).themes} for n in (1, 2)]
    assert themes == [
        {"aide_aux_demarches_administratives", "logement"},
        {"aide_aux_demarches_administratives"},
    ]


def test_no_file_is_opened_for_the_people_named(
    bring: Importer, database: Database, build: Builder
) -> None:
    rows = [individual(1, Bénéficiaire="Nicole Leroux"), individual(2)]

    report = bring(rows)

    with database.reading(build.actor("awa").scope) as db:
        assert db.exec(select(Resident)).all() == []
        assert bring.session().attendances[0].resident_id is None
    assert any("1\u00a0ligne" in n and "informées" in n for n in report.notices)
    assert "Leroux" not in report.summary()


def test_what_must_never_be_kept_is_taken_out_of_notes(bring: Importer) -> None:
    report = bring([individual(**{"Notes supplémentaires": "mdp : soleil42"})])

    assert "soleil" not in bring.texts()["note"]
    assert any("[retiré]" in notice for notice in report.notices)


@pytest.mark.parametrize(
    ("cells", "column", "value", "reason"),
    [
        ({"Date": "demain"}, "Date", "demain", "date"),
        ({"Date": date(2026, 11, 25)}, "Date", "25/11/2026", "à venir"),
        ({"Date": date(2009, 1, 1)}, "Date", "01/01/2009", "2015"),
        ({"Type": "Réunion"}, "Type", "Réunion", "liste"),
        ({"Type": ""}, "Type", "", "vide"),
        ({"Durée (min)": 0}, "Durée (min)", "0", "entre 1 et 1439"),
        ({"Durée (min)": 1440}, "Durée (min)", "1440", "entre 1 et 1439"),
        ({"Durée (min)": Formula("=1/0", "#DIV/0!")}, "Durée (min)", "#DIV/0!", "durée"),
        ({"Canaux d’accompagnement": "Ici"}, "Canaux d’accompagnement", "Ici", "liste"),
        ({THEMES: "E-mail\nJardinage"}, THEMES, "Jardinage", "liste"),
        ({"Genre du bénéficiaire": "?"}, "Genre du bénéficiaire", "?", "liste"),
        ({AUTONOMY: "4/3"}, AUTONOMY, "4/3", "niveau"),
        ({"Participants": "3/2"}, "Participants", "3/2", "participant"),
        ({"ID CRA": "12"}, "ID CRA", "12", "identifiant"),
        ({"ID CRA": ""}, "ID CRA", "", "identifiant"),
    ],
)
def test_a_bad_row_is_named_and_the_rest_goes_in(
    bring: Importer, cells: dict[str, Any], column: str, value: str, reason: str
) -> None:
    report = bring([individual(1), individual(2, **cells), individual(3)])

    assert (report.rows, report.created, report.refused) == (3, 2, 1)
    found = bad(report)
    assert (found.line, found.column, found.value) == (24, column, value)
    assert reason in found.reason
    assert f"Ligne 24, colonne «\u00a0{column}\u00a0»" in report.summary()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_bad_row_refuses_its_whole_activity_and_all_that_is_wrong_is_named(
    bring: Importer, database: Database, place: int
) -> None:
    rows = workshop(1, 3, Bénéficiaire="Nicole Leroux")
    rows[place]["Tranche d’âge du bénéficiaire"] = "vieux"
    rows[2]["Statut du bénéficiaire"] = "magicien"

    report = bring([*rows, individual(2)])

    assert (report.created, report.refused, report.attendances) == (1, 1, 1)
    assert [(found.line, found.value) for found in report.bad_rows] == [
        (23 + place, "vieux"),
        (25, "magicien"),
    ]
    assert report.notices == [], "nothing is said of what stayed out"
    with database.reading(Scope.system("tests")) as db:
        assert db.exec(select(AssistedSession.source_id)).all() == [cra(2)]


def test_a_refused_change_leaves_what_was_there(bring: Importer) -> None:
    bring([individual(1)])

    report = bring([individual(1, **{"Durée (min)": 2_000})])

    session = bring.session()
    assert (report.refused, session.duration_min, session.version) == (1, 45, 1)


def test_a_note_is_never_repeated_in_the_report(bring: Importer) -> None:
    report = bring([individual(1, **{"Notes supplémentaires": "Nicole " * 3_000})])

    assert bad(report).column == "Notes supplémentaires"
    assert "Nicole" not in str(report.to_json()) + report.summary()


def test_rows_of_one_activity_must_agree(bring: Importer) -> None:
    rows = workshop(1, 3)
    rows[1]["Durée (min)"] = 60

    report = bring(rows)

    assert (report.created, report.refused) == (0, 1)
    assert (bad(report).column, "ligne 23" in bad(report).reason) == ("Durée (min)", True)


def test_a_row_met_twice_counts_once(bring: Importer) -> None:
    report = bring([*workshop(1, 3), *workshop(1, 3), individual(2), individual(2)])

    assert (report.created, report.attendances, report.refused) == (2, 4, 0)
    assert any("une seule fois\u00a0: 4\u00a0lignes" in notice for notice in report.notices)


def test_nothing_stays_of_a_file_refused_half_way(
    bring: Importer, database: Database, build: Builder
) -> None:
    titles = dict(zip(columns(), columns(), strict=True))
    rows = [individual(n) for n in range(1, 600)]

    with pytest.raises(Invalid, match="deux tableaux"):
        bring([*rows, titles, individual(700)])

    with database.reading(build.actor("awa").scope) as db:
        assert db.exec(select(AssistedSession)).first() is None


def test_the_report_is_one_json_document(bring: Importer) -> None:
    report = bring([individual(1), individual(2, Type="?")])

    assert report.to_json() == {
        "dry_run": False,
        "run": report.run,
        "taken_up": False,
        "shape": "activities",
        "rows": 2,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "attendances": 1,
        "refused": 1,
        "places_created": [],
        "unknown_labels": [{"list": "kind", "label": "?", "rows": 1}],
        "bad_cells": 1,
        "bad_rows": [
            {
                "line": 24,
                "column": "Type",
                "value": "?",
                "reason": "cette réponse n’est pas dans la liste de La Coop",
            }
        ],
        "rows_to_mend": {"kept": 1, "total": 1},
        "notices": [],
    }


def test_an_import_is_in_the_access_record(
    bring: Importer, database: Database, build: Builder
) -> None:
    bring([individual()])

    with database.reading(Scope.system("tests")) as db:
        entries = db.exec(select(AccessRecord).where(col(AccessRecord.did) == Did.IMPORT)).all()
    assert [entry.organisation_id for entry in entries] == [
        build.structure_of("awa").organisation.id
    ]


def test_a_dry_run_counts_and_writes_nothing(
    bring: Importer, database: Database, build: Builder
) -> None:
    rows = [individual(1, **{"Nom du lieu": "Ailleurs"}), individual(2, Type="?")]

    tried, done = bring(rows, dry_run=True), bring(rows)

    with database.reading(build.actor("awa").scope) as db:
        assert len(db.exec(select(AssistedSession)).all()) == 1
    assert tried.to_json() == done.to_json() | {"dry_run": True, "run": None}
    assert "rien n’est écrit" in tried.summary()


def as_text(row: dict[str, Any]) -> dict[str, Any]:
    """Write a row's days as a spreadsheet writes them in a CSV."""
    return {k: v.strftime("%d/%m/%Y") if isinstance(v, date) else v for k, v in row.items()}


@pytest.mark.parametrize(
    ("encoding", "separator"),
    [("utf-8", ","), ("utf-8-sig", ";"), ("cp1252", ";"), ("utf-16", "\t")],
)
def test_the_same_rows_come_in_from_a_csv_whatever_its_encoding(
    bring: Importer, tmp_path: Path, encoding: str, separator: str
) -> None:
    row = individual(**{THEMES: "E-mail", "Notes supplémentaires": "Revient mardi ;\nà 14 h."})
    lines = io.StringIO(newline="")
    writer = csv.DictWriter(lines, list(row), delimiter=separator)
    writer.writeheader()
    writer.writerow(
        {k: v.strftime("%d/%m/%Y") if hasattr(v, "strftime") else v for k, v in row.items()}
    )
    path = tmp_path / "coop.csv"
    path.write_bytes(lines.getvalue().encode(encoding))

    report = bring.file(path)
    again = bring.file(path)

    assert (report.created, report.refused) == (1, 0)
    assert again.unchanged == 1
    assert bring.texts()["note"] == "Revient mardi ;\nà 14 h."


def test_a_bad_row_of_a_csv_is_named_by_its_line(bring: Importer, tmp_path: Path) -> None:
    good, wrong = individual(1), individual(2) | {"Durée (min)": "longtemps"}
    lines = io.StringIO(newline="")
    writer = csv.DictWriter(lines, list(good), delimiter=";")
    writer.writeheader()
    for row in (good, wrong):
        writer.writerow(as_text(row))
    path = tmp_path / "coop.csv"
    path.write_text(lines.getvalue(), encoding="utf-8")

    report = bring.file(path)

    assert report.created == 1
    assert (bad(report).line, bad(report).column) == (3, "Durée (min)")


def test_sixteen_thousand_columns_are_read_as_far_as_titles_matter(
    bring: Importer, tmp_path: Path
) -> None:
    row = individual()
    more = 16_384 - len(row)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append([*row, *(f"Colonne {n}" for n in range(more))])
    sheet.append([*as_text(row).values(), *range(more)])
    path = tmp_path / "large.xlsx"
    book.save(path)

    report = bring.file(path)

    assert (report.created, report.refused) == (1, 0)
