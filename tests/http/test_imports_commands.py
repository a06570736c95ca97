"""`escale import`: what it says and how it ends, on good files and on hostile ones."""

import json
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from app.imports.models import Shape
from app.imports.people import known_people
from tests.http.test_commands import escale  # noqa: F401
from tests.support.build import Builder
from tests.support.coop_file import individual, workshop, write
from tests.support.coop_people import person, write_people
from tests.support.imported import activities, people

HERE = ("--organisation", "mediatheque-des-quais")
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(escale: Any, build: Builder) -> Command:  # noqa: F811
    """Run `escale import …` in Awa's structure: exit code, output, errors."""
    build.everybody()
    return lambda *words: escale("import", *map(str, words), *HERE)


def test_a_file_comes_in_says_its_number_and_is_taken_back_by_it(
    run: Command, build: Builder, tmp_path: Path
) -> None:
    path = write(tmp_path / "coop.xlsx", [individual(1), *workshop(2, 3)])

    code, out, err = run(path)
    number = out.rpartition("--undo ")[2].strip()
    brought = activities(build, "awa")
    undone, said, _ = run("--undo", number)
    again, _, refused = run("--undo", number)

    assert (code, err) == (0, "")
    assert "Activités\u00a0: 2\u00a0nouvelles" in out
    assert len(brought) == 2
    assert (undone, "coop.xlsx" in said) == (0, True)
    assert activities(build, "awa") == []
    assert (again, "déjà annulée" in refused) == (1, True)


def test_an_import_is_taken_back_in_its_own_structure_only(
    run: Command,
    escale: Any,  # noqa: F811
    build: Builder,
    tmp_path: Path,
) -> None:
    _, out, _ = run(write(tmp_path / "coop.xlsx", [individual(1)]))
    number = out.rpartition("--undo ")[2].strip()

    code, _, err = escale("import", "--undo", number, "--organisation", "france-services-du-val")

    assert (code, "n’est pas de votre structure" in err) == (1, True)
    assert len(activities(build, "awa")) == 1


def test_an_import_that_served_is_not_taken_back(
    run: Command, build: Builder, tmp_path: Path
) -> None:
    _, out, _ = run(write_people(tmp_path / "p.xlsx", [person()]))
    actor = build.actor("awa")
    with build.database.reading(actor.scope) as db:
        [found] = known_people(db, actor.organisation_id)
    build.a_session(who="resident", resident_id=found.id)

    code, _, err = run("--undo", out.rpartition("--undo ")[2].strip())

    assert code == 1
    assert "1\u00a0accompagnement noté" in err
    assert len(people(build, "awa")) == 1


def test_a_dry_run_is_one_document_and_writes_nothing(
    run: Command, build: Builder, tmp_path: Path
) -> None:
    path = write_people(tmp_path / "p.xlsx", [person(), person(birth_year=1700)])

    code, out, err = run(path, "--dry-run", "--json")

    said = json.loads(out)
    assert (code, err) == (0, "")
    assert (said["dry_run"], said["run"], said["shape"]) == (True, None, Shape.RESIDENTS)
    assert (said["created"], said["refused"]) == (1, 1)
    assert people(build, "awa") == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--undo", "01a22204-73b6-73eb-be63-d0efff0f2b4a"), "n’existe pas"),
        ((), "Nommez le fichier"),
        (("absent.xlsx",), "n’existe pas"),
        (("absent.xlsx", "--format", "pdf"), "Aucun format"),
        ((".",), "n’existe pas"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    run: Command, words: tuple[str, ...], sentence: str
) -> None:
    code, out, err = run(*words)

    assert (code, out) == (1, "")
    assert sentence in err
    assert len(err.strip().splitlines()) == 1


def rewritten(path: Path, change: Callable[[str, bytes], bytes], **more: bytes) -> Path:
    """Write a workbook again with its parts changed, and others beside them."""
    made = path.with_name(f"hostile-{path.name}")
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, change(name, before.read(name)))
        for name, content in more.items():
            after.writestr(name, content)
    return made


def _laughs(name: str, content: bytes) -> bytes:
    if not name.endswith("sharedStrings.xml"):
        return content
    names = "abcdefghij"
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {after} "{f"&{before};" * 10}">' for before, after in pairwise(names)
    )
    root = content.decode().split("?>", 1)[1].replace("Médiathèque des Quais", "&j;")
    return f'<?xml version="1.0"?><!DOCTYPE x [{entities}]>{root}'.encode()


def _outside(name: str, content: bytes) -> bytes:
    if not name.endswith("sharedStrings.xml"):
        return content
    root = content.decode().split("?>", 1)[1].replace("Médiathèque des Quais", "&x;")
    declared = '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    return f'<?xml version="1.0"?>{declared}{root}'.encode()


def _as_it_is(_: str, content: bytes) -> bytes:
    return content


def _fifty_megabytes(name: str, content: bytes) -> bytes:
    is_sheet = name.endswith("sheet1.xml")
    rows = b'<row r="90"><c t="n"><v>1</v></c></row>' * (50 * 2**20 // 39)
    return content.replace(b"</sheetData>", rows + b"</sheetData>") if is_sheet else content


@pytest.mark.parametrize(
    ("change", "parts", "sentence"),
    [
        (_laughs, {}, "déclarations XML"),
        (_outside, {}, "déclarations XML"),
        (_fifty_megabytes, {}, "trop gros une fois décompressé"),
        (_as_it_is, {f"xl/media/{n}.bin": b"" for n in range(30_000)}, "morceaux"),
        (_as_it_is, {"xl/externalLinks/externalLink1.xml": b"<x/>"}, "lié à d’autres fichiers"),
    ],
    ids=["entities", "outside entity", "50 MB", "30 000 parts", "links"],
)
def test_a_hostile_workbook_is_refused_soon_and_leaves_nothing(
    run: Command,
    build: Builder,
    tmp_path: Path,
    change: Callable[[str, bytes], bytes],
    parts: dict[str, bytes],
    sentence: str,
) -> None:
    path = rewritten(write(tmp_path / "coop.xlsx", [individual(1)]), change, **parts)
    started = monotonic()

    code, out, err = run(path)

    assert (code, out) == (1, "")
    assert sentence in err
    assert "Traceback" not in err
    assert monotonic() - started < 10
    assert activities(build, "awa") == []


@pytest.mark.parametrize("name", ["../../outside.xml", "/outside.xml", "..\\outside.xml"])
def test_a_workbook_whose_parts_lead_outside_writes_nothing_there(
    run: Command, build: Builder, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    path = write(folder / "coop.xlsx", [individual(1)])
    hostile = rewritten(path, _as_it_is, **{name: b"<x/>"})
    before = sorted(tmp_path.rglob("*.x*"))

    code, _, _ = run(hostile)

    assert code in (0, 1)
    assert sorted(tmp_path.rglob("*.x*")) == before
    assert not Path("/outside.xml").exists()
    assert len(activities(build, "awa")) == (1 - code)
