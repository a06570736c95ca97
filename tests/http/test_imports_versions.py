"""Files of several days and shapes: what a file says nothing of stays, and the newest wins."""

from pathlib import Path

import pytest
from sqlmodel import select

from app.core.db import Database
from app.exports.history import ACTIVITIES, history_scope, write_history
from app.imports.report import ImportReport
from app.imports.runs import Target
from app.imports.service import import_file
from app.sessions import service as sessions
from app.sessions.models import AssistedSession
from tests.support.build import NOW, Builder
from tests.support.coop_file import THEMES, Importer, columns, cra, individual, workshop
from tests.support.coop_people import person, write_people

CHANGED = "Dernière modification le"
NOTE = "Notes supplémentaires"


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    """Give what is new, changed, the same and refused."""
    return report.created, report.updated, report.unchanged, report.refused


def said(report: ImportReport, words: str) -> bool:
    """Tell whether a notice holds some words."""
    return any(words in notice.replace("\u00a0", " ") for notice in report.notices)


def correct(bring: Importer, duration_min: int) -> None:
    """Correct the first activity in Escale."""
    actor, session = bring.build.actor("awa"), bring.session()
    form = bring.build.a_form(
        held_on=session.held_on,
        version=session.version,
        duration_min=duration_min,
        procedures=[],
        outcome={},
        themes=["email"],
    )
    with bring.build.database.writing(actor.scope) as db:
        sessions.correct_session(db, actor, session.id, form, now=NOW)


def exported(bring: Importer, folder: Path) -> Path:
    """Take the activities of Awa's structure out."""
    organisation = bring.build.structure_of("awa").organisation
    scope = history_scope(organisation.id, None, is_asked_by_somebody=False)
    with bring.build.database.reading(scope) as db:
        write_history(db, organisation, ACTIVITIES, folder / "own.xlsx", now=NOW)
    return folder / "own.xlsx"


def test_a_column_that_is_not_there_leaves_its_field_and_an_empty_cell_empties_it(
    bring: Importer, tmp_path: Path
) -> None:
    bring.file(write_people(tmp_path / "people.xlsx", [person()]))
    row = individual(1, Bénéficiaire="Nicole Morel", Tags="budget", **{NOTE: "Une note."})
    rows = [row, *workshop(2, 3, Tags="été", **{NOTE: "Autre."})]
    few = [c for c in columns("O") if c not in ("Tags", THEMES, "Genre du bénéficiaire")]
    few = [c for c in few if c != "Matériel numérique utilisé"]

    shapes = [columns("S"), columns("O"), columns("S"), columns("O"), few, columns("S")]
    told = [counts(bring(rows, titles=titles)) for titles in shapes]
    changed = bring([row | {"Durée (min)": 75}], titles=few)
    kept, note = bring.session(), bring.texts()
    bring([row | {"Durée (min)": 75, NOTE: "", "Tags": ""}])

    assert told == [(2, 0, 0, 0)] + [(0, 0, 2, 0)] * 5
    assert (counts(changed), kept.duration_min) == ((0, 1, 0, 0), 75)
    assert (kept.tags, kept.material, note) == (
        ["budget"],
        ["ordinateur", "telephone"],
        {"note": "Une note."},
    )
    assert {t.theme for t in kept.themes} == {"email", "navigation_sur_internet"}
    assert kept.attendances[0].gender == "feminin"
    assert kept.attendances[0].resident_id is not None
    assert (bring.session().tags, bring.texts()) == ([], {})


def test_the_newest_stays_whichever_file_comes_last(bring: Importer) -> None:
    bring([individual(1, **{"Durée (min)": 90, CHANGED: "12/03/2026 à 10:00"})])

    older = bring([individual(1, **{"Durée (min)": 30, CHANGED: "11/03/2026 à 10:00"})])
    never = bring([individual(1, **{"Durée (min)": 31})])
    newer = bring([individual(1, **{"Durée (min)": 60, CHANGED: "13/03/2026 à 10:00"})])
    correct(bring, 20)
    before = bring([individual(1, **{"Durée (min)": 45, CHANGED: "14/03/2026 à 10:00"})])
    undated = [c for c in columns("S") if c != CHANGED]
    blind = bring([individual(1, **{"Durée (min)": 46})], titles=undated)

    told = [counts(report)[1:3] for report in (older, never, newer, before, blind)]
    assert told == [(0, 1), (0, 1), (1, 0), (0, 1), (0, 1)]
    assert bring.session().duration_min == 20
    for report in (older, never, before, blind):
        assert said(report, "Plus récentes dans Escale que dans ce fichier")
        assert said(report, "ligne 23")


