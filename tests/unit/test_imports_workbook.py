"""Files that cannot be trusted or understood are refused whole, each with its sentence."""

import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest

from app.core.errors import Invalid
from app.exports.history_sheet import Sheet
from app.imports import workbook
from app.imports.activities import RowReader
from app.imports.gathering import Gathering
from app.imports.header import Table, find_table
from app.imports.report import ImportReport, Remark
from app.imports.workbook import opened
from tests.support import coop_file
from tests.support.build import NOW
from tests.support.coop_file import Formula, individual, write


def refusal(path: Path) -> str:
    """Give the sentence with which a file is refused."""
    with pytest.raises(Invalid) as caught, opened(path) as book:
        for _ in find_table(book).rows():
            pass
    assert caught.value.field == "file"
    return caught.value.message


def changed(path: Path, change: Callable[[str, bytes], bytes], *more: tuple[str, bytes]) -> Path:
    """Write a workbook again with some parts changed, and others added."""
    made = path.with_name(f"changed-{path.name}")
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, change(name, before.read(name)))
        for name, content in more:
            after.writestr(name, content)
    return made


def as_it_is(_: str, content: bytes) -> bytes:
    """Change nothing."""
    return content


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """One activity in the national shape."""
    return write(tmp_path / "coop.xlsx", [individual()])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"Date;Type\n10/03/2026;x\n", "n’est pas un classeur .xlsx"),
        (b"\x00\x01Date;Type;ID CRA\n", "n’est pas un classeur .xlsx"),
        (b"PK\x03\x04" + b"\x00" * 50, "n’est pas un classeur .xlsx"),
        (b"", "n’est pas un classeur .xlsx"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "mot de passe"),
    ],
)
def test_another_format_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    other = tmp_path / "coop.xlsx"
    other.write_bytes(content)

    assert sentence in refusal(other)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "ne peut pas être lu" in refusal(tmp_path / "absent.xlsx")


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "photos.xlsx"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("photo.txt", "bonjour")

    assert "n’est pas un classeur .xlsx" in refusal(other)


def test_a_bomb_is_refused_before_it_is_unpacked(path: Path) -> None:
    dense = changed(path, as_it_is, ("xl/bomb.xml", b" " * 30_000_000))

    assert "trop gros" in refusal(dense)


def test_a_file_over_the_limit_is_refused_however_little_it_is_packed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 1_000)

    assert "trop gros" in refusal(path)


def test_links_to_other_files_are_refused(path: Path) -> None:
    linked = changed(path, as_it_is, ("xl/externalLinks/externalLink1.xml", b"<x/>"))

    assert "lié à d’autres fichiers" in refusal(linked)


@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_in_any_part_and_encoding(
    path: Path, part: str, encoding: str
) -> None:
    def declare(name: str, content: bytes) -> bytes:
        if name != part:
            return content
        root = content.decode().split("?>", 1)[1]
        return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>{root}'.encode(encoding)

    assert "déclarations XML" in refusal(changed(path, declare))


def test_a_damaged_sheet_is_refused(path: Path) -> None:
    cut = changed(
        path, lambda name, content: content[:-40] if name.endswith("sheet1.xml") else content
    )

    assert "abîmé" in refusal(cut)


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "empty.xlsx")

    assert "vide" in refusal(tmp_path / "empty.xlsx")


def test_a_workbook_without_the_table_says_which_titles_it_needs(tmp_path: Path) -> None:
    other = write(tmp_path / "x.xlsx", [], titles=("Nom", "Prénom", "Année de naissance"))

    assert "« Date » et « ID CRA »" in refusal(other).replace("\u00a0", " ")


def test_two_tables_in_one_sheet_are_refused(tmp_path: Path) -> None:
    titles = dict(zip(coop_file.columns(), coop_file.columns(), strict=True))

    assert "deux tableaux" in refusal(write(tmp_path / "x.xlsx", [individual(), titles]))


