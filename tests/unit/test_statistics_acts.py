"""Workshops, follow-ups and assessments: what counts, when, and under the same rule."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from app.agenda.models import FollowUp, FollowUpState
from app.assessments.models import Assessment
from app.core.crypto import Sealed
from app.core.db import Database
from app.core.errors import Invalid
from app.core.scope import Scope
from app.core.settings import Settings
from app.sessions.models import AssistedSession, SessionKind
from app.statistics.answers import EMPTY, HIDDEN, Answer, Status
from app.statistics.closing import refresh, store_of
from app.statistics.engine import engine
from app.statistics.ledger import What
from app.statistics.models import StatisticsAct, StatisticsClosing, StatisticsLedger
from app.statistics.periods import month
from app.statistics.store import CURRENT, MANIFEST
from app.statistics.subjects import forget_resident
from app.statistics.vocabulary import MEASURES, Table
from tests.support.build import Builder
from tests.support.closed import ActRow, LedgerRow
from tests.support.population import (
    VALLEY,
    WHOLE_YEAR,
    facts_of,
    held,
    person_rows,
    rule_on,
)
from tests.unit.test_statistics_questions import READER

FOLLOW_UPS, NO_SHOWS, ASSESSMENTS, WORKSHOPS = (
    MEASURES[name] for name in ("follow_ups", "no_shows", "assessments", "workshops")
)
NOVEMBER = datetime(2026, 11, 24, 9, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 6, 9, tzinfo=UTC)
NEXT_FEBRUARY = datetime(2027, 2, 1, 9, tzinfo=UTC)


def acts(what: What, name: str, number: int, place: str = "quais", **facts: Any) -> list[ActRow]:
    """Acts of as many persons, at one place of the valley."""
    structure = next(there.organisation for there in VALLEY.places if there.code == place)
    kind = "appointment" if what is What.FOLLOW_UP else None
    defaults = {"month": month(2026, 1), "organisation": structure, "place": place, "kind": kind}
    return [
        ActRow(f"{name}-{serial}", what, f"{name}{serial}", **(defaults | facts))
        for serial in range(number)
    ]


def follow_ups(name: str, number: int, place: str = "quais", **facts: Any) -> list[ActRow]:
    return acts(What.FOLLOW_UP, name, number, place, **facts)


def doors_open() -> list[LedgerRow]:
    """A few who came to each place, all year long."""
    return [
        row
        for there in VALLEY.places
        for row in person_rows(
            [f"door-{there.code}"], organisation=there.organisation, place=there.code
        )
    ]


def answer(path: Path, rows: Iterable[ActRow], measure: Any, **values: str) -> Answer:
    rule = rule_on(facts_of(path, VALLEY, doors_open(), acts=rows))
    return rule.answer(held(**values), WHOLE_YEAR, measure)


def test_follow_ups_are_protected_by_who_has_one_and_not_by_who_came(tmp_path: Path) -> None:
    rows = follow_ups("q", 80) + follow_ups("h", 90, "halle") + follow_ups("p", 8, "pont")
    rows += follow_ups("m", 70, "moulin") + follow_ups("v", 60, "val")
    rule = rule_on(facts_of(tmp_path, VALLEY, doors_open(), acts=rows))

    def ask(**values: str) -> Answer:
        return rule.answer(held(**values), WHOLE_YEAR, FOLLOW_UPS)

    assert abs((ask().value or 0) - 308) <= 6
    assert ask(organisation="mediatheque").status is Status.PUBLISHED
    assert ask(place="pont") == HIDDEN  # eight persons
    assert ask(place="gare") == HIDDEN  # nobody, and its door was open: small like any other


def test_a_place_without_any_session_is_empty_for_follow_ups_too(tmp_path: Path) -> None:
    came = [row for row in doors_open() if row.place != "gare"]
    rows = follow_ups("q", 80) + follow_ups("g", 60, "gare")
    rule = rule_on(facts_of(tmp_path, VALLEY, came, acts=rows))

    assert rule.answer(held(place="gare"), WHOLE_YEAR, FOLLOW_UPS) == EMPTY


def test_no_shows_are_hidden_when_few_people_kept_theirs(tmp_path: Path) -> None:
    missed = follow_ups("n", 60, no_show=True)

    few = answer(tmp_path / "few", missed + follow_ups("k", 5), NO_SHOWS)
    many = answer(tmp_path / "many", missed + follow_ups("k", 80), NO_SHOWS)

    assert few == HIDDEN
    assert abs((many.value or 0) - 60) <= 6


def test_one_person_with_most_follow_ups_hides_their_number(tmp_path: Path) -> None:
    rows = follow_ups("q", 80)
    often = [
        ActRow(f"often-{n}", What.FOLLOW_UP, "often", month(2026, 1), "mediatheque", "quais",
               kind="reminder")
        for n in range(120)
    ]  # fmt: skip

    assert answer(tmp_path / "a", rows, FOLLOW_UPS).status is Status.PUBLISHED
    assert answer(tmp_path / "b", rows + often, FOLLOW_UPS) == HIDDEN


def test_a_follow_up_without_a_named_person_is_a_person_of_its_own(tmp_path: Path) -> None:
    nobody = follow_ups("x", 70, kind="reminder")
    rows = [
        ActRow(row.act, row.what, None, row.month, row.organisation, row.place, row.kind)
        for row in nobody
    ]
    rule = rule_on(facts_of(tmp_path, VALLEY, doors_open(), acts=rows + follow_ups("q", 60)))

    found = rule.answer(held(follow_up_kind="reminder"), WHOLE_YEAR, FOLLOW_UPS)

    assert abs((found.value or 0) - 70) <= 6


def test_assessments_are_counted_by_the_divides_they_found(tmp_path: Path) -> None:
    rows = acts(What.ASSESSMENT, "s", 90, divides=("skills", "equipment"))
    rows += acts(What.ASSESSMENT, "e", 60, divides=("equipment",))
    rows += acts(What.ASSESSMENT, "c", 80, divides=("connection",))
    rows += acts(What.ASSESSMENT, "n", 70)
    rule = rule_on(facts_of(tmp_path, VALLEY, doors_open(), acts=rows))

    def ask(**values: str) -> int:
        return rule.answer(held(**values), WHOLE_YEAR, ASSESSMENTS).value or 0

    assert abs(ask() - 300) <= 6
    assert abs(ask(divide="skills") - 90) <= 6
    assert abs(ask(divide="equipment") - 150) <= 6


def test_workshops_are_exact_and_keep_doors_and_scope(tmp_path: Path) -> None:
    rows = [
        ActRow(f"w{n}", What.WORKSHOP, None, month(2026, 1 + n % 2), "mediatheque", place,
               themes=("email", "bureautique")[: 1 + n % 2], level=level)
        for n, (place, level) in enumerate([("quais", "debutant")] * 3 + [("halle", "avance")] * 2)
    ]  # fmt: skip
    facts = facts_of(tmp_path, VALLEY, doors_open(), acts=rows)
    rule = rule_on(facts)
    stranger = rule_on(facts, organisations=frozenset({"centre-social"}))

    def ask(**values: str) -> Answer:
        return rule.answer(held(**values), WHOLE_YEAR, WORKSHOPS)

    assert ask() == Answer(Status.PUBLISHED, 5)
    assert ask(place="quais", level="debutant") == Answer(Status.PUBLISHED, 3)
    assert ask(theme="bureautique") == Answer(Status.PUBLISHED, 2)
    assert rule.answer((), month(2026, 1), WORKSHOPS) == Answer(Status.PUBLISHED, 3)
    assert rule.answer((), month(2026, 2), WORKSHOPS) == EMPTY  # no session that month
    assert stranger.answer((), WHOLE_YEAR, WORKSHOPS) == Answer(Status.PUBLISHED, 0)


def test_no_list_of_workshops_tells_which_came_first(tmp_path: Path) -> None:
    rows = [
        ActRow(f"w{n}", What.WORKSHOP, None, month(2026, 1), "mediatheque", "quais", level=level)
        for n, level in enumerate(("avance", "debutant", "avance", "debutant"))
    ]
    one = facts_of(tmp_path / "one", VALLEY, doors_open(), acts=rows)
    other = facts_of(tmp_path / "other", VALLEY, doors_open(), acts=rows[::-1])

    assert one.path(Table.WORKSHOPS).read_bytes() == other.path(Table.WORKSHOPS).read_bytes()


@pytest.fixture
def act_of(build: Builder, database: Database) -> Any:
    """Write a follow-up, as its end is known."""

    def write(state: FollowUpState, due: date, **facts: Any) -> FollowUp:
        awa = build.actor("awa")
        session = build.a_session(held_on=due)
        with database.writing(Scope.system("tests")) as db:
            place = db.get(AssistedSession, session.id)
            assert place is not None
            assert place.place_id is not None
            row = FollowUp(
                organisation_id=session.organisation_id,
                place_id=place.place_id,
                adviser_id=awa.account_id,
                due_on=due,
                reason=Sealed(),
                state=state,
                created_at=NOVEMBER,
                **facts,
            )
            db.add(row)
        return row

    return write


def rows_of(database: Database, what: What) -> list[tuple[str, dict[str, Any]]]:
    with database.reading(Scope.system("tests")) as db:
        found = db.exec(select(StatisticsAct).where(StatisticsAct.what == what)).all()
        return sorted(((row.month, row.codes) for row in found), key=str)


def test_what_ended_counts_in_the_month_it_was_due_and_the_rest_does_not(
    build: Builder, database: Database, settings: Settings, act_of: Any
) -> None:
    resident = build.a_resident()
    act_of(FollowUpState.DONE, date(2026, 10, 2), resident_id=resident.id)
    act_of(FollowUpState.NO_SHOW, date(2026, 10, 3))
    act_of(FollowUpState.CALLED_OFF, date(2026, 10, 4))
    late = act_of(FollowUpState.TO_DO, date(2026, 10, 5))
    workshop = build.a_session(held_on=date(2026, 10, 6))
    with database.writing(Scope.system("tests")) as db:
        session = db.get(AssistedSession, workshop.id)
        assert session is not None
        session.kind, session.level = SessionKind.WORKSHOP, "debutant"
        db.add(
            Assessment(
                organisation_id=session.organisation_id,
                resident_id=resident.id,
                bank_version=1,
                answers=Sealed(),
                divides=["skills"],
                started_at=datetime(2026, 10, 31, 22, tzinfo=UTC),
                finished_at=datetime(2026, 10, 31, 23, 30, tzinfo=UTC),  # 1 November in Paris
            )
        )
    refresh(database, settings, now=NOVEMBER)
    before = rows_of(database, What.FOLLOW_UP)

    with database.writing(Scope.system("tests")) as db:
        row = db.get(FollowUp, late.id)
        assert row is not None
        row.state = FollowUpState.DONE
    refresh(database, settings, now=DECEMBER)

    assert [(when, codes["no_show"]) for when, codes in before] == [
        ("2026-10", False),
        ("2026-10", True),
    ]
    assert [when for when, _ in rows_of(database, What.FOLLOW_UP)] == 2 * ["2026-10"] + ["2026-11"]
    assert [(w, c["level"]) for w, c in rows_of(database, What.WORKSHOP)] == [
        ("2026-10", "debutant")
    ]
    assert [(w, c["divides"]) for w, c in rows_of(database, What.ASSESSMENT)] == [
        ("2026-11", ["skills"])
    ]
    with database.reading(Scope.system("tests")) as db:
        named = {r.subject for r in db.exec(select(StatisticsAct)) if r.subject}
    assert len(named) == 1  # one person in the year, whatever she is counted for
    version = store_of(database, settings).current()
    files = {p.name: p.read_bytes() for p in version.directory.rglob("*.parquet")}
    assert refresh(database, settings, now=DECEMBER, full=True).is_published
    again = store_of(database, settings).current()
    assert {p.name: p.read_bytes() for p in again.directory.rglob("*.parquet")} == files


def test_the_final_version_drops_what_was_cancelled_and_keeps_what_is_erased(
    build: Builder, database: Database, settings: Settings, act_of: Any
) -> None:
    erased = build.a_resident()
    done = act_of(FollowUpState.DONE, date(2026, 10, 2), resident_id=erased.id)
    mended = act_of(FollowUpState.NO_SHOW, date(2026, 10, 3))
    refresh(database, settings, now=NOVEMBER)
    with database.writing(Scope.system("tests")) as db:
        forget_resident(db, erased.id)
        db.delete(db.get(FollowUp, done.id))
        row = db.get(FollowUp, mended.id)
        assert row is not None
        row.state = FollowUpState.CALLED_OFF

    refresh(database, settings, now=DECEMBER)
    assert len(rows_of(database, What.FOLLOW_UP)) == 2
    refresh(database, settings, now=NEXT_FEBRUARY)

    assert [codes["no_show"] for _, codes in rows_of(database, What.FOLLOW_UP)] == [False]


def test_an_installation_of_an_earlier_version_goes_on(
    build: Builder, database: Database, settings: Settings, act_of: Any
) -> None:
    """Its rows lack codes, its months lack acts, its store has another layout."""
    act_of(FollowUpState.DONE, date(2026, 10, 2))
    build.a_session(held_on=date(2026, 9, 2))
    refresh(database, settings, now=NOVEMBER)
    with database.writing(Scope.system("tests")) as db:
        for row in db.exec(select(StatisticsLedger)):
            new = ("autonomy", "level", "referral", "material")
            row.codes = {name: code for name, code in row.codes.items() if name not in new}
        for act in db.exec(select(StatisticsAct)):
            db.delete(act)
        for closing in db.exec(select(StatisticsClosing)):
            closing.with_acts = False
    facts = settings.data_dir / "facts"
    for manifest in facts.rglob(MANIFEST):
        manifest.write_text(manifest.read_text().replace('"format": 2', '"format": 1'))
    store = store_of(database, settings)
    assert (facts / CURRENT).exists()
    assert store.current_or_none() is None  # not served

    done = refresh(database, settings, now=NOVEMBER)

    assert (done.closed, done.is_published) == ((), True)
    assert [when for when, _ in rows_of(database, What.FOLLOW_UP)] == ["2026-10"]
    year = store.current().years[2026]
    assert year.acts == 1
    found = engine().execute(f"SELECT autonomy, level FROM '{year.path(Table.ATTENDANCES)}'")  # noqa: S608
    not_given = year.reference.codes("autonomy")["non_communique"]
    assert set(found.fetchall()) == {(not_given, None)}
    again = refresh(database, settings, now=NOVEMBER)
    assert not again.is_published


@pytest.mark.parametrize(
    ("measure", "by", "where", "possible"),
    [
        ("workshops", ("gender",), (), "level"),
        ("follow_ups", (), ("age_band=moins_de_douze",), "follow_up_kind"),
        ("no_shows", ("theme",), (), "follow_up_kind"),
        ("assessments", ("kind",), (), "divide"),
        ("residents", ("follow_up_kind",), (), "gender"),
    ],
)
def test_other_dimensions_are_refused_with_those_that_are_possible(
    measure: str, by: tuple[str, ...], where: tuple[str, ...], possible: str
) -> None:
    with pytest.raises(Invalid) as refused:
        READER.read(measure, by, where, "2026-T3")

    assert possible in refused.value.message.split("possibles")[1]
    assert refused.value.field == ("by" if by else "where")
