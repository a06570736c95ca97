"""An import whose process was killed is said to be so, can be taken back, and can be ended."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from app.audit.models import AccessRecord, Did
from app.core.db import Database
from app.core.errors import Conflict
from app.core.scope import Scope
from app.core.settings import Settings
from app.imports import runs, service, upload
from app.imports.models import ImportRun, RunState
from app.imports.runs import Overtaken, Target
from app.imports.service import import_file
from app.imports.undo import undo
from tests.http.test_commands import escale  # noqa: F401
from tests.http.test_imports_page import HOME, wait
from tests.support.build import NOW
from tests.support.client import Browser
from tests.support.coop_file import Importer, history, individual, workshop, write
from tests.support.coop_people import person, write_people
from tests.support.dying import import_and_die
from tests.support.imported import activities, people, places

LONG_AGO = NOW - timedelta(hours=1)  # nothing was heard of it since
Kill = Callable[..., None]


@pytest.fixture
def kill(settings: Settings, bring: Importer) -> Kill:
    """Bring a file in, in Awa's structure, in a process that dies on the way."""
    target = Target(bring.build.database, bring.build.structure_of("awa").organisation.id, LONG_AGO)
    return lambda path, after, **more: import_and_die(settings, target, path, after=after, **more)


def past(folder: Path) -> Path:
    """Write a history with unknown places, one of which widens as the file is read."""
    rows = [
        *history(90, seed=4),
        *(row | {"Bénéficiaire": "Nicole Morel"} for row in map(individual, range(901, 941))),
        *workshop(950, 6),
    ]
    return write(folder / "past.xlsx", rows)


def crowd(folder: Path) -> Path:
    """Write residents, some on two rows that complete each other, far apart."""
    rows = [person(given_name=f"Nicole {n}", email="-", birth_year="-") for n in range(60)]
    rows += [person(given_name=f"Nicole {n}") for n in range(0, 60, 7)]
    return write_people(folder / "people.xlsx", rows)


def runs_of(database: Database) -> list[ImportRun]:
    """List all imports."""
    with database.reading(Scope.system("tests")) as db:
        return list(db.exec(select(ImportRun)))


