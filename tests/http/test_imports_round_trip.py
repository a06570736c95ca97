"""Residents come in from the national tool's file, and a history taken out comes back the same."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlmodel import select

from app.core.db import Database
from app.core.errors import Forbidden, Invalid
from app.core.scope import Scope
from app.exports.history import ACTIVITIES, RESIDENTS, history_scope, write_history
from app.imports.models import Shape
from app.imports.report import ImportReport
from app.imports.runs import Target
from app.imports.service import import_file
from app.imports.undo import undo
from app.residents.models import Resident
from app.residents.service import NamedResident
from tests.support.build import NOW, Builder
from tests.support.client import Browser
from tests.support.coop_file import V1, Importer, columns, history, individual, workshop
from tests.support.coop_people import person
from tests.support.imported import activities, files_of, people


def by_name(bring: Importer) -> list[NamedResident]:
    """Open the files of Awa's structure."""
    return sorted(files_of(bring.build, "awa"), key=lambda p: p.name)


def test_a_resident_comes_in_sealed_with_every_field(meet: Any, bring: Importer) -> None:
    report = meet(person())

    assert (report.shape, report.created, report.refused) == (Shape.RESIDENTS, 1, 0)
    [found] = by_name(bring)
    assert (found.name, found.birth_year) == ("Nicole Morel", 1951)
    assert (found.phone, found.email) == ("+33612345678", "nicole@exemple.fr")
    assert (found.commune, found.gender, found.status) == ("35238", "feminin", "retraite")
    assert (found.age_band, found.note) == ("soixante_dix_plus", "Préfère le matin")
    with bring.build.database.reading(Scope.system("tests")) as db:
        assert b"Morel" not in db.exec(select(Resident.family_name)).one()


def test_the_same_residents_twice_change_nothing(meet: Any, bring: Importer) -> None:
    meet(person(), person(given_name="Paul", birth_year="-", phone="-"))

    again = meet(person(), person(given_name="Paul", birth_year="-", phone="-"))

    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    assert len(by_name(bring)) == 2


def test_namesakes_born_in_other_years_are_two(meet: Any, bring: Importer) -> None:
    meet(person(), person(birth_year=1980, phone="-"))

    assert [p.birth_year for p in by_name(bring)] != []
    assert len(by_name(bring)) == 2


def test_a_later_file_fills_what_was_empty_and_keeps_what_was_written(
    meet: Any, bring: Importer
) -> None:
    meet(person(email="-", note="Préfère le matin"))

    report = meet(person(note="Autre note"))

    assert (report.updated, report.unchanged) == (1, 0)
    [found] = by_name(bring)
    assert (found.email, found.note) == ("nicole@exemple.fr", "Préfère le matin")


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"family_name": ""}, "Nom"),
        ({"birth_year": 1700}, "Année de naissance"),
        ({"gender": "?"}, "Genre"),
    ],
)
def test_a_bad_resident_is_named_and_the_rest_goes_in(
    meet: Any, cells: dict[str, Any], column: str
) -> None:
    report = meet(person(**cells), person(given_name="Paul"))

    assert (report.created, report.refused) == (1, 1)
    assert (report.bad_rows[0].line, report.bad_rows[0].column) == (14, column)


def test_a_number_that_is_none_is_left_out_and_told(meet: Any, bring: Importer) -> None:
    report = meet(person(phone="12"))

    assert by_name(bring)[0].phone is None
    assert any("laissés de côté" in notice for notice in report.notices)


def test_an_activity_finds_the_person_it_names(meet: Any, bring: Importer) -> None:
    meet(person())

    bring([individual(1, **{"Bénéficiaire": "Nicole Morel"}), individual(2)])

    [found] = by_name(bring)
    assert [a.resident_id for a in bring.session(1).attendances] == [found.id]
    assert [a.resident_id for a in bring.session(2).attendances] == [None]
    assert found.visits == 1


def test_visits_follow_what_a_later_file_says_of_who_came(meet: Any, bring: Importer) -> None:
    meet(person(), person(given_name="Paul"))
    both = workshop(1, 2)
    both[0]["Bénéficiaire"], both[1]["Bénéficiaire"] = "Nicole Morel", "Paul Morel"
    bring([*both, individual(2)])
    first = [p.visits for p in by_name(bring)]

    report = bring(
        [
            *workshop(1, 1, Bénéficiaire="Nicole Morel"),
            individual(2, **{"Bénéficiaire": "Nicole Morel"}),
        ]
    )

    assert report.updated == 2
    assert first == [1, 1]
    assert [p.visits for p in by_name(bring)] == [2, 0]


def test_two_rows_of_one_person_make_one_file_that_knows_both(meet: Any, bring: Importer) -> None:
    report = meet(person(email="-", phone="-"), person(note=""))
    again = meet(person(email="-", phone="-"), person(note=""))

    assert (report.created, report.updated, report.unchanged) == (1, 0, 1)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    [found] = by_name(bring)
    assert (found.email, found.phone) == ("nicole@exemple.fr", "+33612345678")
    assert found.version == 1


def test_a_file_here_is_filled_by_one_person_only(meet: Any, bring: Importer) -> None:
    """Who was born in 1951 completes the file that has no year; who was born in 1980 does not."""
    bring.build.a_resident(family_name="Morel", birth_year=None, gender="non_communique")

    report = meet(person(phone="-"), person(birth_year=1980, phone="-"))

    assert (report.created, report.updated) == (1, 1)
    assert sorted(p.birth_year or 0 for p in by_name(bring)) == [1951, 1980]