@pytest.mark.parametrize("dry_run", [True, False])
def test_an_activity_written_twice_is_the_most_recently_modified(
    bring: Importer, dry_run: bool
) -> None:
    newest = individual(1, **{"Durée (min)": 90, CHANGED: "12/03/2026 à 10:00"})
    oldest = individual(1, **{"Durée (min)": 30, CHANGED: "10/03/2026 à 10:00"})

    report = bring([oldest, newest, oldest, individual(2)], dry_run=dry_run)

    assert counts(report) == (2, 0, 0, 0)
    assert said(report, "la plus récemment modifiée est reprise")
    assert dry_run or bring.session().duration_min == 90


@pytest.mark.parametrize(
    ("row", "value", "reason"),
    [
        (workshop(1, 3)[2], "3/3", "le total est 2 sur les lignes d’avant"),
        (workshop(1, 2)[1] | {"Genre du bénéficiaire": "Féminin"}, "2/2", "déjà tous ses"),
    ],
    ids=["total", "rank"],
)
def test_a_row_too_many_refuses_its_whole_workshop(
    bring: Importer, row: dict[str, object], value: str, reason: str
) -> None:
    report = bring([*workshop(1, 2), individual(2), row])

    assert counts(report) == (1, 0, 0, 1)
    [bad] = report.bad_rows
    assert (bad.column, bad.value) == ("Participants", value)
    assert reason in bad.reason
    assert report.to_mend.total == 3
    assert not said(report, "tirés au sort"), "nothing is said of what stays out"


def test_two_people_of_one_rank_refuse_their_workshop_and_one_row_twice_does_not(
    bring: Importer,
) -> None:
    first, second, _ = workshop(1, 3)
    clash = bring([first, second, second | {"Genre du bénéficiaire": "Féminin"}])
    twice = bring([first, second, second])

    assert (counts(clash), counts(twice)) == ((0, 0, 0, 1), (1, 0, 0, 0))
    assert "a déjà ce rang" in clash.bad_rows[0].reason
    assert said(twice, "comptées une seule fois")


def test_a_cut_file_changes_what_it_says_and_takes_nobody_away(bring: Importer) -> None:
    bring(workshop(1, 3))
    before = {a.id for a in bring.session().attendances}

    changed = bring([row | {"Durée (min)": 90} for row in workshop(1, 3)[:2]])
    same = bring([row | {"Durée (min)": 90} for row in workshop(1, 3)[1:]])
    other = bring(
        [row | {"Durée (min)": 90, "Statut du bénéficiaire": "Retraité"} for row in workshop(1, 3)][
            :1
        ]
    )

    assert [counts(r) for r in (changed, same, other)] == [(0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 1, 0)]
    assert bring.session().duration_min == 90
    assert {a.id for a in bring.session().attendances} == before
    assert said(other, "Profils changés dans des ateliers dont il manque des lignes")


def test_a_place_of_unknown_commune_and_a_correction_come_back_without_a_change(
    bring: Importer, tmp_path: Path
) -> None:
    lost = {"Nom du lieu": "Camp", "Commune": "Nulleville", "Code postal": "", "Code Insee": ""}
    rows = [individual(1), individual(2, **lost)]
    bring(rows)
    correct(bring, 20)

    told = [bring.file(exported(bring, tmp_path)), bring(rows), bring.file(tmp_path / "own.xlsx")]

    assert [counts(report)[1:3] for report in told] == [(0, 2)] * 3


def test_what_escale_noted_before_may_2025_keeps_its_referrals(
    bring: Importer, build: Builder, database: Database, tmp_path: Path
) -> None:
    old = {"Date": "04/02/2025", "Bénéficiaire réorienté": "Oui"}
    old |= {THEMES: "Aide aux démarches administratives\nLogement"}
    ours = individual(1, **old, **{"ID CRA": "01946f3a-0000-7000-8000-000000000001"})

    report = bring([ours, individual(2, **old)])

    assert said(report, "sur 1 accompagnement d’avant mai 2025")
    assert bring.session(2).attendances[0].is_referred is None
    other = build.structure_of("bruno").organisation
    path = exported(bring, tmp_path)
    assert import_file(Target(database, other.id, NOW), path).created == 2
    with database.reading(build.actor("bruno").scope) as db:
        found = db.exec(select(AssistedSession).options(*sessions.WHOLE)).all()
    told = {s.source_id: s.attendances[0].is_referred for s in found}
    assert told == {cra(2): None, ours["ID CRA"]: True}