@pytest.mark.parametrize("written", [1, 3])
def test_a_history_killed_half_way_then_sent_again_ends_as_if_it_never_was(
    bring: Importer, kill: Kill, database: Database, tmp_path: Path, written: int
) -> None:
    for who in ("awa", "bruno"):
        organisation = bring.build.structure_of(who).organisation
        import_file(
            Target(database, organisation.id, NOW), write_people(tmp_path / "p.xlsx", [person()])
        )
    path = past(tmp_path)
    batches = -(-bring.file(path, dry_run=True).created // 20)
    kill(path, batches + written)
    half = activities(bring.build, "awa")

    again = bring.file(path)

    elsewhere = bring.build.structure_of("bruno").organisation
    whole = import_file(Target(database, elsewhere.id, NOW), path)
    assert 0 < len(half) < whole.created
    assert activities(bring.build, "awa") == activities(bring.build, "bruno")
    assert people(bring.build, "awa") == people(bring.build, "bruno")
    assert people(bring.build, "awa")[0][-2] == 40, "each visit is counted"
    mine, theirs = places(bring.build, "awa"), places(bring.build, "bruno")
    assert _but_own(mine) == _but_own(theirs)
    assert again.is_taken_up
    assert again.to_json() | {"run": "", "taken_up": ""} == whole.to_json() | {
        "run": "",
        "taken_up": "",
        "places_created": again.places_created,
    }


def test_residents_killed_half_way_then_sent_again_end_as_if_they_never_were(
    bring: Importer, kill: Kill, database: Database, tmp_path: Path
) -> None:
    path = crowd(tmp_path)
    kill(path, 5)  # 4 batches are read, then written
    half = people(bring.build, "awa")

    again = bring.file(path)

    elsewhere = bring.build.structure_of("bruno").organisation
    whole = import_file(Target(database, elsewhere.id, NOW), path)
    assert 0 < len(half) < whole.created == 60
    assert people(bring.build, "awa") == people(bring.build, "bruno")
    assert (again.created, again.updated, again.unchanged) == (60, 0, 9)
    undo(Target(database, bring.build.structure_of("awa").organisation.id, NOW), _id(again))
    assert people(bring.build, "awa") == []


def test_the_page_says_an_import_was_interrupted_and_takes_it_back(
    bring: Importer, kill: Kill, client: Browser, database: Database, tmp_path: Path
) -> None:
    before = places(bring.build, "awa")
    kill(past(tmp_path), 9)
    [run] = runs_of(database)
    assert run.state is RunState.WRITING

    page = client.as_("alix").get(f"{HOME}/{run.id}")
    listed = client.get(HOME)

    assert "Reprise interrompue" in page.text
    assert "envoyez-le de nouveau" in page.text, "the file of a command is not kept"
    assert "refresh" not in page.headers
    assert "interrompue" in listed.text
    assert "en cours" not in listed.text
    assert client.post(f"{HOME}/{run.id}/annuler").status_code == 303
    assert activities(bring.build, "awa") == []
    assert places(bring.build, "awa") == before, "those it made are gone with it"
    assert client.post(f"{HOME}/{run.id}/annuler").status_code == 409


def test_the_page_goes_on_with_an_import_whose_file_is_still_there(
    bring: Importer,
    kill: Kill,
    client: Browser,
    database: Database,
    settings: Settings,
    tmp_path: Path,
) -> None:
    with past(tmp_path).open("rb") as file:
        address = (
            client.as_("alix").post(HOME, files={"file": ("past.xlsx", file)}).headers["location"]
        )
    wait()
    [run] = runs_of(database)
    kill(upload.file_of(settings, run.id), 9, tried=run)
    half = activities(bring.build, "awa")

    page = client.get(address)
    answer = client.post(f"{address}/continuer")
    wait()

    assert f'action="{address}/continuer"' in page.text
    assert answer.status_code == 303
    [ended] = runs_of(database)
    assert ended.state is RunState.DONE
    assert len(half) < len(activities(bring.build, "awa")) == ended.created
    assert not upload.file_of(settings, run.id).exists()
    assert client.post(f"{address}/continuer").status_code == 409


def test_a_reading_that_died_is_read_again_or_forgotten(
    bring: Importer, client: Browser, database: Database, settings: Settings, tmp_path: Path
) -> None:
    client.as_("alix")
    organisation = bring.build.structure_of("awa").organisation
    addresses = []
    for _ in range(2):
        path = write(tmp_path / "x.xlsx", [individual(1)])
        target = Target(database, organisation.id, LONG_AGO)
        run = runs.begin(target, path, state=RunState.READING)
        (settings.data_dir / "imports").mkdir(exist_ok=True, parents=True)
        path.rename(upload.file_of(settings, run.id))
        addresses.append(f"{HOME}/{run.id}")

    page = client.get(addresses[0]).text
    client.post(f"{addresses[0]}/continuer")
    wait()
    client.post(f"{addresses[1]}/abandonner")

    assert "Rien n’est écrit" in page
    assert "annuler" not in page
    assert "Ce qui entrera" in client.get(addresses[0]).text
    assert client.get(addresses[1]).status_code == 404


def test_what_still_goes_is_neither_taken_back_nor_started_twice(
    bring: Importer, client: Browser, database: Database, settings: Settings, tmp_path: Path
) -> None:
    organisation = bring.build.structure_of("awa").organisation
    target = Target(database, organisation.id, NOW)
    path = write(tmp_path / "x.xlsx", [individual(1)])
    run = runs.begin(target, path)
    upload.file_of(settings, run.id).parent.mkdir(exist_ok=True, parents=True)
    path.rename(upload.file_of(settings, run.id))

    page = client.as_("alix").get(f"{HOME}/{run.id}")
    answers = [client.post(f"{HOME}/{run.id}/{way}") for way in ("continuer", "annuler")]

    assert "interrompue" not in page.text
    assert [answer.status_code for answer in answers] == [409, 409]
    assert "déjà lancée" in answers[0].text
    assert "Attendez sa fin" in answers[1].text


@pytest.mark.parametrize("kind", ["history", "residents"])
def test_an_import_started_again_elsewhere_writes_nothing_more(
    bring: Importer,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    monkeypatch.setattr(service, "BATCH", 20)
    path = past(tmp_path) if kind == "history" else crowd(tmp_path)
    target = Target(database, bring.build.structure_of("awa").organisation.id, LONG_AGO)
    told = []

    def meanwhile(done: int, _: int | None) -> None:
        told.append(done)
        if len(told) == 7:  # it writes by now
            import_file(replace(target, now=NOW), path)

    with pytest.raises(Overtaken):
        import_file(target, path, progress=meanwhile)

    [run] = runs_of(database)
    assert run.state is RunState.DONE
    found = activities(bring.build, "awa") or people(bring.build, "awa")
    assert len(found) == len({row[0] for row in found}) == run.created


def test_an_import_taken_back_while_its_process_slept_writes_nothing_more(
    bring: Importer, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BATCH", 20)
    organisation = bring.build.structure_of("awa").organisation

    def meanwhile(done: int, _: int | None) -> None:
        if done > 130:
            [run] = runs_of(database)
            if run.state is RunState.WRITING:
                later = run.moved_at + timedelta(minutes=6)
                undo(Target(database, organisation.id, later), run.id)

    with pytest.raises(Overtaken):
        import_file(Target(database, organisation.id, NOW), past(tmp_path), progress=meanwhile)

    [run] = runs_of(database)
    assert run.state is RunState.UNDONE
    assert activities(bring.build, "awa") == []


def test_the_same_file_sent_again_by_the_page_closes_the_one_left_half_way(
    bring: Importer, kill: Kill, client: Browser, database: Database, tmp_path: Path
) -> None:
    path = past(tmp_path)
    kill(path, 9)
    with path.open("rb") as file:
        address = (
            client.as_("alix").post(HOME, files={"file": ("past.xlsx", file)}).headers["location"]
        )
    wait()
    client.post(f"{address}/reprendre")
    wait()

    left, ended = sorted(runs_of(database), key=lambda run: run.started_at)
    assert (left.state, ended.state) == (RunState.STOPPED, RunState.DONE)
    assert left.written + ended.created == len(activities(bring.build, "awa"))
    for run in (ended, left):
        assert client.post(f"{HOME}/{run.id}/annuler").status_code == 303
    assert activities(bring.build, "awa") == []


def test_ctrl_c_is_said_at_once_and_the_same_command_ends_it(
    bring: Importer, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BATCH", 20)
    path = past(tmp_path)
    target = Target(database, bring.build.structure_of("awa").organisation.id, NOW)

    def stop(done: int, _: int | None) -> None:
        if done > 160:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_file(target, path, progress=stop)
    [run] = runs_of(database)
    assert (run.state, run.written > 0) == (RunState.STOPPED, True)

    assert import_file(target, path).is_taken_up
    assert len(runs_of(database)) == 1


def test_an_interrupted_import_is_in_the_access_record(
    bring: Importer, kill: Kill, database: Database, tmp_path: Path
) -> None:
    path = past(tmp_path)
    kill(path, 10)
    bring.file(path)

    with database.reading(Scope.system("tests")) as db:
        did = [entry.did for entry in db.exec(select(AccessRecord))]
    assert did.count(Did.IMPORT) == 1


def test_the_terminal_names_what_was_interrupted_and_how_to_take_it_back(
    bring: Importer,
    kill: Kill,
    escale: Any,  # noqa: F811
    database: Database,
    tmp_path: Path,
) -> None:
    kill(past(tmp_path), 9)
    [run] = runs_of(database)
    other = write(tmp_path / "other.xlsx", [individual(5_000)])
    words = ("import", str(other), "--organisation", "mediatheque-des-quais")

    code, _, err = escale(*words)
    undone, out, _ = escale(
        "import", "--organisation", "mediatheque-des-quais", "--undo", str(run.id)
    )
    _, _, silent = escale(*words)

    assert (code, undone) == (0, 0)
    assert "Reprise interrompue\u00a0: «\u00a0past.xlsx\u00a0»" in err
    assert str(run.id) in err
    assert "est annulée" in out
    assert silent == ""
    assert len(activities(bring.build, "awa")) == 1


def test_the_terminal_says_that_it_ended_what_was_interrupted(
    bring: Importer,
    kill: Kill,
    escale: Any,  # noqa: F811
    tmp_path: Path,
) -> None:
    path = past(tmp_path)
    kill(path, 9)

    _, out, err = escale("import", str(path), "--organisation", "mediatheque-des-quais")

    assert "s’était arrêtée en chemin" in out
    assert err == ""


def test_an_import_that_wrote_nothing_is_not_taken_back(bring: Importer) -> None:
    report = bring([individual(1)])
    target = Target(bring.build.database, bring.build.structure_of("awa").organisation.id, NOW)
    undo(target, _id(report))

    with pytest.raises(Conflict, match="déjà annulée"):
        undo(target, _id(report))


def _id(report: Any) -> Any:
    from uuid import UUID

    return UUID(report.run)


def _but_own(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Leave out the place that each structure had before."""
    return [
        row for row in found if row[0] not in ("Médiathèque des Quais", "France services du Val")
    ]
