"""The demonstration's year, through the real closing and the real store, and attacks on it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from app.core.settings import load
from app.demo.make import make
from app.operations.setup import prepare
from app.statistics.closing import refresh, store_of
from app.statistics.periods import Level, Period
from tests.support.attack_scenes import PERSON, Scores, Valley
from tests.support.attacks import (
    Target,
    balanced,
    joined,
    pairs_of,
    run_differences,
    run_time,
    small_cells,
)
from tests.support.tellers import RAW, Score, tellers

DEMO_YEAR = Period(2025, Level.YEAR, 1)
MASTER = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="  # of the tests
LAST_DAY = date(2025, 12, 31)
CLOSED_AT = datetime(2026, 1, 6, 9, tzinfo=UTC)
OTHERS = ("autonomy", "duration_class", "kind", "level", "mode", "referral")
ACTS = {
    "follow_ups": (("follow_up_kind",), ("follow_up_kind", "place"), ("place",)),
    "no_shows": (("follow_up_kind",), ("follow_up_kind", "place"), ("place",)),
    "assessments": (("divide",), ("divide", "place"), ("place",)),
    "completed_procedures": (("provider",), ("gender", "procedure_theme"), ("age_band",)),
    "blocked_procedures": (("blocker",), ("blocker_family", "gender"), ("provider",)),
}


@dataclass(frozen=True)
class DemoYear(Valley):
    """One year of the demonstration as a coordinator of all its structures asks for it."""

    @classmethod
    def made(cls, directory: Path, *, sessions: int) -> "DemoYear":
        """Make the demonstration in a folder of its own, and close its months."""
        settings = load(
            env="test",
            database_url=f"sqlite:///{directory / 'escale.db'}",
            data_dir=directory,
            master_key=MASTER,
        )
        database = prepare(settings, now=CLOSED_AT)
        make(database, settings, sessions=sessions, seed=1, until=LAST_DAY)
        refresh(database, settings, now=CLOSED_AT)
        version = store_of(database, settings).current()
        database.close()
        found = tellers(version.years[DEMO_YEAR.year], version.organisations, DEMO_YEAR)
        return cls({teller.version: teller for teller in found}, DEMO_YEAR)

    def _run_on(self, name: str, targets: list[Target], measure: str = "residents") -> Scores:
        return {v: run_differences(name, t, targets, measure) for v, t in self.told.items()}

    def other_dimensions(self) -> Scores:
        """Small cells of what came later, and of dimensions that are each other's alias."""
        crossed = pairs_of((*OTHERS, *PERSON[:2]))
        found = small_cells(self.told[RAW], crossed, self.long[-7:], "attendances")
        return self._run_on("autres dimensions", balanced(found, 500), "attendances")

    def acts(self) -> Scores:
        """Small cells of follow-ups, assessments, procedures finished and blocked."""
        every: dict[str, list[Score]] = {}
        for measure, names in ACTS.items():
            found = small_cells(self.told[RAW], names, self.long, measure)
            scores = self._run_on("suivis et actes", balanced(found, 300), measure)
            for version, score in scores.items():
                every.setdefault(version, []).append(score)
        return {version: joined(scores) for version, scores in every.items()}

    def time(self) -> Scores:
        """Small months, from the quarter and its other months."""
        names = [(name,) for name in (*PERSON, *OTHERS)]
        targets = balanced(small_cells(self.told[RAW], names, self.months, "attendances"), 500)
        return {version: run_time(teller, targets) for version, teller in self.told.items()}
