"""The protected table: one shape, whatever the road, and nothing that tells hidden cells apart."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.statistics.answers import EMPTY, HIDDEN, Answer, Status
from app.statistics.derived import Share, mean, median_class, ranking, share
from app.statistics.periods import Level, Period, month
from app.statistics.policy import INTERACTIVE_5
from app.statistics.questions import Question
from app.statistics.store import FactStore, Version, YearOfLedger
from app.statistics.tables import Memory, PublishedTable, Viewpoint, publish
from app.statistics.vocabulary import MEASURES
from tests.support.closed import as_lines
from tests.support.population import (
    ONE_HOUSE,
    VALLEY,
    WHOLE_YEAR,
    Habits,
    held,
    person_rows,
    synthetic_year,
)

SECRET = b"an installation of the tests"
QUARTER = Period(2026, Level.QUARTER, 2)


def version_in(directory: Path, rows: object, world: object = VALLEY) -> Version:
    ledger = YearOfLedger(lambda: as_lines(rows), world.reference)  # type: ignore[attr-defined,arg-type,return-value]
    return FactStore(directory, SECRET).publish(
        {2026: ledger}, data_version="2027-01-05T03:00:00Z", last_month=month(2026, 12)
    )


def view_of(version: Version) -> Viewpoint:
    seen = frozenset(version.years[2026].reference.labels["organisation"])
    return Viewpoint(version, seen, seen, INTERACTIVE_5, Memory())


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("facts")
    version_in(place, synthetic_year(VALLEY, 3, Habits(attendances=5_000)))
    return place


@pytest.fixture(scope="module")
def view(directory: Path) -> Viewpoint:
    return view_of(FactStore(directory, SECRET).current())


def test_a_table_by_status_says_in_json_whose_status_each_figure_is(view: Viewpoint) -> None:
    document = table(view, Question(RESIDENTS, ("status", "gender"), (), QUARTER)).to_json()

    cells = document["cells"]
    assert {cell["status"] for cell in cells} <= {"published", "hidden", "empty"}
    statuses = view.version.years[2026].reference.labels["status"].keys()
    assert {cell["by"]["status"] for cell in cells} == set(statuses)
    assert all(cell["by"]["gender"] == cell["gender"] for cell in cells)
    assert (
        "by" not in table(view, Question(RESIDENTS, ("gender",), (), QUARTER)).to_json()["cells"][0]
    )


def table(view: Viewpoint, question: Question) -> PublishedTable:
    return publish([question], view)[0]


RESIDENTS = MEASURES["residents"]


def test_a_table_is_written_as_the_interface_says(view: Viewpoint) -> None:
    found = table(view, Question(RESIDENTS, ("gender", "month"), held(epci="e1"), QUARTER))
    document = json.loads(json.dumps(found.to_json()))

    assert list(document) == [
        "measure", "unit", "by", "where", "period", "data_version", "policy", "cells", "notes",
    ]  # fmt: skip
    assert document["by"] == ["gender", "month"]
    assert document["where"] == {"epci": "e1"}
    assert document["period"] == "2026-T2"
    assert document["policy"] == "interactive-5"
    assert document["data_version"] == "2027-01-05T03:00:00Z"
    first = document["cells"][0]
    assert list(first) == ["gender", "month", "value", "status"]
    assert first["month"] == "2026-04"
    assert first["status"] == "published"
    assert isinstance(first["value"], int)


def test_the_same_cell_is_the_same_by_every_table_and_after_a_restart(
    view: Viewpoint, directory: Path
) -> None:
    def figures(view: Viewpoint) -> set[Answer]:
        questions = [
            Question(RESIDENTS, (), held(gender="feminin", status="retraite"), QUARTER),
            Question(RESIDENTS, ("status",), held(gender="feminin"), QUARTER),
            Question(RESIDENTS, ("gender",), held(status="retraite"), QUARTER),
            Question(RESIDENTS, ("gender", "status"), (), QUARTER),
            Question(RESIDENTS, ("status", "gender"), held(departement="35"), QUARTER),
            Question(RESIDENTS, ("gender", "status", "quarter"), (), WHOLE_YEAR),
        ]
        wanted = {"gender": "feminin", "status": "retraite", "quarter": "2026-T2"}
        found = {
            cell.answer
            for question in questions
            for cell in table(view, question).cells
            if all(wanted[name] == value for name, value in cell.values.items())
        }
        together = publish(questions, view)
        return found | {together[0].total}

    again = view_of(FactStore(directory, SECRET).current())
    one_by_one = figures(view)

    assert len(one_by_one) == 1
    assert figures(again) == one_by_one
    assert next(iter(one_by_one)).status is Status.PUBLISHED


def test_nobody_and_somebody_are_written_alike_when_hidden(tmp_path: Path) -> None:
    documents = set()
    for number in range(11):
        rows = [
            *person_rows([f"r{n}" for n in range(80)], organisation="s1", place="lieu-a",
                         status="retraite"),
            *person_rows([f"e{n}" for n in range(80)], organisation="s1", place="lieu-a",
                         status="en_emploi"),
            *person_rows([f"s{n}" for n in range(number)], organisation="s1", place="lieu-a",
                         status="scolarise"),
        ]  # fmt: skip
        view = view_of(version_in(tmp_path / str(number), rows, ONE_HOUSE))
        found = table(view, Question(RESIDENTS, (), held(status="scolarise"), WHOLE_YEAR))
        documents.add(json.dumps(found.to_json()))

    assert len(documents) == 1
    assert '"hidden"' in documents.pop()


def test_notes_say_what_was_left_out_or_asked_as_something_else(view: Viewpoint) -> None:
    crossed = table(view, Question(RESIDENTS, ("gender",), held(status="retraite"), QUARTER))
    alone = table(view, Question(RESIDENTS, ("gender",), (), QUARTER))
    only_place = table(view, Question(RESIDENTS, (), held(place="moulin"), QUARTER))

    assert any("réparti au hasard" in note for note in crossed.notes)
    assert not any("réparti au hasard" in note for note in alone.notes)
    assert any("seul lieu ouvert" in note for note in only_place.notes)
    assert any("devient définitive le 31\u00a0janvier 2027" in note for note in alone.notes)


def test_a_year_without_any_session_is_empty(view: Viewpoint) -> None:
    found = table(view, Question(RESIDENTS, ("gender",), (), month(2025, 3)))

    assert {cell.answer for cell in found.cells} == {EMPTY}


def test_a_small_structure_is_left_out_of_a_table_for_others(tmp_path: Path) -> None:
    rows = person_rows(
        [f"q{n}" for n in range(80)], organisation="mediatheque", place="quais"
    ) + person_rows([f"v{n}" for n in range(6)], organisation="france-services", place="val")
    view = view_of(version_in(tmp_path, rows))
    question = Question(RESIDENTS, ("organisation",), (), WHOLE_YEAR)

    own = [cell.values["organisation"] for cell in table(view, question).cells]
    others = table(replace(view, own=frozenset()), question)

    assert "france-services" in own
    assert [cell.values["organisation"] for cell in others.cells] == ["mediatheque"]


def published(value: int) -> Answer:
    return Answer(Status.PUBLISHED, value)


def test_shares_come_from_published_figures_only() -> None:
    assert share(published(30), published(200)) == Share(15, is_about=False)
    assert share(published(30), HIDDEN) is None
    assert share(HIDDEN, published(200)) is None
    assert share(EMPTY, published(200)) is None


@pytest.mark.parametrize(("part", "percent"), [(79, 95), (1, 5), (0, 5), (40, 50), (85, 95)])
def test_a_share_of_few_people_is_about_and_never_near_none_or_all(part: int, percent: int) -> None:
    found = share(published(part), published(80))

    assert found == Share(percent, is_about=True)
    assert found is not None
    assert found.label == f"environ {percent}\u00a0%"


def test_a_share_is_never_over_the_whole() -> None:
    assert share(published(205), published(200)) == Share(100, is_about=False)


def test_means_rankings_and_medians_leave_hidden_figures_out() -> None:
    rows = [("Passeport", published(20)), ("Aide au logement", published(20)), ("Permis", HIDDEN)]

    assert ranking(rows) == [("Aide au logement", 20), ("Passeport", 20)]
    assert len(ranking([(str(n), published(n)) for n in range(40)])) == 20
    assert mean(published(125), published(100)) == 1.3
    assert mean(published(125), HIDDEN) is None
    assert median_class([("a", published(10)), ("b", published(30)), ("c", published(5))]) == "b"
    assert median_class([("a", published(10)), ("b", HIDDEN)]) is None
