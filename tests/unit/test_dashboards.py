"""Dashboards: what is drawn out of published figures, and what it is set beside."""

import json
from dataclasses import replace

import pytest

from app.core.text import NBSP
from app.statistics import method, periods
from app.statistics.answers import EMPTY, HIDDEN, Answer, Status
from app.statistics.dashboards.asking import Beside, previous
from app.statistics.dashboards.charts import chart, heat
from app.statistics.dashboards.overview import months_of
from app.statistics.derived import Share, share
from app.statistics.tables import PublishedCell, PublishedTable
from app.statistics.vocabulary import MEASURES
from tools import publish_disclosure

QUARTER = periods.read("2026-T3")


def shown(value: int) -> Answer:
    return Answer(Status.PUBLISHED, value)


def table(by: tuple[str, ...], cells: dict[tuple[str, ...], Answer], measure: str = "residents"):  # type: ignore[no-untyped-def]
    return PublishedTable(
        measure=MEASURES[measure],
        by=by,
        where=(),
        period=QUARTER,
        data_version="",
        policy="",
        cells=tuple(
            PublishedCell(dict(zip(by, row, strict=True)), dict(zip(by, row, strict=True)), answer)
            for row, answer in cells.items()
        ),
        notes=(),
    )


@pytest.mark.parametrize(
    ("period", "before"),
    [
        ("2026-09", "2026-08"),
        ("2026-01", "2025-12"),
        ("2026-T1", "2025-T4"),
        ("2026-T3", "2026-T2"),
        ("2026-S2", "2026-S1"),
        ("2026", "2025"),
    ],
)
def test_the_period_before_ends_where_this_one_begins(period: str, before: str) -> None:
    assert previous(periods.read(period)).code == before


def test_a_month_is_shown_among_the_closed_months_of_its_semester() -> None:
    last = periods.read("2026-10")

    assert [one.code for one in months_of(periods.read("2026-09"), last)] == [
        "2026-07", "2026-08", "2026-09", "2026-10",
    ]  # fmt: skip
    assert len(months_of(QUARTER, last)) == 3


def test_a_chart_sets_each_row_beside_the_same_row_of_the_other() -> None:
    now = table(("place",), {("a",): shown(120), ("b",): HIDDEN, ("c",): shown(40)})
    then = table(("place",), {("a",): shown(90), ("b",): shown(30)})

    drawn = chart(now, "Lieu", beside=then, names=("2026", "2025"))

    assert [(row.value, row.then) for row in drawn.rows] == [(120, 90), (None, 30), (40, "")]
    assert (drawn.now, drawn.then) == ("2026", "2025")
    assert drawn.rows[0].then_text == f"environ{NBSP}90"
    assert drawn.hides
    assert not drawn.is_hidden
    assert drawn.question.by == ("place",)


def test_a_comparison_that_is_all_hidden_is_said_once_and_not_drawn() -> None:
    now = table(("place",), {("a",): shown(120), ("b",): shown(130)})
    then = table(("place",), {("a",): HIDDEN, ("b",): HIDDEN})

    drawn = chart(now, "Lieu", beside=then, names=("Ensemble", "Annexe"))

    assert drawn.then == ""
    assert drawn.note == f"Annexe{NBSP}: détail masqué."


def test_hidden_rows_of_a_long_chart_are_counted_and_those_of_a_short_one_are_drawn() -> None:
    few = {(code,): HIDDEN for code in "abcdefg"} | {("z",): shown(99)}
    many = few | {("y",): shown(98)}

    assert len(chart(table(("place",), few), "Lieu").rows) == 8
    drawn = chart(table(("place",), many), "Lieu")
    assert [row.label for row in drawn.rows] == ["z", "y"]
    assert drawn.note == f"Masqué{NBSP}: 7{NBSP}autres réponses."
    assert drawn.hides


def test_workshops_are_said_exactly_and_people_about() -> None:
    cells = {("a",): shown(8), ("b",): shown(3)}

    assert chart(table(("place",), cells, "workshops"), "Lieu").rows[0].text == "8"
    assert chart(table(("place",), cells), "Lieu").rows[0].text == f"environ{NBSP}8"


def test_a_share_needs_its_part_and_its_row() -> None:
    whole = table(("place",), {("a",): shown(200), ("b",): HIDDEN})
    crossed = table(
        ("place", "divide"),
        {
            ("a", "skills"): shown(100),
            ("a", "equipment"): HIDDEN,
            ("b", "skills"): shown(50),
            ("b", "equipment"): EMPTY,
        },
    )

    drawn = heat(whole, crossed, "Lieu", "Les fractures")

    first, second = drawn.rows
    assert [part and part.percent for part in first.shares] == [50, None]
    assert second.shares == (None, None)
    assert second.base is None
    assert drawn.hides


def test_a_figure_stands_beside_another_time_or_another_territory() -> None:
    former = periods.read("2025-T3")
    time = Beside((), former, "", "", is_time=True)
    annexe = Beside(("place=annexe",), QUARTER, "Ensemble", "Annexe", is_time=False)

    assert time.note(shown(200), shown(100)) == f"100{NBSP}% de plus qu’au 3e trimestre 2025"
    assert time.note(shown(9), shown(8), exact=True) == "plus qu’au 3e trimestre 2025 (8)"
    assert time.note(shown(9), shown(0), exact=True) == "aucun au 3e trimestre 2025"
    assert annexe.note(shown(200), shown(150)) == f"Annexe{NBSP}: 150"
    assert annexe.note(shown(200), HIDDEN) == f"Annexe{NBSP}: masqué"
    assert annexe.note(shown(200), None) == ""


def test_what_noise_can_make_is_no_change() -> None:
    time = Beside((), periods.read("2025-S1"), "", "", is_time=True)
    few, more = Answer(Status.PUBLISHED, 157, 26), Answer(Status.PUBLISHED, 180, 26)  # hours
    done, before = Answer(Status.PUBLISHED, 77, 12), Answer(Status.PUBLISHED, 101, 12)
    acts, acts_before = Answer(Status.PUBLISHED, 124, 12), Answer(Status.PUBLISHED, 126, 12)

    now, then = share(done, acts, acts), share(before, acts_before, acts_before)

    assert time.note(few, more) == "sans écart sûr avec le 1er semestre 2025"
    assert now == Share(60, is_about=True, points=pytest.approx(11.3, abs=0.1))
    assert then is not None
    assert time.share_note(now, then) == f"environ 80{NBSP}% au 1er semestre 2025"
    assert time.share_note(now, replace(now, percent=70)) == time.note(few, more)


def test_a_long_list_of_which_nothing_is_shown_is_hidden() -> None:
    drawn = chart(table(("epci",), {(str(n),): HIDDEN for n in range(20)}), "Intercommunalité")

    assert drawn.is_hidden
    assert drawn.hides
    assert drawn.note == ""


def test_the_method_page_says_what_the_suite_measured() -> None:
    page = publish_disclosure.SOURCE.read_text(encoding="utf-8")

    assert publish_disclosure.TARGET.read_text(encoding="utf-8") == publish_disclosure.published(
        page
    )


def test_every_attack_has_words_and_the_twins_are_not_won() -> None:
    measured = json.loads(publish_disclosure.TARGET.read_text(encoding="utf-8"))["attack"]

    assert {row["attack"] for row in measured} <= set(method.WORDS)
    lost = {one.words for one in method.attacks() if not one.is_won}
    assert method.WORDS["jumeaux, existence"] in lost
