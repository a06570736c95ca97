"""One question has one name in the budget, by whatever road it is asked."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.statistics.budget import Asking, of_page, of_table
from app.statistics.periods import Level, Period, month
from app.statistics.questions import Reader
from app.statistics.vocabulary import AGE_GROUPS
from tests.support.population import VALLEY, held

QUARTER = Period(2026, Level.QUARTER, 3)
READER = Reader(month(2026, 10), lambda _: VALLEY.reference, VALLEY.organisations, lambda: QUARTER)
GROUND = VALLEY.reference.ground(VALLEY.organisations, QUARTER)
MEASURES = ("residents", "attendances", "procedures")
HELD = {name: GROUND.values(name) for name in ("gender", "status", "age_band")}
FREE = ("kind", "mode", "home_connection", "divide", "equipment", "theme")


def asking(by: tuple[str, ...] = (), where: tuple[str, ...] = (), **more: Any) -> Asking:
    """Name a table, asked as anybody asks it."""
    measure, period = more.get("measure", "residents"), more.get("period", QUARTER.code)
    return of_table(READER.read(measure, by, where, period), GROUND, VALLEY.organisations)


@st.composite
def questions(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Rows and filters that go together: at most four dimensions."""
    by = draw(st.lists(st.sampled_from(FREE), unique=True, max_size=2))
    names = draw(st.lists(st.sampled_from(sorted(HELD)), unique=True, max_size=2))
    return by, [f"{name}={draw(st.sampled_from(HELD[name]))}" for name in names]


@given(questions(), st.data(), st.sampled_from(MEASURES))
def test_any_order_and_any_measure_is_the_same_question(
    asked: tuple[list[str], list[str]], data: st.DataObject, measure: str
) -> None:
    by, where = asked
    other_by, other_where = data.draw(st.permutations(by)), data.draw(st.permutations(where))
    spaced = tuple(f" {one.replace('=', ' = ')} " for one in other_where)

    first, second = (
        asking(tuple(by), tuple(where)),
        asking(tuple(other_by), spaced, measure=measure),
    )

    assert first == second
    assert bool(first.name) is (bool(where) or len(by) > 1)


@given(st.sampled_from(HELD["age_band"]), st.sampled_from(FREE))
def test_what_a_finer_filter_tells_changes_nothing(band: str, by: str) -> None:
    group = AGE_GROUPS[band]
    told = (f"age_band={band}", f"age_group={group}")

    assert asking((by,), told) == asking((by,), told[:1])
    assert of_page(held(age_band=band, age_group=group), QUARTER, GROUND, ("a",)) == of_page(
        held(age_band=band), QUARTER, GROUND, ("a",)
    )


def test_rows_that_a_finer_dimension_tells_are_no_second_dimension() -> None:
    assert asking(("age_band", "age_group")) == asking(("age_band",)) == Asking("")
    assert asking(("place", "organisation", "departement")) == Asking("")
    assert asking(("commune", "gender")) == asking(("gender", "epci", "commune"))


def test_another_value_period_length_of_rows_or_structure_is_another_question() -> None:
    women = ("gender=feminin",)
    names = {
        asking(("kind",), women).name,
        asking(("mode",), women).name,
        asking(("kind", "month"), women).name,
        asking(("kind",), ("gender=masculin",)).name,
        asking(("kind",), women, period="2026-S1").name,
        of_table(READER.read("residents", ("kind",), women, "2026-T3"), GROUND, ("only-one",)).name,
    }

    assert len(names) == 6
    assert "" not in names


def test_a_table_of_a_page_is_free_with_that_page() -> None:
    page = of_page(held(gender="feminin"), QUARTER, GROUND, VALLEY.organisations)

    assert of_page((), QUARTER, GROUND, VALLEY.organisations) == Asking("")
    assert asking(("kind",), ("gender=feminin",)).free_with == page.name
    assert asking(("age_band",), ("gender=feminin", "divide=skills")).free_with == page.name
    assert asking(("age_band",), ("divide=skills",)) == Asking("")  # on the page without filters
    assert asking(("kind", "mode"), ("gender=feminin",)).free_with == ""
    assert asking(("kind",), ("divide=skills",)).name