def test_two_tables_in_two_sheets_are_refused(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book.copy_worksheet(book["Activités"])
    book.save(path)

    assert "deux tableaux" in refusal(path)


def test_merged_titles_are_refused(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book["Activités"]
    del sheet.tables["Activites"]
    sheet.merge_cells("A22:B22")
    book.save(path)

    assert "fusionnés, ligne 22" in refusal(path)


def test_merged_cells_above_the_table_do_no_harm(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book["Activités"].merge_cells("A1:B1")
    book.save(path)

    with opened(path) as again:
        assert find_table(again).header.line == 22


def test_two_columns_of_one_title_are_refused(tmp_path: Path) -> None:
    titles = ("Date", "Type", "Type", "ID CRA")

    refused = refusal(write(tmp_path / "x.xlsx", [], titles=titles))

    assert "deux colonnes" in refused


def test_a_missing_column_that_nothing_replaces_is_named(tmp_path: Path) -> None:
    titles = [title for title in coop_file.columns() if title != "Durée (min)"]

    assert "Durée (min)" in refusal(write(tmp_path / "x.xlsx", [individual()], titles=titles))


def table_of(path: Path) -> tuple[Table, list[int]]:
    """Find the table of a file, and the lines of its rows."""
    with opened(path) as book:
        table = find_table(book)
        return table, [line for line, _ in table.rows()]


@pytest.mark.parametrize(("variant", "width"), [("S", 29), ("SV", 30), ("O", 31), ("OV", 32)])
def test_every_variant_of_the_export_is_recognised(
    tmp_path: Path, variant: str, width: int
) -> None:
    titles = coop_file.columns(variant)

    table, lines = table_of(write(tmp_path / "x.xlsx", [individual()], titles=titles))

    assert len(titles) == width
    assert (table.header.line, lines) == (22, [23])


@pytest.mark.parametrize("above", [0, 3, 24])
def test_the_table_is_found_wherever_it_starts(tmp_path: Path, above: int) -> None:
    head = [("Filtres",)] * above

    _, lines = table_of(write(tmp_path / "x.xlsx", [individual()], head=head))

    assert lines == [above + 2]


def test_titles_are_found_in_any_order_and_typography(tmp_path: Path) -> None:
    titles = [t.replace("’", "'").replace(" ", "\u00a0").upper() for t in coop_file.columns()[::-1]]
    row = dict(zip(titles, [individual().get(t) for t in coop_file.columns()[::-1]], strict=True))

    path = write(tmp_path / "x.xlsx", [row], titles=titles)
    with opened(path) as book:
        [(_, cells)] = find_table(book).rows()

    assert cells.source_id == coop_file.cra(1)
    assert cells.duration_min == 45


def test_a_wrong_size_written_in_the_file_hides_no_line(path: Path) -> None:
    def shrink(name: str, content: bytes) -> bytes:
        return content.replace(b'<dimension ref="A1:AC23"/>', b'<dimension ref="A1:B2"/>')

    small = changed(path, shrink)

    assert small.read_bytes() != path.read_bytes()
    assert table_of(small)[1] == [23]


def test_a_line_number_out_of_this_world_does_not_last_for_ever(path: Path) -> None:
    def send_away(name: str, content: bytes) -> bytes:
        return content.replace(b'<row r="23"', b'<row r="99999999999"')

    assert table_of(changed(path, send_away))[1] == []


def test_formulas_are_read_by_their_results_and_known_when_they_have_none(tmp_path: Path) -> None:
    kept = write(tmp_path / "kept.xlsx", [individual(**{"Durée (min)": Formula("=30+15", 45)})])
    book = openpyxl.load_workbook(kept)
    book.save(tmp_path / "lost.xlsx")  # openpyxl keeps formulas without their results

    with opened(kept) as found:
        [(_, cells)] = find_table(found).rows()
    table, _ = table_of(tmp_path / "lost.xlsx")

    assert cells.duration_min == 45
    assert table.without_result(23) == ["duration_min"]


def test_a_workbook_of_1904_counts_its_own_days(tmp_path: Path) -> None:
    path = write(tmp_path / "mac.xlsx", [individual()], date_1904=True)

    with opened(path) as book:
        [(_, cells)] = find_table(book).rows()

    assert book.epoch.year == 1904
    assert cells.held_on.date() == date(2026, 3, 10)


HARD = [
    "a_x000D_b",
    "_x005F_",
    "_x0041_ x",
    "_xD83D_",
    "a\rb",
    "=1 <b>&amp;",
    "é\n😀",
]


def test_escapes_of_a_workbook_are_read_shared_or_not(tmp_path: Path) -> None:
    rows = [individual(n, **{"Notes supplémentaires": text}) for n, text in enumerate(HARD, 1)]
    shared = write(tmp_path / "shared.xlsx", rows)
    inline = tmp_path / "inline.xlsx"
    with Sheet(inline, "Activités", "Ici", coop_file.columns(), now=NOW) as sheet:
        sheet.write([[row.get(title) for title in coop_file.columns()] for row in rows])

    for path in (shared, inline):
        with opened(path) as book:
            assert [cells.note for _, cells in find_table(book).rows()] == HARD


def test_lines_of_spaces_are_skipped_and_far_columns_read(tmp_path: Path) -> None:
    *titles, last = coop_file.columns()
    blank = dict.fromkeys(titles, " \u00a0")
    wide = [*titles, *(f"Colonne {n}" for n in range(100)), last]

    _, lines = table_of(write(tmp_path / "x.xlsx", [individual(), blank], titles=wide))

    assert lines == [23]


def test_what_a_row_contradicts_or_hides_of_its_moment_is_counted(tmp_path: Path) -> None:
    home = {"Commune du bénéficiaire": "Paris", "Code postal du bénéficiaire": "75001"}
    path = write(
        tmp_path / "x.xlsx",
        [
            individual(1, **{"Enregistré le": "10/03/2026"}),
            individual(
                2, **{"Enregistré le": "hier", **home, "Code Insee du bénéficiaire": "69123"}
            ),
        ],
    )
    report = ImportReport(is_dry_run=True)

    with opened(path) as book:
        reader = RowReader(epoch=book.epoch, today=NOW.date())
        gathering = Gathering(find_table(book), reader, report)
        first, second = gathering.settled(list(gathering.activities()))

    assert first.facts.recorded_at == datetime(2026, 3, 9, 23, tzinfo=UTC)
    assert (second.facts.recorded_at, second.persons[0].commune) == (None, "69123")
    assert +report.remarks == {Remark.UNKNOWN_MOMENTS: 1, Remark.CONTRADICTED: 1}
