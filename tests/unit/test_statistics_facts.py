"""The fact store: persons are numbers, the same ledger gives the same bytes, versions are whole."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import repeat
from pathlib import Path

import duckdb
import pytest

from app.statistics.facts import UnknownCode, hmac_pads, write_year
from app.statistics.ledger import HelpedWith, divides_of
from app.statistics.periods import month
from app.statistics.policy import hmac32, year_key
from app.statistics.store import FactStore, FiguresLost, NoFigures, YearOfLedger
from app.statistics.vocabulary import Table
from tests.support.closed import LedgerRow, as_lines
from tests.support.population import (
    KEY,
    VALLEY,
    Habits,
    facts_of,
    person_rows,
    synthetic_year,
)

SECRET = b"an installation of the tests"
ROWS = synthetic_year(VALLEY, 5, Habits(attendances=600))


def read(path: Path, query: str) -> list[tuple[object, ...]]:
    return duckdb.sql(query.replace("$t", f"'{path}'")).fetchall()


def digests(directory: Path) -> dict[str, str]:
    return {
        path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(directory.iterdir())
    }


def test_the_same_ledger_in_any_order_gives_the_same_bytes(tmp_path: Path) -> None:
    facts_of(tmp_path / "one", VALLEY, ROWS)
    facts_of(tmp_path / "two", VALLEY, ROWS)
    facts_of(tmp_path / "shuffled", VALLEY, ROWS[::-1])

    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert digests(tmp_path / "one") == digests(tmp_path / "shuffled")


def test_rows_are_sorted_by_departement_month_and_person(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, VALLEY, ROWS)
    rows = read(facts.path(Table.ATTENDANCES), "SELECT departement, month, person, row FROM $t")

    assert rows == sorted(rows)
    assert len(rows) == len(ROWS)


def test_keys_are_hmacs_of_subjects_and_of_attendances(tmp_path: Path) -> None:
    named = person_rows(["s1"], each=2, organisation="mediatheque", place="quais")
    nobody = [replace(row, subject=None, attendance="a9") for row in named[:1]]
    facts = facts_of(tmp_path, VALLEY, named + nobody)

    rows = read(facts.path(Table.ATTENDANCES), "SELECT rk, ak FROM $t ORDER BY rk, ak")

    of_nobody = hmac32(KEY, "attendance:a9")
    expected = [
        (hmac32(KEY, "person:s1"), hmac32(KEY, f"attendance:{r.attendance}")) for r in named
    ]
    assert rows == sorted([*expected, (of_nobody, of_nobody)])


def test_each_anonymous_attendance_is_a_person_of_its_own(tmp_path: Path) -> None:
    named = person_rows(["s1"], each=5, organisation="mediatheque", place="quais")
    nobody = [replace(row, subject=None, attendance=f"x{n}") for n, row in enumerate(named)]
    facts = facts_of(tmp_path, VALLEY, named + nobody)

    persons = read(facts.path(Table.ATTENDANCES), "SELECT count(DISTINCT person) FROM $t")

    assert persons == [(6,)]


def test_a_blocker_is_kept_on_its_own_procedure_and_minutes_in_steps_of_fifteen(
    tmp_path: Path,
) -> None:
    helped = (HelpedWith("apl", "waiting", ("gestes",)), HelpedWith("passeport", "finished"))
    rows = person_rows(
        ["s1"], organisation="mediatheque", place="quais", procedures=helped, minutes=52
    )
    facts = facts_of(tmp_path, VALLEY, rows)
    codes = facts.reference.codes("procedure")

    acts = read(facts.path(Table.ACTS), "SELECT procedure, blocked FROM $t ORDER BY act")
    blockers = read(facts.path(Table.BLOCKERS), "SELECT procedure, blocker FROM $t")
    minutes = read(facts.path(Table.ATTENDANCES), "SELECT minutes FROM $t")

    assert sorted(acts) == sorted([(codes["apl"], True), (codes["passeport"], False)])
    assert blockers == [(codes["apl"], facts.reference.codes("blocker")["gestes"])]
    assert minutes == [(45,)]


def test_no_column_names_a_person_a_day_or_an_adviser(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, VALLEY, ROWS)
    allowed = {
        "row", "act", "person", "rk", "ak", "minutes", "month", "dealt", "departement", "region",
        "epci", "commune", "organisation", "place", "age_band", "age_group", "gender", "status",
        "kind", "mode", "home_connection", "theme", "procedure", "procedure_theme", "provider",
        "outcome", "blocked", "blocker", "blocker_family", "divide", "equipment", "duration_class",
        "autonomy", "level", "referral", "material", "themes", "follow_up_kind", "no_show",
    }  # fmt: skip

    for table in Table:
        columns = {str(row[0]) for row in read(facts.path(table), "DESCRIBE SELECT * FROM $t")}
        assert columns <= allowed


@pytest.mark.parametrize("facts", [{"gender": "femme"}, {"place": "nulle-part"}])
def test_a_code_that_nobody_knows_is_refused(tmp_path: Path, facts: dict[str, str]) -> None:
    where = {"organisation": "mediatheque", "place": "quais"} | facts
    rows = person_rows(["s1"], **where)

    with pytest.raises(UnknownCode):
        facts_of(tmp_path, VALLEY, rows)


def test_an_unknown_code_ends_the_reading_of_many_lines(tmp_path: Path) -> None:
    [line] = as_lines(person_rows(["s1"], organisation="mediatheque", place="nulle-part"))

    with pytest.raises(UnknownCode, match="nulle-part"):
        write_year(tmp_path, repeat(line, 60_000), VALLEY.reference, key=SECRET, salt="one")


def test_a_place_of_another_structure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownCode, match="structure"):
        facts_of(tmp_path, VALLEY, person_rows(["s1"], organisation="mediatheque", place="val"))


def test_persons_are_numbered_anew_at_each_closing_and_keys_by_year_and_version(
    tmp_path: Path,
) -> None:
    def numbers(store: FactStore, stamp: str, *, final: bool) -> list[tuple[object, ...]]:
        ledger = YearOfLedger(lambda: as_lines(ROWS), VALLEY.reference, final)
        version = store.publish({2026: ledger}, data_version=stamp, last_month=month(2026, 12))
        query = "SELECT person, rk FROM $t ORDER BY rk, ak"
        return read(version.years[2026].path(Table.ATTENDANCES), query)

    store = FactStore(tmp_path, SECRET)
    december = numbers(store, "2026-12-05T03:00:00Z", final=False)
    january = numbers(store, "2027-01-05T03:00:00Z", final=False)
    definitive = numbers(store, "2027-01-31T03:00:00Z", final=True)

    assert [rk for _, rk in december] == [rk for _, rk in january]
    assert [person for person, _ in december] != [person for person, _ in january]
    assert {rk for _, rk in january}.isdisjoint({rk for _, rk in definitive})
    assert len({year_key(SECRET, y, final=f) for y in (2025, 2026) for f in (True, False)}) == 4


def test_a_year_that_does_not_change_is_taken_as_it_is(tmp_path: Path) -> None:
    store = FactStore(tmp_path, SECRET)
    ledger = YearOfLedger(lambda: as_lines(ROWS), VALLEY.reference)
    first = store.publish({2026: ledger}, data_version="one", last_month=month(2026, 12))
    before = digests(first.years[2026].directory)

    later = YearOfLedger(
        lambda: as_lines(replace(row, month=month(2027, row.month.number)) for row in ROWS),
        VALLEY.reference,
    )
    second = store.publish(
        {2027: later}, data_version="two", last_month=month(2027, 1), keep=[2026]
    )

    assert digests(second.years[2026].directory) == before
    assert sorted(second.years) == [2026, 2027]


def test_an_empty_store_has_no_figures(tmp_path: Path) -> None:
    with pytest.raises(NoFigures):
        FactStore(tmp_path, SECRET).current()


def test_a_store_of_which_nothing_can_be_read_is_not_said_to_be_empty(tmp_path: Path) -> None:
    ledger = YearOfLedger(lambda: as_lines(ROWS), VALLEY.reference)
    version = FactStore(tmp_path, SECRET).publish(
        {2026: ledger}, data_version="one", last_month=month(2026, 12)
    )
    (version.directory / "manifest.json").write_text('{"format": 2, "years": []}')

    with pytest.raises(FiguresLost, match="écrits de nouveau"):
        FactStore(tmp_path, SECRET).current()


def test_old_versions_but_one_are_removed(tmp_path: Path) -> None:
    store = FactStore(tmp_path, SECRET)
    for stamp in ("one", "two", "three", "four"):
        ledger = YearOfLedger(lambda: as_lines(ROWS[:50]), VALLEY.reference)
        store.publish({2026: ledger}, data_version=stamp, last_month=month(2026, 12))

    assert store.current().data_version == "four"
    assert len(list((tmp_path / "versions").iterdir())) == 2


def test_lines_that_stop_halfway_leave_no_figures(tmp_path: Path) -> None:
    def lines() -> Iterator[str]:
        yield from as_lines(ROWS)
        raise OSError("the database went away")

    store = FactStore(tmp_path, SECRET)
    with pytest.raises(OSError, match="went away"):
        store.publish(
            {2026: YearOfLedger(lines, VALLEY.reference)},
            data_version="one",
            last_month=month(2026, 12),
        )

    with pytest.raises(NoFigures):
        store.current()


def test_hmac_pads_are_those_of_the_standard() -> None:
    long_key = b"k" * 100
    inner, outer = hmac_pads(long_key).values()
    digest = sha256(outer + sha256(inner + b"message").digest()).digest()

    assert int.from_bytes(digest[:4], "big") == hmac32(long_key, "message")


@pytest.mark.parametrize(
    ("ticked", "blockers", "equipment", "connection", "expected"),
    [
        ((), (), ("unknown",), None, ()),
        ((), (), ("adequate",), "good", ()),
        (("skills",), (), ("unknown",), "unknown", ("skills",)),
        ((), ("gestes", "site-panne"), ("unknown",), None, ("skills",)),
        ((), (), ("phone_only", "no_printer"), "good", ("equipment",)),
        ((), ("connexion-cout",), ("none",), "cut_off", ("equipment", "connection")),
    ],
)
def test_divides_are_ticked_or_met_or_what_the_person_has(
    ticked: tuple[str, ...],
    blockers: tuple[str, ...],
    equipment: tuple[str, ...],
    connection: str | None,
    expected: tuple[str, ...],
) -> None:
    assert divides_of(ticked, blockers, VALLEY.blockers, equipment, connection) == expected


def test_a_row_without_anything_is_counted_too(tmp_path: Path) -> None:
    row = LedgerRow("a1", None, month(2026, 1), "mediatheque", None)
    facts = facts_of(tmp_path, VALLEY, [row])

    assert facts.attendances == 1
    assert read(facts.path(Table.ACTS), "SELECT count(*) FROM $t") == [(0,)]
