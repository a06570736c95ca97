"""What pages and files of figures say: « environ » everywhere alike, filters on paper, dates."""

import re
from types import SimpleNamespace

from app.core.text import NBSP
from app.exports.writers.cells import counted_at
from app.statistics import periods
from app.statistics.answers import HIDDEN, Answer, Status
from app.statistics.dashboards.charts import bar
from app.statistics.open_month import SoFar
from app.web.render import environment


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace(NBSP, " ").split())


def choice(**given: object) -> str:
    period = SimpleNamespace(levels=(), choices=(), label="3e trimestre 2026", next_one="Décembre.")
    context = {"period": period, "filters": [], "chips": [], "asked": SimpleNamespace(path="/x")}
    return environment().get_template("statistics/_choice.html").render(context | given)


def test_upright_bars_say_about_under_a_hundred_persons() -> None:
    rows = [
        bar("juillet", Answer(Status.PUBLISHED, 37)),
        bar("août", Answer(Status.PUBLISHED, 140)),
    ]

    drawn = environment().globals["ui"].columns("Suivis", [*rows, bar("sept.", HIDDEN)], "", "")

    assert re.findall(r"\benv\. \d+|\benviron \d+", words(drawn)) == ["env. 37", "environ 37"]
    assert "140" in drawn
    assert "masqué" in drawn


def test_each_structure_of_each_open_month_is_about() -> None:
    open_months = [
        SoFar(structure, periods.read(month), number)
        for month, number in (("2026-11", 140), ("2026-12", 30))
        for structure in ("Quais", "Val")
    ]

    line = words(choice(open_months=open_months))

    assert line.endswith(
        "Novembre 2026, en cours : Quais, environ 140 accompagnements ; "
        "Val, environ 140 accompagnements. Décembre 2026, en cours : "
        "Quais, environ 30 accompagnements ; Val, environ 30 accompagnements."
    )


def test_filters_are_written_for_paper_where_chips_are_not_printed() -> None:
    asked = SimpleNamespace(path="/x", period="")
    drawn = choice(chips=[SimpleNamespace(label="Âge : 60 ans et plus", href="/x")], asked=asked)

    assert re.search(r'<p class="print-only">Filtres\s: Âge : 60 ans et plus\.</p>', drawn)


def test_a_file_says_in_words_when_its_figures_were_counted() -> None:
    assert counted_at("2026-11-05T03:00:00Z").replace(NBSP, " ") == "5 novembre 2026, 4 h 00"
    assert counted_at("2027-07-05T02:00:00Z").replace(NBSP, " ") == "5 juillet 2027, 4 h 00"