def test_residents_are_found_by_name_as_soon_as_they_are_in(
    meet: Any, bring: Importer, client: Browser
) -> None:
    asked = {"q": "morel"}
    before = client.as_("awa").post("/beneficiaires/recherche", data=asked)

    meet(person())

    assert "Nicole Morel" not in before.text
    assert "Nicole Morel" in client.post("/beneficiaires/recherche", data=asked).text


def test_namesakes_are_recognised_by_nothing(meet: Any, bring: Importer) -> None:
    meet(person(), person(birth_year=1980, phone="-"))

    bring([individual(1, **{"Bénéficiaire": "Nicole Morel"})])

    assert [a.resident_id for a in bring.session(1).attendances] == [None]


def test_residents_are_taken_back_unless_an_activity_names_them(meet: Any, bring: Importer) -> None:
    actor = bring.build.actor("awa")
    target = Target(bring.build.database, actor.organisation_id, NOW)
    first = meet(person())
    undo(target, _id(first))
    assert by_name(bring) == []

    second = meet(person())
    activities = bring([individual(1, **{"Bénéficiaire": "Nicole Morel"})])
    with pytest.raises(Exception, match="1\u00a0accompagnement noté"):
        undo(target, _id(second))
    undo(target, _id(activities))
    assert by_name(bring)[0].visits == 0
    undo(target, _id(second))
    assert by_name(bring) == []


def test_a_history_taken_out_comes_back_without_a_change(
    meet: Any, bring: Importer, tmp_path: Path
) -> None:
    meet(
        person(phone="+33 6 91 49 04 97"),
        person(given_name="Paul", birth_year=1980, phone="-", email="-", note=""),
    )
    rows = [
        *history(150, seed=3),
        individual(900, **{"Bénéficiaire": "Nicole Morel", "Source de la donnée": V1}),
        *(row | {"Source de la donnée": V1} for row in workshop(901, 3)),
    ]
    bring(rows, titles=columns("SV"))
    here = bring.build.structure_of("awa").organisation
    there = bring.build.structure_of("bruno").organisation

    out = {kind: _export(bring.build.database, here, kind, tmp_path) for kind in _KINDS}
    again = {kind: bring.file(path) for kind, path in out.items()}

    for report in again.values():
        assert (report.created, report.updated, report.refused) == (0, 0, 0)
    elsewhere = Target(bring.build.database, there.id, NOW)
    for kind in (RESIDENTS, ACTIVITIES):
        assert import_file(elsewhere, out[kind]).refused == 0
    assert activities(bring.build, "awa") == activities(bring.build, "bruno") != []
    assert people(bring.build, "awa") == people(bring.build, "bruno") != []
    back = {kind: _export(bring.build.database, there, kind, tmp_path) for kind in _KINDS}
    for kind in _KINDS:
        assert _cells(out[kind]) == _cells(back[kind])


def test_two_people_who_came_together_come_back_together(
    meet: Any, bring: Importer, tmp_path: Path
) -> None:
    meet(person(), person(given_name="Paul", birth_year=1980, phone="-", email="-"))
    nicole, paul = by_name(bring)
    bring.build.a_session(who="resident", resident_id=nicole.id, others=[paul.id])
    here = bring.build.structure_of("awa").organisation
    there = bring.build.structure_of("bruno").organisation
    elsewhere = Target(bring.build.database, there.id, NOW)

    out = {kind: _export(bring.build.database, here, kind, tmp_path) for kind in _KINDS}
    again = bring.file(out[ACTIVITIES])
    reports = [import_file(elsewhere, out[kind]) for kind in (RESIDENTS, ACTIVITIES)]

    assert (again.created, again.updated, again.refused) == (0, 0, 0)
    assert [report.refused for report in reports] == [0, 0]
    assert [report.attendances for report in reports][-1] == 2
    back = {kind: _export(bring.build.database, there, kind, tmp_path) for kind in _KINDS}
    assert _cells(out[ACTIVITIES]) == _cells(back[ACTIVITIES])


def test_only_who_works_there_takes_a_history_out(build: Builder) -> None:
    structure = build.structure_of("awa").organisation.id

    assert history_scope(structure, build.actor("awa"), is_asked_by_somebody=True).work
    for who in ("bruno", "claire", "alix", "farid", "dora"):
        with pytest.raises(Forbidden):
            history_scope(structure, build.actor(who), is_asked_by_somebody=True)


def test_a_sheet_with_neither_table_is_refused(bring: Importer, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Nom", "Prénom"])  # type: ignore[union-attr]
    book.save(tmp_path / "x.xlsx")

    with pytest.raises(Invalid, match="Aucun tableau"):
        bring.file(tmp_path / "x.xlsx")


_KINDS = (ACTIVITIES, RESIDENTS)


def _id(report: ImportReport) -> Any:
    from uuid import UUID

    return UUID(report.run or "")


def _export(database: Database, organisation: Any, kind: str, folder: Path) -> Path:
    path = folder / f"{organisation.slug}-{kind}.xlsx"
    scope = history_scope(organisation.id, None, is_asked_by_somebody=False)
    with database.reading(scope) as db:
        write_history(db, organisation, kind, path, now=NOW)
    return path


def _cells(path: Path) -> list[tuple[Any, ...]]:
    """Read the table of a file, ranks aside: rows of a workshop have no order of their own.

    Addresses too: each structure knows one of the places already, as it wrote it.
    """
    sheet = openpyxl.load_workbook(path).worksheets[0]
    rows = list(sheet.iter_rows(min_row=22, values_only=True))
    left_out = [n for n, title in enumerate(rows[0]) if title in ("Participants", "Adresse")]
    kept = (tuple(c for n, c in enumerate(row) if n not in left_out) for row in rows)
    return sorted(kept, key=repr)
