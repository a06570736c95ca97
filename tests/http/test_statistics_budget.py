"""Asking too much: what is counted, who is told, and that two at once pass no more than one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.audit.models import AccessRecord, Did
from app.core import clock
from app.core.db import Database
from app.core.scope import Scope
from app.core.settings import Settings
from app.statistics.budget import AskedTooMuch, Asking, Budget, forget_questions
from app.statistics.closing import refresh
from app.statistics.models import StatisticsQuestion
from tests.http.test_commands import escale  # noqa: F401
from tests.http.test_statistics_pages import QUARTER, note
from tests.support.build import NOW, Builder
from tests.support.client import Browser

PERIOD = "periode=2026-T3"
Escale = Callable[..., tuple[int, str, str]]


@pytest.fixture
def settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installation where a day has two questions, and a quarter twelve."""
    monkeypatch.setenv("ESCALE_QUESTIONS_A_DAY", "2")
    return settings.model_copy(update={"questions_a_day": 2})


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Set the clock."""
    return lambda now: monkeypatch.setattr(clock, "now", lambda: now)


def questions(database: Database) -> list[StatisticsQuestion]:
    """Read what was counted."""
    with database.reading(Scope.system("tests")) as db:
        found = db.exec(select(StatisticsQuestion).where(col(StatisticsQuestion.is_question)))
        return list(found)


def passed(database: Database) -> list[Did]:
    """Read which budgets the access record says were passed."""
    with database.reading(Scope.system("tests")) as db:
        deeds = (Did.ASK_PAST_DAY, Did.ASK_PAST_QUARTER)
        rows = db.exec(select(AccessRecord).where(col(AccessRecord.did).in_(deeds)))
        return sorted(row.did for row in rows)


def test_a_day_of_questions(
    client: Browser, build: Builder, database: Database, settings: Settings,
    at: Callable[[datetime], None], escale: Escale,  # noqa: F811
) -> None:  # fmt: skip
    build.everybody()
    note(database, build, "awa", QUARTER[0], 60)
    refresh(database, settings, now=NOW)
    client.as_("awa")
    pages = [f"/statistiques?{PERIOD}", f"/demarches/barometre?{PERIOD}"]
    women = f"/statistiques?{PERIOD}&genre=feminin"

    at(NOW)
    assert [client.get(page).status_code for page in pages] == [200, 200]
    assert client.get(f"{pages[0]}&structure=mediatheque-des-quais").status_code == 200
    assert questions(database) == []  # no filter, or one that holds everything: free
    assert [client.get(women).status_code for _ in range(2)] == [200, 200]
    assert len(questions(database)) == 1
    code, _, _ = escale(
        "stats", "--as", "awa@exemple.fr", "--by", "age_band", "--where", "gender=feminin",
        "--period", "2026-T3",
    )  # fmt: skip
    assert (code, len(questions(database))) == (0, 1)  # a table of the page that was asked for
    assert client.get(f"/statistiques?{PERIOD}&age=25_59").status_code == 200
    assert passed(database) == []

    at(NOW + timedelta(seconds=12))
    late = client.get(f"/statistiques?{PERIOD}&genre=masculin&type=individual")
    assert late.status_code == 429
    assert late.headers["retry-after"] == "18"
    assert "Encore une question dans 18\u00a0s." in late.text
    assert "Pourquoi\u00a0?" in late.text
    assert (
        'href="/statistiques?periode=2026-T3&amp;genre=masculin&amp;type=individual"' in late.text
    )
    assert "Comment lire ces chiffres" not in late.text
    barometer = client.get(f"/demarches/barometre?{PERIOD}&theme=logement")
    assert (barometer.status_code, barometer.headers["retry-after"]) == (429, "18")
    said = escale("stats", "--as", "awa@exemple.fr", "--by", "gender", "--by", "kind")
    assert (said[0], said[1]) == (1, "")
    assert "Encore une question dans 18" in said[2]
    assert client.get(women).status_code == 200  # what was asked already is free
    assert client.as_("bruno").get(f"/statistiques?{PERIOD}").status_code == 200
    assert passed(database) == [Did.ASK_PAST_DAY]  # once, not once a question

    told = client.as_("dora").get("/conformite").text
    assert "Le registre des traitements et les demandes des personnes n’y sont pas" in told
    assert "<strong>Awa Diallo</strong>" in told
    assert "Plus de 2 questions nouvelles en un jour · mardi\u00a024 novembre, à 10" in told
    assert (told.count("Plus de 2"), client.as_("awa").get("/conformite").status_code) == (1, 403)

    at(NOW + timedelta(seconds=30))
    assert client.get(f"/statistiques?{PERIOD}&genre=masculin").status_code == 200
    assert client.get(f"/statistiques?{PERIOD}&age=60_plus").headers["retry-after"] == "30"

    at(NOW + timedelta(days=1))
    assert client.get(f"/statistiques?{PERIOD}&age=60_plus").status_code == 200
    assert passed(database) == [Did.ASK_PAST_DAY]
    stored = repr([(row.digest, row.account_id) for row in questions(database)])
    assert "60_plus" not in stored

    with database.writing(Scope.system("tests")) as db:
        assert forget_questions(db, now=NOW + timedelta(days=30)) == 0
        assert forget_questions(db, now=NOW + timedelta(days=45)) == 5
    assert questions(database) == []


def test_a_page_of_figures_holds_one_connection_at_a_time(
    client: Browser, build: Builder, database: Database, settings: Settings
) -> None:
    build.everybody()
    note(database, build, "awa", QUARTER[0], 60)
    refresh(database, settings, now=NOW)
    client.as_("claire")
    held: list[int] = [0]
    sa.event.listen(database.engine, "checkout", lambda *_: held.append(held[-1] + 1))
    sa.event.listen(database.engine, "checkin", lambda *_: held.append(held[-1] - 1))

    for path in ("/statistiques", "/demarches/barometre"):  # twenty at once would wait for ever
        assert client.get(f"{path}?{PERIOD}&theme=logement").status_code == 200

    assert (max(held), held[-1]) == (1, 0)


def test_a_quarter_has_six_days_of_questions(
    database: Database, build: Builder, at: Callable[[datetime], None]
) -> None:
    budget = Budget(database, build.actor("claire"), a_day=2)
    for day in range(6):
        at(NOW + timedelta(days=day))
        budget.spend([Asking(f"{day}"), Asking(f"{day} again"), Asking("")])

    at(NOW + timedelta(days=7, hours=-1))
    budget.spend([Asking("a seventh day")])  # the pace was kept
    with pytest.raises(AskedTooMuch, match="12 questions nouvelles ce trimestre") as late:
        budget.spend([Asking("and more")])

    assert late.value.retry_after_s == 30
    assert passed(database) == [Did.ASK_PAST_QUARTER]
    at(datetime.fromisoformat("2026-12-31T23:00:00Z"))  # in Paris the next quarter
    budget.spend([Asking("and more")])


def test_many_at_once_are_answered_all_or_not_at_all(
    database: Database, build: Builder, at: Callable[[datetime], None]
) -> None:
    budget = Budget(database, build.actor("awa"), a_day=2)
    at(NOW)

    with pytest.raises(AskedTooMuch) as late:
        budget.spend([Asking("1"), Asking("2"), Asking("3")])

    assert late.value.retry_after_s == 90
    assert questions(database) == []


def test_questions_asked_at_the_same_time_do_not_pass_the_budget(
    database: Database, build: Builder, at: Callable[[datetime], None]
) -> None:
    actor, start = build.actor("awa"), Barrier(4)
    at(NOW)

    def ask(number: int) -> bool:
        start.wait()
        try:
            Budget(database, actor, a_day=2).spend([Asking(f"question {number % 3}")])
        except AskedTooMuch:
            return False
        return True

    with ThreadPoolExecutor(4) as several:
        answered = list(several.map(ask, range(4)))  # 0 and 3 are one question

    assert len(questions(database)) == 2
    assert sum(answered) in {2, 3}
    assert passed(database) == [Did.ASK_PAST_DAY]
