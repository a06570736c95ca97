"""Questions: one value a dimension, no list by any road, a sentence that says what is possible."""

from typing import Any

import pytest

from app.core.errors import Invalid, NotBuilt
from app.statistics.periods import Level, Period, month, read
from app.statistics.questions import Question, Reader, cells
from tests.support.population import VALLEY, held

LAST_QUARTER = Period(2026, Level.QUARTER, 3)
READER = Reader(
    month(2026, 10), lambda _: VALLEY.reference, VALLEY.organisations, lambda: LAST_QUARTER
)


def ask(
    measure: str = "residents",
    by: tuple[str, ...] = (),
    where: tuple[str, ...] = (),
    period: str | None = "2026-T3",
) -> Question:
    return READER.read(measure, by, where, period)


def refusal(**asked: Any) -> Invalid:
    with pytest.raises(Invalid) as refused:
        ask(**asked)
    return refused.value


def test_a_question_is_read_from_plain_strings() -> None:
    question = ask("attendances", ("age_band", "month"), ("gender=feminin",), "2026-S1")

    assert question.measure.name == "attendances"
    assert question.dimensions == ("age_band",)
    assert question.level is Level.MONTH
    assert question.where == held(gender="feminin")
    assert question.period == read("2026-S1")


def test_without_a_period_the_usual_one_is_taken() -> None:
    assert ask(period=None).period == LAST_QUARTER
    assert ask(period="  ").period == LAST_QUARTER


@pytest.mark.parametrize(
    "where",
    [
        ("age_band=soixante_dix_plus", "age_band=moins_de_douze"),
        ("age_band=soixante_dix_plus,moins_de_douze",),
        ('age_band=["soixante_dix_plus","moins_de_douze"]',),
        ("age_band=soixante_dix_plus;moins_de_douze",),
        ("age_band=soixante_dix_plus|moins_de_douze",),
        ("age_band=soixante_dix_plus", "age_band=soixante_dix_plus"),
    ],
)
def test_a_list_is_refused_by_any_road(where: tuple[str, ...]) -> None:
    error = refusal(where=where)

    assert error.field == "where"
    assert "Une seule valeur par dimension" in error.message
    assert "age_group" in error.message


def test_more_than_four_dimensions_are_refused() -> None:
    where = ("gender=feminin", "status=retraite", "mode=domicile", "theme=email")

    assert ask(where=where).where
    error = refusal(by=("age_band",), where=where)

    assert error.message.startswith("Quatre dimensions au plus")


def test_an_unknown_name_is_refused_with_those_that_exist() -> None:
    assert "residents" in refusal(measure="people").message
    assert "age_band" in refusal(by=("age_bands",)).message
    assert "feminin" in refusal(where=("gender=femme",)).message
    assert "dimension=valeur" in refusal(where=("gender",)).message


def test_what_is_for_a_later_version_is_said_to_be() -> None:
    with pytest.raises(NotBuilt):
        ask("satisfaction")


@pytest.mark.parametrize(
    "asked",
    [
        {"where": ("place=quais", "commune=c5")},
        {"where": ("procedure=apl", "procedure_theme=transport")},
        {"measure": "completed_procedures", "where": ("outcome=waiting",)},
        {"measure": "blocked_procedures", "where": ("outcome=finished",)},
        {"measure": "duration_min", "where": ("kind=passage",)},
        {"by": ("gender",), "where": ("gender=feminin",)},
        {"by": ("gender", "gender")},
        {"by": ("year",)},
        {"by": ("month", "quarter")},
        {"where": ("month=2026-08",)},
        {"period": "2026-11"},
        {"period": "2026-07..2026-08"},
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(asked: dict[str, Any]) -> None:
    message = refusal(**asked).message

    assert message.endswith(".")
    assert message[0].isupper() or message[0] == "«"


def test_a_place_of_another_structure_is_unknown() -> None:
    own = frozenset({"mediatheque"})
    reader = Reader(month(2026, 10), lambda _: VALLEY.reference, own, lambda: LAST_QUARTER)

    with pytest.raises(Invalid) as refused:
        reader.read("residents", (), ("place=gare",), None)

    assert "halle" in refused.value.message
    assert "val" not in refused.value.message.split("Valeurs possibles")[1].split()


def test_cells_come_in_the_order_of_reference_and_without_what_the_filter_excludes() -> None:
    ground = VALLEY.reference.ground(VALLEY.organisations, LAST_QUARTER)

    ages = [row["age_band"] for row, _, _ in cells(ask(by=("age_band",)), ground)]
    places = [row["place"] for row, _, _ in cells(ask(by=("place",), where=("epci=e2",)), ground)]
    months = [when for _, _, when in cells(ask(by=("month",)), ground)]

    assert ages == list(VALLEY.reference.labels["age_band"])
    assert places == ["pont", "moulin", "gare"]
    assert months == list(LAST_QUARTER.split(Level.MONTH))


def test_too_large_a_table_is_refused() -> None:
    ground = VALLEY.reference.ground(VALLEY.organisations, LAST_QUARTER)
    question = ask(by=("theme", "age_band", "status", "home_connection", "month"))

    with pytest.raises(Invalid, match="cases, la limite est"):
        cells(question, ground)
