"""The sheet handed to a resident: every language whole, a PDF that a screen reader can read."""

import ast
import io
import json
import re
from dataclasses import asdict, replace
from datetime import date, time

import pytest
from pypdf import PdfReader

from app.core.languages import CATALOGUES, LANGUAGES, translator
from app.core.settings import ROOT
from app.reference.files import rows
from app.residents import sheet
from app.residents.sheet import Appointment, Facts, Visit, as_pdf, compose

FACTS = Facts(
    name="Nicole Leroux",
    adviser="Awa",
    structure="Médiathèque des Quais",
    today=date(2026, 11, 24),
    visited_on=date(2026, 11, 24),
    done=[Visit(outcome, "Aide au logement") for outcome in sheet.DONE]
    + [Visit("learnt", "E-mail"), Visit("workshop", "Clavier")],
    papers=["avis d’imposition", "RIB"],
    deadlines=[("Aide au logement", date(2026, 12, 15))],
    meeting=Appointment(date(2026, 11, 25), time(9, 30), ["Médiathèque", "2 quai"], "Awa"),
    phone="+33261910000",
    hours="Du mardi au samedi",
    hosts=["caf.fr"],
)
A_FIELD = re.compile(r"{\w+}")
POINTS = {"a4": (595, 842), "a5": (420, 595)}


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "fr"])
def test_each_language_says_all_the_fixed_words_and_keeps_their_places(language: str) -> None:
    said = translator(language)
    french = compose(FACTS, "fr", names=True)
    other = compose(FACTS, language, names=True)
    source = (ROOT / "app" / "residents" / "sheet.py").read_text(encoding="utf-8")
    written = {
        word.value
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "say"
        for word in call.args
        if isinstance(word, ast.Constant)
    }
    fixed = written | {text for both in sheet.DONE.values() for text in both}
    fixed |= {*sheet.BEFORE, sheet.LEARNT, *sheet.WORKSHOP}

    assert len(fixed) > 25
    for text in fixed:
        assert said(text) != text, text
        assert sorted(A_FIELD.findall(said(text))) == sorted(A_FIELD.findall(text)), text
    assert other.to_review
    assert not french.to_review
    assert (other.direction == "rtl") is (language in ("ar", "prs"))
    assert len(other.done) == len(french.done)


@pytest.mark.parametrize("size", sheet.PAPERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_is_tagged_in_its_language_and_says_it_is_accessible(
    language: str, size: str
) -> None:
    made = compose(FACTS, language, names=True)
    pdf = PdfReader(io.BytesIO(as_pdf(made, size)))
    root = pdf.trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()

    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]["/K"]
    assert root["/Lang"] == language
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert re.search(r"<pdfuaid:part>1</pdfuaid:part>", metadata)
    box = pdf.pages[0].mediabox
    assert (round(box.width), round(box.height)) == POINTS[size]
    assert len(pdf.pages) <= 2


def test_the_same_sheet_gives_the_same_bytes() -> None:
    made = compose(FACTS, "fr", names=True)
    assert as_pdf(made, "a5") == as_pdf(made, "a5")


def test_an_empty_sheet_and_a_rare_name_are_printed_too() -> None:
    nothing = replace(
        FACTS, name="Đặng Thị Ánh 王小明 😀\0\a\u2028", done=[], papers=[], deadlines=[], hosts=[],
        meeting=None, visited_on=None, phone="", hours="",
    )  # fmt: skip
    pages = PdfReader(io.BytesIO(as_pdf(compose(nothing, "fr", names=True), "a5"))).pages

    said = pages[0].extract_text()
    assert "Venez nous voir" in said
    assert "Đang Thi Ánh ··· ····." in said


def test_what_people_typed_is_never_read_as_a_program() -> None:
    typed = '#panic("x") $x^2$ *gras* <b>é</b> \\u{41} #read("/etc/passwd")'
    made = compose(replace(FACTS, more_done=typed, name=typed), "fr", names=True)
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(as_pdf(made, "a4"))).pages)

    for word in ("#panic", "$x^2$", "*gras*", "<b>é</b>", "#read"):
        assert word in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_agreement_no_procedure_can_be_told_from_the_sheet(language: str) -> None:
    hers = [Visit("waiting", "Aide au logement"), Visit("workshop", "Demander son logement")]
    facts = replace(FACTS, done=hers)
    told = json.dumps(asdict(compose(facts, language, names=False)), ensure_ascii=False)

    assert "logement" not in told
    assert "caf.fr" not in told


@pytest.mark.parametrize(
    "host", ["caf.fr/monespace", "http://caf.fr", "caf.fr?x=1", "caf.fr\n", "", "caf", "CAF.fr@a.b"]
)
def test_only_a_bare_site_is_printed(host: str) -> None:
    assert not sheet.is_host(host)
    assert sheet.is_host("passeport.ants.gouv.fr")


def test_plain_words_stand_for_papers_of_the_catalogue() -> None:
    known = {name.strip() for row in rows("procedures.csv") for name in row["documents"].split(";")}
    plain = rows("paper-words.csv")

    assert len(plain) > 80
    assert {row["paper"] for row in plain} <= known
    assert all(row["said"] for row in plain)


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_paper_without_explanation_leaves_no_empty_line(language: str) -> None:
    line = compose(replace(FACTS, papers=["code de cession"]), language, names=True).bring[0]

    assert line.detail == ""


def test_catalogues_say_which_are_to_be_read_again() -> None:
    files = sorted(CATALOGUES.glob("*/sheet.po"))
    assert {path.parent.name for path in files} == LANGUAGES.keys() - {"fr"}
