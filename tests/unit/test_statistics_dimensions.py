"""The dimensions of the national reporting: how an attendance is coded, and what holds what."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from app.core.db import Database
from app.core.scope import Scope
from app.core.settings import Settings
from app.sessions.models import Attendance
from app.statistics import definitions
from app.statistics.answers import EMPTY, HIDDEN, Answer, Status
from app.statistics.closing import refresh
from app.statistics.models import StatisticsLedger
from app.statistics.periods import month
from app.statistics.reference import Road
from app.statistics.vocabulary import DIMENSIONS, MEASURES
from tests.support.build import Builder
from tests.support.closed import LedgerRow
from tests.support.population import (
    ONE_HOUSE,
    VALLEY,
    WHOLE_YEAR,
    facts_of,
    held,
    person_rows,
    rule_on,
)

GROUND = VALLEY.reference.ground(VALLEY.organisations, WHOLE_YEAR)
RESIDENTS = MEASURES["residents"]
NOVEMBER = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "minutes", "expected"),
    [
        ("individual", 15, "30"),
        ("individual", 30, "60"),
        ("workshop", 59, "60"),
        ("workshop", 60, "120"),
        ("individual", 120, "more"),
        ("passage", 0, "none"),
    ],
)
def test_lengths_are_told_in_classes(kind: str, minutes: int, expected: str) -> None:
    row = LedgerRow("a", None, month(2026, 1), "s1", None, kind=kind, minutes=minutes)

    assert row.duration_class == expected


def test_no_length_is_a_quick_passage_and_nothing_else() -> None:
    assert GROUND.canonical(held(duration_class="none")) == held(kind="passage")
    assert GROUND.canonical(held(duration_class="none", kind="passage")) == held(kind="passage")
    assert GROUND.canonical(held(duration_class="none", kind="workshop")) is None
    assert GROUND.canonical(held(duration_class="60", kind="passage")) is None
    assert GROUND.roads(held(kind="passage")) == (Road((), "kind", "passage"),)


def test_a_level_is_of_a_workshop() -> None:
    assert GROUND.canonical(held(level="avance", kind="workshop")) == held(level="avance")
    assert GROUND.canonical(held(level="avance", kind="individual")) is None
    assert GROUND.roads(held(level="avance")) == (Road(held(kind="workshop"), "level", "avance"),)


def test_a_small_length_hides_another_length_and_never_the_passages(tmp_path: Path) -> None:
    def rows(name: str, number: int, **facts: object) -> list[LedgerRow]:
        there = {"organisation": "s1", "place": "lieu-a"} | facts
        return person_rows((f"{name}{n}" for n in range(number)), **there)

    found = rows("a", 80, minutes=15) + rows("b", 90, minutes=45) + rows("c", 70, minutes=75)
    found += rows("w", 60, minutes=45, kind="workshop") + rows("p", 30, kind="passage")
    found += rows("d", 4, minutes=150)
    rule = rule_on(facts_of(tmp_path, ONE_HOUSE, found))

    def ask(**values: str) -> Answer:
        return rule.answer(held(**values), WHOLE_YEAR, RESIDENTS)

    assert ask(duration_class="more") == HIDDEN
    assert ask(duration_class="120") == HIDDEN  # the fewest of the others
    assert ask(duration_class="30").status is Status.PUBLISHED
    assert ask(duration_class="none") == ask(kind="passage")
    assert ask(kind="passage").status is Status.PUBLISHED
    minutes = MEASURES["duration_min"]
    assert rule.answer(held(duration_class="none"), WHOLE_YEAR, minutes) == EMPTY


def test_devices_are_counted_each_and_persons_once(tmp_path: Path) -> None:
    def rows(name: str, number: int, *devices: str) -> list[LedgerRow]:
        there = {"organisation": "s1", "place": "lieu-a", "material": devices}
        return person_rows((f"{name}{n}" for n in range(number)), **there)

    found = rows("both", 60, "ordinateur", "telephone") + rows("one", 70, "tablette")
    found += rows("no", 50, "aucun") + rows("o", 40, "autre") + rows("x", 90, "non_communique")
    rule = rule_on(facts_of(tmp_path, ONE_HOUSE, found))

    for device, number in (("ordinateur", 60), ("telephone", 60), ("non_communique", 90)):
        value = rule.answer(held(material=device), WHOLE_YEAR, RESIDENTS).value or 0
        assert abs(value - number) <= 6


def test_an_attendance_is_coded_with_what_the_national_report_asks(
    build: Builder, database: Database, settings: Settings
) -> None:
    build.a_session(held_on=date(2026, 10, 2), material=["tablette"], referral="autre")
    build.a_session(held_on=date(2026, 10, 3))
    sent = build.a_session(held_on=date(2026, 10, 4), autonomy="autonome")
    with database.writing(Scope.system("tests")) as db:
        row = db.exec(select(Attendance).where(Attendance.session_id == sent.id)).one()
        row.is_referred = False
    refresh(database, settings, now=NOVEMBER)

    with database.reading(Scope.system("tests")) as db:
        ledger = sorted(db.exec(select(StatisticsLedger)), key=lambda row: row.attendance_id)
        codes = [
            tuple(row.codes[name] for name in ("material", "referral", "autonomy", "level"))
            for row in ledger
        ]

    nothing = "non_communique"
    assert codes == [
        (["tablette"], "autre", nothing, None),
        ([nothing], nothing, nothing, None),
        ([nothing], "nowhere", "autonome", None),
    ]


def test_every_measure_and_dimension_says_what_it_counts_and_what_it_does_not() -> None:
    assert set(definitions.MEASURES) == set(MEASURES)
    assert set(definitions.DIMENSIONS) == set(DIMENSIONS)
    for words in (*definitions.MEASURES.values(), *definitions.DIMENSIONS.values()):
        for sentence in (words.definition, words.counts, words.leaves_out):
            assert sentence.endswith(".")
            assert not any(f" {mark}" in sentence for mark in ":;?!»")  # no-break spaces
